"""What only the whole pipeline shows of PyTorch and YOLO: several machines for one model, going on, rehearsals."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.frameworks import torch_case
from tests.frameworks.test_pytorch_training import DIGITS
from tests.frameworks.test_pytorch_training import DRAW as DRAW_FOLDERS
from tests.frameworks.test_yolo_training import DRAW as DRAW_BOXES
from tests.wire.pipeline_case import Case, Outcome, open_cloud
from unitrainer_tui.runs.events import ProgressEvent

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(900)]

PYTORCH = {"framework": "pytorch", "command": None, "artifacts": [], "gpus": 0, "env": {"OMP_NUM_THREADS": "1"}}
YOLO: dict[str, Any] = {
    "framework": "yolo",
    "model": "yolo11n",
    "batch_size": 4,
    "image_size": 64,
    "gpus": 0,
    "options": {"pretrained": False, "plots": False, "workers": 0},
    "command": None,
    "artifacts": [],
}


def epochs(done: Outcome) -> list[int]:
    return [event.epoch for event in done.events if isinstance(event, ProgressEvent) and not event.partial]


def losses(done: Outcome) -> list[float]:
    with (done.directory.artifacts / "results.csv").open(newline="") as rows:
        return [float(row["loss"]) for row in csv.DictReader(rows)]


async def test_two_instances_train_one_model_and_reach_the_loss_of_one(tmp_path: Path):
    python = torch_case.torch_python()
    training = {**PYTORCH, "epochs": 6, "batch_size": 32, "options": {"lr": 0.003}}
    async with open_cloud(tmp_path, image_python=Path(python)) as cloud:
        case = Case(tmp_path, cloud)
        found = {}
        for nodes in (1, 2):
            found[nodes] = await case.run(
                seconds=300,
                cloud={"nodes": nodes},
                training=training,
                dataset={"path": str(DIGITS), "target": "digit"},
            )
            assert found[nodes].code == 0, found[nodes].result
            assert cloud.ledger().empty
    one, two = found[1], found[2]
    assert epochs(one) == epochs(two) == [1, 2, 3, 4, 5, 6]
    assert losses(two) == pytest.approx(losses(one), rel=1e-3)
    machines = {event.name for event in two.events if getattr(event, "resource", "") == "instance"}
    assert len(machines) == 2
    assert (two.directory.path / "log-node1.raw").stat().st_size > 0
    environment = json.loads((two.directory.artifacts / "environment.json").read_text())
    assert environment["nodes"] == 2
    [*_, model] = two.models
    assert model.suffix == ".pt"


async def test_pytorch_goes_on_from_a_run_that_was_aborted(tmp_path: Path):
    python = torch_case.torch_python()
    dataset = {"path": str(DIGITS), "target": "digit"}
    training = {**PYTORCH, "epochs": 400, "batch_size": 16}
    async with open_cloud(tmp_path, image_python=Path(python)) as cloud:
        case = Case(tmp_path, cloud)
        first = await case.run(
            seconds=300, until=lambda text: '"epoch": 3,' in text, training=training, dataset=dataset
        )
        assert first.code == 130
        done = len(losses(first))  # the job may have trained on for a moment after the abort
        again = await case.run(
            seconds=300, like=first.directory.run, training={**training, "epochs": done + 3}, dataset=dataset
        )
        assert cloud.ledger().empty
    assert again.code == 0, again.result
    assert epochs(again) == [done + 1, done + 2, done + 3]
    assert len(losses(again)) == done + 3, "the history goes on"


async def test_yolo_goes_on_from_a_finished_run_with_more_epochs(tmp_path: Path):
    python = torch_case.torch_python()
    torch_case.needs(python, "ultralytics")
    subprocess.run([python, "-c", DRAW_BOXES, str(tmp_path / "shapes")], check=True)
    dataset = {"path": str(tmp_path / "shapes")}
    async with open_cloud(tmp_path, image_python=Path(python)) as cloud:
        case = Case(tmp_path, cloud)
        first = await case.run(seconds=400, training={**YOLO, "epochs": 1}, dataset=dataset)
        assert first.code == 0, first.result
        again = await case.run(seconds=400, like=first.directory.run, training={**YOLO, "epochs": 3}, dataset=dataset)
        assert cloud.ledger().empty
    assert again.code == 0, again.result
    assert epochs(again) == [2, 3]


@pytest.mark.parametrize("framework", ["pytorch", "yolo"])
async def test_a_rehearsal_trains_two_epochs_on_a_few_pictures(tmp_path: Path, framework: str):
    python = torch_case.torch_python()
    data = tmp_path / "shapes"
    if framework == "yolo":
        torch_case.needs(python, "ultralytics")
        subprocess.run([python, "-c", DRAW_BOXES, str(data)], check=True)
        training = YOLO
    else:
        subprocess.run([python, "-c", DRAW_FOLDERS, str(data), "60"], check=True)
        training = {**PYTORCH, "image_size": 32}
    async with open_cloud(tmp_path, image_python=Path(python)) as cloud:
        done = await Case(tmp_path, cloud).run(
            seconds=400, smoke=True, training={**training, "epochs": 300}, dataset={"path": str(data)}
        )
        assert cloud.ledger().empty
    assert done.code == 0, done.result
    assert epochs(done) == [1, 2]
    sent = [path for path in done.directory.smoke.rglob("*") if path.suffix in (".png", ".jpg")]
    assert 10 <= len(sent) <= 40
    assert done.result.model_check is not None
    assert done.result.model_check.loaded
