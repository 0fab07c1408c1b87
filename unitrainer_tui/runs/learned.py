"""What a training learns of its data: enough to tell whether its checkpoint can go on with other data.

`data.json` in the run's directory; `earlier.json` in that of a run that goes on from a checkpoint is the earlier run's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from unitrainer_tui.config.paths import write_private

# An earlier run's checkpoint.json with the names of some ten thousand columns is a few hundred kB.
LARGEST = 16 << 20
_SHOWN = 5
# The file comes from a machine: a list of anything else is not known.
_ITEMS: Mapping[str, tuple[type, ...]] = {"features": (str,), "categorical": (str,), "classes": (int, str)}


@dataclass(frozen=True)
class Learned:
    """`kind` is table or pictures. Of a table: the task, target, group (the column of queries) and objective,
    `features` the columns in their order, `categorical` those of words. `classes` in their order; whole numbers are
    ints. None is what is not known, or what there is none of."""

    kind: str
    task: str | None = None
    target: str | None = None
    group: str | None = None
    objective: str | None = None
    features: tuple[str, ...] | None = None
    categorical: tuple[str, ...] | None = None
    classes: tuple[int | str, ...] | None = None


def misfit(earlier: Learned, now: Learned) -> str | None:
    """Why a checkpoint of `earlier` cannot go on with the data of `now`, as the end of a sentence that begins with the
    run; None where nothing known speaks against it."""
    if earlier.kind != now.kind:
        return f"learned from {_words(earlier.kind)}, and this dataset is {_words(now.kind)}"
    for name in ("task", "target", "group"):
        was, wants = getattr(earlier, name), getattr(now, name)
        if was and wants and was != wants:
            return f"learned the {name} {was!r}, and this one is {wants!r}"
    for what, was, wants in (
        ("columns", earlier.features, now.features),
        ("classes", earlier.classes, now.classes),
    ):
        if was is not None and wants is not None and was != wants:
            return f"learned other {what} than this dataset has: {_difference(was, wants)}"
    if earlier.categorical is not None and now.categorical is not None and earlier.categorical != now.categorical:
        changed = sorted({*earlier.categorical} ^ {*now.categorical})
        had, has = ("words", "numbers") if changed[0] in earlier.categorical else ("numbers", "words")
        return f"learned {had} in the column {changed[0]!r}, and this dataset has {has} there"
    if earlier.objective and now.objective and earlier.objective != now.objective:
        return f"trained with the objective {earlier.objective}, and this one with {now.objective}"
    return None


def _words(kind: str) -> str:
    return {"table": "a table", "pictures": "pictures"}.get(kind, kind)


def _difference(was: Sequence[int | str], now: Sequence[int | str]) -> str:
    gone, new = [one for one in was if one not in set(now)], [one for one in now if one not in set(was)]
    parts = [f"{_listed(gone)} {_be(gone)} not there"] if gone else []
    parts += [f"{_listed(new)} {_be(new)} new"] if new else []
    return "; ".join(parts) or f"they stand in another order ({_listed(now)})"


def _be(names: Sequence[object]) -> str:
    return "is" if len(names) == 1 else "are"


def _listed(names: Sequence[object]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(map(repr, names[:_SHOWN])) + (f" and {more:,} more" if more > 0 else "")


def write_learned(path: Path, learned: Learned) -> None:
    write_private(path, json.dumps(asdict(learned)) + "\n")


def read_learned(path: Path) -> Learned | None:
    """None where nothing usable stands there (a run of an earlier version)."""
    held = _object(path)
    return _learned(held) if isinstance(held.get("kind"), str) else None


def read_checkpoint(path: Path) -> Learned | None:
    """The same out of the checkpoint.json that the scripts for tables leave; None where that says nothing."""
    held = _object(path)
    return _learned({**held, "kind": "table"}) if isinstance(held.get("features"), list) else None


def _learned(held: Mapping[str, Any]) -> Learned:
    values: dict[str, Any] = {}
    for field in fields(Learned):
        value = held.get(field.name)
        if isinstance(value, list) and all(isinstance(one, _ITEMS.get(field.name, ())) for one in value):
            values[field.name] = tuple(value)
        elif isinstance(value, str):
            values[field.name] = value
    return Learned(**values)


def _object(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            return {}
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return held if isinstance(held, dict) else {}
