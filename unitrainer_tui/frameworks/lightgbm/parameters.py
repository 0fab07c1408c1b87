"""From a job's options to LightGBM's parameters, and from its metrics to ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import lightgbm

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.lightgbm import objectives
    from unitrainer_tui.frameworks.lightgbm.names import OWN_OPTIONS, PARAMETERS, RESERVED
    from unitrainer_tui.frameworks.shared.job import Refused
    from unitrainer_tui.frameworks.shared.options import refuse_unknown
else:  # on the host these files stand side by side
    import objectives
    from job import Refused
    from names import OWN_OPTIONS, PARAMETERS, RESERVED
    from options import refuse_unknown

# So few columns are faster a row at a time (LightGBM's own advice). Left to itself it lets the clock choose.
FEW_COLUMNS = 64
_HIGHER_IS_BETTER = ("auc", "ndcg", "map", "average_precision", "auc_mu", "r2")

_METRIC_KEYS = ("metric", "metrics", "metric_types")
_EVAL_AT_KEYS = ("eval_at", "ndcg_at", "ndcg_eval_at", "map_at", "map_eval_at")


def passed_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are LightGBM's own. Raises Refused for one that neither it nor we know."""
    refuse_unknown("LightGBM", options, {*PARAMETERS, *OWN_OPTIONS, *_installed()}, RESERVED)
    return {key: value for key, value in options.items() if key not in OWN_OPTIONS}


def _installed() -> set[str]:
    """The parameters of the installed version with their aliases, as it lists them: newer ones too."""
    try:
        told = lightgbm.basic._ConfigAliases._get_all_param_aliases()
    except AttributeError:  # no public interface: it may go
        return set()
    return {name for names in told.values() for name in names}


def _said(options: Mapping[str, Any], keys: Iterable[str]) -> Any:
    return next((options[key] for key in keys if key in options), None)


def task_of(options: Mapping[str, Any]) -> str | None:
    """The task that the objective in the options decides. Raises Refused for an unknown one."""
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


def loss_metric(objective: str) -> str:
    return objectives.OBJECTIVES[objective][1]


def parameters(
    job: Mapping[str, Any], options: Mapping[str, Any], objective: str, classes: int, columns: int, device: str
) -> dict[str, Any]:
    """All of LightGBM's parameters, the options over ours."""
    seed = int(job.get("seed") or 0)
    loss = loss_metric(objective)
    task = objectives.OBJECTIVES[objective][0]
    chosen: dict[str, Any] = {
        "boosting": "gbdt" if job["model"] == "goss" else job["model"],
        "objective": objective,
        "seed": seed,
        "data_random_seed": seed,
        "deterministic": True,
        "verbosity": -1,
        "device_type": device,
    }
    if device == "cpu" and not {"force_row_wise", "force_col_wise"} & set(options):
        chosen["force_row_wise" if columns <= FEW_COLUMNS else "force_col_wise"] = True
    if job["model"] == "goss":
        chosen["data_sample_strategy"] = "goss"
    if job["model"] == "rf" and not {"bagging_freq", "subsample_freq"} & set(options):
        chosen["bagging_freq"] = 1  # a forest without samples of rows would be one tree many times
        if not {"bagging_fraction", "sub_row", "subsample", "bagging"} & set(options):
            chosen["bagging_fraction"] = 0.7
    if objective.startswith("multiclass"):
        chosen["num_class"] = classes
    usual = {
        "classification": ["binary_error", "auc"] if classes == 2 else ["multi_error"],
        "regression": ["l2", "l1"],
        "ranking": ["ndcg"],
    }[task]
    said = _said(options, _METRIC_KEYS)
    more = [] if said is None else [name.strip() for name in said.split(",")] if isinstance(said, str) else list(said)
    chosen["metric"] = list(dict.fromkeys([loss.partition("@")[0], *usual, *more]))
    if task == "ranking":
        at = _said(options, _EVAL_AT_KEYS)
        chosen["eval_at"] = sorted({objectives.NDCG_AT, *(at if isinstance(at, (list, tuple)) else [at] if at else [])})
    ours = {*objectives.KEYS, *_METRIC_KEYS, *_EVAL_AT_KEYS}
    return {**chosen, **{key: value for key, value in options.items() if key not in ours}}


def told(results: Iterable[Sequence[Any]], loss: str, spread: float) -> dict[str, float]:
    """What LightGBM measured after a round as our metrics: loss and val_loss, the others of the validation part.

    `results` are (part, metric, value, …). `spread` is the variance of the validation target, for r2. The loss of a
    metric that rises is what lacks to 1.
    """
    found = {(item[0], item[1]): float(item[2]) for item in results}
    metrics = {"loss": _as_loss(loss, found["train", loss]), "val_loss": _as_loss(loss, found["valid", loss])}
    for (part, name), value in found.items():
        if part != "valid":
            continue
        if name in ("binary_error", "multi_error"):
            metrics["accuracy"] = 1 - value
        elif name == f"ndcg@{objectives.NDCG_AT}":
            metrics["ndcg"] = value
        elif name == "l2":
            metrics["rmse"] = value**0.5
            if spread > 0:
                metrics["r2"] = 1 - value / spread
        elif name == "l1":
            metrics["mae"] = value
        elif name != loss:
            metrics[name] = value
    return metrics


def _as_loss(metric: str, value: float) -> float:
    return 1 - value if metric.partition("@")[0] in _HIGHER_IS_BETTER else value
