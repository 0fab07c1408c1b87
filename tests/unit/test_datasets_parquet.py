"""Parquet is checked as CSV is, a batch at a time."""

from __future__ import annotations

import builtins
import random
from pathlib import Path
from typing import Any

import pytest

from unitrainer_tui.datasets.check import check_dataset

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def write(path: Path, columns: dict[str, list[Any]], **options: Any) -> Path:
    parquet.write_table(pyarrow.table(columns), path, **options)
    return path


def rows(count: int = 60) -> dict[str, list[Any]]:
    chance = random.Random(2)
    return {
        "size": [chance.random() if n % 7 else None for n in range(count)],
        "colour": [chance.choice(["red", "blue"]) for _ in range(count)],
        "heavy": [1.0 + n % 3 for n in range(count)],
        "label": [chance.choice(["yes", "no"]) for _ in range(count)],
    }


@pytest.mark.parametrize("suffix", [".parquet", ".pq"])
def test_a_good_parquet_table_has_no_finding(tmp_path, suffix):
    path = write(tmp_path / f"rows{suffix}", rows())
    for framework in ("xgboost", None):
        report = check_dataset(path, framework, target="label", weight="heavy")
        assert report.problems == ()
        assert report.kind == "tabular" and report.counts == {"rows": 60, "columns": 4}
        assert set(report.classes) == {"yes", "no"}


def test_its_faults_are_found_together(tmp_path):
    columns = rows(5000)
    columns["again"] = [word.upper() for word in columns["label"]]
    columns["heavy"][4321] = -1.0
    columns["label"][17] = None
    columns["again"][17] = None
    path = write(tmp_path / "rows.parquet", columns, row_group_size=1000)
    report = check_dataset(path, "lightgbm", target="label", weight="heavy", group="query")
    assert {(one.code, one.level, one.line) for one in report.problems} == {
        ("missing-column", "fault", 1),
        ("bad-weight", "fault", 4322),
        ("empty-target", "warning", None),
        ("target-leak", "fault", 1),
    }


def test_a_leak_is_found_beyond_the_rows_that_are_read_whole(tmp_path):
    count = 150_000
    columns = {
        "x": list(range(count)),
        "copy": [n * 31 % 7 for n in range(count)],
        "almost": [n * 31 % 7 if n < count - 1 else 9 for n in range(count)],
        "label": [n * 31 % 7 for n in range(count)],
    }
    path = write(tmp_path / "rows.parquet", columns, row_group_size=20_000)
    report = check_dataset(path, "xgboost")
    assert [one.message.split("'")[1] for one in report.problems if one.code == "target-leak"] == ["copy"]
    assert report.counts["rows"] == count


def test_a_parquet_file_that_is_damaged_is_told(tmp_path):
    path = write(tmp_path / "rows.parquet", rows())
    path.write_bytes(path.read_bytes()[:-200])
    (problem,) = check_dataset(path, "xgboost").problems
    assert problem.code == "malformed-table" and "rows.parquet" in problem.message


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    path = write(tmp_path / "rows.parquet", rows())
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    (problem,) = check_dataset(path, "xgboost").problems
    assert problem.code == "parquet-support" and "unitrainer-tui[parquet]" in problem.message


def test_the_index_of_pandas_is_not_the_default_target(tmp_path):
    columns = {name: held for name, held in rows().items() if name != "label"}
    path = write(tmp_path / "rows.parquet", {**columns, "bought": rows()["label"], "__index_level_0__": range(60)})
    report = check_dataset(path, "sklearn")
    assert report.holds and set(report.classes) == {"no", "yes"}


def test_a_column_of_a_type_that_no_script_takes_is_refused_before_it_is_paid(tmp_path):
    lists = write(tmp_path / "rows.parquet", {"vector": [[n, n] for n in range(60)], **rows()})
    (fault,) = check_dataset(lists, "lightgbm").faults
    assert fault.startswith("rows.parquet: the column 'vector' holds list<")
    categories = pyarrow.array([n % 3 for n in range(60)]).dictionary_encode()
    assert check_dataset(write(tmp_path / "more.parquet", {"kind": categories, **rows()}), "lightgbm").holds
