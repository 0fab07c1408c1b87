"""Everything that was ever said to the user: the toasts of this program's screens and the notices of the runs seen."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from textual.content import Content

from unitrainer_tui.text import safe
from unitrainer_tui.widgets.log_ring import matches
from unitrainer_tui.widgets.run_feed import Notice

TOASTS_KEPT = 10_000
TOAST_LENGTH = 240
"""Characters of a toast; the event log has the whole text."""
LEVELS = {"error": ("✗", "bold $error"), "warning": ("!", "bold $warning")}


@dataclass(frozen=True)
class Entry:
    """`source` is a run's id, empty for what the program itself said. `at` in Unix seconds, 0 where unknown."""

    at: float
    level: str
    source: str
    text: str


@dataclass
class EventBook:
    """Toasts are added one by one; of each run the notices that its newest feed has are looked at, never copied."""

    toasts: deque[Entry] = field(default_factory=lambda: deque(maxlen=TOASTS_KEPT))
    notices: dict[str, Sequence[Notice]] = field(default_factory=dict)

    def said(self, text: str, level: str, at: float) -> str:
        """Keeps a toast. What of it is to be shown: short and safe."""
        whole = safe(text)
        self.toasts.append(Entry(at, level, "", whole))
        return safe(whole, limit=TOAST_LENGTH)

    def hears(self, run: str, notices: Sequence[Notice]) -> None:
        """From now on the notices of that run are these."""
        self.notices[run] = notices

    def entries(self, needle: str = "") -> list[Entry]:
        """All of them in the order of their times, or those that hold a text."""
        found = list(self.toasts)
        for run, notices in self.notices.items():
            found += [Entry(notice.at, notice.level, run, notice.text) for notice in list(notices)]
        found.sort(key=lambda entry: entry.at)
        return [entry for entry in found if matches(needle, f"{entry.source} {entry.level} {entry.text}")]


def when(at: float) -> str:
    """Local date and time."""
    return time.strftime("%m-%d %H:%M:%S", time.localtime(at)) if at else " " * 14


def entry_row(entry: Entry) -> Content:
    glyph, style = LEVELS.get(entry.level, ("i", "$muted"))
    source = f"{safe(entry.source)}  " if entry.source else ""
    return Content.assemble((f"{when(entry.at)}  ", "$muted"), (f"{glyph} ", style), (source, "$faint"), entry.text)


def rows(entries: Iterable[Entry]) -> list[Content]:
    return [entry_row(entry) for entry in entries]
