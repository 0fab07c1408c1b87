"""From a model's name to an estimator, and the preparation of its columns."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.utils import all_estimators

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
    from unitrainer_tui.frameworks.shared.table import Table
    from unitrainer_tui.frameworks.sklearn.names import MODELS, OWN_OPTIONS
else:  # on the host these files stand side by side
    from job import Refused
    from names import MODELS, OWN_OPTIONS
    from table import Table

KINDS = ("classification", "regression")
# Above so many distinct words a column becomes ranks instead of one column a word.
MOST_ONE_HOT = 64


def _classes(task: str) -> dict[str, Any]:
    return dict(all_estimators(type_filter="classifier" if task == "classification" else "regressor"))


def task_of(model: str) -> str | None:
    """The task that the model's name decides, None where it can do both. Raises Refused for an unknown name."""
    if model in MODELS:
        able = [kind for kind, name in zip(KINDS, MODELS[model]) if name]
        return able[0] if len(able) == 1 else None
    for kind in KINDS:
        if model in _classes(kind):
            return kind
    every = [*MODELS, *_classes("classification"), *_classes("regression")]
    near = difflib.get_close_matches(model, every, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(MODELS)} or the name of an estimator."
    raise Refused(f"scikit-learn has no model {model!r}; {hint}")


def build(model: str, task: str, job: dict[str, Any]) -> Any:
    """The estimator with the job's seed, batch size and options. Raises Refused with the nearest parameter's name."""
    name = MODELS[model][KINDS.index(task)] if model in MODELS else model
    found = _classes(task).get(name or "")
    if found is None:
        raise Refused(f"The model {model!r} cannot do {task}.")
    try:
        estimator = found()
    except TypeError:
        raise Refused(f"{name} needs another estimator inside and cannot be built from a name alone.") from None
    known = estimator.get_params(deep=False)
    chosen: dict[str, Any] = {"random_state": job.get("seed", 0)} if "random_state" in known else {}
    if job.get("batch_size") and "batch_size" in known:
        chosen["batch_size"] = job["batch_size"]
    if task == "classification" and name == "SGDClassifier":
        chosen["loss"] = "log_loss"  # the default loss gives no probabilities, so no curve of the log loss
    if "early_stopping" in known:
        chosen["early_stopping"] = False  # the epochs are the job's, and so is the validation part
    for key, value in (job.get("options") or {}).items():
        if key in OWN_OPTIONS:
            continue
        if key not in known:
            near = difflib.get_close_matches(key, [*known, *OWN_OPTIONS], n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else f"; it knows: {', '.join(sorted(known))}."
            raise Refused(f"{name} has no option {key!r}{hint}")
        chosen[key] = value
    return estimator.set_params(**chosen)


def origins(prepared: Any) -> list[int]:
    """The table's column of each prepared column, of a `preparation` that was fitted."""
    found: list[int] = []
    for name, steps, columns in prepared.transformers_:
        if name == "words":
            for column, words in zip(columns, steps[-1].categories_):
                found += [column] * len(words)
        elif name != "remainder":
            found += list(columns)
    return found


def preparation(table: Table) -> Any:
    """Numbers: gaps get the median, then zero mean and unit variance. Words: one column each, or ranks if many."""
    words = table.categorical
    numbers = [column for column in range(len(table.names)) if column not in words]
    few = [column for column in words if len(table.words[column] or ()) <= MOST_ONE_HOT]
    many = [column for column in words if len(table.words[column] or ()) > MOST_ONE_HOT]
    # A column without any value in the part that trains stays (as zeros): the columns keep their places.
    gap = {"strategy": "constant", "fill_value": "(missing)", "missing_values": None, "keep_empty_features": True}
    median = SimpleImputer(strategy="median", keep_empty_features=True)
    ranks = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    parts = [
        ("numbers", make_pipeline(median, StandardScaler()), numbers),
        ("words", make_pipeline(SimpleImputer(**gap), one_hot), few),
        ("many_words", make_pipeline(SimpleImputer(**gap), ranks, StandardScaler()), many),
    ]
    return ColumnTransformer([part for part in parts if part[2]])
