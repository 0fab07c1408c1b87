"""YOLO trains for real, on the CPU, from the model's yaml: no GPU and no internet.

It needs PyTorch and Ultralytics (some 5 GB): UNITRAINER_TEST_TORCH_PYTHON names an interpreter that has them.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from unitrainer_tui.frameworks import yolo as script_room

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(600)]

SCRIPT = Path(script_room.__file__).parent

# Squares and discs on a dark ground, 64 × 64 pixels.
DRAW = """
import random, sys
from pathlib import Path
from PIL import Image, ImageDraw
root, chance = Path(sys.argv[1]), random.Random(0)
for split, count in (("train", 12), ("val", 4)):
    for kind in ("images", "labels"):
        (root / kind / split).mkdir(parents=True)
    for number in range(count):
        picture = Image.new("RGB", (64, 64), (20, 20, 20))
        x, y, side = chance.randint(4, 30), chance.randint(4, 30), chance.randint(16, 28)
        draw = ImageDraw.Draw(picture)
        (draw.rectangle if number % 2 else draw.ellipse)([x, y, x + side, y + side], fill=(255, 90, 60))
        picture.save(root / "images" / split / f"{number}.png")
        places = [(x + side / 2) / 64, (y + side / 2) / 64, side / 64, side / 64]
        label = " ".join(str(place) for place in [number % 2, *places])
        (root / "labels" / split / f"{number}.txt").write_text(label)
        folder = root.parent / "kinds" / split / ("box" if number % 2 else "disc")
        folder.mkdir(parents=True, exist_ok=True)
        picture.save(folder / f"{number}.png")
text = "path: C:\\\\Users\\\\somebody\\\\shapes\\ntrain: images/train\\nval: images/val\\nnames: [disc, box]\\n"
(root / "data.yaml").write_text(text)
"""

# What Ultralytics does for more than one GPU: the trainer is rebuilt from its class in another process.
ANOTHER_PROCESS = """
import subprocess, sys
import train
dataset, output = train.location("UNITRAINER_DATASET", "", {}), train.location("UNITRAINER_OUTPUT", "", {})
output.mkdir(parents=True, exist_ok=True)
data = train.layout.write_data_yaml(train.mirror(dataset, train.HERE / "dataset"), output)
import reporting
from ultralytics.utils.dist import generate_ddp_file
trainer = reporting.TRAINERS["detect"](overrides={
    "model": "yolo11n.yaml", "data": str(data), "epochs": 2, "imgsz": 64, "batch": 4, "device": "cpu",
    "project": str(output), "name": "training_run", "exist_ok": True, "plots": False, "pretrained": False,
})
print("PARENT ENDS ITS OWN PART", flush=True)
sys.exit(subprocess.run([sys.executable, generate_ddp_file(trainer)]).returncode)
"""


@pytest.fixture(scope="module")
def python() -> str:
    said = os.environ.get("UNITRAINER_TEST_TORCH_PYTHON")
    if not said:
        pytest.skip("UNITRAINER_TEST_TORCH_PYTHON names no interpreter with torch and ultralytics")
    return said


@pytest.fixture(scope="module")
def shapes(python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data") / "shapes"
    subprocess.run([python, "-c", DRAW, str(root)], check=True)
    return root


def place(folder: Path, **job: Any) -> Path:
    """The script's folder as a host has it, with its job."""
    shutil.copytree(SCRIPT, folder / "job", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    whole = {"model": "yolov11n", "epochs": 2, "batch_size": 4, "image_size": 64, "seed": 0, "gpus": 0, **job}
    (folder / "job/job.json").write_text(json.dumps(whole))
    return folder / "job"


def run(python: str, folder: Path, dataset: Path, *command: str) -> tuple[int, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UNITRAINER_", "PYTHONPATH"))}
    kept |= {"UNITRAINER_DATASET": str(dataset), "UNITRAINER_OUTPUT": str(folder.parent / "out")}
    done = subprocess.run(
        [python, *(command or ("train.py",))],
        cwd=folder,
        env=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def told(output: str) -> list[dict[str, Any]]:
    return [json.loads(line)["data"] for line in output.splitlines() if line.startswith('{"type": "progress"')]


SCRATCH = {"pretrained": False, "plots": False}


def test_detection_trains_and_tells_each_epoch_once(python, shapes, tmp_path):
    before = sorted(path.name for path in shapes.rglob("*"))
    code, output = run(python, place(tmp_path, options=SCRATCH), shapes)
    assert code == 0, output[-3000:]
    assert [(one["epoch"], one["total_epochs"]) for one in told(output)] == [(1, 2), (2, 2)]
    assert {"loss", "val_loss", "train/box_loss", "mAP50", "mAP50-95", "precision"} <= set(told(output)[1]["metrics"])
    assert (tmp_path / "out/training_run/weights/best.pt").stat().st_size > 1_000_000
    assert len((tmp_path / "out/training_run/results.csv").read_text().splitlines()) == 3
    assert json.loads((tmp_path / "out/metrics.json").read_text())["classes"] == ["disc", "box"]
    assert sorted(path.name for path in shapes.rglob("*")) == before, "the dataset is as it was"


def test_an_early_stop_tells_no_epoch_that_was_not_trained(python, shapes, tmp_path):
    options = {**SCRATCH, "time": 0.001}  # hours; Ultralytics works out the number of epochs anew as it goes
    code, output = run(python, place(tmp_path, epochs=500, options=options), shapes)
    assert code == 0, output[-3000:]
    trained = len((tmp_path / "out/training_run/results.csv").read_text().splitlines()) - 1
    assert 0 < trained < 500
    assert [one["epoch"] for one in told(output)] == list(range(1, trained + 1))


def test_classification_trains_from_folders(python, shapes, tmp_path):
    folder = place(tmp_path, model="yolo11n-cls", epochs=1, options=SCRATCH)
    code, output = run(python, folder, shapes.parent / "kinds")
    assert code == 0, output[-3000:]
    (only,) = told(output)
    assert "accuracy_top1" in only["metrics"]


def test_the_processes_of_several_gpus_tell_their_progress_too(python, shapes, tmp_path):
    code, output = run(python, place(tmp_path), shapes, "-c", ANOTHER_PROCESS)
    assert code == 0, output[-3000:]
    after = output.split("PARENT ENDS ITS OWN PART")[1]
    assert [one["epoch"] for one in told(after)] == [1, 2]


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        ({"gpus": 4}, "The job wants 4 GPUs and PyTorch"),
        ({"options": {"lr": 0.1}}, "Ultralytics has no option 'lr'"),
        ({"options": {"project": "elsewhere"}}, "is decided by the run itself"),
        ({"model": "yolo99n", "options": SCRATCH}, "Ultralytics has no model 'yolo99n.yaml'"),
        ({"model": "no-such-weights"}, "cannot be downloaded"),
    ],
)
def test_what_cannot_be_done_is_said_early_in_one_sentence(python, shapes, tmp_path, job, sentence):
    code, output = run(python, place(tmp_path, **job), shapes)
    assert code == 2
    assert sentence in output
    assert "Traceback" not in output


def test_a_dataset_without_a_data_yaml_is_refused_before_torch_is_loaded(shapes, tmp_path):
    """Runs with this interpreter, which has no torch."""
    code, output = run(sys.executable, place(tmp_path), shapes / "images")
    assert code == 2
    assert "There is no data.yaml" in output
