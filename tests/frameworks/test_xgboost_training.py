"""What is XGBoost's alone: its boosters, its objectives and metrics, its device."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.frameworks import tabular_case as case

xgboost = case.imported("xgboost")


@pytest.fixture(scope="module")
def script() -> Iterator[Any]:
    with case.script_of("xgboost") as module:
        yield module


@pytest.fixture
def train(script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> case.Runner:
    return case.Runner(script, "xgboost", tmp_path, monkeypatch)


def predicted(folder: Path, table: Path) -> Any:
    """The model's answers to the rows of a table of numbers."""
    rows = np.loadtxt(table, delimiter=",", skiprows=1, ndmin=2)[:, :-1]
    model = xgboost.Booster(model_file=folder / "model.ubj")
    return model.predict(xgboost.DMatrix(rows, feature_names=model.feature_names, feature_types=model.feature_types))


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("dart", {"rate_drop": 0.3, "skip_drop": 0.2}),
        ("gblinear", {"learning_rate": 0.1}),
        ("gbtree", {"num_parallel_tree": 3}),
        ("gbtree", {"grow_policy": "lossguide", "max_leaves": 8}),
    ],
)
def test_every_booster_goes_on_as_if_it_had_never_stopped(train, tmp_path, model, options):
    table = case.shipped(tmp_path, "diabetes")
    assert train(table, model=model, epochs=16, options=options, output="whole") == 0
    assert train(table, model=model, epochs=7, options=options, output="first") == 0
    assert train(table, model=model, epochs=16, options=options, output="second", checkpoint=tmp_path / "first") == 0
    assert predicted(tmp_path / "second", table) == pytest.approx(predicted(tmp_path / "whole", table), rel=1e-5)


@pytest.mark.parametrize(("model", "options"), [("dart", {"rate_drop": 0.1}), ("gblinear", {})])
def test_the_best_round_of_a_booster_that_changes_its_past_is_kept_as_it_was(train, tmp_path, model, options):
    table = case.shipped(tmp_path, "diabetes")
    options = {"learning_rate": 0.6, **options}
    assert train(table, model=model, epochs=40, options=options, output="whole") == 0
    best = train.metrics()["best_epoch"]
    if model == "dart":
        assert best < 40
    assert train(table, model=model, epochs=best, options={**options, "keep": "last"}, output="cut") == 0
    assert predicted(tmp_path / "cut", table) == pytest.approx(predicted(tmp_path / "whole", table), rel=1e-5)


def test_the_best_round_of_an_earlier_run_stays_the_best(train, tmp_path):
    """After round 20 nothing gets better: what goes on from there keeps the model of the first run."""
    table = case.shipped(tmp_path, "diabetes")
    options = {"learning_rate": 0.6, "rate_drop": 0.1}
    assert train(table, model="dart", epochs=25, options=options, output="first") == 0
    best = train.metrics()["best_epoch"]
    assert best < 15
    assert train(table, model="dart", epochs=30, options=options, output="second", checkpoint=tmp_path / "first") == 0
    assert train.metrics()["best_epoch"] == best
    assert predicted(tmp_path / "second", table) == pytest.approx(predicted(tmp_path / "first", table), rel=1e-5)


def test_gblinear_refuses_words_and_tells_coefficients(train, capsys, tmp_path):
    assert train(case.flowers(tmp_path), model="gblinear", epochs=3) == 2
    assert "the column 'colour' holds words" in capsys.readouterr().err
    assert train(case.shipped(tmp_path, "iris"), model="gblinear", epochs=10) == 0
    assert all(value >= 0 for value in train.importances().values())
    assert "coefficient" in (train.output / "feature_importances.csv").read_text()


