"""Fitting, told epoch by epoch where a model has epochs.

Three ways: `partial_fit` (one pass over the data an epoch), `warm_start` (trees spread over the epochs), one fit.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, mean_squared_error, r2_score
from sklearn.utils.validation import has_fit_parameter

# The training loss is measured on at most so many rows, so that measuring never costs more than learning.
MOST_MEASURED = 20_000
DEFAULT_TREES = 100


@dataclass(frozen=True)
class Split:
    """Prepared data: features (rows, columns), targets (rows,), weights (rows,) or None."""

    train_x: Any
    train_y: Any
    train_w: Any | None
    valid_x: Any
    valid_y: Any


@dataclass(frozen=True)
class Epoch:
    """The state after one epoch. `model` predicts in the target's own units.

    It is a copy of its own with `snapshot`, else the one model that goes on growing. `growing` is what further epochs
    go on from; `scale` is middle and spread of the target that it is taught, None where that is the target itself.
    """

    epoch: int
    metrics: dict[str, float]
    model: Any = field(repr=False)
    growing: Any = field(repr=False)
    scale: tuple[float, float] | None = None
    snapshot: bool = False


@dataclass(frozen=True)
class Earlier:
    """What an earlier run left to go on from: its growing model, the epochs that it had, its scale."""

    model: Any
    done: int
    scale: tuple[float, float] | None


def way(model: Any) -> str:
    """How the model learns: "passes" over the data, "stages" of more trees, or "once"."""
    if _staged_parameter(model) is not None:
        return "stages"
    # Naive Bayes has partial_fit too, and counts: a second pass teaches it nothing.
    passes = hasattr(model, "partial_fit") and "max_iter" in model.get_params(deep=False)
    return "passes" if passes else "once"


def epochs_of(model: Any, epochs: int, trees: int | None) -> int:
    """How many epochs there are in all: no more than trees, and one for a model that is fitted once."""
    return {"passes": epochs, "stages": min(epochs, _trees(model, trees)), "once": 1}[way(model)]


def first_epoch(model: Any, earlier: Any, epochs: int, trees: int | None) -> int | None:
    """The first epoch that is left to do after what `earlier`, a model that learns in stages, has; None for none."""
    parameter = _staged_parameter(model)
    total, has = _trees(model, trees), int(earlier.get_params()[parameter])
    return next((epoch for epoch in range(1, epochs + 1) if _trees_at(epoch, epochs, total) > has), None)


def fit(
    model: Any, task: str, data: Split, epochs: int, trees: int | None, seed: int, earlier: Earlier | None = None
) -> Iterator[Epoch]:
    """Yields an Epoch after each. `epochs` is what `epochs_of` says, `trees` how many trees there are at the end.

    With `earlier` it goes on from there; its model takes the parameters of `model`.
    """
    if earlier is not None:
        parameter = _staged_parameter(model)
        wanted = {key: value for key, value in model.get_params(deep=False).items() if key != parameter}
        total = _trees(model, trees)
        model = earlier.model.set_params(**wanted)
        trees = total if parameter else None
    if way(model) == "stages":
        yield from _in_stages(model, task, data, epochs, trees, earlier.done + 1 if earlier else 1)
    elif way(model) == "passes":
        yield from _in_passes(model, task, data, epochs, seed, earlier)
    else:
        _call(model.fit, model, data.train_x, data.train_y, data.train_w)
        yield Epoch(1, measure(model, task, data), model, model)


def _staged_parameter(model: Any) -> str | None:
    """`max_iter` of histogram boosting or `n_estimators` of the other ensembles, where they can grow further."""
    known = model.get_params(deep=False)
    if "warm_start" not in known:
        return None
    if "n_estimators" in known:
        return "n_estimators"
    return "max_iter" if type(model).__name__.startswith("HistGradientBoosting") else None


def _trees(model: Any, trees: int | None) -> int:
    return trees or int(model.get_params().get(_staged_parameter(model) or "") or DEFAULT_TREES)


def _trees_at(epoch: int, epochs: int, total: int) -> int:
    return math.ceil(total * epoch / epochs)


def _in_stages(model: Any, task: str, data: Split, epochs: int, trees: int | None, first: int) -> Iterator[Epoch]:
    parameter, total = _staged_parameter(model), _trees(model, trees)
    model.set_params(warm_start=True)
    for epoch in range(first, epochs + 1):
        model.set_params(**{str(parameter): _trees_at(epoch, epochs, total)})
        _call(model.fit, model, data.train_x, data.train_y, data.train_w)
        # No snapshot: a copy of a growing forest at every stage would cost more than the stage.
        yield Epoch(epoch, measure(model, task, data), model, model)


def _in_passes(model: Any, task: str, data: Split, epochs: int, seed: int, earlier: Earlier | None) -> Iterator[Epoch]:
    order = np.random.default_rng(seed)
    rows = len(data.train_y)
    scale: tuple[float, float] | None = None
    extra: dict[str, Any] = {}
    target = data.train_y
    if task == "classification":
        extra = {"classes": np.unique(np.concatenate([data.train_y, data.valid_y]))}
    else:
        # Gradient steps need a target near one; the scale is folded back into the last layer, so nothing is lost.
        scale = float(np.mean(data.train_y)), float(np.std(data.train_y)) or 1.0
        if earlier is not None and earlier.scale is not None:
            scale = earlier.scale
        target = (data.train_y - scale[0]) / scale[1]
    done = earlier.done if earlier else 0
    for _ in range(done):
        order.permutation(rows)  # the order of the rows goes on where the earlier run was
    batch = model.get_params(deep=False).get("batch_size")
    if isinstance(batch, int) and batch > rows:
        model.set_params(batch_size=rows)  # else it warns at every epoch that it does so
    for epoch in range(done + 1, epochs + 1):
        turn = order.permutation(rows)
        weights = None if data.train_w is None else data.train_w[turn]
        _call(model.partial_fit, model, data.train_x[turn], target[turn], weights, **extra)
        told = copy.deepcopy(model)
        # What only further training would need (Adam's moments) is two thirds of a perceptron's file.
        vars(told).pop("_optimizer", None)
        if scale is not None:
            _in_own_units(told, *scale)
        yield Epoch(epoch, measure(told, task, data), told, model, scale, snapshot=True)


def _in_own_units(model: Any, middle: float, spread: float) -> None:
    """Turns a regressor of (y - middle) / spread into one of y. Its last step is linear, so this is exact."""
    if hasattr(model, "coefs_"):
        model.coefs_[-1] = model.coefs_[-1] * spread
        model.intercepts_[-1] = model.intercepts_[-1] * spread + middle
    else:
        model.coef_ = model.coef_ * spread
        model.intercept_ = model.intercept_ * spread + middle


def _call(method: Any, model: Any, features: Any, target: Any, weights: Any | None, **extra: Any) -> None:
    if weights is not None and has_fit_parameter(type(model), "sample_weight"):
        extra["sample_weight"] = weights
    method(features, target, **extra)


def measure(model: Any, task: str, data: Split) -> dict[str, float]:
    """loss (train), val_loss, and accuracy or r2 and mae (validation).

    The loss is the log loss, the share of wrong answers where a model has no probabilities, or the squared error.
    """
    part = slice(0, MOST_MEASURED)
    told = {
        "loss": loss_of(model, task, data.train_x[part], data.train_y[part]),
        "val_loss": loss_of(model, task, data.valid_x, data.valid_y),
    }
    guessed = model.predict(data.valid_x)
    if task == "classification":
        told["accuracy"] = float(accuracy_score(data.valid_y, guessed))
    else:
        told["mae"] = float(mean_absolute_error(data.valid_y, guessed))
        if len(data.valid_y) > 1:
            told["r2"] = float(r2_score(data.valid_y, guessed))
    return told


def loss_of(model: Any, task: str, features: Any, target: Any) -> float:
    if task == "regression":
        return float(mean_squared_error(target, model.predict(features)))
    if hasattr(model, "predict_proba"):
        # A class that only the validation part holds is one that the model cannot know.
        known = np.isin(target, model.classes_)
        if known.all():
            return float(log_loss(target, model.predict_proba(features), labels=model.classes_))
    return float(1 - accuracy_score(target, model.predict(features)))
