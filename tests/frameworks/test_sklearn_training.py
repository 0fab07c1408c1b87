"""The tabular script trains for real, in the way it does on a host: its folder, a job.json, a table, an output."""

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")

from unitrainer_tui.frameworks import sklearn as script_room

SCRIPT = Path(script_room.__file__).parent
SAMPLE = Path(__file__).parents[2] / "sample_configs/data/digits.csv"
Train = Callable[..., int]


@pytest.fixture(scope="module")
def script() -> Iterator[Any]:
    """The script's own modules, imported as on the host (side by side), and forgotten afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(SCRIPT))
    import train  # type: ignore[import-not-found]

    yield train
    sys.path.remove(str(SCRIPT))
    for name in ("train", "table", "names", "estimators", "fitting", "job", "report"):
        if name not in before:
            sys.modules.pop(name, None)


@pytest.fixture
def train(script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    def run(place: Path, **job: Any) -> int:
        (tmp_path / "job.json").write_text(json.dumps({"framework": "sklearn", "seed": 3, **job}))
        monkeypatch.setenv("UNITRAINER_JOB", str(tmp_path / "job.json"))
        monkeypatch.setenv("UNITRAINER_DATASET", str(place))
        monkeypatch.setenv("UNITRAINER_OUTPUT", str(tmp_path / "output"))
        return int(script.main())

    return run


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = capsys.readouterr().out.splitlines()
    return [json.loads(line)["data"] for line in lines if line.startswith("{")]


def flowers(folder: Path, rows: int = 120) -> Path:
    """Two kinds told apart by a number with gaps and by a colour; the target in words, a weight, a ragged space."""
    chance = random.Random(1)
    path = folder / "flowers.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["length", "colour", "weight", "label"])
        for _ in range(rows):
            kind = chance.choice(["rose", "lily"])
            length = f"{chance.gauss(3 if kind == 'rose' else 6, 0.5):.2f}" if chance.random() > 0.1 else ""
            colour = chance.choice(["red", "pink"] if kind == "rose" else ["white", "NA"])
            writer.writerow([length, colour, 1 if kind == "rose" else 2, kind])
    return path


def houses(folder: Path, rows: int = 150) -> Path:
    """A price far from zero, linear in two numbers."""
    chance = random.Random(2)
    lines = ["area\trooms\tprice"]
    for _ in range(rows):
        area, rooms = chance.uniform(20, 200), chance.randint(1, 7)
        lines.append(f"{area:.1f}\t{rooms}\t{250_000 + 3000 * area + 9000 * rooms + chance.gauss(0, 2000):.0f}")
    path = folder / "houses.tsv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("model", "epochs"), [("mlp", 6), ("sgd", 6), ("hist-gradient-boosting", 3), ("random-forest", 4)]
)
def test_models_with_epochs_tell_each_once_and_learn_the_digits(train, capsys, tmp_path, model, epochs):
    options = {"trees": 12} if epochs < 5 else {}
    assert train(SAMPLE, model=model, epochs=epochs, batch_size=32, options=options, dataset={"target": "digit"}) == 0
    epochs_told = told(capsys)
    assert [(one["epoch"], one["total_epochs"]) for one in epochs_told] == [(n, epochs) for n in range(1, epochs + 1)]
    assert epochs_told[-1]["metrics"]["val_loss"] < epochs_told[0]["metrics"]["val_loss"]
    assert epochs_told[-1]["metrics"]["accuracy"] > 0.8
    metrics = json.loads((tmp_path / "output/metrics.json").read_text())
    assert metrics["task"] == "classification"
    assert metrics["rows"] == 600
    assert len((tmp_path / "output/results.csv").read_text().splitlines()) == epochs + 1


@pytest.mark.parametrize("model", ["logistic-regression", "ridge", "naive-bayes", "DecisionTreeClassifier"])
def test_models_without_epochs_are_fitted_once(train, capsys, tmp_path, model):
    assert train(flowers(tmp_path), model=model, epochs=50) == 0
    (only,) = told(capsys)
    assert (only["epoch"], only["total_epochs"]) == (1, 1)
    assert only["metrics"]["accuracy"] > 0.9


def test_the_saved_model_takes_raw_rows_with_words_and_gaps(train, tmp_path):
    import numpy as np
    import skops.io

    assert train(flowers(tmp_path), model="hist-gradient-boosting", epochs=3, dataset={"weight": "weight"}) == 0
    metrics = json.loads((tmp_path / "output/metrics.json").read_text())
    assert metrics["features"] == ["length", "colour"]
    assert metrics["categorical"] == ["colour"]
    model = skops.io.load(tmp_path / "output/model.skops", trusted=metrics["trusted_types"])
    rows = np.array([[3.0, "red"], [6.1, "white"], [float("nan"), None], [6.0, "never seen"]], dtype=object)
    assert model.predict(rows).tolist()[:2] == ["rose", "lily"]


@pytest.mark.parametrize("model", ["sgd", "mlp", "random-forest", "linear-regression"])
def test_a_number_is_predicted_in_its_own_units(train, capsys, tmp_path, model):
    options = {"learning_rate_init": 0.01} if model == "mlp" else {}
    assert train(houses(tmp_path), model=model, epochs=40, batch_size=16, options=options) == 0
    assert told(capsys)[-1]["metrics"]["r2"] > 0.9
    metrics = json.loads((tmp_path / "output/metrics.json").read_text())
    assert metrics["task"] == "regression"
    assert metrics["metrics"]["mae"] > 100


def test_the_same_seed_gives_the_same_figures(train, capsys):
    runs = []
    for _ in range(2):
        assert train(SAMPLE, model="sgd", epochs=3, dataset={"target": "digit"}) == 0
        runs.append(told(capsys))
    assert runs[0] == runs[1]


def test_the_best_epoch_is_kept_and_not_the_last(train, tmp_path):
    """At such a rate the loss on the validation part rises after a few epochs."""
    options = {"learning_rate_init": 0.05}
    assert train(SAMPLE, model="mlp", epochs=12, options=options, dataset={"target": "digit"}) == 0
    with (tmp_path / "output/results.csv").open() as stream:
        losses = [float(row["val_loss"]) for row in csv.DictReader(stream)]
    metrics = json.loads((tmp_path / "output/metrics.json").read_text())
    assert metrics["metrics"]["val_loss"] == min(losses)


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        ({"model": "random-forrest"}, "did you mean 'random-forest'?"),
        ({"model": "mlp", "options": {"learning_rate_ini": 1}}, "did you mean 'learning_rate_init'?"),
        ({"model": "linear-regression"}, "Regression needs a target of numbers"),
        ({"options": {"task": "guessing"}}, "must be classification or regression"),
        ({"dataset": {"target": "kind"}}, "There is no column 'kind'"),
        ({"model": "VotingClassifier"}, "needs another estimator inside"),
    ],
)
def test_what_cannot_be_done_is_said_early_in_one_sentence(train, capsys, tmp_path, job, sentence):
    assert train(flowers(tmp_path), **job) == 2
    spoken = capsys.readouterr().err
    assert sentence in spoken
    assert spoken.count("\n") == 1
    assert not (tmp_path / "output/model.skops").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a,label\n1,x\n2,y,z\n", "line 3: 3 cells where the header has 2"),
        (b"a,label\n1,x\n2,\xff\n", "is not UTF-8 text"),
        (b"", "is empty"),
        (b"a,label\n1,x\n2,x\n3,x\n4,x\n5,x\n6,x\n", "one value only"),
        (b"a,label\n1,x\n2,y\n", "at least 5"),
    ],
)
def test_a_table_that_does_not_hold_is_refused(train, capsys, tmp_path, content, sentence):
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    assert train(path, model="sgd") == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("model", ["sgd", "mlp"])  # the network swallows an interrupt in mid-epoch
def test_the_folder_runs_by_itself_on_any_machine(tmp_path, model):
    """Copied away, with the paths in job.json and nothing of the program importable; and an interrupt saves."""
    shutil.copytree(SCRIPT, tmp_path / "job", ignore=shutil.ignore_patterns("__pycache__"))
    job = {"model": model, "epochs": 100_000, "dataset_path": str(SAMPLE), "output_path": str(tmp_path / "out")}
    (tmp_path / "job/job.json").write_text(json.dumps({**job, "dataset": {"target": "digit"}}))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UNITRAINER_")}
    command = [sys.executable, "train.py"]
    with subprocess.Popen(command, cwd=tmp_path / "job", env=kept, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if '"epoch": 3,' in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
        assert process.wait(timeout=60) == 130
    assert "saving what was learned" in rest
    assert (tmp_path / "out/model.skops").stat().st_size > 0
