"""The curve of one metric as text: lines, marks where there was no number, axes. A pure function of values.

plotext draws; it takes time with the points, so they are reduced to the extremes of each column before. No line is
known by its colour alone: each has a sign of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual_plotext.plot import Plot

from unitrainer_tui.widgets.figures import metric
from unitrainer_tui.widgets.marks import as_ascii
from unitrainer_tui.widgets.series import Gaps, Point, on_log_axis, one_a_column, reduce_points

SMALLEST_WIDTH, SMALLEST_HEIGHT = 12, 4
NOTHING_YET = "The curve begins with the first epoch."
NO_NUMBER = "No epoch had a number for this metric: NaN or infinite."
NOT_POSITIVE = "Nothing here is above zero, so a log axis cannot show it: L goes back."


@dataclass(frozen=True)
class Look:
    """How a line is drawn (`marker` and a colour of the terminal's own palette) and how the legend shows it."""

    color: int
    style: str
    marker: str
    legend: str
    ascii: str


# Cyan and yellow, magenta and green: apart for every kind of colour vision, and right on any background.
LOOKS = {
    "train": Look(6, "ansi_cyan", "braille", "⠤⠤", "*"),
    "val": Look(3, "ansi_yellow", "•", "••", "o"),
    "earlier train": Look(5, "ansi_magenta", "·", "··", "."),
    "earlier val": Look(2, "ansi_green", ":", "::", ":"),
}
MISSING, INFINITE = "×", "∞"
_MARK_COLOR = 1


def look_of(line: str) -> Look:
    return LOOKS.get(line, LOOKS["train"])


def legend_of(line: str, *, ascii: bool = False) -> str:
    """Two columns of what the line is drawn with."""
    look = look_of(line)
    return look.ascii * 2 if ascii else look.legend


def draw_curve(
    lines: Mapping[str, Sequence[Point]], width: int, height: int, *, log: bool = False, ascii: bool = False
) -> Text:
    """The curve as text of `width` × `height` cells; a sentence where there is nothing to draw."""
    shown = {name: on_log_axis(points) if log else list(points) for name, points in lines.items()}
    stretches = {name: reduce_points(points, width) for name, points in shown.items()}
    every = [point for found in stretches.values() for stretch in found for point in stretch]
    if not every or width < SMALLEST_WIDTH or height < SMALLEST_HEIGHT:
        return Text(_instead(lines, width, height, log=log), style="dim")
    plot = Plot()
    plot.plotsize(width, height)
    plot._set_size(width, height)
    plot.theme("clear")
    # The earlier run first, so that this one is drawn over it.
    for name in sorted(stretches, key=lambda name: not name.startswith("earlier")):
        look = look_of(name)
        for stretch in stretches[name]:
            xs, ys = [x for x, _ in stretch], [y for _, y in stretch]
            marker = look.ascii if ascii else look.marker
            if len(stretch) == 1:
                plot.scatter(xs, ys, color=look.color, marker="•" if marker == "braille" else marker)
            else:
                plot.plot(xs, ys, color=look.color, marker=marker)
    _mark_gaps(plot, shown, every, width)
    plot.xaxes(True, False)
    plot.yaxes(True, False)
    _ticks(plot, every, width, height, log=log)
    built = plot.build()
    return Text.from_ansi(as_ascii(built) if ascii else built, no_wrap=True)


def _instead(lines: Mapping[str, Sequence[Point]], width: int, height: int, *, log: bool) -> str:
    """The sentence for an empty picture; nothing where it would not fit."""
    if height < 1 or width < len(NOTHING_YET):
        return ""
    points = [y for line in lines.values() for _, y in line]
    if not points:
        return NOTHING_YET
    if not any(y is not None and math.isfinite(y) for y in points):
        return NO_NUMBER
    return NOT_POSITIVE if log else ""


def _mark_gaps(
    plot: Plot, lines: Mapping[str, Sequence[Point]], every: Sequence[tuple[float, float]], width: int
) -> None:
    """A sign at the foot of the picture for each epoch without a number, one at its head for each infinite one."""
    found = [Gaps.of(points) for points in lines.values()]
    bottom, top = min(y for _, y in every), max(y for _, y in every)
    low, high = min(x for x, _ in every), max(x for x, _ in every)
    for sign, level, epochs in (
        (MISSING, bottom, [x for gaps in found for x in gaps.missing]),
        (INFINITE, top, [x for gaps in found for x in gaps.infinite]),
    ):
        if epochs:
            low, high = min(low, *epochs), max(high, *epochs)
            xs = one_a_column(epochs, low, high, width)
            plot.scatter(xs, [level] * len(xs), color=_MARK_COLOR, marker=sign)


def _ticks(plot: Plot, points: Sequence[tuple[float, float]], width: int, height: int, *, log: bool) -> None:
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
    labels = [metric(10**value if log else value) for value in values]
    widest = max(map(len, labels))
    plot.yticks(values, [label.rjust(widest) for label in labels])
