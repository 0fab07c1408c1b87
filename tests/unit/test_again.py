"""Which checkpoint goes along with `run --like`, told before anything is paid."""

from __future__ import annotations

from pathlib import Path

import pytest

from unitrainer_tui.config.profile import Profile, dump_profile, parse_profile
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.supervisor.again import Checkpoint, find_checkpoint


def profile(target: str | None = "label", **training: object) -> Profile:
    asked = {"framework": "xgboost", "model": "gbtree", "epochs": 20, **training}
    table = {"cloud": {"provider": "sandbox"}, "training": asked, "dataset": {"path": "/data/rows.csv"}}
    if target is not None:
        table["dataset"]["target"] = target
    return parse_profile(table)


@pytest.fixture
def earlier(tmp_path: Path) -> RunDirectory:
    directory = RunDirectory(tmp_path / "state/runs/earlierrun")
    directory.artifacts.mkdir(parents=True)
    directory.profile.write_text(dump_profile(profile()))
    for name in ("checkpoint.json", "checkpoint.ubj"):
        (directory.artifacts / name).write_text("{}")
    return directory


@pytest.mark.parametrize(
    "now",
    [{}, {"epochs": 40}, {"target": None}, {"options": {"learning_rate": 0.2}}],
)
def test_a_checkpoint_of_the_same_training_goes_along(earlier: RunDirectory, now):
    found = find_checkpoint(earlier, RunState(), profile(**now))
    assert [name for _, name in found.files] == ["checkpoint.json", "checkpoint.ubj"]


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ({"framework": "lightgbm", "model": "gbdt"}, "trained xgboost and not lightgbm"),
        ({"model": "dart"}, "trained the model gbtree and not dart"),
        ({"target": "price"}, "learned 'label' and not 'price'"),
    ],
)
def test_a_checkpoint_that_the_job_would_refuse_stays_here(earlier: RunDirectory, now, why):
    found = find_checkpoint(earlier, RunState(), profile(**now))
    assert found.files == ()
    assert found.note == f"Run earlierrun {why}: this one begins anew."


@pytest.mark.parametrize(
    ("now", "note"),
    [
        (
            {"options": {"resume": False}},
            "training.options.resume = false: this run begins anew "
            "(--set training.options.resume=true goes on from run earlierrun).",
        ),
        (
            {"framework": "lightgbm", "model": "rf"},
            "LightGBM cannot go on with a random forest (rf): this run begins anew.",
        ),
    ],
)
def test_a_checkpoint_that_the_job_would_leave_aside_stays_here(earlier: RunDirectory, now, note):
    assert find_checkpoint(earlier, RunState(), profile(**now)) == Checkpoint(note=note)


def test_an_objective_that_is_said_otherwise_begins_anew(earlier: RunDirectory):
    earlier.profile.write_text(dump_profile(profile(options={"objective": "reg:squarederror"})))
    found = find_checkpoint(earlier, RunState(), profile(options={"objective": "reg:absoluteerror"}))
    assert (found.files, "had training.options.objective" in (found.note or "")) == ((), True)


def test_it_is_not_said_beforehand_that_training_goes_on(earlier: RunDirectory):
    found = find_checkpoint(earlier, RunState(), profile())
    assert found.note == "The checkpoint of run earlierrun, which ended before its first epoch was over, goes along."


def test_an_earlier_profile_that_cannot_be_read_is_no_reason_against_it(earlier: RunDirectory):
    earlier.profile.write_text("of another version [")
    assert find_checkpoint(earlier, RunState(), profile()).files
