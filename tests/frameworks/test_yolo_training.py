"""YOLO trains for real, on the CPU, from the model's yaml: no GPU and no internet.

It needs PyTorch and Ultralytics (some 5 GB): UNITRAINER_TEST_TORCH_PYTHON names an interpreter that has them.
"""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.frameworks import torch_case
from tests.frameworks.torch_case import surroundings, told
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
        left, top, right, bottom = x / 64, y / 64, (x + side) / 64, (y + side) / 64
        corners = [left, top, right, top, right, bottom, left, bottom]
        points = [left, top, 2, right, top, 2, right, bottom, 2, left, bottom, 1]
        for kind, values in (("outlines", corners), ("joints", [*places, *points])):
            other = root.parent / kind
            for name in ("images", "labels"):
                (other / name / split).mkdir(parents=True, exist_ok=True)
            picture.save(other / "images" / split / f"{number}.png")
            line = " ".join(str(value) for value in [number % 2, *values])
            (other / "labels" / split / f"{number}.txt").write_text(line)
        folder = root.parent / "kinds" / split / ("box" if number % 2 else "disc")
        folder.mkdir(parents=True, exist_ok=True)
        picture.save(folder / f"{number}.png")
text = "path: C:\\\\Users\\\\somebody\\\\shapes\\ntrain: images/train\\nval: images/val\\nnames: [disc, box]\\n"
(root / "data.yaml").write_text(text)
whole = "train: images/train\\nval: images/val\\nnames: [disc, box]\\n"
(root.parent / "outlines/data.yaml").write_text(whole)
(root.parent / "joints/data.yaml").write_text(whole + "kpt_shape: [4, 3]\\n")
"""

# What Ultralytics does for more than one GPU: the trainer is rebuilt from its class in another process.
ANOTHER_PROCESS = """
import subprocess, sys
import train
dataset, output = train.dataset_of({}), train.output_of({})
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
    return torch_case.torch_python()


@pytest.fixture(scope="module")
def shapes(python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data") / "shapes"
    subprocess.run([python, "-c", DRAW, str(root)], check=True)
    return root


def place(folder: Path, **job: Any) -> Path:
    whole = {"model": "yolov11n", "epochs": 2, "batch_size": 4, "image_size": 64, "seed": 0, "gpus": 0, **job}
    return torch_case.place(SCRIPT, folder, **whole)


run = torch_case.run


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "results.csv").open() as stream:
        return list(csv.DictReader(stream))


SCRATCH = {"pretrained": False, "plots": False}


def test_detection_trains_and_tells_each_epoch_once(python, shapes, tmp_path):
    before = sorted(path.name for path in shapes.rglob("*"))
    code, output = run(python, place(tmp_path, options=SCRATCH), shapes)
    assert code == 0, output[-3000:]
    assert [(one["epoch"], one["total_epochs"]) for one in told(output)] == [(1, 2), (2, 2)]
    assert {"loss", "val_loss", "train/box_loss", "mAP50", "mAP50-95", "precision"} <= set(told(output)[1]["metrics"])
    assert (tmp_path / "out/training_run/weights/best.pt").stat().st_size > 1_000_000
    assert len((tmp_path / "out/training_run/results.csv").read_text().splitlines()) == 3
    assert [row["epoch"] for row in rows(tmp_path / "out")] == ["1", "2"]
    metrics = json.loads((tmp_path / "out/metrics.json").read_text())
    assert metrics["classes"] == ["disc", "box"]
    assert metrics["model_check"]["predicted"] == 1
    assert {"ultralytics", "torch"} <= set(json.loads((tmp_path / "out/environment.json").read_text())["versions"])
    assert sorted(path.name for path in shapes.rglob("*")) == before, "the dataset is as it was"


def test_an_early_stop_tells_no_epoch_that_was_not_trained(python, shapes, tmp_path):
    options = {**SCRATCH, "time": 0.001}  # hours; Ultralytics works out the number of epochs anew as it goes
    code, output = run(python, place(tmp_path, epochs=500, options=options), shapes)
    assert code == 0, output[-3000:]
    trained = len((tmp_path / "out/training_run/results.csv").read_text().splitlines()) - 1
    assert 0 < trained < 500
    assert [one["epoch"] for one in told(output)] == list(range(1, trained + 1))


