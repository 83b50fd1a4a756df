"""nginx and Caddy, started with the very example files of the documentation: names, ports and paths are filled in."""

import contextlib
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .certificates import CertificateFiles
from .processes import PATIENCE, ROOT, free_port, until

EXAMPLES = ROOT / "docs/operator/examples"


class Proxy:
    """One running proxy; ``port`` speaks TLS with HTTP/2 and HTTP/1.1."""

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        self.port = port
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=_environment(log.parent)
            )
        try:
            until(self._listens, f"{command[0]} to listen")
        except BaseException:
            self._process.kill()
            raise

    def _listens(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(f"ended with {self._process.returncode}:\n{self.output()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def asked(self, path: str) -> int:
        """How many requests for ``path`` it has read, by its access log."""
        nginx = self._log.with_name("access.log")
        if nginx.exists():
            return nginx.read_text("utf-8", "replace").count(f" GET {path} ")
        return self.output().count(f'"uri":"{path}"')

    def output(self) -> str:
        """What it has said so far."""
        return self._log.read_text("utf-8", "replace")

    def stop(self) -> None:
        """End it, with all of its workers."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise


@contextlib.contextmanager
def running(name: str, folder: Path, certificate: CertificateFiles, upstream: int, **changes: str) -> Iterator[Proxy]:
    """The proxy ``name`` ("nginx" or "caddy") before port ``upstream``; ``changes``: see ``nginx_example``."""
    folder.mkdir(parents=True, exist_ok=True)
    start = _nginx if name == "nginx" else _caddy
    proxy = start(folder, certificate, upstream, **changes)
    try:
        yield proxy
    finally:
        proxy.stop()


def example(name: str, replacements: dict[str, str], uncommented: str = "") -> str:
    """The example file ``name`` with each of ``replacements`` made, which must be there; lines that begin with
    ``uncommented`` come to life."""
    text = (EXAMPLES / name).read_text("utf-8")
    if uncommented:
        assert uncommented in text
        text = re.sub(rf"^(\s*){uncommented} ", r"\1", text, flags=re.M)
    for old, new in replacements.items():
        assert old in text, f"{name} has no {old!r} any more"
        text = text.replace(old, new)
    return text


def _nginx(folder: Path, certificate: CertificateFiles, upstream: int, uncommented: str = "", **changes: str) -> Proxy:
    port = free_port()
    replacements = {
        # As the tests' user: the bodies that it keeps for a moment lie in a folder of the tests.
        "user www-data;\n": "daemon off;\nerror_log stderr;\n",
        "worker_processes auto;": "worker_processes 1;",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "worker_connections 16384;": "worker_connections 1024;",
        "worker_rlimit_nofile 32768;": "",
        "http {": f"http {{\n{_temporary_folders(folder)}",
        "/var/log/nginx/cti.log": f"{folder}/access.log",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "/etc/ssl/cti.example.com.crt": str(certificate.certificate),
        "/etc/ssl/cti.example.com.key": str(certificate.key),
        "127.0.0.1:8080": f"127.0.0.1:{upstream}",
        "/etc/ssl/relay-ca.crt": str(certificate.certificate),
        "relay.example.internal": "localhost",
        "cti.example.com": "localhost",
    }
    if uncommented == "#tls":
        replacements |= {"        location / {\n            proxy_pass http://relay;\n        }\n": ""}
    text = example("nginx.conf", replacements | changes, uncommented)
    path = folder / "nginx.conf"
    path.write_text(text, "utf-8")
    return Proxy([_program("nginx"), "-p", str(folder), "-c", str(path), "-e", "stderr"], port, folder / "nginx.txt")


def _temporary_folders(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in kinds)


def _caddy(folder: Path, certificate: CertificateFiles, upstream: int, uncommented: str = "", **changes: str) -> Proxy:
    port = free_port()
    replacements = {
        "/etc/ssl/cti.example.com.crt": str(certificate.certificate),
        "/etc/ssl/cti.example.com.key": str(certificate.key),
        "\ncti.example.com {": f"\nhttps://localhost:{port} {{\n\tlog",
        "127.0.0.1:8080": f"127.0.0.1:{upstream}",
        "/etc/ssl/relay-ca.crt": str(certificate.certificate),
        "relay.example.internal": "localhost",
    }
    text = example("Caddyfile", replacements | changes, uncommented)
    # Of no other port than the one above, and of no address but loopback.
    machine = (
        f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n\thttp_port {free_port()}\n}}\n"
    )
    path = folder / "Caddyfile"
    path.write_text(machine + text, "utf-8")
    command = [_program("caddy"), "run", "--config", str(path), "--adapter", "caddyfile"]
    return Proxy(command, port, folder / "caddy.txt")


def _environment(folder: Path) -> dict[str, str]:
    # Caddy keeps its state in the home folder.
    return {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(folder)}


def _program(name: str) -> str:
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    assert path, f"{name} is missing: make proxies"
    return path
