"""Which objective a job trains with, and where the one that it names does not fit. Pure functions, without
the library: the program asks the same before a machine is paid."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

# https://xgboost.readthedocs.io/en/stable/parameter.html#learning-task-parameters
OBJECTIVES = (
    *("reg:squarederror", "reg:squaredlogerror", "reg:logistic", "reg:pseudohubererror", "reg:absoluteerror"),
    *("reg:quantileerror", "reg:gamma", "reg:tweedie", "reg:linear", "reg:expectileerror"),
    *("binary:logistic", "binary:logitraw", "binary:hinge", "multi:softmax", "multi:softprob"),
    *("count:poisson", "survival:cox", "survival:aft", "rank:ndcg", "rank:map", "rank:pairwise"),
)
_PREFIXES = {"classification": ("binary:", "multi:"), "ranking": ("rank:",)}
# So alike, an unknown name is a slip of the pen. A less alike one may be of a newer version.
_SLIP = 0.85


def said(options: Mapping[str, Any]) -> tuple[str, Any] | None:
    """(the option's name, its value) where the job names an objective."""
    return ("objective", options["objective"]) if options.get("objective") is not None else None


def task_of(options: Mapping[str, Any]) -> str | None:
    """The task that the objective in the options decides."""
    named = said(options)
    if named is None:
        return None
    for task, prefixes in _PREFIXES.items():
        if str(named[1]).startswith(prefixes):
            return task
    return "regression"


def objective_of(options: Mapping[str, Any], task: str, classes: int) -> str:
    """The objective said, else the usual one of the task. `classes` counts those of the target, 0 for none."""
    named = said(options)
    if named is not None:
        return str(named[1])
    several = "binary:logistic" if classes == 2 else "multi:softprob"
    return {"classification": several, "ranking": "rank:ndcg"}.get(task, "reg:squarederror")


def objection(options: Mapping[str, Any], task: str | None, classes: int | None) -> str | None:
    """What is wrong with the objective said, as the end of a sentence that begins with its name; None where it fits.
    `task` or `classes` None: not known yet."""
    named = said(options)
    if named is None:
        return None
    objective, decides = str(named[1]), task_of(options)
    if objective not in OBJECTIVES and (near := difflib.get_close_matches(objective, OBJECTIVES, n=1, cutoff=_SLIP)):
        return f"is none of XGBoost's; did you mean {near[0]!r}?"
    if objective == "survival:aft":
        return "needs two targets, a lower and an upper bound; a table has one"
    if task is not None and task != decides:
        return f"is for {decides}, and this is {task}; say another, or leave it out"
    if objective.startswith("binary:") and classes not in (None, 2):
        return f"is for two classes, and the target has {classes}; say multi:softprob, or leave it out"
    return None
