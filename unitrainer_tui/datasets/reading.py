"""How a table is read: where its cells end, which column is the target, which spellings are one value, which classes
there are. The check and the training scripts go by the same code: their folders hold a link to this file. Standard
library only, nothing of the program, Python 3.9."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# What stands for a gap, in any case.
MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})
# What pandas calls an index without a name in a Parquet file, behind all columns.
INDEX_OF_PANDAS = re.compile(r"__index_level_\d+__")
# Whole numbers with so few distinct values are taken for classes.
MOST_INTEGER_CLASSES = 20
# Numbers with a fraction of which there are more than this are no classes, whatever the job says.
MOST_FRACTION_CLASSES = 20
# Up to here every whole number is a float of its own.
MOST_EXACT = 2.0**53
DELIMITERS = ",;\t|"
# Excel's own first line, which says the delimiter of the lines below it.
_SEP = re.compile(r'"?sep=(.)"?[\s,;|]*', re.IGNORECASE)


def layout_of(suffix: str, first: str) -> tuple[str, bool]:
    """(the delimiter, whether the first line only says it). `first` is the first line without a byte order mark.

    A line `sep=;` is taken at its word, as Excel does; else a tab for .tsv, else the one of , ; tab | that the line
    holds most of.
    """
    line = first.rstrip("\r\n")
    said = re.fullmatch(r'"?sep=\t"?', line, re.IGNORECASE)
    if said:
        return "\t", True
    if (found := _SEP.fullmatch(line)) and not found.group(1).isalnum() and found.group(1) != '"':
        return found.group(1), True
    if suffix.lower() in (".tsv", ".tab"):
        return "\t", False
    return max(DELIMITERS, key=first.count), False


def number_of(cell: str) -> float | None:
    """The number of a cell, NaN for a gap or an infinity, None for words."""
    try:
        value = float(cell)
    except ValueError:
        return math.nan if cell.strip().lower() in MISSING else None
    return value if math.isfinite(value) else math.nan


def default_target(header: Sequence[str], index: Iterable[str] = ()) -> str:
    """The column `label` or `target` (in any case), else the last that has a name. No column of `index` (a table's row
    labels) is taken, unless there is no other."""
    left_out = set(index)
    able = [name for name in header if name not in left_out and not INDEX_OF_PANDAS.fullmatch(name)]
    for usual in ("label", "target"):
        for name in able:
            if name.strip().lower() == usual:
                return name
    return next((name for name in reversed(able) if name), header[-1])


def index_columns(names: Iterable[str], metadata: Mapping[bytes, bytes] | None) -> list[str]:
    """The columns of a Parquet file that pandas wrote its index into, by the metadata that it left (`index_columns`,
    https://pandas.pydata.org/docs/development/developer.html) and by their names."""
    told: list[Any] = []
    try:
        held = json.loads((metadata or {}).get(b"pandas") or b"{}")
        told = list(held.get("index_columns") or []) if isinstance(held, dict) else []
    except (ValueError, TypeError, RecursionError):
        pass
    said = {name for name in told if isinstance(name, str)}  # a range without a column of its own is an object
    return [name for name in names if name in said or INDEX_OF_PANDAS.fullmatch(name)]


def no_column(key: str, name: str, names: Sequence[str]) -> str:
    """The sentence for a key of the profile that names a column which `names` lack, without the file."""
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? Its" if near else "its"
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    said = json.dumps([name] if key == "categorical" else name, ensure_ascii=False)
    return f"has no column {name!r} (dataset.{key} = {said}); {hint} columns are {shown}."


def nature_of(words: Iterable[str]) -> str:
    """What the distinct values of a target are: `whole` numbers, `numbers`, or `words`."""
    numbers = [number_of(word) for word in words]
    if any(number is None or math.isnan(number) for number in numbers):
        return "words"
    return "whole" if all(number is not None and is_whole(number) for number in numbers) else "numbers"


def is_whole(number: float) -> bool:
    """A whole number that a float holds exactly."""
    return number.is_integer() and abs(number) < MOST_EXACT


def class_of(word: str, nature: str) -> int | str:
    """The class that a word of the target means: `1`, `1.0` and `01` are one class where all of them are numbers."""
    if nature == "whole":
        return int(float(word))
    return repr(float(word)) if nature == "numbers" else word


def task_of(nature: str, distinct: int) -> str:
    """What a target asks for where nobody says it. `distinct` counts its values, other spellings of one left out."""
    few = distinct <= MOST_INTEGER_CLASSES
    return "classification" if nature == "words" or (nature == "whole" and few) else "regression"


def too_fine(nature: str, distinct: int) -> bool:
    """Whether the target is a measure and no set of classes: many numbers with a fraction."""
    return nature == "numbers" and distinct > MOST_FRACTION_CLASSES
