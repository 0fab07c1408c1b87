"""What a profile for tables can be told before anything is paid: models, options and columns that do not fit."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from unitrainer_tui.config.profile import Profile, flavor_gpus
from unitrainer_tui.errors import ProfileProblem
from unitrainer_tui.frameworks.lightgbm import names as lightgbm_names
from unitrainer_tui.frameworks.lightgbm import objectives as lightgbm_objectives
from unitrainer_tui.frameworks.shared.rules import wrong_option
from unitrainer_tui.frameworks.sklearn import names as sklearn_names
from unitrainer_tui.frameworks.xgboost import names as xgboost_names
from unitrainer_tui.frameworks.xgboost import objectives as xgboost_objectives

PARQUET_SUFFIXES = (".parquet", ".pq")
PARQUET_REQUIREMENT = "pyarrow>=14"

# An estimator of scikit-learn by its own name, such as RandomForestClassifier: looked up on the host.
_CLASS_NAME = re.compile(r"[A-Z][A-Za-z0-9]{2,60}\Z")
# So alike, an unknown option is a slip of the pen. A less alike one may be of a newer version: the host knows.
_SLIP = 0.85


@dataclass(frozen=True)
class Names:
    """What a framework's names.py holds. Without `options` nothing is known of them here (an estimator has its own)."""

    models: Collection[str]
    tasks: tuple[str, ...]
    own_options: tuple[str, ...]
    options: Collection[str] = ()
    reserved: Mapping[str, str] = field(default_factory=dict)


NAMES = {
    "sklearn": Names(sklearn_names.MODELS, sklearn_names.TASKS, sklearn_names.OWN_OPTIONS),
    "xgboost": Names(
        xgboost_names.MODELS,
        xgboost_names.TASKS,
        xgboost_names.OWN_OPTIONS,
        xgboost_names.PARAMETERS,
        xgboost_names.RESERVED,
    ),
    "lightgbm": Names(
        lightgbm_names.MODELS,
        lightgbm_names.TASKS,
        lightgbm_names.OWN_OPTIONS,
        lightgbm_names.PARAMETERS,
        lightgbm_names.RESERVED,
    ),
}

_OBJECTIVES = {"xgboost": xgboost_objectives, "lightgbm": lightgbm_objectives}
# What an estimator of scikit-learn is for, where the end of its own name tells.
_CLASS_TASKS = {"Classifier": "classification", "ClassifierCV": "classification", "Regressor": "regression"}


def decided_task(profile: Profile) -> tuple[str, str] | None:
    """(the task, the key and value that decide it) where the profile decides what the target is taken for, as the
    training script has it: `options.task`, else the objective, else the model."""
    training = profile.training
    if isinstance(said := training.options.get("task"), str):
        return said, _key("training.options.task", said)
    if training.framework in _OBJECTIVES and (found := _OBJECTIVES[training.framework].said(training.options)):
        task = _OBJECTIVES[training.framework].task_of(training.options)
        return None if task is None else (task, _key(f"training.options.{found[0]}", found[1]))
    if training.framework == "sklearn" and (task := _task_of_model(training.model)):
        return task, _key("training.model", training.model)
    return None


def _task_of_model(model: str | None) -> str | None:
    able = [
        task for task, name in zip(sklearn_names.TASKS, sklearn_names.MODELS.get(model or "", ()), strict=False) if name
    ]
    if able:
        return able[0] if len(able) == 1 else None
    return next((task for end, task in _CLASS_TASKS.items() if (model or "").endswith(end)), None)


def objection(profile: Profile, task: str | None, classes: int | None) -> str | None:
    """Why the profile's objective does not fit the `task` and the number of `classes` of the target (None: not known
    yet), with its key; None where it does, or none is said."""
    rules = _OBJECTIVES.get(profile.training.framework)
    named = rules.said(profile.training.options) if rules is not None else None
    if rules is None or named is None:
        return None
    why = rules.objection(profile.training.options, task, classes)
    return None if why is None else f"{_key(f'training.options.{named[0]}', named[1])} {why}"


def objective_of(profile: Profile, task: str, classes: int) -> str | None:
    """The objective that the training script will take; None where the framework has none."""
    rules = _OBJECTIVES.get(profile.training.framework)
    return None if rules is None else rules.objective_of(profile.training.options, task, classes)


def _key(key: str, value: object) -> str:
    return f"{key} = {json.dumps(value, ensure_ascii=False, default=str)}"


