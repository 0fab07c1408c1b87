"""An event loop whose time is virtual: it never sleeps, it jumps to the next timer. Hours pass in milliseconds."""

from __future__ import annotations

import asyncio
import selectors

EPOCH = 1_790_000_000.0


class Stuck(Exception):
    """Nothing is left to wait for, and yet somebody waits."""


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck("every task waits for something that can never come")
        self.time += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` starts at `start` seconds, so that one world can go on through several loops."""

    def __init__(self, start: float = 0.0) -> None:
        self._jumping = _JumpingSelector()
        self._jumping.time = start
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.time
