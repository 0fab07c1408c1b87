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


async def test_weights_that_cannot_be_downloaded_end_the_run_at_setup_and_the_machine_is_given_back(
    tmp_path, torch_python, monkeypatch
):
    subprocess.run([torch_python, "-c", DRAW, str(tmp_path / "shapes")], check=True)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody there: as good as no internet
    async with open_cloud(tmp_path, image_python=torch_python) as cloud:
        done = await Case(tmp_path, cloud).run(
            seconds=300,
            training={
                "framework": "yolo",
                "model": "yolo11n",
                "epochs": 1,
                "gpus": 0,
                "command": None,
                "artifacts": [],
            },
            dataset={"path": str(tmp_path / "shapes")},
        )
        assert cloud.ledger().empty
    assert done.code == 1
    stages = done.stages()
    assert "setup failed" in stages
    assert "train started" not in stages
    error = str(done.result.error)
    assert "The weights yolo11n.pt are not on this machine and cannot be downloaded" in error
    assert "options.pretrained = false" in error
    assert done.resources("instance")[-1] == "gone"
