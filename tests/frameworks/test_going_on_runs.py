"""`run --like` with tables: what the check believes of the data is what the script does, and what is said of the
checkpoint is what happens."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.frameworks import tabular_case as case
from tests.wire.pipeline_case import Case, Outcome, open_cloud
from unitrainer_tui.config.profile import parse_profile
from unitrainer_tui.pipeline.check import check_data, learned_of
from unitrainer_tui.runs.events import NoticeEvent, ProgressEvent, ResourceEvent
from unitrainer_tui.runs.learned import read_checkpoint

for package in ("sklearn", "skops", "xgboost", "lightgbm"):
    case.imported(package)

pytestmark = pytest.mark.timeout(240)


def mixed(folder: Path) -> Path:
    """Numbers with gaps, words that come late, a class in two spellings, an index of pandas."""
    import pyarrow
    import pyarrow.parquet

    columns = {
        "size": [None if n % 9 == 0 else n * 7 % 13 / 2 for n in range(80)],
        "late": ["1"] * 79 + ["many"],
        "day": [n % 5 for n in range(80)],
        "grade": [float(n % 4) for n in range(80)],
        "id": [f"row{n}" for n in range(80)],
    }
    table = pyarrow.table(columns).replace_schema_metadata({"pandas": json.dumps({"index_columns": ["id"]})})
    pyarrow.parquet.write_table(table, folder / "mixed.parquet")
    return folder / "mixed.parquet"


def late(folder: Path) -> Path:
    rows = [
        [n * 7 % 13, "" if n % 9 else "NA", n % 5 if n < 75 else "x", f"{n % 3}{'.0' * (n % 2)}"] for n in range(80)
    ]
    return case.write_rows(folder / "late.csv", ["size", "nothing", "late", "kind"], rows)


@pytest.mark.parametrize("framework", ["sklearn", "xgboost", "lightgbm"])
@pytest.mark.parametrize(
    ("make", "dataset"),
    [
        (case.flowers, {"target": "label", "weight": "weight"}),
        (late, {"categorical": ["size"]}),
        (mixed, {}),
        (mixed, {"target": "size"}),
        (mixed, {"target": "grade", "categorical": ["day", "id"]}),
        (lambda folder: case.handful(folder, "regression"), {}),
        (lambda folder: case.handful(folder, "many"), {}),
    ],
    ids=["flowers", "late words", "parquet", "regression", "asked for", "numbers", "ten words"],
)
def test_the_check_and_the_script_agree_what_is_learned(tmp_path, monkeypatch, framework, make, dataset):
    table = make(tmp_path)
    with case.script_of(framework) as script:
        train = case.Runner(script, framework, tmp_path, monkeypatch)
        wanted = {"target": None, "weight": None, "group": None, "categorical": [], **dataset}
        model = {"sklearn": {"model": "mlp"}}.get(framework, {})
        assert train(table, epochs=2, dataset=wanted, **model) == 0
        told = read_checkpoint(train.output / "checkpoint.json")
    asked = parse_profile(
        {
            "cloud": {"provider": "sandbox"},
            "training": {"framework": framework, "epochs": 2},
            "dataset": {"path": str(table), **dataset},
        }
    )
    assert told is not None
    assert learned_of(asked, check_data(asked, kinds=True)) == told


# ------------------------------------------------------------------------------------------------------- whole runs


class Runs:
    def __init__(self, home: Path, cloud: Any) -> None:
        self.case = Case(home, cloud)

    async def __call__(self, table: Path, like: str | None = None, **training: Any) -> Outcome:
        usual = {"framework": "sklearn", "gpus": 0, "command": None, "artifacts": [], "env": {"OMP_NUM_THREADS": "1"}}
        asked = {**usual, **training}
        return await self.case.run(seconds=200, like=like, training=asked, dataset={"path": str(table)})


def said(done: Outcome) -> list[int]:
    return [
        event.started_after
        for event in done.events
        if isinstance(event, NoticeEvent) and event.started_after is not None
    ]


def epochs(done: Outcome) -> list[int]:
    return [event.epoch for event in done.events if isinstance(event, ProgressEvent) and not event.partial]


def beginning(done: Outcome) -> dict[str, Any]:
    model = Path(done.result.model_path or "")
    return dict(json.loads((model.parent / "details" / model.stem / "run.json").read_text()))


async def test_what_is_said_of_the_checkpoint_is_what_happens(tmp_path):
    iris, cancer = case.shipped(tmp_path, "iris"), case.shipped(tmp_path, "breast_cancer")
    async with open_cloud(tmp_path, image_python=Path(sys.executable)) as cloud:
        run = Runs(tmp_path, cloud)
        first = await run(iris, model="random-forest", epochs=3, options={"trees": 6})
        assert first.code == 0, first.result
        # All of its trees have grown: more epochs add none, and that only the job can know.
        anew = await run(iris, first.directory.run, model="random-forest", epochs=5, options={"trees": 6})
        assert (anew.code, said(anew), epochs(anew)) == (0, [0], [1, 2, 3, 4, 5])
        assert "Goes on" not in anew.notices()
        assert "nothing left to learn in this job: training starts anew" in anew.notices()
        told = beginning(anew)
        assert (told["after"], "starts anew" in told["note"]) == (0, True)

        more = await run(iris, first.directory.run, model="random-forest", epochs=6, options={"trees": 24})
        assert (more.code, said(more)) == (0, [epochs(more)[0] - 1])
        assert beginning(more)["after"] == epochs(more)[0] - 1 > 0

        other = await run(cancer, first.directory.run, model="random-forest", epochs=6, options={"trees": 24})
        assert cloud.ledger().empty
    assert other.code == 2
    assert "learned other columns than this dataset has" in (other.result.error or "")
    assert not [event for event in other.events if isinstance(event, ResourceEvent)]
