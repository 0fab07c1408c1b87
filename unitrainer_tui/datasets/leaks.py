"""Columns that already say the target: a copy of it, another name for each of its values, or a line through it.

A model that is given such a column measures perfectly and knows nothing. The evidence must be more than chance: in ten
rows some column will follow any target.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

# Bits: how many yes-no questions the agreement answers. A column that is not made from the target agrees by chance once
# in 2**16.
LEAST_BITS = 16.0
# The same spelling in every row is evidence of its own.
LEAST_BITS_OF_A_COPY = 8.0
LEAST_ROWS_OF_A_LINE = 20
LEAST_VALUES_OF_A_LINE = 10
# What is left of the spread beside the line. Written with six digits, a copy in other units stays far below.
MOST_REST = 1e-7
# Pairs of values that are remembered for a column; with more distinct values only copies and lines are told.
MOST_PAIRS = 20_000
_EACH = 200

Value = str | float
"""A cell as it is compared: a number whatever its spelling, else the word."""


@dataclass
class _Suspect:
    """One column as long as nothing speaks against it."""

    place: int
    copied: bool = True
    paired: bool = True
    to_target: dict[Value, Value] = field(default_factory=dict)
    to_column: dict[Value, Value] = field(default_factory=dict)
    lined: bool = True
    rows: int = 0
    base_x: float = 0.0
    base_y: float = 0.0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0

    @property
    def open(self) -> bool:
        return self.copied or self.paired or self.lined


class LeakSearch:
    """Is shown every row; holds little more than the pairs of values of the columns still under suspicion, and most are
    cleared by the first rows."""

    def __init__(self, places: Sequence[int], *, regression_possible: bool = True) -> None:
        self._suspects = [_Suspect(place, lined=regression_possible) for place in places]
        self._rows = 0

    @property
    def places(self) -> set[int]:
        return {suspect.place for suspect in self._suspects}

    def row(self, cells: Sequence[str], target: str) -> None:
        """A row with a target."""
        if not self._suspects:
            return
        self._rows += 1
        number = _number(target)
        wanted: Value = target if number is None else number
        cleared = False
        for suspect in self._suspects:
            word = cells[suspect.place].strip()
            value = _number(word)
            cell: Value = word if value is None else value
            if suspect.copied and cell != wanted:
                suspect.copied = False
            if suspect.paired:
                _pair(suspect, cell, wanted)
            if suspect.lined:
                _line(suspect, value, number)
            cleared = cleared or not suspect.open
        if cleared or not self._rows % _EACH:
            for suspect in self._suspects:
                if suspect.paired and self._rows >= _EACH and len(suspect.to_target) == self._rows:
                    _unpair(suspect)  # nothing has come again: there is no evidence in it, only memory
                if suspect.lined and suspect.rows >= 5 * _EACH and _rest(suspect) > 1e3 * MOST_REST:
                    suspect.lined = False
            self._suspects = [suspect for suspect in self._suspects if suspect.open]

    def found(
        self, target_counts: Sequence[int], distinct: int, *, of_classes: bool = True
    ) -> list[tuple[int, str, bool]]:
        """(column, how it follows `{target}`, whether it is surely made of it). `target_counts` are the rows of each
        value that was counted, `distinct` how many values there are.

        Of numbers to be predicted (not `of_classes`) only a copy is sure: a law without noise may be what the table is
        about.
        """
        bits = _bits(target_counts)
        told = []
        for suspect in self._suspects:
            repeats = self._rows - len(suspect.to_target)
            # Every value once is an id: it follows any target. What counts are values that come again.
            enough = repeats > 0 and (repeats >= self._rows / 2 or repeats >= LEAST_ROWS_OF_A_LINE)
            paired = suspect.paired and len(suspect.to_target) > 1 and enough and bits >= LEAST_BITS
            one_each = "has one value for each value of the target {target}, and no other"
            if suspect.copied and distinct > 1 and bits >= LEAST_BITS_OF_A_COPY:
                told.append((suspect.place, "is a copy of the target {target}", True))
            elif paired and of_classes:
                told.append((suspect.place, one_each, True))
            elif suspect.lined and _is_line(suspect, distinct):
                how = "is the target {target} in other units (a straight line through every row)"
                told.append((suspect.place, how, False))
            elif paired:
                told.append((suspect.place, one_each, False))
        return told


def _pair(suspect: _Suspect, cell: Value, target: Value) -> None:
    if (
        suspect.to_target.setdefault(cell, target) != target
        or suspect.to_column.setdefault(target, cell) != cell
        or len(suspect.to_target) > MOST_PAIRS
    ):
        _unpair(suspect)


def _unpair(suspect: _Suspect) -> None:
    suspect.paired = False
    suspect.to_target.clear()
    suspect.to_column.clear()


def _line(suspect: _Suspect, value: float | None, number: float | None) -> None:
    if value is None or number is None:
        suspect.lined = False
        return
    if not suspect.rows:
        suspect.base_x, suspect.base_y = value, number
    suspect.rows += 1
    x, y = value - suspect.base_x, number - suspect.base_y
    suspect.x += x
    suspect.y += y
    suspect.xx += x * x
    suspect.xy += x * y
    suspect.yy += y * y


def _rest(suspect: _Suspect) -> float:
    """1 - r²: the part of the target's spread that the line does not tell. 0 while there is no spread to tell."""
    rows = suspect.rows
    across = suspect.xx - suspect.x * suspect.x / rows
    down = suspect.yy - suspect.y * suspect.y / rows
    both = suspect.xy - suspect.x * suspect.y / rows
    if across <= 0 or down <= 0:
        return 0.0 if down <= 0 and across <= 0 else 1.0
    return 1 - both * both / (across * down)


def _is_line(suspect: _Suspect, distinct: int) -> bool:
    if suspect.rows < LEAST_ROWS_OF_A_LINE or distinct < LEAST_VALUES_OF_A_LINE:
        return False
    spread = suspect.yy - suspect.y * suspect.y / suspect.rows
    return spread > 0 and _rest(suspect) <= MOST_REST


def _bits(counts: Sequence[int]) -> float:
    """log2 of the number of ways in which the target's values could stand in its rows."""
    rows = sum(counts)
    return (math.lgamma(rows + 1) - sum(math.lgamma(count + 1) for count in counts)) / math.log(2)


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
