"""The keys of the live run's screen. All of them work at any time: one that can do nothing now says why.

The footer shows those that are of use now: `LIVE` while the run goes on, `ENDED` after it.
"""

from __future__ import annotations

from dataclasses import replace

from textual.binding import ActiveBinding, Binding, BindingType

LIVE = ("run.abort", "run.metric", "run.search", "run.follow", "app.events", "run.leave", "app.quit", "app.help")
ENDED = ("run.again", "run.summary", "run.metric", "run.search", "app.events", "run.leave", "app.quit", "app.help")

RUN_BINDINGS: list[BindingType] = [
    Binding("a", "abort", "Abort", id="run.abort", tooltip="Stop training, fetch what exists, give all back"),
    Binding(
        "r", "again", "Run again", id="run.again", tooltip="After the end: the same once more, from its checkpoint"
    ),
    Binding("s", "summary", "Summary", id="run.summary", tooltip="After the end: summary or log"),
    Binding("m", "metric(1)", "Metric", id="run.metric", tooltip="Draw the next metric"),
    Binding("M", "metric(-1)", "Metric back", id="run.metric-back", tooltip="Draw the metric before"),
    Binding("L", "log_axis", "Log axis", id="run.log-axis", tooltip="Draw the curve on a logarithmic axis, or not"),
    Binding("c", "compare", "Compare", id="run.compare", tooltip="Draw an earlier run's curve along"),
    # With priority, so that what is typed right behind them goes into the field, also where it comes in one packet.
    Binding("slash", "search", "Search", key_display="/", priority=True, id="run.search", tooltip="Search the log"),
    Binding(
        "f", "filter", "Filter", priority=True, id="run.filter", tooltip="Show only the lines of the log with a text"
    ),
    Binding("end,G", "follow", "Follow", key_display="end", id="run.follow", tooltip="Follow the log again"),
    Binding("n", "match(-1)", "Next", id="run.next-match", tooltip="The next match, further back in the log"),
    Binding("N", "match(1)", "Previous", id="run.previous-match", tooltip="The match before, nearer the end"),
    Binding("w", "wrap", "Wrap", id="run.wrap", tooltip="Wrap long lines of the log, or cut them"),
    Binding("t", "stamps", "Times", id="run.times", tooltip="Show when each line of the log came, or not"),
    Binding("y", "copy", "Copy", id="run.copy", tooltip="Copy the lines on the screen to the clipboard"),
    Binding("o", "node", "Node", id="run.node", tooltip="Of several machines: the log of the next one"),
    Binding(
        "escape,b",
        "leave",
        "Runs",
        key_display="esc",
        id="run.leave",
        tooltip="Back to the list of runs; this one goes on",
    ),
]


def for_footer(active: dict[str, ActiveBinding], *, live: bool) -> dict[str, ActiveBinding]:
    """The same bindings in the footer's order, with only those shown that are of use now."""
    wanted = LIVE if live else ENDED
    shown: dict[str, ActiveBinding] = {}
    rest: dict[str, ActiveBinding] = {}
    for key, entry in active.items():
        show = entry.binding.id in wanted
        (shown if show else rest)[key] = entry._replace(binding=replace(entry.binding, show=show))
    ordered = sorted(shown.items(), key=lambda item: wanted.index(item[1].binding.id or ""))
    return {**dict(ordered), **rest}


def command_name(binding: Binding) -> str:
    """How the palette calls it: what it is about, then what it does."""
    about = _ABOUT.get(binding.id or "", "Run")
    return f"{about}: {binding.description.lower()}"


_ABOUT = {
    **dict.fromkeys(("run.metric", "run.metric-back", "run.log-axis", "run.compare"), "Curve"),
    **dict.fromkeys(
        (
            "run.search",
            "run.filter",
            "run.follow",
            "run.next-match",
            "run.previous-match",
            "run.wrap",
            "run.times",
            "run.copy",
            "run.node",
        ),
        "Log",
    ),
}
