"""The screens, driven by keys as a person would."""

from __future__ import annotations

import runpy
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from recordings import RUN, Recorder, done_recording, failed_recording, training_recording
from scripted_client import ScriptedClient, a_profile
from textual.binding import Binding
from textual.pilot import Pilot
from textual.widgets import Button, Input

from tests import made_data
from unitrainer_tui.app import UnitrainerApp
from unitrainer_tui.client import ProfileEntry
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.datasets.report import DatasetReport, Stopped
from unitrainer_tui.errors import ProfileProblem
from unitrainer_tui.runs.events import LogEvent
from unitrainer_tui.screens.dataset import DatasetScreen, PathField
from unitrainer_tui.screens.dialogs import Question
from unitrainer_tui.screens.help import HelpScreen
from unitrainer_tui.screens.home import HomeScreen
from unitrainer_tui.screens.profiles import ProfileScreen
from unitrainer_tui.screens.review import ReviewScreen
from unitrainer_tui.screens.run import RunScreen
from unitrainer_tui.widgets.log_pane import LogLines
from unitrainer_tui.widgets.still_text import StillText

DOCS = Path(__file__).parents[2] / "docs"
Holds = Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]


def live_app(home: Path, recorder: Recorder) -> UnitrainerApp:
    return UnitrainerApp(ScriptedClient(home, {RUN: recorder.events}), open_run=RUN, now=lambda: recorder.clock)


def scripted(app: UnitrainerApp) -> ScriptedClient:
    assert isinstance(app.client, ScriptedClient)
    return app.client


def run_screen(app: UnitrainerApp) -> RunScreen:
    assert isinstance(app.screen, RunScreen)
    return app.screen


def shown(app: UnitrainerApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


async def test_a_live_run_shows_stage_epoch_money_and_log(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "epoch 6/10" in shown(app) and "mAP50" in shown(app))
        text = shown(app)
    for part in (
        "▶ train    running",
        "60%",
        "2m 32s left",
        "spent $1.09",
        "$9.00/h",
        "budget $20.00",
        "stops ",
        "4 GPUs",
    ):
        assert part in text
    assert "a Abort" in text.splitlines()[-1]


async def test_news_reaches_the_screen_and_the_end_shows_the_summary(tmp_path: Path, holds: Holds) -> None:
    all_of_it = done_recording().events
    recorder = Recorder()
    recorder.events = all_of_it[:40]
    app = live_app(tmp_path, recorder)
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.feed.state.seq > 0)
        scripted(app).feed(RUN, all_of_it[40:])
        await holds(pilot, lambda: "verified and here" in shown(app))
        assert "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" in shown(app)
        assert "no ongoing charges" in shown(app)
        await pilot.press("s")
        await holds(pilot, lambda: "log.raw" in shown(app))
        await pilot.press("q")
    assert "model_yolo" in app.exit_report().text()


async def test_what_remains_is_said_on_the_screen_and_after_leaving(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, failed_recording(remains=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "STILL THERE" in shown(app))
        await pilot.press("q")
    assert "NOT ALL IS GIVEN BACK" in app.exit_report().text()


async def test_abort_asks_with_the_focus_on_cancel(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "epoch 6/10" in shown(app))
        await pilot.press("a")
        await holds(pilot, lambda: isinstance(app.screen, Question) and app.focused is not None)
        assert app.focused is not None
        assert app.focused.id == "choice-cancel"
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, RunScreen))
        assert scripted(app).stop_requests == []


async def test_abort_confirmed_asks_the_supervisor_once(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "epoch 6/10" in shown(app))
        await pilot.press("a")
        await holds(pilot, lambda: isinstance(app.screen, Question))
        await pilot.press("right", "enter")
        await holds(pilot, lambda: scripted(app).stop_requests)
        await pilot.press("a")
        assert not isinstance(app.screen, Question)
    assert scripted(app).stop_requests == [(RUN, True)]


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_quitting_a_live_run_offers_detach_and_reports_how_to_return(
    tmp_path: Path, holds: Holds, key: str
) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "epoch 6/10" in shown(app))
        await pilot.press(key)
        await holds(pilot, lambda: "Detach (training goes on, $9.00/h)" in shown(app))
        await pilot.press("right", "enter")
    assert scripted(app).stop_requests == []
    assert f"unitrainer-tui attach {RUN}" in app.exit_report().text()
    assert f"unitrainer-tui stop {RUN}" in app.exit_report().text()


