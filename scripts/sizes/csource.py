# SPDX-License-Identifier: Apache-2.0
"""
A reader of preprocessed C that knows as much of it as the search for function pointers needs: the members of
structures, what variables and parameters are of which structure, where functions begin and end, who calls whom with
what, and which function is put into which member.
"""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r"""
    (?P<mark>^\#\ *(?:line\ )?(?P<line>\d+)\ "(?P<file>[^"]*)".*$)
  | (?P<skip>^\#.*$)
  | (?P<space>[ \t\f\v]+) | (?P<newline>\n)
  | (?P<string>L?"(?:\\.|[^"\\])*"|L?'(?:\\.|[^'\\])*')
  | (?P<word>[A-Za-z_$]\w*) | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<op>->|\.\.\.|\+\+|--|<<=|>>=|[-+*/%&|^!=<>]=|&&|\|\||<<|>>|.)
""", re.X | re.M)

QUALIFIERS = {"const", "volatile", "static", "extern", "inline", "__inline", "__inline__", "register", "restrict",
              "__restrict", "__restrict__", "__extension__", "_Noreturn", "signed", "unsigned"}
KEYWORDS = {"if", "while", "for", "switch", "return", "sizeof", "do", "else", "case", "default", "goto", "break",
            "continue", "_Static_assert", "__attribute__", "__asm__", "asm", "_Alignof", "__typeof__", "typeof",
            "__builtin_offsetof", "defined", "_Alignas"}


@dataclass
class Token:
    text: str
    file: str
    line: int
    word: bool


def tokens_of(text):
    tokens, file, line = [], "", 1
    for match in TOKEN.finditer(text):
        kind = match.lastgroup if match.lastgroup not in ("line", "file") else "mark"
        if match["mark"]:
            file, line = match["file"], int(match["line"]) - 1
        elif kind == "newline":
            line += 1
        elif kind in ("word", "number", "string", "op"):
            tokens.append(Token(match[0], file, line, kind == "word"))
    return tokens


@dataclass
class Member:
    name: str
    struct: str = ""         # key of its structure, through pointers and arrays; empty if it is none
    pointer: bool = False
    array: bool = False
    function: bool = False   # a pointer to a function
    prototype: bool = False  # no variable: a function that is declared


@dataclass
class Body:
    """A function that is defined here."""
    name: str
    parameters: list         # Members
    begin: int               # tokens of its body
    end: int
    file: str
    variables: dict = field(default_factory=dict)


