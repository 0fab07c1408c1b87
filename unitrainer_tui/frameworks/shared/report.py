"""What a training script tells and leaves: progress lines, results.csv, metrics.json, environment.json."""

from __future__ import annotations

import csv
import json
import math
import os
import platform
import signal
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any


def report(epoch: int, total: int, metrics: Mapping[str, float], *, behind_bar: bool = False) -> None:
    """One JSON line on stdout, flushed: the whole protocol of progress. `epoch` from 1; what is not finite is told as
    "nan", "inf" or "-inf", which JSON has no numbers for.

    `behind_bar`: a bar of the framework's leaves the cursor in mid-line, so a line break comes first.
    """
    told = {name: float(f"{value:.6g}") if math.isfinite(value) else str(value) for name, value in metrics.items()}
    data = {"epoch": epoch, "total_epochs": total, "metrics": told}
    print(("\n" if behind_bar else "") + json.dumps({"type": "progress", "data": data}), flush=True)


def starts(after: int, sentence: str) -> None:
    """Tells, once and before the first epoch, what became of an earlier run's checkpoint: training goes on `after` that
    epoch, or anew (0). Who follows the job believes this and nothing else."""
    data = {"after": after, "message": sentence}
    print(json.dumps({"type": "start", "data": data}, ensure_ascii=False), flush=True)


class Interrupts:
    """SIGINT, remembered: some libraries catch KeyboardInterrupt in mid-epoch and would train on.

    With `raises=False` nothing is raised and the script looks at `seen` between its steps, so that each step is whole.
    """

    def __init__(self, *, raises: bool = True) -> None:
        self.seen = False
        self.raises = raises
        signal.signal(signal.SIGINT, self._note)

    def _note(self, number: int, frame: object) -> None:
        self.seen = True
        if self.raises:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """What must be done whole or not at all: an interrupt that comes meanwhile is raised behind it."""
        raises, self.raises = self.raises, False
        before = self.seen
        try:
            yield
        finally:
            self.raises = raises
        if raises and self.seen and not before:
            raise KeyboardInterrupt

    def stop_here(self) -> None:
        """Raises KeyboardInterrupt when one came and was swallowed."""
        if self.seen:
            raise KeyboardInterrupt


def write_results(output: Path, history: Iterable[Mapping[str, float]]) -> None:
    """results.csv: a row an epoch, a column for every name that any epoch has."""
    rows = list(history)
    names = list(dict.fromkeys(name for row in rows for name in row))
    part = output / ".results.csv.part"
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(output / "results.csv")


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Written beside and renamed. Infinities and NaN become null: metrics.json is read by strict readers too."""
    part = path.with_name(f".{path.name}.part")
    text = json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False)
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def checked(loaded: bool, predicted: int, seconds: float) -> dict[str, Any]:
    """For metrics.json's `model_check`: the file was loaded again and predicted `predicted` samples in `seconds`."""
    return {"loaded": loaded, "predicted": predicted, "seconds": round(seconds, 3)}


def environment(seed: int, main: Iterable[str], **more: Any) -> dict[str, Any]:
    """For environment.json: what it takes to train the same model again.

    `versions` are of the distributions named in `main`, `packages` of everything installed.
    """
    packages: dict[str, str] = {}
    for one in metadata.distributions():
        name = one.metadata["Name"]
        if name and name not in packages:  # the first on the path is the one that is imported
            packages[name] = one.version
    versions = {name: packages[name] for name in main if name in packages}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": versions,
        "packages": dict(sorted(packages.items(), key=lambda item: item[0].lower())),
        "seed": seed,
        "cpus": os.cpu_count(),
        **more,
    }
