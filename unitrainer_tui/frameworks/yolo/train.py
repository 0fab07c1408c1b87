"""Trains an Ultralytics YOLO or RT-DETR model. Reads job.json beside it (or $UNITRAINER_JOB) and runs on any machine:

    UNITRAINER_DATASET=my-dataset UNITRAINER_OUTPUT=out python train.py

Without these variables the job's `dataset_path` and `output_path` say the same. It prints one JSON line an epoch and
leaves training_run/ (weights/best.pt, weights/last.pt, Ultralytics' own results.csv and plots), results.csv, data.yaml,
metrics.json and environment.json. Exit codes: 0 done, 2 the job, the dataset or the machine does not hold, 130
interrupted (last.pt is the epoch before).
"""

from __future__ import annotations

import difflib
import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).absolute().parent
# Ultralytics reads its settings at import: the run has its own, so that nothing of the user's is read or altered.
os.environ.setdefault("YOLO_CONFIG_DIR", str(HERE / ".ultralytics"))
Path(os.environ["YOLO_CONFIG_DIR"]).mkdir(parents=True, exist_ok=True)
# The processes that train on several GPUs import `reporting` from here.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH"))))

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused, checkpoint_of, dataset_of, output_of, read_job
    from unitrainer_tui.frameworks.shared.report import (
        Interrupts,
        checked,
        environment,
        starts,
        write_json,
        write_results,
    )
    from unitrainer_tui.frameworks.yolo import earlier, layout, weights
    from unitrainer_tui.frameworks.yolo.fetch import fetch
    from unitrainer_tui.frameworks.yolo.mirror import mirror
else:  # on the host these files stand side by side
    import earlier
    import layout
    import weights
    from fetch import fetch
    from job import Refused, checkpoint_of, dataset_of, output_of, read_job
    from mirror import mirror
    from report import Interrupts, checked, environment, starts, write_json, write_results

RUN_NAME = "training_run"
# What the job itself decides; in `[training.options]` they would break the place where the model is looked for.
RESERVED = ("data", "project", "name", "exist_ok", "save_dir", "device", "mode", "model", "epochs", "imgsz", "seed")
OWN_OPTIONS = ("task", "resume", "pretrained")
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
# The same as reporting.BEFORE, which cannot be imported before Ultralytics may be.
EPOCHS_BEFORE = "UNITRAINER_EPOCHS_BEFORE"


def main() -> int:
    try:
        job = read_job(HERE)
        dataset, output = dataset_of(job), output_of(job)
        return train(job, dataset, output)
    except Refused as problem:
        print(f"error: {problem}", file=sys.stderr, flush=True)
        return 2


def train(job: dict[str, Any], dataset: Path, output: Path) -> int:
    """The whole job. Returns the exit code; raises Refused before any training."""
    options = dict(job.get("options") or {})
    name = weights.plain_name(str(job.get("model") or "yolo11n"))
    task = weights.task_of(name, options.get("task"))
    if task not in weights.TASKS:
        raise Refused(f"options.task is {task!r} and must be one of {', '.join(weights.TASKS)}.")
    if not dataset.exists():
        raise Refused(f"There is no dataset at {dataset}.")
    links = mirror(dataset, HERE / "dataset") if dataset.is_dir() else dataset
    data = layout.prepare(links, output, task)

    from ultralytics import YOLO, settings
    from ultralytics.cfg import DEFAULT_CFG_DICT

    settings.update({"sync": False})  # no usage statistics from a rented machine
    check_options(options, DEFAULT_CFG_DICT)
    device = device_of(int(job.get("gpus") or 0))
    run = output / RUN_NAME
    epochs = int(job.get("epochs") or 10)
    plan, before = going_on(job, options, run, epochs)
    asked: dict[str, Any] = {
        "epochs": plan.epochs,
        "imgsz": int(job.get("image_size") or (224 if task == "classify" else 640)),
        "batch": whole_batch(int(job.get("batch_size") or 16), device),
        "seed": int(job.get("seed") or 0),
        **{key: value for key, value in options.items() if key not in OWN_OPTIONS},
        "data": str(data),
        "device": device,
        "project": str(output),
        "name": RUN_NAME,
        "exist_ok": True,
    }
    if plan.weights is not None:
        model = YOLO(str(plan.weights))
        check_fit(model, task, data)
        if plan.resume:
            earlier.readdress(plan.weights, {"epochs": plan.epochs, "project": str(output), "name": RUN_NAME})
            asked |= {"resume": str(plan.weights), "save_dir": str(run)}
        os.environ[EPOCHS_BEFORE] = str(plan.before)
    else:
        model = build(name, task, options, dataset)
        if isinstance(options.get("pretrained"), str):
            asked["pretrained"] = weights_file(str(options["pretrained"]), dataset)
        elif weights.starts_from_scratch(name, options):
            asked["pretrained"] = False

    if TYPE_CHECKING:
        from unitrainer_tui.frameworks.yolo import reporting
    else:
        import reporting

    interrupts = Interrupts()
    code = 0
    try:
        model.train(trainer=reporting.trainer_of(model), **asked)
        interrupts.stop_here()
    except KeyboardInterrupt:
        code = 130
    except Exception:
        if not interrupts.seen:  # the processes of several GPUs were interrupted, and their parent sees a failure
            raise
        code = 130
    if code == 130:
        print("Interrupted: the weights of the last whole epoch are in last.pt.", file=sys.stderr, flush=True)
    rows = earlier.joined(before, earlier.results(run / "results.csv"), plan.before)
    if rows:
        write_results(output, rows)
    if code == 130 and not (run / earlier.LAST).is_file():
        return code
    finished = finish(job, name, model.task, run, dataset, output, device, rows)
    return code or finished


