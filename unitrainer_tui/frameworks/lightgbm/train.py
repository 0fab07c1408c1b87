"""Trains LightGBM on one table. Reads job.json beside it (or $UNITRAINER_JOB) and runs on any machine:

    UNITRAINER_DATASET=table.csv UNITRAINER_OUTPUT=out python train.py

Without these variables the job's `dataset_path` and `output_path` say the same. A boosting round is an epoch. It prints
JSON lines and leaves model.txt (the best round's), results.csv, metrics.json, feature_importances.csv,
environment.json, and checkpoint.txt with checkpoint.json for a run that goes on. Exit codes: 0 done, 2 the job or the
table does not hold, 130 interrupted (what was learned is saved).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
from lightgbm.callback import EarlyStopException

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.lightgbm import device, parameters
    from unitrainer_tui.frameworks.lightgbm.names import DEFAULT_MODEL, MODELS, TASKS
    from unitrainer_tui.frameworks.shared import boosting, checkpoint
    from unitrainer_tui.frameworks.shared.course import Course
    from unitrainer_tui.frameworks.shared.importance import write_importances
    from unitrainer_tui.frameworks.shared.job import Refused, checkpoint_of, dataset_of, output_of, read_job
    from unitrainer_tui.frameworks.shared.options import own_options
    from unitrainer_tui.frameworks.shared.report import Interrupts, checked, starts
    from unitrainer_tui.frameworks.shared.tabular import Part, Prepared, prepare
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
    from report import Interrupts, checked, starts
    from tabular import Part, Prepared, prepare

# What a long training has learned is saved on the way, at most so often (seconds).
SAVE_EVERY = 60.0
PACKAGES = ("lightgbm", "numpy", "scipy", "pyarrow")


class Silent:
    """LightGBM's own lines are left out: progress is told as JSON, and errors are raised."""

    def info(self, message: str) -> None: ...

    def warning(self, message: str) -> None: ...


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
    lightgbm.register_logger(Silent())
    job = {**job, "model": job.get("model") or DEFAULT_MODEL}
    options = job.get("options") or {}
    if job["model"] not in MODELS:
        raise Refused(f"LightGBM has no model {job['model']!r}; use one of {', '.join(MODELS)}.")
    own = own_options(options, TASKS)
    passed = parameters.passed_options(options)
    earlier = checkpoint.find(checkpoint_of(job)) if own.resume and not job.get("smoke") else None
    if earlier is not None and job["model"] == "rf":
        starts(0, "LightGBM cannot go on with a random forest (rf): training starts anew.")
        earlier = None
    categories = earlier.get("categories") if earlier else None
    data = prepare(job, dataset, own.task or parameters.task_of(passed), np.float64, categories)
    classes = len(data.classes or ())
    objective = parameters.objective_of(passed, data.task, classes)
    about = {"framework": "lightgbm", "model": job["model"], "objective": objective, **data.about}
    course, going_on = boosting.course_of(job, own, about, earlier)
    where = boosting.one_device(int(job.get("gpus") or 0), device.choose)
    params = parameters.parameters(job, passed, objective, classes, len(data.model_names), where)
    training = Training(data, params, course, checkpoint_of(job) if going_on else None)
    if earlier is not None and going_on:
        training.fewer = {int(number): trees for number, trees in earlier.get("fewer_trees", {}).items()}

    interrupts = Interrupts(raises=False)
    cadence = checkpoint.Cadence(SAVE_EVERY)

    def after_round() -> bool:
        if cadence.due() and not course.over:
            cadence.save(lambda: training.save(output, boosting.kept_round(course, own), about))
        return interrupts.seen

    training.run(after_round)
    course.tell_last()
    code = 130 if interrupts.seen else 0
    kept = boosting.kept_round(course, own)
    if not kept:
        raise KeyboardInterrupt
    if code:
        print("Interrupted: saving what was learned so far.", flush=True)
    text = training.save(output, kept, about)
    model = lightgbm.Booster(model_str=text)
    more = {"params": params, "device": where, "model_check": check_model(output / "model.txt", training, kept, data)}
    boosting.leave(output, course, kept, about, more, PACKAGES)
    kinds = {"total_gain": "gain", "splits": "split"}
    found = {kind: model.feature_importance(name).tolist() for kind, name in kinds.items()}
    write_importances(output, data.about["features"], found)
    size = (output / "model.txt").stat().st_size
    print(
        f"Model saved: {output / 'model.txt'} ({size:,} bytes), round {kept}, checked by loading it again.", flush=True
    )
    return code


