# SPDX-License-Identifier: Apache-2.0
"""The Wireshark dissector shows what is in captures, and says so when something is missing. ./dev test runs this."""
import json
import pathlib
import re
import struct
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
SCRIPT = TOP / "packaging" / "wireshark" / "rotor.lua"
VECTORS = TOP / "tests" / "vectors" / "spdm"
HEADERS = TOP / "include" / "rotor"
AGENT, DEVICE = 10, 20


def packet(payload, source=AGENT, destination=DEVICE, som=True, eom=True, sequence=0, owner=True, tag=0):
    flags = som << 7 | eom << 6 | sequence << 4 | owner << 3 | tag
    return bytes([1, destination, source, flags]) + payload


def request(text, **how):
    return packet(bytes.fromhex(text), **how)


def answer(text, **how):
    return packet(bytes.fromhex(text), **{"source": DEVICE, "destination": AGENT, "owner": False, **how})


def fragments(payload, size=64, **how):
    parts = [payload[i:i + size] for i in range(0, len(payload), size)]
    return [packet(part, som=i == 0, eom=i == len(parts) - 1, sequence=i % 4, **how) for i, part in enumerate(parts)]


def capture(packets, order="<"):
    out = struct.pack(order + "IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 291)
    for i, p in enumerate(packets):
        out += struct.pack(order + "IIII", i, 0, len(p), len(p)) + p
    return out


class Dissector(unittest.TestCase):
    def tshark(self, file, *options):
        run = subprocess.run(["tshark", "-X", f"lua_script:{SCRIPT}", "-r", str(file), *options], capture_output=True,
                             text=True, timeout=120)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertNotIn("Lua", run.stderr)
        self.assertNotIn("Lua Error", run.stdout)
        return run.stdout

    def with_bytes(self, content, *options):
        with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
            file.write(content)
            file.flush()
            return self.tshark(file.name, *options)

    def fields(self, packets, *names, order="<"):
        """The fields of each packet, several values with commas between them; looked at twice, as a window does."""
        words = [word for name in names for word in ("-e", name)]
        said = self.with_bytes(capture(packets, order), "-2", "-T", "fields", *words)
        return [line.split("\t") for line in said.splitlines()]

    def info(self, packets):
        return [line[0] for line in self.fields(packets, "_ws.col.Info")]

    def test_transport_header(self):
        names = ["rotor.mctp." + n for n in ("version", "dst", "src", "som", "eom", "seq", "to", "tag", "ic", "type")]
        for order in "<>":
            got = self.fields([request("800002", sequence=2, tag=5)], *names, order=order)
            self.assertEqual(got, [["1", "20", "10", "1", "1", "2", "1", "5", "1", "0x00"]])

    def test_control(self):
        packets = [request("008002", destination=0), answer("00000200140002"),
                   request("0081010014"), answer("0001010000" + "1400"),
                   request("008203"), answer("000203006674a64abd5e4a8c9cf80121825a6792"),
                   request("008305"), answer("0003050003010506"), request("008402"), answer("00040205")]
        names = ["rotor.control." + n for n in ("rq", "instance", "command", "completion", "eid", "uuid", "message_type",
                                                "response_in", "response_to")]
        uuid = "6674a64a-bd5e-4a8c-9cf8-0121825a6792"
        self.assertEqual(self.fields(packets, *names), [
            ["1", "0", "0x02", "", "", "", "", "2", ""],
            ["0", "0", "0x02", "0x00", "20", "", "", "", "1"],
            ["1", "1", "0x01", "", "20", "", "", "4", ""],
            ["0", "1", "0x01", "0x00", "20", "", "", "", "3"],
            ["1", "2", "0x03", "", "", "", "", "6", ""],
            ["0", "2", "0x03", "0x00", "", uuid, "", "", "5"],
            ["1", "3", "0x05", "", "", "", "", "8", ""],
            ["0", "3", "0x05", "0x00", "", "", "0x01,0x05,0x06", "", "7"],
            ["1", "4", "0x02", "", "", "", "", "10", ""],
            ["0", "4", "0x02", "0x05", "", "", "", "", "9"]])
        info = self.info(packets)
        self.assertEqual(info[1], "Get Endpoint ID, EID 20")
        self.assertEqual(info[3], "Set Endpoint ID, accepted, EID is 20")
        self.assertEqual(info[9], "Get Endpoint ID, ERROR_UNSUPPORTED_CMD")

    def test_update(self):
        data = bytes.fromhex("01000515" + "00") + bytes(200)
        packets = [request("0181051000080000010001000001053" + "12e312e30"), answer("01010510" + "00" + "000000"),
                   request("01820513" + "05" + "0a000100000000010101" + "05" + "312e312e30"), answer("01020513" + "000000"),
                   request("01830514" + "0a0001000000000101" + "00100000" + "01000000" + "0105" + "312e312e30"),
                   answer("01030514" + "00" + "0000" + "01000000" + "0000"),
                   request("01800515" + "00080000" + "c8000000", source=DEVICE, destination=AGENT),
                   *fragments(data, owner=False), request("01840516" + "00", source=DEVICE, destination=AGENT),
                   request("01850517" + "01", source=DEVICE, destination=AGENT),
                   request("01860518" + "000200", source=DEVICE, destination=AGENT),
                   request("0187051a" + "01"), answer("0107051a" + "00" + "1e00"),
                   request("0188051b"), answer("0108051b" + "00" + "03020000" + "2a00" + "01000000"),
                   request("0189051b"), answer("0109051b" + "80")]
        names = ["rotor.pldm." + n for n in ("command_name", "completion_name", "version", "offset", "length", "result",
                                             "state", "progress", "response_to")]
        got = self.fields(packets, *names)
        self.assertEqual(got[0], ["RequestUpdate", "", "1.1.0", "", "", "", "", "", ""])
        self.assertEqual(got[1], ["RequestUpdate", "SUCCESS", "", "", "", "", "", "", "1"])
        self.assertEqual(got[2][::2], ["PassComponentTable", "1.1.0", "", "", ""])
        self.assertEqual(got[4][::2], ["UpdateComponent", "1.1.0", "", "", ""])
        self.assertEqual(got[6], ["RequestFirmwareData", "", "", "2048", "200", "", "", "", ""])
        self.assertEqual(got[7], [""] * 9)
        self.assertEqual(got[10], ["RequestFirmwareData", "SUCCESS", "", "", "", "", "", "", "7"])
        self.assertEqual([line[5] for line in got[11:14]], ["0x00", "0x01", "0x00"])
        self.assertEqual(got[17], ["GetStatus", "SUCCESS", "", "", "", "", "3", "42", "17"])
        self.assertEqual(got[19], ["GetStatus", "NOT_IN_UPDATE_MODE", "", "", "", "", "", "", "19"])
        info = self.info(packets)
        self.assertEqual(info[0], "RequestUpdate, 1.1.0")
        self.assertEqual(info[4], "UpdateComponent, 1.1.0, 4096 bytes")
        self.assertEqual(info[6], "RequestFirmwareData, 200 bytes from 2048")
        self.assertEqual(info[10], "RequestFirmwareData, 200 bytes (4 packets)")
        self.assertEqual(info[17], "GetStatus, DOWNLOAD")

    def test_base(self):
        packets = [request("01800002"), answer("0100000200" + "07"), request("01810003" + "00000000" + "01" + "05"),
                   answer("01010003" + "00" + "00000000" + "05" + "00f0f1f1" + "01020304")]
        names = ["rotor.pldm." + n for n in ("command_name", "tid", "of_type", "of_version", "transfer_flag")]
        self.assertEqual(self.fields(packets, *names), [
            ["GetTID", "", "", "", ""], ["GetTID", "7", "", "", ""], ["GetPLDMVersion", "", "5", "", ""],
            ["GetPLDMVersion", "", "", "0xf1f1f000", "0x05"]])

    def test_fragments(self):
        certificate = bytes.fromhex("05" + "13020000" + "9600" + "1000") + bytes(range(150))
        packets = fragments(certificate, source=DEVICE, destination=AGENT, owner=False)
        got = self.fields(packets, "rotor.mctp.fragment", "rotor.mctp.reassembled_in", "rotor.spdm.code",
                          "rotor.spdm.portion_length", "rotor.spdm.remainder_length", "rotor.spdm.cert_chain")
        self.assertEqual(got[0], ["", "3", "", "", "", ""])
        self.assertEqual(got[2], ["1,2,3", "", "0x02", "150", "16", bytes(range(150)).hex()])

    def test_order_of_packets(self):
        start = bytes([5]) + bytes(63)
        kinds = ("rotor.gap", "rotor.no_start", "rotor.restarted")
        got = self.fields([packet(start, eom=False), packet(start, som=False, sequence=2),
                           packet(start, som=False, tag=3), packet(start, eom=False, tag=4), packet(start, tag=4)], *kinds)
        self.assertEqual([[bool(value) for value in line] for line in got], [
            [False] * 3, [True, False, False], [False, True, False], [False] * 3, [False, False, True]])

    def test_recorded_session(self):
        said = self.tshark(VECTORS / "36-v13-p384-keyex-secp384r1-aes256gcm.pcap", "-T", "json", "-c", "25")
        layers = [p["_source"]["layers"] for p in json.loads(said)]
        spdm = [layer.get("rotor.spdm", {}) for layer in layers]
        self.assertEqual(spdm[1]["rotor.spdm.version_entry"], "0x1300")
        self.assertEqual(spdm[2]["rotor.spdm.flags"], "0x000076c6")
        self.assertEqual(spdm[2]["rotor.spdm.data_transfer_size"], "4608")
        self.assertEqual(spdm[4]["rotor.spdm.base_asym"], "0x00000080")
        self.assertEqual(spdm[5]["rotor.spdm.measurement_hash_algo"], "0x00000004")
        self.assertEqual(spdm[7]["rotor.spdm.slot_mask"], "0x03")
        self.assertEqual(spdm[9]["rotor.spdm.portion_length"], "1655")
        self.assertEqual(spdm[21]["rotor.spdm.blocks"], "8")
        self.assertEqual(spdm[23]["rotor.spdm.rsp_session_id"], "0xffff")
        self.assertEqual(layers[24]["rotor.secured"]["rotor.secured.session_id"], "0xffffffff")
        self.assertEqual(layers[24]["rotor.secured"]["rotor.secured.seq"], "0")

    def test_every_recorded_message_is_whole(self):
        for name in sorted(VECTORS.glob("*.pcap"))[::4]:
            wrong = 'rotor.malformed or _ws.expert.message contains "Lua Error"'
            self.assertEqual(self.tshark(name, "-Y", wrong), "", name.name)

    def test_error(self):
        packets = [answer("05137f4101"), answer("05137f0300")]
        self.assertEqual(self.info(packets), ["ERROR, VersionMismatch", "ERROR, Busy"])

    def test_cut_short(self):
        """Messages cut at every byte: no Lua error, and what must be longer is malformed."""
        whole = ["0081010014", "000101000014" + "00", "00020200140002", "0003050003010506", "0513e1000000000000c6760000001200000012" + "0000",
                 "0513040000" + "01" + "0013", "06ffffffff0000040001020304", "01800515" + "00080000c8000000",
                 "0108051b00" + "0302000000" + "2a" + "01000000", "01830514" + "0a0001000000000101" + "0010000001000000" + "0105" + "312e312e30"]
        cut = [packet(bytes.fromhex(text)[:n]) for text in whole for n in range(len(text) // 2)]
        cut += [packet(bytes([5, 0x13, code])) for code in range(256)]
        cut += [packet(bytes([5, 0x13, code, 1, 1])) for code in range(256)]
        cut += [packet(bytes([1, 0x00, kind, command, 0])) for kind in (0, 5, 9) for command in range(48)]
        cut += [packet(bytes([0, head, command, 0])) for head in (0x80, 0) for command in range(32)]
        cut += [b"", b"\x01", b"\x01\x14\x0a", b"\x01\x14\x0a\xc8", packet(b"\x55"), packet(b"\x7e\x01")]
        got = self.fields(cut, "frame.number", "rotor.malformed", "_ws.expert.message")
        self.assertEqual(len(got), len(cut))
        self.assertFalse([line for line in got if "Lua" in line[2]])
        at = 0
        for text in whole:
            for n in range(len(text) // 2):
                # nothing but the bytes that may be left out is missing
                if n < 3:
                    self.assertTrue(got[at][1], (text, n))
                at += 1
        self.assertTrue(all(line[1] for line in got[at:at + 256]))

    def test_cut_capture(self):
        whole = capture([request("008002"), answer("00000200140002")])
        for n in range(24, len(whole)):
            with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
                file.write(whole[:n])
                file.flush()
                run = subprocess.run(["tshark", "-X", f"lua_script:{SCRIPT}", "-r", file.name], capture_output=True,
                                     text=True, timeout=120)
                self.assertNotIn("Lua", run.stdout + run.stderr)

    def test_names(self):
        """Every command and code of the headers is in the script's tables, with its number."""
        script = SCRIPT.read_text()

        def table(name):
            body = re.search(rf"^local {name} = \{{\n(.*?)^\}}", script, re.S | re.M).group(1)
            return {int(n, 0): text for n, text in re.findall(r'\[(\w+)\] = "([^"]+)"', body)}

        def values(header, first):
            text = (HEADERS / header).read_text()
            at = text.index(first + " =")
            return {name: int(n, 0) for name, n in re.findall(r"(ROTOR_\w+) = (\w+)", text[at:text.index("};", at)])}

        def named(source, array=None):
            text = (TOP / source).read_text()
            if array:
                text = re.search(rf"{array}\[\] = \{{(.*?)\n\}};", text, re.S).group(1)
            return dict(re.findall(r'[\[{](ROTOR_\w+)(?:\] =|,)\s*"([^"]+)"', text))

        codes = values("spdm_messages.h", "ROTOR_SPDM_DIGESTS")
        self.assertGreater(len(codes), 50)
        self.assertEqual(table("spdm_codes"), {n: name.removeprefix("ROTOR_SPDM_") for name, n in codes.items()})
        for lua, header, first, source, array in [
                ("control_commands", "mctp_control.h", "ROTOR_MCTP_SET_ENDPOINT_ID", "src/mctp/names.c", "command_names"),
                ("pldm_base_commands", "pldm.h", "ROTOR_PLDM_SET_TID", "src/pldm/names.c", "base_commands"),
                ("pldm_fwup_commands", "pldm_fwup.h", "ROTOR_PLDM_QUERY_DEVICE_IDENTIFIERS", "src/pldm/names.c", "fwup_commands"),
                ("pldm_fwup_completions", "pldm_fwup.h", "ROTOR_PLDM_NOT_IN_UPDATE_MODE", "src/pldm/names.c",
                 "fwup_completions"),
                ("spdm_errors", "spdm_messages.h", "ROTOR_SPDM_ERROR_INVALID_REQUEST", "src/spdm/messages_names.c", None)]:
            names = named(source, array)
            self.assertEqual(table(lua), {n: names[name] for name, n in values(header, first).items()}, lua)


if __name__ == "__main__":
    unittest.main()
