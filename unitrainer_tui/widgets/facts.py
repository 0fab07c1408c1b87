"""Facts with a label: in one row where the terminal is narrow, one below the other in a wide one's side column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from unitrainer_tui.widgets.figures import shortened
from unitrainer_tui.widgets.still_text import StillText

LABEL = 10


@dataclass(frozen=True)
class Fact:
    """`brief` stands in the row where there is no room for the label."""

    label: str
    value: str
    style: str = ""
    brief: str = ""


def in_a_row(title: str, facts: Sequence[Fact], width: int) -> Content:
    """As many facts as fit, the first ones first."""
    parts: list[tuple[str, str]] = [(f"{title:<{LABEL}}", "$muted")]
    used = LABEL
    for index, fact in enumerate(facts):
        label = f"{fact.label} " if fact.label else ""
        text = fact.brief or f"{label}{fact.value}"
        gap = "   " if index else ""
        if used + len(gap) + cell_len(text) > width:
            if not index and width > used + 3:
                parts.append((set_cell_size(text, width - used - 1) + "…", fact.style))
            break
        used += len(gap) + cell_len(text)
        if fact.brief or not label:
            parts.append((gap + text, fact.style))
        else:
            parts += [(gap + label, "$muted"), (fact.value, fact.style)]
    return Content.assemble(*parts)


def in_a_column(title: str, facts: Sequence[Fact], width: int) -> Content:
    """A value that does not fit goes on below, as far as there are words to part it at."""
    rows = [Content.styled(title, "bold $muted")]
    for fact in facts:
        label = fact.label or fact.brief
        for piece in _pieces(fact.value, max(1, width - LABEL)):
            rows.append(Content.assemble((f"{label:<{LABEL}}", "$muted"), (piece, fact.style)))
            label = ""
    return Content("\n").join([*rows, Content("")])


def _pieces(value: str, width: int) -> list[str]:
    pieces = [""]
    for word in value.split(" "):
        joined = f"{pieces[-1]} {word}" if pieces[-1] else word
        if cell_len(joined) <= width or not pieces[-1]:
            pieces[-1] = joined
        else:
            pieces.append(word)
    return [shortened(piece, width) for piece in pieces]


class Facts(StillText):
    DEFAULT_CSS = "Facts { height: auto; text-wrap: nowrap; }"

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = title

    def show_facts(self, facts: Sequence[Fact], *, column: bool) -> None:
        draw = in_a_column if column else in_a_row
        self.show(draw(self._title, facts, self.room))

    @property
    def room(self) -> int:
        """Columns for text."""
        return self.content_size.width or self.size.width
