"""Ultralytics trains on a COCO json after the script has turned it into labels: boxes, outlines and key points.

UNITRAINER_TEST_TORCH_PYTHON names an interpreter with PyTorch and Ultralytics.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import made_data
from unitrainer_tui.frameworks import yolo as script_room

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(600)]

TRAIN = """
import json, os, sys
from pathlib import Path
dataset, output, task, model = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
os.environ["YOLO_CONFIG_DIR"] = str(output)
import layout
from mirror import mirror
data = layout.prepare(mirror(dataset, Path("links").absolute()), output, task)
from ultralytics import YOLO
trained = YOLO(model, task=task)
trained.train(data=str(data), epochs=1, imgsz=64, batch=8, device="cpu", workers=0, plots=False, pretrained=False,
              project=str(output), name="run", exist_ok=True, verbose=False)
loader = trained.trainer.train_loader.dataset
print("TOLD " + json.dumps({
    "images": len(loader.labels),
    "objects": sum(len(one["cls"]) for one in loader.labels),
    "segments": sum(len(one["segments"]) for one in loader.labels),
    "points": [list(one["keypoints"].shape[1:]) for one in loader.labels if one.get("keypoints") is not None][:1],
    "names": trained.names,
}))
"""


@pytest.fixture(scope="module")
def python() -> str:
    said = os.environ.get("UNITRAINER_TEST_TORCH_PYTHON")
    if not said:
        pytest.skip("UNITRAINER_TEST_TORCH_PYTHON names no interpreter with torch and ultralytics")
    return said


@pytest.mark.parametrize(
    ("task", "model"), [("detect", "yolo11n.yaml"), ("segment", "yolo11n-seg.yaml"), ("pose", "yolo11n-pose.yaml")]
)
def test_ultralytics_trains_on_what_was_a_coco_json(python, tmp_path, task, model):
    root = made_data.coco(tmp_path / "set")
    for path in root.glob("annotations/*.json"):
        held = json.loads(path.read_text())
        for one in held["annotations"]:
            one["keypoints"] = [14, 14, 2, 22, 30, 1]
        made_data.write_json(path, held)
    shutil.copytree(Path(script_room.__file__).parent, tmp_path / "job", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "out").mkdir()
    done = subprocess.run(
        [python, "-c", TRAIN, root, tmp_path / "out", task, model],
        cwd=tmp_path / "job",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    told = json.loads(done.stdout.split("TOLD ")[1].splitlines()[0])
    assert (told["images"], told["objects"]) == (24, 24)
    assert told["names"] == {"0": "disc", "1": "box"}
    assert told["segments"] == (24 if task == "segment" else 0)
    assert told["points"] == ([[2, 3]] if task == "pose" else [])
    assert (tmp_path / "out/run/weights/best.pt").stat().st_size > 1_000_000