PREDICT = """
import json, sys
from ultralytics import YOLO
model = YOLO(sys.argv[1])
model.predict(sys.argv[2], imgsz=64, verbose=False, save=False)
print(json.dumps([model.task, type(model).__name__, list(dict(model.names).values())]))
"""


@pytest.mark.parametrize(
    ("model", "data", "task", "measured"),
    [
        ("yolo11n-seg", "outlines", "segment", "mAP50-95(M)"),
        ("yolo11n-cls", "kinds", "classify", "accuracy_top1"),
        ("yolo11n-pose", "joints", "pose", "mAP50(P)"),
        ("yolo11n-obb", "outlines", "obb", "mAP50"),
        ("yolov8n", "shapes", "detect", "mAP50"),
        ("yolo5n", "shapes", "detect", "mAP50"),
        ("yolov26n", "shapes", "detect", "mAP50"),
    ],
)
def test_every_task_trains_and_its_model_is_loaded_again(python, shapes, tmp_path, model, data, task, measured):
    dataset = shapes.parent / data
    code, output = run(python, place(tmp_path, model=model, epochs=1, options=SCRATCH), dataset)
    assert code == 0, output[-3000:]
    (only,) = told(output)
    assert measured in only["metrics"]
    picture = next((dataset / "images/val").glob("*.png")) if data != "kinds" else next(dataset.rglob("*.png"))
    best = tmp_path / "out/training_run/weights/best.pt"
    command = [python, "-c", PREDICT, str(best), str(picture)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    assert json.loads(said)[0] == task
    assert set(json.loads(said)[2]) == {"disc", "box"}


def test_rt_detr_trains_with_its_own_class(python, shapes, tmp_path):
    options = {**SCRATCH, "fraction": 0.4, "val": False}
    job = place(tmp_path, model="rtdetr-resnet50", epochs=1, image_size=64, batch_size=4, options=options)
    code, output = run(python, job, shapes)
    assert code == 0, output[-3000:]
    assert [one["epoch"] for one in told(output)] == [1]
    best = tmp_path / "out/training_run/weights/last.pt"
    picture = next((shapes / "images/val").glob("*.png"))
    command = [python, "-c", PREDICT, str(best), str(picture)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    assert json.loads(said)[1] == "RTDETR"


# ---------------------------------------------------------------------------------------------- stopping, going on


def broken_off(python: str, folder: Path, dataset: Path, after: int) -> str:
    output = ""
    with subprocess.Popen(
        [python, "train.py"],
        cwd=folder,
        env=surroundings(dataset, folder.parent / "out"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            output += line
            if f'"epoch": {after + 1},' in line:  # by then the epoch before is in last.pt
                os.killpg(process.pid, signal.SIGINT)
                break
        output += process.stdout.read()
        assert process.wait(timeout=120) == 130, output[-3000:]
    return output


def test_a_training_that_was_broken_off_goes_on_in_another_run(python, shapes, tmp_path):
    options = {**SCRATCH, "workers": 0}
    output = broken_off(python, place(tmp_path / "a", epochs=50, options=options), shapes, 2)
    assert "are in last.pt" in output
    done = len(rows(tmp_path / "a/out"))
    assert json.loads((tmp_path / "a/out/metrics.json").read_text())["epochs"] == done
    job = place(tmp_path / "b", epochs=done + 3, options=options)
    code, output = run(python, job, shapes, UNITRAINER_CHECKPOINT=str(tmp_path / "a/out"))
    assert code == 0, output[-3000:]
    assert "Going on after epoch" in output
    first = told(output)[0]["epoch"]
    assert 2 < first <= done + 1
    assert [one["epoch"] for one in told(output)] == list(range(first, done + 4))
    assert {one["total_epochs"] for one in told(output)} == {done + 3}
    assert int(rows(tmp_path / "b/out")[0]["epoch"]) == 1
    assert int(rows(tmp_path / "b/out")[-1]["epoch"]) == done + 3


def test_a_training_that_had_ended_goes_on_from_its_weights_or_starts_anew(python, shapes, tmp_path):
    options = {**SCRATCH, "workers": 0}
    code, output = run(python, place(tmp_path / "a", epochs=1, options=options), shapes)
    assert code == 0, output[-3000:]
    job = place(tmp_path / "b", epochs=3, options=options)
    code, output = run(python, job, shapes, UNITRAINER_CHECKPOINT=str(tmp_path / "a/out"))
    assert code == 0, output[-3000:]
    assert "had come to its end after 1 epochs; from its last weights 2 more follow" in output
    assert [one["after"] for one in told(output, "start")] == [1]
    assert [(one["epoch"], one["total_epochs"]) for one in told(output)] == [(2, 3), (3, 3)]
    assert [row["epoch"] for row in rows(tmp_path / "b/out")] == ["1", "2", "3"]
    job = place(tmp_path / "c", epochs=3, options=options)
    code, output = run(python, job, shapes, UNITRAINER_CHECKPOINT=str(tmp_path / "b/out"))
    assert code == 0, output[-3000:]
    assert "nothing is left to go on with, so training starts anew" in output
    assert [one["after"] for one in told(output, "start")] == [0]
    assert [one["epoch"] for one in told(output)] == [1, 2, 3]
    job = place(tmp_path / "d", epochs=1, options={**options, "resume": False})
    code, output = run(python, job, shapes, UNITRAINER_CHECKPOINT=str(tmp_path / "a/out"))
    assert code == 0, output[-3000:]
    assert (told(output, "start"), [one["epoch"] for one in told(output)]) == ([], [1])


def test_a_checkpoint_of_another_task_or_other_classes_is_refused(python, shapes, tmp_path):
    code, output = run(python, place(tmp_path / "a", epochs=1, options=SCRATCH), shapes)
    assert code == 0, output[-3000:]
    checkpoint = {"UNITRAINER_CHECKPOINT": str(tmp_path / "a/out")}
    job = place(tmp_path / "b", model="yolo11n-seg", options=SCRATCH)
    code, output = run(python, job, shapes.parent / "outlines", **checkpoint)
    assert code == 2
    assert "does not fit this job: its task is detect, now segment." in output
    other = shutil.copytree(shapes, tmp_path / "other")
    (other / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [disc, square]\n")
    code, output = run(python, place(tmp_path / "c", options=SCRATCH), other, **checkpoint)
    assert code == 2
    assert "its classes are disc, box, now disc, square." in output


@pytest.mark.parametrize("where", ["dataset", "shared"])
def test_weights_may_lie_in_the_dataset_or_where_setup_left_them(python, shapes, tmp_path, where):
    code, output = run(python, place(tmp_path / "a", epochs=1, options=SCRATCH), shapes)
    assert code == 0, output[-3000:]
    dataset = shutil.copytree(shapes, tmp_path / "set")
    (tmp_path / "weights").mkdir()
    to = dataset if where == "dataset" else tmp_path / "weights"
    shutil.copyfile(tmp_path / "a/out/training_run/weights/best.pt", to / "yolo11n.pt")
    job = place(tmp_path / "b", epochs=1, options={"plots": False})
    code, output = run(python, job, dataset, UNITRAINER_WEIGHTS=str(tmp_path / "weights"))
    assert code == 0, output[-3000:]
    assert "Transferred" in output
    assert "ownload" not in output.split("Transferred")[0], "nothing was asked of the internet"


BUILD = """
import sys
from pathlib import Path
import train, weights
for said in sys.argv[1:]:
    name = weights.plain_name(said)
    model = train.build(name, weights.task_of(name, None), {"pretrained": False}, Path("."))
    print("BUILT", said, type(model).__name__, model.task, sum(one.numel() for one in model.model.parameters()) > 0)
"""


def test_every_version_is_built_under_its_name(python, shapes, tmp_path):
    named = {
        "yolov5n": "YOLO detect",
        "yolov5nu": "YOLO detect",
        "yolov5n6": "YOLO detect",
        "yolov3-tiny": "YOLO detect",
        "yolov6n": "YOLO detect",
        "yolov8n-seg": "YOLO segment",
        "yolov9t": "YOLO detect",
        "yolov10n": "YOLO detect",
        "yolo11n-obb": "YOLO obb",
        "yolov12n": "YOLO detect",
        "yolo26n-pose": "YOLO pose",
        "yolo26n-cls": "YOLO classify",
        "rtdetr-l": "RTDETR detect",
    }
    code, output = run(python, place(tmp_path), shapes, "-c", BUILD, *named)
    assert code == 0, output[-3000:]
    built = [line.split(" ", 1)[1] for line in output.splitlines() if line.startswith("BUILT")]
    assert built == [f"{name} {what} True" for name, what in named.items()]


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
        (
            {"model": "yolo11nn"},
            "Ultralytics offers no weights 'yolo11nn.pt', and they are not in the dataset's folder",
        ),
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
