"""The tabular script trains for real, in the way it does on a host: its folder, a job.json, a table, an output."""

import csv
import json
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")

from tests.frameworks import tabular_case as case
from tests.frameworks.tabular_case import told
from unitrainer_tui.frameworks import sklearn as script_room

SCRIPT = Path(script_room.__file__).parent
SAMPLE = case.DIGITS


@pytest.fixture(scope="module")
def script() -> Iterator[Any]:
    with case.script_of("sklearn") as module:
        yield module


@pytest.fixture
def train(script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> case.Runner:
    return case.Runner(script, "sklearn", tmp_path, monkeypatch)


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
        ({"dataset": {"target": "kind"}}, "has no column 'kind' (dataset.target = \"kind\")"),
        ({"model": "VotingClassifier"}, "needs another estimator inside"),
        ({"model": "mlp", "options": {"activation": "steep"}}, "MLPClassifier refuses: The 'activation' parameter"),
        (
            {"model": "random-forest", "options": {"max_depth": "deep"}},
            "RandomForestClassifier refuses: The 'max_depth'",
        ),
        ({"options": {"keep": "all"}}, "must be best or last"),
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
    kept = case.host_environment()
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


def predictions(folder: Path, table: Path) -> Any:
    """The saved Pipeline's answers to the rows of a table of numbers."""
    import numpy as np
    import skops.io

    metrics = json.loads((folder / "metrics.json").read_text())
    with table.open() as stream:
        rows = [[float(row[name]) for name in metrics["features"]] for row in csv.DictReader(stream)]
    return skops.io.load(folder / "model.skops", trusted=metrics["trusted_types"]).predict(np.array(rows))


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("mlp", {"hidden_layer_sizes": [16], "keep": "last"}),
        ("sgd", {"keep": "last"}),
        ("hist-gradient-boosting", {"trees": 20}),
        ("gradient-boosting", {"trees": 20, "subsample": 0.7}),
        ("random-forest", {"trees": 20}),
    ],
)
def test_going_on_from_a_checkpoint_equals_training_in_one_go(train, capsys, tmp_path, model, options):
    """The first run is interrupted after its third epoch, as a limit does it."""
    table = case.shipped(tmp_path, "diabetes")
    job = {"model": model, "epochs": 8, "options": options, "batch_size": 32}
    assert train(table, output="whole", **job) == 0
    whole = train.results()

    def interrupted(self: Any) -> None:
        if len(course.history) == 3:
            raise KeyboardInterrupt

    courses = train.script.Course
    course: Any = None

    class Noted(courses):  # type: ignore[misc, valid-type]
        def __init__(self, *given: Any, **named: Any) -> None:
            nonlocal course
            super().__init__(*given, **named)
            course = self

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train.script, "Course", Noted)
        patch.setattr(train.script.Interrupts, "stop_here", interrupted)
        assert train(table, output="first", **job) == 130
    assert len(train.results()) == 3
    capsys.readouterr()
    assert train(table, output="second", checkpoint=tmp_path / "first", **job) == 0
    out = capsys.readouterr().out
    assert "Going on from the checkpoint after epoch 3 of 8." in out
    assert [one["after"] for one in case.records(out, "start")] == [3]
    assert [one["epoch"] for one in case.records(out)] == [4, 5, 6, 7, 8]
    assert [row["epoch"] for row in train.results()] == list(range(1, 9))
    for one, other in zip(whole, train.results(), strict=True):
        assert one["val_loss"] == pytest.approx(other["val_loss"], rel=1e-6)
    assert predictions(tmp_path / "second", table) == pytest.approx(predictions(tmp_path / "whole", table), rel=1e-6)


def test_the_best_epoch_of_an_earlier_run_stays_the_best(train, tmp_path):
    options = {"learning_rate_init": 0.05}
    assert train(SAMPLE, model="mlp", epochs=10, options=options, dataset={"target": "digit"}, output="first") == 0
    best = train.metrics()
    job = {"model": "mlp", "options": {**options, "learning_rate_init": 0.5}, "dataset": {"target": "digit"}}
    assert train(SAMPLE, epochs=12, output="second", checkpoint=tmp_path / "first", **job) == 0
    assert train.metrics()["best_epoch"] == best["best_epoch"]
    assert train.metrics()["metrics"] == best["metrics"]


