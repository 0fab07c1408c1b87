"""Profiles, made and mended with keys: files on disk are what is asserted."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from scripted_client import ScriptedClient
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from unitrainer_tui.app import UnitrainerApp
from unitrainer_tui.config.profile import load_profile
from unitrainer_tui.config.samples import samples
from unitrainer_tui.errors import SecretProblem
from unitrainer_tui.ports import Offer
from unitrainer_tui.screens.dataset import DatasetScreen, PathField
from unitrainer_tui.screens.dialogs import NameQuestion, PickQuestion, Question
from unitrainer_tui.screens.editor import editor_command
from unitrainer_tui.screens.profile_form import FormInput, ProfileForm
from unitrainer_tui.screens.profiles import ProfileScreen
from unitrainer_tui.supervisor.market import Market

Holds = Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]

MINE = """\
# my own words
name = "mine"

[cloud]
provider = "canopywave"
project = "p"
region = "sequoia"
flavor = "H100-4"   # four
image = "GPU-Ubuntu.22.04"

[training]
framework = "yolo"
epochs = 10
"""

OFFERS = (
    Offer("H100-2", 4.5, stock=False),
    Offer("H100-4", 9.0, stock=True),
    Offer("odd", None),
)


def shown(app: UnitrainerApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


def an_app(home: Path, *texts: tuple[str, str]) -> UnitrainerApp:
    client = ScriptedClient(home)
    client.told_market = Market(("p",), ("sequoia", "lake"), ("GPU-Ubuntu.22.04",), OFFERS)
    client.paths.profiles.mkdir(parents=True)
    for name, text in texts:
        (client.paths.profiles / f"{name}.toml").write_text(text)
    return UnitrainerApp(client)


async def opened(app: UnitrainerApp, pilot: Pilot[None], holds: Holds, wanted: str) -> None:
    await pilot.press("p")
    await holds(pilot, lambda: isinstance(app.screen, ProfileScreen) and wanted in shown(app))


def field(app: UnitrainerApp, key: str) -> FormInput:
    return next(one for one in app.screen.query(FormInput) if one.key == key)


async def test_a_profile_from_a_sample_is_named_edited_and_saved_with_its_comments(
    tmp_path: Path, holds: Holds
) -> None:
    app = an_app(tmp_path)
    path = app.client.paths.profiles / "trial.toml"
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds, "sample")
        await pilot.press("n")
        await holds(pilot, lambda: isinstance(app.screen, PickQuestion) and "canopywave-yolo" in shown(app))
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, NameQuestion))
        app.screen.query_one(Input).value = "trial"
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, ProfileForm) and "this profile holds" in shown(app))
        assert path.exists()
        field(app, "training.epochs").value = "-3"
        await holds(pilot, lambda: "training.epochs: input should be greater than" in shown(app))
        assert f"trial.toml:{path.read_text().split(chr(10)).index('epochs = 10') + 1}:" in shown(app)
        field(app, "training.epochs").value = "33"
        await holds(pilot, lambda: "this profile holds" in shown(app))
        await pilot.press("ctrl+s")
        await holds(pilot, lambda: isinstance(app.screen, ProfileScreen) and "33 epochs" in shown(app))
    assert load_profile(path).training.epochs == 33
    assert load_profile(path).name == "trial"
    assert "# or a list, tried in order when there is no capacity" in path.read_text()


async def test_what_the_cloud_offers_is_shown_and_taken_by_a_key(tmp_path: Path, holds: Holds) -> None:
    app = an_app(tmp_path, ("mine", MINE))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds, "mine")
        await pilot.press("e")
        await holds(
            pilot, lambda: isinstance(app.screen, ProfileForm) and "canopywave: 3 flavors, 1 image" in shown(app)
        )
        field(app, "cloud.flavor").focus()
        await holds(pilot, lambda: "H100-2 $4.50/h sold out · H100-4 $9.00/h in stock" in shown(app))
        await holds(pilot, lambda: "odd price unknown" in shown(app))
        in_footer = ("pgdn Next choice", "^q Quit", "f1 Help")
        await holds(pilot, lambda: all(words in shown(app).split("\n")[-1] for words in in_footer))
        await pilot.press("pageup")
        assert field(app, "cloud.flavor").value == "H100-2"
        await pilot.press("pagedown", "pagedown", "pagedown")
        assert field(app, "cloud.flavor").value == "H100-2"
        field(app, "cloud.flavor").value = "H900"
        await holds(pilot, lambda: "H900 is not offered now." in shown(app))
        field(app, "cloud.flavor").value = "H100-2, H100-4"
        await pilot.press("ctrl+s")
        await holds(pilot, lambda: isinstance(app.screen, ProfileScreen))
    text = (app.client.paths.profiles / "mine.toml").read_text()
    assert text == MINE.replace('flavor = "H100-4"   # four', 'flavor = ["H100-2", "H100-4"]  # four')


async def test_without_a_key_the_form_says_so_and_works_on(tmp_path: Path, holds: Holds) -> None:
    app = an_app(tmp_path, ("mine", MINE))
    assert isinstance(app.client, ScriptedClient)
    app.client.market_problem = SecretProblem("There is no API key.", "Set CANOPYWAVE_API_KEY.")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds, "mine")
        await pilot.press("e")
        await holds(pilot, lambda: "✗ canopywave: There is no API key." in shown(app))
        assert app.client.asked[0].project == "p"
        field(app, "cloud.region").value = "lake"
        await holds(pilot, lambda: len(app.client.asked) == 2)
        assert app.client.asked[1].region == "lake"


async def test_leaving_with_changes_asks_and_saves_nothing(tmp_path: Path, holds: Holds) -> None:
    app = an_app(tmp_path, ("mine", MINE))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds, "mine")
        await pilot.press("e")
        await holds(pilot, lambda: isinstance(app.screen, ProfileForm) and app.focused is not None)
        field(app, "training.epochs").value = "0"
        await pilot.press("ctrl+s")
        await holds(pilot, lambda: isinstance(app.screen, Question) and app.focused is not None)
        assert app.focused is not None
        assert app.focused.id == "choice-cancel"
        await pilot.press("enter", "escape")
        await holds(pilot, lambda: isinstance(app.screen, Question) and "Leave without saving?" in shown(app))
        await pilot.press("right", "enter")
        await holds(pilot, lambda: isinstance(app.screen, ProfileScreen))
    assert (app.client.paths.profiles / "mine.toml").read_text() == MINE


async def test_a_file_written_inline_keeps_its_old_text_beside_it(tmp_path: Path, holds: Holds) -> None:
    inline = (
        '# words\nname = "inline"\ncloud = { provider = "sandbox" }\ntraining = { framework = "sklearn", epochs = 2 }\n'
    )
    app = an_app(tmp_path, ("inline", inline))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds, "inline")
        await pilot.press("e")
        await holds(pilot, lambda: isinstance(app.screen, ProfileForm))
        field(app, "training.epochs").value = "5"
        await holds(pilot, lambda: ".bak" in shown(app))
        await pilot.press("ctrl+s")
        await holds(pilot, lambda: isinstance(app.screen, ProfileScreen))
    assert load_profile(app.client.paths.profiles / "inline.toml").training.epochs == 5
    assert (app.client.paths.profiles / "inline.toml.bak").read_text() == inline


async def test_a_broken_profile_is_told_with_line_and_key_and_can_be_removed_and_put_back(
    tmp_path: Path, holds: Holds
) -> None:
    app = an_app(tmp_path, ("broken", MINE.replace("epochs", "epocs").replace('"p"', "7")))
    path = app.client.paths.profiles / "broken.toml"
    async with app.run_test(size=(120, 30)) as pilot:
        await opened(app, pilot, holds, "broken.toml:13: training.epocs: is not a known key")
        await pilot.press("home")
        await holds(pilot, lambda: "line 6" in shown(app) and "cloud.project" in shown(app))
        await pilot.press("enter")
        await holds(pilot, lambda: any("does not hold" in one.message for one in app._notifications))
        assert isinstance(app.screen, ProfileScreen)
        await pilot.press("d")
        await holds(pilot, lambda: not path.exists() and "epocs" not in shown(app))
        await pilot.press("u")
        await holds(pilot, lambda: path.exists() and "epocs" in shown(app))


async def test_a_copy_has_its_own_name_and_finds_its_data(tmp_path: Path, holds: Holds) -> None:
    text = MINE + '\n[dataset]\npath = "data/here"\n'
    app = an_app(tmp_path, ("mine", text))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds, "mine")
        await pilot.press("c")
        await holds(pilot, lambda: isinstance(app.screen, NameQuestion))
        app.screen.query_one(Input).value = "mine"
        await pilot.press("enter")
        await holds(pilot, lambda: "There is a profile mine already." in shown(app))
        app.screen.query_one(Input).value = "yours"
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, ProfileScreen) and "yours" in shown(app))
    copy = load_profile(app.client.paths.profiles / "yours.toml")
    assert copy.name == "yours"
    assert copy.dataset.path == app.client.paths.profiles / "data/here"
    assert "# my own words" in (app.client.paths.profiles / "yours.toml").read_text()


async def test_a_hostile_file_name_and_value_are_shown_as_plain_text(tmp_path: Path, holds: Holds) -> None:
    app = an_app(tmp_path, ("ev\x1b[2Jil", MINE.replace('"p"', '"[/bold]\\u001b]52;c;x\\u0007"')), ("mine", MINE))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds, "evil")
        await pilot.press("home", "e")
        await holds(pilot, lambda: isinstance(app.screen, ProfileForm))
        assert all(line.isprintable() for line in shown(app).split("\n"))


def test_the_editor_is_the_users_own() -> None:
    assert editor_command({"VISUAL": "code --wait", "EDITOR": "vi", "PATH": ""}) == ["code", "--wait"]
    assert editor_command({"EDITOR": "vi", "PATH": ""}) == ["vi"]
    assert editor_command({"EDITOR": "'", "PATH": ""}) == []


@pytest.mark.parametrize("key", ["E"])
async def test_where_the_terminal_cannot_be_lent_the_file_is_named(
    tmp_path: Path, holds: Holds, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", sys.executable)
    app = an_app(tmp_path, ("mine", MINE))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, holds, "mine")
        await pilot.press(key)
        await holds(pilot, lambda: any("mine.toml in another one" in one.message for one in app._notifications))


async def test_arrows_and_enter_in_one_burst_choose_the_line_that_they_lead_to(tmp_path: Path, holds: Holds) -> None:
    """A quick hand, or a paste: nothing may be rented by the line above."""
    app = UnitrainerApp(ScriptedClient(tmp_path, {}))
    async with app.run_test(size=(100, 30)) as pilot:
        await holds(pilot, lambda: "begin a run" in shown(app))
        await pilot.press("n")
        await holds(pilot, lambda: "xgboost-tabular" in shown(app))
        for key in ("down", "down", "enter"):
            app.post_message(events.Key(key, None))
        await holds(pilot, lambda: isinstance(app.screen, DatasetScreen))
        third = sorted(samples())[2]
        assert app.screen._profile_path == samples()[third]  # type: ignore[attr-defined]
        for letter in "/tmp/e":
            app.post_message(events.Key("slash" if letter == "/" else letter, letter))
        await holds(pilot, lambda: app.screen.query_one(PathField).value.endswith("/tmp/e"))


async def test_a_name_and_enter_in_one_burst_are_taken_whole(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path, {}))
    named: list[str | None] = []
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(NameQuestion("Which name?", "", lambda name: "" if name else "None."), named.append)
        await holds(pilot, lambda: isinstance(app.screen, NameQuestion) and app.focused is not None)
        for letter in "burst":
            app.post_message(events.Key(letter, letter))
        app.post_message(events.Key("enter", "\r"))
        await holds(pilot, lambda: bool(named))
    assert named == ["burst"]
