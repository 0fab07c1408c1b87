"""What XGBoost and LightGBM have in common: both scripts train for real, and what they leave is loaded and predicts."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.frameworks import tabular_case as case

lightgbm = case.imported("lightgbm")
xgboost = case.imported("xgboost")

SUFFIX = {"xgboost": "ubj", "lightgbm": "txt"}
DEFAULT = {"xgboost": "gbtree", "lightgbm": "gbdt"}


@pytest.fixture(scope="module", params=["xgboost", "lightgbm"])
def script(request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    with case.script_of(request.param) as module:
        yield request.param, module


@pytest.fixture
def train(script: tuple[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> case.Runner:
    return case.Runner(script[1], script[0], tmp_path, monkeypatch)


def predicted(train: case.Runner, rows: list[dict[str, Any]], output: Path | None = None) -> Any:
    """Raw rows, coded by what metrics.json says, through the model file."""
    folder = output or train.output
    metrics = json.loads((folder / "metrics.json").read_text())

    def coded(name: str, value: Any) -> float:
        words = metrics["categories"].get(name)
        if words is None:
            return float("nan") if value is None else float(value)
        return float(words.index(value)) if value in words else float("nan")

    table = np.array([[coded(name, row.get(name)) for name in metrics["features"]] for row in rows])
    if train.framework == "lightgbm":
        return lightgbm.Booster(model_file=folder / "model.txt").predict(table)
    model = xgboost.Booster(model_file=folder / "model.ubj")
    matrix = xgboost.DMatrix(
        table, feature_names=model.feature_names, feature_types=model.feature_types, enable_categorical=True
    )
    return model.predict(matrix)


def test_classes_are_learned_and_the_model_predicts_their_names(train, capsys, tmp_path):
    table = case.shipped(tmp_path, "iris")
    assert train(table, epochs=30) == 0
    epochs = case.told(capsys)
    assert [(one["epoch"], one["total_epochs"]) for one in epochs] == [(n, 30) for n in range(1, 31)]
    assert epochs[-1]["metrics"]["loss"] < 0.3 * epochs[0]["metrics"]["loss"]
    assert max(one["metrics"]["accuracy"] for one in epochs) > 0.9
    metrics = train.metrics()
    assert metrics["task"] == "classification"
    assert metrics["classes"] == ["setosa", "versicolor", "virginica"]
    assert metrics["model_check"]["loaded"] is True
    flower = dict(zip(metrics["features"], [5.0, 3.4, 1.5, 0.2], strict=True))
    assert metrics["classes"][int(predicted(train, [flower])[0].argmax())] == "setosa"
    assert max(train.importances(), key=lambda name: train.importances()[name]).startswith("petal")


def test_two_classes_have_the_area_under_the_curve(train, capsys, tmp_path):
    assert train(case.shipped(tmp_path, "breast_cancer"), epochs=40) == 0
    last = case.told(capsys)[-1]["metrics"]
    assert set(last) == {"loss", "val_loss", "accuracy", "auc"}
    assert last["auc"] > 0.97
    assert last["accuracy"] > 0.93


def test_a_number_is_learned_and_its_loss_is_the_squared_error(train, capsys, tmp_path):
    assert train(case.shipped(tmp_path, "diabetes"), epochs=60, options={"learning_rate": 0.05, "max_depth": 3}) == 0
    metrics = train.metrics()
    assert metrics["task"] == "regression"
    best = metrics["metrics"]
    assert set(best) == {"loss", "val_loss", "rmse", "mae", "r2"}
    assert best["val_loss"] == pytest.approx(best["rmse"] ** 2)
    assert best["r2"] > 0.3
    assert metrics["best_epoch"] == min(train.results(), key=lambda row: row["val_loss"])["epoch"]


def test_a_ranking_puts_the_best_documents_first(train, capsys, tmp_path):
    assert train(case.searches(tmp_path), epochs=40, dataset={"group": "query", "target": "grade"}) == 0
    assert "40 queries. Ranking." in capsys.readouterr().out
    metrics = train.metrics()
    assert metrics["task"] == "ranking"
    assert metrics["group"] == "query"
    assert "query" not in metrics["features"]
    assert metrics["metrics"]["ndcg"] > 0.9
    assert metrics["metrics"]["val_loss"] == pytest.approx(1 - metrics["metrics"]["ndcg"])
    best, worst = predicted(
        train, [{"near": 0.95, "fresh": 0.9, "noise": 0.5}, {"near": 0.05, "fresh": 0.1, "noise": 0.5}]
    )
    assert best > worst


def test_words_gaps_and_weights(train, capsys, tmp_path):
    assert train(case.flowers(tmp_path), epochs=30, dataset={"weight": "weight"}) == 0
    assert "196 rows (4 without a target left out), 2 columns, target 'label', 2 classes" in capsys.readouterr().out
    metrics = train.metrics()
    assert metrics["features"] == ["length", "colour"]
    assert metrics["categories"] == {"colour": ["pink", "red", "white"]}
    assert metrics["classes"] == ["lily", "rose"]
    rows = [
        {"length": 3.0, "colour": "red"},
        {"length": 6.1, "colour": "white"},
        {"length": None, "colour": "red"},
        {"length": 3.0, "colour": "never seen"},
        {"length": None, "colour": None},
    ]
    rose, lily, by_colour, unseen, unknown = predicted(train, rows)
    assert rose > 0.8
    assert by_colour > 0.5
    assert lily < 0.2
    assert 0 < unseen < 1
    assert 0 < unknown < 1


def test_weights_matter(train, tmp_path):
    """The same rows twice with opposite targets: the weights alone decide."""
    for yes, no, lowest, highest in ((9, 1, 0.7, 1.0), (1, 9, 0.0, 0.3)):
        rows = [[x / 10, weight, target] for x in range(40) for weight, target in ((yes, "yes"), (no, "no"))]
        table = case.write_rows(tmp_path / "opposed.csv", ["x", "w", "target"], rows)
        assert train(table, epochs=20, dataset={"weight": "w"}, options={"keep": "last"}) == 0
        assert lowest < predicted(train, [{"x": 2.0}])[0] < highest


def test_a_column_of_numbers_can_be_one_of_names(train, tmp_path):
    """Even postcodes are good: no order of the numbers tells that, the names do."""
    rows = [[code, "good" if code % 2 == 0 else "bad"] for code in range(10, 30) for _ in range(20)]
    table = case.write_rows(tmp_path / "places.csv", ["postcode", "target"], rows)
    options = {"max_depth": 3} if train.framework == "xgboost" else {"min_data_per_group": 1, "cat_smooth": 0.0}
    assert train(table, epochs=10, options=options, dataset={"categorical": ["postcode"]}) == 0
    metrics = train.metrics()
    assert metrics["categorical"] == ["postcode"]
    assert metrics["metrics"]["accuracy"] == 1.0
    bad, good = predicted(train, [{"postcode": "13"}, {"postcode": "14"}])
    assert bad < 0.5 < good


def test_training_stops_where_the_validation_does_not_get_better(train, capsys, tmp_path):
    options = {"early_stopping_rounds": 5, "learning_rate": 0.5}
    assert train(case.shipped(tmp_path, "diabetes"), epochs=500, options=options) == 0
    rounds = train.results()
    metrics = train.metrics()
    assert len(rounds) < 500
    assert metrics["epochs"] == len(rounds) == metrics["best_epoch"] + 5
    assert metrics["stopped_early"] is True
    assert case.told(capsys)[-1]["epoch"] == len(rounds)
    assert metrics["metrics"]["val_loss"] == pytest.approx(min(row["val_loss"] for row in rounds))


def test_the_best_round_is_kept_unless_the_last_is_asked_for(train, tmp_path):
    table = case.shipped(tmp_path, "diabetes")
    row = [dict.fromkeys(["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"], 0.03)]
    assert train(table, epochs=60, options={"learning_rate": 0.5}, output="best") == 0
    best = train.metrics()
    assert best["best_epoch"] < 60
    value = predicted(train, row)
    assert train(table, epochs=best["best_epoch"], options={"learning_rate": 0.5, "keep": "last"}, output="cut") == 0
    assert predicted(train, row) == pytest.approx(value)
    assert train(table, epochs=60, options={"learning_rate": 0.5, "keep": "last"}, output="last") == 0
    assert train.metrics()["best_epoch"] == 60
    assert predicted(train, row) != pytest.approx(value)


def test_a_parquet_file_gives_the_same_model_as_its_csv(train, tmp_path):
    pytest.importorskip("pyarrow")
    import pyarrow.csv
    import pyarrow.parquet

    table = case.flowers(tmp_path)
    read = pyarrow.csv.read_csv(table, convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=False))
    pyarrow.parquet.write_table(read, tmp_path / "flowers.parquet")
    rows = [{"length": 3.0, "colour": "red"}, {"length": None, "colour": "white"}]
    values = []
    for name in ("flowers.csv", "flowers.parquet"):
        assert train(tmp_path, epochs=12, dataset={"weight": "weight", "file": name}, output=f"of {name}") == 0
        values.append(predicted(train, rows))
    assert values[0] == pytest.approx(values[1])
    first, second = (
        json.loads((tmp_path / f"of {name}" / "metrics.json").read_text())
        for name in ("flowers.csv", "flowers.parquet")
    )
    assert first["categories"] == second["categories"]
    assert first["metrics"] == second["metrics"]


def test_going_on_from_a_checkpoint_equals_training_in_one_go(train, capsys, tmp_path):
    table = case.shipped(tmp_path, "diabetes")
    rows = [dict.fromkeys(["age", "bmi", "bp", "s5"], value) for value in (-0.04, 0.0, 0.05)]
    options = {"keep": "last", "learning_rate": 0.1}
    assert train(table, epochs=30, options=options, output="whole") == 0
    whole, value = train.results(), predicted(train, rows)
    assert train(table, epochs=12, options=options, output="first") == 0
    capsys.readouterr()
    assert train(table, epochs=30, options=options, output="second", checkpoint=tmp_path / "first") == 0
    out = capsys.readouterr().out
    assert "Going on from the checkpoint after round 12 of 30." in out
    assert [one["after"] for one in case.records(out, "start")] == [12]
    assert case.records(out)[0]["epoch"] == 13
    assert predicted(train, rows) == pytest.approx(value, rel=1e-6)
    joined = train.results()
    assert [row["epoch"] for row in joined] == list(range(1, 31))
    for one, other in zip(whole, joined, strict=True):
        assert one["val_loss"] == pytest.approx(other["val_loss"], rel=1e-5)
    seconds = [row["seconds"] for row in joined]
    assert seconds == sorted(seconds)


def test_the_codes_of_words_stay_when_a_run_goes_on(train, tmp_path):
    """The second table knows one colour more at the front of the alphabet: the earlier codes must not move."""
    table = case.flowers(tmp_path)
    assert train(table, epochs=10, output="first") == 0
    lines = table.read_text().splitlines()
    table.write_text("\n".join([lines[0], "3.1,amber,1,rose", *lines[1:]]) + "\n")
    assert train(table, epochs=20, output="second", checkpoint=tmp_path / "first") == 0
    assert train.metrics()["categories"] == {"colour": ["pink", "red", "white"]}
    assert train.metrics()["epochs"] == 20
    assert predicted(train, [{"length": None, "colour": "red"}, {"length": None, "colour": "white"}])[0] > 0.5


def test_a_checkpoint_with_nothing_left_is_told_and_training_starts_anew(train, capsys, tmp_path):
    table = case.shipped(tmp_path, "iris")
    assert train(table, epochs=5, output="first") == 0
    assert train(table, epochs=5, output="second", checkpoint=tmp_path / "first") == 0
    assert "The checkpoint has 5 rounds of 5 already: training starts anew." in capsys.readouterr().out
    assert len(train.results()) == 5


def test_a_checkpoint_that_ran_out_of_patience_is_not_gone_on_with(train, capsys, tmp_path):
    table = case.shipped(tmp_path, "diabetes")
    options = {"early_stopping_rounds": 3, "learning_rate": 0.5}
    assert train(table, epochs=300, options=options, output="first") == 0
    length = len(train.results())
    assert train(table, epochs=300, options=options, output="second", checkpoint=tmp_path / "first") == 0
    assert "has run out of patience: training starts anew" in capsys.readouterr().out
    assert len(train.results()) == length


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"dataset": {"target": "s6"}}, "its target is"),
        ({"model": "dart"}, "its model is"),
        ({"options": {"objective": "poisson"}}, "its objective is"),
    ],
)
def test_a_checkpoint_of_another_job_is_refused_before_training(train, capsys, tmp_path, change, sentence):
    if train.framework == "xgboost" and "options" in change:
        change = {"options": {"objective": "count:poisson"}}
    table = case.shipped(tmp_path, "diabetes")
    assert train(table, epochs=5, output="first") == 0
    capsys.readouterr()
    assert train(table, epochs=9, output="second", checkpoint=tmp_path / "first", **change) == 2
    spoken = capsys.readouterr()
    assert sentence in spoken.err
    assert "options.resume = false starts anew" in spoken.err
    assert not (train.output / f"model.{SUFFIX[train.framework]}").exists()
    options = {**change.get("options", {}), "resume": False}
    again = {**change, "options": options}
    assert train(table, epochs=9, output="second", checkpoint=tmp_path / "first", **again) == 0


def test_a_checkpoint_that_is_not_whole_is_left_aside(train, capsys, tmp_path):
    table = case.shipped(tmp_path, "iris")
    assert train(table, epochs=5, output="first") == 0
    model = tmp_path / "first" / f"checkpoint.{SUFFIX[train.framework]}"
    model.write_bytes(model.read_bytes()[:-40])
    assert train(table, epochs=8, output="second", checkpoint=tmp_path / "first") == 0
    assert "is not whole: training starts anew" in capsys.readouterr().out
    assert len(train.results()) == 8


def test_what_was_learned_is_saved_on_the_way(train, script, monkeypatch, tmp_path):
    """Killed without a warning after some rounds: model and checkpoint are there, whole, and a second run goes on."""
    monkeypatch.setattr(script[1], "SAVE_EVERY", 0.0)
    monkeypatch.setattr(script[1].checkpoint.Cadence, "due", lambda self: True)

    class Killed(BaseException):
        pass

    rounds = script[1].Course.round

    def until_four(self: Any, number: int, metrics: Any) -> bool:
        if number == 5:
            raise Killed
        return bool(rounds(self, number, metrics))

    monkeypatch.setattr(script[1].Course, "round", until_four)
    table = case.shipped(tmp_path, "iris")
    with pytest.raises(Killed):
        train(table, epochs=20, output="first")
    monkeypatch.undo()
    told = json.loads((tmp_path / "first/checkpoint.json").read_text())
    assert told["rounds"] == 4
    again = case.Runner(script[1], script[0], tmp_path, monkeypatch)
    assert again(table, epochs=6, output="second", checkpoint=tmp_path / "first") == 0
    assert len(again.results()) == 6


@pytest.mark.parametrize("task", ["many", "two", "regression", "ranking"])
def test_a_smoke_run_of_twenty_rows_holds_for_every_model(train, script, capfd, tmp_path, task):
    import unitrainer_tui.frameworks.tabular_profile as profile

    table = case.handful(tmp_path, task)
    dataset = {"group": "query"} if task == "ranking" else {}
    for model in profile.NAMES[script[0]].models:
        if model == "gblinear":
            continue  # it takes no words, and says so
        assert train(table, model=model, epochs=2, smoke=True, dataset=dataset, batch_size=64) == 0
        assert [row["epoch"] for row in train.results()] == [1, 2]
        assert train.metrics()["model_check"]["loaded"]
    spoken = capfd.readouterr()
    assert spoken.err == ""
    assert "warning" not in spoken.out.lower()


def test_odd_column_names_are_no_hindrance(train, tmp_path):
    rows = [[x, 40 - x, x % 7, x > 20] for x in range(40)]
    table = case.write_rows(tmp_path / "odd.csv", ['a "b"', "[a, b]", "größe <m>", "target"], rows)
    assert train(table, epochs=3) == 0
    assert train.metrics()["features"] == ['a "b"', "[a, b]", "größe <m>"]
    assert set(train.importances()) == {'a "b"', "[a, b]", "größe <m>"}


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        ({"model": "gbtee"}, "has no model 'gbtee'"),
        ({"options": {"learning_rat": 1}}, "did you mean 'learning_rate'?"),
        ({"options": {"seed": 1}}, "training.seed says it"),
        ({"options": {"task": "guessing"}}, "must be classification or regression or ranking"),
        ({"options": {"task": "ranking"}}, "Ranking needs dataset.group"),
        ({"options": {"keep": "all"}}, "must be best or last"),
        ({"options": {"early_stopping_rounds": 0}}, "whole number from 1 up"),
        ({"dataset": {"target": "kind"}}, "has no column 'kind' (dataset.target = \"kind\")"),
        ({"dataset": {"group": "colour"}}, "Ranking needs grades"),
        ({"dataset": {"group": "colour"}, "options": {"task": "regression"}}, "dataset.group belongs to ranking"),
        ({"dataset": {"weight": "colour"}}, "is not a number from 0 up"),
        ({"dataset": {"weight": "label"}}, "cannot be two of target, weight and group"),
        ({"options": {"task": "regression"}}, "Regression needs a target of numbers"),
        ({"options": {"learning_rate": "fast"}}, "refuses"),
    ],
)
def test_what_cannot_be_done_is_said_early_in_one_sentence(train, capsys, tmp_path, job, sentence):
    assert train(case.flowers(tmp_path), **job) == 2
    spoken = capsys.readouterr().err
    assert sentence in spoken
    assert spoken.count("\n") == 1
    assert not (train.output / f"model.{SUFFIX[train.framework]}").exists()


def test_an_interrupt_while_the_table_is_read_is_no_traceback(train, script, capsys, monkeypatch, tmp_path):
    def interrupted(*given: Any, **named: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(script[1], "prepare", interrupted)
    assert train(case.flowers(tmp_path)) == 130
    assert "Interrupted before anything was learned." in capsys.readouterr().out


def test_the_same_seed_gives_the_same_figures_and_another_others(train, capsys, tmp_path):
    table = case.shipped(tmp_path, "breast_cancer")
    sampled = {"subsample": 0.6} if train.framework == "xgboost" else {"bagging_fraction": 0.6, "bagging_freq": 1}
    runs = []
    for seed in (3, 3, 4):
        assert train(table, epochs=8, seed=seed, options=sampled) == 0
        runs.append(case.told(capsys))
    assert runs[0] == runs[1] != runs[2]


def test_the_environment_holds_what_it_takes_to_train_again(train, tmp_path):
    assert train(case.flowers(tmp_path), epochs=2) == 0
    environment = json.loads((train.output / "environment.json").read_text())
    assert environment["seed"] == 3
    assert environment["device"] == "cpu"
    assert {"numpy"} < set(environment["versions"])
    assert any(name.startswith(train.framework) for name in environment["versions"])
    assert len(environment["packages"]) > len(environment["versions"])


def test_thousands_of_fast_rounds_are_not_all_told_but_all_kept(train, capsys, tmp_path):
    assert train(case.handful(tmp_path, "regression"), epochs=1500) == 0
    epochs = [one["epoch"] for one in case.told(capsys)]
    assert epochs[0] == 1
    assert epochs[-1] == 1500
    assert len(epochs) < 800
    assert len(train.results()) == 1500


def test_the_folder_runs_by_itself_on_any_machine_and_an_interrupt_saves(script, tmp_path):
    """Copied away, with the paths in job.json and nothing of the program importable."""
    framework = script[0]
    shutil.copytree(case.FRAMEWORKS / framework, tmp_path / "job", ignore=shutil.ignore_patterns("__pycache__"))
    job = {"epochs": 1_000_000, "dataset_path": str(case.DIGITS), "output_path": str(tmp_path / "out")}
    (tmp_path / "job/job.json").write_text(json.dumps({**job, "dataset": {"target": "digit"}}))
    command = [sys.executable, "train.py"]
    with subprocess.Popen(
        command, cwd=tmp_path / "job", env=case.host_environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        seen = 0
        for line in process.stdout:
            seen += line.startswith("{")
            if seen == 3:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
        assert process.wait(timeout=60) == 130
    assert "saving what was learned" in rest
    metrics = json.loads((tmp_path / "out/metrics.json").read_text())
    rounds = metrics["epochs"]
    assert 1 <= metrics["best_epoch"] <= rounds
    assert len((tmp_path / "out/results.csv").read_text().splitlines()) == rounds + 1
    assert (tmp_path / "out" / f"model.{SUFFIX[framework]}").stat().st_size > 0
    assert json.loads((tmp_path / "out/checkpoint.json").read_text())["rounds"] == rounds