def test_more_trees_are_grown_onto_an_earlier_forest(train, capsys, tmp_path):
    table = case.shipped(tmp_path, "iris")
    job = {"model": "random-forest", "epochs": 4}
    assert train(table, options={"trees": 10}, output="first", **job) == 0
    assert train(table, options={"trees": 10}, output="again", checkpoint=tmp_path / "first", **job) == 0
    assert "nothing left to learn in this job: training starts anew" in capsys.readouterr().out
    assert train(table, options={"trees": 40}, output="second", checkpoint=tmp_path / "first", **job) == 0
    assert [one["epoch"] for one in told(capsys)] == [2, 3, 4]


def test_a_checkpoint_of_another_job_is_refused(train, capsys, tmp_path):
    table = case.shipped(tmp_path, "iris")
    assert train(table, model="sgd", epochs=3, output="first") == 0
    capsys.readouterr()
    assert train(table, model="mlp", epochs=5, output="second", checkpoint=tmp_path / "first") == 2
    assert 'its model is "SGDClassifier" and this job\'s is "MLPClassifier"' in capsys.readouterr().err
    again = {"model": "mlp", "epochs": 5, "options": {"resume": False}}
    assert train(table, output="second", checkpoint=tmp_path / "first", **again) == 0


def test_a_model_that_is_fitted_once_leaves_no_checkpoint_and_starts_anew(train, capsys, tmp_path):
    table = case.shipped(tmp_path, "iris")
    assert train(table, model="ridge", output="first") == 0
    assert not (train.output / "checkpoint.json").exists()
    assert train(table, model="ridge", output="second", checkpoint=tmp_path / "first") == 0
    assert "left no checkpoint: training starts anew" in capsys.readouterr().out


def test_a_checkpoint_with_foreign_types_is_not_loaded(train, capsys, tmp_path):
    """The file comes back from another machine: nothing but scikit-learn's and numpy's types is built from it."""
    import hashlib

    import skops.io

    table = case.shipped(tmp_path, "iris")
    assert train(table, model="sgd", epochs=3, output="first") == 0
    first = tmp_path / "first"
    with (first / "checkpoint.skops").open("wb") as stream:
        skops.io.dump({"model": case.Runner}, stream)
    told_of = json.loads((first / "checkpoint.json").read_text())
    told_of["files"]["checkpoint.skops"] = hashlib.sha256((first / "checkpoint.skops").read_bytes()).hexdigest()
    (first / "checkpoint.json").write_text(json.dumps(told_of))
    capsys.readouterr()
    assert train(table, model="sgd", epochs=6, output="second", checkpoint=first) == 2
    assert "holds the type tests.frameworks.tabular_case.Runner" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("random-forest", "importance"),
        ("gradient-boosting", "importance"),
        ("logistic-regression", "coefficient"),
        ("sgd", "coefficient"),
        ("hist-gradient-boosting", "permutation"),
        ("nearest-neighbors", "permutation"),
    ],
)
def test_the_column_that_matters_is_found(train, tmp_path, model, kind):
    """`near` makes most of the grade, `noise` nothing; the word has as many columns inside as it has values."""
    chance = random.Random(7)
    rows = [[chance.random(), chance.choice("abcdefgh"), chance.random()] for _ in range(300)]
    made = [[noise, word, near, "high" if near > 0.5 else "low"] for noise, word, near in rows]
    table = case.write_rows(tmp_path / "made.csv", ["noise", "word", "near", "target"], made)
    assert train(table, model=model, epochs=5, options={"trees": 20} if "forest" in model else {}) == 0
    found = train.importances()
    assert set(found) == {"noise", "word", "near"}
    assert max(found, key=lambda name: found[name]) == "near"
    assert {row.split(",")[-1] for row in (train.output / "feature_importances.csv").read_text().splitlines()[1:]} == {
        kind
    }