def check(profile: Profile, title: str) -> None:
    """Raises ProfileProblem for a model, an option or a task that the framework does not have, and for ranking without
    queries. What only the installed library can tell is left to the host."""
    names = NAMES[profile.training.framework]
    _check_model(profile.training.model, names, title)
    options, group = profile.training.options, profile.dataset.group
    task = options.get("task")
    if task == "ranking" or group:
        if "ranking" not in names.tasks:
            where = "dataset.group" if group else "training.options.task"
            raise _problem(where, f"{title} has no model that ranks", "Use xgboost or lightgbm.")
        if not group:
            what = "is missing: ranking needs the column that names the query of each row"
            raise _problem("dataset.group", what, "Name that column.")
        if task not in (None, "ranking"):
            raise _problem("dataset.group", f"belongs to ranking, and the task is {task}", "Leave out one of the two.")
    elif task is not None and task not in names.tasks:
        raise _problem("training.options.task", f"{task!r} is not one of {', '.join(names.tasks)}", "Use one of them.")
    for key in options:
        _check_option(key, names, title)
    _check_task(profile)
    if wrong := wrong_option(options, names.tasks):
        raise _problem(f"training.options.{wrong[0]}", wrong[1], "Say another value, or leave it out.")


def _check_task(profile: Profile) -> None:
    """What the objective or the model says against the task, before any data is read."""
    training, group = profile.training, profile.dataset.group
    task = "ranking" if group else training.options.get("task")
    rules = _OBJECTIVES.get(training.framework)
    if rules is not None and (named := rules.said(training.options)) is not None:
        if why := rules.objection(training.options, task, None):
            where = f"training.options.{named[0]}"
            raise ProfileProblem(f"{_key(where, named[1])} {why}{'' if why.endswith('?') else '.'}", "", [(where, why)])
    able = _task_of_model(training.model) if training.framework == "sklearn" else None
    if able is not None and task is not None and task != able:
        what = f"{training.model} is for {able}, and training.options.task says {task}"
        raise _problem("training.model", what, "Say another model, or leave out the task.")


def _check_model(model: str | None, names: Names, title: str) -> None:
    if model is None or model in names.models or (not names.options and _CLASS_NAME.match(model)):
        return
    near = difflib.get_close_matches(model, names.models, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"Use one of {', '.join(names.models)}."
    raise _problem("training.model", f"{title} has no model {model!r}", hint)


def _check_option(key: str, names: Names, title: str) -> None:
    where = f"training.options.{key}"
    if key in names.reserved:
        raise _problem(where, "is not taken here", f"Leave it out: {names.reserved[key]}.")
    if not names.options or key in names.options or key in names.own_options:
        return
    near = difflib.get_close_matches(key, [*names.options, *names.own_options], n=1, cutoff=_SLIP)
    if near:
        raise _problem(where, f"{title} has no such option", f"Did you mean {near[0]!r}?")


def _problem(where: str, what: str, hint: str) -> ProfileProblem:
    return ProfileProblem(f"{where}: {what}.", hint, [(where, what)])


def requirements(profile: Profile, usual: tuple[str, ...]) -> tuple[str, ...]:
    """What to install: `usual`, pyarrow where the dataset is Parquet (a run on a CSV does not wait for it), and for a
    job without a GPU the build of XGBoost without CUDA, a few megabytes instead of some hundred."""
    found = usual
    if profile.training.framework == "xgboost" and _without_gpu(profile):
        found = tuple(re.sub(r"^xgboost\b", "xgboost-cpu", line) for line in usual)
    return (*found, PARQUET_REQUIREMENT) if has_parquet(profile) else found


def _without_gpu(profile: Profile) -> bool:
    """The job is not to use a GPU, or no machine that may be rented has one."""
    flavors = profile.cloud.flavors if profile.cloud.provider != "host" else []
    return profile.training.gpus == 0 or (bool(flavors) and all(flavor_gpus(flavor) == 0 for flavor in flavors))


def has_parquet(profile: Profile) -> bool:
    """The dataset of a framework for tables is a Parquet file, or a folder with one."""
    path = profile.dataset.path
    if path is None or profile.training.framework not in (*NAMES, "pytorch"):
        return False
    if path.is_dir() and profile.training.framework == "pytorch":
        # Its folders may hold a million pictures; its table lies at the top.
        return any(found.suffix.lower() in PARQUET_SUFFIXES for found in path.iterdir())
    if path.is_dir():
        return any(found.suffix.lower() in PARQUET_SUFFIXES for found in path.rglob("*"))
    return path.suffix.lower() in PARQUET_SUFFIXES
