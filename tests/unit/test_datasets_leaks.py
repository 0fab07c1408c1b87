"""Columns that tell the target are found whatever they are called, and chance, ids and near misses are not."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from unitrainer_tui.datasets.check import check_dataset

Column = Callable[[int, str], object]


def leaks(path: Path, targets: list[object], columns: dict[str, Column], *levels: str) -> list[str]:
    """The columns told on one of these levels (any), of a table with these columns and noise."""
    levels = levels or ("fault", "warning")
    chance = random.Random(3)
    lines = [",".join(["noise", *columns, "target"])]
    for number, target in enumerate(targets):
        cells = [chance.random(), *(make(number, str(target)) for make in columns.values()), target]
        lines.append(",".join(map(str, cells)))
    path.write_text("\n".join(lines) + "\n")
    report = check_dataset(path, "sklearn", target="target")
    found = [one for one in report.problems if one.code == "target-leak" and one.level in levels]
    return [column for column in ["noise", *columns] if any(f"the column {column!r}" in one.message for one in found)]


WORDS = ["cat", "dog", "cow"] * 40
NUMBERS = [random.Random(n).gauss(50, 10) for n in range(300)]
COUNTS = [random.Random(n).randrange(200) for n in range(2000)]


@pytest.mark.parametrize(
    ("targets", "column"),
    [
        (WORDS, lambda _, word: word),
        (WORDS, lambda _, word: word.upper()),
        (WORDS, lambda _, word: {"cat": 0, "dog": 1, "cow": 2}[word]),
        (WORDS, lambda _, word: {"cat": 0.5, "dog": -1.25, "cow": 7}[word]),
        (["yes", "no"] * 12, lambda _, word: int(word == "yes")),
        ([0, 1] * 30, lambda _, word: f"{word}.0"),
        (NUMBERS, lambda _, word: word),
        (NUMBERS, lambda _, word: f"{float(word) * 1.8 + 32:.6f}"),
        (NUMBERS, lambda _, word: -float(word) / 1000),
        (COUNTS, lambda _, word: f"room {word}"),
        (COUNTS, lambda _, word: int(word) ** 3),
    ],
)
def test_a_column_made_of_the_target_is_found(tmp_path, targets, column):
    assert leaks(tmp_path / "x.csv", targets, {"made": column}) == ["made"]


@pytest.mark.parametrize(
    ("targets", "column"),
    [
        (WORDS, lambda number, _: f"id{number}"),
        (WORDS, lambda number, _: number),
        (NUMBERS, lambda number, _: number),
        (NUMBERS, lambda number, _: f"id{number}"),
        (NUMBERS, lambda number, word: float(word) + number % 7 / 100),
        (WORDS, lambda number, word: word if number else "dog"),
        (WORDS, lambda number, word: f"{word}{number % 2}"),
        (["a", "b", "a", "b", "b", "a"], lambda _, word: word.upper()),
        (["no"] * 39 + ["yes"], lambda number, _: int(number == 39)),
        (WORDS, lambda *_: "same"),
    ],
    ids=[
        "an id of words",
        "a row number",
        "a row number beside numbers",
        "an id beside numbers",
        "a good but not perfect copy",
        "a copy that is wrong once",
        "a finer division",
        "six rows",
        "one odd row",
        "a constant",
    ],
)
def test_what_chance_or_an_id_explains_is_no_leak(tmp_path, targets, column):
    assert leaks(tmp_path / "x.csv", targets, {"made": column}) == []


@pytest.mark.parametrize(
    ("targets", "column"),
    [
        ([2 * x + 1 for x in range(60)], lambda _, word: (int(word) - 1) // 2),
        ([2 * (x % 40) + 1 for x in range(400)], lambda _, word: (int(word) - 1) // 2),
        (NUMBERS, lambda _, word: f"{float(word) * 1.8 + 32:.6f}"),
        (COUNTS, lambda _, word: int(word) ** 3),
    ],
    ids=["a line", "a line through values that come again", "other units", "another law"],
)
def test_a_law_without_noise_is_a_warning_where_numbers_are_predicted(tmp_path, targets, column):
    assert leaks(tmp_path / "x.csv", targets, {"made": column}, "warning") == ["made"]
    assert leaks(tmp_path / "x.csv", targets, {"made": column}, "fault") == []


@pytest.mark.parametrize(
    ("targets", "column"),
    [
        (NUMBERS, lambda _, word: word),
        (COUNTS, lambda _, word: f"{word}.0"),
        (WORDS, lambda _, word: word.upper()),
        ([0, 1] * 30, lambda _, word: int(word) * 2 + 1),
    ],
    ids=["a copy", "a copy in another spelling", "a name for each class", "a number for each class"],
)
def test_a_copy_and_a_name_for_each_class_are_faults(tmp_path, targets, column):
    assert leaks(tmp_path / "x.csv", targets, {"made": column}, "fault") == ["made"]


def test_a_table_sorted_by_its_target_hides_no_leak_and_makes_none(tmp_path):
    targets = sorted(WORDS * 20)
    columns: dict[str, Column] = {
        "copy": lambda _, word: word[::-1],
        "late": lambda n, _: n // 800,
        "x": lambda n, _: n,
    }
    assert leaks(tmp_path / "x.csv", targets, columns) == ["copy", "late"]
    assert leaks(tmp_path / "x.csv", targets, {"off": lambda n, _: n // 801}) == []


def test_all_leaks_are_told_together(tmp_path):
    columns: dict[str, Column] = {
        "a": lambda _, w: w,
        "b": lambda _, w: w.upper(),
        "c": lambda _, w: len(w) + ord(w[2]),
    }
    assert leaks(tmp_path / "x.csv", WORDS, columns) == ["a", "b", "c"]
