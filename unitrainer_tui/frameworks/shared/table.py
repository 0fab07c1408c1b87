"""One table as numbers: the columns to learn from, the target's words, weights and queries. CSV here, Parquet beside.

A delimited file is read in two passes, first what the columns hold, then the numbers themselves, so that a column that
turns out to hold words in its last row costs no copy of the whole file.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from unitrainer_tui.datasets.reading import MISSING, layout_of, number_of
    from unitrainer_tui.frameworks.shared import parquet
    from unitrainer_tui.frameworks.shared.columns import Columns, choose_columns
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    import parquet
    from columns import Columns, choose_columns
    from job import Refused
    from reading import MISSING, layout_of, number_of

DELIMITED = (".csv", ".tsv", ".tab")
SUFFIXES = (*DELIMITED, *parquet.SUFFIXES)


@dataclass(frozen=True)
class Table:
    """`values` is (rows, columns), NaN for gaps. In a column of words a value is the word's place in `words[column]`
    (sorted); `words[column]` is None for a column of numbers.

    `target` and `groups` (the query of each row, ranking) are the raw words, one a row; `weights` is (rows,) or None.
    Rows without a target are left out and counted in `dropped`.
    """

    path: Path
    names: tuple[str, ...]
    words: tuple[tuple[str, ...] | None, ...]
    values: Any
    target_name: str
    target: list[str]
    weights: Any | None
    groups: list[str] | None
    dropped: int

    @property
    def categorical(self) -> tuple[int, ...]:
        """The columns of words, by number."""
        return tuple(number for number, words in enumerate(self.words) if words is not None)

    @property
    def categories(self) -> dict[str, list[str]]:
        """The words of each categorical column, in the order of their codes."""
        return {name: list(words) for name, words in zip(self.names, self.words) if words is not None}


def find_table(location: Path, file: str | None) -> Path:
    """`location` itself, `file` in it, or the one table of the folder. Raises Refused."""
    if location.is_file():
        return location
    if not location.is_dir():
        raise Refused(f"There is no dataset at {location}.")
    if file and (location / file).is_file():
        return location / file
    tables = sorted(
        path
        for path in location.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not _is_debris(path.relative_to(location))
    )
    if len(tables) != 1:
        shown = ", ".join(path.name for path in tables[:5]) or "none"
        raise Refused(f"{location} must hold exactly one table (*.csv, *.tsv or *.parquet); found: {shown}.")
    return tables[0]


def _is_debris(relative: Path) -> bool:
    """Hidden files (`._data.csv`), the folder __MACOSX and lock files (`~$data.csv`), which are named like tables."""
    return any(part.startswith((".", "~$")) or part == "__MACOSX" for part in relative.parts)


def read_table(path: Path, wanted: Mapping[str, Any], dtype: Any = np.float64) -> Table:
    """Reads the table. `wanted` is the job's `dataset`: target, weight, categorical, group. Raises Refused."""
    if path.suffix.lower() in parquet.SUFFIXES:
        columns, filled = parquet.read(path, wanted, dtype)
    else:
        columns, filled = _read_delimited(path, wanted, dtype)
    if not len(filled["target"]):
        raise Refused(f"{path.name} has no row with a value in the target column {columns.target!r}.")
    weights = filled["weights"]
    if weights is not None and not weights.any():
        raise Refused(f"{path.name}: every weight in the column {columns.weight!r} is 0.")
    return Table(path=path, names=tuple(columns.features), target_name=columns.target, **filled)


def raw_features(table: Table) -> Any:
    """The features as they stood in the table: float64 with NaN for gaps, or objects where a column holds words (None
    for gaps)."""
    if not table.categorical:
        return table.values
    raw = table.values.astype(object)
    for column in table.categorical:
        known = np.array([*(table.words[column] or ()), None], dtype=object)
        codes = table.values[:, column]
        raw[:, column] = known[np.where(np.isnan(codes), -1, codes).astype(np.int64)]
    return raw


