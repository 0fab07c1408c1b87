"""What is LightGBM's alone: its boosters, its objectives and metrics, its device."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.frameworks import tabular_case as case

lightgbm = case.imported("lightgbm")


@pytest.fixture(scope="module")
def script() -> Iterator[Any]:
    with case.script_of("lightgbm") as module:
        yield module


@pytest.fixture
def train(script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> case.Runner:
    return case.Runner(script, "lightgbm", tmp_path, monkeypatch)


def predicted(folder: Path, table: Path) -> Any:
    rows = np.loadtxt(table, delimiter=",", skiprows=1, ndmin=2)[:, :-1]
    return lightgbm.Booster(model_file=folder / "model.txt").predict(rows)


def test_a_forest_cannot_go_on_and_says_so(train, capsys, tmp_path):
    table = case.shipped(tmp_path, "diabetes")
    assert train(table, model="rf", epochs=4, output="first") == 0
    assert train(table, model="rf", epochs=8, output="second", checkpoint=tmp_path / "first") == 0
    assert "cannot go on with a random forest (rf): training starts anew" in capsys.readouterr().out
    assert [row["epoch"] for row in train.results()] == list(range(1, 9))


@pytest.mark.parametrize("model", ["dart", "goss"])
def test_models_with_chance_go_on_to_the_last_round(train, capsys, tmp_path, model):
    table = case.shipped(tmp_path, "diabetes")
    assert train(table, model=model, epochs=6, output="first") == 0
    capsys.readouterr()
    assert train(table, model=model, epochs=15, output="second", checkpoint=tmp_path / "first") == 0
    assert "after round 6 of 15" in capsys.readouterr().out
    assert [row["epoch"] for row in train.results()] == list(range(1, 16))
    assert train.results()[-1]["val_loss"] < train.results()[5]["val_loss"]
    best = train.metrics()["metrics"]["rmse"]
    assert (
        np.sqrt(np.mean((predicted(train.output, table) - np.loadtxt(table, delimiter=",", skiprows=1)[:, -1]) ** 2))
        < best
    )


def test_the_best_round_of_dart_is_kept_as_it_was(train, tmp_path):
    table = case.shipped(tmp_path, "diabetes")
    options = {"learning_rate": 0.6, "drop_rate": 0.3}
    assert train(table, model="dart", epochs=60, options=options, output="whole") == 0
    best = train.metrics()["best_epoch"]
    assert best < 60
    assert train(table, model="dart", epochs=best, options={**options, "keep": "last"}, output="cut") == 0
    assert predicted(tmp_path / "cut", table) == pytest.approx(predicted(tmp_path / "whole", table))


def test_rounds_without_a_tree_count_as_rounds(train, tmp_path):
    """Twenty rows are too few for a leaf: no tree grows, and going on still counts from where the first run stopped."""
    table = case.handful(tmp_path, "regression")
    assert train(table, epochs=5, output="first", options={"keep": "last"}) == 0
    assert train(table, epochs=9, output="second", options={"keep": "last"}, checkpoint=tmp_path / "first") == 0
    assert [row["epoch"] for row in train.results()] == list(range(1, 10))
    assert train.metrics()["best_epoch"] == 9


def test_the_best_round_is_found_where_some_rounds_had_no_tree(train, tmp_path):
    """A round is no tree: cut by its number the model would hold more than it had. So too when a run goes on."""
    table = case.shipped(tmp_path, "diabetes")
    options = {"learning_rate": 0.9, "min_gain_to_split": 30000, "bagging_fraction": 0.5, "bagging_freq": 1}
    assert train(table, epochs=60, options=options, output="whole") == 0
    best = train.metrics()["best_epoch"]
    kept, grown = (
        lightgbm.Booster(model_file=train.output / name).current_iteration() for name in ("model.txt", "checkpoint.txt")
    )
    assert kept < best
    assert kept < grown
    assert train(table, epochs=best, options={**options, "keep": "last"}, output="cut") == 0
    assert predicted(tmp_path / "cut", table) == pytest.approx(predicted(tmp_path / "whole", table))
    assert train(table, epochs=65, options=options, output="second", checkpoint=tmp_path / "whole") == 0
    assert train.metrics()["best_epoch"] == best
    assert predicted(tmp_path / "second", table) == pytest.approx(predicted(tmp_path / "whole", table))


@pytest.mark.parametrize(
    ("objective", "metric"),
    [("mae", "mae"), ("huber", "huber"), ("poisson", "poisson"), ("quantile", "quantile"), ("tweedie", "tweedie")],
)
def test_the_loss_is_the_objectives_own(train, tmp_path, objective, metric):
    assert train(case.shipped(tmp_path, "diabetes"), epochs=3, options={"objective": objective, "metric": metric}) == 0
    last = train.results()[-1]
    assert {"loss", "val_loss", "rmse", "mae", "r2"} <= set(last)
    if objective == "mae":
        assert last["val_loss"] == pytest.approx(last["mae"])
    assert last["val_loss"] != pytest.approx(last["rmse"] ** 2)


def test_an_objective_says_the_task(train, capsys, tmp_path):
    rows = [[x, x % 5] for x in range(60)]
    table = case.write_rows(tmp_path / "grades.csv", ["x", "target"], rows)
    assert train(table, epochs=2) == 0
    assert train.metrics()["task"] == "classification"
    assert train(table, epochs=2, options={"application": "l2"}) == 0
    assert train.metrics()["task"] == "regression"
    assert train(table, epochs=2, options={"objective": "binary"}) == 2
    assert "is for two classes, and the target has 5" in capsys.readouterr().err
    assert train(table, epochs=2, options={"objective": "squares"}) == 2
    assert "options.objective 'squares' is none of LightGBM's" in capsys.readouterr().err
    assert train(table, epochs=2, options={"objective": "lambdarank", "task": "regression"}) == 2
    assert "is for ranking, and this is regression" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"num_leaves": "many"}, "num_leaves"),
        ({"bagging_fraction": 3.0}, "bagging_fraction"),
        ({"early_stopping_round": 3}, "early_stopping_rounds is its name here"),
        ({"n_estimators": 3}, "training.epochs"),
        ({"num_leafs": 3}, "did you mean 'num_leaf"),
    ],
)
def test_what_lightgbm_itself_refuses_is_one_sentence(train, capfd, tmp_path, options, sentence):
    assert train(case.shipped(tmp_path, "diabetes"), epochs=2, options=options) == 2
    spoken = capfd.readouterr().err
    assert sentence in spoken
    assert [line for line in spoken.splitlines() if line.startswith("error: ")] == [spoken.splitlines()[-1]]


def test_ranking_can_be_measured_at_other_places_too(train, tmp_path):
    table = case.searches(tmp_path)
    assert train(table, epochs=3, dataset={"group": "query"}, options={"eval_at": [3, 5]}) == 0
    assert {"ndcg", "ndcg@3", "ndcg@5"} <= set(train.results()[-1])


def test_every_parameter_of_the_installed_version_is_known(script):
    """The list that checks a profile before anything is paid is the library's own."""
    names = script.parameters
    ours = {*names.PARAMETERS, *names.RESERVED, *names.OWN_OPTIONS}
    assert {"num_leaves", "lambda_l1", "sub_row", "n_estimators"} <= ours
    assert names._installed() >= names.PARAMETERS
    # What the list leaves out is for LightGBM's own command line.
    left_out = names._installed() - ours
    assert not {
        name for name in left_out if name.startswith(("bagging", "feature_", "lambda", "min_", "max_", "num_l"))
    }


def test_the_device_is_what_a_tiny_training_runs_on(script, capfd):
    choose = script.device.choose
    assert choose(0, lambda device: True) == ("cpu", None)
    assert choose(1, lambda device: True) == ("cuda", None)
    assert choose(1, lambda device: device == "gpu") == ("gpu", None)
    device, line = choose(2, lambda device: True)
    assert device == "cuda"
    assert "one GPU" in line
    device, line = choose(1)  # this machine has none
    assert device == "cpu"
    assert "training on the CPU" in line
    assert capfd.readouterr().err == ""
