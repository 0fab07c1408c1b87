"""The last rows of a log as a terminal leaves them: what a bar draws over, and what moves the cursor to it.

The width of the job's terminal is not known here, so a line is one row however long it is.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

REACH = 50
"""So many rows, the one of the cursor among them, can be drawn over. What is above is final, as what a terminal has
scrolled off its screen."""

# What moves the cursor within the rows or erases: carriage return, backspace; CSI with A up, B down, C right, D left,
# E and F to the start of a row below and above, G to a column, J below the cursor, K in the row.
_NUMBER = rb"[0-9]{0,6}"
MOVE = re.compile(rb"\r|\x08|\x1b\[(" + _NUMBER + rb")([A-GJK])")
_FAR = re.compile(rb"\x1b\[" + _NUMBER + rb"[A-GJK]")
# The beginning of such a sequence, at the end of a piece.
BEGUN_MOVE = re.compile(rb"\x1b(?:\[" + _NUMBER + rb")?\Z")
LONGEST_MOVE = 9
"""Bytes."""

# Letters of one column each, as far as bars are made of them: Latin, arrows, blocks, braille.
_NARROW = re.compile("[ -\u02ff\u2010-\u2027\u2190-\u2319\u231c-\u2328\u232b-\u23e8\u2500-\u25fc\u2800-\u28ff]*")


@dataclass(slots=True)
class DrawnRow:
    """`offset` of the first byte of log.raw that stands in it, `end` behind the line break that first ended it or
    behind what is read so far. `told`: as it was last given out, None: never. `begun`: something was written to it."""

    offset: int
    end: int
    text: str = ""
    told: str | None = None
    begun: bool = False


def moves_far(data: bytes) -> bool:
    """Whether anything in it but a carriage return moves the cursor or erases."""
    return b"\x08" in data or (b"\x1b[" in data and _FAR.search(data) is not None)


def columns(text: str) -> int:
    """How many columns of a terminal safe text takes."""
    return len(text) if narrow(text) else sum(map(_width, text))


def narrow(text: str) -> bool:
    """Whether each letter is known to take one column."""
    return text.isascii() or _NARROW.fullmatch(text) is not None


def _width(letter: str) -> int:
    if unicodedata.east_asian_width(letter) in "WF":
        return 2
    return 0 if unicodedata.combining(letter) else 1


def written(text: str, column: int, new: str) -> str:
    """The row when `new` is written from that column on, over what stands there."""
    if not new:
        return text
    if not column and not text:
        return new
    if narrow(text) and narrow(new):
        return text[:column].ljust(column) + new + text[column + len(new) :]
    return left_of(text, column) + new + right_of(text, column + columns(new))


def left_of(text: str, column: int) -> str:
    """What stands before that column, filled up with spaces to it."""
    cut, wide = _cut(text, column)
    return text[:cut] + " " * (column - wide)


def right_of(text: str, column: int) -> str:
    """What stands from that column on; a letter that the column goes through leaves a space."""
    cut, wide = _cut(text, column)
    if wide == column or cut == len(text):
        return text[cut:]
    return " " + text[cut + 1 :]


def erased(text: str, column: int) -> str:
    """What is left when all from that column on is erased."""
    return text[: _cut(text, column)[0]]


def _cut(text: str, column: int) -> tuple[int, int]:
    """How many letters lie wholly before the column, with the marks on them, and how many columns these take."""
    if narrow(text):
        cut = min(len(text), column)
        return cut, cut
    wide = 0
    for at, letter in enumerate(text):
        width = _width(letter)
        if wide + width > column:
            return at, wide
        wide += width
    return len(text), wide
