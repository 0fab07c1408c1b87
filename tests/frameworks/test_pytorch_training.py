"""The PyTorch script trains for real on the CPU: tables and folders of images, one process and several, broken off and
gone on with. What needs no timm runs with PyTorch, NumPy and Pillow alone.

UNITRAINER_TEST_TORCH_PYTHON names an interpreter that has them.
"""

import csv
import json
import math
import os
import random
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.frameworks import torch_case
from tests.frameworks.torch_case import needs, run, surroundings, told
from unitrainer_tui.frameworks import pytorch as script_room

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(600)]

SCRIPT = Path(script_room.__file__).parent
ROOT = Path(__file__).parents[2]
DIGITS = ROOT / "sample_configs/data/digits.csv"

# Squares and discs in many colours on a dark ground, 40 × 48 pixels, a class with a name of its own each.
DRAW = """
import random, sys
from pathlib import Path
from PIL import Image, ImageDraw
root, count, chance = Path(sys.argv[1]), int(sys.argv[2]), random.Random(0)
for kind in ("disc", "box"):
    (root / kind).mkdir(parents=True)
    for number in range(count):
        picture = Image.new("RGB", (40, 48), tuple(chance.randint(0, 60) for _ in range(3)))
        x, y, side = chance.randint(2, 10), chance.randint(2, 10), chance.randint(16, 24)
        draw = ImageDraw.Draw(picture)
        colour = tuple(chance.randint(120, 255) for _ in range(3))
        (draw.rectangle if kind == "box" else draw.ellipse)([x, y, x + side, y + side], fill=colour)
        picture.save(root / kind / f"{number:03}.{'jpg' if number % 5 == 0 else 'png'}")
"""


@pytest.fixture(scope="module")
def python() -> str:
    return torch_case.torch_python()


