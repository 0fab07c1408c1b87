"""Keys by people who do not wait: typed ahead, pressed twice, pressed while a screen comes or goes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from recordings import RUN, done_recording, training_recording
from scripted_client import ScriptedClient, a_profile
from textual import events
from textual.css.query import NoMatches
from textual.pilot import Pilot
from textual.widgets import OptionList

from unitrainer_tui.app import UnitrainerApp
from unitrainer_tui.client import RunSummary
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.runs.events import ProgressEvent
from unitrainer_tui.screens.dialogs import Question
from unitrainer_tui.screens.folders import FolderSummary
from unitrainer_tui.screens.home import HomeScreen
from unitrainer_tui.screens.palette import Palette
from unitrainer_tui.screens.profile_form import FormInput, ProfileForm
from unitrainer_tui.screens.review import ReviewScreen
from unitrainer_tui.screens.run import RunScreen
from unitrainer_tui.widgets.log_pane import LogLines

Holds = Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]
CHARACTERS = {"slash": "/", "space": " ", "question_mark": "?"}
EARLIER = "20260110-090000-e4r1"

MINE = """\
name = "mine"

[cloud]
provider = "canopywave"
project = "p"
region = "sequoia"
flavor = "H100-4"
image = "GPU-Ubuntu.22.04"

[training]
framework = "yolo"
epochs = 10
"""


def all_at_once(app: UnitrainerApp, *keys: str) -> None:
    """As keys come in one packet: all of them, before the first has done anything."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else CHARACTERS.get(key)))


