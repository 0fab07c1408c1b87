"""The network between a client and one rented host's sshd: it can be cut, and it can fall silent.

asyncssh makes its listeners through an object with `create_server` (it calls that a tunnel); `Link` is one, so it
stands between the socket and asyncssh's connection and sees every byte in both directions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

MEGABYTE = 1_000_000


class Link:
    """One host's network. `on_bytes(wire)` is told when the totals of a connection have grown."""

    def __init__(self, on_bytes: Callable[[Wire], None]) -> None:
        self.on_bytes = on_bytes
        self.wires: set[Wire] = set()
        self.silent = False

    async def create_server(self, factory: Callable[[str, int], Any], host: str, port: int) -> asyncio.AbstractServer:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: Wire(self, factory("", 0)), host, port, backlog=100)

    def fall_silent(self, seconds: float) -> None:
        """From now on nothing passes in either direction and nothing closes; then all of it arrives."""
        self.silent = True
        for wire in self.wires:
            wire.hold()
        asyncio.get_running_loop().call_later(seconds, self.speak)

    def speak(self) -> None:
        self.silent = False
        for wire in list(self.wires):
            wire.release()

    def cut(self) -> None:
        """Ends every connection at once, without a word of SSH."""
        for wire in list(self.wires):
            wire.abort()


class Wire(asyncio.Transport, asyncio.Protocol):
    """One TCP connection: the protocol of the socket's transport, and the transport of asyncssh's connection."""

    def __init__(self, link: Link, upper: Any) -> None:
        super().__init__()
        self.link = link
        self.upper = upper
        self.received = 0
        self.sent = 0
        self.lower: asyncio.Transport | None = None
        self._held: list[bytes] = []
        self._paused = False

    # what the socket tells
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.lower = transport
        self.link.wires.add(self)
        if self.link.silent:
            self.hold()
        self.upper.connection_made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.link.wires.discard(self)
        self.upper.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        self.link.on_bytes(self)
        self.upper.data_received(data)

    def eof_received(self) -> bool | None:
        self.upper.eof_received()
        return None

    def pause_writing(self) -> None:
        self.upper.pause_writing()

    def resume_writing(self) -> None:
        self.upper.resume_writing()

    # what asyncssh asks
    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.link.silent:
            self._held.append(bytes(data))
            return
        self.sent += len(data)
        if self.lower is not None:
            self.lower.write(data)
        self.link.on_bytes(self)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.lower.get_extra_info(name, default) if self.lower else default

    def is_closing(self) -> bool:
        return self.lower is None or self.lower.is_closing()

    def close(self) -> None:
        if self.lower is not None:
            self.lower.close()

    def abort(self) -> None:
        if self.lower is not None:
            self.lower.abort()

    def pause_reading(self) -> None:
        self._paused = True
        if self.lower is not None:
            self.lower.pause_reading()

    def resume_reading(self) -> None:
        self._paused = False
        if self.lower is not None and not self.link.silent:
            self.lower.resume_reading()

    # what the network does
    def hold(self) -> None:
        if self.lower is not None:
            self.lower.pause_reading()

    def release(self) -> None:
        held, self._held = self._held, []
        for data in held:
            self.write(data)
        if self.lower is not None and not self._paused:
            self.lower.resume_reading()
