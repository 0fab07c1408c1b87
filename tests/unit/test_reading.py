"""The check and the training scripts read a table alike: cells, target, classes, features."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.frameworks.tabular_case import imported, script_of
from unitrainer_tui.datasets.check import check_dataset
from unitrainer_tui.datasets.reading import index_columns, layout_of
from unitrainer_tui.datasets.smoke_table import cut_table
from unitrainer_tui.datasets.wanted import Wanted

pytest.importorskip("numpy")


@pytest.fixture(scope="module")
def parts() -> Iterator[Any]:
    imported("xgboost")
    with script_of("xgboost"):
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in ("table", "target", "job")})


def both(parts: Any, path: Path, **wanted: Any) -> tuple[list[str], list[str]]:
    """The classes by the check and by the script."""
    report = check_dataset(path, "xgboost", **wanted)
    assert report.faults == ()
    table = parts.table.read_table(path, wanted)
    task, values = parts.target.target_values(table.target, wanted.get("task"))
    classes = parts.target.coded_classes(values)[0] if task == "classification" else []
    return list(report.classes), [str(one) for one in classes]


def write(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("targets", "task", "classes"),
    [
        (["1", "1.0", " 1 ", "0", "0.0", "01"], None, ["0", "1"]),
        (["0.5", "0.50", "1", "1.0", "2.5", ".5"], "classification", ["0.5", "1.0", "2.5"]),
        (["1", "1.0", "x", "x ", "1", "1.0"], None, ["1", "1.0", "x"]),
        ([f"{n % 20}{'.0' * (n % 2)}" for n in range(60)], None, [str(n) for n in range(20)]),
    ],
    ids=["whole numbers", "with a fraction", "beside words", "twenty in two spellings"],
)
def test_other_spellings_of_a_number_are_one_class_for_both(parts, tmp_path, targets, task, classes):
    rows = [f"{n * 37 % 11},{target}" for n, target in enumerate(targets * 2)]
    said = {"task": task} if task else {}
    assert both(parts, write(tmp_path / "t.csv", "x,y", rows), **said) == (classes, classes)


def test_one_value_in_two_spellings_is_constant_for_both(parts, tmp_path):
    path = write(tmp_path / "t.csv", "x,y", [f"{n},{1 if n % 2 else 1.0}" for n in range(8)])
    assert "in every row: there is nothing to learn" in check_dataset(path, "xgboost").faults[0]
    with pytest.raises(parts.job.Refused, match="one value only"):
        parts.target.target_values(parts.table.read_table(path, {}).target, None)


def test_measures_are_no_classes_for_both(parts, tmp_path):
    path = write(tmp_path / "t.csv", "x,y", [f"{n % 7},{n / 8 + 0.01}" for n in range(50)])
    (fault,) = check_dataset(path, "xgboost", task="classification").faults
    assert "classification needs classes" in fault
    with pytest.raises(parts.job.Refused, match="numbers with a fraction"):
        parts.target.target_values(parts.table.read_table(path, {}).target, "classification")


def test_a_rehearsal_takes_two_spellings_for_one_class(tmp_path):
    rows = [f"{n},{n % 20}{'.0' * (n // 20 % 2)}" for n in range(200)]
    source = write(tmp_path / "t.csv", "x,y", rows)
    cut_table(source, tmp_path / "cut.csv", Wanted("xgboost"), 20)
    targets = [float(line.split(",")[1]) for line in (tmp_path / "cut.csv").read_text().splitlines()[1:]]
    assert sorted(targets) == sorted([*map(float, range(20))] * 2)


@pytest.mark.parametrize(
    ("suffix", "first", "layout"),
    [
        (".csv", "sep=;\r\n", (";", True)),
        (".csv", '"sep=;"\n', (";", True)),
        (".csv", "SEP=,\n", (",", True)),
        (".csv", "sep=^;;;\n", ("^", True)),
        (".csv", "sep=\t\n", ("\t", True)),
        (".tsv", "sep=;\n", (";", True)),
        (".csv", "sep=x\n", (",", False)),
        (".csv", "separator=;size\n", (";", False)),
        (".csv", "a;b,c;d\n", (";", False)),
        (".tsv", "a,b\n", ("\t", False)),
    ],
)
def test_the_delimiter_is_said_or_seen(suffix, first, layout):
    assert layout_of(suffix, first) == layout


@pytest.mark.parametrize("sep", ["sep=;", '"sep=;"', "\ufeffsep=;"])
def test_the_first_line_of_excel_is_understood_by_both(parts, tmp_path, sep):
    rows = [f"{n};{'red' if n % 3 else 'blue, light'};{'yes' if n % 2 else 'no'}" for n in range(30)]
    path = write(tmp_path / "t.csv", f"{sep}\nsize;colour, of it;label", rows)
    assert both(parts, path) == (["no", "yes"], ["no", "yes"])
    assert parts.table.read_table(path, {}).names == ("size", "colour, of it")
    write(path, f"{sep}\nsize;colour;label", [*rows, "1;red"])
    assert check_dataset(path, "xgboost").faults == ("t.csv, line 33: 2 cells where the header has 3.",)
    with pytest.raises(parts.job.Refused, match="line 33"):
        parts.table.read_table(path, {})


def test_a_rehearsal_of_a_table_by_excel_reads_as_the_whole_does(parts, tmp_path):
    path = write(tmp_path / "t.csv", "sep=^\nsize^label", [f"{n}^{'yes' if n % 2 else 'no'}" for n in range(90)])
    cut_table(path, tmp_path / "cut.csv", Wanted("xgboost"), 20)
    assert both(parts, tmp_path / "cut.csv") == (["no", "yes"], ["no", "yes"])


def test_decimal_commas_between_semicolons_are_told(tmp_path):
    path = write(tmp_path / "t.csv", "sep=;\nsize;price", [f"{n % 9};{n},5" for n in range(40)])
    assert any("numbers with a comma, such as '0,5'" in one for one in check_dataset(path, "xgboost").faults)


# --------------------------------------------------------------------------------------------- an index of pandas


def parquet(path: Path, index: str | None = "id") -> Path:
    """A table as pandas writes it: the index behind the columns, and named in the metadata."""
    pyarrow, written = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = {"size": [n * 7 % 10 / 4 for n in range(40)], "kind": [f"k{n % 3}" for n in range(40)]}
    if index:
        columns[index] = [f"row {n % 20}" for n in range(40)]
    told = {"index_columns": [index] if index else [{"kind": "range", "name": None, "start": 0, "stop": 40, "step": 1}]}
    table = pyarrow.table(columns).replace_schema_metadata({"pandas": json.dumps(told)})
    written.write_table(table, path)
    return path


@pytest.mark.parametrize("index", ["id", "__index_level_0__", "label", None])
def test_a_named_index_is_neither_target_nor_feature_for_both(parts, tmp_path, index):
    path = parquet(tmp_path / "t.parquet", index)
    report = check_dataset(path, "xgboost")
    assert report.faults == ()
    assert list(report.classes) == ["k0", "k1", "k2"]
    table = parts.table.read_table(path, {})
    assert (table.names, table.target_name) == (("size",), "kind")


def test_an_index_that_is_asked_for_is_taken_by_both(parts, tmp_path):
    path = parquet(tmp_path / "t.parquet")
    assert "target id (20 classes)" in check_dataset(path, "xgboost", target="id").summary
    table = parts.table.read_table(path, {"target": "id"})
    assert (table.names, table.target_name) == (("size", "kind"), "id")
    assert parts.table.read_table(path, {"categorical": ["id"]}).names == ("size", "id")


def test_a_rehearsal_keeps_the_index_what_it_is(parts, tmp_path):
    cut_table(parquet(tmp_path / "t.parquet"), tmp_path / "cut.parquet", Wanted("xgboost"), 20)
    assert both(parts, tmp_path / "cut.parquet")[1] == ["k0", "k1", "k2"]


@pytest.mark.parametrize(
    "metadata", [None, {}, {b"pandas": b"["}, {b"pandas": b"[]"}, {b"pandas": b'{"index_columns": 3}'}]
)
def test_metadata_that_says_nothing_names_no_index(metadata):
    assert index_columns(["a", "b"], metadata) == []
