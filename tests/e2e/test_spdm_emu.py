# SPDX-License-Identifier: Apache-2.0
"""SPDM over TCP: a device, an agent, plain responders and requesters, and a tool that speaks it by hand; evidence."""
import copy
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import unittest

from device_case import DeviceCase

NORMAL, CONTINUE, SHUTDOWN, UNKNOWN, TEST = 1, 0xfffd, 0xfffe, 0xffff, 0xdead


class Tool:
    """A tool of somebody else's, by hand."""

    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()

    def read(self, n):
        got = b""
        while len(got) < n:
            piece = self.stream.recv(n - len(got))
            if not piece:
                raise EOFError(got)
            got += piece
        return got

    def ask(self, command, payload=b"", transport=1):
        """Sends a packet; returns command and payload of the answer."""
        self.stream.sendall(struct.pack(">III", command, transport, len(payload)) + payload)
        answer, _, length = struct.unpack(">III", self.read(12))
        return answer, self.read(length)

    def closed(self):
        try:
            return self.stream.recv(1) == b""
        except ConnectionResetError:
            return True


def certify(folder, name, curve="secp384r1"):
    """A root and a leaf under it, by openssl(1): NAME.chain.pem, NAME.chain.der, NAME.key.pem, NAME.root.pem."""
    def at(suffix):
        return os.path.join(folder, name + suffix)

    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)

    new = ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-nodes"]
    openssl("req", "-x509", *new, "-keyout", at(".root.key"), "-out", at(".root.pem"), "-subj", f"/CN={name} root",
            "-days", "3650", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", *new, "-keyout", at(".key.pem"), "-out", at(".csr"), "-subj", f"/CN={name}")
    with open(at(".ext"), "w", encoding="ascii") as f:
        f.write("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n")
    openssl("x509", "-req", "-in", at(".csr"), "-CA", at(".root.pem"), "-CAkey", at(".root.key"), "-CAcreateserial",
            "-days", "3650", "-extfile", at(".ext"), "-out", at(".leaf.pem"))
    with open(at(".chain.pem"), "wb") as pem, open(at(".chain.der"), "wb") as der:
        for part in (".root.pem", ".leaf.pem"):
            with open(at(part), "rb") as f:
                pem.write(f.read())
            openssl("x509", "-in", at(part), "-outform", "DER", "-out", at(".der"))
            with open(at(".der"), "rb") as f:
                der.write(f.read())


class Emu(DeviceCase):
    def setUp(self):
        w = self.world
        self.addCleanup(self.switch_off)
        shutil.copyfile(w.path("factory.flash"), w.path("flash.bin"))
        shutil.copyfile(w.path("factory.fuses"), w.path("fuses.bin"))

    def power_on(self):
        w = self.world
        w.prot = w.start("rotor-prot", "run", "--spdm-emu", "127.0.0.1:0", "--flash", w.path("flash.bin"),
                         "--fuses", w.path("fuses.bin"), "--json")
        port = w.prot.wait_for("prot.spdm", w.seconds(20))["port"]
        w.await_firmware()
        return port

    def respond(self, *words):
        w = self.world
        device = w.start("rotor-prot", "respond", "--spdm-emu", "127.0.0.1:0", "--json", *words)
        return device, device.wait_for("prot.spdm", w.seconds(20))["port"]

    def attest(self, port, *words, **options):
        w = self.world
        return w.rotor("attest", "--spdm-emu", f"127.0.0.1:{port}", "--trust", w.path("trust"), *words, **options)


class Device(Emu):
    def test_a_device_proves_itself(self):
        w = self.world
        port = self.power_on()
        for spdm in ("1.2", "1.3"):
            run = self.attest(port, "--spdm", spdm, "--trace", w.path("emu.pcap"))
            verdict = run.one("attested")
            self.assertEqual((verdict["verdict"], verdict["version"], verdict["spdm"]), ("trusted", "1.0.0", spdm))
            self.assertEqual(run.measurements()[2], w.measured["1.0.0"])
        shown = w.rotor("trace", "show", w.path("emu.pcap")).all("line")
        self.assertEqual([e for e in shown if e["problem"]], [])
        self.assertTrue([e for e in shown if e["name"] == "CHALLENGE_AUTH"])
        # the same over its reset: the line is another one, the stream goes on
        w.power_cut()
        self.assertIn("cannot reach", self.attest(port, code=1).reason())

    def test_a_tool_by_hand(self):
        w = self.world
        port = self.power_on()
        with Tool(port) as tool:
            self.assertEqual(tool.ask(TEST, b"Client Hello!\0"), (TEST, b"Server Hello!\0"))
            answer, payload = tool.ask(NORMAL, bytes.fromhex("0510840000"))
            self.assertEqual((answer, payload[:3]), (NORMAL, bytes.fromhex("051004")))
            # what no device answers is asked in vain; the next question counts
            tool.stream.sendall(struct.pack(">III", NORMAL, 1, 2) + b"\x06\x00")
            self.assertEqual(tool.ask(NORMAL, bytes.fromhex("0510840000")), (NORMAL, payload))
            self.assertEqual(tool.ask(CONTINUE), (CONTINUE, b""))
            self.assertTrue(tool.closed())
        # the connection's state is still there: capabilities are what is expected now
        version = payload[-1]
        with Tool(port) as tool:
            answer, payload = tool.ask(NORMAL, bytes.fromhex("05%02xe1000000140000c6f7020000120000001200 00" % version))
            self.assertEqual((answer, payload[1:3]), (NORMAL, bytes([version, 0x61])))
            self.assertEqual(tool.ask(0x1234), (UNKNOWN, b""))
            self.assertTrue(tool.closed())
        with Tool(port) as tool:
            self.assertEqual(tool.ask(SHUTDOWN), (SHUTDOWN, b""))
        self.assertEqual(w.prot.wait(w.seconds(20)), 0)

    def test_wrong_usage(self):
        w = self.world
        trust = ["--trust", w.path("trust")]
        for words, code, reason in [
                (["--spdm-emu", "127.0.0.1"], 1, "cannot reach"),
                (["--spdm-emu", "127.0.0.1:1"], 1, "cannot reach"),
                (["--spdm-emu", "127.0.0.1:1", "--bus", "unix:x"], 2, "one of --bus"),
                (["--spdm-emu", "127.0.0.1:1", "--address", "0x10"], 2, "only a bus has addresses"),
                (["--verify", "x", "20"], 2, "asks no device"),
                (["--verify", "x", "--spdm-emu", "127.0.0.1:1"], 2, "asks no device"),
                (["--nonce", "00" * 32, "--spdm-emu", "127.0.0.1:1"], 2, "goes with --verify"),
                (["--nonce", "00", "--verify", "x"], 2, "64 hexadecimal digits"),
                (["--verify", w.path("none")], 1, "none")]:
            self.assertIn(reason, w.command("rotor", "attest", *words, *trust, code=code).errors)
        run = w.command("rotor-prot", "run", "--spdm-emu", "here", "--flash", w.path("flash.bin"), "--fuses",
                        w.path("fuses.bin"), code=1)
        self.assertIn("cannot listen at here", run.errors)


def leaves(value, path=()):
    """Paths of all that is no object and no list, and of the lists."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        yield path
        for i, inner in enumerate(value):
            yield from leaves(inner, (*path, i))
    else:
        yield path


def changed(value):
    """Something else of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return value[:-1]
    if not value:
        return "00"
    middle = len(value) // 2
    while not value[middle].isalnum():
        middle += 1
    other = "1" if value[middle] != "1" else "2"
    return value[:middle] + other + value[middle + 1:]


def inside(evidence, path):
    for key in path:
        evidence = evidence[key]
    return evidence


# What is said when something at that path is changed: the first pattern that fits the path.
REASONS = [
    (r"format", r"malformed: format"),
    (r"(spdm|algorithms\.\w+|slot)$", r"not what they say: (spdm|hash|signature|measurement_hash|slot)"),
    (r"root_digest", r"another certificate chain|chain does not parse"),
    (r"chain", r"chain"),
    (r"vca$", r"malformed: vca"),
    (r"vca", r"negotiation|algorithms|signature of|transcript|leaf"),
    (r"challenge\.transcript", r"CHALLENGE"),
    (r"challenge\.signature", r"signature of CHALLENGE_AUTH"),
    (r"challenge\.summary", r"not what they say: summary"),
    (r"measurement\.transcript", r"MEASUREMENTS"),
    (r"measurement\.signature", r"signature of MEASUREMENTS"),
    (r"measurement\.requester_nonce", r"not what they say: requester_nonce"),
    (r"measurement\.responder_nonce", r"not what they say: responder_nonce"),
    (r"measurement\.blocks", r"not what they say: blocks"),
]


class Evidence(Emu):
    def setUp(self):
        super().setUp()
        self.run_once = self.attest(self.power_on())
        self.evidence = self.run_once.one("evidence")["evidence"]

    def verify(self, evidence, *words, trust="trust", code=0, raw=None):
        w = self.world
        content = raw if raw is not None else json.dumps({"event": "evidence", "evidence": evidence}) + "\n"
        return w.rotor("attest", "--verify", w.write("evidence.json", content), "--trust", w.path(trust), *words, code=code)

    def test_it_holds_for_whoever_trusts_the_same(self):
        w = self.world
        e = self.evidence
        self.assertEqual((e["spdm"], e["algorithms"]["signature"], e["slot"]), ("1.3", "ECDSA_P384", 0))
        self.assertEqual(e["chain"].count("BEGIN CERTIFICATE"), self.run_once.one("identity")["certificates"])
        self.assertEqual({b["index"]: b["value"] for b in e["measurement"]["blocks"]}, self.run_once.measurements())
        # the output of the command as it is, and the one event alone
        lines = "".join(json.dumps(event) + "\n" for event in self.run_once.events)
        for run in (self.verify(None, raw=lines), self.verify(e), self.verify(e, "--nonce", e["measurement"]["requester_nonce"])):
            verified = run.one("evidence.verified")
            self.assertEqual((verified["verdict"], verified["version"]), ("trusted", "1.0.0"))
            self.assertEqual(run.measurements(), self.run_once.measurements())
            self.assertEqual(verified["nonce"], self.run_once.one("attested")["nonce"])
        # other trust, other judgement; the same words as live
        w.trust("stranger-trust", pki="stranger")
        w.trust("empty-trust")
        self.assertIn("leads to no trusted root", self.verify(e, trust="stranger-trust", code=1).reason())
        self.assertIn("no known-good firmware", self.verify(e, trust="empty-trust", code=1).reason())
        self.assertIn("no known-good firmware", self.verify(e, trust="trust-new", code=1).reason())
        self.assertIn("another nonce", self.verify(e, "--nonce", "00" * 32, code=1).reason())

    def test_every_field_counts(self):
        seen = set()
        for path in leaves(self.evidence):
            name = ".".join(map(str, path))
            altered = copy.deepcopy(self.evidence)
            inside(altered, path[:-1])[path[-1]] = changed(inside(altered, path))
            with self.subTest(changed=name):
                reason = self.verify(altered, code=1).reason()
                pattern, wanted = next(row for row in REASONS if re.match(row[0], name))
                seen.add(pattern)
                self.assertRegex(reason, wanted)
        self.assertEqual(seen, {row[0] for row in REASONS})
        for path in leaves(self.evidence):
            if isinstance(path[-1], str):
                altered = copy.deepcopy(self.evidence)
                del inside(altered, path[:-1])[path[-1]]
                with self.subTest(removed=".".join(map(str, path))):
                    self.assertRegex(self.verify(altered, code=1).reason(), "malformed|not what they say|parse")

    def test_what_is_no_evidence(self):
        e = self.evidence
        more = {**e, "verdict": "trusted"}
        self.assertIn("not what they say: verdict", self.verify(more, code=1).reason())
        upper = copy.deepcopy(e)
        upper["measurement"]["signature"] = upper["measurement"]["signature"].upper()
        self.assertIn("malformed", self.verify(upper, code=1).reason())
        twice = json.dumps({"event": "evidence", "evidence": e})
        twice = twice.replace('"slot": 0', '"slot": 1, "slot": 0')
        for raw, reason in [
                ("", "no evidence in it"), ("{}\n", "no evidence in it"), ("[]\n", "not a JSON object"),
                ("not JSON\n", "not a JSON object"), (b"\0{}\n", "it is not text"), (twice, "not a JSON object"),
                (json.dumps({"event": "evidence"}), "malformed: format"),
                (json.dumps({"event": "evidence", "evidence": []}), "malformed: format")]:
            self.assertIn(reason, self.verify(None, code=1, raw=raw).reason())
        # one that does not hold spoils the file
        good = json.dumps({"event": "evidence", "evidence": e}) + "\n"
        bad = json.dumps({"event": "evidence", "evidence": {**e, "slot": 3}}) + "\n"
        run = self.verify(None, code=1, raw=good + bad)
        self.assertEqual(len(run.all("evidence.verified")), 1)
        self.assertIn("slot", run.reason())

    def test_what_is_not_trusted_is_still_given_out(self):
        w = self.world
        port = w.prot.wait_for("prot.spdm", 1)["port"]
        run = w.rotor("attest", "--spdm-emu", f"127.0.0.1:{port}", "--trust", w.path("trust-new"), code=1)
        self.assertIn("no known-good firmware", run.reason())
        self.assertEqual(len(self.verify(run.one("evidence")["evidence"]).all("evidence.verified")), 1)


class Plain(Emu):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        w = cls.world
        for name, curve in (("resp", "secp384r1"), ("req", "secp384r1"), ("small", "prime256v1"), ("odd", "secp384r1")):
            certify(w.folder, name, curve)

    def slot(self, name, form="pem"):
        w = self.world
        return ["--chain", w.path(f"{name}.chain.{form}"), "--key", w.path(f"{name}.key.pem")]

    def talk(self, port, *words, root="resp", **options):
        w = self.world
        return w.rotor("spdm", "--spdm-emu", f"127.0.0.1:{port}", "--root", w.path(f"{root}.root.pem"), *words, **options)

    def test_every_step(self):
        w = self.world
        for crypto in ("openssl", "mbedtls"):
            device, port = self.respond(*self.slot("resp", "der"), "--anchor", w.path("req.root.pem"), "--mutual-auth",
                                        "--heartbeat", 30, "--crypto", crypto, "--trace", w.path("resp.pcap"),
                                        "--keylog", w.path(f"resp-{crypto}.keys"))
            for spdm in ("1.2", "1.3"):
                run = self.talk(port, *self.slot("req"), "--need-mutual-auth", "--spdm", spdm, "connect", "digests",
                                "certificate", "challenge=all", "measure=count", "measure=2", "measure=raw",
                                "measure=signed", "session=tcb", "heartbeat", "pldm", "measure=signed,session", "end")
                self.assertEqual(run.one("spdm.connected")["spdm"], spdm)
                self.assertTrue(run.one("session.established")["mutual"])
                self.assertEqual([e["count"] for e in run.all("spdm.measurements")], [4, 1, 4, 4, 4])
                self.assertEqual(run.measurements()[4], "0100000000000000")
            self.talk(port, "--shutdown", "connect")
            self.assertEqual(device.wait(w.seconds(20)), 0)
            device.drain()
            self.assertEqual([e["mutual"] for e in device.events if e["event"] == "session.established"], [True, True])
            self.assertEqual(len([e for e in device.events if e["event"] == "session.ended"]), 2)
            counters = next(e for e in device.events if e["event"] == "prot.spdm.counters")
            self.assertEqual((counters["errors"], counters["forged"], counters["unknown_session"]), (0, 0, 0))
            # the whole conversation can be read
            shown = w.rotor("trace", "show", "--keylog", w.path(f"resp-{crypto}.keys"), w.path("resp.pcap"))
            self.assertEqual([e for e in shown.all("line") if e["problem"]], [])
            self.assertTrue([e for e in shown.all("line") if e["name"] == "GetTID"])

    def test_everything_that_both_roles_can_do(self):
        """All features, in every version that has them; what a version lacks is not asked for."""
        w = self.world
        psk = ["--psk", "00112233445566778899aabbccddeeff", "--psk-hint", "726f746f72"]
        device, port = self.respond(*self.slot("resp"), "--anchor", w.path("req.root.pem"), "--mutual-auth=digests", "--features",
                                    "all", "--spdm", "1.0,1.1,1.2,1.3,1.4", "--heartbeat", 60, "--handshake-in-the-clear",
                                    "--multi-key", "--data-transfer-size", 400, *psk)
        attest = ["connect", "digests", "certificate", "challenge=all", "measure=1", "measure=signed"]
        session = ["session=all", "heartbeat", "key-update", "key-update=all", "pldm", "measure=signed,session", "serve=session", "end",
                   "psk-session", "heartbeat", "key-update", "pldm", "end"]
        provision = ["csr", "vendor=something", "set-certificate=1", "digests"]
        tell = ["key-pair=1", "mel", "endpoint-info", "endpoint-info=signed", "session", "event-types", "mel=session",
                "csr=session", "end"]
        for spdm, words, steps in [
                ("1.0", [], attest), ("1.1", [], [*attest, *session]),
                # without chunks a chain does not fit
                ("1.2", ["--handshake-in-the-clear"], [*attest, *session, *provision[:2]]),
                ("1.2", ["--features", "all", "--data-transfer-size", 200], [*attest, *session, *provision]),
                ("1.3", ["--features", "all", "--multi-key"], [*attest, *session, *provision, *tell]),
                ("1.3", ["--features", "chunks,key-update,events", "--data-transfer-size", 300], [*attest, *session, *tell]),
                ("1.4", ["--features", "chunks"], attest)]:
            if "1.0" < spdm < "1.4":
                words = [*words, *psk, *self.slot("req"), "--need-mutual-auth"]
                words += ["--features", "key-update"] if "--features" not in words else []
            with self.subTest(spdm=spdm, words=words):
                run = self.talk(port, "--spdm", spdm, *words, *steps)
                self.assertEqual(run.one("spdm.connected")["spdm"], spdm)
                self.assertEqual(len(run.all("step")), len(steps))
                if "vendor=something" in steps:
                    self.assertEqual(run.all("spdm.answer")[0]["answer"], b"something".hex())
                if "mel" in steps:
                    self.assertEqual([e["value"] for e in run.all("spdm.mel")][:3], [b.hex() for b in (b"first", b"second", b"third")])
        device.stop()

    def test_a_responder_that_only_authenticates_or_is_late(self):
        for words, own in [(["--mac-only"], ["--mac-only"]), (["--features", "ready", "--crypto", "mbedtls"], [])]:
            device, port = self.respond(*self.slot("resp"), *words)
            run = self.talk(port, *own, "connect", "digests", "certificate", "challenge", "measure=signed", "session", "pldm", "end")
            self.assertEqual(len(run.all("session.established")), 1)
            device.stop()

    def test_slots_versions_and_sizes(self):
        w = self.world
        device, port = self.respond(*self.slot("resp"), "--chain", "2:" + w.path("odd.chain.pem"), "--key",
                                    "2:" + w.path("odd.key.pem"), "--spdm", "1.2", "--data-transfer-size", 700)
        run = self.talk(port, "--root", w.path("odd.root.pem"), "connect", "digests", "certificate", "certificate=2",
                        "challenge", "measure=signed", "session", "end")
        self.assertEqual(run.one("spdm.connected")["data_transfer_size"], 700)
        self.assertEqual(run.one("spdm.digests")["slots"], 5)
        self.assertEqual([e["slot"] for e in run.all("spdm.certificate")], [0, 2])
        self.assertFalse(run.one("session.established")["mutual"])
        self.assertIn("no SPDM version in common", self.talk(port, "--spdm", "1.3", "connect", code=1).reason())
        # what is asked for and is not there
        for steps, reason in [(["connect", "certificate=1"], "GET_CERTIFICATE answered ERROR"),
                              (["connect", "digests", "certificate=3"], "slot is empty"),
                              (["connect", "digests", "certificate", "measure=9"], "GET_MEASUREMENTS answered ERROR"),
                              (["digests"], "digests: "), (["connect", "end"], "end: "), (["connect", "pldm"], "pldm: ")]:
            self.assertIn(reason, self.talk(port, *steps, code=1).reason())
        device.stop()

    def test_algorithms_are_chosen_on_either_side(self):
        steps = ["connect", "digests", "certificate", "challenge", "session", "end"]
        device, port = self.respond(*self.slot("resp"), "--algorithms", "sha-512,SHA-256,secp521r1,AES-128-GCM")
        for words, reason in [([], None), (["--algorithms", "SHA-256,ECDSA_P384"], None),
                              (["--algorithms", "SHA-384"], "NEGOTIATE_ALGORITHMS answered ERROR InvalidRequest"),
                              (["--algorithms", "ECDSA_P256"], "NEGOTIATE_ALGORITHMS answered ERROR InvalidRequest"),
                              (["--algorithms", "secp384r1"], "session: "), (["--algorithms", "AES-256-GCM"], "session: ")]:
            run = self.talk(port, *words, *steps, code=1 if reason else 0)
            if reason:
                self.assertIn(reason, run.reason())
        device.stop()

    def test_who_is_believed(self):
        w = self.world
        device, port = self.respond(*self.slot("small"), "--anchor", w.path("req.root.pem"), "--need-mutual-auth")
        # roots decide; nobody is believed without one
        self.assertIn("certificate", self.talk(port, "connect", "certificate", code=1).reason())
        steps = ["connect", "digests", "certificate", "session"]
        self.assertIn("session: ", self.talk(port, *steps, root="small", code=1).reason())
        # the requester's key has to be of an algorithm that both have, and its chain one that is trusted
        self.assertTrue(self.talk(port, *self.slot("req"), *steps, root="small").one("session.established")["mutual"])
        self.assertIn("refuses the certificate presented", self.talk(port, *self.slot("odd"), *steps, root="small", code=1).reason())
        device.stop()

    def test_wrong_usage(self):
        w = self.world
        good = ["--spdm-emu", "127.0.0.1:0"]
        for words, code, reason in [
                (good, 2, "--chain and --key are needed"),
                ([*good, "--chain", w.path("resp.chain.pem")], 2, "go together"),
                ([*good, *self.slot("resp"), "--key", "2:x"], 2, "go together"),
                ([*good, *self.slot("resp"), "--spdm", "2.0"], 2, "is not a value"),
                ([*good, *self.slot("resp"), "--heartbeat", "256"], 2, "is not a value"),
                ([*good, *self.slot("resp"), "--crypto", "none"], 2, "is not a value"),
                ([*good, *self.slot("resp"), "--algorithms", "SHA-1"], 2, "is not a value"),
                ([*good, *self.slot("resp"), "--features", "flying"], 2, "is not a value"),
                ([*good, *self.slot("resp"), "--features", "basic-mutual"], 2, "goes with --mutual-auth"),
                ([*good, *self.slot("resp"), "--psk", "0"], 2, "is not a value"),
                ([*good, *self.slot("resp"), "--psk-hint", "00"], 2, "--psk is needed"),
                ([*good, *self.slot("resp"), "--mutual-auth=never"], 2, "is not a value"),
                ([*good, *self.slot("resp"), *self.slot("req")], 2, "is not a value"),
                ([*good, "--chain", w.path("none"), "--key", w.path("resp.key.pem")], 1, "not found"),
                ([*good, "--chain", w.path("resp.key.pem"), "--key", w.path("resp.key.pem")], 1, "resp.key.pem"),
                (["--spdm-emu", "nowhere", *self.slot("resp")], 1, "cannot listen")]:
            self.assertIn(reason, w.command("rotor-prot", "respond", *words, code=code).errors)
        for words, code, reason in [(["connect"], 2, "--spdm-emu"), ([*good], 2, "step"), ([*good, "dance"], 2, "not a step"),
                                    ([*good, "--chain", "x", "connect"], 2, "go together"),
                                    ([*good, "--spdm", "3", "connect"], 2, "not a step, or not a value"),
                                    (["--spdm-emu", "127.0.0.1:1", "connect"], 1, "cannot reach")]:
            self.assertIn(reason, w.command("rotor", "spdm", *words, code=code).errors)


if __name__ == "__main__":
    unittest.main()
