# SPDX-License-Identifier: Apache-2.0
"""scripts/sizes on small programs for a Cortex-M4: what it must find, and what it must not let pass."""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "scripts/sizes"))

import image as images  # noqa: E402
import report  # noqa: E402
import stack  # noqa: E402

COMPILER = "arm-none-eabi-gcc"
# Frames that the compiler cannot do without: 100 words and what it needs itself.
HEAD = """
#define DEEP(name, words) __attribute__((noinline)) static int name(int n) \\
        { volatile int room[words]; room[n] = n; return room[n / 2]; }
extern volatile int input;
volatile int input;
int main_loop(void);
void reset(void) { (void)main_loop(); }
"""


class Sizes(unittest.TestCase):
    def program(self, source, asked=None, kind="images", recorded=None):
        """Builds a program and measures it."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "small.c").write_text(HEAD + source)
        command = [COMPILER, "-mcpu=cortex-m4", "-mthumb", "-Os", "-g", "-ffunction-sections", "-c", "small.c", "-o",
                   "small.o"]
        # A compiler's cache would bring in another folder's debug information.
        subprocess.run(command, cwd=folder, check=True, env={**os.environ, "CCACHE_DISABLE": "1"})
        subprocess.run([COMPILER, "-mcpu=cortex-m4", "-mthumb", "-nostartfiles", "-Wl,--gc-sections", "-T",
                        str(TOP / "firmware/size/link.ld"), "-Wl,-Map,small.elf.map", "-o", "small.elf", "small.o"],
                       cwd=folder, check=True)
        (folder / "compile_commands.json").write_text(json.dumps(
            [{"directory": str(folder), "file": "small.c", "arguments": command}]))
        asked = asked or {}
        image = images.read(folder / "small.elf")
        return report.Result(kind, "small", asked, image, stack.analyse(image, folder, asked), recorded or {})

    def between(self, result, low, high):
        self.assertEqual(result.errors, [])
        self.assertGreaterEqual(result.measures["stack"], low)
        self.assertLessEqual(result.measures["stack"], high)

    def fails(self, result, *words):
        text = "\n".join(result.errors)
        for word in words:
            self.assertIn(word, text)

    def test_the_deepest_of_several_paths_counts(self):
        self.between(self.program("DEEP(a, 100) DEEP(b, 200)"
                                  "int main_loop(void) { return input ? a(input) + 1 : b(input) + 2; }"), 800, 900)

    def test_a_call_that_ends_a_function_does_not_need_its_frame(self):
        self.between(self.program("DEEP(a, 100)"
                                  "__attribute__((noinline)) static int b(int n)"
                                  "{ { volatile int room[100]; room[n] = n; } return a(n); }"
                                  "int main_loop(void) { return b(input) + 1; }"), 400, 480)

    def test_a_table_of_functions_reaches_all_of_them(self):
        result = self.program("DEEP(a, 10) DEEP(b, 300)"
                              "static int (*const table[])(int) = {a, b};"
                              "int main_loop(void) { return table[input & 1](input) + 1; }")
        self.between(result, 1200, 1300)

    def test_a_member_set_by_position_or_by_name_or_later_is_found(self):
        result = self.program("DEEP(a, 10) DEEP(b, 20) DEEP(c, 300)"
                              "struct ops { int number; int (*run)(int); };"
                              "static const struct ops first = {1, a}, second = {.run = b};"
                              "static struct ops third;"
                              "int main_loop(void) { const struct ops *o = input ? &first : &second; third.run = c;"
                              "if (input == 2) o = &third; return o->run(input) + o->number; }")
        self.between(result, 1200, 1320)
        names = {result.depth.functions[to].plain for calls in result.depth.calls.values()
                 for targets in calls.values() for to in targets}
        self.assertEqual(names, {"a", "b", "c"})

    def test_members_of_one_name_in_two_structures_are_told_apart(self):
        self.between(self.program("DEEP(a, 10) DEEP(b, 300)"
                                  "struct one { int (*run)(int); }; struct two { int (*run)(int); };"
                                  "static volatile struct one x = {a}; volatile struct two y = {b};"
                                  "int main_loop(void) { struct one here = x; return here.run(input) + 1; }"), 40, 200)

    def test_a_callback_is_followed_from_where_it_is_passed(self):
        self.between(self.program("DEEP(a, 10) DEEP(b, 300)"
                                  "__attribute__((noinline)) static int call(int (*what)(int), int n)"
                                  "{ return what(n) + what(n + 1); }"
                                  "int main_loop(void) { return call(a, input) + call(b, input); }"), 1200, 1320)

    def test_calls_that_the_compiler_joins_all_count(self):
        source = ("DEEP(a, 10) DEEP(b, 20) DEEP(c, 300)"
                  "struct ops { int (*one)(int); int (*two)(int); int (*three)(int); };"
                  "static const struct ops table[] = {{a, b, c}, {b, a, c}};"
                  "int main_loop(void) { const struct ops *o = &table[input & 1]; switch (input) {"
                  "case 1: return o->one(input); case 2: return o->two(input); default: return o->three(input); } }")
        self.between(self.program(source), 1200, 1320)

    def test_a_switch_is_no_call(self):
        cases = "".join(f"case {n}: input = {n * 77 % 31}; a(input); break;" for n in range(20))
        self.between(self.program(f"DEEP(a, 10) int main_loop(void) {{ switch (input) {{ {cases} }} return 0; }}"),
                     40, 120)

    def test_a_pointer_that_nothing_is_known_of_is_an_error(self):
        source = ("struct ops { int (*run)(int); };"
                  "int main_loop(void) { struct ops *o = *(struct ops *volatile *)0x1000; return o->run(input) + 1; }")
        self.fails(self.program(source), "struct ops.run", "nothing is known")
        self.assertEqual(self.program(source, {"callbacks": {"struct ops.run": []}}).errors, [])

    def test_a_place_that_is_listed_and_never_called_is_an_error(self):
        self.fails(self.program("int main_loop(void) { return input; }", {"callbacks": {"struct ops.run": []}}),
                   "struct ops.run", "nothing calls")

    def test_recursion_needs_a_bound(self):
        source = ("__attribute__((noinline)) static int down(int n) { volatile int room[50]; room[n & 7] = n;"
                  "return n ? down(n - 1) + room[1] : 0; } int main_loop(void) { return down(input) + 1; }")
        self.fails(self.program(source), "recursion without a bound: down")
        self.between(self.program(source, {"recursion": {"down": 4}}), 4 * 200, 4 * 240 + 40)

    def test_room_of_a_size_that_is_not_known_is_an_error(self):
        self.fails(self.program("int use(volatile char *); __attribute__((noinline)) int use(volatile char *p)"
                                "{ return *p; } int main_loop(void) { volatile char room[input]; room[0] = 1;"
                                "return use(room); }"), "cannot read what is taken off the stack")

    def test_a_function_that_a_row_must_reach_and_does_not_is_an_error(self):
        source = "DEEP(a, 10) int main_loop(void) { return input; } int b(int n); int b(int n) { return a(n); }"
        self.fails(self.program(source, {"reach": ["b"]}), "b cannot be reached")

    def test_a_budget_that_is_exceeded_says_by_what(self):
        result = self.program("DEEP(a, 10) int main_loop(void) { return a(input) + 1; }",
                              {"budget": {"text": 10, "stack": 1000}}, recorded={"program": {"small": 8}})
        self.assertEqual(len([line for line in result.exceeded() if "over its budget of 10" in line]), 1)
        self.assertTrue(any("grown: program/small" in line for line in result.exceeded()))
        self.assertFalse(any("stack is" in line for line in result.exceeded()))

    def test_a_target_that_is_missed_is_said(self):
        result = self.program("int main_loop(void) { return input; }", {"target": {"ram": 0}})
        self.assertEqual(result.missed(), {"ram": (4, 0)})

    def test_a_run_that_needed_more_than_the_bound_is_an_error(self):
        result = self.program("DEEP(a, 100) int main_loop(void) { return a(input) + 1; }")
        result.run("stack: used 300 of 8192\n")
        self.assertEqual(result.errors, [])
        result.run("stack: used 300 of 8192\nstack: used 5000 of 8192\n")
        self.fails(result, "5000", "a call is missing")

    def test_a_stack_with_less_room_than_the_bound_is_an_error(self):
        result = self.program("DEEP(a, 100) int main_loop(void) { return a(input) + 1; }")
        result.run("stack: used 300 of 400\n")
        self.fails(result, "and has 400")

    def test_every_byte_has_an_owner(self):
        result = self.program("DEEP(a, 10) int main_loop(void) { return a(input) + 1; }")
        for kind in ("text", "data", "bss"):
            self.assertEqual(sum(getattr(sizes, kind) for sizes in result.owners.values()),
                             sum(section.size for section in result.image.sections.values() if section.kind == kind))
        with contextlib.redirect_stdout(io.StringIO()) as out:
            report.show_image(result)
        self.assertIn("worst stack", out.getvalue())


if __name__ == "__main__":
    unittest.main()
