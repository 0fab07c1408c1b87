"""What a run's stages should take is what the user's other runs took."""

from __future__ import annotations

from pathlib import Path

import pytest

from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.profile import Profile, dump_profile, parse_profile
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.events import ProgressEvent, ResourceEvent, StageEvent
from unitrainer_tui.runs.journal import JournalFile
from unitrainer_tui.runs.work import work_of, write_work
from unitrainer_tui.supervisor.usual import usual_times

PROFILE = parse_profile(
    {
        "cloud": {
            "provider": "canopywave",
            "project": "p",
            "region": "r",
            "flavor": ["H100-1", "H100-4"],
            "image": "i",
        },
        "training": {"framework": "yolo", "model": "yolo11n", "epochs": 4},
        "dataset": {"path": "/data"},
    }
)
COUNTS = {"train images": 100}


def run(
    where: Paths, name: str, profile: Profile, launch: float, epoch: float, *, checked: bool = True
) -> RunDirectory:
    directory = RunDirectory(where.run(name))
    directory.create()
    directory.profile.write_text(dump_profile(profile))
    if checked:
        write_work(directory, work_of(profile, flavor="H100-1", dataset_bytes=10_000_000, counts=COUNTS))
    journal = JournalFile(directory.journal, name)
    journal.append(ResourceEvent(resource="instance", status="intended", name=f"ut-{name}", flavor="H100-4"), 1.0)
    journal.append(StageEvent(stage="launch", status="done", seconds=launch), 2.0)
    journal.append(StageEvent(stage="train", status="started"), 3.0)
    for number in range(1, 5):
        journal.append(ProgressEvent(epoch=number, total_epochs=4), 3.0 + epoch * number)
    journal.append(StageEvent(stage="train", status="done", seconds=4 * epoch), 4.0 + 4 * epoch)
    journal.close()
    return directory


@pytest.fixture
def where(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "config", tmp_path / "state", tmp_path / "cache", tmp_path / "models")


def test_the_users_other_runs_tell_and_the_run_itself_does_not(where):
    run(where, "earlier000", PROFILE, launch=40, epoch=20)
    run(where, "earlier111", PROFILE, launch=60, epoch=20)
    this = run(where, "thisrun000", PROFILE, launch=900, epoch=900)
    told = usual_times(PROFILE, this, where)
    assert (told["launch"].low, told["launch"].high) == pytest.approx((40 / 1.3, 60 * 1.3))
    assert told["launch"].source == "your last 2 runs"
    assert told["train"].source.startswith("your run earlier")
    assert told["train"].low < 80 < told["train"].high


def test_before_the_check_nothing_is_told_of_what_depends_on_the_dataset(where):
    run(where, "earlier000", PROFILE, launch=40, epoch=20)
    this = run(where, "thisrun000", PROFILE, launch=1, epoch=1, checked=False)
    told = usual_times(PROFILE, this, where)
    assert told["launch"].source == "your last run"
    assert "train" not in told
    assert "upload" not in told


def test_without_other_runs_the_usual_ranges_stand(where):
    this = run(where, "thisrun000", PROFILE, launch=1, epoch=1)
    assert usual_times(PROFILE, this, where)["launch"].source == "usual"