@pytest.mark.parametrize(
    ("options", "metric"),
    [
        ({"objective": "reg:absoluteerror"}, "mae"),
        ({"objective": "reg:pseudohubererror"}, "mphe"),
        ({"objective": "reg:quantileerror", "quantile_alpha": 0.5}, "quantile"),
        ({"objective": "reg:gamma"}, "gamma-deviance"),
        ({"objective": "reg:tweedie", "tweedie_variance_power": 1.4}, "tweedie-nloglik@1.4"),
        ({"objective": "count:poisson"}, "poisson-nloglik"),
    ],
)
def test_the_loss_is_the_objectives_own(train, tmp_path, options, metric):
    options = {**options, "eval_metric": [metric]}
    assert train(case.shipped(tmp_path, "diabetes"), epochs=3, options=options) == 0
    model = xgboost.Booster(model_file=train.output / "model.ubj")
    assert json.loads(model.save_config())["learner"]["objective"]["name"] == options["objective"]
    last = train.results()[-1]
    assert last["val_loss"] == pytest.approx(last.get(metric, last["val_loss"]))
    rows = np.loadtxt(tmp_path / "diabetes.csv", delimiter=",", skiprows=1)
    model.set_param({"eval_metric": metric, "quantile_alpha": options.get("quantile_alpha", 0.5)})
    everything = xgboost.DMatrix(
        rows[:, :-1], rows[:, -1], feature_names=model.feature_names, feature_types=model.feature_types
    )
    measured = float(model.eval(everything).split(":")[-1])
    # Train and validation together are all rows: the mean of both losses, weighed by rows (88 of 442 validate).
    assert measured == pytest.approx((last["loss"] * 354 + last["val_loss"] * 88) / 442, rel=2e-2)


def test_an_objective_says_the_task(train, capsys, tmp_path):
    rows = [[x, x % 5] for x in range(60)]
    table = case.write_rows(tmp_path / "grades.csv", ["x", "target"], rows)
    assert train(table, epochs=2) == 0
    assert train.metrics()["task"] == "classification"
    assert train(table, epochs=2, options={"objective": "reg:squarederror"}) == 0
    assert train.metrics()["task"] == "regression"
    assert train(table, epochs=2, options={"objective": "multi:softmax"}) == 0
    assert train.metrics()["objective"] == "multi:softmax"
    assert train(table, epochs=2, options={"objective": "binary:logistic"}) == 2
    assert "is for two classes, and the target has 5" in capsys.readouterr().err
    assert train(table, epochs=2, options={"objective": "rank:ndcg", "task": "regression"}) == 2
    assert "is for ranking, and this is regression" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"max_depth": "deep"}, "max_depth"),
        ({"eval_metric": "acuracy"}, "Unknown metric function acuracy"),
        ({"objective": "reg:squarederr"}, "is none of XGBoost's; did you mean 'reg:squarederror'?"),
        ({"objective": "reg:no-such-thing"}, "Unknown objective function: `reg:no-such-thing`"),
        ({"subsample": 3}, "subsample"),
        ({"objective": "reg:logistic"}, "must be in (0,1) for the logistic loss"),
    ],
)
def test_what_xgboost_itself_refuses_is_one_sentence(train, capsys, tmp_path, options, sentence):
    assert train(case.shipped(tmp_path, "diabetes"), epochs=2, options=options) == 2
    spoken = capsys.readouterr().err
    assert sentence in spoken
    assert "Stack" not in spoken
    assert spoken.count("\n") == 1


def test_an_option_without_effect_is_told(train, capsys, tmp_path):
    assert train(case.shipped(tmp_path, "iris"), epochs=2, options={"rate_drop": 0.1, "max_depth": 2}) == 0
    spoken = capsys.readouterr().out
    assert "options.rate_drop has no effect with these options." in spoken
    assert "options.max_depth" not in spoken


def test_weights_of_a_ranking_weigh_queries(train, tmp_path):
    rows = [[x / 12, f"q{q}", 1 + q, x % 4] for q in range(10) for x in range(12)]
    table = case.write_rows(tmp_path / "weighed.csv", ["x", "q", "w", "grade"], rows)
    assert train(table, epochs=3, dataset={"group": "q", "weight": "w"}) == 0
    assert train.metrics()["features"] == ["x"]


def test_a_gpu_needs_a_build_a_driver_and_a_job_that_wants_it(script):
    choose = script.device.choose
    cuda, none = (lambda: {"USE_CUDA": True}), (lambda: {"USE_CUDA": False})
    assert choose(0, cuda, lambda: True) == ("cpu", None)
    assert choose(1, cuda, lambda: True) == ("cuda", None)
    device, line = choose(4, cuda, lambda: True)
    assert device == "cuda"
    assert "one GPU" in line
    assert choose(1, none, lambda: True) == ("cpu", "This build of XGBoost has no CUDA: training on the CPU.")
    assert choose(1, cuda, lambda: False)[0] == "cpu"
    assert script.device.cuda_works() is False  # this machine has none


def test_a_job_that_wants_a_gpu_trains_without_one_and_says_so(train, capsys, tmp_path):
    assert train(case.shipped(tmp_path, "iris"), epochs=2, gpus=2) == 0
    assert "training on the CPU." in capsys.readouterr().out
    assert train.metrics()["device"] == "cpu"
