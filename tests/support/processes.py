"""The real program as child processes on free ports, stopped by pid, with their output at hand when they fail."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import requests

ROOT = Path(__file__).resolve().parents[2]
#: Longest wait for a program to become ready or to end, in seconds; far above what it takes, for slow machines.
PATIENCE = 30.0
Value = TypeVar("Value")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], Value | None], what: str, patience: float = PATIENCE) -> Value:
    """Wait until ``condition`` gives something true, and return it; fails with ``what`` after ``patience`` seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {patience} s in vain for: {what}")


class Program:
    """One ``cti …`` (or other Python) process."""

    def __init__(self, *arguments: str, log: Path, env: dict[str, str] | None = None) -> None:
        self.log = log
        self._output = log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self._own_registry(), **(env or {})},
        )

    def _own_registry(self) -> dict[str, str]:
        """Beside its log, so that no two programs of the tests know each other."""
        return {"CTI_DATABASE_URL": f"sqlite:///{self.log.with_suffix('.sqlite3').absolute()}"}

    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text("utf-8", "replace")

    def ready(self, url: str) -> None:
        """Wait until ``url`` answers 200."""
        until(lambda: self._answers(url), f"{url} to answer 200")

    def _answers(self, url: str) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"ended with {self.process.returncode}:\n{self.output()}")
        try:
            return requests.get(url, timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def stop(self, sign: int = signal.SIGTERM) -> int:
        """End it by ``sign`` and return its exit code; kills it when it does not obey."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end and return the exit code."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not end:\n{self.output()}") from None
        finally:
            self._output.close()


class Server(Program):
    """``cti serve`` on a free port, ready when constructed."""

    def __init__(self, log: Path, *options: str, port: int | None = None, env: dict[str, str] | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        super().__init__("app.py", "--port", str(self.port), *options, log=log, env=env)
        try:
            self.ready(f"{self.url}/healthz")
        except BaseException:
            self.process.kill()
            raise


def cti(*arguments: str, stdin: str | None = None, timeout: float = PATIENCE) -> subprocess.CompletedProcess[str]:
    """Run the ``cti`` command to its end."""
    command: Sequence[str] = [sys.executable, "-m", "cti_adapter", *arguments]
    return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
