"""The live run's view, driven by keys as a person would: curve, log, panes, the end, the event log."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from recordings import RUN, Recorder, done_recording, failed_recording, training_recording
from scripted_client import ScriptedClient, a_profile
from textual.pilot import Pilot
from textual.widgets import OptionList

from unitrainer_tui.app import UnitrainerApp
from unitrainer_tui.config.paths import private_directory
from unitrainer_tui.config.settings import Settings
from unitrainer_tui.errors import ProfileProblem
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.events import LogEvent, NoticeEvent, ProgressEvent, TelemetryEvent
from unitrainer_tui.runs.origin import Origin, write_origin
from unitrainer_tui.screens.dialogs import Question
from unitrainer_tui.screens.earlier_runs import EarlierRuns
from unitrainer_tui.screens.event_log import EventLogScreen
from unitrainer_tui.screens.run import CURVE_TICKS, RunScreen
from unitrainer_tui.widgets import loss_curve
from unitrainer_tui.widgets.log_lines import LogLines
from unitrainer_tui.widgets.loss_curve import CurveCanvas, CurvePane
from unitrainer_tui.widgets.still_text import StillText

Holds = Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]
EARLIER = "20260101-090000-aaaa"


def live_app(home: Path, recorder: Recorder) -> UnitrainerApp:
    client = ScriptedClient(home, {RUN: recorder.events})
    private_directory(client.paths.run(RUN))
    return UnitrainerApp(client, open_run=RUN, now=lambda: recorder.clock)


def client_of(app: UnitrainerApp) -> ScriptedClient:
    assert isinstance(app.client, ScriptedClient)
    return app.client


def run_screen(app: UnitrainerApp) -> RunScreen:
    assert isinstance(app.screen, RunScreen)
    return app.screen


def directory(app: UnitrainerApp, run: str = RUN) -> RunDirectory:
    return RunDirectory(app.client.paths.run(run))


def shown(app: UnitrainerApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


def header(app: UnitrainerApp, pane: str = "#curve-one") -> str:
    return run_screen(app).query_one(f"{pane} StillText", StillText).content.plain


def log_lines(app: UnitrainerApp) -> LogLines:
    return run_screen(app).query_one(LogLines)


def on_screen(lines: LogLines) -> list[str]:
    return [lines.render_line(y).text.rstrip() for y in range(lines.size.height)]


def toasts(app: UnitrainerApp) -> list[str]:
    return [notification.message for notification in app._notifications]


async def opened(app: UnitrainerApp, pilot: Pilot[None], holds: Holds) -> None:
    await holds(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.profile is not None)
    await holds(pilot, lambda: run_screen(app)._shown_curve and log_lines(app)._ring.total > 50)


# ---------------------------------------------------------------------------------------------------------- curve


async def test_metrics_are_named_and_cycled_both_ways(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, holds)
        await holds(pilot, lambda: "m: mAP50, mAP50-95" in header(app))
        await pilot.press("m")
        await holds(pilot, lambda: header(app).startswith("mAP50  "))
        await pilot.press("M", "M")
        await holds(pilot, lambda: header(app).startswith("mAP50-95"))


async def test_a_wide_terminal_has_two_curves_and_a_narrower_one_goes_back_to_one(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(200, 50)) as pilot:
        await opened(app, pilot, holds)
        await holds(pilot, lambda: header(app).startswith("loss") and header(app, "#curve-two").startswith("mAP50 "))
        await pilot.resize_terminal(130, 40)
        await holds(pilot, lambda: not run_screen(app).query_one("#curve-two").display)
        canvas = run_screen(app).query_one("#curve-one CurveCanvas", CurveCanvas)
        await holds(pilot, lambda: canvas._drawn is not None and canvas._drawn[0] == tuple(canvas.size))
        await pilot.resize_terminal(200, 50)
        await holds(pilot, lambda: run_screen(app).query_one("#curve-two").display)


async def test_the_log_axis_is_switched_on_and_off(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, holds)
        plain = run_screen(app).query_one(CurveCanvas).render().plain
        await pilot.press("L")
        await holds(pilot, lambda: header(app).startswith("loss log"))
        assert run_screen(app).query_one(CurveCanvas).render().plain != plain
        await pilot.press("L")
        await holds(pilot, lambda: header(app).startswith("loss  "))


async def test_an_infinite_loss_is_marked_and_named(tmp_path: Path, holds: Holds) -> None:
    recorder = training_recording()
    recorder.add(ProgressEvent(epoch=7, total_epochs=10, fraction=0.7, metrics={"loss": None}, infinite=["loss"]))
    recorder.add(ProgressEvent(epoch=8, total_epochs=10, fraction=0.8, metrics={"loss": 0.5}))
    app = live_app(tmp_path, recorder)
    async with app.run_test(size=(200, 50)) as pilot:
        await opened(app, pilot, holds)
        await holds(pilot, lambda: "∞ 1 infinite" in header(app) and "× 1 no number" in header(app))
        assert "∞" in run_screen(app).query_one(CurveCanvas).render().plain


async def test_the_curve_is_drawn_at_most_once_in_ten_ticks_however_much_is_told(
    tmp_path: Path, holds: Holds, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = 0
    real = loss_curve.draw_curve

    def counting(*args: object, **more: object) -> object:
        nonlocal drawn
        drawn += 1
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(loss_curve, "draw_curve", counting)
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, holds)
        screen = run_screen(app)
        await holds(pilot, lambda: screen._ticks > CURVE_TICKS)  # the first picture and the sizes have settled
        ticks, before, fed = screen._ticks, drawn, 0
        while screen._ticks < ticks + 3 * CURVE_TICKS:
            fed += 1
            seq = 100_000 + fed
            event = ProgressEvent(
                seq=seq, epoch=7, total_epochs=10, fraction=0.6 + fed / 1e5, partial=True, metrics={"loss": 0.4}
            )
            client_of(app).feed(RUN, [event])
            await pilot.pause(0.01)
        passed = screen._ticks - ticks  # a busy machine may let more pass between two looks
        assert fed > 10
        assert 2 <= drawn - before <= passed // CURVE_TICKS + 1


async def test_an_earlier_run_is_drawn_along_and_taken_off_again(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    client_of(app).recorded[EARLIER] = done_recording().events
    private_directory(directory(app, EARLIER).path)
    rows = [{"epoch": epoch, "total_epochs": 10, "metrics": {"loss": 2.0 / epoch}} for epoch in range(1, 11)]
    directory(app, EARLIER).metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, holds)
        await pilot.press("c")
        await holds(pilot, lambda: isinstance(app.screen, EarlierRuns) and app.focused is not None)
        assert EARLIER in shown(app)
        assert "10 epochs" in shown(app)
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and "·· earlier train 0.2000" in header(app))
        assert "·" in run_screen(app).query_one(CurveCanvas).render().plain
        await pilot.press("c")
        await holds(pilot, lambda: isinstance(app.screen, EarlierRuns) and app.focused is not None)
        assert "no comparison" in shown(app)
        await pilot.press("k", "k", "enter")
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and "earlier" not in header(app))


async def test_without_an_earlier_run_the_key_says_why(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, holds)
        await pilot.press("c")
        await holds(pilot, lambda: any("no other run of yolo has told a metric" in toast for toast in toasts(app)))
        assert isinstance(app.screen, RunScreen)


# ------------------------------------------------------------------------------------------------------------- log


async def test_a_search_counts_its_matches_and_names_the_one_it_is_at(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, holds)
        await pilot.press("slash", *"class", "enter")
        await holds(pilot, lambda: log_lines(app).match == (6, 6))
        await pilot.press("n", "n")
        await holds(pilot, lambda: log_lines(app).match == (4, 6) and "/class 4/6" in shown(app))
        await pilot.press("N")
        await holds(pilot, lambda: log_lines(app).match == (5, 6))
        await pilot.press("slash", *"no such text", "enter")
        await holds(pilot, lambda: any("No line kept here" in toast for toast in toasts(app)))


async def test_a_filter_shows_only_what_matches_also_of_what_comes(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, holds)
        lines = log_lines(app)
        await pilot.press("f", *"class", "enter")
        await holds(pilot, lambda: lines.filter == "class")
        assert sum("Class" in row for row in on_screen(lines)) == 6
        assert all("Class" in row for row in on_screen(lines) if row)
        news = [LogEvent(text=f"{word} {number}", offset=0) for number in range(50) for word in ("new class", "other")]
        client_of(app).feed(RUN, news)
        await holds(pilot, lambda: "new class 49" in on_screen(lines))
        assert not any("other" in row for row in on_screen(lines))
        assert "only class" in shown(app)
        await pilot.press("f", *["backspace"] * 5, "enter")
        await holds(pilot, lambda: lines.filter == "" and "other 49" in on_screen(lines))


async def test_wrapping_shows_the_whole_of_a_long_line(tmp_path: Path, holds: Holds) -> None:
    recorder = training_recording()
    long = "".join(f"{number:04d}" for number in range(100))
    recorder.log(long)
    app = live_app(tmp_path, recorder)
    async with app.run_test(size=(80, 30)) as pilot:
        await opened(app, pilot, holds)
        lines = log_lines(app)
        await holds(pilot, lambda: any(row.startswith("0000") for row in on_screen(lines)))
        assert not any("0099" in row for row in on_screen(lines))
        await pilot.press("w")
        await holds(pilot, lambda: on_screen(lines)[-1].endswith("0099"))
        assert long in "".join(on_screen(lines))
        await pilot.press("up")
        assert not lines.following
        await pilot.press("w", "end")
        await holds(pilot, lambda: lines.following and not lines.wrap)


async def test_times_are_shown_for_lines_that_came_while_somebody_looked(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, holds)
        await pilot.press("t")
        await holds(pilot, lambda: on_screen(log_lines(app))[-1].startswith("14:27:"))
        await pilot.press("t")
        await holds(pilot, lambda: not on_screen(log_lines(app))[-1].startswith("14:"))


async def test_y_copies_whole_lines_and_says_how_many(
    tmp_path: Path, holds: Holds, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = training_recording()
    recorder.log("x" * 300)
    app = live_app(tmp_path, recorder)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds)
        await holds(pilot, lambda: "xxx" in on_screen(log_lines(app))[-1])
        await pilot.press("y")
        height = log_lines(app).size.height
        assert app.clipboard.splitlines()[-1] == "x" * 300
        assert len(app.clipboard.splitlines()) == height
        await holds(pilot, lambda: any(toast.startswith(f"Copied {height} lines") for toast in toasts(app)))


async def test_a_paused_log_stands_still_through_a_flood_and_a_resize(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, holds)
        lines = log_lines(app)
        await pilot.press("pageup")
        before = on_screen(lines)
        client_of(app).feed(RUN, [LogEvent(text=f"late {number}", offset=0) for number in range(120_000)])
        await holds(pilot, lambda: lines.unseen == 120_000)
        assert on_screen(lines) == before
        await holds(pilot, lambda: "+120,000 lines" in shown(app))
        await pilot.resize_terminal(140, 30)
        await pilot.resize_terminal(140, 40)
        await holds(pilot, lambda: on_screen(lines) == before)
        await pilot.press("G")
        await holds(pilot, lambda: "late 119999" in on_screen(lines)[-1])


async def test_the_bar_that_is_being_drawn_stands_below_the_last_line(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, holds)
        lines = log_lines(app)
        directory(app).log.write_bytes(b"done\n\x1b[31m 10%|#   |\r\x1b[A\x1b[2K 45%|##  |")
        await holds(pilot, lambda: on_screen(lines)[-1] == " 45%|##  |")
        with directory(app).log.open("ab") as file:
            file.write(b"\r100%|####|\n")
        await holds(pilot, lambda: "45%" not in on_screen(lines)[-1])


async def test_the_key_shows_the_logs_of_several_machines_in_turn(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    client_of(app).profile = a_profile(
        cloud={**a_profile().cloud.model_dump(exclude_none=True), "nodes": 2},
        training={"framework": "custom", "command": "x"},
    )
    directory(app).node_log(1).write_bytes(b"hello of node 1\n")
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, holds)
        lines = log_lines(app)
        await pilot.press("o")
        await holds(pilot, lambda: on_screen(lines)[0] == "hello of node 1")
        assert "log of node 1 of 2" in shown(app)
        assert "log-node1.raw" in shown(app)
        with directory(app).node_log(1).open("ab") as file:
            file.write(b"more\n")
        await holds(pilot, lambda: on_screen(lines)[1] == "more")
        await pilot.press("o")
        await holds(pilot, lambda: "log of node 0 of 2" in shown(app) and "epoch 6" in on_screen(lines)[-1])


async def test_a_run_on_one_machine_has_no_other_log(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds)
        await pilot.press("o")
        await holds(pilot, lambda: any("one machine" in toast for toast in toasts(app)))


# -------------------------------------------------------------------------------------------------- money, machine


async def test_the_wide_screen_shows_what_the_limits_do_and_each_gpu(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(200, 50)) as pilot:
        await opened(app, pilot, holds)
        await holds(pilot, lambda: "16:06 (in 1h 39m)" in shown(app))
        text = shown(app)
    assert "budget stops training at" in text
    assert "GPU3 ███████  93%  13.2/79.6  61  512" in text


async def test_a_machine_without_a_gpu_is_told_plainly(tmp_path: Path, holds: Holds) -> None:
    recorder = training_recording()
    recorder.add(TelemetryEvent(gpus=[], cpu=80, memory=20, disk_free=5_000_000_000))
    app = live_app(tmp_path, recorder)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds)
        await holds(pilot, lambda: "machine   no GPU   CPU 80%   memory 20%   disk 5.0 GB free" in shown(app))
        await pilot.resize_terminal(200, 50)
        await holds(pilot, lambda: "GPU       none" in shown(app))


# --------------------------------------------------------------------------------------------------------- the end


async def test_after_a_failure_reason_last_lines_and_r_are_there_and_r_asks_first(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, failed_recording())
    async with app.run_test(size=(120, 50)) as pilot:
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and "r runs it again" in shown(app))
        assert "last said" in shown(app)
        assert "CUDA out of memory" in shown(app)
        await holds(pilot, lambda: "r Run again" in shown(app).splitlines()[-1])  # the footer comes a moment later
        assert "a Abort" not in shown(app).splitlines()[-1]
        await pilot.press("r")
        await holds(pilot, lambda: isinstance(app.screen, Question) and app.focused is not None)
        assert app.focused is not None
        assert app.focused.id == "choice-cancel"
        assert "H100-4" in shown(app)
        assert "Launch ($9.00/h)" in shown(app)
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, RunScreen))
        assert client_of(app).started_again == []


async def test_r_confirmed_starts_the_same_again_and_shows_it(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, failed_recording())
    (tmp_path / "data").mkdir()
    client_of(app).profile = a_profile(dataset={"path": str(tmp_path / "data")})
    async with app.run_test(size=(120, 50)) as pilot:
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and "r runs it again" in shown(app))
        await pilot.press("r")
        await holds(pilot, lambda: isinstance(app.screen, Question) and app.focused is not None)
        await pilot.press("right", "enter")
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.run_id.endswith("-again"))
    assert client_of(app).started_again == [(RUN, False)]


async def test_r_says_what_stands_in_the_way_and_can_be_pressed_again(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, failed_recording())
    async with app.run_test(size=(120, 50)) as pilot:
        for problem in ("There is no dataset at /home/vera", "is not sold here"):
            await holds(pilot, lambda: isinstance(app.screen, RunScreen) and "r runs it again" in shown(app))
            await pilot.press("r")
            await holds(pilot, lambda: isinstance(app.screen, Question) and app.focused is not None)
            await pilot.press("right", "enter")
            await holds(pilot, lambda wanted=problem: any(wanted in toast for toast in toasts(app)))  # type: ignore[misc]
            (tmp_path / "data").mkdir(exist_ok=True)
            run_screen(app).profile = a_profile(dataset={"path": str(tmp_path / "data")})
            client_of(app).start_problem = ProfileProblem("cloud.flavor: is not sold here.")
    assert client_of(app).started_again == []


async def test_a_rehearsal_says_so_in_title_and_summary(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, done_recording())
    write_origin(directory(app), Origin(smoke=True))
    async with app.run_test(size=(120, 50)) as pilot:
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and "The rehearsal went through" in shown(app))
        assert "rehearsal · yolo-h100" in shown(app)
        assert "removed, absent twice" in shown(app)


@pytest.mark.parametrize(
    ("key", "live", "why"),
    [
        ("r", True, "still goes on"),
        ("s", True, "comes with the end"),
        ("n", True, "Search first"),
        ("a", False, "has ended"),
    ],
)
async def test_a_key_that_can_do_nothing_now_says_why(
    tmp_path: Path, holds: Holds, key: str, live: bool, why: str
) -> None:
    app = live_app(tmp_path, training_recording() if live else done_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds)
        await holds(pilot, lambda: run_screen(app).live == live and (live or run_screen(app)._ended))
        await pilot.press(key)
        await holds(pilot, lambda: any(why in toast for toast in toasts(app)))


@pytest.mark.parametrize("key", ["m", "L", "c"])
async def test_a_key_of_a_curve_that_has_no_room_says_so(tmp_path: Path, holds: Holds, key: str) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(70, 24)) as pilot:
        await opened(app, pilot, holds)
        await pilot.press(key)
        await holds(pilot, lambda: any("80 columns and 24 lines" in toast for toast in toasts(app)))


@pytest.mark.parametrize(("recording", "first"), [(training_recording, "a Abort"), (done_recording, "r Run again")])
async def test_the_footer_has_six_to_eight_keys_the_first_of_which_survives_narrowing(
    tmp_path: Path, holds: Holds, recording: Callable[[], Recorder], first: str
) -> None:
    app = live_app(tmp_path, recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds)
        await holds(pilot, lambda: shown(app).splitlines()[-1].strip().startswith(first))
        keys = [one for one in app.screen.active_bindings.values() if one.binding.show]
        assert 6 <= len({one.binding.id for one in keys}) <= 8
        await pilot.resize_terminal(40, 20)
        await holds(pilot, lambda: shown(app).splitlines()[-1].strip().startswith(first))


# ------------------------------------------------------------------------------------------------------- event log


async def test_the_event_log_has_every_toast_and_notice_and_can_be_searched(tmp_path: Path, holds: Holds) -> None:
    recorder = training_recording()
    recorder.add(NoticeEvent(level="warning", message="The link \x1b]0;owned\x07is slow.", hint="Nothing is lost."))
    app = live_app(tmp_path, recorder)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, holds)
        await pilot.press("s", "e")
        await holds(pilot, lambda: isinstance(app.screen, EventLogScreen) and "2 events" in shown(app))
        assert "01-16 14:27:" in shown(app)
        assert f"! {RUN}  The link is slow. Nothing is lost." in shown(app)
        assert "The summary comes with the end of the run." in shown(app)
        await pilot.press("slash", *"link", "enter")
        await holds(pilot, lambda: "1 event with “link”" in shown(app))
        assert "The summary comes" not in shown(app)
        client_of(app).feed(RUN, [NoticeEvent(seq=9_000, level="error", message="link gone")])
        await holds(pilot, lambda: app.screen.query_one(OptionList).option_count == 2)
        await pilot.press("escape")
        await holds(pilot, lambda: isinstance(app.screen, RunScreen))


async def test_no_toast_holds_a_foreign_byte_or_is_long(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(app, pilot, holds)
        app.notify("\x1b]52;c;b3duZWQ=\x07[bold" + "x" * 5000, severity="error")
        await holds(pilot, lambda: toasts(app))
        assert all(toast.isprintable() and len(toast) <= 240 for toast in toasts(app))
        await holds(pilot, lambda: "[boldxxx" in shown(app))


# ---------------------------------------------------------------------------------------------------------- sizes


async def test_quick_resizes_between_extremes_leave_a_right_screen(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds)
        await pilot.press("w", "t", "up")
        for width, height in [(1, 1), (300, 90), (2, 50), (200, 2), (39, 9), (1, 1), (120, 40)] * 3:
            await pilot.resize_terminal(width, height)
        await pilot.press("end")
        await holds(pilot, lambda: "epoch 6/10" in shown(app) and header(app).startswith("loss"))
        canvas = run_screen(app).query_one(CurvePane).query_one(CurveCanvas)
        await holds(pilot, lambda: canvas._drawn is not None and canvas._drawn[0] == tuple(canvas.size))


async def test_below_40_by_10_there_is_a_status_line_and_the_log(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds)
        await pilot.resize_terminal(39, 9)
        await holds(pilot, lambda: len(on_screen(log_lines(app))) == 8)
        rows = shown(app).splitlines()
        assert rows[0].startswith("train")
        assert all(row.lstrip().startswith(("6/10", "Class")) for row in rows[1:])


# -------------------------------------------------------------------------------------------------- ways to draw it


async def test_every_key_of_the_screen_is_in_the_palette_by_a_name_with_its_subject(
    tmp_path: Path, holds: Holds
) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(140, 40)) as pilot:
        await opened(app, pilot, holds)
        commands = {command.title: command for command in app.get_system_commands(app.screen)}
        for title in ("Run: abort", "Curve: log axis", "Curve: compare", "Log: wrap", "Log: filter", "App: events"):
            assert title in commands
        await commands["Curve: log axis"].callback()
        await holds(pilot, lambda: header(app).startswith("loss log"))


async def test_with_ascii_alone_the_curve_and_the_history_are_drawn_in_it(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    app.settings = Settings(ascii=True)
    async with app.run_test(size=(200, 50)) as pilot:
        await opened(app, pilot, holds)
        await holds(pilot, lambda: header(app).startswith("loss  ** train"))
        assert run_screen(app).query_one(CurveCanvas).render().plain.isascii()
        await holds(pilot, lambda: re.search(r"GPU3 [%#]{7}  93%", shown(app)))


async def test_over_a_slow_link_the_log_is_painted_five_times_more_rarely(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    app.settings = Settings(low_bandwidth=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds)
        screen, lines = run_screen(app), log_lines(app)
        await holds(pilot, lambda: lines._painted == lines._ring.changes)
        painted = set()
        ticks = screen._ticks
        while screen._ticks < ticks + 30:
            client_of(app).feed(RUN, [LogEvent(text="more", offset=0)])
            await pilot.pause(0.01)
            painted.add(lines._painted)
        assert 2 <= len(painted) <= 5
