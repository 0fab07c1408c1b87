"""Tables to train on, and the training scripts run in the way they run on a host: a folder, a job.json, an output."""

from __future__ import annotations

import csv
import importlib
import json
import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

FRAMEWORKS = Path(__file__).parents[2] / "unitrainer_tui/frameworks"
DIGITS = Path(__file__).parents[2] / "sample_configs/data/digits.csv"

# Small tables on a busy machine: threads that wait for each other cost more than they do. Read when OpenMP is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def imported(name: str) -> Any:
    """The library, else the tests are skipped. LightGBM's wheel fails with OSError where the system has no libgomp."""
    try:
        return importlib.import_module(name)
    except (ImportError, OSError) as problem:
        pytest.skip(f"{name} cannot be imported: {problem}", allow_module_level=True)


@contextmanager
def script_of(framework: str) -> Iterator[Any]:
    """The script's own modules, imported as on the host (side by side), and forgotten afterwards."""
    folder = FRAMEWORKS / framework
    names = [path.stem for path in folder.glob("*.py")]
    kept = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("train")
    finally:
        sys.path.remove(str(folder))
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(kept)


@dataclass
class Runner:
    """Runs one script in this process. `output` is where the last run left its files."""

    script: Any
    framework: str
    place: Path
    monkeypatch: pytest.MonkeyPatch
    output: Path = field(init=False)

    def __call__(self, table: Path, /, *, output: str = "output", checkpoint: Path | None = None, **job: Any) -> int:
        self.output = self.place / output
        (self.place / "job.json").write_text(json.dumps({"framework": self.framework, "seed": 3, **job}))
        self.monkeypatch.setenv("UNITRAINER_JOB", str(self.place / "job.json"))
        self.monkeypatch.setenv("UNITRAINER_DATASET", str(table))
        self.monkeypatch.setenv("UNITRAINER_OUTPUT", str(self.output))
        if checkpoint:
            self.monkeypatch.setenv("UNITRAINER_CHECKPOINT", str(checkpoint))
        else:
            self.monkeypatch.delenv("UNITRAINER_CHECKPOINT", raising=False)
        return int(self.script.main())

    def metrics(self) -> dict[str, Any]:
        return dict(json.loads((self.output / "metrics.json").read_text()))

    def results(self) -> list[dict[str, float]]:
        with (self.output / "results.csv").open() as stream:
            return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(stream)]

    def importances(self) -> dict[str, float]:
        """The first kind of importance of each column."""
        found: dict[str, float] = {}
        with (self.output / "feature_importances.csv").open() as stream:
            for row in csv.DictReader(stream):
                found.setdefault(row["feature"], float(row["importance"]))
        return found


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return records(capsys.readouterr().out)


def records(output: str, kind: str = "progress") -> list[dict[str, Any]]:
    """What a script told on its standard output: `progress` of each epoch, or the one `start`."""
    told = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [one["data"] for one in told if one["type"] == kind]


def write_rows(path: Path, header: list[str], rows: list[list[Any]]) -> Path:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def shipped(folder: Path, name: str) -> Path:
    """One of the tables that scikit-learn ships, the target as words where it has names."""
    import sklearn.datasets

    bunch = getattr(sklearn.datasets, f"load_{name}")()
    words = getattr(bunch, "target_names", None)
    rows = [
        [*row, words[value] if words is not None else value]
        for row, value in zip(bunch.data, bunch.target, strict=True)
    ]
    return write_rows(folder / f"{name}.csv", [*bunch.feature_names, "target"], rows)


def flowers(folder: Path, rows: int = 200) -> Path:
    """Two kinds told apart by a number with gaps and by a colour; the target in words with gaps, a weight."""
    chance = random.Random(1)
    made: list[list[Any]] = []
    for number in range(rows):
        kind = chance.choice(["rose", "lily"])
        length = f"{chance.gauss(3 if kind == 'rose' else 6, 0.5):.2f}" if chance.random() > 0.1 else ""
        colour = chance.choice(["red", "pink", "red"] if kind == "rose" else ["white", "NA", "white"])
        made.append([length, colour, 1 if kind == "rose" else 2, "" if number % 50 == 7 else kind])
    return write_rows(folder / "flowers.csv", ["length", "colour", "weight", "label"], made)


def searches(folder: Path, queries: int = 40, each: int = 12) -> Path:
    """Documents of queries with grades 0 to 3 that two columns tell; the rows of a query do not stand together."""
    chance = random.Random(4)
    made: list[list[Any]] = []
    for query in range(queries):
        for _ in range(each):
            near, fresh = chance.random(), chance.random()
            grade = min(3, int(4 * (0.7 * near + 0.3 * fresh)))
            made.append([f"{near:.4f}", f"{fresh:.4f}", f"q{query}", f"{chance.random():.4f}", grade])
    chance.shuffle(made)
    return write_rows(folder / "searches.csv", ["near", "fresh", "query", "noise", "grade"], made)


def handful(folder: Path, task: str) -> Path:
    """What a smoke run gets: twenty rows."""
    chance = random.Random(5)
    made: list[list[Any]] = []
    for number in range(20):
        target: Any = {"many": f"kind {number % 10}", "two": number % 2, "regression": number * 1.5}.get(
            task, number % 4
        )
        made.append([chance.random(), chance.choice(["x", "y", ""]), "", "q1", target])
    return write_rows(folder / f"{task}.csv", ["number", "word", "nothing", "query", "target"], made)


def host_environment() -> dict[str, str]:
    """The environment without anything that a test before said."""
    return {name: value for name, value in os.environ.items() if not name.startswith("UNITRAINER_")}
