"""How much each column of the table matters to a fitted model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.sklearn.fitting import Split, loss_of
else:  # on the host these files stand side by side
    from fitting import Split, loss_of

# Columns are shuffled only where all of them take no longer than this (seconds), on so many rows, so many times.
MOST_SECONDS = 20.0
MOST_ROWS = 2000
TIMES = 3


def importances(
    model: Any, task: str, data: Split, origins: Sequence[int], columns: int, seed: int, *, patient: bool
) -> dict[str, list[float]]:
    """kind -> a value a column. `origins` is the column of each prepared column; what a column became is added up.

    The model's own importances, else the sizes of its coefficients (the mean over the classes), else by how much the
    validation loss rises when a column is shuffled: only where that is quick, and `patient`. Empty where there is none.
    """
    if hasattr(model, "feature_importances_"):
        return {"importance": _summed(model.feature_importances_, origins, columns)}
    coefficients = getattr(model, "coef_", None)
    if coefficients is not None and np.shape(coefficients)[-1:] == (len(origins),):
        return {"coefficient": _summed(np.abs(np.atleast_2d(coefficients)).mean(axis=0), origins, columns)}
    if not patient:
        return {}
    began = time.monotonic()
    x, y = data.valid_x[:MOST_ROWS], data.valid_y[:MOST_ROWS]
    usual = loss_of(model, task, x, y)
    chance = np.random.default_rng(seed)
    places, often = np.asarray(origins), np.tile(y, TIMES)
    rises = []
    for column in range(columns):
        shuffled = np.tile(x, (TIMES, 1))  # one call for all: many models take longer to be called than to predict
        mine = np.flatnonzero(places == column)
        order = np.concatenate([chance.permutation(len(x)) for _ in range(TIMES)])
        shuffled[:, mine] = x[order][:, mine]
        rises.append(loss_of(model, task, shuffled, often) - usual)
        if time.monotonic() - began > MOST_SECONDS:
            print("feature_importances.csv is left out: shuffling every column would take too long.", flush=True)
            return {}
    return {"permutation": rises}


def _summed(values: Any, origins: Sequence[int], columns: int) -> list[float]:
    return [float(value) for value in np.bincount(np.asarray(origins), np.asarray(values, dtype=float), columns)]
