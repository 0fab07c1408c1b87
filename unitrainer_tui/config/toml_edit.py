"""Changing single keys of a TOML text without losing the rest: comments, order and blank lines stay where they are.

Pure functions over text. What cannot be changed line by line (a table written inline, dotted keys) is told by the
result.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

_HEADER = re.compile(r"^\s*\[(?P<name>[^\[\]]+)\]\s*(#.*)?$")
_KEY = re.compile(r"^\s*(?P<key>[A-Za-z0-9_-]+)\s*=")
# A value may run over so many lines (a list with one entry a line).
_MOST_LINES = 400

Changes = Mapping[str, Any]
"""Dotted keys with their new values; None removes the key."""


@dataclass(frozen=True)
class Edited:
    """`whole`: nothing but the changed keys is different. Otherwise the text was written anew and its comments are not
    in it."""

    text: str
    whole: bool = True


@dataclass(frozen=True)
class _Place:
    """Where a key stands: lines `first` to `last` (counted from 0), the value and what follows it."""

    first: int
    last: int
    tail: str


def line_of(text: str, dotted: str) -> int | None:
    """The line of a key, counted from 1; of its table's header where only that is there; None where neither is."""
    section, _, key = dotted.rpartition(".")
    lines = text.split("\n")
    start, end = _section(lines, section)
    if start is None:
        return line_of(text, section) if section else None
    for at in range(start, end):
        found = _KEY.match(lines[at])
        if found is not None and found["key"] == key:
            return at + 1
    inner, _ = _section(lines, dotted)
    if inner is not None:
        return inner
    return start if section else None


def edited(text: str, changes: Changes) -> Edited:
    """The text with the keys changed. Raises tomllib.TOMLDecodeError where `text` is no TOML."""
    wanted = _changed(tomllib.loads(text), changes)
    draft = text
    for dotted, value in changes.items():
        draft = _with_key(draft, dotted, value)
    try:
        if tomllib.loads(draft) == wanted:
            return Edited(draft)
    except tomllib.TOMLDecodeError:
        pass  # a shape that lines do not tell: written anew below
    import tomli_w

    return Edited(tomli_w.dumps(wanted), whole=False)


def toml_value(value: Any) -> str:
    """A value in one line, as it stands behind the equals sign."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for DEL, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    raise TypeError(f"no single line for {type(value).__name__}")


def _changed(table: dict[str, Any], changes: Changes) -> dict[str, Any]:
    result = deepcopy(table)
    for dotted, value in changes.items():
        *sections, last = dotted.split(".")
        inner: Any = result
        for name in sections:
            held = inner.get(name)
            if not isinstance(held, dict):
                if value is None:
                    break
                held = inner[name] = {}
            inner = held
        else:
            if value is None:
                inner.pop(last, None)
            else:
                inner[last] = value
    return result


def _section(lines: list[str], name: str) -> tuple[int | None, int]:
    """(line behind the header, line of the next header) of a table; the first lines for the name ""."""
    start: int | None = None if name else 0
    for at, line in enumerate(lines):
        found = _HEADER.match(line)
        if found is None and not line.lstrip().startswith("[["):
            continue
        if start is not None:
            return start, at
        if found is not None and found["name"].replace(" ", "").replace('"', "") == name:
            start = at + 1
    return start, len(lines)


def _place(lines: list[str], start: int, end: int, key: str) -> _Place | None:
    for at in range(start, end):
        found = _KEY.match(lines[at])
        if found is None or found["key"] != key:
            continue
        value = lines[at][found.end() :]
        for last in range(at, min(end, at + _MOST_LINES)):
            if last > at:
                value += "\n" + lines[last]
            tail = _tail(value)
            if tail is not None:
                return _Place(at, last, tail)
        return None
    return None


def _tail(value: str) -> str | None:
    """What stands behind a whole value: blanks and a comment. None where the value is not whole yet."""
    for at in [index for index, letter in enumerate(value) if letter == "#"] + [len(value)]:
        try:
            tomllib.loads(f"x = {value[:at].strip()}")
        except tomllib.TOMLDecodeError:
            continue
        return value[len(value[:at].rstrip()) :]
    return None


def _with_key(text: str, dotted: str, value: Any) -> str:
    section, _, key = dotted.rpartition(".")
    lines = text.split("\n")
    start, end = _section(lines, section)
    if start is None:
        if value is None:
            return text
        said = f"[{section}]\n{key} = {toml_value(value)}\n"
        return f"{text.rstrip()}\n\n{said}" if text.strip() else said
    place = _place(lines, start, end, key)
    if place is not None:
        new = [] if value is None else [_line(key, value, place, lines[place.first])]
        lines[place.first : place.last + 1] = new
    elif value is not None:
        at = end
        while at > start and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
            at -= 1
        if at == start:  # no key yet: the comments at the top stay there
            at = end
            while at > start and not lines[at - 1].strip():
                at -= 1
        lines.insert(at, f"{key} = {toml_value(value)}")
    return "\n".join(lines)


def _line(key: str, value: Any, place: _Place, before: str) -> str:
    """The key's new line; its comment stays in the column where it was, where there is room."""
    head = before[: before.index("=") + 1] + " "
    said = f"{head}{toml_value(value)}"
    comment = place.tail.lstrip()
    if not comment:
        return said
    column = before.find(comment) if place.first == place.last else -1
    return f"{said:<{column - 1}} {comment}" if column > len(said) else f"{said}  {comment}"
