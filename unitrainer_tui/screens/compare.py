"""Two runs side by side: one metric of both over the epochs, and the figures that tell them apart."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Footer

from unitrainer_tui.client import RunSummary
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.screens.run_list import spent_usd, state_word
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import duration, metric, shortened, usd
from unitrainer_tui.widgets.pair_curve import STYLES, PairCurve
from unitrainer_tui.widgets.series import MetricHistory, Point
from unitrainer_tui.widgets.still_text import StillText

LABEL = 10


def names_of_both(pair: tuple[MetricHistory, MetricHistory]) -> list[str]:
    """The metrics that both runs have, losses first; where they share none, those of either."""
    first, second = pair[0].names(), pair[1].names()
    return [name for name in first if name in second] or [*first, *(name for name in second if name not in first)]


def line_of_both(pair: tuple[MetricHistory, MetricHistory], name: str) -> tuple[str, list[list[Point]]]:
    """The part of the data (val before train) that can be compared, and its points for each run."""
    families = [history.families.get(name, {}) for history in pair]
    for part in ("val", "train"):
        if all(part in family for family in families if family):
            return part, [family.get(part, []) for family in families]
    return "", [next(iter(family.values()), []) for family in families]


def numbers(points: list[Point]) -> list[float]:
    return [value for _, value in points if value is not None]


class CompareScreen(ProgramScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "metric(1)", "Metric", id="compare.metric", tooltip="Draw the next metric"),
        Binding("M", "metric(-1)", "Before", show=False, id="compare.metric-before", tooltip="Draw the metric before"),
        Binding("r", "read", "Refresh", id="compare.refresh", tooltip="Read both runs again"),
        Binding("escape", "app.pop_screen", "Back", key_display="esc", id="compare.back", tooltip="Back to the runs"),
    ]

    def __init__(self, first: RunSummary, second: RunSummary) -> None:
        super().__init__()
        self._runs = (first, second)
        self._histories = (MetricHistory(), MetricHistory())
        self._name: str | None = None

    def compose(self) -> ComposeResult:
        yield StillText(classes="screen-title", id="compare-title")
        yield StillText(id="compare-header")
        yield PairCurve(id="compare-curve")
        yield StillText(id="compare-table")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#compare-title", StillText).show(Content.styled(" Two runs", "bold"))
        self.action_read()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def action_read(self) -> None:
        self.run_worker(
            self._read(),
            name="compare",
            description="curves of two runs",
            group="compare",
            exclusive=True,
            exit_on_error=False,
        )

    async def _read(self) -> None:
        histories = []
        for summary in self._runs:
            history = MetricHistory()
            try:
                for progress in await asyncio.to_thread(self.program.client.progress, summary.run):
                    history.add(progress)
            except (UnitrainerError, OSError) as problem:
                self.say(f"{summary.run} cannot be read: {problem}", "error")
            histories.append(history)
        self._histories = (histories[0], histories[1])
        names = names_of_both(self._histories)
        if self._name not in names:
            self._name = names[0] if names else None
        self._show()

    def _show(self) -> None:
        name = self._name
        part, lines = line_of_both(self._histories, name) if name is not None else ("", [[], []])
        heads: list[str | tuple[str, str]] = [(f"{part} {safe(name or 'no metric yet', limit=24)}".strip(), "bold")]
        width = max(8, (self.size.width - len(str(heads[0][0])) - 20) // 2)
        for summary, (_, color, _, glyph) in zip(self._runs, STYLES, strict=True):
            heads += ["   ", (f"{glyph} ", color), shortened(safe(summary.run), width)]
        self.query_one("#compare-header", StillText).show(Content.assemble(*heads))
        self.query_one(PairCurve).show(lines[0], lines[1])
        self.query_one("#compare-table", StillText).show(self._table(lines))

    def _table(self, lines: list[list[Point]]) -> Content:
        column = max(10, (self.size.width - LABEL - 6) // 2)
        values = [numbers(points) for points in lines]
        rows: list[tuple[str, list[str]]] = [
            ("state", [state_word(summary)[0] for summary in self._runs]),
            ("profile", [safe(summary.profile) for summary in self._runs]),
            ("dataset", [safe(summary.dataset) for summary in self._runs]),
            ("last", [metric(found[-1]) if found else "–" for found in values]),
            ("lowest", [metric(min(found, default=None)) for found in values]),
            ("highest", [metric(max(found, default=None)) for found in values]),
            (
                "epochs",
                [str(summary.state.progress.epoch) if summary.state.progress else "–" for summary in self._runs],
            ),
            ("trained", [duration(_train_seconds(summary)) for summary in self._runs]),
            ("spent", [usd(spent_usd(summary.state)) for summary in self._runs]),
        ]
        return Content("\n").join(
            Content.assemble(
                (f"{label:<{LABEL}}", "$muted"), *(f"{shortened(cell, column):<{column + 1}}" for cell in cells)
            )
            for label, cells in rows
        )

    def action_metric(self, step: int) -> None:
        names = names_of_both(self._histories)
        if len(names) < 2:
            self.say("There is no other metric to compare.")
            return
        at = names.index(self._name) if self._name in names else -1
        self._name = names[(at + step) % len(names)]
        self._show()


def _train_seconds(summary: RunSummary) -> float | None:
    stage = summary.state.stages.get("train")
    return stage.seconds if stage is not None else None
