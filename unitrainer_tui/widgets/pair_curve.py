"""One metric of two runs over the epochs. The lines differ in the glyphs they are drawn with, not only in colour."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget
from textual_plotext.plot import Plot

from unitrainer_tui.widgets.figures import metric
from unitrainer_tui.widgets.series import Point, reduce_points

# The terminal's own cyan and yellow, far apart for every kind of colour vision; a fine line and a coarse one.
STYLES = ((6, "ansi_cyan", "braille", "⠒⠒"), (3, "ansi_yellow", "x", "xx"))
LEAST_WIDTH, LEAST_HEIGHT = 16, 5


def draw_pair(pair: tuple[list[Point], list[Point]], width: int, height: int) -> Text:
    """Both lines as text of `width` × `height` cells; a sentence where there is nothing to draw."""
    stretches = [[stretch for stretch in reduce_points(points, width) if stretch] for points in pair]
    points = [point for found in stretches for stretch in found for point in stretch]
    if not points or width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return Text("Neither run has told this metric." if not points and width >= 40 and height else "", style="dim")
    plot = Plot()
    plot.plotsize(width, height)
    plot._set_size(width, height)
    plot.theme("clear")
    for found, (color, _, marker, _) in zip(stretches, STYLES, strict=True):
        for stretch in found:
            xs, ys = [x for x, _ in stretch], [y for _, y in stretch]
            draw = plot.scatter if len(stretch) == 1 or marker == "x" else plot.plot
            draw(xs, ys, color=color, marker=marker)
    plot.xaxes(True, False)
    plot.yaxes(True, False)
    _ticks(plot, points, width, height)
    return Text.from_ansi(plot.build(), no_wrap=True)


def _ticks(plot: Plot, points: list[tuple[float, float]], width: int, height: int) -> None:
    """Whole epochs below, four figures at the side."""
    first, last = min(x for x, _ in points), max(x for x, _ in points)
    low, high = int(first), int(last)
    step = max(1, -(-(high - low) // max(1, width // 8 - 1)))
    epochs = [float(epoch) for epoch in range(low, high + 1, step)]
    plot.xticks(epochs, [f"{epoch:g}" for epoch in epochs])
    bottom, top = min(y for _, y in points), max(y for _, y in points)
    rows = max(2, min(6, height // 3))
    values = [bottom + (top - bottom) * at / (rows - 1) for at in range(rows)] if top > bottom else [bottom]
    labels = [metric(value) for value in values]
    widest = max(map(len, labels))
    plot.yticks(values, [label.rjust(widest) for label in labels])


class PairCurve(Widget):
    """Draws again only when its lines or its size changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pair: tuple[list[Point], list[Point]] = ([], [])
        self._drawn: tuple[tuple[int, int], Text] | None = None

    def show(self, first: list[Point], second: list[Point]) -> None:
        self._pair, self._drawn = (first, second), None
        self.refresh()

    def render(self) -> Text:
        size = (self.content_size.width, self.content_size.height)
        if self._drawn is None or self._drawn[0] != size:
            self._drawn = (size, draw_pair(self._pair, *size))
        return self._drawn[1]
