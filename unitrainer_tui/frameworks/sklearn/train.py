"""Trains a scikit-learn model on one table. Reads job.json beside it (or $UNITRAINER_JOB) and runs on any machine:

    UNITRAINER_DATASET=table.csv UNITRAINER_OUTPUT=out python train.py

Without these variables the job's `dataset_path` and `output_path` say the same. It prints one JSON line an epoch and
leaves model.skops (a Pipeline with its preparation; skops, never a pickle), results.csv, metrics.json,
feature_importances.csv and environment.json, and for models with epochs checkpoint.skops with checkpoint.json for a run
that goes on. Exit codes: 0 done, 2 the job or the table does not hold, 130 interrupted (what was learned is saved).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.pipeline import Pipeline

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared import checkpoint, tabular
    from unitrainer_tui.frameworks.shared.course import Course
    from unitrainer_tui.frameworks.shared.importance import write_importances
    from unitrainer_tui.frameworks.shared.job import Refused, checkpoint_of, dataset_of, output_of, read_job
    from unitrainer_tui.frameworks.shared.options import Own, own_options
    from unitrainer_tui.frameworks.shared.report import Interrupts, environment, starts, write_json, write_results
    from unitrainer_tui.frameworks.shared.split import split_rows
    from unitrainer_tui.frameworks.shared.table import find_table, raw_features, read_table
    from unitrainer_tui.frameworks.shared.target import coded_classes, target_values
    from unitrainer_tui.frameworks.sklearn import estimators, fitting, saving
    from unitrainer_tui.frameworks.sklearn.importances import importances
    from unitrainer_tui.frameworks.sklearn.names import DEFAULT_MODEL, TASKS
else:  # on the host these files stand side by side
    import checkpoint
    import estimators
    import fitting
    import saving
    import tabular
    from course import Course
    from importance import write_importances
    from importances import importances
    from job import Refused, checkpoint_of, dataset_of, output_of, read_job
    from names import DEFAULT_MODEL, TASKS
    from options import Own, own_options
    from report import Interrupts, environment, starts, write_json, write_results
    from split import split_rows
    from table import find_table, raw_features, read_table
    from target import coded_classes, target_values

# What a long training has learned is saved on the way, at most so often (seconds).
SAVE_EVERY = 60.0


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
    options = job.get("options") or {}
    seed = int(job.get("seed") or 0)
    wanted = job.get("dataset") or {}
    if options.get("task") == "ranking" or wanted.get("group"):
        raise Refused("scikit-learn has no model that ranks; use the framework xgboost or lightgbm.")
    own = own_options(options, TASKS)
    model_name = str(job.get("model") or DEFAULT_MODEL)
    decided = estimators.task_of(model_name)
    earlier = checkpoint.find(checkpoint_of(job)) if own.resume and not job.get("smoke") else None
    table = read_table(find_table(dataset, wanted.get("file")), wanted)
    task, target = target_values(table.target, own.task or decided)
    model = estimators.build(model_name, task, job)
    classes = coded_classes(target)[0] if task == "classification" else None
    tabular.describe(table, task, classes)
    about = {"framework": "sklearn", "model": type(model).__name__, **tabular.about_data(job, table, task, classes)}
    trees = options.get("trees")
    epochs = fitting.epochs_of(model, int(job.get("epochs") or 10), trees)
    course, start = course_of(job, own, model, about, earlier, epochs, trees)
    features = raw_features(table)
    prepare = start.prepare if start else estimators.preparation(table)
    data = parts(features, task, target, table.weights, prepare, about, fitted=start is not None)

    keeper = Keeper(prepare, course, own, about, output, start.best if start else None)
    cadence = checkpoint.Cadence(SAVE_EVERY)
    code = 0
    interrupts = Interrupts()
    try:
        for state in fitting.fit(model, task, data, epochs, trees, seed, start.earlier if start else None):
            keeper.note(state)
            if cadence.due() and not course.over:
                cadence.save(keeper.save)
            interrupts.stop_here()
            if course.over:
                break
    except (ValueError, TypeError) as problem:
        if keeper.newest is not None:
            raise
        said = " ".join(str(problem).split()).rstrip(".")
        raise Refused(f"{type(model).__name__} refuses: {said}.") from None
    except KeyboardInterrupt:
        if keeper.kept is None:
            raise
        code = 130
        print("Interrupted: saving what was learned so far.", flush=True)
    pipeline = keeper.save()
    path = output / "model.skops"
    trusted, check = saving.check_model(path, pipeline, features[: tabular.BATCH])
    write_results(output, course.history)
    write_json(
        output / "metrics.json",
        {
            **about,
            "epochs": course.done,
            "best_epoch": keeper.kept_epoch,
            "stopped_early": course.ran_out,
            "metrics": course.metrics_of(keeper.kept_epoch),
            "trusted_types": trusted,
            "model_check": check,
        },
    )
    write_json(output / "environment.json", environment(seed, ("scikit-learn", "skops", "numpy", "scipy", "pyarrow")))
    origins = estimators.origins(prepare)
    found = importances(keeper.kept, task, data, origins, len(table.names), seed, patient=code == 0)
    if found:
        write_importances(output, table.names, found)
    print(f"Model saved: {path} ({path.stat().st_size:,} bytes), checked by loading it again.", flush=True)
    return code


@dataclass(frozen=True)
class Start:
    """Where an earlier run left off: its preparation, what to go on from, and the best model that it had."""

    prepare: Any
    earlier: fitting.Earlier
    best: Any


def course_of(
    job: Mapping[str, Any],
    own: Own,
    model: Any,
    about: Mapping[str, Any],
    earlier: Mapping[str, Any] | None,
    epochs: int,
    trees: int | None,
) -> tuple[Course, Start | None]:
    """The course of this training, and where it starts when that is an earlier run's end. Raises Refused where the
    checkpoint is of another job; one that has nothing left to do is left aside with a line."""
    fresh = Course(epochs, own.patience, tell_every=0.0)
    folder = checkpoint_of(dict(job))
    if earlier is None or folder is None:
        return fresh, None
    checkpoint.check_fits(earlier, about)
    pipeline = saving.load_checkpoint(folder / "checkpoint.skops")
    growing = pipeline.named_steps["model"]
    course = Course(epochs, own.patience, earlier["history"], tell_every=0.0)
    done: int | None = course.done
    if fitting.way(model) == "stages":
        first = fitting.first_epoch(model, growing, epochs, trees)
        done = None if first is None else first - 1
        rows = [row for row in earlier["history"] if row["epoch"] <= (done or 0)]
        course = Course(epochs, own.patience, rows, tell_every=0.0)
    if done is None or course.over or done >= epochs:
        starts(0, "The checkpoint has nothing left to learn in this job: training starts anew.")
        return fresh, None
    starts(done, f"Going on from the checkpoint after epoch {done} of {epochs}.")
    scale = tuple(earlier["scale"]) if earlier.get("scale") else None
    best = saving.load_checkpoint(folder / "checkpoint-best.skops").named_steps["model"]
    return course, Start(pipeline.named_steps["prepare"], fitting.Earlier(growing, done, scale), best)


class Keeper:
    """Which epoch's model is kept, and the files that are saved of it."""

    def __init__(
        self, prepare: Any, course: Course, own: Own, about: Mapping[str, Any], output: Path, best: Any
    ) -> None:
        self.prepare = prepare
        self.course = course
        self.own = own
        self.about = about
        self.output = output
        self.kept = best
        self.kept_epoch = course.best
        self.newest: fitting.Epoch | None = None

    def note(self, state: fitting.Epoch) -> None:
        """A model that is no copy of its own has grown meanwhile: there the newest is kept, however good."""
        best = self.course.round(state.epoch, state.metrics)
        self.newest = state
        if best or self.own.keep_last or not state.snapshot or self.kept is None:
            self.kept, self.kept_epoch = state.model, state.epoch

    def save(self) -> Any:
        """Writes the checkpoint and model.skops; returns the Pipeline in the latter."""
        kept, newest = Pipeline([("prepare", self.prepare), ("model", self.kept)]), self.newest
        if newest is not None and fitting.way(newest.growing) != "once":
            growing = Pipeline([("prepare", self.prepare), ("model", newest.growing)])
            files: dict[str, Callable[[Path], object]] = {
                "checkpoint.skops": lambda path: saving.dump(growing, path),
                "checkpoint-best.skops": lambda path: saving.dump(kept, path),
            }
            told = {**self.about, "epochs": newest.epoch, "scale": newest.scale, "history": self.course.history}
            checkpoint.save(self.output, files, told)
        checkpoint.write_whole(self.output / "model.skops", lambda path: saving.dump(kept, path))
        return kept


def parts(
    features: Any, task: str, target: Any, weights: Any | None, prepare: Any, about: Mapping[str, Any], *, fitted: bool
) -> fitting.Split:
    """Train and validation parts, prepared by what the train part alone tells, or an earlier run's did (`fitted`)."""
    train, valid = split_rows(
        len(target), about["validation"], about["seed"], target if task == "classification" else None
    )
    if weights is not None and not np.any(weights[train]):
        raise Refused("Every weight in the part that trains is 0: there is nothing to learn from.")
    learn = prepare.transform if fitted else prepare.fit_transform
    return fitting.Split(
        train_x=learn(features[train]),
        train_y=target[train],
        train_w=None if weights is None else weights[train],
        valid_x=prepare.transform(features[valid]),
        valid_y=target[valid],
    )


if __name__ == "__main__":
    sys.exit(main())
