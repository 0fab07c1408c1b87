"""From a job and a table to the parts that a boosting library trains and validates on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
    from unitrainer_tui.frameworks.shared.split import split_groups, split_rows
    from unitrainer_tui.frameworks.shared.table import Table, find_table, read_table, recoded
    from unitrainer_tui.frameworks.shared.target import coded_classes, target_values
else:  # on the host these files stand side by side
    from job import Refused
    from split import split_groups, split_rows
    from table import Table, find_table, read_table, recoded
    from target import coded_classes, target_values

TASKS = ("classification", "regression", "ranking")
# A validation part that the job does not state.
VALIDATION = 0.2
# The model check predicts so many rows.
BATCH = 32
# What neither XGBoost nor LightGBM takes in a column's name.
_NOT_IN_NAMES = re.compile(r'[\s,:"<>\[\]{}]')


@dataclass
class Part:
    """`x` (rows, columns), `y` (rows,): class codes, numbers or grades; `weights` (rows,) or None; `queries` are the
    rows of each query, in order, None unless the task is ranking.

    The library makes its own copy of `x`, so the script lets go of it then.
    """

    x: Any
    y: Any
    weights: Any | None
    queries: Any | None


@dataclass(frozen=True)
class Prepared:
    """`about` is what metrics.json and checkpoint.json say of the data; `batch` are rows for the model check."""

    task: str
    classes: list[Any] | None
    about: dict[str, Any]
    model_names: list[str]
    categorical: tuple[int, ...]
    train: Part
    valid: Part
    batch: Any


def prepare(
    job: Mapping[str, Any],
    dataset: Path,
    task: str | None,
    dtype: Any,
    categories: Mapping[str, Sequence[str]] | None = None,
) -> Prepared:
    """Reads, decides and splits. Raises Refused.

    `task` None lets the target decide; a query column makes it ranking. `categories` are an earlier run's codes, kept
    where the columns are the same.
    """
    wanted = job.get("dataset") or {}
    group = wanted.get("group")
    if group and task not in (None, "ranking"):
        raise Refused(f"dataset.group belongs to ranking, and this is {task}; leave it out.")
    if task == "ranking" and not group:
        raise Refused("Ranking needs dataset.group: the column that names the query of each row.")
    table = read_table(find_table(dataset, wanted.get("file")), wanted, dtype)
    if categories is not None and categories != table.categories and list(categories) == list(table.categories):
        table = recoded(table, categories)
    task, target = target_values(table.target, "ranking" if group else task)
    classes, y = coded_classes(target) if task == "classification" else (None, target)
    share, seed = float(wanted.get("validation") or VALIDATION), int(job.get("seed") or 0)
    queries = _queries(table, bool(job.get("smoke")))
    if task == "ranking":
        train, valid = split_groups(queries, share, seed)
    else:
        train, valid = split_rows(len(y), share, seed, y if task == "classification" else None)
    describe(table, task, classes)
    return Prepared(
        task=task,
        classes=classes,
        about=about_data(job, table, task, classes),
        model_names=model_names(table.names),
        categorical=table.categorical,
        train=_part(table, y, queries, train, weighted=True),
        valid=_part(table, y, queries, valid, weighted=False),
        batch=table.values[:BATCH].copy(),
    )


def about_data(job: Mapping[str, Any], table: Table, task: str, classes: Sequence[Any] | None) -> dict[str, Any]:
    """What it takes to read the same table in the same way again, and to give the model raw rows."""
    wanted = job.get("dataset") or {}
    return {
        "task": task,
        "target": table.target_name,
        "weight": wanted.get("weight") or None,
        "group": wanted.get("group") or None,
        "classes": None if classes is None else list(classes),
        "features": list(table.names),
        "categorical": [table.names[column] for column in table.categorical],
        "categories": table.categories,
        "rows": len(table.target),
        "rows_without_target": table.dropped,
        "validation": float(wanted.get("validation") or VALIDATION),
        "seed": int(job.get("seed") or 0),
    }


def describe(table: Table, task: str, classes: Sequence[Any] | None) -> None:
    left_out = f" ({table.dropped:,} without a target left out)" if table.dropped else ""
    counted = f", {len(classes)} classes" if classes is not None else ""
    queries = f", {len(set(table.groups)):,} queries" if table.groups is not None else ""
    print(
        f"{table.path.name}: {len(table.target):,} rows{left_out}, {len(table.names)} columns, "
        f"target {table.target_name!r}{counted}{queries}. {task.capitalize()}.",
        flush=True,
    )


def _queries(table: Table, smoke: bool) -> Any | None:
    if table.groups is None:
        return None
    names = np.array(table.groups)
    if smoke and len(np.unique(names)) == 1:
        # A sample of a few rows may be one query; two halves of it show as well whether everything fits.
        return np.where(np.arange(len(names)) % 2, "odd", "even")
    return names


def _part(table: Table, y: Any, queries: Any | None, rows: Any, *, weighted: bool) -> Part:
    sizes = None
    if queries is not None:
        _, starts = np.unique(queries[rows], return_index=True)
        sizes = np.diff(np.append(np.sort(starts), len(rows)))
    # Validation counts every row alike, as the other frameworks do.
    weights = table.weights[rows] if weighted and table.weights is not None else None
    if weights is not None and not weights.any():
        raise Refused("Every weight in the part that trains is 0: there is nothing to learn from.")
    return Part(table.values[rows], y[rows], weights, sizes)


def model_names(names: Sequence[str]) -> list[str]:
    """The columns' names as a model file can hold them: what the libraries refuse becomes `_`, and no two are alike."""
    found: list[str] = []
    for number, name in enumerate(names):
        plain = _NOT_IN_NAMES.sub("_", name) or f"column_{number}"
        found.append(plain if plain not in found else f"{plain}_{number}")
    return found
