"""`config/settings.toml`: how the screens look and which keys they listen to. A wrong setting never keeps a run from
being looked at: the default stands in for it, and what is wrong is told in one sentence."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from unitrainer_tui.config.paths import Paths, private_directory, write_private
from unitrainer_tui.config.toml_edit import edited, line_of

THEME_NAMES = ("dark", "light", "terminal")


@dataclass(frozen=True)
class Settings:
    """`keymap` gives a binding's id the keys that do it, with commas between them. `problems` are sentences about what
    could not be taken from the file."""

    theme: str = "dark"
    ascii: bool = False
    mouse: bool = True
    low_bandwidth: bool = False
    keymap: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def with_value(self, key: str, value: str | bool) -> Settings:
        """With one of the single values (theme, ascii, mouse, low_bandwidth) changed."""
        changes: dict[str, Any] = {key: value}
        return replace(self, **changes)

    def overridden(self, *, ascii: bool = False, no_mouse: bool = False, low_bandwidth: bool = False) -> Settings:
        """With what the command line says for this start."""
        return replace(
            self,
            ascii=self.ascii or ascii,
            mouse=self.mouse and not no_mouse,
            low_bandwidth=self.low_bandwidth or low_bandwidth,
        )


def settings_file(where: Paths) -> Path:
    return where.config / "settings.toml"


def load_settings(path: Path) -> Settings:
    """Never raises."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as problem:
        return Settings(problems=(f"{path} cannot be read: {problem}.",))
    try:
        return parse_settings(tomllib.loads(text), text, path)
    except tomllib.TOMLDecodeError as problem:
        return Settings(problems=(f"{path}: not valid TOML: {problem}. Mend that line.",))


def parse_settings(table: dict[str, Any], text: str, path: Path) -> Settings:
    """Takes what holds; each other key is a sentence with file, line and key."""
    taken: dict[str, Any] = {}
    problems: list[str] = []

    def wrong(key: str, what: str) -> None:
        line = line_of(text, key)
        problems.append(f"{path}{f':{line}' if line is not None else ''}: {key}: {what}.")

    known = [one.name for one in fields(Settings) if one.name != "problems"]
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            wrong(key, "is not a known setting" + (f"; did you mean {near[0]}?" if near else ""))
        elif key == "theme":
            if value in THEME_NAMES:
                taken[key] = value
            else:
                wrong(key, f"{value!r} is not one of {', '.join(THEME_NAMES)}")
        elif key == "keymap":
            taken[key] = _keymap(value, wrong)
        elif isinstance(value, bool):
            taken[key] = value
        else:
            wrong(key, f"{value!r} is neither true nor false")
    return Settings(**taken, problems=tuple(problems))


def _keymap(value: object, wrong: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        wrong("keymap", "is no table of ids and keys")
        return {}
    found = {}
    for name, keys in _flat(value).items():
        listed = keys if isinstance(keys, list) else str(keys).split(",") if isinstance(keys, str) else None
        said = [str(key).strip() for key in listed or [] if str(key).strip()]
        if said:
            found[name] = ",".join(said)
        else:
            wrong(f"keymap.{name}", f"{keys!r} names no key")
    return found


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Ids may be written `"home.new" = "n"` or, as TOML reads it without quotes, as a table in a table."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def save_setting(where: Paths, key: str, value: str | bool) -> None:
    """Changes one key of the file and keeps the rest of it. Raises OSError; a file that is no TOML is left alone."""
    path = settings_file(where)
    private_directory(path.parent)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    try:
        changed = edited(text, {key: value})
    except tomllib.TOMLDecodeError as problem:
        raise OSError(f"{path} is not valid TOML: {problem}") from None
    if not changed.whole:
        write_private(path.with_suffix(".toml.bak"), text)
    write_private(path, changed.text)
