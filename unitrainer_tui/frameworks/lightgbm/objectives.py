"""Which objective a job trains with, and where the one that it names does not fit. Pure functions, without
the library: the program asks the same before a machine is paid."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

# The ranking metric looks at the first so many of a query.
NDCG_AT = 10
# objective -> (its task, the metric that is its loss); the aliases of each below.
# https://lightgbm.readthedocs.io/en/stable/Parameters.html#objective
OBJECTIVES = {
    "binary": ("classification", "binary_logloss"),
    "multiclass": ("classification", "multi_logloss"),
    "multiclassova": ("classification", "multi_logloss"),
    "regression": ("regression", "l2"),
    "regression_l1": ("regression", "l1"),
    "huber": ("regression", "huber"),
    "fair": ("regression", "fair"),
    "poisson": ("regression", "poisson"),
    "quantile": ("regression", "quantile"),
    "mape": ("regression", "mape"),
    "gamma": ("regression", "gamma"),
    "tweedie": ("regression", "tweedie"),
    "cross_entropy": ("regression", "cross_entropy"),
    "cross_entropy_lambda": ("regression", "cross_entropy_lambda"),
    "lambdarank": ("ranking", f"ndcg@{NDCG_AT}"),
    "rank_xendcg": ("ranking", f"ndcg@{NDCG_AT}"),
}
_ALIASES = {
    "softmax": "multiclass",
    **dict.fromkeys(("multiclass_ova", "ova", "ovr"), "multiclassova"),
    **dict.fromkeys(("regression_l2", "l2", "mean_squared_error", "mse", "l2_root"), "regression"),
    **dict.fromkeys(("root_mean_squared_error", "rmse"), "regression"),
    **dict.fromkeys(("l1", "mean_absolute_error", "mae"), "regression_l1"),
    "mean_absolute_percentage_error": "mape",
    "xentropy": "cross_entropy",
    "xentlambda": "cross_entropy_lambda",
    **dict.fromkeys(("xendcg", "xe_ndcg", "xe_ndcg_mart", "xendcg_mart"), "rank_xendcg"),
}
KEYS = ("objective", "objective_type", "app", "application", "loss")


def said(options: Mapping[str, Any]) -> tuple[str, Any] | None:
    """(the option's name, its value) where the job names an objective."""
    return next(((key, options[key]) for key in KEYS if options.get(key) is not None), None)


def _canonical(options: Mapping[str, Any]) -> str | None:
    named = said(options)
    return None if named is None else _ALIASES.get(str(named[1]), str(named[1]))


def task_of(options: Mapping[str, Any]) -> str | None:
    """The task that the objective in the options decides; None for one that LightGBM does not have."""
    return OBJECTIVES.get(_canonical(options) or "", (None, ""))[0]


def objective_of(options: Mapping[str, Any], task: str, classes: int) -> str:
    """The objective said, by its full name, else the usual one of the task. `classes` counts those of the target."""
    several = "binary" if classes == 2 else "multiclass"
    usual = {"classification": several, "ranking": "lambdarank"}.get(task, "regression")
    return _canonical(options) or usual


def objection(options: Mapping[str, Any], task: str | None, classes: int | None) -> str | None:
    """What is wrong with the objective said, as the end of a sentence that begins with its name; None where it fits.
    `task` or `classes` None: not known yet."""
    objective = _canonical(options)
    if objective is None:
        return None
    if objective not in OBJECTIVES:
        known = [*OBJECTIVES, *_ALIASES]
        near = difflib.get_close_matches(objective, known, n=1, cutoff=0.6)
        return "is none of LightGBM's; " + (
            f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(OBJECTIVES)}"
        )
    decides = OBJECTIVES[objective][0]
    if task is not None and task != decides:
        return f"is for {decides}, and this is {task}; say another, or leave it out"
    if objective == "binary" and classes not in (None, 2):
        return f"is for two classes, and the target has {classes}; say multiclass, or leave it out"
    return None
