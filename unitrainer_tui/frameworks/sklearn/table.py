"""A delimited table, read in two passes: what the columns hold, then the numbers themselves.

Two passes, so that a column that turns out to hold words in its last row costs no copy of the whole file.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    from job import Refused

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})
SUFFIXES = (".csv", ".tsv", ".tab")
# Integers with so few distinct values are taken for classes.
MOST_INTEGER_CLASSES = 20


@dataclass(frozen=True)
class Table:
    """`features` is (rows, columns): float64 with NaN for gaps, or objects where a column holds words (None for gaps).

    `target` are the raw words, one a row. Rows without a target are left out and counted in `dropped`.
    """

    path: Path
    names: tuple[str, ...]
    categorical: tuple[int, ...]
    distinct: tuple[int, ...]
    features: Any
    target_name: str
    target: list[str]
    weights: Any | None
    dropped: int


def find_table(location: Path, file: str | None) -> Path:
    """`location` itself, `file` in it, or the one table of the folder."""
    if location.is_file():
        return location
    if not location.is_dir():
        raise Refused(f"There is no dataset at {location}.")
    if file and (location / file).is_file():
        return location / file
    tables = sorted(path for path in location.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if len(tables) != 1:
        shown = ", ".join(path.name for path in tables[:5]) or "none"
        raise Refused(f"{location} must hold exactly one table (*.csv or *.tsv); found: {shown}.")
    return tables[0]


def delimiter_of(path: Path, header: str) -> str:
    """A tab for .tsv; else the one of , ; tab | that the header holds most of."""
    if path.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    return max(",;\t|", key=header.count)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each row that is not blank, the header first."""
    csv.field_size_limit(1 << 27)
    last = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            delimiter = delimiter_of(path, stream.readline())
            stream.seek(0)
            reader = csv.reader(stream, delimiter=delimiter)
            for row in reader:
                last = reader.line_num
                if row:
                    yield last, row
    except UnicodeDecodeError as problem:
        raise Refused(
            f"{path.name} is not UTF-8 text ({problem.reason} after line {last}); save it as UTF-8."
        ) from None
    except csv.Error as problem:
        raise Refused(f"{path.name} cannot be read as a table: {problem}.") from None


def _number(cell: str) -> float | None:
    """The number of a cell, NaN for a gap or an infinity, None for words."""
    try:
        value = float(cell)
    except ValueError:
        return math.nan if cell.strip().lower() in MISSING else None
    return value if math.isfinite(value) else math.nan


def target_column(names: Sequence[str], wanted: str | None) -> str:
    """The column named in the job, else `label` or `target` (in any case), else the last."""
    if wanted is not None:
        if wanted not in names:
            raise Refused(f"There is no column {wanted!r}; the columns are: {', '.join(names[:20])}.")
        return wanted
    for usual in ("label", "target"):
        for name in names:
            if name.strip().lower() == usual:
                return name
    return names[-1]


def read_table(path: Path, wanted: dict[str, Any]) -> Table:
    """Reads the table. `wanted` is the job's `dataset`: target, weight, categorical. Raises Refused."""
    rows = _rows(path)
    first = next(rows, None)
    if first is None:
        raise Refused(f"{path.name} is empty.")
    header = [name.strip() for name in first[1]]
    if len(set(header)) != len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise Refused(f"{path.name}: the column {twice!r} is there twice; give each column a name of its own.")
    target = target_column(header, wanted.get("target"))
    weight = wanted.get("weight")
    said = list(wanted.get("categorical") or ())
    for name in [*said, *([weight] if weight else [])]:
        if name not in header:
            raise Refused(f"{path.name} has no column {name!r}; its columns are: {', '.join(header[:20])}.")
    names = [name for name in header if name not in (target, weight)]
    if not names:
        raise Refused(f"{path.name} has no column beside the target {target!r} to learn from.")
    places = [header.index(name) for name in names]
    kinds = _survey(path, rows, header, places, header.index(target), [name in said for name in names])
    return _fill(path, header, names, places, target, weight, kinds)


@dataclass
class _Kinds:
    rows: int
    dropped: int
    words: list[bool]
    distinct: list[set[str]]


def _survey(
    path: Path, rows: Iterator[tuple[int, list[str]]], header: list[str], places: list[int], at: int, said: list[bool]
) -> _Kinds:
    kinds = _Kinds(0, 0, list(said), [set() for _ in places])
    for line, row in rows:
        if len(row) != len(header):
            raise Refused(f"{path.name}, line {line}: {len(row)} cells where the header has {len(header)}.")
        if row[at].strip().lower() in MISSING:
            kinds.dropped += 1
            continue
        kinds.rows += 1
        for column, place in enumerate(places):
            cell = row[place]
            if not kinds.words[column] and _number(cell) is None:
                kinds.words[column] = True
            # Exact counts matter only up to the point where one-hot columns stop.
            if len(kinds.distinct[column]) <= 1000:
                kinds.distinct[column].add(cell)
    if not kinds.rows:
        raise Refused(f"{path.name} has no row with a value in the target column {header[at]!r}.")
    return kinds


def _fill(
    path: Path, header: list[str], names: list[str], places: list[int], target: str, weight: str | None, kinds: _Kinds
) -> Table:
    rows = _rows(path)
    next(rows)
    features: Any = np.empty((kinds.rows, len(names)), dtype=object if any(kinds.words) else np.float64)
    weights = np.empty(kinds.rows) if weight else None
    labels: list[str] = []
    at, heavy = header.index(target), header.index(weight) if weight else -1
    known: dict[str, str] = {}
    for line, row in rows:
        if row[at].strip().lower() in MISSING:
            continue
        number = len(labels)
        labels.append(known.setdefault(row[at].strip(), row[at].strip()))
        for column, place in enumerate(places):
            cell = row[place]
            if kinds.words[column]:
                word = cell.strip()
                features[number, column] = None if word.lower() in MISSING else known.setdefault(word, word)
            else:
                features[number, column] = _number(cell)
        if weights is not None:
            value = _number(row[heavy])
            if value is None or not value >= 0:
                raise Refused(f"{path.name}, line {line}: the weight {row[heavy]!r} is not a number from 0 up.")
            weights[number] = value
    words = tuple(column for column, yes in enumerate(kinds.words) if yes)
    distinct = tuple(len(values) for values in kinds.distinct)
    return Table(path, tuple(names), words, distinct, features, target, labels, weights, kinds.dropped)


def target_values(words: Sequence[str], task: str | None) -> tuple[str, Any]:
    """The task and the target as an array: classes keep their words (integers become integers), numbers are float64.

    Without `task`: words are classes; whole numbers with at most 20 distinct values are classes; else regression.
    """
    numbers = [_number(word) for word in words]
    numeric = all(number is not None and not math.isnan(number) for number in numbers)
    if task == "regression" and not numeric:
        odd = next(word for word, number in zip(words, numbers, strict=True) if number is None)
        raise Refused(f'Regression needs a target of numbers, and {odd!r} is none; use task = "classification".')
    whole = numeric and all(number is not None and number.is_integer() for number in numbers)
    if task is None:
        few = len(set(numbers)) <= MOST_INTEGER_CLASSES
        task = "classification" if not numeric or (whole and few) else "regression"
    if task == "regression":
        return task, np.array(numbers, dtype=np.float64)
    values = np.array(numbers, dtype=np.int64) if whole else np.array(words, dtype=str)
    if len(np.unique(values)) < 2:
        raise Refused(f"The target holds one value only ({words[0]!r}): there is nothing to learn.")
    return task, values
