"""The forecast of a run as rows of the review: the whole and what it rests on, then each stage."""

from __future__ import annotations

from collections.abc import Mapping

from unitrainer_tui.runs.forecast import Forecast, Span
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import usd

# Three to a row, so that nothing wraps where the terminal is 80 wide.
STAGES_A_ROW = 3


def forecast_rows(told: Forecast) -> list[tuple[str, str]]:
    """(label, text) pairs; the label only where something new begins."""
    stages = [f"{stage} {span_of(span.low, span.high)}" for stage, span in told.stages.items()]
    rows = [("estimate", _whole(told))]
    rows += [("", " · ".join(stages[at : at + STAGES_A_ROW])) for at in range(0, len(stages), STAGES_A_ROW)]
    return rows


def usual_cells(spans: Mapping[str, Span]) -> dict[str, str]:
    """Each stage's time for the stage rail, in eight characters; what is only the founding document's is left to it."""
    return {stage: span_of(span.low, span.high) for stage, span in spans.items() if span.source != "usual"}


def _whole(told: Forecast) -> str:
    if told.seconds is None:
        return "how long training takes is learned from your runs"
    cost = f", {usd(told.usd[0])}–{usd(told.usd[1])}" if told.usd is not None and told.usd[1] > 0 else ""
    return safe(f"{span_of(*told.seconds)} in all{cost} (training: {told.stages['train'].source})")


def span_of(low: float, high: float) -> str:
    """Both ends in the unit that suits the larger: `5–30s`, `0.5–2m`, `1.2–9h`."""
    for unit, seconds in (("s", 1.0), ("m", 60.0), ("h", 3600.0)):
        if high < 99.5 * seconds or unit == "h":
            return f"{_short(low / seconds)}–{_short(high / seconds)}{unit}"
    raise AssertionError("unreachable")


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 9.95 or value == round(value) else f"{value:.1f}"