async def test_stop_and_terminate_stays_until_the_result_and_then_leaves(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "epoch 6/10" in shown(app))
        await pilot.press("q")
        await holds(pilot, lambda: isinstance(app.screen, Question))
        await pilot.press("right", "right", "enter")
        await holds(pilot, lambda: scripted(app).stop_requests)
        assert app.is_running
        scripted(app).feed(RUN, [event for event in done_recording().events if event.kind == "result"])
        await holds(pilot, lambda: not app.is_running or app._exit)
    assert app.exit_report().exit_code == 0


async def test_scrolling_up_holds_the_log_still_until_end(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "mAP50" in shown(app))
        lines = app.screen.query_one(LogLines)
        await pilot.press("up")
        assert not lines.following
        before = [lines.render_line(y).text for y in range(lines.size.height)]
        scripted(app).feed(RUN, [LogEvent(text=f"late {number}", offset=0) for number in range(1234)])
        await holds(pilot, lambda: lines.unseen == 1234)
        assert [lines.render_line(y).text for y in range(lines.size.height)] == before
        await holds(pilot, lambda: "+1,234 lines" in shown(app))
        await pilot.press("end")
        await holds(pilot, lambda: "late 1233" in shown(app))


async def test_search_finds_backwards_and_n_goes_on(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "mAP50" in shown(app))
        await pilot.press("slash", *"Transferred", "enter")
        await holds(pilot, lambda: "Transferred 448/499" in shown(app))
        lines = app.screen.query_one(LogLines)
        await pilot.press("slash", *"epoch", "enter")
        first = lines.position
        await pilot.press("n")
        await holds(pilot, lambda: lines.position != first)


async def test_the_metric_key_draws_the_next_metric(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(120, 40)) as pilot:
        header = lambda: app.screen.query_one("LossCurve StillText", StillText).content.plain  # noqa: E731
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and header().startswith("loss  ⠤⠤ train 0.4907"))
        await pilot.press("m")
        await holds(pilot, lambda: header().startswith("mAP50"))


async def test_a_reader_that_fails_is_a_sentence_and_another_try(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    scripted(app).attach_problems = [RuntimeError("secret-value in a local")] * 3
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "lost the run's events (RuntimeError)" in shown(app))
        await holds(pilot, lambda: "epoch 6/10" in shown(app))
        assert scripted(app).attached == 4
        assert "secret-value" not in shown(app)
    assert (tmp_path / "state" / "screens.log").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "size", [(1, 1), (2, 30), (39, 9), (40, 10), (60, 20), (79, 23), (80, 24), (119, 60), (300, 12)]
)
async def test_the_live_screen_survives_every_size(tmp_path: Path, size: tuple[int, int], holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=size) as pilot:
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.feed.log.total > 50)
        await pilot.press("up", "end", "m")
        await pilot.resize_terminal(100, 30)
        await holds(pilot, lambda: "epoch 6/10" in shown(app))


async def test_small_terminals_lose_the_curve_then_the_stages(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: isinstance(app.screen, RunScreen))
        visible = lambda name: app.screen.query_one(name).display  # noqa: E731
        assert visible("#run-curve")
        assert visible("#run-rail")
        await pilot.resize_terminal(79, 24)
        await holds(pilot, lambda: not visible("#run-curve") and visible("#run-rail"))
        await pilot.resize_terminal(59, 24)
        await holds(pilot, lambda: not visible("#run-rail"))
        await pilot.resize_terminal(39, 9)
        await holds(pilot, lambda: not visible("#run-title") and visible("#run-log"))


async def test_an_empty_home_says_what_to_press(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "begin a run: profile, dataset" in shown(app))
        await pilot.press("q")
        await holds(pilot, lambda: app._exit)


async def test_home_lists_live_runs_first_and_opens_the_chosen_one(tmp_path: Path, holds: Holds) -> None:
    runs = {"20260101-old-aaaa": done_recording().events, RUN: training_recording().events}
    app = UnitrainerApp(ScriptedClient(tmp_path, runs))
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "✓ done" in shown(app))
        rows = shown(app).splitlines()
        assert next(i for i, row in enumerate(rows) if "● train" in row) < next(
            i for i, row in enumerate(rows) if "✓ done" in row
        )
        await pilot.press("j", "a")
        assert not isinstance(app.screen, Question)
        await pilot.press("k", "enter")
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.run_id == RUN)
        await pilot.press("escape")
        await holds(pilot, lambda: isinstance(app.screen, HomeScreen))
        await pilot.press("q")
        await holds(pilot, lambda: "Leave (training goes on, $9.00/h)" in shown(app))


def with_profiles(home: Path) -> UnitrainerApp:
    client = ScriptedClient(home)
    problem = (("training.epocs", "is not a known key; did you mean training.epochs?"),)
    client.entries = [
        ProfileEntry("broken", home / "broken.toml", None, problem),
        ProfileEntry("yolo-h100", home / "yolo-h100.toml", a_profile(dataset={"path": str(home / "data")})),
    ]
    made_data.yolo(home / "data", train=12, val=6)
    return UnitrainerApp(client)


