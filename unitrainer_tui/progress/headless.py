"""A row of a YOLO whose header is not in the log: kept until the next header tells its columns."""

from __future__ import annotations

import re

from unitrainer_tui.progress import tables

# "21/50  2.4G  0.51  10.5  1.5  24  800: 100% 23/23 [00:09<00:00,  2.44it/s]"
_ROW = re.compile(r"^\s*(\d{1,6})/\d{1,6}\s+\d+(?:\.\d+)?[KMGT]i?B?(?:\s+[\d.]+(?:e[-+]\d+)?)+\s*:\s*\d{1,3}%")
_MOST = 40
"""Lines below such a row that are kept: the next header follows the validation."""


class Headless:
    """Takes lines, gives those to read now. `open` while a row is kept."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._epoch = ""
        self._over = False

    @property
    def open(self) -> bool:
        return bool(self._lines)

    @property
    def over(self) -> bool:
        """Whether no line is looked at any more: a header was seen, or none came."""
        return self._over

    def take(self, line: str) -> list[str]:
        if self._over:
            return [line]
        columns = tables.header(line)
        if columns is not None and columns.program != "validation":
            # The header is read twice: for the row above it, and for the one below.
            return [line, *self.finish(), line] if self._lines else [*self.finish(), line]
        row = _ROW.match(line)
        if not self._lines:
            if row is None:
                return [line]
            self._lines, self._epoch = [line], row[1]
            return []
        if row is not None and row[1] != self._epoch:
            return [*self.finish(), line]  # a log without headers
        if row is not None and len(self._lines) == 1:
            self._lines = [line]  # the same bar, drawn again
            return []
        self._lines.append(line)
        return self.finish() if len(self._lines) > _MOST else []

    def finish(self) -> list[str]:
        """What was kept, to be read without a header."""
        lines, self._lines, self._over = self._lines, [], True
        return lines
