"""Which rows a log shows: lines cut or wrapped to a width, and what moving up and down means. Pure functions.

A place is a line and a row within it: the row is 0 unless lines are wrapped.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import chop_cells

STAMP_WIDTH = 9


@dataclass(frozen=True, order=True)
class Place:
    line: int
    row: int = 0


@dataclass(frozen=True)
class Row:
    """`line` is the index of the line that it belongs to, `first` its first row, `start` the row's place in the line
    in characters."""

    text: str
    line: int
    first: bool = True
    start: int = 0


def rows_of(text: str, width: int | None) -> list[str]:
    """The line in pieces of at most `width` columns; whole where `width` is None. At least one, empty or not."""
    if width is None or len(text) * 2 <= width:
        return [text]
    if text.isascii():
        return [text[at : at + width] for at in range(0, len(text), max(1, width))] or [""]
    return chop_cells(text, max(2, width)) or [""]


def page(lines: Sequence[str], top: Place, height: int, width: int | None) -> list[Row]:
    """The rows from a place on, at most `height` of them."""
    rows: list[Row] = []
    index, skip = top.line, top.row
    while len(rows) < height and 0 <= index < len(lines):
        start = 0
        for number, piece in enumerate(rows_of(lines[index], width)):
            if number >= skip:
                rows.append(Row(piece, index, number == 0, start))
            start += len(piece)
        index, skip = index + 1, 0
    return rows[:height]


def moved(lines: Sequence[str], place: Place, rows: int, width: int | None) -> Place:
    """So many rows further on (or back), within the lines."""
    index, row = place.line, place.row
    if width is None:
        return Place(min(max(0, index + rows), max(0, len(lines) - 1)))
    while rows > 0 and index < len(lines):
        left = len(rows_of(lines[index], width)) - 1 - row
        if rows <= left:
            return Place(index, row + rows)
        if index == len(lines) - 1:
            return Place(index, row + left)
        rows -= left + 1
        index, row = index + 1, 0
    while rows < 0:
        if -rows <= row:
            return Place(index, row + rows)
        if index == 0:
            return Place(0)
        rows += row + 1
        index -= 1
        row = len(rows_of(lines[index], width)) - 1
    return Place(index, row)


def last_page(lines: Sequence[str], height: int, width: int | None) -> Place:
    """The place from which the last line ends at the foot of the pane."""
    if not lines:
        return Place(0)
    bottom = Place(len(lines) - 1, len(rows_of(lines[-1], width)) - 1)
    return moved(lines, bottom, -(max(1, height) - 1), width)


def stamp(at: float | None) -> str:
    """The local time of day with a space behind it; blank where the time is not known."""
    return " " * STAMP_WIDTH if at is None else time.strftime("%H:%M:%S ", time.localtime(at))
