"""The pipe to one process with one SIP phone: orders go down, what the phone sees comes up; it decides nothing."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHILD = Path(__file__).with_name("sip_phones_child.py")
END_SECONDS = 8.0  # the child takes two at most to say goodbye


class PhoneProcess:
    """Starts the child; `take` gets each of its messages, `ended` its last words, both on the reader's thread."""

    def __init__(
        self,
        name: str,
        password: str,
        pbx: tuple[str, int],
        take: Callable[[dict[str, Any]], None],
        ended: Callable[[str], None],
    ) -> None:
        self._take, self._ended = take, ended
        self._errors: list[str] = []
        self._child = subprocess.Popen(
            [sys.executable, str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._child.stdin
        assert self._child.stdout
        assert self._child.stderr
        self._orders, self._news, self._complaints = self._child.stdin, self._child.stdout, self._child.stderr
        self._writing = threading.Lock()
        # The password goes through the pipe, not through the command line, which every process can read.
        self.send({"phones": {name: password}, "host": pbx[0], "port": pbx[1]})
        self._error_reader = threading.Thread(target=self._read_errors, name=f"phone-{name}-errors", daemon=True)
        self._reader = threading.Thread(target=self._read, name=f"phone-{name}", daemon=True)
        self._error_reader.start()
        self._reader.start()

    def send(self, order: dict[str, object]) -> None:
        """One order; should the child be gone, `ended` has told or will tell."""
        with self._writing, contextlib.suppress(BrokenPipeError):
            self._orders.write(json.dumps(order) + "\n")
            self._orders.flush()

    def leave(self) -> None:
        """Orders the child to unregister and end, which is what the end of its input means."""
        with self._writing, contextlib.suppress(BrokenPipeError):
            self._orders.close()

    def wait(self) -> None:
        """Returns when the child is gone; kills it should it not obey `leave`."""
        try:
            self._child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(END_SECONDS)
        for reader, stream in ((self._reader, self._news), (self._error_reader, self._complaints)):
            reader.join(END_SECONDS)  # both end with the child; only then may their streams be closed
            stream.close()

    def _read(self) -> None:
        for line in self._news:
            self._take(json.loads(line))
        self._error_reader.join(END_SECONDS)
        self._ended("".join(self._errors)[-2000:])

    def _read_errors(self) -> None:
        self._errors.extend(self._complaints)
