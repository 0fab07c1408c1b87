"""What the cells of a table's columns turn out to be, row by row: numbers written with a comma, words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from unitrainer_tui.datasets.reading import MISSING, number_of

# 3,5 and 1.234,56: numbers as a spreadsheet of many countries writes them. float() takes none of them.
_COMMA_NUMBER = re.compile(r"[-+]?\d+(\.\d{3})*,\d+")
# So many rows tell whether a column is written so.
_ROWS_FOR_COMMAS = 200


class Commas:
    """Columns that hold nothing but numbers with a comma, whole ones and gaps, and one with a comma at least. `found`
    has one such cell of each, by the column's place."""

    def __init__(self, places: Iterable[int] = ()) -> None:
        self._suspects = set(places)
        self._rows = 0
        self.found: dict[int, str] = {}

    def row(self, cells: Sequence[str]) -> None:
        self._rows += 1
        if self._rows > _ROWS_FOR_COMMAS:
            return
        for place in list(self._suspects):
            cell = cells[place].strip()
            if _COMMA_NUMBER.fullmatch(cell):
                self.found.setdefault(place, cell)
            elif cell.lower() not in MISSING and not cell.lstrip("-+").isdigit():
                self._suspects.discard(place)
                self.found.pop(place, None)


class Words:
    """Which columns hold words, as the training scripts see it: `found` are the places of those in which any cell is
    no number and no gap."""

    def __init__(self, places: Iterable[int] = ()) -> None:
        self._numbers = list(places)
        self.found: set[int] = set()

    def row(self, cells: Sequence[str]) -> None:
        try:  # most rows of most tables are nothing but numbers, and this is far the fastest way to see it
            for place in self._numbers:
                float(cells[place])
        except ValueError:
            self.found |= {place for place in self._numbers if number_of(cells[place]) is None}
            self._numbers = [place for place in self._numbers if place not in self.found]