async def test_from_nothing_to_a_running_training(tmp_path: Path, holds: Holds) -> None:
    app = with_profiles(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "begin a run" in shown(app))
        await pilot.press("n")
        await holds(pilot, lambda: isinstance(app.screen, ProfileScreen) and "training.epocs: is not" in shown(app))
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, DatasetScreen) and "12 train images" in shown(app))
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, ReviewScreen) and "H100-4" in shown(app))
        assert app.focused is not None
        assert app.focused.id == "review-cancel"
        await pilot.press("right", "enter")
        await holds(pilot, lambda: isinstance(app.screen, RunScreen))
    assert scripted(app).started == [(tmp_path / "yolo-h100.toml", tmp_path / "data")]


async def test_enter_on_the_review_rents_nothing(tmp_path: Path, holds: Holds) -> None:
    app = with_profiles(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("n")
        await holds(pilot, lambda: isinstance(app.screen, ProfileScreen) and "yolo11n" in shown(app))
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, DatasetScreen) and "12 train images" in shown(app))
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.focused is not None)
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, DatasetScreen))
    assert scripted(app).started == []


async def test_a_refused_start_is_told_and_can_be_tried_again(tmp_path: Path, holds: Holds) -> None:
    app = with_profiles(tmp_path)
    scripted(app).start_problem = ProfileProblem("yolo-h100.toml: cloud.flavor: is not sold here.")
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(ReviewScreen(tmp_path / "p.toml", a_profile(), tmp_path, look(tmp_path)))
        await holds(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.focused is not None)
        await pilot.press("right", "enter")
        await holds(pilot, lambda: "is not sold here" in shown(app))
        assert app.focused is not None
        assert app.focused.id == "review-cancel"
        assert not app.screen.query_one("#review-launch", Button).disabled


async def test_the_review_tells_the_price_that_the_cloud_asks(tmp_path: Path, holds: Holds) -> None:
    app = with_profiles(tmp_path)
    scripted(app).told_prices = {"H100-4": 9.25, "H100-8": 18.5}
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(ReviewScreen(tmp_path / "p.toml", a_profile(limits={}), tmp_path, look(tmp_path)))
        await holds(pilot, lambda: "$9.25/h for H100-4, else $18.50/h for H100-8" in shown(app))
        await holds(pilot, lambda: "Launch ($9.25/h)" in shown(app))


async def test_what_the_cloud_refuses_is_told_before_the_launch(tmp_path: Path, holds: Holds) -> None:
    app = with_profiles(tmp_path)
    scripted(app).price_problem = ProfileProblem("cloud.flavor: the cloud does not know 'H900'.")
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(ReviewScreen(tmp_path / "p.toml", a_profile(limits={}), tmp_path, look(tmp_path)))
        await holds(pilot, lambda: "does not know 'H900'" in shown(app))


def look(path: Path) -> object:
    from unitrainer_tui.screens.folders import look_at

    return look_at(path)


async def test_a_path_without_a_dataset_goes_no_further(tmp_path: Path, holds: Holds) -> None:
    app = with_profiles(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(DatasetScreen(tmp_path / "p.toml", a_profile()))
        await holds(pilot, lambda: isinstance(app.screen, DatasetScreen) and app.focused is not None)
        app.screen.query_one(PathField).value = str(tmp_path / "nowhere")
        await pilot.press("enter")
        await holds(pilot, lambda: "there is no dataset at this path" in shown(app))
        assert isinstance(app.screen, DatasetScreen)


async def picking(app: UnitrainerApp, pilot: Pilot[None], holds: Holds, path: Path) -> None:
    app.push_screen(DatasetScreen(path.parent / "p.toml", a_profile()))
    await holds(pilot, lambda: isinstance(app.screen, DatasetScreen) and app.focused is not None)
    app.screen.query_one(PathField).value = str(path)


async def test_the_picker_shows_kind_counts_classes_and_warnings(tmp_path: Path, holds: Holds) -> None:
    root = made_data.yolo(tmp_path / "good", train=12, val=6)
    (root / "labels/train/1.txt").write_text("1 0.5 0.5 0.2 0.2\n" * 2)
    app = with_profiles(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await picking(app, pilot, holds, root)
        await holds(pilot, lambda: "yolo: 12 train images, 6 val images, 19 boxes, 2 classes" in shown(app))
        # The parts of the summary are laid out one after the other.
        await holds(pilot, lambda: "disc 9, box 10" in shown(app))
        await holds(pilot, lambda: "labels/train/1.txt:2: the same object" in shown(app))
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, ReviewScreen) and "12 train images" in shown(app))