class Training:
    """One booster and the rows that it sees."""

    def __init__(self, data: Prepared, params: dict[str, Any], course: Course, resume: Path | None) -> None:
        self.course = course
        self.resume = resume
        self.params = dict(params)
        if resume:
            # Random choices would repeat those of the first rounds; how rows are binned stays as it was.
            self.params["seed"] += course.done
        # The trees of dart change when more are added: its best round is kept as it was.
        self.cuts = params["boosting"] != "dart"
        self.best: str | None = None
        if resume and not self.cuts:
            self.best = (resume / "checkpoint-best.txt").read_text(encoding="utf-8")
        self.loss = parameters.loss_metric(params["objective"])
        self.spread = float(np.var(data.valid.y)) if data.task == "regression" else 0.0
        self.train = self._rows(data.train, data)
        self.valid = self._rows(data.valid, data, reference=self.train)
        self.booster: Any = None
        # A round in which no split is left adds no tree: round -> iterations in the model, where there are fewer.
        self.fewer: dict[int, int] = {}

    def _rows(self, part: Part, data: Prepared, reference: Any = None) -> Any:
        values, part.x = part.x, None
        return lightgbm.Dataset(
            values,
            part.y,
            reference=reference,
            weight=part.weights,
            group=part.queries,
            feature_name=data.model_names,
            categorical_feature=list(data.categorical),
            params=self.params,
        )

    def run(self, stop_after_round: Callable[[], bool]) -> None:
        """Trains until the course is over or `stop_after_round` says so. Raises Refused where LightGBM refuses."""
        before = self.course.done

        def each(env: Any) -> None:
            self.booster = env.model
            number = self.course.done + 1
            if env.model.current_iteration() != number:
                self.fewer[number] = env.model.current_iteration()
            metrics = parameters.told(env.evaluation_result_list, self.loss, self.spread)
            if self.course.round(number, metrics) and not self.cuts:
                self.best = self._text(-1)
            if stop_after_round() or self.course.over:
                raise EarlyStopException(env.iteration, [])

        try:
            lightgbm.train(
                self.params,
                self.train,
                self.course.total - before,
                valid_sets=[self.train, self.valid],
                valid_names=["train", "valid"],
                init_model=self.resume / "checkpoint.txt" if self.resume else None,
                callbacks=[each],
                keep_training_booster=True,
            )
        except lightgbm.basic.LightGBMError as problem:
            if self.course.done > before:
                raise
            raise Refused(f"LightGBM refuses: {' '.join(str(problem).split()).rstrip('.')}.") from None

    def _text(self, trees: int) -> str:
        return str(self.booster.model_to_string(num_iteration=trees))

    def model(self, kept: int) -> str:
        """The model as it stood after the round `kept`, in LightGBM's text format."""
        if kept == self.course.done:
            return self._text(-1)
        if not self.cuts:
            return self.best or self._text(-1)
        return self._text(self.fewer.get(kept, kept))

    def save(self, output: Path, kept: int, about: Mapping[str, Any]) -> str:
        """Writes the checkpoint and model.txt; returns the latter."""
        text, whole, best = self.model(kept), self._text(-1), self.best
        files: dict[str, Callable[[Path], object]] = {
            "checkpoint.txt": lambda path: path.write_text(whole, encoding="utf-8")
        }
        if best is not None:
            files["checkpoint-best.txt"] = lambda path: path.write_text(best, encoding="utf-8")
        told = {"rounds": self.course.done, "fewer_trees": self.fewer, "history": self.course.history}
        checkpoint.save(output, files, {**about, **told})
        checkpoint.write_whole(output / "model.txt", lambda path: path.write_text(text, encoding="utf-8"))
        return text


def check_model(path: Path, training: Training, kept: int, data: Prepared) -> dict[str, Any]:
    """Loads the file again and predicts a batch with it, for metrics.json.

    Where the booster in memory still has the kept model both must agree.
    """
    began = time.monotonic()
    after = lightgbm.Booster(model_file=path).predict(data.batch)
    if not np.isfinite(after).all():
        raise RuntimeError(f"{path} predicts no numbers")
    if training.cuts or kept == training.course.done:
        before = training.booster.predict(data.batch, num_iteration=training.fewer.get(kept, kept))
        if not np.allclose(before, after, rtol=1e-6, atol=1e-9):
            raise RuntimeError(f"{path} does not predict what the trained model predicts")
    return checked(True, len(data.batch), time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
