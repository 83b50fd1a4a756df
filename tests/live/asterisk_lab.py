"""Starts a real Asterisk on loopback, with a configuration of its own, and stops it; knows nothing of the product.

Asterisk lives in a Debian folder made by provision_asterisk.sh and runs there by chroot.
docs/development/asterisk-lab.md tells how to run it by hand.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from types import TracebackType

from .ami_probe import AmiProbe, AmiRefused, Message

TEMPLATES = Path(__file__).with_name("asterisk_conf")
STAMP = "cti-adapter.stamp"  # written by provision_asterisk.sh into a complete folder
PHONES = {"101": "Alice", "102": "Bob", "103": "Carol"}
TRUNK = "trunk"  # the phone that plays the public network
AMI_USER = "cti"
LAB_USER = "lab"
HOST = "127.0.0.1"
BOOT_SECONDS = 30.0  # measured 0.3 s; a busy two-core runner needs more
STOP_SECONDS = 10.0
POLL_SECONDS = 0.02
# Below Linux's range for outgoing connections (from 32768): nobody else gets such a port by accident, and a
# connection attempt to a port nobody listens on yet cannot be answered by itself.
PORTS = range(10_000, 32_000)
RTP_PORTS = 200  # two for each leg
# Files that Asterisk wants to exist although nothing has to be in them; what is missing would fill the log with errors.
EMPTY_FILES = ("acl.conf", "pjproject.conf", "queuerules.conf", "udptl.conf")
PORT_TAKEN = re.compile(r"ERROR.*(binding failed|Unable to bind|Address already in use).*")

_runs = count(1)


class LabFailed(Exception):
    """Asterisk did not start or answer; the text holds the end of its log."""


def default_root() -> Path:
    """The folder of provision_asterisk.sh: CTI_ASTERISK_ROOT, else in the user's cache."""
    if given := os.environ.get("CTI_ASTERISK_ROOT"):
        return Path(given)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "cti-adapter" / "asterisk-sid"


