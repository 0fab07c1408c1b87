"""From a job's options to XGBoost's parameters, and from its metrics to ours."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
    from unitrainer_tui.frameworks.shared.options import refuse_unknown
    from unitrainer_tui.frameworks.xgboost import objectives
    from unitrainer_tui.frameworks.xgboost.names import OWN_OPTIONS, PARAMETERS, RESERVED
else:  # on the host these files stand side by side
    import objectives
    from job import Refused
    from names import OWN_OPTIONS, PARAMETERS, RESERVED
    from options import refuse_unknown

# The ranking metric looks at the first so many of a query.
NDCG = "ndcg@10"
_HIGHER_IS_BETTER = ("auc", "aucpr", "map", "ndcg", "pre", "interval-regression-accuracy")


def passed_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are XGBoost's own. Raises Refused for one that neither it nor we know."""
    refuse_unknown("XGBoost", options, {*PARAMETERS, *OWN_OPTIONS, *_installed()}, RESERVED)
    return {key: value for key, value in options.items() if key not in OWN_OPTIONS}


def _installed() -> set[str]:
    """The parameters that the installed version lists in its own configuration: newer ones than our list are there."""
    rows = xgboost.DMatrix(
        np.ones((1, 1)), np.zeros(1)
    )  # the booster does not keep it alive, and asks it for its width
    return configured(xgboost.Booster({"verbosity": 0}, [rows]))


def configured(booster: Any) -> set[str]:
    """The names of all parameters that a booster goes by."""

    def names(value: Any) -> set[str]:
        if isinstance(value, list):
            return {name for inner in value for name in names(inner)}
        if not isinstance(value, dict):
            return set()
        plain = {key for key, inner in value.items() if not isinstance(inner, (dict, list))}
        return plain.union(*(names(inner) for inner in value.values()))

    return names(json.loads(booster.save_config()))


def task_of(options: Mapping[str, Any]) -> str | None:
    """The task that the objective in the options decides. Raises Refused for a misspelled one."""
    _refuse(options, None, None)
    return objectives.task_of(options)


def objective_of(options: Mapping[str, Any], task: str, classes: int) -> str:
    """The objective said, where it can do the task, else the usual one. Raises Refused."""
    _refuse(options, task, classes)
    return objectives.objective_of(options, task, classes)


def _refuse(options: Mapping[str, Any], task: str | None, classes: int | None) -> None:
    named = objectives.said(options)
    if named is not None and (why := objectives.objection(options, task, classes)):
        raise Refused(f"options.{named[0]} {named[1]!r} {why}{'' if why.endswith('?') else '.'}")


def parameters(
    job: Mapping[str, Any], options: Mapping[str, Any], objective: str, classes: int, device: str
) -> dict[str, Any]:
    """All of XGBoost's parameters but `eval_metric`, the options over ours."""
    chosen: dict[str, Any] = {
        "booster": job["model"],
        "seed": int(job.get("seed") or 0),
        # Random choices depend on the round and not on what went before, so that a run can go on from a checkpoint.
        "seed_per_iteration": True,
        "device": device,
        "verbosity": 0,
    }
    if job["model"] == "gblinear":
        chosen["updater"] = "coord_descent"  # the default one races between threads: no two runs would be alike
    if objective.startswith("multi:"):
        chosen["num_class"] = classes
    passed = {key: value for key, value in options.items() if key != "eval_metric"}
    return {**chosen, **passed, "objective": objective}


def loss_metric(params: Mapping[str, Any], rows: Any, task: str) -> str:
    """The metric that belongs to the objective, asked of XGBoost itself. Raises Refused where it refuses an option."""
    if task == "ranking":
        return NDCG
    try:
        told = xgboost.Booster(dict(params), [rows]).eval(rows, name="rows")
    except xgboost.core.XGBoostError as problem:
        raise Refused(f"XGBoost refuses the options: {plain(problem)}.") from None
    return next(iter(_pairs(told)))[1]


def metrics_wanted(loss: str, task: str, classes: int, options: Mapping[str, Any]) -> list[str]:
    """Every metric that XGBoost is to measure, the loss first."""
    usual = {
        "classification": ["error", "auc"] if classes == 2 else ["merror"],
        "regression": ["rmse", "mae"],
        "ranking": [NDCG],
    }[task]
    said = options.get("eval_metric") or []
    return list(dict.fromkeys([loss, *usual, *([said] if isinstance(said, str) else said)]))


def told(line: str, loss: str, spread: float) -> dict[str, float]:
    """XGBoost's line about a round as our metrics: loss and val_loss, the others of the validation part.

    `spread` is the variance of the validation target, for r2. The loss of a metric that rises is what lacks to 1.
    """
    found = {(part, name): value for (part, name), value in _pairs(line).items()}
    metrics = {"loss": _as_loss(loss, found["train", loss]), "val_loss": _as_loss(loss, found["valid", loss])}
    for (part, name), value in found.items():
        if part != "valid":
            continue
        if name in ("error", "merror"):
            metrics["accuracy"] = 1 - value
        elif name == NDCG:
            metrics["ndcg"] = value
        elif name != loss or name in ("rmse", "mae"):
            metrics[name] = value
    if "rmse" in metrics and spread > 0:
        metrics["r2"] = 1 - metrics["rmse"] ** 2 / spread
    return metrics


def _as_loss(metric: str, value: float) -> float:
    if metric == "rmse":
        return value * value  # the objective's loss is the squared error, as in the other frameworks
    return 1 - value if metric.partition("@")[0] in _HIGHER_IS_BETTER else value


def _pairs(line: str) -> dict[tuple[str, str], float]:
    """`[3]<tab>train-auc:0.5<tab>valid-ndcg@10:0.7` as {("train", "auc"): 0.5, …}."""
    found = {}
    for item in line.split("\t")[1:]:
        name, _, value = item.rpartition(":")
        part, _, metric = name.partition("-")
        found[part, metric] = float(value)
    return found


def plain(problem: BaseException) -> str:
    """The sentence in an error of XGBoost: without the time, the source line and the stack."""
    text = str(problem).partition("Stack trace")[0].strip()
    text = re.sub(r"^\[[\d:]+\]\s+\S+:\d+:\s*", "", text)
    return " ".join(re.sub(r"^Check failed: [^:]*:\s*", "", text).split()).rstrip(".")
