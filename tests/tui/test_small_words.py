"""What stands in few cells says nothing false: whole numbers, whole keys, one line where there are few."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from recordings import RUN, done_recording, failed_recording, training_recording
from scripted_client import ScriptedClient
from textual.pilot import Pilot

from unitrainer_tui.app import UnitrainerApp
from unitrainer_tui.client import RunSummary
from unitrainer_tui.config.settings import Settings
from unitrainer_tui.runs.events import CostEvent, LogEvent, NoticeEvent, ProgressEvent
from unitrainer_tui.runs.state import RunState, fold
from unitrainer_tui.screens.run import RunScreen
from unitrainer_tui.screens.run_list import COLUMNS, row
from unitrainer_tui.widgets.log_pane import LogLines
from unitrainer_tui.widgets.stage_rail import rail
from unitrainer_tui.widgets.still_text import StillText
from unitrainer_tui.widgets.summary import LABEL, summary

Holds = Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]


def shown(app: UnitrainerApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


def cells(state: RunState, *, live: bool = True) -> dict[str, str]:
    """What the list shows of a run, as far as a column of a terminal of 80 columns shows it."""
    summary = RunSummary("r", "p", "/d", "yolo", live, state, Path("/"))
    return {name: str(cell)[:width] for (name, width), cell in zip(COLUMNS, row(summary, 11, 0), strict=True)}


@pytest.mark.parametrize(
    ("epoch", "total", "told"), [(6, 10, "6/10"), (400, 400, "400"), (12, 6000, "12"), (123456, None, "123456")]
)
def test_an_epoch_is_told_whole_or_without_its_total(epoch: int, total: int | None, told: str) -> None:
    state = RunState(progress=ProgressEvent(epoch=epoch, total_epochs=total, fraction=0.5, metrics={}))
    assert cells(state)["epoch"] == told


@pytest.mark.parametrize(
    ("value", "told"), [(3.6e-05, "loss 3.6e-5"), (-3.6e-05, "…ss -3.6e-5"), (0.1234, "loss 0.1234"), (None, "loss –")]
)
def test_a_metric_keeps_its_exponent(value: float | None, told: str) -> None:
    state = RunState(progress=ProgressEvent(epoch=1, total_epochs=2, fraction=0.5, metrics={"loss": value}))
    assert cells(state)["metric"] == told


def test_money_loses_its_cents_before_its_last_digit() -> None:
    state = RunState(cost=CostEvent(spent_usd=12345.67, rate_usd_per_hour=144.0))
    assert (cells(state)["$/h"], cells(state)["spent"]) == ("$144", "$12,346")


def test_a_stage_that_was_aborted_did_not_fail() -> None:
    state = fold(failed_recording().events)
    assert "✗ train    failed" in rail(state, 0.0).plain
    assert "✗ train    failed" in rail(replace(state, abort_requested=True), 0.0).plain  # it had failed before
    stages = {**state.stages, "train": replace(state.stages["train"], reason="aborted by the user")}
    assert "■ train    stopped" in rail(replace(state, abort_requested=True, stages=stages), 0.0).plain


def test_what_runs_over_in_the_summary_stands_below_its_value() -> None:
    lines = summary(fold(done_recording().events), width=48).plain.split("\n")
    at = next(index for index, line in enumerate(lines) if line.startswith("model"))
    assert lines[at + 1].startswith(" " * (LABEL + 1))
    assert all(len(line) <= 48 for line in lines[2:])
    assert "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" in "".join(
        line[LABEL + 1 :] for line in lines
    )


async def test_enter_is_called_by_its_name_in_ascii(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path), settings=Settings(ascii=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "enter Open" in shown(app).split("\n")[-1])
        assert "? Help" in shown(app).split("\n")[-1]


@pytest.mark.parametrize(("size", "rows"), [((39, 9), 0), ((20, 5), 0), ((60, 18), 1), ((80, 24), 2)])
async def test_a_long_notice_leaves_a_small_screen_to_the_log(
    tmp_path: Path, holds: Holds, size: tuple[int, int], rows: int
) -> None:
    recorder = training_recording()
    recorder.add(NoticeEvent(level="warning", message="words " * 40))
    app = UnitrainerApp(ScriptedClient(tmp_path, {RUN: recorder.events}), open_run=RUN, now=lambda: recorder.clock)
    async with app.run_test(size=size) as pilot:
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.feed.notices)
        line = app.screen.query_one("#run-notice", StillText)
        await holds(pilot, lambda: line.has_class("-told") and line.size.height == rows)


async def test_twenty_rows_have_room_for_lines_of_the_log(tmp_path: Path, holds: Holds) -> None:
    recorder = training_recording()
    recorder.add(LogEvent(text="the newest line", offset=0))
    app = UnitrainerApp(ScriptedClient(tmp_path, {RUN: recorder.events}), open_run=RUN, now=lambda: recorder.clock)
    async with app.run_test(size=(60, 20)) as pilot:
        await holds(pilot, lambda: "the newest line" in shown(app))
        assert app.screen.query_one(LogLines).size.height >= 5