async def test_a_dataset_with_faults_is_told_and_goes_no_further(tmp_path: Path, holds: Holds) -> None:
    root = made_data.yolo(tmp_path / "bad", train=12, val=6)
    (root / "images/train/3.jpg").write_bytes(b"")
    (root / "labels/train/5.txt").write_text("7 0.5 0.5 0.2 0.2\n" * 90)
    (root / "labels/train/6\x1b[2J.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    app = with_profiles(tmp_path)
    async with app.run_test(size=(200, 50)) as pilot:
        await picking(app, pilot, holds, root)
        await pilot.press("enter")
        await holds(pilot, lambda: any("92 faults" in one.message for one in app._notifications))
        assert isinstance(app.screen, DatasetScreen)
        assert "images/train/3.jpg is empty" in shown(app)
        text = app.screen.query_one("#dataset-summary", StillText).content.plain
        assert "labels/train/5.txt:1: the class 7 is out of range" in text
        assert "And 88 more faults" in text
        assert text.replace("\n", "").isprintable()


async def test_typing_on_ends_the_check_of_what_was_typed_before(
    tmp_path: Path, holds: Holds, monkeypatch: pytest.MonkeyPatch
) -> None:
    from unitrainer_tui.screens import dataset as module

    asked, ended = threading.Event(), threading.Event()

    def endless(profile: Profile, should_stop: Callable[[], bool]) -> DatasetReport | None:
        asked.set()
        while not should_stop():
            time.sleep(0.01)
        ended.set()
        raise Stopped

    monkeypatch.setattr(module, "look_at_data", endless)
    app = with_profiles(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await picking(app, pilot, holds, tmp_path / "data")
        await holds(pilot, asked.is_set)
        assert "Checking" in shown(app)
        before = app.screen.query_one(PathField).value
        await pilot.press("x")
        await holds(pilot, ended.is_set)
        assert len(app.screen.query_one(PathField).value) == len(before) + 1


async def test_tab_takes_the_completion(tmp_path: Path, holds: Holds) -> None:
    app = with_profiles(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(DatasetScreen(tmp_path / "p.toml", a_profile()))
        await holds(pilot, lambda: isinstance(app.screen, DatasetScreen) and app.focused is not None)
        field = app.screen.query_one(PathField)
        field.value = ""
        app.screen.query_one(Input).insert_text_at_cursor(f"{tmp_path}/da")
        await holds(pilot, lambda: field._suggestion)
        await pilot.press("tab")
        assert field.value == f"{tmp_path}/data/"


async def test_help_lists_the_keys_from_the_bindings(tmp_path: Path, holds: Holds) -> None:
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: isinstance(app.screen, RunScreen))
        await pilot.press("question_mark")
        await holds(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert "Stop training, fetch what exists, give all back" in shown(app)


def test_every_binding_has_an_id_of_its_own_and_a_tooltip() -> None:
    from unitrainer_tui.screens.all_keys import groups

    bindings = [binding for _, found in groups(UnitrainerApp) for binding in found]
    assert len(bindings) > 60
    assert all(isinstance(binding, Binding) and binding.id and binding.tooltip for binding in bindings)
    assert len({binding.id for binding in bindings}) == len(bindings)


def test_the_document_lists_every_key_as_it_is_bound() -> None:
    script = runpy.run_path(str(DOCS / "keys.py"))
    assert (DOCS / "KEYS.md").read_text(encoding="utf-8") == script["document"](), "run: python docs/keys.py"


@pytest.mark.parametrize("theme", ["dark", "light", "terminal"])
async def test_every_theme_draws_the_live_screen(
    tmp_path: Path, holds: Holds, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNITRAINER_THEME", theme)
    app = live_app(tmp_path, training_recording())
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "epoch 6/10" in shown(app))
        assert app.theme == theme


async def test_the_review_tells_minutes_and_dollars_of_each_stage_before_the_launch(
    tmp_path: Path, holds: Holds
) -> None:
    from unitrainer_tui.screens.folders import FolderSummary

    app = with_profiles(tmp_path)
    found = FolderSummary(kind="yolo", files=10_000, bytes=500_000_000, counts={"train images": 5000})
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(ReviewScreen(tmp_path / "p.toml", a_profile(), tmp_path, found))
        await holds(pilot, lambda: "in all, $" in shown(app) and "(training: a rough table)" in shown(app))
        await holds(pilot, lambda: "launch 0.5–2m · address 5–30s · connect 5–60s" in shown(app))
        # What follows stays on the screen.
        await holds(pilot, lambda: "terminated and seen gone" in shown(app))
