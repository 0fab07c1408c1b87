"""The list of runs as rows: what stands in a cell, which runs are shown, in which order. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from unitrainer_tui.client import RunSummary
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import metric, shortened, usd

# column: width on a terminal of 80 columns; "guard" and "run" are shown only where a wider one has room for them
COLUMNS = (("state", 12), ("profile", 11), ("dataset", 11), ("epoch", 6), ("metric", 11), ("$/h", 6), ("spent", 7))
WIDE = 100
GUARD_COLUMN, GUARD_WIDTH = "guard", 5
LAST_COLUMN = "run"
_WIDTHS = dict(COLUMNS)
ORDERS = ("newest", "dearest", "profile", "best metric")


def state_word(summary: RunSummary) -> tuple[str, str]:
    """A glyph with a word, and a Rich style of the terminal's palette."""
    state = summary.state
    if summary.live:
        return f"● {state.current_stage or 'starting'}", "cyan"
    if state.result is None:
        return ("! unwatched", "yellow") if state.remaining else ("· unfinished", "yellow")
    if state.remaining or not state.result.released:
        return "! remains", "red"
    if state.result.success:
        return "✓ done", "green"
    return ("■ aborted", "yellow") if state.result.aborted else ("✗ failed", "red")


def spent_usd(state: RunState) -> float | None:
    if state.result is not None:
        return state.result.spent_usd
    return state.cost.spent_usd if state.cost else None


def row(summary: RunSummary, names: int, run_width: int, *, marked: bool = False) -> list[Text]:
    """The cells of one run. Foreign text passes the gate; cells are `Text`, never markup."""
    state = summary.state
    word, style = state_word(summary)
    if marked:
        word = f"*{word[1:]}"
    dim = "" if summary.live else "dim"
    rate = state.cost.rate_usd_per_hour if summary.live and state.cost is not None else None
    spent = spent_usd(state)
    dataset = safe(summary.dataset).rstrip("/").rsplit("/", 1)[-1]
    return [
        Text(word, f"bold {style}" if marked else style),
        Text(shortened(safe(summary.profile), names)),
        Text(shortened(dataset, names), dim),
        Text(_epochs(state, _WIDTHS["epoch"]), dim),
        Text(_metric(state, _WIDTHS["metric"]), dim),
        Text("" if rate is None else _money(rate, _WIDTHS["$/h"]), dim, justify="right"),
        Text("" if spent is None else _money(spent, _WIDTHS["spent"]), dim, justify="right"),
        *(
            [Text(summary.guard if summary.live else "", dim), Text(shortened(safe(summary.run), run_width), "dim")]
            if run_width
            else []
        ),
    ]


def shown_runs(runs: Sequence[RunSummary], needle: str, order: str) -> list[RunSummary]:
    """The runs that match, live ones first, each part in the order asked for."""
    wanted = needle.strip().casefold().split()
    found = [summary for summary in runs if all(word in _searched(summary) for word in wanted)]
    return sorted(found, key=lambda summary: (not summary.live, *_rank(summary, order)))


def _searched(summary: RunSummary) -> str:
    words = (summary.run, summary.profile, summary.dataset, summary.framework, state_word(summary)[0])
    return " ".join(words).casefold()


def _rank(summary: RunSummary, order: str) -> tuple[float | str, ...]:
    newest = -(summary.state.created_at or 0.0)
    match order:
        case "dearest":
            return (-(spent_usd(summary.state) or 0.0), newest)
        case "profile":
            return (summary.profile.casefold(), newest)
        case "best metric":
            found = chosen_metric(summary.state)
            if found is None:
                return (1, "", 0.0, newest)
            name, value = found
            return (0, name, value if "loss" in name.lower() or "error" in name.lower() else -value, newest)
    return (newest,)


def chosen_metric(state: RunState) -> tuple[str, float] | None:
    """The metric that the list shows, where its last value is a number."""
    if state.progress is None or not state.progress.metrics:
        return None
    metrics = state.progress.metrics
    name = min(metrics, key=lambda name: (name != "loss", "loss" not in name.lower()))
    value = metrics[name]
    return (name, value) if value is not None else None


def _epochs(state: RunState, width: int) -> str:
    """Both numbers where they fit whole: `400/40` would be read as a number that it is not."""
    if state.progress is None:
        return ""
    both = f"{state.progress.epoch}" + (f"/{state.progress.total_epochs}" if state.progress.total_epochs else "")
    return both if len(both) <= width else f"{state.progress.epoch}"


def _metric(state: RunState, width: int) -> str:
    """The loss where there is one, else the first metric; the name gives way to the number."""
    if state.progress is None or not state.progress.metrics:
        return ""
    metrics = state.progress.metrics
    name = min(metrics, key=lambda name: (name != "loss", "loss" not in name.lower()))
    value = metric(metrics[name]).replace("e-0", "e-").replace("e+0", "e+")
    return f"{shortened(safe(name), min(4, width - 1 - len(value)))} {value}"


def _money(amount: float, width: int) -> str:
    """Without cents where they have no room."""
    text = usd(amount)
    return text if len(text) <= width else f"${amount:,.0f}"
