"""A few rows of a table: some of each class, whole queries for ranking; Parquet stays Parquet."""

from __future__ import annotations

import csv
from array import array
from itertools import islice
from pathlib import Path
from typing import Any

from unitrainer_tui.datasets.reading import (
    MISSING,
    MOST_INTEGER_CLASSES,
    class_of,
    default_target,
    is_whole,
    layout_of,
    nature_of,
)
from unitrainer_tui.datasets.tables import Unreadable, is_parquet, open_table
from unitrainer_tui.datasets.tabular import is_number
from unitrainer_tui.datasets.wanted import Wanted
from unitrainer_tui.errors import DatasetProblem

# Two rows of each class, as long as there are no more classes than this.
MOST_CLASSES = 200
FEWEST_QUERIES = 5
_QUERIES_COUNTED = 1000
_BATCH = 8192


def cut_table(source: Path, to: Path, wanted: Wanted, rows: int) -> None:
    """Writes some `rows` of `source` to `to`, in their order. Raises DatasetProblem, OSError."""
    try:
        chosen = _choose(source, wanted, rows)
    except Unreadable as problem:
        raise DatasetProblem(f"{source.name}: {problem.why}.") from None
    if is_parquet(source):
        _write_parquet(source, to, chosen)
    else:
        _write_text(source, to, chosen)


def _choose(source: Path, wanted: Wanted, rows: int) -> set[int]:
    """Numbers of rows, counted from 0 below the header."""
    table = open_table(source, "utf-8-sig", lambda: None)
    header = table.header
    target = wanted.target if wanted.target in header else default_target(header, table.index)
    at = header.index(target)
    query = header.index(wanted.group) if wanted.group in header else None
    if query is not None:
        return _whole_queries([(number, row[query]) for number, (_, row) in enumerate(table.rows)], rows)
    first: dict[str, list[int]] = {}  # rows of each value; a few are enough of each
    every: list[int] = []
    values = array("d")
    numeric = whole = True
    for number, (_, row) in enumerate(table.rows):
        value = row[at].strip() if len(row) == len(header) else ""
        if value.lower() in MISSING:
            continue
        numeric = numeric and is_number(value)
        whole = whole and numeric and is_whole(float(value))
        if value in first or len(first) <= MOST_CLASSES:
            held = first.setdefault(value, [])
            if len(held) < rows:
                held.append(number)
        every.append(number)
        if numeric:
            values.append(float(value))
    nature = nature_of(first)
    classes: dict[int | str, list[int]] = {}  # other spellings of a number are the same class
    for value, held in first.items():
        classes[class_of(value, nature)] = sorted([*classes.get(class_of(value, nature), ()), *held])[:rows]
    if numeric and not (whole and len(classes) <= MOST_INTEGER_CLASSES):
        return _numbers(every, values, rows)
    return _of_each_class(list(classes.values()), rows)


def _numbers(every: list[int], values: array[float], rows: int) -> set[int]:
    """Spread evenly; and so that the sample stays a regression, one row whose target is no whole number, or more whole
    numbers than would be taken for classes. Else the rehearsal would train something other than the run."""
    chosen = range(0, len(every), max(len(every) // rows, 1))[:rows]
    more: list[int] = []
    if all(values[at].is_integer() for at in chosen):
        broken = next((at for at, value in enumerate(values) if not value.is_integer()), None)
        distinct = {values[at]: at for at in (*chosen, *range(len(every)))}
        more = list(islice(distinct.values(), MOST_INTEGER_CLASSES + 1)) if broken is None else [broken]
    return {every[at] for at in (*chosen, *more)}


def _of_each_class(classes: list[list[int]], rows: int) -> set[int]:
    """In turns, so that each class has two before a large one has many."""
    wanted = max(rows, 2 * len(classes))
    chosen: list[int] = []
    for turn in range(max(map(len, classes), default=0)):
        for held in classes:
            if turn < len(held) and len(chosen) < wanted:
                chosen.append(held[turn])
    return set(chosen)


def _whole_queries(pairs: list[tuple[int, str]], rows: int) -> set[int]:
    held: dict[str, list[int]] = {}
    for number, query in pairs:
        if query in held or len(held) < _QUERIES_COUNTED:
            held.setdefault(query, []).append(number)
    chosen: list[int] = []
    for count, numbers in enumerate(held.values()):
        if count >= FEWEST_QUERIES and len(chosen) >= rows:
            break
        chosen += numbers
    return set(chosen)


def _write_text(source: Path, to: Path, chosen: set[int]) -> None:
    with source.open(encoding="utf-8-sig", newline="") as stream:
        delimiter, says_it = layout_of(source.suffix, stream.readline())
        if not says_it:
            stream.seek(0)
        reader = (row for row in csv.reader(stream, delimiter=delimiter) if row)
        with to.open("w", encoding="utf-8", newline="") as written:
            if says_it:
                written.write(f"sep={delimiter}\n")
            writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
            writer.writerow(next(reader))
            writer.writerows(row for number, row in enumerate(reader) if number in chosen)


def _write_parquet(source: Path, to: Path, chosen: set[int]) -> None:
    import pyarrow
    import pyarrow.parquet

    file: Any = pyarrow.parquet.ParquetFile(source)
    start = 0
    with pyarrow.parquet.ParquetWriter(to, file.schema_arrow) as writer:
        for batch in file.iter_batches(_BATCH):
            kept = [number - start for number in sorted(chosen) if start <= number < start + batch.num_rows]
            if kept:
                writer.write_table(pyarrow.Table.from_batches([batch.take(pyarrow.array(kept))]))
            start += batch.num_rows
