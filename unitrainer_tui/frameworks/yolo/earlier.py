"""Going on with an earlier training of Ultralytics: its last.pt, what it had done, and how it can go on."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LAST = Path("weights/last.pt")
# What an earlier run's folder holds that goes on; its plots are made anew.
KEPT = ("weights/last.pt", "weights/best.pt", "results.csv", "args.yaml")


@dataclass(frozen=True)
class Course:
    """How the training goes on.

    `resume`: last.pt was broken off and carries its optimizer. Otherwise its weights are where a new training begins.
    `epochs` are those of Ultralytics' own count, which begins behind `before` epochs of earlier trainings. `weights`
    None: the training starts anew.
    """

    weights: Path | None
    resume: bool
    before: int
    epochs: int
    told: str


def course(broken_off: bool, done: int, epochs: int, last: Path, shift: int = 0) -> Course:
    """`done` of the `epochs` in all were trained, the first `shift` of them by a run before the earlier one;
    `broken_off` says whether last.pt carries its optimizer."""
    if done >= epochs:
        told = f"The earlier run trained {done} of the {epochs} epochs asked for: nothing is left to go on with, so "
        return Course(None, False, 0, epochs, told + "training starts anew.")
    if broken_off:
        return Course(
            last, True, shift, epochs - shift, f"Going on after epoch {done} of the earlier run, which was broken off."
        )
    told = (
        f"The earlier run had come to its end after {done} epochs; from its last weights {epochs - done} more follow."
    )
    return Course(last, False, done, epochs - done, told)


def bring(earlier: Path, run: Path) -> None:
    """Copies what goes on of the folder `earlier` (a training_run) to `run`."""
    if earlier == run:
        return
    for name in KEPT:
        if (earlier / name).is_file():
            (run / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(earlier / name, run / name)


def look(last: Path, rows: list[dict[str, float]]) -> tuple[bool, int]:
    """(whether it was broken off, how many epochs were done) of a last.pt. Raises what torch raises for others."""
    import torch

    # Ultralytics pickles whole models; the file is of the user's own earlier run.
    held = torch.load(last, map_location="cpu", weights_only=False)
    epoch = int(held.get("epoch", -1))
    if held.get("optimizer") is not None and epoch >= 0:
        return True, epoch + 1
    return False, len(rows) or int((held.get("train_args") or {}).get("epochs") or 0)


def readdress(last: Path, changes: dict[str, Any]) -> None:
    """Writes into a last.pt which job goes on with it: a resumed training takes these arguments from the file alone."""
    import torch

    held = torch.load(last, map_location="cpu", weights_only=False)
    held["train_args"] = {**(held.get("train_args") or {}), **changes}
    part = last.with_name(f".{last.name}.part")
    torch.save(held, part)
    part.replace(last)


def results(path: Path) -> list[dict[str, float]]:
    """The rows of Ultralytics' results.csv, an epoch each, numbers only."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [{key.strip(): value for key, value in row.items() if key} for row in csv.DictReader(stream)]
        return [{key: float(value) for key, value in row.items()} for row in rows]
    except (OSError, ValueError, TypeError):
        return []


def joined(before: list[dict[str, float]], after: list[dict[str, float]], shift: int) -> list[dict[str, float]]:
    """One course of both: `after` counts from 1 and goes on behind `shift` epochs of `before`."""
    rows = [*before[:shift], *({**row, "epoch": row.get("epoch", 0) + shift} for row in after)]
    return [{**row, "epoch": int(row["epoch"])} if "epoch" in row else row for row in rows]