class Unit:
    """One preprocessed source file."""

    def __init__(self, text):
        self.tokens = tokens_of(text)
        self.match = self.pair()
        self.structs = {}    # key → [Member]
        self.types = {}      # typedef → Member, of which the name does not matter
        self.globals = {}    # name → Member
        self.bodies = []
        self.anonymous = 0
        self.outer(0, len(self.tokens))

    def pair(self):
        """Where the bracket that matches each bracket is."""
        match, stack = {}, []
        for at, token in enumerate(self.tokens):
            if token.text in "([{" and len(token.text) == 1:
                stack.append(at)
            elif token.text in ")]}" and len(token.text) == 1 and stack:
                start = stack.pop()
                match[start], match[at] = at, start
        return match

    def is_(self, at, text):
        return 0 <= at < len(self.tokens) and self.tokens[at].text == text

    # ---- declarations ----

    def specifiers(self, at, end):
        """Reads what begins a declaration. Gives the type as a Member and where its declarators begin, or None."""
        base, seen = Member(""), False
        while at < end:
            text = self.tokens[at].text
            if text in ("__attribute__", "_Alignas", "__typeof__") and self.is_(at + 1, "("):
                at = self.match.get(at + 1, at + 1) + 1
                seen = seen or text == "__typeof__"
            elif text in QUALIFIERS or text == "typedef":
                seen = seen or text in ("unsigned", "signed")
                at += 1
            elif text in ("struct", "union", "enum"):
                at, base = self.tagged(at, end)
                seen = True
            elif self.tokens[at].word and text not in KEYWORDS and not seen:
                known = self.types.get(text)
                base = Member("", known.struct, known.pointer, known.array, known.function) if known else Member("")
                seen = True
                at += 1
            elif text in ("int", "long", "char", "short", "double", "float"):
                at += 1
            else:
                break
        return (base, at) if seen else None

    def tagged(self, at, end):
        """struct TAG, with or without its members."""
        sort = self.tokens[at].text
        at += 1
        while self.is_(at, "__attribute__"):
            at = self.match.get(at + 1, at + 1) + 1
        key = ""
        if at < end and self.tokens[at].word:
            key = f"{sort} {self.tokens[at].text}"
            at += 1
        if self.is_(at, "{"):
            close = self.match.get(at, end)
            if not key:
                self.anonymous += 1
                token = self.tokens[at]
                key = f"{sort} at {token.file}:{token.line}"
            if sort != "enum":
                self.structs[key] = self.members(at + 1, close)
            at = close + 1
        return at, Member("", "" if sort == "enum" else key)

    def members(self, at, end):
        found = []
        while at < end:
            stop = self.statement_end(at, end)
            read = self.specifiers(at, stop)
            if read:
                base, begin = read
                declared = self.declarators(begin, stop, base)
                if not declared and base.struct in self.structs:
                    found.append(Member("", base.struct))  # its members are ours
                found.extend(declared)
            at = stop + 1
        return found

    def statement_end(self, at, end):
        while at < end and not self.is_(at, ";"):
            if self.tokens[at].text in ("(", "[", "{") and at in self.match:
                at = self.match[at]
            at += 1
        return at

    def declarators(self, at, end, base):
        """a, *b, c[3], (*d)(…), with or without values."""
        found = []
        while at < end:
            member = Member("", base.struct, base.pointer, base.array, base.function)
            while at < end and (self.tokens[at].text == "*" or self.tokens[at].text in QUALIFIERS):
                member.pointer = member.pointer or self.tokens[at].text == "*"
                at += 1
            if self.is_(at, "(") and (self.is_(at + 1, "*") or self.is_(at + 1, "(")):
                close = self.match.get(at, end)
                words = [t for t in self.tokens[at + 1:close] if t.word and t.text not in QUALIFIERS]
                if words:
                    member.name, member.function, member.struct = words[0].text, True, ""
                    member.array = any(t.text == "[" for t in self.tokens[at:close])
                at = close + 1
                if self.is_(at, "("):
                    at = self.match.get(at, end) + 1
            elif at < end and self.tokens[at].word:
                member.name = self.tokens[at].text
                at += 1
                member.prototype = self.is_(at, "(")
            while at < end and not self.is_(at, ","):
                if self.is_(at, "["):
                    member.array = True
                if self.tokens[at].text in ("(", "[", "{") and at in self.match:
                    at = self.match[at]
                at += 1
            if member.name:
                found.append(member)
            at += 1
        return found

    def parameters(self, begin, end):
        found = []
        at = begin
        while at < end:
            stop = at
            while stop < end and not self.is_(stop, ","):
                if self.tokens[stop].text in ("(", "[", "{") and stop in self.match:
                    stop = self.match[stop]
                stop += 1
            read = self.specifiers(at, stop)
            names = self.declarators(read[1], stop, read[0]) if read else []
            found.append(names[0] if names else Member(""))
            at = stop + 1
        return found

    def outer(self, at, end):
        """All that stands outside of functions."""
        while at < end:
            stop, body = at, None
            while stop < end and not self.is_(stop, ";"):
                if self.is_(stop, "{") and self.is_(stop - 1, ")"):
                    body = stop
                    break
                if self.tokens[stop].text in ("(", "[", "{") and stop in self.match:
                    stop = self.match[stop]
                stop += 1
            if body is not None:
                self.function(at, body)
                at = self.match.get(body, end) + 1
                continue
            self.declare(at, stop, self.globals)
            at = stop + 1

    def declare(self, at, stop, into):
        """One declaration; its variables go to @p into. Whether it was one."""
        typedef = any(self.is_(i, "typedef") for i in range(at, min(at + 3, stop)))
        read = self.specifiers(at, stop)
        if not read:
            return False
        base, begin = read
        for member in self.declarators(begin, stop, base):
            (self.types if typedef else into).setdefault(member.name, member)
            if typedef or into is not self.globals:
                (self.types if typedef else into)[member.name] = member
        return True

    def function(self, at, body):
        """A definition whose body begins at @p body: NAME ( parameters ) { … }"""
        close = body - 1
        while self.is_(close, ")") and self.is_(self.match.get(close, 0) - 1, "__attribute__"):
            close = self.match[close] - 2
        begin = self.match.get(close, at)
        name = self.tokens[begin - 1]
        found = Body(name.text, self.parameters(begin + 1, close), body + 1, self.match.get(body, body), name.file)
        found.variables = {p.name: p for p in found.parameters if p.name}
        self.locals_of(found)
        self.bodies.append(found)

    def locals_of(self, body):
        """Local variables: declarations at the begin of a statement, in any block."""
        begins = True
        at = body.begin
        while at < body.end:
            token = self.tokens[at]
            if begins and token.word and token.text not in KEYWORDS and \
                    (token.text in QUALIFIERS or token.text in ("struct", "union", "enum") or
                     (at + 1 < body.end and (self.tokens[at + 1].word or self.is_(at + 1, "*")))):
                self.declare(at, self.statement_end(at, body.end), body.variables)
            begins = token.text in (";", "{", "}", ")", ":") or (token.text == "(" and self.is_(at - 1, "for"))
            at += 1

    # ---- expressions ----

    def member_of(self, struct, name):
        """The member of that name, also in what has no name of its own."""
        for member in self.structs.get(struct, []):
            if member.name == name:
                return member
            if not member.name and member.struct:
                inner = self.member_of(member.struct, name)
                if inner:
                    return inner
        return None

    def body_at(self, at):
        for body in self.bodies:
            if body.begin <= at < body.end:
                return body
        return None

    def chain_before(self, at):
        """The names that a.b->c[…].d ends in at token @p at (which is d), from the first: [a, b, c, d]; None if the first is
        no name."""
        names = [self.tokens[at].text]
        at -= 1
        while self.tokens[at].text in (".", "->"):
            at -= 1
            while self.is_(at, "]") and at in self.match:
                at = self.match[at] - 1
            if self.is_(at, ")"):
                inner = self.tokens[self.match[at] + 1:at]
                words = [t.text for t in inner if t.word and t.text not in QUALIFIERS]
                if len(words) == 1 and not self.tokens[self.match[at] - 1].word:
                    names.insert(0, words[0])  # (*a).b
                    return names
                return None
            if not self.tokens[at].word:
                return names if self.tokens[at].text in ("{", ",") else None
            names.insert(0, self.tokens[at].text)
            at -= 1
        return names

    def owner(self, names, at):
        """The structure that the last of the names is a member of; empty if that cannot be told."""
        body = self.body_at(at)
        variable = (body.variables.get(names[0]) if body else None) or self.globals.get(names[0])
        if variable is None:
            return ""
        struct = variable.struct
        for name in names[1:-1]:
            member = self.member_of(struct, name)
            if member is None:
                return ""
            struct = member.struct
        return struct if self.holder(struct, names[-1]) else ""

    def holder(self, struct, name):
        """The structure, perhaps one without a name inside, in which @p name is."""
        for member in self.structs.get(struct, []):
            if member.name == name:
                return struct
            if not member.name and member.struct:
                inner = self.holder(member.struct, name)
                if inner:
                    return inner
        return ""

    def arguments(self, begin, end):
        """The ranges of tokens between the commas of a call's arguments."""
        ranges, start, at = [], begin, begin
        while at < end:
            if self.tokens[at].text in ("(", "[", "{") and at in self.match:
                at = self.match[at]
            elif self.is_(at, ","):
                ranges.append((start, at))
                start = at + 1
            at += 1
        if start < end:
            ranges.append((start, end))
        return ranges
