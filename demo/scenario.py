# SPDX-License-Identifier: Apache-2.0
"""What the demo and the end-to-end tests share: the programs as processes, and the files that they need.

Nothing here waits for ever, and whatever a World has started is gone, with its files, when the World ends.
"""
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time

VENDOR = "rotor.example"
PRODUCT = "demo board"
OTHER_PRODUCT = "other board"

AGENT_ADDRESS, AGENT_EID = 0x10, 10
VERIFIER_ADDRESS, VERIFIER_EID = 0x11, 11
PROT_ADDRESS, PROT_EID = 0x1d, 20


class Failure(Exception):
    """Something did not do what it says; the text says what."""


class Build:
    """The programs of one build directory."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        cache = os.path.join(self.path, "CMakeCache.txt")
        self.sanitized = False
        if os.path.exists(cache):
            with open(cache, encoding="utf-8") as f:
                self.sanitized = "ROTOR_SANITIZE:BOOL=ON" in f.read()
        self.patience = 5 if self.sanitized else 1

    def program(self, name):
        folder = "rotor-prot" if name.startswith("rotor-runtime") else name
        path = os.path.join(self.path, "apps", folder, name)
        if not os.access(path, os.X_OK):
            raise Failure(f"{path} is not there: build it first")
        return path

    def boot_stage(self):
        """The file whose digest is the boot stage's measurement."""
        return self.program("rotor-prot")


class Process:
    """A program that says events as JSON lines. Every event is kept in `events`."""

    def __init__(self, argv, log, on_event=None, env=None):
        self.argv = argv
        self.name = os.path.basename(argv[0])
        self.events = []
        self.on_event = on_event
        self._log = log
        self._queue = queue.Queue()
        with open(log, "wb") as err:
            self.popen = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err,
                                          start_new_session=True, env=env)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.popen.stdout:
            event = self.parse(line)
            if event:
                self._queue.put(event)
        self._queue.put(None)

    def parse(self, line):
        """The event in a line; None if there is none."""
        try:
            event = json.loads(line)
        except ValueError:
            event = {"event": "text", "severity": "info", "message": line.decode(errors="replace").rstrip()}
        event.setdefault("event", "line")  # what `rotor trace show` says has a form of its own
        return event

    def _take(self, event):
        self.events.append(event)
        if self.on_event:
            self.on_event(event)

    def next_event(self, seconds):
        """The next event; None when there will be no more. Raises Failure when the time is up."""
        try:
            event = self._queue.get(timeout=max(seconds, 0))
        except queue.Empty:
            raise Failure(f"{self.name} said nothing more within its time") from None
        if event is None:
            self._queue.put(None)
            return None
        self._take(event)
        return event

    def drain(self):
        """Takes what has been said so far."""
        while True:
            try:
                event = self._queue.get_nowait()
            except queue.Empty:
                return
            if event is None:
                self._queue.put(None)
                return
            self._take(event)

    def wait_until(self, what, wanted, seconds, since=0):
        """Waits for an event for which wanted(event) is true, from the since-th on. `what` describes it."""
        end = time.monotonic() + seconds
        while True:
            for event in self.events[since:]:
                if wanted(event):
                    return event
            since = len(self.events)
            try:
                event = self.next_event(end - time.monotonic())
            except Failure:
                raise Failure(f"{self.name} did not say {what} within its time") from None
            if event is None:
                raise Failure(f"{self.name} ended before {what}: {self.errors() or 'it does not say why'}")

    def wait_for(self, name, seconds, since=0, **fields):
        """Waits for an event with that name and those fields, from the since-th on."""
        return self.wait_until(name, lambda e: e["event"] == name and all(e.get(k) == v for k, v in fields.items()),
                               seconds, since)

    def wait_for_words(self, words, seconds, since=0):
        """Waits for an event whose sentence has these words in it, from the since-th on."""
        return self.wait_until(f'"{words}"', lambda e: words in (e.get("message") or ""), seconds, since)

    def errors(self):
        """What it wrote on standard error, and the errors among its events."""
        with open(self._log, encoding="utf-8", errors="replace") as f:
            said = f.read().strip()
        reasons = [e.get("message", "") for e in self.events if e.get("severity") == "error"]
        return "\n".join([r for r in reasons if r] + ([said] if said else []))

    def wait(self, seconds):
        """Waits for its end. Returns its exit code."""
        try:
            return self.popen.wait(max(seconds, 0.1))
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} did not end within its time") from None

    def kill(self):
        """Ends it at once, as a power cut does."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()
        self._reader.join(5)
        self.popen.stdout.close()

    def stop(self, seconds=5):
        """Asks it to end, then ends it. Returns its exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        self.kill()
        return self.popen.returncode