def going_on(
    job: dict[str, Any], options: dict[str, Any], run: Path, epochs: int
) -> tuple[earlier.Course, list[dict[str, float]]]:
    """How an earlier run goes on in `run`, and the rows of its results. Anew where there is none.

    The earlier run is the job's checkpoint, or with options.resume what is in the output already.
    """
    anew = earlier.Course(None, False, 0, epochs, "")
    folder = checkpoint_of(job) if options.get("resume") is not False else None
    source = folder / RUN_NAME if folder is not None else run
    if not (source / earlier.LAST).is_file() or (folder is None and not options.get("resume")):
        return anew, []
    rows = earlier.results(source / "results.csv")
    whole = earlier.results(source.parent / "results.csv")  # with the epochs of runs before that one
    shift = max(0, len(whole) - len(rows))
    try:
        broken_off, done = earlier.look(source / earlier.LAST, rows)
    except Exception as problem:  # a broken file makes many kinds of errors in there
        why = " ".join(str(problem).split())[:160] or type(problem).__name__
        raise Refused(f"The checkpoint {source / earlier.LAST} cannot be read ({why}); start without it.") from None
    plan = earlier.course(broken_off, shift + done, epochs, run / earlier.LAST, shift)
    starts(shift + done if plan.weights is not None else 0, plan.told)
    if plan.weights is None:
        return plan, []
    if not plan.resume:
        # The new training writes last.pt anew: what it begins with stands elsewhere.
        start = HERE / "earlier.pt"
        shutil.copyfile(source / earlier.LAST, start)
        return replace(plan, weights=start), [*whole[:shift], *rows]
    earlier.bring(source, run)
    return plan, whole[:shift]


def check_fit(model: Any, task: str, data: Path) -> None:
    """Raises Refused where the weights of an earlier run are for another task or other classes than the dataset's."""
    if model.task != task:
        raise Refused(f"The checkpoint of the earlier run does not fit this job: its task is {model.task}, now {task}.")
    had = [str(label) for label in dict(model.names).values()]
    now = layout_classes(data)
    if now and had != now:
        raise Refused(
            f"The checkpoint of the earlier run does not fit this job: its classes are {short(had)}, now {short(now)}."
        )


def layout_classes(data: Path) -> list[str]:
    """The classes of a data.yaml as written, or of a folder of classes; none where the yaml only counts them."""
    if data.is_dir():
        return sorted(path.name for path in (data / "train").iterdir() if path.is_dir())
    import yaml

    names = yaml.safe_load(data.read_text(encoding="utf-8")).get("names") or []
    return [str(name) for name in (names.values() if isinstance(names, dict) else names)]


def short(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" … ({len(names)} of them)" if len(names) > 6 else "")


