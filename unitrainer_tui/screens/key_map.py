"""The user's own keys, held against the bindings that there are: what can be taken, and what is wrong with the rest.
Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from textual.binding import Binding
from textual.keys import Keys

from unitrainer_tui.screens.all_keys import Group

_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "meta", "hyper"})
_NAMES = frozenset(key.value for key in Keys) | {
    "space", "minus", "plus", "comma", "period", "slash", "backslash", "colon", "semicolon", "equals_sign",
    "question_mark", "exclamation_mark", "quotation_mark", "apostrophe", "number_sign", "at", "asterisk", "underscore",
}  # fmt: skip


def is_key(name: str) -> bool:
    """Whether this is the name of a key: a letter, a name such as `pagedown`, either behind modifiers."""
    *modifiers, key = name.split("+") if len(name) > 1 else [name]
    return all(modifier in _MODIFIERS for modifier in modifiers) and (
        (len(key) == 1 and key.isprintable()) or key in _NAMES
    )


def checked_keymap(wanted: Mapping[str, str], groups: Sequence[Group]) -> tuple[dict[str, str], list[str]]:
    """(what can be used, a sentence for each entry that cannot)."""
    bindings = {one.id: one for _, found in groups for one in found if one.id}
    used: dict[str, str] = {}
    problems: list[str] = []
    for name, keys in wanted.items():
        strange = [key for key in keys.split(",") if not is_key(key)]
        if name not in bindings:
            near = difflib.get_close_matches(name, [str(known) for known in bindings], n=1)
            hint = f"; did you mean {near[0]}?" if near else "; docs/KEYS.md lists them"
            problems.append(f"keymap: there is no key with the id {name!r}{hint}")
        elif strange:
            problems.append(f"keymap: {name}: {strange[0]!r} is no name of a key, such as x, f2, ctrl+x or pagedown")
        else:
            used[name] = keys
    # What is refused goes back to its own key, which may be in the way of another: until nothing clashes any more.
    while clashing := next(((name, found) for name in used if (found := _clash(name, used, groups))), None):
        name, (key, other) = clashing
        del used[name]
        problems.append(f"keymap: {name} and {other} are both on {key}; {name} keeps its own key")
    return used, problems


def _clash(name: str, used: Mapping[str, str], groups: Sequence[Group]) -> tuple[str, str] | None:
    """(key, id of another binding that works at the same place and is on that key too)."""
    everywhere = groups[0][1]
    for _, found in groups:
        if not any(one.id == name for one in found):
            continue
        global_key = found is everywhere
        others = [one for _, all_of in groups for one in all_of] if global_key else [*found, *everywhere]
        for other in others:
            if other.id == name or other.id is None:
                continue
            held = _normal(used.get(other.id, other.key))
            for key in _normal(used[name]):
                if key in held and key not in _normal(_default(name, found)):
                    return key, other.id
    return None


def _default(name: str, found: Sequence[Binding]) -> str:
    return next(one.key for one in found if one.id == name)


def _normal(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",")]
