"""Looks and keys that the user chose."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from recordings import RUN, training_recording
from rich.cells import cell_len
from scripted_client import ScriptedClient
from textual.pilot import Pilot

from unitrainer_tui.app import UnitrainerApp
from unitrainer_tui.config.settings import Settings, load_settings, settings_file
from unitrainer_tui.screens.all_keys import groups
from unitrainer_tui.screens.help import HelpScreen
from unitrainer_tui.screens.home import HomeScreen
from unitrainer_tui.screens.key_map import checked_keymap, is_key
from unitrainer_tui.screens.profiles import ProfileScreen
from unitrainer_tui.screens.run import RunScreen
from unitrainer_tui.screens.settings import SettingsScreen
from unitrainer_tui.widgets.ascii_filter import to_ascii

Holds = Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]


def shown(app: UnitrainerApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


async def test_a_remapped_key_works_and_stands_in_footer_and_help(tmp_path: Path, holds: Holds) -> None:
    settings = Settings(keymap={"home.new": "f2", "home.open": "o"})
    app = UnitrainerApp(ScriptedClient(tmp_path), settings=settings)
    async with app.run_test(size=(100, 24)) as pilot:
        await holds(pilot, lambda: "f2 New " in shown(app) and "f2  begin a run" in shown(app))
        await pilot.press("question_mark")
        await holds(pilot, lambda: isinstance(app.screen, HelpScreen) and "f2 " in shown(app))
        await pilot.press("escape", "n")
        assert isinstance(app.screen, HomeScreen)
        await pilot.press("f2")
        await holds(pilot, lambda: isinstance(app.screen, ProfileScreen))
    assert not app._notifications


async def test_a_wrong_key_map_is_told_and_the_rest_of_it_works(tmp_path: Path, holds: Holds) -> None:
    settings = Settings(keymap={"home.nwe": "x", "home.profiles": "n", "home.datasets": "D"}, problems=("theme: bad",))
    app = UnitrainerApp(ScriptedClient(tmp_path), settings=settings)
    async with app.run_test(size=(100, 30)) as pilot:
        await holds(pilot, lambda: len(app._notifications) == 3)
        told = " ".join(one.message for one in app._notifications)
        assert "there is no key with the id 'home.nwe'; did you mean home.new?" in told
        assert "home.profiles and home.new are both on n; home.profiles keeps its own key" in told
        await holds(pilot, lambda: "D Datasets" in shown(app))
        await pilot.press("p")
        await holds(pilot, lambda: isinstance(app.screen, ProfileScreen))


@pytest.mark.parametrize(
    ("keymap", "taken", "told"),
    [
        ({"home.new": "p", "home.profiles": "n"}, {"home.new": "p", "home.profiles": "n"}, ""),
        ({"home.new": "crtl+n"}, {}, "'crtl+n' is no name of a key"),
        ({"home.new": "q"}, {}, "home.new and app.quit are both on q"),
        ({"app.quit": "a"}, {}, "app.quit and home.abort are both on a"),
        ({"home.new": "n,f2"}, {"home.new": "n,f2"}, ""),
        ({"home.new": "x", "home.profiles": "x"}, {"home.profiles": "x"}, "both on x"),
    ],
)
def test_a_key_map_is_held_against_what_works_at_the_same_place(
    keymap: dict[str, str], taken: dict[str, str], told: str
) -> None:
    used, problems = checked_keymap(keymap, groups(UnitrainerApp))
    assert used == taken
    assert told in " ".join(problems)
    assert bool(problems) == bool(told)


def test_every_key_of_the_program_is_a_key() -> None:
    keys = {key for _, found in groups(UnitrainerApp) for one in found for key in one.key.split(",")}
    assert [key for key in keys if not is_key(key)] == []


async def test_ascii_alone_is_drawn_on_every_screen(tmp_path: Path, holds: Holds) -> None:
    recorder = training_recording()
    app = UnitrainerApp(
        ScriptedClient(tmp_path, {RUN: recorder.events}),
        open_run=RUN,
        now=lambda: recorder.clock,
        settings=Settings(ascii=True),
    )
    async with app.run_test(size=(120, 34)) as pilot:
        await holds(pilot, lambda: isinstance(app.screen, RunScreen) and "mAP50" in shown(app))
        for _ in range(2):
            for strip in app.screen._compositor.render_strips(app.size):
                filtered = strip.apply_filter(app.get_line_filters()[-1], app.screen.styles.background)
                assert filtered.text.isascii()
                assert cell_len(filtered.text) == cell_len(strip.text)
            await pilot.press("escape")
            await holds(pilot, lambda: isinstance(app.screen, HomeScreen) and "train" in shown(app))


@pytest.mark.parametrize("text", ["é", "日本", "⣿⠁", "┏━┓", "●▶✓✗", "🙂", "e\u0301", "\u2500\u2502\u253c", "ﬁ"])
def test_ascii_takes_as_many_cells_as_before(text: str) -> None:
    plain = to_ascii(text)
    assert plain.isascii()
    assert plain.isprintable()
    assert len(plain) == cell_len(text)


async def test_a_setting_is_changed_at_once_and_kept(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "settings" in shown(app))
        await pilot.press("S")
        await holds(pilot, lambda: isinstance(app.screen, SettingsScreen) and "dark" in shown(app))
        await pilot.press("enter")
        await holds(pilot, lambda: app.theme == "light")
        await pilot.press("j", "enter")
        await holds(pilot, lambda: app.settings.ascii)
    found = load_settings(settings_file(app.client.paths))
    assert (found.theme, found.ascii) == ("light", True)


async def test_the_palette_names_things_by_what_they_belong_to(tmp_path: Path, holds: Holds) -> None:
    app = UnitrainerApp(ScriptedClient(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "begin a run" in shown(app))
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert all(": " in title for title in titles)
        assert {title.partition(":")[0] for title in titles} >= {
            "Run",
            "Runs",
            "Profile",
            "Dataset",
            "Audit",
            "Theme",
            "App",
        }
        next(command for command in app.get_system_commands(app.screen) if command.title == "Profile: list").callback()
        await holds(pilot, lambda: isinstance(app.screen, ProfileScreen) and "sample" in shown(app))
        assert "Profile: new" in [command.title for command in app.get_system_commands(app.screen)]
