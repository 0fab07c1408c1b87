"""The last lines of a log, in bounded memory, with a number for each line that ever came."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from rich.cells import cell_len

RING_LINES = 50_000
"""Some 10 MB of ordinary lines; the whole log is in the run's log.raw."""
WIDEST = 2_000
"""Columns that can be scrolled to; a longer line goes on in log.raw."""


class LogRing:
    """`total` counts all lines that came, `width` is the widest line seen, in columns."""

    def __init__(self, limit: int = RING_LINES) -> None:
        self._lines: deque[str] = deque(maxlen=limit)
        self.total = 0
        self.width = 0

    def __len__(self) -> int:
        return len(self._lines)

    def append(self, line: str) -> None:
        self._lines.append(line)
        self.total += 1
        length = len(line)
        # A character is at most two columns wide: measure only what may be wider than the widest.
        if length * 2 > self.width < WIDEST:
            self.width = min(WIDEST, max(self.width, length if line.isascii() else cell_len(line)))

    def extend(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.append(line)

    def line(self, index: int) -> str:
        """The line at an index of the ring, 0 is the oldest kept."""
        return self._lines[index]

    def snapshot(self) -> list[str]:
        """The lines as they are now: what a reader who stopped following goes on looking at."""
        return list(self._lines)


def find_line(lines: Sequence[str], needle: str, start: int, step: int) -> int | None:
    """The next index at or after `start` in the direction of `step` (1 or -1) whose line holds the text, going round.

    Small letters match both cases, a capital only itself, as editors do.
    """
    if not needle or not lines:
        return None
    fold = needle == needle.lower()
    count = len(lines)
    for offset in range(count):
        index = (start + offset * step) % count
        line = lines[index]
        if needle in (line.lower() if fold else line):
            return index
    return None
