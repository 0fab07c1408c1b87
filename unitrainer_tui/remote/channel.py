"""One channel to the host's own modules: opened with two round trips, then questions and answers."""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any

import asyncssh

from unitrainer_tui.errors import HostDiskFull, HostError
from unitrainer_tui.remote.bundle import COMMAND, bundle
from unitrainer_tui.remote.host.frames import LENGTHS, pack
from unitrainer_tui.remote.reasons import printable

WINDOW = 8 << 20
"""What may be on its way to us; bytes. On a link of 50 ms it allows 160 MB a second."""
PACKET = 64 << 10
NOISE = 4 << 20
"""What start-up files may print before our marker; bytes."""
END_S = 2.0
"""How long the host's side may take to end by itself."""
ANSWER = 64 << 20
"""The largest answer that is read; bytes."""


_ENDING: set[asyncio.Task[None]] = set()
"""Channels that are about to end; held here because the loop itself holds no reference."""


class NoPython(HostError):
    """The host has no python3."""


class Channel:
    """Not for two questions at once; the owner sees to that."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes], marker: bytes) -> None:
        self._process = process
        self._marker: bytes | None = marker
        self._errors = b""
        self.settled = True
        """No question is open: the next one can be asked."""
        self._listening = asyncio.create_task(self._read_errors())

    @classmethod
    async def open(cls, connection: asyncssh.SSHClientConnection) -> Channel:
        """Starts python3 there and sends it the modules, without waiting for it to be ready."""
        try:
            process: asyncssh.SSHClientProcess[bytes] = await connection.create_process(
                COMMAND, encoding=None, window=WINDOW, max_pktsize=PACKET
            )
        except (AssertionError, AttributeError) as problem:
            # asyncssh 2.24 looks for the connection of a channel that was taken from it while it was opened.
            raise ConnectionResetError("the connection broke while a channel was opened") from problem
        code, marker = bundle()
        process.channel.set_write_buffer_limits(high=1 << 20)
        process.stdin.write(code)
        return cls(process, marker)

    async def __aenter__(self) -> Channel:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        return not self._process.stdin.is_closing() and not self._process.stdout.at_eof()

    async def _read_errors(self) -> None:
        """Keeps the end of what is printed on stderr; unread, it would use up the channel's window."""
        try:
            while data := await self._process.stderr.read(4096):
                self._errors = (self._errors + data)[-4096:]
        except (asyncssh.Error, OSError):
            pass

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        self.settled = False
        self._process.stdin.write(pack(header, body))

    def write(self, data: bytes) -> None:
        self._process.stdin.write(data)

    async def drain(self) -> None:
        await self._process.stdin.drain()

    async def read_exactly(self, size: int) -> bytes:
        if self._marker is not None:
            await self._skip_noise(self._marker)
            self._marker = None
        return await self._process.stdout.readexactly(size) if size else b""

    async def _skip_noise(self, marker: bytes) -> None:
        seen = 0
        tail = b""
        while marker not in tail:
            # A byte more than the rest of the marker would be a byte of the answers.
            wanted = len(marker) - _overlap(tail, marker)
            data = await self._process.stdout.read(wanted)
            seen += len(data)
            if not data:
                await self._explain_end()
            if seen > NOISE:
                raise HostError("The machine's start-up files print without end.", "Look at ~/.bashrc there.")
            tail = (tail + data)[-len(marker) :]

    async def _explain_end(self) -> None:
        await self._process.wait_closed()
        words = printable(self._errors.decode("utf-8", "replace"))
        if self._process.exit_status == 127 or "python3" in words:
            raise NoPython(f"There is no working python3 on the machine: {words}")
        if self._process.exit_status is None:
            raise asyncssh.ConnectionLost("closed")
        raise HostError(
            f"The machine's shell ended before our program started (exit code {self._process.exit_status}): {words}",
            "Log in by hand and look at its start-up files.",
        )

    async def answer(self) -> tuple[dict[str, Any], bytes]:
        """The next message. Raises HostDiskFull or HostError when it tells of a failure."""
        head, body = LENGTHS.unpack(await self.read_exactly(LENGTHS.size))
        if head + body > ANSWER:
            raise HostError("The machine's answer is larger than any that is expected.")
        header = json.loads(await self.read_exactly(head))
        if not isinstance(header, dict):
            raise HostError("The machine's answer is not one of ours.")
        rest = await self.read_exactly(body)
        self.settled = True
        if "failed" in header:
            raise _failure(header)
        return header, rest

    async def ask(self, header: dict[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes]:
        self.send(header, body)
        await self.drain()
        return await self.answer()

    def close(self) -> None:
        """Lets the host's side end by itself, at the end of its input, and closes after that; does not wait for it.

        A channel that is closed under a running process makes some SSH servers drop the whole connection.
        """
        if not self._process.stdin.is_closing():
            self._process.stdin.write_eof()
        ending = asyncio.create_task(self._end())
        _ENDING.add(ending)
        ending.add_done_callback(_ENDING.discard)

    async def _end(self) -> None:
        try:
            async with asyncio.timeout(END_S):
                while await self._process.stdout.read(PACKET):
                    pass
                await self._process.wait_closed()
        except (asyncssh.Error, OSError):
            pass
        finally:
            self._listening.cancel()
            self._process.close()


def _overlap(tail: bytes, marker: bytes) -> int:
    """How much of the marker's beginning stands at the end of what was read."""
    return next(size for size in range(min(len(tail), len(marker)), -1, -1) if tail.endswith(marker[:size]))


def _failure(header: dict[str, Any]) -> HostError:
    words = printable(str(header["failed"]))
    where = printable(str(header.get("where") or ""))
    if header.get("full"):
        return HostDiskFull("The disk of the machine is full.", "Rent one with a larger disk, or send less.")
    return HostError(f"The machine says: {words}{f' ({where})' if where else ''}.")