def test_importances_that_would_take_long_are_left_out_with_a_line(train, capsys, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(train.script.importances.__globals__, "MOST_SECONDS", 0.0)
        assert train(case.shipped(tmp_path, "iris"), model="nearest-neighbors") == 0
    assert "feature_importances.csv is left out" in capsys.readouterr().out
    assert not (train.output / "feature_importances.csv").exists()


def test_training_stops_where_the_validation_does_not_get_better(train, tmp_path):
    options = {"learning_rate_init": 0.05, "early_stopping_rounds": 3}
    assert train(SAMPLE, model="mlp", epochs=200, options=options, dataset={"target": "digit"}) == 0
    metrics = train.metrics()
    assert metrics["stopped_early"]
    assert metrics["epochs"] == metrics["best_epoch"] + 3 == len(train.results()) < 200


def test_ranking_is_left_to_the_libraries_that_have_it(train, capsys, tmp_path):
    table = case.searches(tmp_path, queries=5)
    for job in ({"dataset": {"group": "query"}}, {"options": {"task": "ranking"}}):
        assert train(table, **job) == 2
        assert "scikit-learn has no model that ranks; use the framework xgboost or lightgbm." in capsys.readouterr().err


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("task", ["many", "two", "regression"])
@pytest.mark.parametrize("model", ["hist-gradient-boosting", "mlp", "sgd", "random-forest", "svm", "nearest-neighbors"])
def test_a_smoke_run_of_twenty_rows_holds(train, capfd, tmp_path, task, model):
    table = case.handful(tmp_path, task)
    assert train(table, model=model, epochs=2, smoke=True, batch_size=64) == 0
    assert 1 <= len(train.results()) <= 2
    assert train.metrics()["model_check"]["loaded"]
    spoken = capfd.readouterr()
    assert "warning" not in (spoken.out + spoken.err).lower()


def test_a_parquet_file_is_read_by_its_types(train, tmp_path):
    pytest.importorskip("pyarrow")
    import datetime

    import numpy as np
    import pyarrow
    import pyarrow.parquet
    import skops.io

    days = [datetime.date(2024, 1, 1) + datetime.timedelta(days=number) for number in range(60)]
    table = pyarrow.table(
        {
            "day": days,
            "code": pyarrow.array([str(number % 3) for number in range(60)]).dictionary_encode(),
            "flag": [number % 2 == 0 if number % 10 else None for number in range(60)],
            "price": pyarrow.array([number * 1.5 if number != 7 else None for number in range(60)]),
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "prices.parquet")
    assert train(tmp_path, model="linear-regression") == 0
    metrics = train.metrics()
    assert (metrics["rows"], metrics["rows_without_target"]) == (59, 1)
    assert metrics["categorical"] == ["code"]  # text of digits is text
    assert metrics["metrics"]["r2"] > 0.99
    model = skops.io.load(train.output / "model.skops", trusted=metrics["trusted_types"])
    seconds = datetime.datetime(2024, 1, 21, tzinfo=datetime.UTC).timestamp()
    row = np.array([[seconds, "2", 1.0]], dtype=object)
    assert model.predict(row)[0] == pytest.approx(30, abs=3)


def test_a_parquet_file_that_does_not_hold_is_refused(train, capsys, tmp_path):
    pytest.importorskip("pyarrow")
    import pyarrow
    import pyarrow.parquet

    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and then nothing")
    assert train(tmp_path / "torn.parquet") == 2
    assert "torn.parquet cannot be read as Parquet" in capsys.readouterr().err
    nested = pyarrow.table({"boxes": [[1.0, 2.0]] * 9, "target": list(range(9))})
    pyarrow.parquet.write_table(nested, tmp_path / "nested.parquet")
    assert train(tmp_path / "nested.parquet") == 2
    assert "the column 'boxes' holds list" in capsys.readouterr().err
    heavy = pyarrow.table({"a": list(range(9)), "w": [1.0] * 8 + [None], "target": list(range(9))})
    pyarrow.parquet.write_table(heavy, tmp_path / "heavy.parquet")
    assert train(tmp_path / "heavy.parquet", dataset={"weight": "w"}) == 2
    assert "row 9: the weight is not a number" in capsys.readouterr().err
