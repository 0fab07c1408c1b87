"""settings.toml: what holds is taken, what does not is one sentence, and the start never fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.settings import Settings, load_settings, save_setting, settings_file


def where(home: Path) -> Paths:
    return Paths(home / "config", home / "state", home / "cache", home / "models")


def written(home: Path, text: str) -> Settings:
    path = settings_file(where(home))
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return load_settings(path)


def test_without_a_file_all_is_as_it_comes(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml") == Settings()


def test_what_is_said_is_taken_and_the_command_line_adds_to_it(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        'theme = "light"\nascii = true\n[keymap]\n"home.new" = "f2, n"\nrun.abort = ["ctrl+x"]\n',
    )
    assert found == Settings("light", True, True, False, {"home.new": "f2,n", "run.abort": "ctrl+x"})
    assert found.overridden(no_mouse=True, low_bandwidth=True) == Settings(
        "light", True, False, True, {"home.new": "f2,n", "run.abort": "ctrl+x"}
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('\ntheme = "pink"\n', ":2: theme: 'pink' is not one of dark, light, terminal."),
        ("asci = true\n", ":1: asci: is not a known setting; did you mean ascii?."),
        ("mouse = 1\n", ":1: mouse: 1 is neither true nor false."),
        ('[keymap]\n"home.new" = 3\n', "keymap.home.new: 3 names no key."),
        ("keymap = 3\n", ":1: keymap: is no table of ids and keys."),
        ("theme = \n", "not valid TOML"),
    ],
)
def test_what_does_not_hold_is_told_with_its_line_and_the_rest_is_taken(tmp_path: Path, text: str, told: str) -> None:
    found = written(tmp_path, text)
    assert told in " ".join(found.problems)
    assert (found.theme, found.mouse) == ("dark", True)


def test_a_setting_is_kept_without_touching_the_rest_of_the_file(tmp_path: Path) -> None:
    written(tmp_path, '# mine\n[keymap]  # keys\n"home.new" = "f2"\n')
    save_setting(where(tmp_path), "theme", "light")
    path = settings_file(where(tmp_path))
    assert path.read_text() == '# mine\ntheme = "light"\n[keymap]  # keys\n"home.new" = "f2"\n'
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("theme = \n")
    with pytest.raises(OSError, match="not valid TOML"):
        save_setting(where(tmp_path), "ascii", True)
    assert path.read_text() == "theme = \n"