def recoded(table: Table, categories: Mapping[str, Sequence[str]]) -> Table:
    """The same table with the codes of `categories` (an earlier run's); words that it did not know become gaps."""
    values = table.values.copy()
    words = list(table.words)
    for column in table.categorical:
        earlier = {word: float(code) for code, word in enumerate(categories[table.names[column]])}
        codes = np.array([earlier.get(word, math.nan) for word in words[column] or ()] + [math.nan])
        old = table.values[:, column]
        values[:, column] = codes[np.where(np.isnan(old), -1, old).astype(np.int64)]
        words[column] = tuple(categories[table.names[column]])
    return replace(table, values=values, words=tuple(words))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each row that is not blank, the header first."""
    csv.field_size_limit(1 << 27)
    last = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            delimiter, says_it = layout_of(path.suffix, stream.readline())
            if not says_it:
                stream.seek(0)
            reader = csv.reader(stream, delimiter=delimiter)
            for row in reader:
                last = reader.line_num + says_it
                if row:
                    yield last, row
    except UnicodeDecodeError as problem:
        raise Refused(
            f"{path.name} is not UTF-8 text ({problem.reason} after line {last}); save it as UTF-8."
        ) from None
    except csv.Error as problem:
        raise Refused(f"{path.name} cannot be read as a table: {problem}.") from None


def _read_delimited(path: Path, wanted: Mapping[str, Any], dtype: Any) -> tuple[Columns, dict[str, Any]]:
    rows = _rows(path)
    first = next(rows, None)
    if first is None:
        raise Refused(f"{path.name} is empty.")
    header = [name.strip() for name in first[1]]
    columns = choose_columns(path.name, header, wanted)
    places = [header.index(name) for name in columns.features]
    at = header.index(columns.target)
    wordy = [name in columns.categorical for name in columns.features]
    numbers = [place for yes, place in zip(wordy, places) if not yes]
    count = 0
    for line, row in rows:
        if len(row) != len(header):
            raise Refused(f"{path.name}, line {line}: {len(row)} cells where the header has {len(header)}.")
        if row[at].strip().lower() in MISSING:
            continue
        count += 1
        try:  # most rows of most tables are nothing but numbers, and this is far the fastest way to see it
            for place in numbers:
                float(row[place])
        except ValueError:
            wordy = [yes or number_of(row[place]) is None for yes, place in zip(wordy, places)]
            numbers = [place for yes, place in zip(wordy, places) if not yes]
    return columns, _fill(path, header, columns, wordy, count, dtype)


def _fill(
    path: Path, header: list[str], columns: Columns, wordy: Sequence[bool], count: int, dtype: Any
) -> dict[str, Any]:
    rows = _rows(path)
    next(rows)
    values = np.empty((count, len(wordy)), dtype=dtype)
    weights = np.empty(count) if columns.weight else None
    groups: list[str] | None = [] if columns.group else None
    target: list[str] = []
    at = header.index(columns.target)
    heavy = header.index(columns.weight) if columns.weight else -1
    query = header.index(columns.group) if columns.group else -1
    places = [header.index(name) for name in columns.features]
    codes: list[dict[str, int] | None] = [{} if yes else None for yes in wordy]
    shared: dict[str, str] = {}  # one string for each distinct word, however often it stands there
    dropped = 0
    for line, row in rows:
        word = row[at].strip()
        if word.lower() in MISSING:
            dropped += 1
            continue
        number = len(target)
        target.append(shared.setdefault(word, word))
        values[number] = [_value(row[place], known) for place, known in zip(places, codes)]
        if weights is not None:
            value = number_of(row[heavy])
            if value is None or not value >= 0:
                raise Refused(f"{path.name}, line {line}: the weight {row[heavy]!r} is not a number from 0 up.")
            weights[number] = value
        if groups is not None:
            name = row[query].strip()
            if not name:
                raise Refused(f"{path.name}, line {line}: there is no query in the column {columns.group!r}.")
            groups.append(shared.setdefault(name, name))
    values[~np.isfinite(values)] = math.nan
    words = tuple(None if known is None else _sorted_codes(values[:, n], known) for n, known in enumerate(codes))
    return {
        "words": words,
        "values": values,
        "target": target,
        "weights": weights,
        "groups": groups,
        "dropped": dropped,
    }


def _value(cell: str, known: dict[str, int] | None) -> float:
    if known is None:
        try:
            return float(cell)  # infinities become gaps when all is read
        except ValueError:
            return math.nan
    word = cell.strip()
    return math.nan if word.lower() in MISSING else known.setdefault(word, len(known))


def _sorted_codes(column: Any, known: Mapping[str, int]) -> tuple[str, ...]:
    """Turns codes by first appearance into codes by alphabet, so that the order of the rows does not matter."""
    order = sorted(known)
    places = np.full(len(order) + 1, math.nan)
    for code, word in enumerate(order):
        places[known[word]] = code
    column[:] = places[np.where(np.isnan(column), len(order), column).astype(np.int64)]
    return tuple(order)
