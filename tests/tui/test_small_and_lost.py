"""Every screen at every size, the walk from nothing to a launch, and the installed program on real pseudo-terminals."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pty_terminal import INSTALLED, Terminal
from recordings import RUN, done_recording, training_recording
from scripted_client import ScriptedClient, a_profile
from textual.pilot import Pilot
from textual.screen import Screen

from tests import made_data
from unitrainer_tui.app import UnitrainerApp
from unitrainer_tui.screens.audit import AuditScreen
from unitrainer_tui.screens.compare import CompareScreen
from unitrainer_tui.screens.dataset import DatasetScreen
from unitrainer_tui.screens.dataset_look import DatasetLook
from unitrainer_tui.screens.folder_tree import TreeScreen
from unitrainer_tui.screens.folders import FolderSummary
from unitrainer_tui.screens.profile_form import ProfileForm
from unitrainer_tui.screens.profiles import ProfileScreen
from unitrainer_tui.screens.review import ReviewScreen, folded
from unitrainer_tui.screens.settings import SettingsScreen

Holds = Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]


def shown(app: UnitrainerApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


@pytest.mark.parametrize("size", [(1, 1), (7, 40), (39, 9), (60, 12), (80, 24), (300, 8)])
async def test_every_screen_survives_every_size(tmp_path: Path, size: tuple[int, int], holds: Holds) -> None:
    client = ScriptedClient(tmp_path, {RUN: training_recording().events, "other": done_recording().events})
    app = UnitrainerApp(client)
    first, second = client.runs()
    text = '[cloud]\nprovider = "sandbox"\n[training]\nframework = "sklearn"\n'
    (tmp_path / "x.toml").write_text(text)
    screens: list[Screen[None]] = [
        ProfileScreen(),
        ProfileForm(tmp_path / "x.toml", text),  # type: ignore[list-item]
        DatasetScreen(),
        TreeScreen(tmp_path),  # type: ignore[list-item]
        DatasetLook(tmp_path, None),
        ReviewScreen(tmp_path / "x.toml", a_profile(), tmp_path, FolderSummary()),
        CompareScreen(first, second),
        AuditScreen(),
        SettingsScreen(),
    ]
    async with app.run_test(size=size) as pilot:
        await holds(pilot, lambda: app.screen.is_mounted)
        for screen in screens:
            app.push_screen(screen)
            await holds(pilot, lambda screen=screen: app.screen is screen and screen.is_mounted)
            await pilot.pause()
            await pilot.resize_terminal(size[0] + 1, size[1] + 1)
            await pilot.press("f1", "escape")
            app.pop_screen()
            await pilot.pause()


def test_the_review_folds_long_texts_under_their_column() -> None:
    assert folded([("guard", "one two three"), ("", "")], 8) == [("guard", "one two"), ("", "three"), ("", "")]


@pytest.mark.parametrize("size", [(80, 24), (80, 14)])
async def test_the_buttons_of_the_review_are_always_there_and_one_key_launches(
    tmp_path: Path, size: tuple[int, int], holds: Holds
) -> None:
    client = ScriptedClient(tmp_path)
    app = UnitrainerApp(client)
    found = FolderSummary(kind="yolo", files=10_000, bytes=500_000_000, counts={"train images": 5000})
    async with app.run_test(size=size) as pilot:
        app.push_screen(ReviewScreen(tmp_path / "p.toml", a_profile(), tmp_path, found))
        await holds(pilot, lambda: "Launch ($9.00/h)" in shown(app) and "Cancel" in shown(app))
        await pilot.press(*["j"] * 30)
        await holds(pilot, lambda: "makes it end itself (T3)" in shown(app) and "Launch ($9.00/h)" in shown(app))
        await pilot.press("L")
        await holds(pilot, lambda: client.started)
    assert client.started == [(tmp_path / "p.toml", tmp_path)]


async def test_the_whole_way_from_an_empty_home_by_keys_alone(tmp_path: Path, holds: Holds) -> None:
    made_data.yolo(tmp_path / "data", train=12, val=6)
    client = ScriptedClient(tmp_path)
    app = UnitrainerApp(client)
    async with app.run_test(size=(80, 24)) as pilot:
        await holds(pilot, lambda: "begin a run" in shown(app))
        await pilot.press("n")
        await holds(pilot, lambda: isinstance(app.screen, ProfileScreen) and "canopywave-yolo" in shown(app))
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, DatasetScreen) and app.focused is not None)
        await pilot.press("ctrl+u", *str(tmp_path / "da"))
        await holds(pilot, lambda: getattr(app.focused, "_suggestion", ""))
        await pilot.press("tab")
        await holds(pilot, lambda: "12 train images" in shown(app))
        await pilot.press("enter")
        await holds(pilot, lambda: isinstance(app.screen, ReviewScreen) and "H100-4" in shown(app))
        await pilot.press("L")
        await holds(pilot, lambda: client.started)
    assert client.started[0][1] == tmp_path / "data"


# --------------------------------------------------------------------------------------- the installed program in a pty


class Installed(Terminal):
    """The installed program, at home in `home` alone."""

    def __init__(self, home: Path, *arguments: str, term: str = "xterm-256color", **environment: str) -> None:
        super().__init__([str(INSTALLED), *arguments], home, term=term, UNITRAINER_HOME=str(home), **environment)


@pytest.mark.parametrize(
    ("term", "environment"),
    [("linux", {}), ("tmux-256color", {"TMUX": "x"}), ("vt100", {}), ("xterm", {"NO_COLOR": "1"})],
)
def test_the_screens_open_and_close_on_every_terminal(tmp_path: Path, term: str, environment: dict[str, str]) -> None:
    program = Installed(tmp_path, term=term, **environment)
    try:
        program.read_until(b"No runs yet")
        if "NO_COLOR" in environment:
            greys = set()
            for sequence in program.output.split(b"\x1b[")[1:]:
                parts = sequence.partition(b"m")[0].split(b";")
                for at, part in enumerate(parts):
                    if part in (b"38", b"48") and parts[at + 1 : at + 2] == [b"2"]:
                        greys.add(len(set(parts[at + 2 : at + 5])))
            assert greys <= {1}
        program.press(b"q")
        program.read_until(b"\x1b[?1049l")
        assert program.process.wait(10) == 0
    finally:
        program.close()


def test_ascii_and_no_mouse_hold_for_what_reaches_the_terminal(tmp_path: Path) -> None:
    program = Installed(tmp_path, "--ascii", "--no-mouse", "--low-bandwidth")
    try:
        program.read_until(b"No runs yet")
        program.press(b"p")
        program.read_until(b"canopywave-yolo")
        program.press(b"j")
        program.read_until(b"rents")
        assert program.output.isascii()
        assert b"\x1b[?1000h" not in program.output
        assert b"\x1b[?1003h" not in program.output
    finally:
        program.close()


def test_a_settings_file_that_does_not_hold_is_told_and_the_screens_open(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text('them = "light"\n[keymap]\n"home.nwe" = "x"\n')
    program = Installed(tmp_path)
    try:
        program.read_until(b"did you mean theme?")
        program.read_until(b"home.nwe")
        program.read_until(b"No runs yet")
    finally:
        program.close()


def test_a_lost_terminal_ends_the_program_within_a_fifth_of_a_second(tmp_path: Path) -> None:
    program = Installed(tmp_path)
    try:
        program.read_until(b"No runs yet")
        begun = time.monotonic()
        os.close(program.master)
        program.master = -1
        assert program.process.wait(10) == 129
        assert time.monotonic() - begun < 0.2
    finally:
        program.close()


def test_the_editor_gets_the_terminal_and_gives_it_back(tmp_path: Path) -> None:
    (tmp_path / "config" / "profiles").mkdir(parents=True)
    profile = tmp_path / "config" / "profiles" / "mine.toml"
    profile.write_text('name = "mine"\n[cloud]\nprovider = "sandbox"\n[training]\nframework = "sklearn"\nepochs = 3\n')
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\necho IN-THE-EDITOR\nsed -i s/3/77/ "$1"\n')
    editor.chmod(0o700)
    program = Installed(tmp_path, EDITOR=str(editor), VISUAL="")
    try:
        program.read_until(b"No runs yet")
        program.press(b"p")
        program.read_until(b"rents")
        program.press(b"E")
        program.read_until(b"IN-THE-EDITOR")
        program.read_until(b"77 epochs")
    finally:
        program.close()
    assert "epochs = 77" in profile.read_text()


@pytest.mark.parametrize(
    ("editor", "keys", "told"),
    [
        (None, b"", b"cannot be started"),
        ("#!/bin/sh\nexit 3\n", b"", b"ended with 3"),
        ("#!/bin/sh\necho IN-THE-EDITOR\nexec sleep 60\n", b"\x03", b"ended with -2"),
    ],
)
def test_an_editor_that_fails_gives_the_screens_back(
    tmp_path: Path, editor: str | None, keys: bytes, told: bytes
) -> None:
    (tmp_path / "config" / "profiles").mkdir(parents=True)
    (tmp_path / "config" / "profiles" / "mine.toml").write_text(
        'name = "mine"\n[cloud]\nprovider = "sandbox"\n[training]\nframework = "sklearn"\n'
    )
    script = tmp_path / "editor.sh"
    if editor is not None:
        script.write_text(editor)
        script.chmod(0o700)
    program = Installed(tmp_path, EDITOR=str(script), VISUAL="")
    try:
        program.read_until(b"No runs yet")
        program.press(b"p")
        program.read_until(b"rents")
        program.press(b"E")
        if keys:
            program.read_until(b"IN-THE-EDITOR")
            program.press(keys)
        program.read_until(told)
        program.press(b"?")
        program.read_until(b"Keys that work here")
    finally:
        program.close()


def test_no_control_byte_of_a_file_name_or_profile_reaches_the_terminal(tmp_path: Path) -> None:
    profiles = tmp_path / "config" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "ev\x1b]52;c;b3duZWQ=\x07il.toml").write_text(
        'name = "\\u001b]0;owned\\u0007"\n[training]\nx = "\\u009b2J"\n'
    )
    program = Installed(tmp_path)
    try:
        program.read_until(b"No runs yet")
        program.press(b"p")
        program.read_until(b"training.x")
        assert b"\x1b]52" not in program.output
        assert b"\x1b]0;" not in program.output
        assert b"\xc2\x9b" not in program.output
    finally:
        program.close()
