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
    if (time.monotonic() - began) * columns * TIMES > MOST_SECONDS:
        print("feature_importances.csv is left out: shuffling every column would take too long.", flush=True)
        return {}
    chance = np.random.default_rng(seed)
    places = np.asarray(origins)
    rises = []
    for column in range(columns):
        losses = []
        for _ in range(TIMES):
            shuffled = x.copy()
            mine = np.flatnonzero(places == column)
            shuffled[:, mine] = shuffled[chance.permutation(len(x))][:, mine]
            losses.append(loss_of(model, task, shuffled, y))
        rises.append(float(np.mean(losses)) - usual)
    return {"permutation": rises}


def _summed(values: Any, origins: Sequence[int], columns: int) -> list[float]:
    return [float(value) for value in np.bincount(np.asarray(origins), np.asarray(values, dtype=float), columns)]
