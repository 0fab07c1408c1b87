"""The curves of a run: one metric, two beside each other where there is room, redrawn only when something changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget

from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import metric
from unitrainer_tui.widgets.marks import ascii_only
from unitrainer_tui.widgets.plotting import INFINITE, MISSING, draw_curve, legend_of, look_of
from unitrainer_tui.widgets.series import Gaps, MetricHistory, Point, is_number
from unitrainer_tui.widgets.still_text import StillText

TWO_PANES = 100
"""Columns from which a second metric stands beside the first."""

Lines = Mapping[str, Sequence[Point]]


@dataclass(frozen=True)
class Compared:
    """An earlier run whose curves are drawn along."""

    run: str
    metrics: MetricHistory


def lines_of(history: MetricHistory, family: str | None, compared: Compared | None = None) -> dict[str, list[Point]]:
    """The lines of one picture: this run's parts of the data, then the earlier run's."""
    if family is None:
        return {}
    lines = dict(history.families.get(family, {}))
    if compared is not None:
        earlier = compared.metrics.families.get(family, {})
        lines.update({f"earlier {part}": points for part, points in earlier.items()})
    return lines


def shown_metrics(names: Sequence[str], chosen: str | None, width: int) -> list[str]:
    """The chosen metric, and the next one where the picture is wide enough for two."""
    if not names:
        return []
    at = names.index(chosen) if chosen in names else 0
    count = 2 if width >= TWO_PANES and len(names) > 1 else 1
    return [names[(at + step) % len(names)] for step in range(count)]


def curve_header(
    family: str | None, lines: Lines, names: Sequence[str], width: int, *, log: bool = False, ascii: bool = False
) -> Content:
    """The metric, its lines with their last numbers, the marks of the picture, and the other metrics that `m` draws.

    What does not fit is left out from the end.
    """
    parts: list[tuple[str, str]] = [(safe(family or "loss", limit=24), "bold")]
    if log:
        parts.append((" log", "$accent"))
    groups: list[list[tuple[str, str]]] = []
    for name, points in lines.items():
        last = next((y for _, y in reversed(points) if is_number(y)), None)
        groups.append([(f"  {legend_of(name, ascii=ascii)} {safe(name)} ", look_of(name).style), (metric(last), "")])
    gaps = [Gaps.of(points) for points in lines.values()]
    for sign, plain, what, count in (
        (INFINITE, "^", "infinite", sum(len(found.infinite) for found in gaps)),
        (MISSING, "x", "no number", sum(len(found.missing) for found in gaps)),
    ):
        if count:
            groups.append([(f"  {plain if ascii else sign} {count} {what}", "$error")])
    used = sum(cell_len(text) for text, _ in parts)
    for group in groups:
        wanted = sum(cell_len(text) for text, _ in group)
        if used + wanted <= width:
            parts += group
            used += wanted
    if others := [safe(name, limit=24) for name in names if name != family]:
        told = next(
            (told for told in (f"  m: {', '.join(others)}", f"  +{len(others)}") if used + cell_len(told) <= width), ""
        )
        parts.append((told, "$faint"))
    return Content.assemble(*parts)


class CurveCanvas(Widget):
    """Draws again only when its lines or its size changed."""

    DEFAULT_CSS = "CurveCanvas { height: 1fr; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._lines: Lines = {}
        self._log = False
        self._drawn: tuple[tuple[int, int], Text] | None = None

    def show(self, lines: Lines, *, log: bool) -> None:
        self._lines, self._log = lines, log
        self._drawn = None
        self.refresh()

    def render(self) -> Text:
        width, height = self.size
        if self._drawn is None or self._drawn[0] != (width, height):
            picture = draw_curve(self._lines, width, height, log=self._log, ascii=ascii_only(self.app))
            self._drawn = ((width, height), picture)
        return self._drawn[1]


class CurvePane(Vertical):
    """One metric: its header and its picture."""

    DEFAULT_CSS = "CurvePane { width: 1fr; height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield StillText(classes="panel-header")
        yield CurveCanvas()

    def show_lines(self, family: str | None, lines: Lines, names: Sequence[str], *, log: bool) -> None:
        width = self.size.width
        header = curve_header(family, lines, names, width, log=log, ascii=ascii_only(self.app))
        self.query_one(StillText).show(header)
        self.query_one(CurveCanvas).show(lines, log=log)


class LossCurve(Horizontal):
    """One pane or two, by its width."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._history = MetricHistory()
        self._family: str | None = None
        self._log = False
        self._compared: Compared | None = None

    def compose(self) -> ComposeResult:
        yield CurvePane(id="curve-one")
        second = CurvePane(id="curve-two")
        second.display = False
        yield second

    def on_mount(self) -> None:
        self._show()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def show_metric(
        self,
        history: MetricHistory,
        family: str | None,
        *,
        log: bool = False,
        compared: Compared | None = None,
    ) -> None:
        self._history, self._family, self._log, self._compared = history, family, log, compared
        self._show()

    def _show(self) -> None:
        names = self._history.names()
        chosen = shown_metrics(names, self._family, self.size.width)
        panes = list(self.query(CurvePane))
        for index, pane in enumerate(panes):
            pane.display = index == 0 or index < len(chosen)
            family = chosen[index] if index < len(chosen) else None
            if pane.display:
                others = [name for name in names if name not in chosen or name == family] if index == 0 else []
                lines = lines_of(self._history, family, self._compared)
                pane.show_lines(family, lines, others, log=self._log)
