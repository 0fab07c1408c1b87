"""Trains an Ultralytics YOLO model. Reads job.json beside it (or $UNITRAINER_JOB) and runs on any machine:

    UNITRAINER_DATASET=my-dataset UNITRAINER_OUTPUT=out python train.py

Without these variables the job's `dataset_path` and `output_path` say the same. It prints one JSON line an epoch and
leaves training_run/ (weights/best.pt, weights/last.pt, results.csv), data.yaml, metrics.json and environment.json.
Exit codes: 0 done, 2 the job, the dataset or the machine does not hold, 130 interrupted (last.pt is the epoch before).
"""

from __future__ import annotations

import csv
import difflib
import json
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).absolute().parent
# Ultralytics reads its settings at import: the run has its own, so that nothing of the user's is read or altered.
os.environ.setdefault("YOLO_CONFIG_DIR", str(HERE / ".ultralytics"))
Path(os.environ["YOLO_CONFIG_DIR"]).mkdir(parents=True, exist_ok=True)
# The processes that train on several GPUs import `reporting` from here.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH"))))

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.yolo import layout, weights
    from unitrainer_tui.frameworks.yolo.layout import Refused
    from unitrainer_tui.frameworks.yolo.mirror import mirror
else:  # on the host these files stand side by side
    import layout
    import weights
    from layout import Refused
    from mirror import mirror

RUN_NAME = "training_run"
# What the job itself decides; in `[training.options]` they would break the place where the model is looked for.
RESERVED = ("data", "project", "name", "exist_ok", "save_dir", "device", "mode", "model", "epochs", "imgsz", "seed")
OWN_OPTIONS = ("task", "resume", "pretrained")
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")


def main() -> int:
    try:
        job = read_job()
        dataset = location("UNITRAINER_DATASET", "dataset_path", job)
        output = location("UNITRAINER_OUTPUT", "output_path", job)
        output.mkdir(parents=True, exist_ok=True)
        return train(job, dataset, output)
    except Refused as problem:
        print(f"error: {problem}", file=sys.stderr, flush=True)
        return 2
    except KeyboardInterrupt:
        print("Interrupted: the weights of the last whole epoch are in last.pt.", file=sys.stderr, flush=True)
        return 130


def read_job() -> dict[str, Any]:
    """The job as an object. Raises Refused."""
    path = Path(os.environ.get("UNITRAINER_JOB") or HERE / "job.json")
    try:
        job = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise Refused(f"Cannot read the job {path}: {problem}.") from None
    if not isinstance(job, dict):
        raise Refused(f"{path} must hold one JSON object.")
    return job


def location(variable: str, key: str, job: dict[str, Any]) -> Path:
    """A place from the environment, else from the job. Raises Refused."""
    said = os.environ.get(variable) or job.get(key)
    if not said:
        raise Refused(f"Set {variable}, or {key} in job.json.")
    return Path(said).expanduser().absolute()


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
    data = layout.classification_root(links) if task == "classify" else layout.write_data_yaml(links, output)

    from ultralytics import YOLO, settings
    from ultralytics.cfg import DEFAULT_CFG_DICT

    settings.update({"sync": False})  # no usage statistics from a rented machine
    check_options(options, DEFAULT_CFG_DICT)
    device = device_of(int(job.get("gpus") or 0))
    batch = whole_batch(int(job.get("batch_size") or 16), device)
    run = output / RUN_NAME
    last = run / "weights" / "last.pt"
    asked: dict[str, Any] = {
        "epochs": int(job.get("epochs") or 10),
        "imgsz": int(job.get("image_size") or (224 if task == "classify" else 640)),
        "batch": batch,
        "seed": int(job.get("seed") or 0),
        **{key: value for key, value in options.items() if key not in OWN_OPTIONS},
        "data": str(data),
        "device": device,
        "project": str(output),
        "name": RUN_NAME,
        "exist_ok": True,
    }
    resumable = bool(options.get("resume")) and last.is_file()
    if resumable:
        model = YOLO(str(last))
        asked |= {"resume": str(last), "save_dir": str(run)}
        print(f"Resuming from {RUN_NAME}/weights/last.pt.", flush=True)
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

    if finished_before(model) and resumable:
        print("The earlier training had come to its end: nothing is left to resume.", flush=True)
    else:
        model.train(trainer=reporting.TRAINERS[model.task], **asked)
    return finish(job, name, model.task, run, dataset, output, device)


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

    if not weights.starts_from_scratch(name, options):
        return YOLO(weights_file(name, dataset), task=task)
    wanted = weights.model_yaml(name)
    own = dataset / wanted
    try:
        return YOLO(str(own) if own.is_file() else wanted, task=task)
    except FileNotFoundError:
        raise Refused(f"Ultralytics has no model {wanted!r}; take a name such as yolo11n or yolo11s-seg.") from None


