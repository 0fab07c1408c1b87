"""Which column of a table is what: features, target, weight, query. Pure functions of the header and the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unitrainer_tui.datasets.reading import default_target, no_column
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    from job import Refused
    from reading import default_target, no_column


@dataclass(frozen=True)
class Columns:
    """The columns by name. `categorical` are those that the job calls so; others may turn out to hold words."""

    features: list[str]
    target: str
    weight: str | None
    group: str | None
    categorical: frozenset[str]


def choose_columns(file: str, header: Sequence[str], wanted: Mapping[str, Any], index: Sequence[str] = ()) -> Columns:
    """`wanted` is the job's `dataset`: target, weight, categorical, group. `index` are columns that only name the rows:
    neither target nor feature unless the job names them. Raises Refused."""
    names = list(header)
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(f"{file}: the column {twice!r} is there twice; give each column a name of its own.")
    weight, group = wanted.get("weight") or None, wanted.get("group") or None
    categorical = list(wanted.get("categorical") or ())
    target = wanted.get("target")
    asked = [("target", target), ("weight", weight), ("group", group), *(("categorical", one) for one in categorical)]
    for key, name in asked:
        if name is not None and name not in names:
            raise Refused(f"{file} {no_column(key, name, names)}")
    if target is None:
        target = default_target(names, index)
    roles = [name for name in (target, weight, group) if name]
    if len(set(roles)) != len(roles):
        twice = next(name for name in roles if roles.count(name) > 1)
        raise Refused(f"The column {twice!r} cannot be two of target, weight and group at once.")
    left_out = {*roles, *(name for name in index if name not in categorical)}
    features = [name for name in names if name not in left_out]
    if not features:
        raise Refused(f"{file} has no column beside the target {target!r} to learn from.")
    return Columns(features, target, weight, group, frozenset(categorical))
