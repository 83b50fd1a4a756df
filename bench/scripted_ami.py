"""An AMI server that follows a script: login, empty lists, recorded events on demand. Knows nothing of calls.

It stands where Asterisk stands, so that the time at which an event leaves, or an action arrives, is known exactly.
"""

import hashlib
import json
import queue
import secrets
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from cti_adapter.connectors.asterisk.snapshot import SNAPSHOT_ACTIONS

Message = dict[str, "str | list[str]"]

USER, SECRET = "bench", "bench-secret"
#: Classes of events that the connector asks for at login; Asterisk sends no others.
CLASSES = {"call", "agent", "user", "system", "dtmf"}
#: List actions; the event that ends a list is named after its action.
LISTS = (*SNAPSHOT_ACTIONS, "QueueStatus")


def block(message: Mapping[str, str | list[str]]) -> bytes:
    """A message as it goes over the wire."""
    lines = [
        f"{key}: {line}\r\n"
        for key, value in message.items()
        for line in ([value] if isinstance(value, str) else value)
    ]
    return "".join(lines).encode() + b"\r\n"


def _parsed(text: bytes) -> Message:
    """One action; read here anew, so that reader and writer of the connector do not check each other."""
    pairs = (line.partition(":") for line in text.decode().split("\r\n"))
    return {key: value.strip() for key, _, value in pairs}


class ScriptedAmi:
    """Listens on a free port of 127.0.0.1 for one client at a time."""

    def __init__(self) -> None:
        self.originates: queue.SimpleQueue[tuple[float, Message]] = queue.SimpleQueue()
        """Each Originate with the time at which its last byte was there, in seconds since 1970."""
        self.snapshots = threading.Semaphore(0)
        """Released for each list of channels that was asked for."""
        self._challenge = ""
        self._client: socket.socket | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def send(self, data: bytes) -> float:
        """Write ``data`` to the client; returns the time just before, in seconds since 1970."""
        if self._client is None:
            raise RuntimeError("nobody is connected to the scripted AMI")
        before = time.time()
        self._client.sendall(data)
        return before

    def close(self) -> None:
        """Stop listening and hang up."""
        self._listener.close()
        if self._client is not None:
            self._client.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._client = client
            client.sendall(b"Asterisk Call Manager/11.0.0\r\n")
            try:
                self._talk(client)
            except OSError:
                self._client = None

    def _talk(self, client: socket.socket) -> None:
        rest = b""
        while data := client.recv(65536):
            now = time.time()
            *blocks, rest = (rest + data).split(b"\r\n\r\n")
            for text in blocks:
                client.sendall(self._answer(_parsed(text), now))

    def _answer(self, action: Message, now: float) -> bytes:
        name, marks = action.get("Action"), {"ActionID": action["ActionID"]}
        if name == "Challenge":
            self._challenge = secrets.token_hex(5)
            return block({"Response": "Success", **marks, "Challenge": self._challenge})
        if name == "Login":
            key = hashlib.md5((self._challenge + SECRET).encode(), usedforsecurity=False).hexdigest()
            if (action.get("Username"), action.get("Key")) != (USER, key):
                return block({"Response": "Error", **marks, "Message": "Authentication failed"})
            booted = {"Event": "FullyBooted", "Privilege": "system,all", "Status": "Fully Booted"}
            return block({"Response": "Success", **marks, "Message": "Authentication accepted"}) + block(booted)
        if name in LISTS:
            if name == SNAPSHOT_ACTIONS[0]:
                self.snapshots.release()
            started = {"Response": "Success", **marks, "EventList": "start", "Message": "a list will follow"}
            return block(started) + block(
                {"Event": f"{name}Complete", **marks, "EventList": "Complete", "ListItems": "0"}
            )
        if name == "Originate":
            self.originates.put((now, action))
            return block({"Response": "Success", **marks, "Message": "Originate successfully queued"})
        return block({"Response": "Success", **marks, **({"Ping": "Pong"} if name == "Ping" else {})})


class RecordedCall:
    """A recorded incoming call that nobody answers, as bytes: all up to the ringing, and all from the giving up on.

    ``again`` gives it channels and ids of its own each time, as if it came anew.
    """

    def __init__(self, recording: Path) -> None:
        events = [json.loads(line) for line in recording.read_text("utf-8").splitlines()]
        asked = [e for e in events if e.get("Privilege", "").partition(",")[0] in CLASSES]
        begin = next(n for n, e in enumerate(asked) if e["Event"] == "Newchannel")
        end = next(n for n, e in enumerate(asked) if e["Event"] == "HangupRequest")
        self._ringing, self._over = _bytes(asked[begin:end]), _bytes(asked[end:])
        self._ids = sorted({e["Uniqueid"] for e in asked if "Uniqueid" in e})
        self._names = sorted({e["Channel"] for e in asked if "Uniqueid" in e})

    def again(self, number: int) -> tuple[bytes, bytes]:
        """Bytes of the ringing and of the end of the ``number``-th such call."""
        names = {name: f"{name.rpartition('-')[0]}-{number * 16 + n:08x}" for n, name in enumerate(self._names)}
        ids = {uid: f"{1_800_000_000 + number}.{n}" for n, uid in enumerate(self._ids)}
        return tuple(_replaced(data, names | ids) for data in (self._ringing, self._over))  # type: ignore[return-value]


def _bytes(events: Sequence[Mapping[str, object]]) -> bytes:
    """Recorded events as they were on the wire; ``t`` is the recorder's own."""
    return b"".join(
        block({key: value for key, value in event.items() if isinstance(value, str | list)}) for event in events
    )


def _replaced(data: bytes, new: Mapping[str, str]) -> bytes:
    for old, replacement in new.items():
        data = data.replace(old.encode(), replacement.encode())
    return data
