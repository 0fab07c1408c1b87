"""PyTorch through the whole pipeline: rented from the embedded cloud, trained for real, the model home and verified."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.frameworks import torch_case
from tests.frameworks.test_pytorch_training import DIGITS, DRAW
from tests.wire.pipeline_case import Case, open_cloud
from unitrainer_tui.runs.events import ProgressEvent

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(600)]

PYTORCH = {"framework": "pytorch", "command": None, "artifacts": [], "gpus": 0, "env": {"OMP_NUM_THREADS": "1"}}

LOAD = """
import sys
sys.path.insert(0, sys.argv[1])
from predict import load_model
model = load_model(sys.argv[2])
print(model.predict([[0] * 64] if sys.argv[3] == "row" else [sys.argv[3]])[0])
"""


@pytest.mark.parametrize("kind", ["table", "pictures"])
async def test_a_run_brings_home_a_model_that_predicts(tmp_path, kind):
    python = torch_case.torch_python()
    data: Path = DIGITS
    if kind == "pictures":
        data = tmp_path / "shapes"
        subprocess.run([python, "-c", DRAW, str(data), "15"], check=True)
    async with open_cloud(tmp_path, image_python=Path(python)) as cloud:
        done = await Case(tmp_path, cloud).run(
            seconds=400,
            training={**PYTORCH, "epochs": 2, "batch_size": 8, "image_size": 32 if kind == "pictures" else None},
            dataset={"path": str(data), "target": "digit" if kind == "table" else None},
        )
        assert cloud.ledger().empty
    assert done.code == 0, done.result
    epochs = [event for event in done.events if isinstance(event, ProgressEvent) and not event.partial]
    assert [event.epoch for event in epochs] == [1, 2]
    [model] = done.models
    assert model.name.startswith("model_pytorch_")
    assert model.suffix == ".pt"
    left = done.directory.artifacts
    assert json.loads((left / "metrics.json").read_text())["model_check"]["loaded"] is True
    assert {"results.csv", "environment.json", "last.pt", "code"} <= {path.name for path in left.iterdir()}
    sample = "row" if kind == "table" else str(data / "box/001.png")
    command = [python, "-c", LOAD, str(left / "code"), str(model), sample]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert answer in (map(str, range(10)) if kind == "table" else ("box", "disc"))


async def test_weights_of_timm_that_cannot_be_had_end_the_run_at_setup(tmp_path):
    python = torch_case.torch_python()
    torch_case.needs(python, "timm", "torchvision")
    subprocess.run([python, "-c", DRAW, str(tmp_path / "shapes"), "5"], check=True)
    async with open_cloud(tmp_path, image_python=Path(python)) as cloud:
        done = await Case(tmp_path, cloud).run(
            seconds=300,
            training={**PYTORCH, "model": "resnet10tt", "epochs": 1},
            dataset={"path": str(tmp_path / "shapes")},
        )
        assert cloud.ledger().empty
    assert done.code == 1
    assert "setup failed" in done.stages()
    assert "train started" not in done.stages()
    assert "timm has no model 'resnet10tt'; did you mean 'resnet10t'?" in str(done.result.error)
