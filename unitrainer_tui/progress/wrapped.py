"""A rich bar whose values take several lines: rich folds the last column, and its lines stand below one another.

A name may stand at the end of one line and its value at the beginning of the next.
"""

from __future__ import annotations

import re
from dataclasses import replace

from unitrainer_tui.progress.facts import NOTHING, Fact, Found
from unitrainer_tui.progress.values import NUMBER, number, pairs

_NAME = r"[A-Za-z_][\w@/.%+-]*:"
_FOLDED = re.compile(
    rf"^\s{{16,}}+(?P<value>(?:{NUMBER})(?=\s|$|`))?(?P<cells>(?:\s*+{_NAME}\s++(?:{NUMBER})(?=\s|$|`))*)"
    rf"\s*+(?:(?P<name>{_NAME})|\S{{1,80}}+(?<=…))?\s*+(?P<behind>`.*)?$"
)
_ENDS_WITH_NAME = re.compile(rf"(?:^|\s)({_NAME})\s*$")
_LONGEST = 500
"""Characters of such a line: no terminal is wider."""


class Wrapped:
    """What the lines below a bar add to it. `open` while such a line may come."""

    def __init__(self) -> None:
        self._bar: Fact | None = None
        self._name = ""

    @property
    def open(self) -> bool:
        return self._bar is not None

    def begin(self, line: str, bar: Fact) -> None:
        """Remembers a bar that was read off `line`."""
        self._bar = bar
        match = _ENDS_WITH_NAME.search(line.rstrip()[-120:])
        self._name = match[1] if match else ""

    def take(self, line: str) -> tuple[Found, str] | None:
        """The bar with the values of the line below it, and what was printed behind them; None for any other line."""
        bar, self._bar = self._bar, None
        match = _FOLDED.match(line) if len(line) <= _LONGEST else None
        if bar is None or match is None:
            return None
        found = pairs(match["cells"])
        if match["value"] and self._name and (value := number(match["value"])) is not None:
            found = {self._name.rstrip(":"): value} | found
        found.pop("v_num", None)
        self._bar, self._name = replace(bar, metrics={**bar.metrics, **found}), match["name"] or ""
        return self._bar if found else NOTHING, match["behind"] or ""