def weights_file(name: str, dataset: Path) -> str:
    """The .pt file: in the dataset, beside the script, in the working folder, else downloaded. Raises Refused."""
    found = weights.local_weights(name, (dataset, HERE, Path.cwd()))
    if found:
        return str(found)
    from ultralytics.utils.downloads import attempt_download_asset

    file = HERE / f"{name.removesuffix('.pt')}.pt"
    reason = "it is no model that Ultralytics offers"
    try:
        attempt_download_asset(file)
    except Exception as problem:  # whatever the network or its library brings up, the answer is the same
        reason = " ".join(str(problem).split())[:200] or type(problem).__name__
    if not file.is_file():
        raise Refused(
            f"The weights {file.name} are not on this machine and cannot be downloaded ({reason}). Put {file.name} "
            "into the dataset's folder, or train from scratch with options.pretrained = false."
        )
    return str(file)


def finished_before(model: Any) -> bool:
    """A checkpoint whose training came to its end carries no optimizer and the epoch -1."""
    return bool(model.ckpt) and model.ckpt.get("optimizer") is None


def finish(job: dict[str, Any], name: str, task: str, run: Path, dataset: Path, output: Path, device: str) -> int:
    """Loads the best weights again, predicts one picture with them, and writes what was measured."""
    import torch
    import ultralytics

    best = next((path for path in (run / "weights" / "best.pt", run / "weights" / "last.pt") if path.is_file()), None)
    if best is None:
        print(f"error: training ended and left no weights in {run / 'weights'}.", file=sys.stderr, flush=True)
        return 1
    model = ultralytics.YOLO(str(best))
    picture = next((path for path in dataset.rglob("*") if path.suffix.lower() in PICTURES), None)
    if picture is not None:
        one = device.split(",")[0]
        size = int(job.get("image_size") or 640)
        model.predict(str(picture), imgsz=size, device=one, verbose=False, save=False)
    rows = results(run / "results.csv")
    write_json(
        output / "metrics.json",
        {
            "task": task,
            "model": name,
            "epochs": len(rows),
            "metrics": rows[-1] if rows else {},
            "classes": [str(label) for label in dict(model.names).values()],
        },
    )
    write_json(
        output / "environment.json",
        {
            "python": platform.python_version(),
            "platform": platform.platform(),
            "versions": {"torch": torch.__version__, "ultralytics": ultralytics.__version__},
            "cuda": torch.version.cuda if torch.cuda.is_available() else None,
            "device": device,
            "seed": int(job.get("seed") or 0),
        },
    )
    said = f"Model saved: {best} ({best.stat().st_size:,} bytes)"
    print(said + (f", checked on {picture.name}." if picture else "."), flush=True)
    return 0


def results(path: Path) -> list[dict[str, float]]:
    """The rows of Ultralytics' results.csv, an epoch each, numbers only."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [{key.strip(): value for key, value in row.items()} for row in csv.DictReader(stream)]
    except OSError:
        return []
    return [{key: float(value) for key, value in row.items()} for row in rows]


def write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