@pytest.fixture(scope="module")
def shapes(python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data") / "shapes"
    subprocess.run([python, "-c", DRAW, str(root), "30"], check=True)
    return root


Place = Callable[..., Path]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    def placed(name: str = "a", **job: Any) -> Path:
        whole = {"framework": "pytorch", "epochs": 3, "seed": 1, "gpus": 0, "nodes": 1, "rendezvous": None, **job}
        return torch_case.place(SCRIPT, tmp_path / name, **whole)

    return placed


def flowers(folder: Path, rows: int = 160) -> Path:
    """Two kinds told apart by a number with gaps and by a colour; the target in words, and a weight."""
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


def houses(folder: Path, rows: int = 200) -> Path:
    """A price far from zero, linear in two numbers."""
    chance = random.Random(2)
    lines = ["area\trooms\tprice"]
    for _ in range(rows):
        area, rooms = chance.uniform(20, 200), chance.randint(1, 7)
        lines.append(f"{area:.1f}\t{rooms}\t{250_000 + 3000 * area + 9000 * rooms + chance.gauss(0, 2000):.0f}")
    path = folder / "houses.tsv"
    path.write_text("\n".join(lines) + "\n")
    return path


def held(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


def losses(folder: Path) -> list[tuple[float, float]]:
    with (folder / "results.csv").open() as stream:
        return [(float(row["loss"]), float(row["val_loss"])) for row in csv.DictReader(stream)]


def near(one: list[tuple[float, float]], other: list[tuple[float, float]], share: float = 1e-4) -> bool:
    assert len(one) == len(other)
    return all(
        math.isclose(a, b, rel_tol=share) for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True)
    )


LOAD = """
import json, sys
sys.path.insert(0, "out/code")
from predict import load_model
model = load_model(sys.argv[1])
print(json.dumps([model.predict(json.loads(sys.argv[2])), model.about["task"]]))
"""


def predicted(python: str, folder: Path, samples: list[Any], file: str = "out/model.pt") -> list[Any]:
    """What a process that knows nothing but the output folder predicts."""
    command = [python, "-c", LOAD, file, json.dumps(samples)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[0]


# ------------------------------------------------------------------------------------------------------------ tables


def test_a_table_with_words_gaps_and_weights_is_classified_and_the_model_takes_raw_rows(python, place, tmp_path):
    job = place(model="mlp", epochs=12, batch_size=16, options={"lr": 0.01}, dataset={"weight": "weight"})
    code, output = run(python, job, flowers(tmp_path))
    assert code == 0, output
    assert [(one["epoch"], one["total_epochs"]) for one in told(output)] == [(n, 12) for n in range(1, 13)]
    assert told(output)[-1]["metrics"]["accuracy"] > 0.95
    metrics = held(tmp_path / "a/out", "metrics.json")
    assert metrics["features"] == ["length", "colour"]
    assert metrics["model_check"]["loaded"] is True
    assert metrics["model_check"]["predicted"] == 32
    rows = [[3.0, "red"], {"colour": "white", "length": 6.1}, [None, "pink"], [6.0, "never seen"]]
    assert predicted(python, tmp_path / "a", rows) == ["rose", "lily", "rose", "lily"]
    made = held(tmp_path / "a/out", "environment.json")
    assert made["seed"] == 1
    assert {"torch", "numpy", "pillow"} <= set(made["versions"])


def test_a_number_is_predicted_in_its_own_units(python, place, tmp_path):
    job = place(epochs=40, batch_size=16, options={"lr": 0.01, "hidden": [32]})
    code, output = run(python, job, houses(tmp_path))
    assert code == 0, output
    assert told(output)[-1]["metrics"]["r2"] > 0.95
    assert 100 < told(output)[-1]["metrics"]["mae"] < 20_000
    [price] = predicted(python, tmp_path / "a", [[100, 3]])
    assert price == pytest.approx(577_000, rel=0.05)


def test_the_same_seed_gives_the_same_figures(python, place, shapes, tmp_path):
    for name in ("a", "b"):
        code, output = run(python, place(name, epochs=2, options={"workers": 2 if name == "b" else 0}), shapes)
        assert code == 0, output
    assert losses(tmp_path / "a/out") == losses(tmp_path / "b/out"), "however many processes read the pictures"


# ------------------------------------------------------------------------------------------------------------ images


def test_pictures_in_folders_are_classified(python, place, shapes, tmp_path):
    job = place(epochs=10, batch_size=8, image_size=32)
    code, output = run(python, job, shapes)
    assert code == 0, output
    assert told(output)[-1]["metrics"]["val_loss"] < told(output)[0]["metrics"]["val_loss"]
    assert max(one["metrics"]["accuracy"] for one in told(output)) >= 0.9
    metrics = held(tmp_path / "a/out", "metrics.json")
    assert metrics["model"] == "small-cnn"
    assert metrics["classes"] == ["box", "disc"]
    assert metrics["samples"] == {"train": 48, "validation": 12}
    answers = predicted(python, tmp_path / "a", [str(path) for path in sorted((shapes / "box").iterdir())])
    assert answers.count("box") >= 25


def test_the_larger_network_learns_too(python, place, shapes, tmp_path):
    job = place(model="resnet-small", epochs=3, batch_size=8, image_size=32, options={"augment": False, "lr": 0.0005})
    code, output = run(python, job, shapes)
    assert code == 0, output
    assert told(output)[-1]["metrics"]["loss"] < told(output)[0]["metrics"]["loss"]
    assert predicted(python, tmp_path / "a", [str(shapes / "box/001.png")])[0] in ("box", "disc")


def test_the_example_of_the_documentation_runs_as_it_stands(python, place, shapes, tmp_path):
    code, output = run(python, place(epochs=1, image_size=32), shapes)
    assert code == 0, output
    text = (ROOT / "docs/FRAMEWORKS.md").read_text().split('`framework = "pytorch"`')[1]
    example = text.split("```python")[1].split("```")[0]
    for name in ("one", "another"):
        shutil.copyfile(shapes / "box/001.png", tmp_path / f"a/out/{name}.png")
    done = subprocess.run([python, "-c", example], cwd=tmp_path / "a/out", capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first == "classification ['box', 'disc']"
    assert second in ("['box', 'box']", "['disc', 'disc']")
    command = [python, "code/predict.py", "model.pt", "one.png"]
    said = subprocess.run(command, cwd=tmp_path / "a/out", capture_output=True, text=True, check=True).stdout
    assert json.loads(said) in ("box", "disc")


@pytest.mark.parametrize("valid", ["val", "valid", "validation", "test"])
def test_a_dataset_with_a_validation_folder_is_validated_on_it(python, place, shapes, tmp_path, valid):
    root = tmp_path / "zipped/shapes"
    shutil.copytree(shapes, root / "train")
    shutil.copytree(shapes / "box", root / valid / "box")
    code, output = run(python, place(epochs=1, image_size=32), tmp_path / "zipped")
    assert code == 0, output
    assert held(tmp_path / "a/out", "metrics.json")["samples"] == {"train": 60, "validation": 30}


def test_a_picture_that_cannot_be_read_is_named_in_one_sentence(python, place, shapes, tmp_path):
    shutil.copytree(shapes, tmp_path / "set")
    (tmp_path / "set/box/001.png").write_bytes((shapes / "box/001.png").read_bytes()[:60])
    for workers in (0, 2):
        code, output = run(python, place(str(workers), options={"workers": workers}), tmp_path / "set")
        assert code == 2
        assert re.search(r"error: The picture \S*/box/001.png cannot be read \(.*\); mend it or take it out", output)
        assert "Traceback" not in output


def test_half_precision_on_the_cpu_learns_too(python, place, shapes):
    code, output = run(python, place(epochs=2, options={"amp": "bf16"}), shapes)
    assert code == 0, output
    assert ", bfloat16," in output
    assert math.isfinite(told(output)[-1]["metrics"]["val_loss"])


# ---------------------------------------------------------------------------------------------- stopping, going on


def test_training_ends_early_and_the_best_epoch_is_the_model(python, place, tmp_path):
    """At such a rate the val_loss soon rises."""
    job = place(epochs=60, batch_size=8, options={"lr": 0.05, "patience": 3}, dataset={"target": "digit"})
    code, output = run(python, job, DIGITS)
    assert code == 0, output
    assert "ends early" in output
    course = [loss for _, loss in losses(tmp_path / "a/out")]
    assert len(course) < 60
    metrics = held(tmp_path / "a/out", "metrics.json")
    assert metrics["kept_epoch"] == metrics["best_epoch"] == course.index(min(course)) + 1 == len(course) - 3
    assert metrics["metrics"]["val_loss"] == min(course)


def broken_off(python: str, job: Path, dataset: Path, after: int, **more: str) -> str:
    """Trains until the epoch `after` is told, then interrupts, as the host does it: all processes of the job."""
    output = ""
    with subprocess.Popen(
        [python, "train.py"],
        cwd=job,
        env=surroundings(dataset, job.parent / "out", **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            output += line
            if f'"epoch": {after},' in line:
                os.killpg(process.pid, signal.SIGINT)
                break
        output += process.stdout.read()
        assert process.wait(timeout=60) == 130, output
    return output


@pytest.mark.parametrize("processes", [1, 2])
def test_an_interrupt_leaves_a_model_and_a_checkpoint_of_the_last_whole_epoch(
    python, place, shapes, tmp_path, processes
):
    options = {"processes": processes, "workers": 0}
    job = place(epochs=500, batch_size=16, image_size=24, options=options)
    output = broken_off(python, job, shapes, 2)
    assert "what was learned is saved" in output
    done = len(losses(tmp_path / "a/out"))
    assert 2 <= done < 500
    look = "import sys, torch; print(torch.load(sys.argv[1], weights_only=True)['epoch'])"
    command = [python, "-c", look, str(tmp_path / "a/out/last.pt")]
    assert int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) == done
    assert predicted(python, tmp_path / "a", [str(shapes / "box/001.png")])[0] in ("box", "disc")


def test_a_resumed_training_has_the_losses_of_one_that_went_through(python, place, shapes, tmp_path):
    options = {"dropout": 0.2, "warmup_epochs": 1, "clip": 1.0, "workers": 0}
    job = {"epochs": 16, "batch_size": 16, "image_size": 24, "options": options}
    broken_off(python, place("broken", **job), shapes, 3)
    shutil.copytree(tmp_path / "broken/out", tmp_path / "earlier")
    done = len(losses(tmp_path / "earlier"))
    code, output = run(python, place("on", **job), shapes, UNITRAINER_CHECKPOINT=str(tmp_path / "earlier"))
    assert code == 0, output
    assert f"Going on after epoch {done}" in output
    assert [one["epoch"] for one in told(output)] == list(range(done + 1, 17))
    code, output = run(python, place("through", **job), shapes)
    assert code == 0, output
    assert near(losses(tmp_path / "on/out"), losses(tmp_path / "through/out"))
    assert (
        held(tmp_path / "on/out", "metrics.json")["best_epoch"]
        == held(tmp_path / "through/out", "metrics.json")["best_epoch"]
    )


def test_a_table_goes_on_with_the_means_that_its_weights_were_learned_with(python, place, tmp_path):
    table = houses(tmp_path)
    code, output = run(python, place("first", epochs=10, batch_size=16, options={"lr": 0.01}), table)
    assert code == 0, output
    with table.open("a") as stream:  # more rows than the first time, of other means
        stream.writelines(f"{area}\t5\t{295_000 + 3000 * area}\n" for area in range(100, 400, 10))
    earlier = str(tmp_path / "first/out")
    job = place("on", epochs=20, batch_size=16, options={"lr": 0.01})
    code, output = run(python, job, table, UNITRAINER_CHECKPOINT=earlier)
    assert code == 0, output
    assert losses(tmp_path / "on/out")[10][1] < 1, "no jump as from weights that see other numbers than they learned"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"model": "resnet-small"}, "its model is 'small-cnn', now 'resnet-small'"),
        ({"classes": True}, r"its classes are \['box', 'disc'\], now \['box', 'disc', 'star'\]"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused_before_training(python, place, shapes, tmp_path, change, sentence):
    code, output = run(python, place("first", epochs=1, image_size=24), shapes)
    assert code == 0, output
    dataset = shapes
    if change.pop("classes", False):
        dataset = shutil.copytree(shapes, tmp_path / "more")
        shutil.copytree(shapes / "box", dataset / "star")
    job = place("on", epochs=2, image_size=24, **change)
    code, output = run(python, job, dataset, UNITRAINER_CHECKPOINT=str(tmp_path / "first/out"))
    assert code == 2
    assert re.search(f"error: The checkpoint last.pt of the earlier run does not fit this job: {sentence}", output)
    assert told(output) == []


def test_with_nothing_left_to_do_training_starts_anew_and_says_so(python, place, shapes, tmp_path):
    code, output = run(python, place("first", epochs=2, image_size=24), shapes)
    assert code == 0, output
    job = place("again", epochs=2, image_size=24)
    code, output = run(python, job, shapes, UNITRAINER_CHECKPOINT=str(tmp_path / "first/out"))
    assert code == 0, output
    assert "nothing is left to go on with, so training starts anew" in output
    assert [one["after"] for one in told(output, "start")] == [0]
    assert [one["epoch"] for one in told(output)] == [1, 2]


def test_a_checkpoint_can_be_left_aside(python, place, shapes, tmp_path):
    code, output = run(python, place("first", epochs=2, image_size=24), shapes)
    assert code == 0, output
    checkpoint = {"UNITRAINER_CHECKPOINT": str(tmp_path / "first/out")}
    code, output = run(python, place("on", epochs=3, image_size=24), shapes, **checkpoint)
    assert code == 0, output
    assert [one["after"] for one in told(output, "start")] == [2]
    assert [one["epoch"] for one in told(output)] == [3]
    code, output = run(python, place("anew", epochs=3, image_size=24, options={"resume": False}), shapes, **checkpoint)
    assert code == 0, output
    assert [one["epoch"] for one in told(output)] == [1, 2, 3]


# ---------------------------------------------------------------------------------- several processes and machines


def test_two_processes_reach_the_loss_of_one(python, place, tmp_path):
    job = {"epochs": 6, "batch_size": 32, "options": {"lr": 0.003}, "dataset": {"target": "digit"}}
    for name, processes in (("one", 1), ("two", 2)):
        options = {**job["options"], "processes": processes}
        code, output = run(python, place(name, **{**job, "options": options}), DIGITS)
        assert code == 0, output
        assert [one["epoch"] for one in told(output)] == [1, 2, 3, 4, 5, 6], "only the first process tells"
    assert near(losses(tmp_path / "one/out"), losses(tmp_path / "two/out"), 1e-3)
    assert held(tmp_path / "two/out", "environment.json")["processes"] == 2


def test_what_aborts_in_the_end_of_the_interpreter_fails_no_training(python, place, tmp_path):
    """As gloo's threads do now and then, the model being saved already."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(
        "import atexit, os\nif 'RANK' in os.environ:\n    atexit.register(os.abort)\n"
    )
    job = place("two", epochs=1, batch_size=32, options={"processes": 2}, dataset={"target": "digit"})
    code, output = run(python, job, DIGITS, PYTHONPATH=str(tmp_path / "site"))
    assert code == 0, output
    assert (tmp_path / "two/out/environment.json").is_file()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def two_machines(python: str, place: Place, job: dict[str, Any], *more: dict[str, str]) -> list[tuple[int, str]]:
    """(exit code, output) of two launchers as on two machines, node 0 at 127.0.0.2; node 1 begins first."""
    meeting = {"host": "127.0.0.2", "port": free_port()}
    nodes = []
    for rank in (1, 0):
        folder = place(f"node{rank}", **job, nodes=2, node_rank=rank, rendezvous=meeting)
        nodes.append(
            subprocess.Popen(
                [python, "train.py"],
                cwd=folder,
                env=surroundings(DIGITS, folder.parent / "out", **(more[rank] if more else {})),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    said = [process.communicate(timeout=200)[0] for process in nodes]
    return [(process.returncode, output) for process, output in zip(nodes, said, strict=True)][::-1]


def test_two_machines_train_one_model_together(python, place, tmp_path):
    """The loss of one machine, and only node 0 tells and writes."""
    job = {"epochs": 6, "batch_size": 32, "options": {"lr": 0.003}, "dataset": {"target": "digit"}}
    code, output = run(python, place("one", **job), DIGITS)
    assert code == 0, output
    (code0, first), (code1, second) = two_machines(python, place, job)
    assert (code0, code1) == (0, 0), first + second
    assert [one["epoch"] for one in told(first)] == [1, 2, 3, 4, 5, 6]
    assert told(second) == []
    assert near(losses(tmp_path / "one/out"), losses(tmp_path / "node0/out"), 1e-3)
    assert list((tmp_path / "node1/out").iterdir()) == []
    assert held(tmp_path / "node0/out", "environment.json")["nodes"] == 2


def test_machines_that_have_not_the_same_checkpoint_do_not_wait_for_each_other(python, place, tmp_path):
    job = {"epochs": 2, "batch_size": 32, "dataset": {"target": "digit"}}
    code, output = run(python, place("one", **{**job, "epochs": 1}), DIGITS)
    assert code == 0, output
    checkpoint = {"UNITRAINER_CHECKPOINT": str(tmp_path / "one/out")}
    (code0, first), (code1, second) = two_machines(python, place, job, checkpoint, {})
    assert (code0, code1) == (2, 2), first + second
    assert "Not all machines of this run have the same checkpoint" in first
    assert "Traceback" not in first + second


def test_the_error_of_any_process_ends_all_and_is_seen(python, place, shapes, tmp_path):
    """A picture that only the second process reads."""
    shutil.copytree(shapes, tmp_path / "train/train")
    shutil.copytree(shapes, tmp_path / "train/val")
    # Validation is dealt out in turn: the second of all pictures is the second process's.
    (tmp_path / "train/val/box/001.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    job = place(epochs=1, image_size=24, options={"processes": 2, "workers": 0})
    code, output = run(python, job, tmp_path / "train")
    assert code == 2, output
    assert "val/box/001.png cannot be read" in output


CHOICES = """
import torch
from engine import half_precision
from job import Refused
from ranks import device_of

class Gpus:
    chosen = None
    def __init__(self, count): self.count = count
    def is_available(self): return self.count > 0
    def device_count(self): return self.count
    def set_device(self, number): self.chosen = number

def refused(call, *words):
    try: call(*words)
    except Refused as problem: return str(problem)
    raise SystemExit("not refused")

four = Gpus(4)
assert device_of(4, 3, four) == torch.device("cuda", 3) and four.chosen == 3
assert device_of(0, 0, four) == torch.device("cpu")
assert "wants 4 GPUs and PyTorch" in refused(device_of, 4, 0, Gpus(2))
assert "sees 0" in refused(device_of, 1, 0, Gpus(0))
yes, no = (lambda: True), (lambda: False)
assert half_precision(None, "cuda", yes) is torch.bfloat16
assert half_precision(True, "cuda", no) is torch.float16
assert half_precision(False, "cuda", yes) is None
assert half_precision("fp16", "cuda", yes) is torch.float16
assert half_precision(None, "cpu", no) is None
assert half_precision(True, "cpu", no) is torch.bfloat16
assert "only GPUs" in refused(half_precision, "fp16", "cpu", no)
print("all as it should be")
"""


def test_the_device_and_the_precision_are_chosen_by_what_the_machine_has(python, place, shapes):
    code, output = run(python, place(), shapes, "-c", CHOICES)
    assert (code, output.strip()) == (0, "all as it should be")


# ---------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        ({"gpus": 4}, "The job wants 4 GPUs and PyTorch"),
        ({"options": {"learning_rate": 0.1, "lrr": 1}}, "There is no option 'learning_rate'"),
        ({"options": {"lrr": 1}}, "did you mean 'lr'?"),
        ({"options": {"lr": "fast"}}, "training.options.lr is 'fast' and must be a number above 0."),
        ({"options": {"amp": "fp16"}}, "which only GPUs are quick in"),
        ({"model": "small_cnn"}, "did you mean 'small-cnn'?"),
        (
            {"model": "mlp"},
            "'mlp' is a model for tables, and the dataset shapes is a folder of images; take 'small-cnn'.",
        ),
        ({"nodes": 2}, "its rendezvous (host, port) is missing"),
        ({"options": {"task": "regression"}}, "folders of images are classified"),
    ],
)
def test_what_cannot_be_done_is_said_early_in_one_sentence(python, place, shapes, job, sentence):
    code, output = run(python, place(**job), shapes)
    assert code == 2
    assert sentence in output
    assert output.count("error: ") == 1
    assert "Traceback" not in output


def test_a_fault_that_every_process_finds_is_said_once(python, place, shapes):
    code, output = run(python, place(model="mlp", options={"processes": 2}), shapes)
    assert code == 2
    assert output.count("take 'small-cnn'") == 1
    assert "Traceback" not in output


def test_a_loss_that_is_no_number_ends_the_training(python, place, tmp_path):
    job = place(epochs=5, options={"lr": 100, "optimizer": "sgd", "hidden": [64, 64, 64]})
    code, output = run(python, job, houses(tmp_path))
    assert code == 1
    assert "the loss is no number any more in epoch 1; lower options.lr" in output


# ------------------------------------------------------------------------------------------------------------- smoke


def test_a_handful_of_samples_with_a_batch_larger_than_all_is_trained(python, place, shapes, tmp_path):
    small = tmp_path / "small"
    for kind, count in (("box", 12), ("disc", 6), ("star", 1)):
        (small / kind).mkdir(parents=True)
        for number in range(count):
            source = shapes / ("box" if kind == "star" else kind) / f"{number + 1:03}.png"
            if source.exists():
                shutil.copyfile(source, small / kind / f"{number}.png")
    code, output = run(python, place(smoke=True, epochs=2, batch_size=256), small)
    assert code == 0, output
    rows = DIGITS.read_text().splitlines()[:21]
    (tmp_path / "few.csv").write_text("\n".join(rows) + "\n")
    job = place("table", smoke=True, epochs=2, batch_size=256, options={"processes": 2}, dataset={"target": "digit"})
    code, output = run(python, job, tmp_path / "few.csv")
    assert code == 0, output
    assert [one["epoch"] for one in told(output)] == [1, 2]


# -------------------------------------------------------------------------------------------------------------- timm


def test_a_timm_model_trains_from_scratch(python, place, shapes, tmp_path):
    needs(python, "timm", "torchvision")
    options = {"pretrained": False, "lr": 0.001}
    code, output = run(
        python, place(model="resnet10t", epochs=2, image_size=32, batch_size=16, options=options), shapes
    )
    assert code == 0, output
    assert len(told(output)) == 2
    assert predicted(python, tmp_path / "a", [str(shapes / "box/001.png")])[0] in ("box", "disc")


WEIGHTS = """
import sys, timm, torch
model = timm.create_model("resnet10t", pretrained=False)
with torch.no_grad():
    model.conv1[0].weight.fill_(0.125)
from safetensors.torch import save_file
save_file(model.state_dict(), sys.argv[1])
"""

FIRST = """
import sys, torch
print(torch.load(sys.argv[1], weights_only=True)["model"]["conv1.0.weight"].mean().item())
"""


def test_the_weights_of_a_timm_model_may_lie_in_the_dataset(python, place, shapes, tmp_path):
    needs(python, "timm", "torchvision", "safetensors")
    shutil.copytree(shapes, tmp_path / "set")
    subprocess.run([python, "-c", WEIGHTS, str(tmp_path / "set/resnet10t.safetensors")], check=True)
    job = place(model="resnet10t.c3_in1k", epochs=1, image_size=32, options={"lr": 1e-9})
    code, output = run(python, job, tmp_path / "set")
    assert code == 0, output
    command = [python, "-c", FIRST, str(tmp_path / "a/out/model.pt")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert float(said) == pytest.approx(0.125, abs=1e-5), "training began with what lay there"


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("resnet10tt", "timm has no model 'resnet10tt'; did you mean 'resnet10t'?"),
        ("resnet10t", "set options.pretrained = false, or put resnet10t.safetensors into the dataset's folder."),
    ],
)
def test_weights_that_cannot_be_had_are_an_explained_failure(python, place, shapes, model, sentence):
    needs(python, "timm", "torchvision")
    offline = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    code, output = run(python, place(model=model, image_size=32), shapes, **offline)
    assert code == 2
    assert sentence in output
    assert "Traceback" not in output
