"""Trains XGBoost on one table. Reads job.json beside it (or $UNITRAINER_JOB) and runs on any machine:

    UNITRAINER_DATASET=table.csv UNITRAINER_OUTPUT=out python train.py

Without these variables the job's `dataset_path` and `output_path` say the same. A boosting round is an epoch. It prints
JSON lines and leaves model.ubj (the best round's), results.csv, metrics.json, feature_importances.csv,
environment.json, and checkpoint.ubj with checkpoint.json for a run that goes on. Exit codes: 0 done, 2 the job or the
table does not hold, 130 interrupted (what was learned is saved).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared import boosting, checkpoint
    from unitrainer_tui.frameworks.shared.course import Course
    from unitrainer_tui.frameworks.shared.importance import write_importances
    from unitrainer_tui.frameworks.shared.job import Refused, checkpoint_of, dataset_of, output_of, read_job
    from unitrainer_tui.frameworks.shared.options import own_options
    from unitrainer_tui.frameworks.shared.report import Interrupts, checked
    from unitrainer_tui.frameworks.shared.tabular import Part, Prepared, prepare
    from unitrainer_tui.frameworks.xgboost import device, parameters
    from unitrainer_tui.frameworks.xgboost.names import DEFAULT_MODEL, MODELS, TASKS
else:  # on the host these files stand side by side
    import boosting
    import checkpoint
    import device
    import parameters
    from course import Course
    from importance import write_importances
    from job import Refused, checkpoint_of, dataset_of, output_of, read_job
    from names import DEFAULT_MODEL, MODELS, TASKS
    from options import own_options
    from report import Interrupts, checked
    from tabular import Part, Prepared, prepare

# What a long training has learned is saved on the way, at most so often (seconds).
SAVE_EVERY = 60.0
PACKAGES = ("xgboost", "xgboost-cpu", "numpy", "scipy", "pyarrow")


def main() -> int:
    try:
        job = read_job(Path(__file__).parent)
        return train(job, dataset_of(job), output_of(job))
    except Refused as problem:
        print(f"error: {problem}", file=sys.stderr, flush=True)
        return 2
    except KeyboardInterrupt:
        print("Interrupted before anything was learned.", flush=True)
        return 130


def train(job: dict[str, Any], dataset: Path, output: Path) -> int:
    """The whole job. Returns the exit code; raises Refused before any training."""
    job = {**job, "model": job.get("model") or DEFAULT_MODEL}
    options = job.get("options") or {}
    if job["model"] not in MODELS:
        raise Refused(f"XGBoost has no model {job['model']!r}; use one of {', '.join(MODELS)}.")
    own = own_options(options, TASKS)
    passed = parameters.passed_options(options)
    earlier = checkpoint.find(checkpoint_of(job)) if own.resume and not job.get("smoke") else None
    categories = earlier.get("categories") if earlier else None
    data = prepare(job, dataset, own.task or parameters.task_of(passed), np.float32, categories)
    if job["model"] == "gblinear" and data.categorical:
        word = data.about["categorical"][0]
        raise Refused(f"gblinear takes numbers only, and the column {word!r} holds words; use the model gbtree.")
    classes = len(data.classes or ())
    objective = parameters.objective_of(passed, data.task, classes)
    about = {"framework": "xgboost", "model": job["model"], "objective": objective, **data.about}
    course, going_on = boosting.course_of(job, own, about, earlier)
    if not going_on:
        earlier = None
    where = boosting.one_device(int(job.get("gpus") or 0), device.choose)
    params = parameters.parameters(job, passed, objective, classes, where)
    training = Training(data, params, passed, course, checkpoint_of(job) if earlier else None)

    interrupts = Interrupts(raises=False)
    cadence = checkpoint.Cadence(SAVE_EVERY)
    while not course.over and not interrupts.seen:
        training.round()
        if cadence.due():
            cadence.save(lambda: training.save(output, boosting.kept_round(course, own), about))
    course.tell_last()
    code = 130 if interrupts.seen else 0
    kept = boosting.kept_round(course, own)
    if not kept:
        raise KeyboardInterrupt
    if code:
        print("Interrupted: saving what was learned so far.", flush=True)
    model = training.save(output, kept, about)
    more = {
        "params": params,
        "device": where,
        "feature_types": training.types,
        "model_check": check_model(output / "model.ubj", model, data, training.types),
    }
    boosting.leave(output, course, kept, about, more, PACKAGES)
    write_importances(output, data.about["features"], importances(model, data.model_names))
    size = (output / "model.ubj").stat().st_size
    print(
        f"Model saved: {output / 'model.ubj'} ({size:,} bytes), round {kept}, checked by loading it again.", flush=True
    )
    return code


class Training:
    """One booster and the rows that it sees, a round at a time."""

    def __init__(
        self, data: Prepared, params: dict[str, Any], options: Mapping[str, Any], course: Course, resume: Path | None
    ) -> None:
        self.course = course
        self.types = ["c" if column in data.categorical else "q" for column in range(len(data.model_names))]
        # Only the trees of gbtree stay as they were when more are added: its best round is cut out of the whole.
        self.cuts = params["booster"] == "gbtree"
        self.best: bytearray | None = None
        self.learned = False
        rows = self._matrix(data.train, data.model_names), self._matrix(data.valid, data.model_names)
        self.train, self.valid = rows
        self.loss = parameters.loss_metric(params, self.valid, data.task)
        wanted = parameters.metrics_wanted(self.loss, data.task, len(data.classes or ()), options)
        self.spread = float(np.var(data.valid.y)) if data.task == "regression" else 0.0
        try:
            start = resume / "checkpoint.ubj" if resume else None
            self.booster = xgboost.Booster({**params, "eval_metric": wanted}, list(rows), model_file=start)
            known = parameters.configured(self.booster)
            self._evaluated(0)  # an unknown metric is refused here, before any training
        except xgboost.core.XGBoostError as problem:
            raise Refused(f"XGBoost refuses the options: {parameters.plain(problem)}.") from None
        if resume and not self.cuts:
            self.best = bytearray((resume / "checkpoint-best.ubj").read_bytes())
        for key in options:
            if key not in known and key not in ("eval_metric", "verbosity", "validate_parameters"):
                print(f"options.{key} has no effect with these options.", flush=True)

    def _matrix(self, part: Part, names: list[str]) -> Any:
        weights = part.weights
        if weights is not None and part.queries is not None:
            # XGBoost weighs whole queries: the mean of a query's rows.
            ends = np.cumsum(part.queries)
            weights = np.array([weights[end - size : end].mean() for end, size in zip(ends, part.queries)])
        rows = xgboost.DMatrix(
            part.x, part.y, weight=weights, feature_names=names, feature_types=self.types, enable_categorical=True
        )
        part.x = None
        if part.queries is not None:
            rows.set_group(part.queries)
        return rows

    def _evaluated(self, number: int) -> str:
        return str(self.booster.eval_set([(self.train, "train"), (self.valid, "valid")], number))

    def round(self) -> None:
        """Trains and tells one round. Raises Refused where the first shows that target and objective do not fit."""
        number = self.course.done + 1
        try:
            self.booster.update(self.train, iteration=number - 1)
        except xgboost.core.XGBoostError as problem:
            if self.learned:
                raise
            raise Refused(f"XGBoost refuses: {parameters.plain(problem)}.") from None
        self.learned = True
        metrics = parameters.told(self._evaluated(number), self.loss, self.spread)
        if self.course.round(number, metrics) and not self.cuts:
            self.best = self.booster.save_raw("ubj")

    def model(self, kept: int) -> Any:
        """The booster as it stood after the round `kept`."""
        if kept == self.course.done:
            return self.booster
        if self.cuts:
            return self.booster[:kept]
        return xgboost.Booster(model_file=self.best)

    def save(self, output: Path, kept: int, about: Mapping[str, Any]) -> Any:
        """Writes the checkpoint and model.ubj; returns what is in the latter."""
        model = self.model(kept)
        files: dict[str, Callable[[Path], object]] = {"checkpoint.ubj": self.booster.save_model}
        if not self.cuts:
            files["checkpoint-best.ubj"] = lambda path: path.write_bytes(bytes(self.best or b""))
        checkpoint.save(output, files, {**about, "rounds": self.course.done, "history": self.course.history})
        checkpoint.write_whole(output / "model.ubj", model.save_model)
        return model


def check_model(path: Path, model: Any, data: Prepared, types: list[str]) -> dict[str, Any]:
    """Loads the file again and predicts a batch with it, for metrics.json."""
    began = time.monotonic()
    again = xgboost.Booster(model_file=path)
    batch = xgboost.DMatrix(data.batch, feature_names=data.model_names, feature_types=types, enable_categorical=True)
    before, after = model.predict(batch), again.predict(batch)
    if not np.allclose(before, after, rtol=1e-4, atol=1e-5, equal_nan=True):
        raise RuntimeError(f"{path} does not predict what the trained model predicts")
    return checked(True, len(data.batch), time.monotonic() - began)


def importances(model: Any, names: list[str]) -> dict[str, list[float]]:
    """total_gain and splits of each column; the coefficient (the mean of its sizes over the classes) for gblinear."""
    linear = model.get_score(importance_type="weight") if _is_linear(model) else None
    if linear is not None:
        sizes = {
            name: value if isinstance(value, float) else float(np.mean(np.abs(value))) for name, value in linear.items()
        }
        return {"coefficient": [sizes.get(name, 0.0) for name in names]}
    kinds = {"total_gain": "total_gain", "splits": "weight"}
    found = {kind: model.get_score(importance_type=name) for kind, name in kinds.items()}
    return {kind: [float(scores.get(name, 0.0)) for name in names] for kind, scores in found.items()}


def _is_linear(model: Any) -> bool:
    import json

    return bool(json.loads(model.save_config())["learner"]["gradient_booster"]["name"] == "gblinear")


if __name__ == "__main__":
    sys.exit(main())