class Run:
    """A command that has ended."""

    def __init__(self, code, events, errors):
        self.code, self.events, self.errors = code, events, errors

    def all(self, event, /, **fields):
        """Events of that name in which those fields have those values."""
        return [e for e in self.events if e["event"] == event and all(e.get(k) == v for k, v in fields.items())]

    def one(self, event, /, **fields):
        """The last of them."""
        found = self.all(event, **fields)
        if not found:
            raise Failure(f"there was no event {event} {fields or ''}")
        return found[-1]

    def reason(self):
        errors = self.all("error")
        return errors[-1]["message"] if errors else self.errors

    def measurements(self):
        """Values of the last measurement, by index."""
        return {e["index"]: e["value"] for e in self.all("measurement")}

    def messages(self, **fields):
        return self.all("message", **fields)


class World:
    """A folder, a bus, a device, and commands run on them."""

    address = PROT_ADDRESS  # of the device on the bus

    def __init__(self, build, keep=None, on_event=None):
        self.build = build if isinstance(build, Build) else Build(build)
        self.keep = keep
        self.on_event = on_event  # called with the program's name and the event
        if keep:
            os.makedirs(keep, exist_ok=True)
            self.folder = os.path.abspath(keep)
        else:
            self.folder = tempfile.mkdtemp(prefix="rotor-")
        # a socket's path may not be long
        self.sockets = tempfile.mkdtemp(prefix="rotor-bus-")
        self.processes = []
        self.bus = self.prot = None
        self.line = None  # a serial line instead of a bus: where the device is, and where agents find it
        self.count = 0
        os.makedirs(self.path("logs"), exist_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        while self.processes:
            self.processes.pop().stop(1)
        shutil.rmtree(self.sockets, ignore_errors=True)
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- files ----

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def write(self, name, content):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    # ---- programs ----

    def seconds(self, seconds):
        """A time to wait for, stretched for builds that are slow."""
        return seconds * self.build.patience

    def start(self, name, *words, on_event=None):
        return self.start_argv(name, [self.build.program(name), *map(str, words)], on_event)

    def start_argv(self, name, argv, on_event=None, kind=Process):
        """Starts any command, whose events are told as those of `name`."""
        self.count += 1
        log = self.path("logs", f"{self.count:03}-{name}.stderr")

        def tell(event):
            if self.on_event:
                self.on_event(name, event)
            if on_event:
                on_event(event)

        # what is claimed here is nobody else's
        process = kind(argv, log, tell, {**os.environ, "ROTOR_RUNTIME_DIR": self.path("run")})
        self.processes.append(process)
        return process

    def finish(self, process, seconds, meanwhile=None):
        """Takes a command's events until it ends. `meanwhile` is called with each."""
        end = time.monotonic() + self.seconds(seconds)
        while (event := process.next_event(end - time.monotonic())) is not None:
            if self.prot:
                self.prot.drain()
            if meanwhile:
                meanwhile(event)
        code = process.wait(end - time.monotonic())
        process.kill()
        if process in self.processes:
            self.processes.remove(process)
        return Run(code, process.events, process.errors())

    def command(self, name, *words, code=0, seconds=60, meanwhile=None):
        """Runs a program to its end. Raises Failure unless it exits with `code` (None: any)."""
        run = self.finish(self.start(name, *words), seconds, meanwhile)
        if code is not None and run.code != code:
            raise Failure(f"{name} {' '.join(map(str, words[:2]))} exited {run.code}, not {code}: {run.errors}")
        return run

    def rotor(self, *words, **options):
        return self.command("rotor", *words, "--json", **options)

    # ---- what the administrator makes ----

    def keys(self, name="pki"):
        self.rotor("keys", "new", self.path(name))
        return self.path(name)

    def body(self, runtime, name=None):
        """The runtime as it goes into an image. With sanitizers it is full of symbols, which would only be carried about."""
        source = self.build.program(runtime)
        strip = shutil.which("strip")
        if not self.build.sanitized or not strip:
            return source
        target = self.path(name or runtime)
        if not os.path.exists(target):
            subprocess.run([strip, "-o", target, source], check=True, timeout=60)
        return target

    def small_body(self, size=6000):
        """A program that never runs: images that are refused need no more."""
        name = f"small-{size}.bin"
        if not os.path.exists(self.path(name)):
            self.write(name, bytes(i * 7 & 255 for i in range(size)))
        return self.path(name)

    def image(self, out, body, version, security_version, pki="pki", product=PRODUCT, kind="firmware"):
        """Signs an image. Returns what it says of itself."""
        return self.rotor("image", "sign", "--key", self.path(pki, "image.key.pem"), "--version", version,
                          "--security-version", security_version, "--vendor-id", VENDOR, "--class-id", product,
                          "--kind", kind, body, self.path(out)).one("image.signed")

    def settings(self, out, version, anchors, revoked=(), pki="pki"):
        """Signs settings: PKIs whose agents are trusted from then on, PKIs whose image key is not any more."""
        words = []
        for name in anchors:
            words += ["--anchor", self.path(name, "agent-root.cert.pem")]
        for name in revoked:
            words += ["--revoke-image-key", self.path(name, "image.pub.pem")]
        self.rotor("settings", "create", *words, self.path(out + ".body"))
        return self.image(out, self.path(out + ".body"), version, 1, pki, kind="settings")

    def manifest(self, out, image, *more, pki="pki"):
        """Signs the reference values of an image."""
        return self.rotor("manifest", "create", "--image", self.path(image), "--boot-stage",
                          self.build.boot_stage(), "--key", self.path(pki, "release.key.pem"), *more,
                          self.path(out)).one("manifest.created")

    def package(self, out, image, version, product_id, manifest=None, **component):
        """Makes a package for devices of the class `product_id`; a firmware component, unless it is said otherwise."""
        device = {"version": version, "descriptors": [{"type": "uuid", "value": product_id}]}
        if manifest:
            device["reference_manifest"] = self.path(manifest)
        description = {"version": version, "devices": [device],
                       "components": [{"file": self.path(image), "identifier": 1, "version": version,
                                       "activation": ["self-contained"], **component}]}
        described = self.write(out + ".json", json.dumps(description, indent=2))
        return self.rotor("package", "create", described, self.path(out)).one("package.created")

    def trust(self, name, *manifests, pki="pki"):
        """A verifier's trust store."""
        for sub, file, to in [("roots", "device-root.cert.pem", "device-root.pem"),
                              ("signers", "release.pub.pem", "release.pem")]:
            self.write(os.path.join(name, sub, to), self.read(os.path.join(pki, file)))
        os.makedirs(self.path(name, "known-good"), exist_ok=True)
        for manifest in manifests:
            self.know(name, manifest)
        return self.path(name)

    def know(self, trust, manifest):
        """Adds reference values to a trust store."""
        self.write(os.path.join(trust, "known-good", os.path.basename(manifest)), self.read(manifest))

    def provision(self, image, flash="flash.bin", fuses="fuses.bin", *more, pki="pki"):
        """Makes a new device."""
        words = ["--flash", self.path(flash), "--fuses", self.path(fuses), "--image", self.path(image),
                 "--pki", self.path(pki), "--prot", self.build.program("rotor-prot"), *more]
        if self.build.sanitized:
            words += ["--slot-size", 16 << 20]
        return self.rotor("provision", *words)

    # ---- the machine ----

    def start_bus(self, *words):
        self.socket = os.path.join(self.sockets, f"bus{self.count}")
        self.bus = self.start("rotor-bus", "--socket", self.socket, *words)
        self.bus.wait_for("text", self.seconds(10), message="ready")

    def use_line(self):
        """The device is to be at a serial line."""
        at = "unix:" + os.path.join(self.sockets, f"line{self.count}")
        self.line = (at, at)

    def power_on(self, *more):
        """Starts the device; returns when its firmware runs and has confirmed itself, if it had to."""
        where = ["--serial", self.line[0]] if self.line else ["--bus", "unix:" + self.socket, "--address", hex(PROT_ADDRESS)]
        self.prot = self.start("rotor-prot", "run", *where, "--flash", self.path("flash.bin"),
                               "--fuses", self.path("fuses.bin"), "--json", *more)
        self.await_firmware()
        return self.prot

    def await_firmware(self, version=None):
        """Waits until firmware (of that version) runs, and has confirmed itself if it is new."""
        wanted = {"version": version} if version else {}
        running = self.prot.wait_for("prot.running", self.seconds(30), **wanted)
        since = self.prot.events.index(running)
        self.prot.wait_for("prot.lamp", self.seconds(30), since)
        if running["trial"]:
            self.prot.wait_for("prot.confirmed", self.seconds(20), since)
        return running

    def power_cut(self):
        self.prot.kill()
        self.prot.drain()
        self.processes.remove(self.prot)
        self.prot = None

    def running(self):
        """What the device said when its firmware started last."""
        self.prot.drain()
        return [e for e in self.prot.events if e["event"] == "prot.running"][-1]

    def who(self, address, eid, *more):
        where = ["--serial", self.line[1]] if self.line else ["--bus", "unix:" + self.socket, "--address", hex(address)]
        return [*where, "--eid", eid, *more]

    def agent(self, *more):
        """Options of the BMC: it owns the bus."""
        return self.who(AGENT_ADDRESS, AGENT_EID, "--bus-owner", *more)

    def identity(self, pki="pki"):
        """The agent's own certificate."""
        return ["--agent-chain", self.path(pki, "agent.chain.pem"), "--agent-key", self.path(pki, "agent.key.pem")]

    def verifier(self, *more):
        """Options of a second process that owns nothing and has nothing of the agent's."""
        return self.who(VERIFIER_ADDRESS, VERIFIER_EID, *more)

    def discover(self, **options):
        return self.rotor("discover", *self.agent(), **options)

    def attest(self, trust, *more, verifier=False, **options):
        who = self.verifier if verifier else self.agent
        return self.rotor("attest", PROT_EID, *who("--trust", self.path(trust), *more), **options)

    def update_words(self, package, trust, *more, pki="pki"):
        own = self.identity(pki) if pki else []
        return ["update", PROT_EID, self.path(package), *self.agent("--trust", self.path(trust), *own, *more)]

    def update(self, package, trust, *more, pki="pki", seconds=90, **options):
        return self.rotor(*self.update_words(package, trust, *more, pki=pki), seconds=seconds, **options)


class Product(World):
    """A world with a PKI, one product, its first firmware in a new device, and packages of newer firmware."""

    def __init__(self, build, **options):
        super().__init__(build, **options)
        self.class_id = self.other_class_id = None
        self.measured = {}  # what each version's image will be measured as

    def release(self, version, security_version, body, name=None, *product, pki="pki"):
        """
        Firmware, its signed reference values, and a package with both: NAME.img, .manifest, .fwpkg. `product` are
        options of `manifest create` that describe the product.
        """
        name = name or version
        shown = self.image(f"{name}.img", body, version, security_version, pki)
        self.class_id = shown["class_id"]
        self.measured[version] = shown["measurement"]
        self.manifest(f"{name}.manifest", f"{name}.img", *product)
        self.package(f"{name}.fwpkg", f"{name}.img", version, self.class_id, f"{name}.manifest")
        return shown

    def flipped(self, name):
        """A good small image in which one byte has been changed on its way into the package."""
        self.image("flip.img", self.small_body(), "1.3.0", 2)
        self.manifest("flip.manifest", "flip.img")
        image = bytearray(self.read("flip.img"))
        image[3000] ^= 0x01
        self.write("flip.img", bytes(image))
        self.package(name, "flip.img", "1.3.0", self.class_id, "flip.manifest")

    def small(self, name, version, security_version, product=PRODUCT, class_id=None, pki="pki"):
        """A package with a small image that is as it says; nothing in it would ever run."""
        stem = name.rsplit(".", 1)[0]
        shown = self.image(f"{stem}.img", self.small_body(), version, security_version, pki, product)
        self.manifest(f"{stem}.manifest", f"{stem}.img")
        self.package(name, f"{stem}.img", version, class_id or self.class_id, f"{stem}.manifest")
        return shown