def check_options(options: dict[str, Any], known: dict[str, Any]) -> None:
    """Raises Refused for an option that Ultralytics does not know, with the nearest, or that the job decides."""
    for key in options:
        if key in RESERVED:
            raise Refused(f"training.options.{key} is decided by the run itself; leave it out.")
        if key not in known and key not in OWN_OPTIONS:
            near = difflib.get_close_matches(key, [*known, *OWN_OPTIONS], n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise Refused(f"Ultralytics has no option {key!r}{hint}")


def device_of(gpus: int) -> str:
    """`cpu`, or the first `gpus` GPUs as "0,1,2,3". Raises Refused where PyTorch sees fewer: never train on the CPU at
    the price of a GPU."""
    import torch

    if gpus == 0:
        return "cpu"
    seen = torch.cuda.device_count()
    if seen < gpus:
        raise Refused(
            f"The job wants {gpus} GPU{'s' if gpus > 1 else ''} and PyTorch {torch.__version__} sees {seen}; "
            "training.gpus = 0 allows the CPU."
        )
    return ",".join(str(number) for number in range(gpus))


def whole_batch(batch: int, device: str) -> int:
    """The batch of all GPUs together, rounded up to a multiple of their number, as Ultralytics needs it."""
    count = device.count(",") + 1
    rounded = -(-batch // count) * count
    if rounded != batch:
        print(f"Batch {batch} does not divide by {count} GPUs: {rounded} is used.", flush=True)
    return rounded


def build(name: str, task: str, options: dict[str, Any], dataset: Path) -> Any:
    """The model from its weights, or from its yaml where none are wanted. Raises Refused."""
    from ultralytics import YOLO

    if not weights.starts_from_scratch(name, options) and not isinstance(options.get("pretrained"), str):
        return YOLO(weights_file(name, dataset), task=task)
    wanted = weights.model_yaml(name)
    own = dataset / wanted
    try:
        return YOLO(str(own) if own.is_file() else wanted, task=task)
    except FileNotFoundError:
        raise Refused(f"Ultralytics has no model {wanted!r}; take a name such as yolo11n or yolo11s-seg.") from None


def weights_file(name: str, dataset: Path) -> str:
    """The .pt file: in the dataset, in $UNITRAINER_WEIGHTS, beside the script, else downloaded. Raises Refused."""
    shared = os.environ.get("UNITRAINER_WEIGHTS")
    places = (dataset, *([Path(shared)] if shared else []), HERE, Path.cwd())
    return str(weights.local_weights(name, places) or fetch(Path(shared) if shared else HERE, name))


def finish(
    job: dict[str, Any],
    name: str,
    task: str,
    run: Path,
    dataset: Path,
    output: Path,
    device: str,
    rows: list[dict[str, float]],
) -> int:
    """Loads the best weights again, predicts a picture with them, and writes what was measured."""
    import torch
    import ultralytics

    best = next((path for path in (run / "weights" / "best.pt", run / "weights" / "last.pt") if path.is_file()), None)
    if best is None:
        print(f"error: training ended and left no weights in {run / 'weights'}.", file=sys.stderr, flush=True)
        return 1
    began = time.monotonic()
    model = ultralytics.YOLO(str(best))
    picture = next((path for path in dataset.rglob("*") if path.suffix.lower() in PICTURES), None)
    predicted = 0
    if picture is not None:
        one = device.split(",")[0]
        size = int(job.get("image_size") or (224 if task == "classify" else 640))
        predicted = len(model.predict(str(picture), imgsz=size, device=one, verbose=False, save=False))
    check = checked(True, predicted, time.monotonic() - began)
    write_json(
        output / "metrics.json",
        {
            "task": task,
            "model": name,
            "epochs": len(rows),
            "metrics": rows[-1] if rows else {},
            "classes": [str(label) for label in dict(model.names).values()],
            "model_check": check,
        },
    )
    write_json(
        output / "environment.json",
        environment(
            int(job.get("seed") or 0),
            ("ultralytics", "torch", "torchvision", "numpy"),
            cuda=torch.version.cuda if torch.cuda.is_available() else None,
            device=device,
        ),
    )
    said = f"Model saved: {best} ({best.stat().st_size:,} bytes)"
    print(said + (f", checked on {picture.name}." if picture else "."), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
