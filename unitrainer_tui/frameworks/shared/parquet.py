"""A Parquet file as numbers, column by column. Needs pyarrow, which is imported only where there is such a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from unitrainer_tui.datasets.reading import MISSING, index_columns
    from unitrainer_tui.frameworks.shared.columns import Columns, choose_columns
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    from columns import Columns, choose_columns
    from job import Refused
    from reading import MISSING, index_columns

SUFFIXES = (".parquet", ".pq")


def read(path: Path, wanted: Mapping[str, Any], dtype: Any) -> tuple[Columns, dict[str, Any]]:
    """The columns and the fields of a Table. Raises Refused.

    The file's types decide: text and dictionaries are words, even where all of them look like numbers; dates are
    seconds since 1970.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise Refused(f"Reading {path.name} needs pyarrow; install it with: pip install pyarrow") from None
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            return _read(path, file, wanted, dtype)
    except (pyarrow.ArrowException, OSError) as problem:
        said = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
        raise Refused(f"{path.name} cannot be read as Parquet: {said.rstrip('.')}.") from None


def _read(path: Path, file: Any, wanted: Mapping[str, Any], dtype: Any) -> tuple[Columns, dict[str, Any]]:
    names = file.schema_arrow.names
    columns = choose_columns(path.name, names, wanted, index_columns(names, file.schema_arrow.metadata))
    labels = _texts(path, file, columns.target)
    kept = np.array([word is not None and word.lower() not in MISSING for word in labels], dtype=bool)
    values = np.empty((int(kept.sum()), len(columns.features)), dtype=dtype)
    words: list[tuple[str, ...] | None] = []
    for number, name in enumerate(columns.features):
        if name in columns.categorical or _is_text(_column(file, name).type):
            known, codes = _coded([word for word, yes in zip(_texts(path, file, name), kept) if yes])
            words.append(known)
            values[:, number] = codes
        else:
            words.append(None)
            values[:, number] = _numbers(path, file, name)[kept]
    filled = {
        "words": tuple(words),
        "values": values,
        "target": [word for word, yes in zip(labels, kept) if yes],
        "weights": _weights(path, file, columns.weight, kept) if columns.weight else None,
        "groups": _groups(path, file, columns.group, kept) if columns.group else None,
        "dropped": int((~kept).sum()),
    }
    return columns, filled


def _column(file: Any, name: str) -> Any:
    """The column as its values: pandas writes a categorical as a dictionary, of numbers too."""
    import pyarrow.types as types

    column = file.read(columns=[name]).column(0)
    kind = column.type
    return column.cast(kind.value_type) if types.is_dictionary(kind) else column


def _is_text(kind: Any) -> bool:
    import pyarrow.types as types

    return bool(types.is_string(kind) or types.is_large_string(kind))


def _numbers(path: Path, file: Any, name: str) -> Any:
    """The column as float64, NaN for nulls and infinities."""
    import pyarrow
    import pyarrow.types as types

    column = _column(file, name)
    kind = column.type
    if types.is_null(kind):
        return np.full(len(column), np.nan)
    if types.is_date(kind) or types.is_timestamp(kind):
        column = column.cast(pyarrow.timestamp("s"), safe=False).cast(pyarrow.int64())
    elif types.is_boolean(kind):
        column = column.cast(pyarrow.int8())
    elif not (types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)):
        raise Refused(
            f"{path.name}: the column {name!r} holds {kind}; only numbers, words, dates and yes/no can be learned from."
        )
    found = column.cast(pyarrow.float64(), safe=False).to_numpy()
    return np.where(np.isfinite(found), found, np.nan)


def _texts(path: Path, file: Any, name: str) -> list[str | None]:
    """The column as stripped words, None for nulls."""
    import pyarrow

    column = _column(file, name)
    if not _is_text(column.type):
        _numbers(path, file, name)  # refuses what is neither words nor numbers
    texts = column.cast(pyarrow.string()).to_pylist()
    return [None if text is None else text.strip() for text in texts]


def _coded(texts: list[str | None]) -> tuple[tuple[str, ...], Any]:
    order = sorted({text for text in texts if text is not None and text.lower() not in MISSING})
    places = {word: float(code) for code, word in enumerate(order)}
    return tuple(order), np.array([places.get(text, np.nan) if text is not None else np.nan for text in texts])


def _weights(path: Path, file: Any, name: str, kept: Any) -> Any:
    if _is_text(_column(file, name).type):
        raise Refused(f"{path.name}: the weights in the column {name!r} are words and must be numbers.")
    found = _numbers(path, file, name)
    bad = np.flatnonzero(kept & ~(found >= 0))
    if len(bad):
        raise Refused(f"{path.name}, row {bad[0] + 1}: the weight is not a number from 0 up.")
    return found[kept]


def _groups(path: Path, file: Any, name: str, kept: Any) -> list[str]:
    texts = _texts(path, file, name)
    for row, yes in enumerate(kept):
        if yes and not texts[row]:
            raise Refused(f"{path.name}, row {row + 1}: there is no query in the column {name!r}.")
    return [text for text, yes in zip(texts, kept) if yes and text is not None]
