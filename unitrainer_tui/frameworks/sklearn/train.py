"""Trains a scikit-learn model on one table. Reads job.json beside it (or $UNITRAINER_JOB) and runs on any machine:

    UNITRAINER_DATASET=table.csv UNITRAINER_OUTPUT=out python train.py

Without these variables the job's `dataset_path` and `output_path` say the same. It prints one JSON line an epoch and
leaves model.skops (a Pipeline with its preparation; skops, never a pickle), results.csv, metrics.json and
environment.json. Exit codes: 0 done, 2 the job or the table does not hold, 130 interrupted (what was learned is saved).
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import skops.io
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused, dataset_of, output_of, read_job
    from unitrainer_tui.frameworks.shared.report import (
        Interrupts,
        checked,
        environment,
        report,
        write_json,
        write_results,
    )
    from unitrainer_tui.frameworks.sklearn import estimators, fitting
    from unitrainer_tui.frameworks.sklearn.table import Table, find_table, read_table, target_values
else:  # on the host these files stand side by side
    import estimators
    import fitting
    from job import Refused, dataset_of, output_of, read_job
    from report import Interrupts, checked, environment, report, write_json, write_results
    from table import Table, find_table, read_table, target_values

# A model that takes long is saved on the way, at most so often (seconds).
SAVE_EVERY = 60.0


def main() -> int:
    try:
        job = read_job(Path(__file__).parent)
        return train(job, dataset_of(job), output_of(job))
    except Refused as problem:
        print(f"error: {problem}", file=sys.stderr, flush=True)
        return 2


def train(job: dict[str, Any], dataset: Path, output: Path) -> int:
    """The whole job. Returns the exit code; raises Refused before any training."""
    options = job.get("options") or {}
    seed = int(job.get("seed") or 0)
    model_name = str(job.get("model") or "hist-gradient-boosting")
    wanted = job.get("dataset") or {}
    task = options.get("task")
    if task not in (None, *estimators.KINDS):
        raise Refused(f"options.task is {task!r} and must be classification or regression.")
    decided = estimators.task_of(model_name)
    table = read_table(find_table(dataset, wanted.get("file")), wanted)
    task, target = target_values(table.target, task or decided)
    model = estimators.build(model_name, task, job)
    describe(table, task, target, model)
    preparation = estimators.preparation(table)
    data = split(table, task, target, preparation, float(wanted.get("validation") or 0.2), seed)

    started = time.monotonic()
    history: list[dict[str, float]] = []
    best: Any = None
    last_save = started
    keep_last = options.get("keep", "best") == "last"
    code = 0
    interrupts = Interrupts()
    try:
        for state in fitting.fit(model, task, data, int(job.get("epochs") or 10), options.get("trees"), seed):
            report(state.epoch, state.total, state.metrics)
            history.append({"epoch": state.epoch, "seconds": round(time.monotonic() - started, 3), **state.metrics})
            newest = keep_last or best is None or not state.snapshot
            if newest or state.metrics["val_loss"] <= best.metrics["val_loss"]:
                best = state
            if time.monotonic() - last_save > SAVE_EVERY:
                save_model(Pipeline([("prepare", preparation), ("model", best.model)]), output)
                last_save = time.monotonic()
            interrupts.stop_here()
    except KeyboardInterrupt:
        code = 130
        print("Interrupted: saving what was learned so far.", flush=True)
    if best is None:
        return code
    pipeline = Pipeline([("prepare", preparation), ("model", best.model)])
    path = save_model(pipeline, output)
    trusted, check = check_model(path, pipeline, table)
    write_results(output, history)
    write_json(
        output / "metrics.json",
        {
            "task": task,
            "model": type(model).__name__,
            "best_epoch": best.epoch,
            "metrics": best.metrics,
            "rows": len(target),
            "target": table.target_name,
            "features": list(table.names),
            "categorical": [table.names[column] for column in table.categorical],
            "trusted_types": trusted,
            "model_check": check,
        },
    )
    write_json(output / "environment.json", environment(seed, ("scikit-learn", "skops", "numpy")))
    print(f"Model saved: {path} ({path.stat().st_size:,} bytes), checked by loading it again.", flush=True)
    return code


def describe(table: Table, task: str, target: Any, model: Any) -> None:
    left_out = f" ({table.dropped} without a target left out)" if table.dropped else ""
    classes = f", {len(set(target.tolist()))} classes" if task == "classification" else ""
    print(
        f"{table.path.name}: {len(target):,} rows{left_out}, {len(table.names)} columns, "
        f"target {table.target_name!r}{classes}. {task.capitalize()} with {type(model).__name__}.",
        flush=True,
    )


def split(table: Table, task: str, target: Any, preparation: Any, share: float, seed: int) -> fitting.Split:
    """Train and validation parts, prepared by what the train part alone tells. Classes keep their shares."""
    rows = np.arange(len(target))
    if len(rows) < 5:
        raise Refused(f"{table.path.name} has {len(rows)} rows; at least 5 are needed to train and to validate.")
    shares = None
    if task == "classification":
        _, counts = np.unique(target, return_counts=True)
        part = min(share, 1 - share) * len(rows)
        shares = target if counts.min() >= 2 and part >= len(counts) else None
    train_rows, valid_rows = train_test_split(rows, test_size=share, random_state=seed, stratify=shares)
    weights = None if table.weights is None else table.weights[train_rows]
    return fitting.Split(
        train_x=preparation.fit_transform(table.features[train_rows]),
        train_y=target[train_rows],
        train_w=weights,
        valid_x=preparation.transform(table.features[valid_rows]),
        valid_y=target[valid_rows],
    )


def save_model(pipeline: Any, output: Path) -> Path:
    """Written beside and renamed: a model.skops that is there is whole."""
    path = output / "model.skops"
    part = output / ".model.skops.part"
    with part.open("wb") as stream:
        skops.io.dump(pipeline, stream)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
    return path


def check_model(path: Path, pipeline: Any, table: Table) -> tuple[list[str], dict[str, Any]]:
    """Loads the file again and predicts a batch with it. Returns the types that a loader has to trust by name, and what
    metrics.json says of the check."""
    began = time.monotonic()
    trusted = list(skops.io.get_untrusted_types(file=path))
    again = skops.io.load(path, trusted=trusted)
    batch = table.features[:32]
    before, after = pipeline.predict(batch), again.predict(batch)
    same = np.allclose(before, after) if before.dtype.kind == "f" else bool((before == after).all())
    if not same:
        raise RuntimeError(f"{path} does not predict what the trained model predicts")
    return trusted, checked(True, len(batch), time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