class AsteriskLab:
    """One Asterisk; a context manager. Several may run at once: ports, folder and secrets are each run's own."""

    def __init__(
        self, root: Path | None = None, *, ring_seconds: int = 10, queue_seconds: int = 20, parking_seconds: int = 60
    ) -> None:
        """How long a phone rings, a queue keeps a caller, and a parked caller waits until it rings back."""
        self.root = root or default_root()
        self.name = f"lab-{os.getpid()}-{next(_runs)}"
        self.folder = self.root / self.name
        self.ring_seconds, self.queue_seconds, self.parking_seconds = ring_seconds, queue_seconds, parking_seconds
        self.ami_host, self.ami_user, self.ami_secret = HOST, AMI_USER, secrets.token_urlsafe(18)
        self.lab_secret = secrets.token_urlsafe(18)
        self.passwords = {name: secrets.token_urlsafe(12) for name in (*PHONES, TRUNK)}
        self.ami_port = self.ami_tls_port = self.sip_port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def available(root: Path | None = None) -> str | None:
        """None where a lab can run, else the reason why not, as one sentence."""
        root = root or default_root()
        if not (root / STAMP).is_file():
            refused = root.with_name(root.name + ".unavailable")  # the last words of provision_asterisk.sh
            if refused.is_file():
                return refused.read_text(encoding="utf-8").strip()
            return f"There is no Asterisk in {root}: run tests/live/provision_asterisk.sh as root."
        if os.geteuid() != 0:
            return "Asterisk runs in a chroot, which needs root, and this user is not root."
        return None if shutil.which("openssl") else "openssl, which makes the certificate of the AMI, is not installed."

    @property
    def host(self) -> str:
        """Where the phones register."""
        return HOST

    @property
    def ca_file(self) -> Path:
        """PEM file with the certificate that an AMI client over TLS has to trust; it is for 127.0.0.1 and localhost."""
        return self.folder / "etc" / "ami.pem"

    @property
    def major(self) -> int:
        """Asterisk's major version, such as 22."""
        found = re.search(r"Asterisk (\d+)", (self.root / STAMP).read_text(encoding="utf-8"))
        if not found:
            raise LabFailed(f"{self.root / STAMP} names no version")
        return int(found[1])

    def start(self) -> AsteriskLab:
        """Boots on free ports; returns when Asterisk says that it is fully booted. Raises LabFailed."""
        sweep(self.root)
        atexit.register(self.stop)
        for attempt in range(3):
            try:
                self._choose_ports()
                self._write_folder()
                self._boot()
                return self
            except LabFailed:
                self.stop()
                # Somebody else may have taken one of the ports since they were chosen; anything else fails again.
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def stop(self, *, crash: bool = False) -> None:
        """Ends Asterisk and removes its folder; `crash` ends it without a goodbye to anybody."""
        self._end_process(crash)
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.stop)

    def restart(self, *, crash: bool = False) -> None:
        """Ends and boots again on the same ports with the same secrets; registrations survive, calls do not."""
        self._end_process(crash)
        self._boot()

    def __enter__(self) -> AsteriskLab:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def probe(self, *, events: str = "on") -> AmiProbe:
        """A new AMI connection with the laboratory's own, unrestricted account."""
        return AmiProbe(HOST, self.ami_port, LAB_USER, self.lab_secret, events=events)

    def cli(self, command: str) -> str:
        """The output of one command of Asterisk's console, such as `core show channels`."""
        with self.probe(events="off") as probe:
            return probe.action("Command", Command=command)[0].get("Output", "")

    def wait_idle(self, timeout: float = 5.0) -> None:
        """Returns when no channel is left; raises TimeoutError naming those that are."""
        deadline = time.monotonic() + timeout
        with self.probe(events="off") as probe:
            while channels := [message["Channel"] for message in probe.action("CoreShowChannels")[1:-1]]:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"channels still there after {timeout:g} s: {channels}")
                time.sleep(POLL_SECONDS)

    def wait_talking(self, phone: str, timeout: float = 5.0) -> None:
        """Returns when Asterisk has put this phone together with somebody.

        That is a few milliseconds later than both phones know of their answered call; a transfer before is refused.
        """
        deadline = time.monotonic() + timeout
        with self.probe(events="off") as probe:
            while not together(rows := probe.action("CoreShowChannels")[1:-1], phone):
                if time.monotonic() > deadline:
                    seen = [(row["Channel"], row["ChannelStateDesc"], row["BridgeId"]) for row in rows]
                    raise TimeoutError(f"{phone} talks with nobody after {timeout:g} s: {seen}")
                time.sleep(POLL_SECONDS)

    def log_tail(self, lines: int = 40) -> str:
        """The end of Asterisk's log, for error messages."""
        try:
            log = (self.folder / "log" / "full").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return "(no log)"
        return "\n".join(log.splitlines()[-lines:])

    def _choose_ports(self) -> None:
        self.sip_port = free_port(socket.SOCK_DGRAM)
        self.ami_port, self.ami_tls_port = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM)

    def _write_folder(self) -> None:
        for part in ("etc", "cache", "lib", "agi", "spool", "run", "log"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        for name in EMPTY_FILES:
            (self.folder / "etc" / name).touch()
        values = self._template_values()
        for template in TEMPLATES.glob("*.conf"):
            text = fill(template.read_text(encoding="utf-8"), values)
            (self.folder / "etc" / template.name).write_text(text, encoding="utf-8")
        modules = self.folder / "etc" / "modules.conf"
        modules.write_text(only_present(modules.read_text(encoding="utf-8"), self._module_folder()), encoding="utf-8")
        make_certificate(self.ca_file, self.ca_file.with_suffix(".key"))

    def _template_values(self) -> dict[str, str]:
        rtp_start = random.randrange(PORTS.start, PORTS.stop - RTP_PORTS, 2)
        return {
            "LAB": f"/{self.name}",
            "MODULES": f"/{self._module_folder().relative_to(self.root)}",
            "SIP_PORT": str(self.sip_port),
            "AMI_PORT": str(self.ami_port),
            "AMI_TLS_PORT": str(self.ami_tls_port),
            "AMI_USER": AMI_USER,
            "AMI_SECRET": self.ami_secret,
            "LAB_USER": LAB_USER,
            "LAB_SECRET": self.lab_secret,
            "RING_SECONDS": str(self.ring_seconds),
            "QUEUE_SECONDS": str(self.queue_seconds),
            "PARKING_SECONDS": str(self.parking_seconds),
            "RTP_START": str(rtp_start),
            "RTP_END": str(rtp_start + RTP_PORTS - 1),
            "PHONES": "\n".join(phone_sections(name, owner, self.passwords[name]) for name, owner in PHONES.items()),
            "TRUNK_PASSWORD": self.passwords[TRUNK],
        }

    def _module_folder(self) -> Path:
        """Debian 11 and sid keep the modules in different places."""
        found = next(self.root.glob("usr/lib/**/asterisk/modules/chan_pjsip.so"), None)
        if found is None:
            raise LabFailed(f"no chan_pjsip.so in {self.root}: delete the folder and provision it again")
        return found.parent

    def _boot(self) -> None:
        command = ["chroot", str(self.root), "asterisk", "-f", "-n", "-C", f"/{self.name}/etc/asterisk.conf"]
        with (self.folder / "log" / "console").open("ab") as console:
            # A session of its own: Ctrl-C in the terminal ends pytest, and pytest ends Asterisk.
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True
            )
        deadline = time.monotonic() + BOOT_SECONDS
        while not self._booted():
            if self._process.poll() is not None:
                raise LabFailed(f"Asterisk ended with code {self._process.returncode}\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise LabFailed(f"Asterisk not booted after {BOOT_SECONDS:g} s\n{self.log_tail()}")
            time.sleep(POLL_SECONDS)
        # Without its SIP or TLS port Asterisk starts all the same, and the phones would call in vain.
        if taken := PORT_TAKEN.search(self.log_tail(10_000)):
            raise LabFailed(f"Asterisk started without one of its ports: {taken[0]}")

    def _booted(self) -> bool:
        try:
            with self.probe() as probe:
                # Sent after the login, or as soon as the last module is up. Reference: Asterisk AMI FullyBooted.
                probe.wait_event("FullyBooted", BOOT_SECONDS)
                return True
        except (OSError, AmiRefused):
            return False

    def _end_process(self, crash: bool) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL if crash else signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
        self._process = None


def together(channels: list[Message], phone: str) -> bool:
    """Whether a channel of this phone shares its bridge with another one; rows of AMI CoreShowChannels."""
    bridges = [row["BridgeId"] for row in channels if row["BridgeId"]]
    own = [row["BridgeId"] for row in channels if row["Channel"].startswith(f"PJSIP/{phone}-")]
    return any(bridges.count(bridge) > 1 for bridge in own)


def phone_sections(name: str, owner: str, password: str) -> str:
    """The three sections of pjsip.conf that make one desk phone: endpoint, login and contact."""
    return (
        f'[{name}](endpoint)\nauth = {name}\naors = {name}\ncallerid = "{owner}" <{name}>\n'
        f"[{name}](login)\nusername = {name}\npassword = {password}\n"
        f"[{name}](contact)\n"
    )


def fill(template: str, values: dict[str, str]) -> str:
    """Replaces `@NAME@`; an unknown name is a KeyError, because Asterisk would only start strangely."""
    return re.sub(r"@([A-Z][A-Z_]*)@", lambda found: values[found[1]], template)


def only_present(modules_conf: str, folder: Path) -> str:
    """Drops the `load` lines of modules this Asterisk does not have."""
    kept = []
    for line in modules_conf.splitlines():
        module = re.fullmatch(r"load = (\S+)", line)
        if module is None or (folder / module[1]).exists():
            kept.append(line)
    return "\n".join(kept) + "\n"


def free_port(kind: socket.SocketKind) -> int:
    """A port on 127.0.0.1 that nobody has at this moment."""
    for port in random.sample(PORTS, 50):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise LabFailed("no free port among 50 tried")


def make_certificate(certificate: Path, key: Path) -> None:
    """A self-signed certificate for 127.0.0.1 and localhost, valid for two days, made by openssl."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += [
        "-days",
        "2",
        "-subj",
        "/CN=Asterisk laboratory",
        "-addext",
        "subjectAltName=IP:127.0.0.1,DNS:localhost",
    ]
    command += ["-keyout", str(key), "-out", str(certificate)]
    made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    if made.returncode:
        raise LabFailed(f"openssl made no certificate: {made.stderr.strip()}")


def sweep(root: Path) -> None:
    """Ends what an earlier test run left behind that was itself killed: its Asterisk, and its folder."""
    for folder in root.glob("lab-*-*"):
        owner = int(folder.name.split("-")[1])
        if Path(f"/proc/{owner}").exists():
            continue
        pid_file = folder / "run" / "asterisk.pid"
        if pid_file.is_file() and (pid := pid_file.read_text(encoding="ascii").strip()).isdigit():
            _kill_if_ours(int(pid), folder.name)
        shutil.rmtree(folder, ignore_errors=True)


def _kill_if_ours(pid: int, lab: str) -> None:
    """The number may belong to another process by now: only one whose command line names the lab is ended."""
    try:
        if f"/{lab}/etc/asterisk.conf".encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass


def main() -> None:
    """`python -m tests.live.asterisk_lab`: runs one laboratory until Enter is pressed; prints how to reach it."""
    if reason := AsteriskLab.available():
        sys.exit(reason)
    with AsteriskLab() as lab:
        known = {"ami_host": lab.ami_host, "ami_port": lab.ami_port, "ami_tls_port": lab.ami_tls_port}
        known |= {"ami_user": lab.ami_user, "ami_secret": lab.ami_secret, "ca_file": str(lab.ca_file)}
        known |= {"sip_port": lab.sip_port, "passwords": lab.passwords, "log": str(lab.folder / "log" / "full")}
        sys.stdout.write(json.dumps(known, indent=2) + "\nEnter ends it.\n")
        sys.stdin.readline()


if __name__ == "__main__":
    main()
