"""Which column of a table is what: features, target, weight, query. Pure functions of the header and the job."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    from job import Refused

# What stands for a gap, in any case.
MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})
# What pandas calls an index without a name in a Parquet file, behind all columns.
INDEX_OF_PANDAS = re.compile(r"__index_level_\d+__")


@dataclass(frozen=True)
class Columns:
    """The columns by name. `categorical` are those that the job calls so; others may turn out to hold words."""

    features: list[str]
    target: str
    weight: str | None
    group: str | None
    categorical: frozenset[str]


def choose_columns(file: str, header: Sequence[str], wanted: Mapping[str, Any]) -> Columns:
    """`wanted` is the job's `dataset`: target, weight, categorical, group. Raises Refused."""
    names = list(header)
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(f"{file}: the column {twice!r} is there twice; give each column a name of its own.")
    target = _target(names, wanted.get("target"))
    weight, group = wanted.get("weight") or None, wanted.get("group") or None
    categorical = list(wanted.get("categorical") or ())
    for name in [*categorical, *(name for name in (weight, group) if name)]:
        if name not in names:
            raise Refused(f"{file} has no column {name!r}; {_near(name, names)}")
    roles = [name for name in (target, weight, group) if name]
    if len(set(roles)) != len(roles):
        twice = next(name for name in roles if roles.count(name) > 1)
        raise Refused(f"The column {twice!r} cannot be two of target, weight and group at once.")
    features = [name for name in names if name not in roles]
    if not features:
        raise Refused(f"{file} has no column beside the target {target!r} to learn from.")
    return Columns(features, target, weight, group, frozenset(categorical))


def _target(names: Sequence[str], wanted: str | None) -> str:
    """The column named in the job, else `label` or `target` (in any case), else the last that has a name and is no
    index of pandas."""
    if wanted is not None:
        if wanted not in names:
            raise Refused(f"There is no column {wanted!r}; {_near(wanted, names)}")
        return wanted
    for usual in ("label", "target"):
        for name in names:
            if name.strip().lower() == usual:
                return name
    return next((name for name in reversed(names) if name and not INDEX_OF_PANDAS.fullmatch(name)), names[-1])


def _near(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else f"the columns are: {', '.join(names[:20])}."
