"""What a training script is told: its job, where the data lies, where its output goes. Standard library only."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class Refused(Exception):
    """The job cannot be done as asked. One sentence: what, where, what to do. The script ends with 2."""


def read_job(here: Path) -> dict[str, Any]:
    """The job as an object, from $UNITRAINER_JOB or job.json in `here`. Raises Refused."""
    path = Path(os.environ.get("UNITRAINER_JOB") or here / "job.json")
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


def dataset_of(job: dict[str, Any]) -> Path:
    """The dataset: a folder or a file. Raises Refused."""
    return location("UNITRAINER_DATASET", "dataset_path", job)


def output_of(job: dict[str, Any]) -> Path:
    """The folder for all that training leaves, made where it is missing. Raises Refused."""
    output = location("UNITRAINER_OUTPUT", "output_path", job)
    output.mkdir(parents=True, exist_ok=True)
    return output


def checkpoint_of(job: dict[str, Any]) -> Path | None:
    """The folder with what an earlier run left (the contents of its output), None where this run begins anew."""
    said = os.environ.get("UNITRAINER_CHECKPOINT") or job.get("checkpoint_path")
    folder = Path(said).expanduser().absolute() if said else None
    return folder if folder is not None and folder.is_dir() else None
