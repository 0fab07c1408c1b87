"""Work on all lines of a log, done in turns: keys are answered in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from unitrainer_tui.widgets.log_ring import FilteredRing, matching_lines

TURN, BREATH = 0.004, 0.002
"""It works for 4 ms, then leaves the event loop 2 ms."""
FLUSH = 0.008
"""So many seconds of one repaint are for the lines that came since the last; the rest is for the next one."""
STEP_LINES = 200
"""Some 2 ms of the slowest lines, records that are read to know how they are shown; measured."""


async def in_turns(step: Callable[[], bool]) -> None:
    """Calls it until it says True."""
    ends = time.monotonic() + TURN
    while not step():
        if time.monotonic() >= ends:
            await asyncio.sleep(BREATH)
            ends = time.monotonic() + TURN


async def fill(ring: FilteredRing) -> None:
    """All that its source holds by now."""
    await in_turns(lambda: ring.catch_up(STEP_LINES))


def fill_a_little(ring: FilteredRing) -> None:
    """What can be done within one repaint."""
    ends = time.monotonic() + FLUSH
    while not ring.catch_up(STEP_LINES) and time.monotonic() < ends:
        pass


async def all_matching(lines: Sequence[str], needle: str) -> list[int]:
    """As `matching_lines`. The lines must stay as they are."""
    found: list[int] = []
    start = 0

    def step() -> bool:
        nonlocal start
        found.extend(start + index for index in matching_lines(lines[start : start + STEP_LINES], needle))
        start += STEP_LINES
        return start >= len(lines)

    await in_turns(step)
    return found
