"""A whole pool on this machine: three NATS servers, three relay nodes, HAProxy, the pages and a simulated phone system.

usage: pool.py [--port PORT]

Everything listens on loopback and ends with Ctrl-C. Passwords and keys are made anew each time. The nodes' process ids
are printed, so that one of them can be killed and the pool watched going on.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[1]
NODES = 3
#: Longest wait for a program to be ready, in seconds.
PATIENCE_S = 30.0
AGENTS = (("alice@acme.example", "101", "Alice Adler"), ("bob@acme.example", "102", "Bob Brandt"))


class Pool:
    """All programs, by name. ``folder`` holds their logs and configurations."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.relay_port = free_port()
        self.nodes = [free_port() for _ in range(NODES)]
        self.programs: dict[str, subprocess.Popen[bytes]] = {}
        self._password, self._key = secrets.token_urlsafe(16), secrets.token_urlsafe(24)
        self._env = {**os.environ, "CTI_DATABASE_URL": f"sqlite:///{folder}/registry.sqlite3"}

    def start(self) -> None:
        """One after the other, each when what it needs is there."""
        servers = self._start_nats()
        for number, port in enumerate(self.nodes, 1):
            self._start_node(f"node{number}", port, servers)
        for port in self.nodes:
            wait_for(f"http://127.0.0.1:{port}/healthz")
        self._start_haproxy()
        wait_for(f"http://127.0.0.1:{self.relay_port}/healthz")
        self._start_pages()
        wait_for(f"http://127.0.0.1:{self.port}/healthz")

    def _start_nats(self) -> str:
        program = Path(sys.executable).parent / "nats-server"
        ports = [(free_port(), free_port()) for _ in range(NODES)]
        routes = ",".join(f"nats://127.0.0.1:{cluster}" for _, cluster in ports)
        for number, (port, cluster) in enumerate(ports, 1):
            options = ["-a", "127.0.0.1", "-p", str(port), "--user", "relay", "--pass", self._password]
            options += ["--cluster_name", "laptop", "--cluster", f"nats://127.0.0.1:{cluster}", "--routes", routes]
            self._run(f"nats{number}", [str(program), *options])
        return ",".join(f"nats://127.0.0.1:{port}" for port, _ in ports)

    def _start_node(self, name: str, port: int, servers: str) -> None:
        env = {
            "CTI_BUS_USER": "relay",
            "CTI_BUS_PASSWORD": self._password,
            "CTI_CONNECTOR_KEYS": json.dumps({"pbx": self._key}),
            "CTI_ALLOWED_ORIGINS": json.dumps([f"http://localhost:{self.port}", f"http://127.0.0.1:{self.port}"]),
        }
        self._run(name, [*CTI, "relay", "--port", str(port), "--bus", servers], env)

    def _start_haproxy(self) -> None:
        program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
        if program is None:
            raise SystemExit("HAProxy is missing; install the package haproxy")
        env = {"RELAY_BIND": f"127.0.0.1:{self.relay_port}"}
        env |= {f"RELAY_NODE{number}": f"127.0.0.1:{port}" for number, port in enumerate(self.nodes, 1)}
        self._run("haproxy", [program, "-db", "-f", str(ROOT / "docs/operator/examples/haproxy.cfg")], env)

    def _start_pages(self) -> None:
        agents = ",\n".join(f'  {{ agent = "{a}", extension = "{e}", name = "{n}" }}' for a, e, n in AGENTS)
        file = self.folder / "pages.toml"
        file.write_text(
            f'relay_url = "http://localhost:{self.relay_port}"\n'
            f'[[connectors]]\nkind = "simulator"\nid = "pbx"\nagents = [\n{agents}\n]\n',
            "utf-8",
        )
        command = [*CTI, "serve", "--port", str(self.port), "--config", str(file)]
        self._run("pages", command, {"CTI_CONNECTOR_KEY": self._key})

    def _run(self, name: str, command: list[str], env: dict[str, str] | None = None) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.programs[name] = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._env | (env or {})
            )

    def stop(self) -> None:
        """In the opposite order, each in its own way."""
        for program in reversed(list(self.programs.values())):
            if program.poll() is None:
                program.terminate()
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()

    def describe(self) -> str:
        """What runs where."""
        nodes = [
            f"  node {number}: port {port}, pid {self.programs[f'node{number}'].pid}"
            for number, port in enumerate(self.nodes, 1)
        ]
        lines = [
            f"Open http://localhost:{self.port} (stop with Ctrl-C)",
            f"  relay behind HAProxy: http://localhost:{self.relay_port}",
            *nodes,
            f"  logs: {self.folder}",
            "Kill a node (kill -9 PID) and look: calls go on.",
        ]
        return "\n".join(lines)


CTI = [sys.executable, "-m", "cti_adapter"]


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str) -> None:
    """Until ``url`` answers 200. Raises ``SystemExit``."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            if requests.get(url, timeout=2).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def main() -> None:
    """Start everything, and wait."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8080, help="of the pages (default 8080)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="cti-pool-") as name:
        pool = Pool(Path(name), options.port)
        try:
            pool.start()
            print(pool.describe(), flush=True)  # noqa: T201 - for the person at the keyboard
            signal.pause()
        except KeyboardInterrupt:
            pass
        finally:
            pool.stop()


if __name__ == "__main__":
    main()
