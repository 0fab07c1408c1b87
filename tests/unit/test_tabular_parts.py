"""The decisions that the table scripts share, as pure functions: columns, target, split, course, checkpoint."""

from __future__ import annotations

import importlib
import itertools
import json
import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frameworks.tabular_case import imported, script_of
from unitrainer_tui.datasets.tabular import default_target

np = pytest.importorskip("numpy")

MODULES = ("checkpoint", "columns", "course", "job", "split", "table", "tabular", "target")


@pytest.fixture(scope="module")
def parts() -> Iterator[Any]:
    imported("xgboost")
    with script_of("xgboost"):
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})


@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=8),
    share=st.floats(0.05, 0.95),
    seed=st.integers(0, 5),
)
def test_a_split_is_a_partition_that_keeps_each_class(parts, counts, share, seed):
    classes = np.repeat(np.arange(len(counts)), counts)
    if len(classes) < 5:
        return
    train, valid = parts.split.split_rows(len(classes), share, seed, classes)
    assert sorted([*train, *valid]) == list(range(len(classes)))
    assert len(valid) >= 1
    wanted = min(max(round(len(classes) * share), 1), len(classes) - 1)
    assert len(valid) == wanted
    if wanted <= len(classes) - len(counts):
        assert set(classes[train]) == set(range(len(counts)))
        floors = {k: math.floor(n * share) for k, n in enumerate(counts)}
        for k, n in enumerate(counts):
            held = int((classes[valid] == k).sum())
            assert held >= min(floors[k], n - 1)


@given(sizes=st.lists(st.integers(1, 9), min_size=2, max_size=12), share=st.floats(0.05, 0.95), seed=st.integers(0, 5))
def test_a_query_is_never_cut(parts, sizes, share, seed):
    groups = np.array([f"q{k}" for k, size in enumerate(sizes) for _ in range(size)])
    mixed = np.random.default_rng(seed).permutation(groups)
    train, valid = parts.split.split_groups(mixed, share, seed)
    assert sorted([*train, *valid]) == list(range(len(mixed)))
    assert not set(mixed[train]) & set(mixed[valid])
    for part in (train, valid):
        names = list(mixed[part])
        assert len(names) >= 1
        changes = 1 + sum(one != other for one, other in itertools.pairwise(names))
        assert changes == len(set(names))


def test_the_split_is_the_seeds(parts):
    same = [parts.split.split_rows(100, 0.2, 7)[1].tolist() for _ in range(2)]
    assert same[0] == same[1]
    assert parts.split.split_rows(100, 0.2, 8)[1].tolist() != same[0]


def test_one_query_cannot_be_split_and_four_rows_neither(parts):
    with pytest.raises(parts.job.Refused) as problem:
        parts.split.split_groups(np.array(["a"] * 9), 0.2, 0)
    assert "two queries" in str(problem.value)
    with pytest.raises(parts.job.Refused):
        parts.split.split_rows(4, 0.2, 0)


@pytest.mark.parametrize(
    ("words", "said", "task", "values"),
    [
        (["a", "b", "a"], None, "classification", ["a", "b", "a"]),
        (["1", "2.0", "1"], None, "classification", [1, 2, 1]),
        (["1.5", "2", "3"], None, "regression", [1.5, 2.0, 3.0]),
        ([str(n) for n in range(21)], None, "regression", list(range(21))),
        (["1", "2", "3"], "regression", "regression", [1.0, 2.0, 3.0]),
        (["0", "3", "31"], "ranking", "ranking", [0.0, 3.0, 31.0]),
    ],
)
def test_what_the_target_asks_for(parts, words, said, task, values):
    found, array = parts.target.target_values(words, said)
    assert found == task
    assert array.tolist() == values


@pytest.mark.parametrize(
    ("words", "task", "sentence"),
    [
        (["1", "inf", "2"], "regression", "'inf' is none"),
        (["1", "x"], "regression", "'x' is none"),
        (["0", "32"], "ranking", "'32' is none"),
        (["0", "0.5"], "ranking", "'0.5' is none"),
        (["a", "a"], None, "one value only"),
    ],
)
def test_a_target_that_does_not_hold_is_named(parts, words, task, sentence):
    with pytest.raises(parts.job.Refused) as problem:
        parts.target.target_values(words, task)
    assert sentence in str(problem.value)


