"""The question which earlier run's curves to draw along: all runs of the same framework that told any metric."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from unitrainer_tui.client import RunSummary
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import metric, plural
from unitrainer_tui.widgets.lists import Lines
from unitrainer_tui.widgets.log_files import size_of

NONE = "none"


def comparable(runs: Sequence[RunSummary], run: str) -> list[RunSummary]:
    """The other runs of the same framework that have curves, the newest first. Looks at their files: use a thread."""
    framework = next((summary.framework for summary in runs if summary.run == run), None)
    found = [
        summary
        for summary in runs
        if summary.run != run
        and summary.framework == framework
        and size_of(RunDirectory(summary.directory).metrics) > 0
    ]
    return sorted(found, key=lambda summary: -(summary.state.created_at or 0.0))


def told(summary: RunSummary) -> Content:
    """One run in a line: when, what, how far, how well."""
    state = summary.state
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(state.created_at)) if state.created_at else ""
    progress = state.progress
    facts = [plural(progress.epoch, "epoch")] if progress is not None else []
    if progress is not None and progress.metrics:
        name = min(progress.metrics, key=lambda name: (name != "loss", "loss" not in name.lower()))
        facts.append(f"{safe(name, limit=20)} {metric(progress.metrics[name])}")
    return Content.assemble(
        (f"{when:<16}  ", "$muted"), f"{safe(summary.profile, limit=24)}  ", (" · ".join(facts), ""), f"  {summary.run}"
    )


class EarlierRuns(ModalScreen[str]):
    """Answers with a run's id, `none` for no comparison, None for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="earlier.close", tooltip="Change nothing"),
        Binding("j", "cursor(1)", "Down", show=False, id="earlier.down", tooltip="The next run"),
        Binding("k", "cursor(-1)", "Up", show=False, id="earlier.up", tooltip="The run before"),
    ]

    def __init__(self, runs: Sequence[RunSummary], compared: str | None) -> None:
        super().__init__()
        self._runs = list(runs)
        self._compared = compared

    def compose(self) -> ComposeResult:
        options = [Option(told(summary), id=summary.run) for summary in self._runs]
        if self._compared is not None:
            options.insert(0, Option(Content(f"no comparison (now: {safe(self._compared)})"), id=NONE))
        with Vertical(id="earlier"):
            yield Static(Content.styled("Compare the curve with", "bold"), id="earlier-title")
            yield Lines(*options, id="earlier-runs", markup=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option.id)

    def action_cursor(self, step: int) -> None:
        options = self.query_one(OptionList)
        (options.action_cursor_down if step > 0 else options.action_cursor_up)()

    def action_close(self) -> None:
        self.dismiss(None)
