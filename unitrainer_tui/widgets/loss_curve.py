"""The curve of one metric, train and validation, drawn by plotext at most once a second and only when it changed."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual_plotext.plot import Plot

from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import metric
from unitrainer_tui.widgets.series import MetricHistory, Point, reduce_points
from unitrainer_tui.widgets.still_text import StillText

# The terminal's own palette: cyan and yellow, far apart for every kind of colour vision, and right on any background.
LINES = {"train": (6, "ansi_cyan", "━━"), "val": (3, "ansi_yellow", "╍╍")}


class CurveCanvas(Widget):
    """Draws again only when `lines` or its size changed."""

    DEFAULT_CSS = "CurveCanvas { height: 1fr; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, list[Point]] = {}
        self._drawn: tuple[tuple[int, int], Text] | None = None

    def show(self, lines: dict[str, list[Point]]) -> None:
        self._lines = lines
        self._drawn = None
        self.refresh()

    def render(self) -> Text:
        width, height = self.size
        if self._drawn is None or self._drawn[0] != (width, height):
            self._drawn = ((width, height), draw_curve(self._lines, width, height))
        return self._drawn[1]


def draw_curve(lines: dict[str, list[Point]], width: int, height: int) -> Text:
    """The curve as text of `width` × `height` cells; a sentence where there is nothing to draw yet."""
    stretches = {
        name: [stretch for stretch in reduce_points(points, width) if stretch] for name, points in lines.items()
    }
    if not any(stretches.values()) or width < 12 or height < 4:
        return Text("The curve begins with the first epoch." if width >= 40 and height >= 1 else "", style="dim")
    plot = Plot()
    plot.plotsize(width, height)
    plot._set_size(width, height)
    plot.theme("clear")
    for name, found in stretches.items():
        color = LINES.get(name, LINES["train"])[0]
        for stretch in found:
            xs, ys = [x for x, _ in stretch], [y for _, y in stretch]
            if len(stretch) == 1:
                plot.scatter(xs, ys, color=color, marker="dot")
            else:
                plot.plot(xs, ys, color=color, marker="braille")
    plot.xaxes(True, False)
    plot.yaxes(True, False)
    every = [point for found in stretches.values() for stretch in found for point in stretch]
    _ticks(plot, every, width, height)
    return Text.from_ansi(plot.build(), no_wrap=True)


def _ticks(plot: Plot, points: list[tuple[float, float]], width: int, height: int) -> None:
    """Whole epochs below, four figures at the side; plotext's own ticks fall between epochs."""
    first, last = min(x for x, _ in points), max(x for x, _ in points)
    low, high = int(first) + (first > int(first)), int(last)
    count = max(2, width // 8)
    step = max(1, -(-(high - low) // (count - 1)) if high > low else 1)
    epochs = [float(epoch) for epoch in range(low, high + 1, step)] or [first]
    plot.xticks(epochs, [f"{epoch:g}" for epoch in epochs])
    bottom, top = min(y for _, y in points), max(y for _, y in points)
    rows = max(2, min(6, height // 3))
    values = [bottom + (top - bottom) * row / (rows - 1) for row in range(rows)] if top > bottom else [bottom]
    labels = [metric(value) for value in values]
    widest = max(map(len, labels))
    plot.yticks(values, [label.rjust(widest) for label in labels])


class LossCurve(Vertical):
    """The header with the metric's name and its last numbers, and the canvas below it."""

    def compose(self) -> ComposeResult:
        yield StillText(classes="panel-header")
        yield CurveCanvas()

    def on_mount(self) -> None:
        self.show_header(None, {}, 0)

    def show_metric(self, history: MetricHistory, family: str | None) -> None:
        lines = history.families.get(family, {}) if family is not None else {}
        self.show_header(family, lines, len(history.families))
        self.query_one(CurveCanvas).show(lines)

    def show_header(self, family: str | None, lines: dict[str, list[Point]], metrics: int) -> None:
        parts: list[str | tuple[str, str]] = [(safe(family or "loss", limit=24), "bold")]
        for name, points in lines.items():
            _, color, glyph = LINES.get(name, LINES["train"])
            last = next((y for _, y in reversed(points) if y is not None), None)
            parts += ["  ", (f"{glyph} {name} ", color), metric(last)]
        if metrics > 1:
            parts.append((f"  +{metrics - 1}", "$faint"))
        self.query_one(StillText).show(Content.assemble(*parts))