def test_the_role_of_each_column(parts):
    chosen = parts.columns.choose_columns("t.csv", ["a", "Label", "w", "q", "b"], {"weight": "w", "group": "q"})
    assert (chosen.features, chosen.target, chosen.weight, chosen.group) == (["a", "b"], "Label", "w", "q")
    with pytest.raises(parts.job.Refused) as problem:
        parts.columns.choose_columns("t.csv", ["amount", "label"], {"categorical": ["amuont"]})
    assert "did you mean 'amount'?" in str(problem.value)


@pytest.mark.parametrize(
    ("header", "target"),
    [(["a", "b", ""], "b"), (["a", "b", "__index_level_0__"], "b"), (["", "a", "b"], "b"), (["a", "Target"], "Target")],
)
def test_the_default_target_is_the_one_that_the_check_took(parts, header, target):
    assert parts.columns.choose_columns("t.csv", header, {}).target == default_target(header) == target


def test_what_is_named_like_a_table_and_is_none_is_passed_over(parts, tmp_path: Path):
    for name in ("rows.csv", "._rows.csv", "~$rows.csv", "__MACOSX/rows.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a,label\n1,2\n")
    assert parts.table.find_table(tmp_path, None) == tmp_path / "rows.csv"


def test_a_dictionary_of_numbers_is_its_numbers(parts, tmp_path: Path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    kinds = pyarrow.array([5, 7, None, 5]).dictionary_encode()
    words = pyarrow.array(["b", "a", None, "b"]).dictionary_encode()
    columns = {"kind": kinds, "word": words, "label": ["x", "y", "x", "y"]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "rows.parquet")
    read = parts.table.read_table(tmp_path / "rows.parquet", {})
    assert read.values[:2, 0].tolist() == [5.0, 7.0] and math.isnan(read.values[2, 0])
    assert read.words == (None, ("a", "b"))


def test_codes_follow_the_alphabet_and_not_the_rows(parts, tmp_path: Path):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text("word,label\nb,1\na,2\n,3\nb,4\nc,5\n")
    other.write_text("word,label\nc,5\nb,4\n?,3\na,2\nb,1\n")
    first, second = (parts.table.read_table(path, {}) for path in (one, other))
    assert first.words == second.words == (("a", "b", "c"),)
    assert first.values[:, 0].tolist()[:2] == [1.0, 0.0]
    assert second.values[::-1, 0].tolist()[:2] == [1.0, 0.0]
    assert math.isnan(first.values[2, 0])
    assert parts.table.raw_features(first)[:, 0].tolist() == ["b", "a", None, "b", "c"]
    earlier = parts.table.recoded(first, {"word": ["z", "b", "a"]})
    assert earlier.values[:2, 0].tolist() == [1.0, 2.0]
    assert math.isnan(earlier.values[4, 0])  # a word that the earlier run did not know
    assert earlier.categories == {"word": ["z", "b", "a"]}


def test_names_that_a_model_file_can_hold(parts):
    assert parts.tabular.model_names(["a b", "a_b", "", "x[1]", "größe"]) == [
        "a_b",
        "a_b_1",
        "column_2",
        "x_1_",
        "größe",
    ]


def run_of(parts, capsys, losses, **given):
    now = iter(n / 100 for n in range(10_000))
    made = parts.course.Course(clock=lambda: next(now), **given)
    for loss in losses:
        if made.over:
            break
        made.round(made.done + 1, {"loss": 1.0, "val_loss": loss})
    lines = capsys.readouterr().out.splitlines()
    return made, [json.loads(line)["data"]["epoch"] for line in lines if line]


def test_few_rounds_are_all_told_and_the_best_is_the_first_of_the_lowest(parts, capsys):
    made, epochs = run_of(parts, capsys, [3, 1, 2, 1, 5], total=5)
    assert epochs == [1, 2, 3, 4, 5]
    assert made.best == 2
    assert made.over
    assert not made.ran_out


def test_many_rounds_are_told_ten_times_a_second_and_at_the_end(parts, capsys):
    """The clock goes on by a hundredth of a second a round."""
    made, epochs = run_of(parts, capsys, [1.0] * 300, total=300)
    assert epochs[0] == 1
    assert epochs[-1] == 300
    assert 25 <= len(epochs) <= 35
    assert len(made.history) == 300


def test_patience_ends_the_course_and_the_last_round_is_told(parts, capsys):
    made, epochs = run_of(parts, capsys, [5, 4, 4.5, 4.6, 4.7, 0], total=1000, patience=3)
    assert (made.done, made.best) == (5, 2)
    assert made.ran_out
    assert epochs[-1] == 5


def test_a_loss_that_is_no_number_is_never_the_best_of_several(parts, capsys):
    made, _ = run_of(parts, capsys, [math.nan, 3, math.nan, 2, math.inf], total=5)
    assert made.best == 4
    assert run_of(parts, capsys, [math.nan, math.nan], total=2)[0].best == 1


def test_an_earlier_history_goes_on(parts, capsys):
    history = [{"epoch": 1, "seconds": 4.0, "val_loss": 2.0}, {"epoch": 2, "seconds": 8.0, "val_loss": 3.0}]
    made, epochs = run_of(parts, capsys, [2.5, 1.5], total=4, history=history)
    assert epochs == [3, 4]
    assert [row["epoch"] for row in made.history] == [1, 2, 3, 4]
    assert made.history[2]["seconds"] > 8.0
    assert made.best == 4


def test_saving_never_takes_more_than_a_twentieth_of_the_time(parts):
    now = 0.0
    cadence = parts.checkpoint.Cadence(60.0, clock=lambda: now)

    def slow() -> None:
        nonlocal now
        now += 10

    now = 59.0
    assert not cadence.due()
    now = 60.0
    assert cadence.due()
    cadence.save(slow)
    now += 199
    assert not cadence.due()
    now += 1
    assert cadence.due()


def test_a_checkpoint_is_found_whole_or_not_at_all(parts, tmp_path: Path, capsys):
    rows = [{"epoch": 1, "val_loss": math.nan}]
    parts.checkpoint.save(
        tmp_path, {"model.bin": lambda path: path.write_bytes(b"abc")}, {"model": "m", "history": rows}
    )
    found = parts.checkpoint.find(tmp_path)
    assert found["model"] == "m"
    assert math.isnan(found["history"][0]["val_loss"])
    (tmp_path / "model.bin").write_bytes(b"abd")
    assert parts.checkpoint.find(tmp_path) is None
    (tmp_path / "checkpoint.json").write_text("[1]")
    assert parts.checkpoint.find(tmp_path) is None
    assert capsys.readouterr().out.count("is not whole") == 2
    (tmp_path / "checkpoint.json").unlink()
    assert parts.checkpoint.find(tmp_path) is None
    assert "left no checkpoint" in capsys.readouterr().out
    assert parts.checkpoint.find(None) is None
    assert capsys.readouterr().out == ""


def test_a_file_that_a_checkpoint_names_lies_beside_it(parts, tmp_path: Path):
    """checkpoint.json came from another machine: a path in it leads nowhere else."""
    (tmp_path / "run").mkdir()
    (tmp_path / "secret").write_bytes(b"x")
    told = {"files": {"../secret": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}}
    (tmp_path / "run/checkpoint.json").write_text(json.dumps(told))
    assert parts.checkpoint.find(tmp_path / "run") is None


def test_changed_rows_are_told_and_another_job_is_refused(parts, capsys):
    was = {"framework": "f", "model": "m", "rows": 10, "seed": 1}
    parts.checkpoint.check_fits(was, {**was})
    assert capsys.readouterr().out == ""
    parts.checkpoint.check_fits(was, {**was, "rows": 12})
    assert "table's rows changed" in capsys.readouterr().out
    with pytest.raises(parts.job.Refused) as problem:
        parts.checkpoint.check_fits(was, {**was, "model": "n"})
    assert 'its model is "m" and this job\'s is "n"' in str(problem.value)
