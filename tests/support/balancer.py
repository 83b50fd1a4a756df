"""A load balancer of a few lines, with faults: TCP connections go round robin to the targets that are there."""

import asyncio
import contextlib
import threading
from collections.abc import Sequence


class Balancer:
    """``targets``: ports of 127.0.0.1. Runs in a thread of its own until ``stop``."""

    def __init__(self, targets: Sequence[int]) -> None:
        self.targets = list(targets)
        self._next = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait(10)
        self.url = f"http://127.0.0.1:{self.port}"

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(len(self.targets)):
            self._next += 1
            target = self.targets[self._next % len(self.targets)]
            try:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
                break
            except OSError:
                continue
        else:
            writer.close()
            return
        self._open |= {writer, far_writer}
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        self._open -= {writer, far_writer}

    def cut(self) -> None:
        """Every connection ends now, in the middle of whatever it carries."""
        self._loop.call_soon_threadsafe(lambda: [each.transport.abort() for each in self._open])

    def stop(self) -> None:
        """No more."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        for each in self._open:
            each.transport.abort()
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(tasks)
        self._loop.stop()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.CancelledError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()
