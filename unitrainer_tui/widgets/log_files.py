"""Log files as a viewer reads them by itself: another machine's log, and the line that a job is still writing."""

from __future__ import annotations

import os
from pathlib import Path

from unitrainer_tui.log_text import LineSplitter
from unitrainer_tui.text import safe

PIECE_BYTES = 256 << 10
UNFINISHED_BYTES = 16 << 10


def size_of(path: Path) -> int:
    """Bytes; 0 where there is no such file (yet)."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


class LogFile:
    """A log file read a piece at a time, from its last `tail` bytes on. Blocks: use a thread."""

    def __init__(self, path: Path, *, tail: int) -> None:
        self.path = path
        self._there = size_of(path)
        self._position = max(0, self._there - tail)
        self._splitter = LineSplitter(self._position)

    def read(self, now: float) -> list[tuple[str, float | None, int, bool]] | None:
        """The lines of the next piece as a ring takes them: the text, the time when it was seen, the place in the file,
        whether it is drawn over; None at the end of the file. What was there before anybody looked has no time."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._position)
                data = file.read(PIECE_BYTES)
        except OSError:
            return None
        if not data:
            return None
        self._position += len(data)
        lines = self._splitter.feed(data)
        there = self._there
        return [(line.text, now if line.offset >= there else None, line.offset, line.drawn) for line in lines]


def unfinished_line(path: Path) -> str:
    """What no line break ends yet, as a terminal shows it; empty where the file ends with one. Blocks a little."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            end = file.tell()
            file.seek(max(0, end - UNFINISHED_BYTES))
            data = file.read(UNFINISHED_BYTES)
    except OSError:
        return ""
    rest = data.rpartition(b"\n")[2]
    if not rest:
        return ""
    splitter = LineSplitter()
    splitter.feed(rest)
    return safe(splitter.pending())