def shown(app: UnitrainerApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


def scripted(app: UnitrainerApp) -> ScriptedClient:
    assert isinstance(app.client, ScriptedClient)
    return app.client


def an_app(home: Path, *, open_run: str | None = None, live: bool = True) -> UnitrainerApp:
    """With a run that trains (or has ended) and one of before."""
    recorder = training_recording() if live else done_recording()
    recorded = {RUN: recorder.events, EARLIER: done_recording().events}
    return UnitrainerApp(ScriptedClient(home, recorded), open_run=open_run, now=lambda: recorder.clock)


def values(app: UnitrainerApp) -> dict[str, str]:
    return {field.key: field.value for field in app.screen.query(FormInput)}


async def test_letters_behind_an_arrow_go_into_the_field_that_it_leads_to(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    path = tmp_path / "mine.toml"
    async with app.run_test(size=(80, 40)) as pilot:
        app.push_screen(ProfileForm(path, MINE))
        await holds(pilot, lambda: isinstance(app.screen, ProfileForm) and app.focused is not None)
        app.set_focus(next(field for field in app.screen.query(FormInput) if field.key == "training.model"))
        all_at_once(app, "down", "down", "ctrl+u", "3", "3", "left", "backspace", "2", "up", "x")
        await holds(pilot, lambda: values(app)["training.command"] == "x")
        assert values(app)["training.epochs"] == "23"
        assert values(app)["training.model"] == ""


async def test_the_keys_behind_the_one_that_ends_the_program_do_nothing(tmp_path: Path, holds: Holds) -> None:
    app = an_app(tmp_path, live=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "done" in shown(app))
        all_at_once(app, "q", "n", "slash", "x", "enter", "question_mark", *["down"] * 30)
        await holds(pilot, lambda: not app.is_running)
    assert app.return_code == 0


async def test_thirty_keys_at_once_end_where_thirty_slow_ones_do(
    tmp_path: Path, holds: Holds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unitrainer_tui.screens.key_order.WAIT", 30.0)  # a busy machine builds a screen in a second
    app = an_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        all_at_once(app, *["down", "up"] * 12, "down", "enter", "s", "s", "slash", "m", "enter")
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.run_id == EARLIER)
        await holds(pilot, lambda: app.screen.query(LogLines) and app.screen.query_one(LogLines).needle == "m")


async def test_arrows_typed_ahead_of_the_list_choose_in_it(
    tmp_path: Path, holds: Holds, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = an_app(tmp_path)
    read, may_read = app.client.runs, threading.Event()

    def late() -> list[RunSummary]:
        assert may_read.wait(30)
        return read()

    monkeypatch.setattr(app.client, "runs", late)
    async with app.run_test(size=(80, 24)) as pilot:
        all_at_once(app, "down", "enter")
        await pilot.pause(0.1)
        assert isinstance(app.screen, HomeScreen)
        may_read.set()
        await holds(pilot, lambda: isinstance(app.screen, RunScreen))
        assert isinstance(app.screen, RunScreen)
        assert app.screen.run_id == EARLIER


async def test_a_key_typed_ahead_of_the_list_waits_for_it(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    app.client.paths.profiles.mkdir(parents=True)
    (app.client.paths.profiles / "mine.toml").write_text(MINE)
    async with app.run_test(size=(80, 24)) as pilot:
        all_at_once(app, "p", "e")
        await holds(pilot, lambda: isinstance(app.screen, ProfileForm))
        assert not [note for note in app._notifications if "no profile" in note.message]


async def test_a_repeated_enter_launches_once_and_shows_the_run(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    client = scripted(app)
    client.held_up = asyncio.Event()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(ReviewScreen(tmp_path / "p.toml", a_profile(), tmp_path, FolderSummary()))
        await holds(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.focused is not None)
        await pilot.press("right", "enter", "enter", "enter", "escape")
        await holds(pilot, lambda: any("being started" in note.message for note in app._notifications))
        assert isinstance(app.screen, ReviewScreen)
        client.held_up.set()
        await holds(pilot, lambda: isinstance(app.screen, RunScreen))
    assert len(client.started) == 1


async def test_a_launch_is_made_whole_though_another_screen_was_opened(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    client = scripted(app)
    client.held_up = asyncio.Event()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(ReviewScreen(tmp_path / "p.toml", a_profile(), tmp_path, FolderSummary()))
        await holds(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.focused is not None)
        await pilot.press("L")
        await holds(pilot, lambda: app.errands)
        app.open_datasets()
        await holds(pilot, lambda: not isinstance(app.screen, ReviewScreen))
        client.held_up.set()
        await holds(pilot, lambda: client.started)
        await holds(pilot, lambda: any("is launched" in note.message for note in app._notifications))


async def test_an_abort_that_was_confirmed_arrives_though_the_screen_is_left(tmp_path: Path, holds: Holds) -> None:
    app = an_app(tmp_path, open_run=RUN)
    client = scripted(app)
    client.held_up = asyncio.Event()
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "epoch 6/10" in shown(app))
        await pilot.press("a")
        await holds(pilot, lambda: isinstance(app.screen, Question))
        all_at_once(app, "right", "enter", "escape")
        await holds(pilot, lambda: isinstance(app.screen, HomeScreen))
        client.held_up.set()
        await holds(pilot, lambda: client.stop_requests == [(RUN, True)])


async def test_leaving_waits_for_an_abort_on_its_way(tmp_path: Path, holds: Holds) -> None:
    app = an_app(tmp_path, open_run=RUN)
    client = scripted(app)
    client.held_up = asyncio.Event()
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "epoch 6/10" in shown(app))
        await pilot.press("a")
        await holds(pilot, lambda: isinstance(app.screen, Question))
        await pilot.press("right", "enter")
        await pilot.press("q")
        await holds(pilot, lambda: isinstance(app.screen, Question))
        await pilot.press("right", "enter")
        await holds(pilot, lambda: any("has arrived" in note.message for note in app._notifications))
        assert app.is_running
        client.held_up.set()
        await holds(pilot, lambda: not app.is_running)
    assert client.stop_requests == [(RUN, True)]


@pytest.mark.parametrize("key", ["a", "q"])
async def test_a_question_is_asked_once(tmp_path: Path, holds: Holds, key: str) -> None:
    app = an_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "train" in shown(app))
        all_at_once(app, key, key, key)
        await holds(pilot, lambda: isinstance(app.screen, Question))
        await pilot.pause(0.2)
        assert sum(isinstance(screen, Question) for screen in app.screen_stack) == 1


async def test_a_comparison_leaves_the_run_being_read(tmp_path: Path, holds: Holds) -> None:
    recorder = training_recording()
    recorded = {RUN: list(recorder.events), EARLIER: done_recording().events}
    app = UnitrainerApp(ScriptedClient(tmp_path, recorded), open_run=RUN, now=lambda: recorder.clock)
    recorder.events.clear()
    recorder.add(ProgressEvent(epoch=7, total_epochs=10, fraction=0.7, metrics={"loss": 0.1}))
    async with app.run_test(size=(120, 40)) as pilot:
        await holds(pilot, lambda: "epoch 6/10" in shown(app))
        await pilot.press("c")
        await holds(pilot, lambda: any("nothing to compare" in note.message for note in app._notifications))
        scripted(app).feed(RUN, recorder.events)
        await holds(pilot, lambda: "epoch 7/10" in shown(app))


@pytest.mark.parametrize("size", [(80, 24), (20, 2), (1, 1)])
async def test_page_keys_in_a_palette_that_is_not_drawn_yet_end_nothing(
    tmp_path: Path, holds: Holds, size: tuple[int, int]
) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        all_at_once(app, "ctrl+p", "pagedown", "pageup")
        await holds(pilot, lambda: isinstance(app.screen, Palette))
        await pilot.press("pagedown", "pageup")
        assert app.is_running


async def test_page_keys_in_a_list_without_room_end_nothing(tmp_path: Path, holds: Holds) -> None:
    app = an_app(tmp_path, open_run=RUN)
    async with app.run_test(size=(1, 1)) as pilot:
        await holds(pilot, lambda: isinstance(app.screen, RunScreen))
        app.notify("said")
        await pilot.press("e")
        await holds(pilot, lambda: app.screen.query(OptionList) and app.screen.query_one(OptionList).option_count)
        await pilot.press("pageup", "pagedown", "home", "end")
        assert app.is_running


async def test_an_answer_takes_the_place_of_the_one_before_but_of_no_warning(tmp_path: Path) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        app.notify("one")
        await pilot.pause()
        app.notify("two")
        await pilot.pause()
        assert [note.message for note in app._notifications] == ["two"]
        app.notify("beware", severity="warning")
        app.notify("three")
        await pilot.pause()
        assert [note.message for note in app._notifications] == ["two", "beware", "three"]
        assert len(app.book.entries("")) == 4


async def test_the_empty_list_says_that_there_is_nothing_to_abort(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("a")
        await holds(pilot, lambda: any("no run to abort yet; n begins" in note.message for note in app._notifications))


async def test_a_list_that_cannot_be_read_is_told_once_and_can_be_left(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    tries = 0

    def broken() -> list[RunSummary]:
        nonlocal tries
        tries += 1
        raise RuntimeError("whatever it is")

    scripted(app).runs = broken  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "could not be read" in shown(app) and "No runs yet" not in shown(app))
        await pilot.press("r")
        await holds(pilot, lambda: tries > 1)
        await pilot.pause()
        assert sum("could not be read" in entry.text for entry in app.book.entries("")) == 1
        await pilot.press("q")
        await holds(pilot, lambda: not app.is_running)


async def test_a_screen_that_is_being_built_when_the_program_is_left_is_no_crash(tmp_path: Path) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.exit()
        app._handle_exception(NoMatches("No nodes match"))
    assert app._exception is None
    app = UnitrainerApp(ScriptedClient(tmp_path))
    with pytest.raises(NoMatches):
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            app._handle_exception(NoMatches("No nodes match"))


@pytest.mark.parametrize("fails", [True, False])
async def test_what_became_of_a_launch_is_told_behind_the_screens_that_were_left(
    tmp_path: Path, holds: Holds, fails: bool
) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    client = scripted(app)
    client.held_up = asyncio.Event()
    if fails:
        client.start_problem = UnitrainerError("No room for a run here.")
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(ReviewScreen(tmp_path / "p.toml", a_profile(), tmp_path, FolderSummary()))
        await holds(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.focused is not None)
        await pilot.press("L")
        await holds(pilot, lambda: bool(app.errands))
        app.leave()
        client.held_up.set()
        await holds(pilot, lambda: app._exit)
    report = app.exit_report()
    assert ("No room for a run here" if fails else "is launched") in report.text()
    assert report.exit_code == int(fails)
