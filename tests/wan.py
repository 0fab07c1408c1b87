"""A wide-area link on one machine: a TCP forwarder with delay, bandwidth and faults, for tests and for the benchmark.

    python -m tests.wan --to 127.0.0.1:2222 --rtt-ms 50 --mbit 200      prints the port that it listens on

All connections share one pipe in each direction, as on a real uplink: opening more of them makes nothing faster.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import time
from collections import deque
from types import TracebackType

PIECE = 32 << 10


class Pipe:
    """One direction: bytes leave one after the other at `rate` bytes a second and arrive `delay` seconds later."""

    def __init__(self, rate: float, delay: float) -> None:
        self.rate = rate
        self.delay = delay
        self.free_at = 0.0
        self.passed = 0
        # What a router would buffer, beside what is under way; more makes the sender wait.
        self.room = int(rate * delay * 2) + (512 << 10) if rate < float("inf") else 8 << 20

    def arrival(self, size: int) -> float:
        self.passed += size
        self.free_at = max(time.monotonic(), self.free_at) + size / self.rate
        return self.free_at + self.delay


class Wan:
    """`async with Wan(port, rtt=0.05, mbit=200) as link:` forwards `link.port` to `port` on loopback.

    `cut_after` closes a connection when so many bytes went up it, `times` times; `stall()` makes the link swallow
    everything without closing anything; `cut()` closes all that is open.
    """

    def __init__(
        self,
        to: int,
        *,
        rtt: float = 0.0,
        mbit: float = float("inf"),
        cut_after: int | None = None,
        times: int = 1,
        seed: int = 0,
    ) -> None:
        self.to = to
        self.rtt = rtt
        self.up = Pipe(mbit * 1e6 / 8, rtt / 2)
        self.down = Pipe(mbit * 1e6 / 8, rtt / 2)
        self.cut_after = cut_after
        self.cuts_left = times if cut_after is not None else 0
        self.random = random.Random(seed)
        self.connections = 0
        self.port = 0
        self._stalled = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Wan:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    def stall(self) -> None:
        self._stalled = True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await asyncio.sleep(self.rtt)  # the handshake of TCP itself
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to)
            self._writers.add(far_writer)
            limit = None
            if self.cuts_left > 0 and self.cut_after is not None:
                limit = self.cut_after
            ways = (
                self._forward(reader, far_writer, self.up, limit),
                self._forward(far_reader, writer, self.down, None),
            )
            await asyncio.gather(*ways)
            self._writers.discard(far_writer)
            far_writer.close()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.transport.abort()

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pipe: Pipe, limit: int | None
    ) -> None:
        flight = _Flight(writer, pipe.room)
        delivering = asyncio.create_task(flight.deliver())
        passed = 0
        try:
            while data := await reader.read(PIECE):
                if self._stalled:
                    await asyncio.Event().wait()
                passed += len(data)
                if limit is not None and passed >= limit and self.cuts_left > 0:
                    self.cuts_left -= 1
                    self.cut()
                    return
                await flight.put(pipe.arrival(len(data)), data)
            flight.end()
            await delivering
        finally:
            delivering.cancel()


class _Flight:
    """What is under way in one direction of one connection."""

    def __init__(self, writer: asyncio.StreamWriter, room: int) -> None:
        self.writer = writer
        self.room = room
        self.size = 0
        self.pieces: deque[tuple[float, bytes]] = deque()
        self.changed = asyncio.Event()
        self.ended = False

    async def put(self, arrival: float, data: bytes) -> None:
        self.pieces.append((arrival, data))
        self.size += len(data)
        self.changed.set()
        while self.size > self.room:
            self.changed.clear()
            await self.changed.wait()

    def end(self) -> None:
        self.ended = True
        self.changed.set()

    async def deliver(self) -> None:
        while True:
            if not self.pieces:
                if self.ended:
                    break
                self.changed.clear()
                await self.changed.wait()
                continue
            arrival, data = self.pieces.popleft()
            wait = arrival - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            if self.writer.transport.is_closing():
                return
            self.writer.write(data)
            await self.writer.drain()
            self.size -= len(data)
            self.changed.set()
        with contextlib.suppress(OSError):
            self.writer.write_eof()


async def _main() -> None:
    parser = argparse.ArgumentParser(description="A wide-area link on loopback.")
    parser.add_argument("--to", type=int, required=True, help="the port that it leads to")
    parser.add_argument("--rtt-ms", type=float, default=50)
    parser.add_argument("--mbit", type=float, default=200)
    given = parser.parse_args()
    async with Wan(given.to, rtt=given.rtt_ms / 1000, mbit=given.mbit) as link:
        print(link.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
