"""How long a run will take and what it will cost: from the user's own runs first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unitrainer_tui.runs.benchmarks import epoch_seconds
from unitrainer_tui.runs.events import ProgressEvent, ResourceEvent, StageEvent, TransferEvent, timestamp
from unitrainer_tui.runs.forecast import Forecast, forecast
from unitrainer_tui.runs.history import PastRun, past_run
from unitrainer_tui.runs.work import Work, plain_model

WORK = Work(
    "canopywave", "yolo", "yolo11n", "H100-4", epochs=10, image_size=640, dataset_bytes=100_000_000, samples=5000
)


def told(work: Work, *past: PastRun, rate: float = 9.0, minimum: float = 0.0) -> Forecast:
    return forecast(work, past, usd_per_hour=rate, gpus=4, minimum_hours=minimum)


def at(second: float) -> dict[str, str]:
    return {"at": timestamp(1_800_000_000 + second), "run": "0123456789"}


JOURNAL = [
    StageEvent(stage="launch", status="done", seconds=40.0, **at(40)),
    ResourceEvent(resource="instance", status="intended", flavor="H100-4", **at(1)),
    StageEvent(stage="setup", status="done", seconds=200.0, **at(240)),
    TransferEvent(direction="upload", bytes=50_000_000, total=50_000_000, files=9, total_files=9, rate=5e6, **at(60)),
    StageEvent(stage="train", status="started", **at(300)),
    *[ProgressEvent(epoch=epoch, total_epochs=5, **at(330 + 20 * epoch)) for epoch in range(1, 6)],
    StageEvent(stage="train", status="done", seconds=131.0, **at(431)),
]


def test_a_past_run_tells_its_stages_its_link_and_its_pace():
    run = past_run("0123456789", replace(WORK, epochs=5), JOURNAL)
    assert run.stages == {"launch": 40.0, "setup": 200.0, "train": 131.0}
    assert run.rate == 5e6
    assert run.epoch_seconds == pytest.approx(20.0)
    assert run.start_seconds == pytest.approx(30.0)
    assert run.flavor == "H100-4"


def test_without_own_runs_the_table_and_the_seed_speak_and_say_so():
    found = told(WORK)
    assert found.stages["launch"].source == "usual"
    assert (found.stages["launch"].low, found.stages["launch"].high) == (30, 120)
    assert found.stages["upload"].source.startswith("assumed")
    assert found.stages["train"].source == "a rough table"
    assert found.usd is not None
    assert 0 < found.usd[0] < found.usd[1]


def test_an_own_run_of_the_same_kind_is_scaled_to_the_new_work():
    run = past_run("0123456789", replace(WORK, epochs=5), JOURNAL)
    twice = told(replace(WORK, samples=10_000, epochs=10), run)
    train = twice.stages["train"]
    assert train.source == "your run 0123456789"
    assert train.low < 30 + 10 * 40 < train.high
    assert train.high / train.low < 2
    assert twice.stages["launch"].source == "your last run"
    assert twice.stages["upload"].source == "measured: 5.0 MB/s"
    assert twice.stages["upload"].low < 20 < twice.stages["upload"].high


def test_a_run_of_another_model_or_machine_says_nothing_of_training():
    run = past_run("0123456789", replace(WORK, model="yolo11x"), JOURNAL)
    assert told(WORK, run).stages["train"].source == "a rough table"
    assert told(replace(WORK, flavor="A100-1"), run).stages["train"].source == "a rough table"


def test_what_is_unknown_is_not_guessed():
    found = told(replace(WORK, framework="custom", model=""))
    assert "train" not in found.stages
    assert found.usd is None
    assert found.seconds is None


def test_setup_and_upload_are_paid_once_because_they_overlap():
    found = told(WORK)
    seconds = found.seconds
    assert seconds is not None
    alone = [span.high for stage, span in found.stages.items() if stage not in ("setup", "upload")]
    assert seconds[1] == pytest.approx(sum(alone) + max(found.stages["setup"].high, found.stages["upload"].high))


def test_a_minimum_charge_is_the_least_that_is_paid():
    found = told(WORK, minimum=24.0)
    assert found.usd is not None
    assert found.usd[0] == pytest.approx(9.0 * 24)


def test_on_a_machine_of_ones_own_nothing_is_launched():
    assert "launch" not in told(replace(WORK, provider="host"), rate=0.0).stages


@pytest.mark.parametrize("name", ["yolov11n", "YOLO11n", "yolo11n.pt", "yolo11n.yaml"])
def test_a_model_has_one_name(name):
    assert plain_model(name) == "yolo11n"


def test_a_larger_model_and_a_slower_machine_take_longer():
    small, large = epoch_seconds(WORK, 1), epoch_seconds(replace(WORK, model="yolo11x"), 1)
    slow = epoch_seconds(replace(WORK, model="yolo11x", flavor="T4-1"), 1)
    assert small is not None and large is not None and slow is not None
    assert small < large < slow
