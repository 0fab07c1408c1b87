"""The last lines of a log, in bounded memory, with a number for each line that ever came; and what of them matches."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rich.cells import cell_len

RING_LINES = 50_000
"""Some 10 MB of ordinary lines; the whole log is in the run's log.raw."""
WIDEST = 2_000
"""Columns that can be scrolled to; a longer line goes on in log.raw."""


@dataclass(frozen=True)
class Photograph:
    """The ring as it was: what a reader who stopped following goes on looking at. `total` lines had come by then."""

    lines: list[str]
    times: list[float | None]
    total: int


class LogRing:
    """`total` counts all lines that came, `width` is the widest line seen, in columns."""

    def __init__(self, limit: int = RING_LINES) -> None:
        self._lines: deque[str] = deque(maxlen=limit)
        self._times: deque[float | None] = deque(maxlen=limit)
        self.total = 0
        self.width = 0

    def __len__(self) -> int:
        return len(self._lines)

    def append(self, line: str, at: float | None = None) -> None:
        """`at`: when it came (Unix seconds), None where nobody knows: it was there before anybody looked."""
        self._lines.append(line)
        self._times.append(at)
        self.total += 1
        length = len(line)
        # A character is at most two columns wide: measure only what may be wider than the widest.
        if length * 2 > self.width < WIDEST:
            self.width = min(WIDEST, max(self.width, length if line.isascii() else cell_len(line)))

    def line(self, index: int) -> str:
        """The line at an index of the ring, 0 is the oldest kept."""
        return self._lines[index]

    def last(self, count: int) -> Photograph:
        """The last so many lines."""
        skipped = max(0, len(self._lines) - count)
        # From the end: a deque finds what is near either end at once.
        lines = [self._lines[index] for index in range(skipped, len(self._lines))]
        times = [self._times[index] for index in range(skipped, len(self._times))]
        return Photograph(lines, times, self.total)

    def photograph(self) -> Photograph:
        return Photograph(list(self._lines), list(self._times), self.total)

    def since(self, total: int) -> Iterator[tuple[str, float | None]]:
        """What came after so many lines had come, as far as it is still kept."""
        kept = len(self._lines)
        skipped = max(0, kept - (self.total - total))
        return zip(islice(self._lines, skipped, kept), islice(self._times, skipped, kept), strict=True)


def matches(needle: str, line: str) -> bool:
    """Small letters match both cases, a capital only itself, as editors do."""
    return needle in (line.lower() if needle == needle.lower() else line)


class FilteredRing(LogRing):
    """The lines of another ring that hold a text. `catch_up` takes in what has come there meanwhile."""

    def __init__(self, source: LogRing, needle: str) -> None:
        super().__init__()
        self.source = source
        self.needle = needle
        self._seen = 0

    def catch_up(self) -> None:
        if self._seen == self.source.total:
            return
        for line, at in self.source.since(self._seen):
            if matches(self.needle, line):
                self.append(line, at)
        self._seen = self.source.total


def matching_lines(lines: Sequence[str], needle: str) -> list[int]:
    """The indices of the lines that hold the text, in their order."""
    if not needle:
        return []
    fold = needle == needle.lower()
    return [index for index, line in enumerate(lines) if needle in (line.lower() if fold else line)]


def find_line(found: Sequence[int], start: int, step: int) -> int | None:
    """Which of the sorted indices is next at or after `start` in the direction of `step` (1 or -1), going round."""
    if not found:
        return None
    if step > 0:
        return next((index for index in found if index >= start), found[0])
    return next((index for index in reversed(found) if index <= start), found[-1])
