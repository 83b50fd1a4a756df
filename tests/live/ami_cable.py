"""A cable between a client and a TCP port that can be pulled out; for tests of lost connections, nothing else."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from types import TracebackType

HOST = "127.0.0.1"
# SO_LINGER with time 0: close sends RST instead of FIN, as a router does that has forgotten the connection.
RESET = struct.pack("ii", 1, 0)


class Cable:
    """Forwards `port` of 127.0.0.1 to `target`. States: plugged, pulled (refuses), frozen (swallows in silence)."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._changed = threading.Condition()
        self._sockets: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self._flowing = threading.Event()
        self.port = 0
        self.accepted = 0  # connections taken so far
        self.plug()

    def plug(self) -> None:
        """Lets connections through (again), always on the same port."""
        self._flowing.set()
        if self._listener is None:
            self._listener = socket.create_server((HOST, self.port))
            self.port = self._listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listener,), name="cable", daemon=True).start()

    def cut(self) -> None:
        """Breaks the connections there are; new ones are let through at once."""
        with self._changed:
            broken, self._sockets = self._sockets, []
        for each in broken:
            _close(each)
        self._flowing.set()  # a frozen stream has to wake up to see that it is broken

    def pull(self) -> None:
        """Breaks the connections and refuses new ones until `plug`."""
        if self._listener is not None:
            _close(self._listener)
            self._listener = None
        self.cut()

    def freeze(self) -> None:
        """From now on nothing comes through, and nobody is told: a firewall that drops. Ended by `plug` or `cut`."""
        self._flowing.clear()

    def wait_connected(self, connections: int, timeout: float = 8.0) -> None:
        """Returns when so many connections have been taken since the cable was made."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while self.accepted < connections:
                rest = deadline - time.monotonic()
                if rest <= 0:
                    raise TimeoutError(f"{self.accepted} of {connections} connections within {timeout:g} s")
                self._changed.wait(rest)

    def close(self) -> None:
        """Removes the cable for good."""
        self.pull()

    def __enter__(self) -> Cable:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return  # pulled
            try:
                far = socket.create_connection((HOST, self._target), timeout=5)
            except OSError:
                _close(near)  # nobody behind the cable: the client sees its connection end at once
                continue
            far.settimeout(None)
            with self._changed:
                self._sockets += [near, far]
                self.accepted += 1
                self._changed.notify_all()
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), name="cable", daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                sink.sendall(data)
        _close(source)
        _close(sink)


def _close(each: socket.socket) -> None:
    """Ends a socket, and the thread that waits on it: close alone would leave that thread waiting."""
    with contextlib.suppress(OSError):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
