"""A blocking AMI client for the laboratory itself; not the product's client, which these tests have to judge.

Source: docs.asterisk.org, "AMI v2 Specification": a message is lines of `Key: value`, ended by an empty line.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from itertools import count
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")
Message = dict[str, str]
ANSWER_SECONDS = 5.0  # on loopback an answer takes milliseconds


class AmiRefused(Exception):
    """Asterisk answered `Response: Error`; the text is its Message."""


class AmiProbe:
    """One logged-in AMI connection; actions are answered in turn, events are collected in `events`."""

    def __init__(
        self, host: str, port: int, user: str, secret: str, *, events: str = "on", tls: ssl.SSLContext | None = None
    ) -> None:
        """Connects and logs in.

        Raises OSError where nobody listens, AmiRefused for a wrong user or secret.
        """
        self._socket = connect(host, port, tls)
        self._stream = self._socket.makefile("rb")
        self.banner = self._stream.readline().decode().strip()
        self._socket.settimeout(None)
        self._changed = threading.Condition()
        self._numbers = count(1)
        self._answers: dict[str, list[Message]] = {}
        self.events: list[Message] = []
        self.closed = False
        threading.Thread(target=self._read, name="ami-probe", daemon=True).start()
        try:
            self.action("Login", Username=user, Secret=secret, Events=events)
        except BaseException:
            self.close()
            raise

    def action(self, name: str, **headers: str | list[str]) -> list[Message]:
        """Sends one action; gives the response, followed by the events of its list where it has one.

        Raises AmiRefused with Asterisk's own message, TimeoutError after five seconds.
        """
        action_id = f"probe-{next(self._numbers)}"
        lines = [f"Action: {name}", f"ActionID: {action_id}"]
        for key, value in headers.items():
            lines += [f"{key}: {item}" for item in ([value] if isinstance(value, str) else value)]
        self._answers[action_id] = []
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._wait(lambda: _complete(self._answers[action_id]), ANSWER_SECONDS, f"the answer to {name}")
        answer = self._answers.pop(action_id)
        if answer[0]["Response"] == "Error":
            raise AmiRefused(f"{name}: {answer[0].get('Message', '')}")
        return answer

    def wait_event(self, name: str, timeout: float = ANSWER_SECONDS, *, after: int = 0, **fields: str) -> Message:
        """The first event of this name, with these fields, among `events[after:]`; waits for it up to `timeout` s."""
        wanted = {"Event": name, **fields}

        def found() -> Message | None:
            return next((event for event in self.events[after:] if wanted.items() <= event.items()), None)

        return self._wait(found, timeout, f"event {wanted}")

    def _wait(self, condition: Callable[[], T | None], timeout: float, what: str) -> T:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not (value := condition()):
                rest = deadline - time.monotonic()
                if self.closed:
                    raise ConnectionError(f"AMI connection closed while waiting for {what}")
                if rest <= 0:
                    last = [event.get("Event") for event in self.events[-10:]]
                    raise TimeoutError(f"no {what} within {timeout:g} s; last events: {last}")
                self._changed.wait(rest)
            return value

    def _read(self) -> None:
        message: Message = {}
        try:
            for raw in self._stream:
                key, separator, value = raw.decode(errors="replace").strip("\r\n").partition(":")
                if separator:
                    # A repeated key (Output of Command) is kept as lines of one value.
                    message[key] = f"{message[key]}\n{value.lstrip()}" if key in message else value.lstrip()
                elif message:
                    self._take(message)
                    message = {}
        except (OSError, ValueError):
            pass  # closed by us or by Asterisk; the waiting side hears of it below
        self._stream.close()
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _take(self, message: Message) -> None:
        with self._changed:
            answer = self._answers.get(message.get("ActionID", ""))
            (self.events if answer is None else answer).append(message)
            self._changed.notify_all()

    def close(self) -> None:
        """Ends the connection without a Logoff, as a lost network would."""
        self.closed = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def __enter__(self) -> AmiProbe:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def connect(host: str, port: int, tls: ssl.SSLContext | None) -> socket.socket:
    """A connected socket; where the certificate is refused, nothing is left open."""
    plain = socket.create_connection((host, port), timeout=ANSWER_SECONDS)
    if tls is None:
        return plain
    try:
        return tls.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _complete(answer: list[Message]) -> bool:
    """A response alone is complete unless it announces a list; a list ends with `EventList: Complete`."""
    if not answer or "Response" not in answer[0]:
        return False
    return answer[0].get("EventList") != "start" or answer[-1].get("EventList") == "Complete"
