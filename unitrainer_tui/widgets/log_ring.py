"""The last lines of a log, in bounded memory, with a number for each line that ever came; and what of them matches."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rich.cells import cell_len

from unitrainer_tui.drawn_rows import REACH
from unitrainer_tui.widgets.log_records import looks_like_record, shown

RING_LINES = 50_000
"""Some 10 MB of ordinary lines; the whole log is in the run's log.raw."""
WIDEST = 2_000
"""Columns that can be scrolled to; a longer line goes on in log.raw."""
REDRAWN = 2 * REACH
"""Of so many of the last lines the place in log.raw is known, by which a line that is drawn over is found. More than
can be reached, because a line is told when it changed and others may have come by then."""


@dataclass(frozen=True)
class Photograph:
    """The ring as it was: what a reader who stopped following goes on looking at. `total` lines had come by then."""

    lines: list[str]
    times: list[float | None]
    total: int


class LogRing:
    """`total` counts all lines that came, `width` is the widest line seen, in columns.

    `redraws` counts the lines that took another's place; `drawing` says that the last one to come belongs to a display
    that is drawn over, the line that is being written with it.
    """

    def __init__(self, limit: int = RING_LINES) -> None:
        self._lines: deque[str] = deque(maxlen=limit)
        self._times: deque[float | None] = deque(maxlen=limit)
        self._offsets: deque[int] = deque(maxlen=REDRAWN)
        self.total = 0
        self.width = 0
        self.redraws = 0
        self.drawing = False

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def changes(self) -> tuple[int, int]:
        """Another value whenever the lines are others."""
        return self.total, self.redraws

    def append(self, line: str, at: float | None = None, offset: int = -1, drawn: bool = False) -> None:
        """`at`: when it came (Unix seconds), None where nobody knows: it was there before anybody looked. A line that
        is `drawn` takes the place of the one that has the same `offset` in log.raw, if that is one of the last."""
        self.drawing = drawn
        if drawn and self._draw_over(line, at, offset):
            return
        self._lines.append(line)
        self._times.append(at)
        self._offsets.append(offset)
        self.total += 1
        length = len(line)
        # A character is at most two columns wide: measure only what may be wider than the widest.
        if length * 2 > self.width < WIDEST:
            self.width = min(WIDEST, max(self.width, length if line.isascii() else cell_len(line)))

    def _draw_over(self, line: str, at: float | None, offset: int) -> bool:
        back = next((back for back, known in enumerate(reversed(self._offsets), 1) if known <= offset), 0)
        if not 0 < back <= len(self._lines) or self._offsets[-back] != offset:
            return False
        self._lines[-back] = line
        if at is not None:
            self._times[-back] = at
        self.redraws += 1
        self.width = min(WIDEST, max(self.width, cell_len(line)))
        return True

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
    """Whether the line holds the text, as it was printed or as it is shown. Small letters match both cases, a capital
    only itself, as editors do."""
    fold = needle == needle.lower()
    if needle in (line.lower() if fold else line):
        return True
    if not looks_like_record(line):
        return False
    told = shown(line)
    return needle in (told.lower() if fold else told)


class FilteredRing(LogRing):
    """The lines of another ring that hold a text. `catch_up` takes in what has come there meanwhile."""

    def __init__(self, source: LogRing, needle: str) -> None:
        super().__init__()
        self.source = source
        self.needle = needle
        self._seen = 0
        self._seen_redraws = source.redraws
        self._numbers: deque[int] = deque(maxlen=REDRAWN)

    def catch_up(self, most: int | None = None) -> bool:
        """Looks at what has come, at `most` so many lines of it. True when there is no more to look at."""
        source = self.source
        if self._seen_redraws != source.redraws:
            self._take_back()
        # What the ring lost before anybody looked is no line to look at.
        self._seen = max(self._seen, source.total - len(source))
        new = source.since(self._seen)
        for line, at in new if most is None else islice(new, most):
            if matches(self.needle, line):
                self.append(line, at)
                self._numbers.append(self._seen)
            self._seen += 1
        return self._seen == source.total

    def _take_back(self) -> None:
        """The last lines there may be others now: those that were taken from them go, and are looked at again."""
        self._seen_redraws = self.source.redraws
        first = max(0, self._seen - REDRAWN)
        while self._numbers and self._numbers[-1] >= first and self._lines:
            for kept in (self._numbers, self._lines, self._times, self._offsets):
                kept.pop()
            self.total -= 1
        self.redraws += 1
        self._seen = first


def matching_lines(lines: Sequence[str], needle: str) -> list[int]:
    """The indices of the lines that hold the text, as they were printed or as they are shown, in their order."""
    if not needle:
        return []
    fold = needle == needle.lower()
    found = []
    for index, line in enumerate(lines):
        if needle in (line.lower() if fold else line) or (looks_like_record(line) and matches(needle, line)):
            found.append(index)
    return found


def find_line(found: Sequence[int], start: int, step: int) -> int | None:
    """Which of the sorted indices is next at or after `start` in the direction of `step` (1 or -1), going round."""
    if not found:
        return None
    if step > 0:
        return next((index for index in found if index >= start), found[0])
    return next((index for index in reversed(found) if index <= start), found[-1])
