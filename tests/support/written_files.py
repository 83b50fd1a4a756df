"""Which files a program writes: found by strace, or, where a process may not be traced, by looking again and again."""

import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

_OPENED = re.compile(r"(?:openat|open|creat|rename|renameat2?)\((?P<rest>.*)\)\s+= \d+")
_NAME = re.compile(r'"((?:[^"\\]|\\.)*)"')
_WRITES = ("O_WRONLY", "O_RDWR", "O_CREAT", "creat(", "rename")
TRACED = "open,openat,creat,rename,renameat,renameat2"


def can_trace() -> bool:
    """Whether strace is here and may follow a program."""
    strace = shutil.which("strace")
    return (
        strace is not None and subprocess.run([strace, "-f", "true"], capture_output=True, check=False).returncode == 0
    )


def traced(command: list[str], trace: Path) -> list[str]:
    """``command`` under strace, which writes what it opens into ``trace``."""
    return ["strace", "-f", "-qq", "-s", "4096", "-e", f"trace={TRACED}", "-o", str(trace), *command]


def written(trace: Path, folder: Path) -> set[Path]:
    """Regular files that were opened for writing, or got a new name; relative ones are below ``folder``."""
    found = set()
    for line in trace.read_text("utf-8", "replace").splitlines():
        opened = _OPENED.search(line)
        if opened and any(word in line for word in _WRITES):
            for name in _NAME.findall(opened["rest"]):
                found.add(folder / name)
    return {path for path in found if path.is_file()}


class Watch:
    """The way without strace: which files the processes of a program have open for writing, every few milliseconds."""

    def __init__(self, pid: int) -> None:
        self.found: set[Path] = set()
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> set[Path]:
        self._over.set()
        self._thread.join(10)
        return {path for path in self.found if path.is_file()}

    def _run(self) -> None:
        while not self._over.wait(0.005):
            for pid in (self._pid, *_children(self._pid)):
                self._look(pid)

    def _look(self, pid: int) -> None:
        folder = f"/proc/{pid}/fd"
        try:
            for descriptor in os.listdir(folder):
                flags = Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text().split("flags:\t")[1].split("\n")[0]
                if int(flags, 8) & (os.O_WRONLY | os.O_RDWR):
                    self.found.add(Path(os.readlink(f"{folder}/{descriptor}")))
        except (OSError, IndexError):
            return


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
