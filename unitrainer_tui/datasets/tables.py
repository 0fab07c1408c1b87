"""Reading a table row by row: CSV and its like with the standard library, Parquet with pyarrow where it is there."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

from unitrainer_tui.datasets.reading import index_columns, layout_of
from unitrainer_tui.datasets.report import Findings
from unitrainer_tui.datasets.tree import Tree, joined

TEXT_SUFFIXES = (".csv", ".tsv", ".tab")
PARQUET_SUFFIXES = (".parquet", ".pq")
SUFFIXES = TEXT_SUFFIXES + PARQUET_SUFFIXES
_BATCH = 8192

Row = tuple[int, Sequence[str]]
"""The line where the row begins (in Parquet: the row's number), and its cells as text."""


def tables_in(tree: Tree) -> list[str]:
    """The tables of the dataset, relative, sorted. A single file counts by its suffix."""
    found = [
        joined(place, name)
        for place, folder in tree.folders.items()
        for name in folder.names
        if name.lower().endswith(SUFFIXES) and not is_debris(joined(place, name))
    ]
    return sorted(found)


def is_debris(relative: str) -> bool:
    """What an operating system or an office program lays beside a table and names like it: hidden files (`._data.csv`),
    the folder __MACOSX, lock files (`~$data.csv`). The script on the host passes over the same."""
    return any(part.startswith((".", "~$")) or part == "__MACOSX" for part in relative.split("/"))


def is_parquet(path: Path) -> bool:
    return path.suffix.lower() in PARQUET_SUFFIXES


_PACKED = {
    b"PK\x03\x04": "a zip archive or a spreadsheet (.xlsx, .ods)",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet (.xls)",
    b"\x1f\x8b": "packed by gzip",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ\x00": "packed by xz",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"PAR1": "Parquet under another name",
    b"SQLite format 3\x00": "a database",
}


def other_format(path: Path) -> str | None:
    """What a file is that is no text at all, by its first bytes. Raises OSError."""
    with path.open("rb") as stream:
        start = stream.read(16)
    return next((what for mark, what in _PACKED.items() if start.startswith(mark)), None)


@dataclass(frozen=True)
class BadBytes:
    """`offset` of the first byte that is no text, `line` counted from 1. `encoding` is what the file seems to be."""

    offset: int
    line: int
    why: str
    encoding: str | None = None


def undecodable(path: Path) -> BadBytes | None:
    """The first byte that is not UTF-8; None where all of it is."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    offset, line = 0, 1
    with path.open("rb") as stream:
        start = stream.read(4)
        stream.seek(0)
        if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return BadBytes(0, 1, "it begins with the mark of UTF-16", "utf-16")
        while True:
            chunk = stream.read(1 << 20)
            held = decoder.getstate()[0]
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as problem:
                before = problem.object[: problem.start]
                return BadBytes(
                    offset - len(held) + problem.start, line + before.count(b"\n"), problem.reason, "latin-1"
                )
            if "\x00" in text:
                place = (held + chunk).index(b"\x00")
                line += (held + chunk)[:place].count(b"\n")
                return BadBytes(offset - len(held) + place, line, "a NUL byte", None)
            offset += len(chunk)
            line += text.count("\n")
            if not chunk:
                return None


class Unreadable(Exception):
    """What cannot be read as a table; `line` where it is known."""

    def __init__(self, code: str, why: str, line: int | None = None) -> None:
        super().__init__(why)
        self.code = code
        self.why = why
        self.line = line


@dataclass
class Table:
    """A table as it is read: `header` first, then `rows` once. `needed` may say, between batches, which columns are
    still looked at; the cells of the others may be "" from then on (a column store need not read them)."""

    path: Path
    header: list[str]
    rows: Iterator[Row]
    size: int
    unusable: tuple[tuple[str, str], ...] = ()
    """Columns of a type that no training script takes, and the type."""
    index: tuple[str, ...] = ()
    """Columns that only name the rows (Parquet by pandas): neither target nor feature unless they are asked for."""
    text: frozenset[str] | None = None
    """The columns of words where the file has types; None where the cells decide."""


def open_table(path: Path, encoding: str, needed: Callable[[], set[int] | None]) -> Table:
    """Raises Unreadable, OSError."""
    if is_parquet(path):
        return _open_parquet(path, needed)
    return _open_text(path, encoding)


def _open_text(path: Path, encoding: str) -> Table:
    csv.field_size_limit(1 << 27)
    rows = _text_rows(path, encoding)
    first = next(rows, None)
    header = [name.strip() for name in first[1]] if first is not None else []
    return Table(path, header, rows, path.stat().st_size)


def _text_rows(path: Path, encoding: str) -> Iterator[Row]:
    with path.open(encoding=encoding, newline="", errors="replace") as stream:
        delimiter, says_it = layout_of(path.suffix, stream.readline())
        if not says_it:
            stream.seek(0)
        reader = csv.reader(stream, delimiter=delimiter)
        line = int(says_it)
        try:
            for row in reader:
                if row:
                    yield line + 1, row
                line = reader.line_num + says_it
        except csv.Error as problem:
            raise Unreadable("malformed-table", str(problem), reader.line_num + says_it) from None


def _open_parquet(path: Path, needed: Callable[[], set[int] | None]) -> Table:
    try:
        import pyarrow
        import pyarrow.parquet
        from pyarrow import types
    except ImportError:
        raise Unreadable(
            "parquet-support",
            "is Parquet, and pyarrow is not installed here: pip install 'unitrainer-tui[parquet]'",
        ) from None
    try:
        file = pyarrow.parquet.ParquetFile(path)
        header = list(file.schema_arrow.names)
    except (pyarrow.ArrowException, OSError, ValueError) as problem:
        raise Unreadable("malformed-table", f"cannot be read as Parquet: {' '.join(str(problem).split())}") from None
    rows = _parquet_rows(file, header, needed, pyarrow.ArrowException)
    schema = file.schema_arrow
    odd = tuple((column.name, str(column.type)) for column in schema if not _usable(column.type, types))
    index = tuple(index_columns(header, schema.metadata))
    words = frozenset(column.name for column in schema if _is_text(column.type, types))
    return Table(path, header, rows, path.stat().st_size, odd, index, words)


def _is_text(kind: Any, types: Any) -> bool:
    """As frameworks/shared/parquet.py takes it."""
    kind = kind.value_type if types.is_dictionary(kind) else kind
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _usable(kind: Any, types: Any) -> bool:
    """Numbers, words, dates and yes/no, as frameworks/shared/parquet.py takes them."""
    if types.is_dictionary(kind):
        kind = kind.value_type
    words = types.is_string(kind) or types.is_large_string(kind)
    numbers = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_boolean(kind)
    return bool(words or numbers or types.is_date(kind) or types.is_timestamp(kind) or types.is_null(kind))


def _parquet_rows(file: Any, header: list[str], needed: Callable[[], set[int] | None], problem: Any) -> Iterator[Row]:
    """A row group after the other, in batches: what is decoded at a time is bounded by the file's own pages."""
    number = 0
    try:
        for group in range(file.num_row_groups):
            wanted = needed()
            places = sorted(wanted) if wanted is not None else list(range(len(header)))
            columns = [header[place] for place in places]
            for batch in file.iter_batches(_BATCH, row_groups=[group], columns=columns):
                cells: list[Any] = [repeat("", batch.num_rows)] * len(header)
                for place, column in zip(places, batch.columns, strict=True):
                    cells[place] = [_text(value) for value in column.to_pylist()]
                for row in zip(*cells, strict=True):
                    number += 1
                    yield number, row
    except (problem, OSError, ValueError) as why:
        raise Unreadable("malformed-table", f"cannot be read: {' '.join(str(why).split())}", number or None) from None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if value != value else repr(value)
    return value if isinstance(value, str) else str(value)


def one_table(tree: Tree, findings: Findings) -> str | None:
    """The file itself, or the one table of the folder."""
    if tree.single:
        return tree.root.name
    found = tables_in(tree)
    if len(found) == 1:
        return found[0]
    shown = ", ".join(name.rpartition("/")[2] for name in found[:6]) or "none"
    findings.fault(
        "not-one-table",
        f"{tree.root} must hold exactly one table (*.csv, *.tsv or *.parquet), found: {shown}; name the file itself.",
    )
    return None
