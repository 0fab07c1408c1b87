"""A metric over the epochs, as the curve draws it: train and validation, gaps where there was no number.

A point's y is None where the job told NaN (or nothing that is a number), and infinite where it told an infinity: both
are gaps in the line, and both are marked, each in its way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from unitrainer_tui.runs.events import ProgressEvent

Point = tuple[float, float | None]

# `train/box_loss`, `val_loss`, `validation-acc`, `loss_val`: which part of the data a metric was measured on.
_PART = re.compile(r"^(?P<part>train|training|val|valid|validation|eval|test)[/_\-. ](?P<rest>.+)$", re.IGNORECASE)
_PART_AFTER = re.compile(r"^(?P<rest>.+)[/_\-. ](?P<part>train|val|valid|validation|eval|test)$", re.IGNORECASE)
_TRAIN = ("train", "training")

MOST_POINTS = 8_192
"""Of one line. Beyond it the older half is thinned to its extremes: drawing costs time with the points."""
_THINNED_BY = 4


def metric_family(name: str) -> tuple[str, str]:
    """The curve that a metric belongs to and its line there: `val/box_loss` is (`box_loss`, `val`)."""
    found = _PART.match(name) or _PART_AFTER.match(name)
    if found is None:
        return name, "train"
    return found["rest"], "train" if found["part"].lower() in _TRAIN else "val"


@dataclass
class MetricHistory:
    """Every metric of a run. A point's x is the epoch, fractional between two epochs."""

    families: dict[str, dict[str, list[Point]]] = field(default_factory=dict)

    def add(self, progress: ProgressEvent) -> None:
        x = float(progress.epoch)
        if progress.total_epochs and progress.fraction is not None:
            x = progress.fraction * progress.total_epochs
        for name, value in progress.metrics.items():
            family, line = metric_family(name)
            points = self.families.setdefault(family, {}).setdefault(line, [])
            number = value if value is not None and not math.isnan(value) else None
            if name in (progress.infinite or ()):
                number = math.inf
            if points and points[-1][0] >= x:
                # The last word on an epoch holds; a job that starts over (x goes back) overwrites what it repeats.
                while points and points[-1][0] >= x:
                    points.pop()
            points.append((x, number))
            if len(points) > MOST_POINTS:
                half = len(points) // 2
                points[:half] = thinned(points[:half])

    def names(self) -> list[str]:
        """The families, the losses first: that is what people look at."""
        return sorted(self.families, key=lambda name: (name != "loss", "loss" not in name.lower()))


def is_number(y: float | None) -> bool:
    return y is not None and math.isfinite(y)


def thinned(points: Sequence[Point]) -> list[Point]:
    """About half as many points: of each four the lowest and the highest, and every point that is no number."""
    kept: list[Point] = []
    for at in range(0, len(points), _THINNED_BY):
        group = points[at : at + _THINNED_BY]
        numbers = [(x, y) for x, y in group if y is not None and math.isfinite(y)]
        extremes: set[Point] = set()
        if numbers:
            extremes = {min(numbers, key=lambda point: point[1]), max(numbers, key=lambda point: point[1])}
        kept += [point for point in group if not is_number(point[1]) or point in extremes]
    return kept


def on_log_axis(points: Sequence[Point]) -> list[Point]:
    """y as its decimal logarithm; what is not above zero has none and is left out without a mark."""
    shown: list[Point] = []
    for x, y in points:
        if y is None or not math.isfinite(y):
            shown.append((x, y))
        elif y > 0:
            shown.append((x, math.log10(y)))
    return shown


@dataclass(frozen=True)
class Gaps:
    """Where a line has no number: epochs that told NaN (or nothing), and epochs that told an infinity."""

    missing: tuple[float, ...] = ()
    infinite: tuple[float, ...] = ()

    @classmethod
    def of(cls, points: Iterable[Point]) -> Gaps:
        missing, infinite = [], []
        for x, y in points:
            if y is None or math.isnan(y):
                missing.append(x)
            elif math.isinf(y):
                infinite.append(x)
        return cls(tuple(missing), tuple(infinite))


def one_a_column(xs: Sequence[float], low: float, high: float, columns: int) -> list[float]:
    """At most one x for each column of the picture."""
    span = (high - low) or 1.0
    return list({min(columns - 1, int((x - low) / span * columns)): x for x in xs}.values())


def reduce_points(points: Sequence[Point], columns: int) -> list[list[tuple[float, float]]]:
    """The points as unbroken stretches, about two a column, with the lowest and the highest of each column kept.

    Gaps (no number) split stretches. Drawing costs time with the points, and a column shows no more than its extremes.
    """
    stretches: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None or not math.isfinite(y):
            if stretches[-1]:
                stretches.append([])
        else:
            stretches[-1].append((x, y))
    stretches = [stretch for stretch in stretches if stretch]
    total = sum(len(stretch) for stretch in stretches)
    if columns <= 0 or total <= 2 * columns:
        return stretches
    low, high = points[0][0], points[-1][0]
    span = (high - low) or 1.0
    return [_extremes(stretch, low, span, columns) for stretch in stretches]


def _extremes(stretch: list[tuple[float, float]], low: float, span: float, columns: int) -> list[tuple[float, float]]:
    kept: list[tuple[float, float]] = []
    column: list[tuple[float, float]] = []
    at = -1
    for point in [*stretch, None]:
        here = -2 if point is None else min(columns - 1, int((point[0] - low) / span * columns))
        if here != at and column:
            pair = {min(column, key=lambda p: p[1]), max(column, key=lambda p: p[1])}
            kept.extend(sorted(pair))
            column = []
        if point is not None:
            column.append(point)
            at = here
    if kept[-1] != stretch[-1]:
        kept.append(stretch[-1])
    return kept
