"""The machine's own clock, as the Clock port."""

from __future__ import annotations

import asyncio
import time

# Runs on while the machine sleeps, where the system has such a clock (Linux).
_STEADY = getattr(time, "CLOCK_BOOTTIME", None)


class SystemClock:
    """`now` is the wall clock's time at the start and runs on steadily: a clock that is set, forward or back, moves no
    deadline, no settle window and no meter of a run under way; a sleep of the machine counts.

    `not_before`: Unix seconds of the last thing known to have happened. A clock that was set back behind it begins
    there, so that a supervisor that takes a run over gives it no second lease of time.
    """

    def __init__(self, not_before: float | None = None) -> None:
        self._ahead = max(time.time(), not_before or 0.0) - _steady()

    def now(self) -> float:
        return self._ahead + _steady()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _steady() -> float:
    return time.clock_gettime(_STEADY) if _STEADY is not None else time.monotonic()
