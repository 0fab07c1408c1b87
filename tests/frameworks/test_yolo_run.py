"""YOLO through the whole pipeline: rented from the embedded cloud, trained for real, the model home and verified."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.frameworks.test_yolo_training import DRAW
from tests.wire.pipeline_case import Case, open_cloud
from unitrainer_tui.runs.events import ProgressEvent

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(600)]


@pytest.fixture
def torch_python() -> Path:
    python = os.environ.get("UNITRAINER_TEST_TORCH_PYTHON")
    if not python:
        pytest.skip("UNITRAINER_TEST_TORCH_PYTHON names no interpreter with torch and ultralytics")
    return Path(python)


async def test_a_yolo_run_brings_home_best_pt_with_one_record_an_epoch(tmp_path, torch_python):
    subprocess.run([torch_python, "-c", DRAW, str(tmp_path / "shapes")], check=True)
    async with open_cloud(tmp_path, image_python=torch_python) as cloud:
        done = await Case(tmp_path, cloud).run(
            seconds=400,
            training={
                "framework": "yolo",
                "model": "yolov11n",
                "epochs": 2,
                "batch_size": 4,
                "image_size": 64,
                "gpus": 0,
                "options": {"pretrained": False, "plots": False, "workers": 0},
                "command": None,
                "artifacts": [],
            },
            dataset={"path": str(tmp_path / "shapes")},
        )
        assert cloud.ledger().empty
    assert done.code == 0, done.result
    epochs = [event for event in done.events if isinstance(event, ProgressEvent) and not event.partial]
    assert [event.epoch for event in epochs] == [1, 2]
    assert all(event.metrics["loss"] for event in epochs)
    [model] = done.models
    assert model.name.startswith("model_yolo_")
    assert model.suffix == ".pt"
    best = done.directory.log.read_text(errors="replace")
    assert "best.pt" in best
    assert (done.directory.artifacts / "training_run" / "results.csv").exists()
    check = [
        torch_python,
        "-c",
        "import sys; from ultralytics import YOLO; print(len(YOLO(sys.argv[1]).names))",
        str(model),
    ]
    assert subprocess.run(check, capture_output=True, text=True, check=True).stdout.strip().endswith("2")
