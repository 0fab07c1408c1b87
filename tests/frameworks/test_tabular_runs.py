"""Each framework for tables through the whole pipeline: rented, trained for real, the model home and loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.frameworks import tabular_case as case
from tests.wire.pipeline_case import Case, Outcome, open_cloud
from unitrainer_tui.runs.events import ProgressEvent

for package in ("sklearn", "skops", "xgboost", "lightgbm"):
    case.imported(package)

pytestmark = pytest.mark.timeout(240)


async def run(
    home: Path, framework: str, table: Path, dataset: dict[str, Any] | None = None, **training: Any
) -> Outcome:
    async with open_cloud(home, image_python=Path(sys.executable)) as cloud:
        done = await Case(home, cloud).run(
            seconds=200,
            training={
                "framework": framework,
                "gpus": 0,
                "command": None,
                "artifacts": [],
                "epochs": 12,
                "env": {"OMP_NUM_THREADS": "1"},  # tests beside each other: threads would wait for threads
                **training,
            },
            dataset={"path": str(table), **(dataset or {})},
        )
        assert cloud.ledger().empty
    return done


LOADED = {
    "xgboost": """
import sys, xgboost
model = xgboost.Booster(model_file=sys.argv[1])
print(model.num_boosted_rounds(), model.num_features())
""",
    "lightgbm": """
import sys, lightgbm
model = lightgbm.Booster(model_file=sys.argv[1])
print(model.current_iteration(), model.num_feature())
""",
    "sklearn": """
import sys, skops.io
model = skops.io.load(sys.argv[1], trusted=sys.argv[2:])
print(model[-1].n_iter_, model.n_features_in_)
""",
}


@pytest.mark.parametrize(("framework", "suffix"), [("sklearn", "skops"), ("xgboost", "ubj"), ("lightgbm", "txt")])
async def test_a_run_brings_home_a_model_that_loads_and_all_that_tells_how_it_came_about(tmp_path, framework, suffix):
    table = case.shipped(tmp_path, "breast_cancer")
    done = await run(tmp_path, framework, table)
    assert done.code == 0, done.result
    epochs = [event for event in done.events if isinstance(event, ProgressEvent) and not event.partial]
    assert [event.epoch for event in epochs] == list(range(1, 13))
    assert {event.total_epochs for event in epochs} == {12}
    assert epochs[-1].metrics["accuracy"] > 0.9
    assert epochs[-1].metrics["loss"] < epochs[0].metrics["loss"]
    [model] = done.models
    assert model.name.startswith(f"model_{framework}_")
    assert model.suffix == f".{suffix}"
    left = done.directory.artifacts
    metrics = json.loads((left / "metrics.json").read_text())
    assert metrics["model_check"]["loaded"] is True
    assert metrics["model_check"]["predicted"] == 32
    assert len((left / "results.csv").read_text().splitlines()) == 13
    assert len((left / "feature_importances.csv").read_text().splitlines()) > 30
    assert json.loads((left / "environment.json").read_text())["seed"] == 0
    assert json.loads((left / "checkpoint.json").read_text())["history"][-1]["epoch"] == 12
    # Loaded in a process of its own: nothing that is trained elsewhere is loaded by the program.
    trusted = metrics.get("trusted_types", [])
    command = [sys.executable, "-c", LOADED[framework], str(model), *trusted]
    rounds, features = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert 1 <= int(rounds) <= 100
    assert int(features) == 30


@pytest.mark.parametrize("framework", ["xgboost", "lightgbm"])
async def test_a_ranking_run(tmp_path, framework):
    done = await run(tmp_path, framework, case.searches(tmp_path), {"group": "query", "target": "grade"})
    assert done.code == 0, done.result
    assert done.result.training is not None
    assert done.result.training.metrics["ndcg"] > 0.85
    [model] = done.models
    rows = np.array([[0.95, 0.9, 0.5], [0.05, 0.1, 0.5]])
    if framework == "xgboost":
        import xgboost

        booster = xgboost.Booster(model_file=model)
        best, worst = booster.predict(xgboost.DMatrix(rows, feature_names=booster.feature_names))
    else:
        import lightgbm

        best, worst = lightgbm.Booster(model_file=model).predict(rows)
    assert best > worst


async def test_what_the_script_refuses_ends_the_run_with_its_sentence(tmp_path):
    done = await run(tmp_path, "xgboost", case.flowers(tmp_path), {"weight": "weight"}, options={"brand_new": 1})
    assert done.code == 1
    assert not done.models
    assert "'brand_new'" in done.directory.log.read_text()
