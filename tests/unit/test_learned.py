"""A checkpoint that cannot go on with the data of `run --like` is refused before a machine is rented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.profile import Profile, parse_profile
from unitrainer_tui.errors import DatasetProblem
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.learned import Learned, misfit, read_checkpoint, read_learned, write_learned
from unitrainer_tui.supervisor.data import LocalData
from unitrainer_tui.supervisor.start import create_run

TABLE = Learned(
    "table",
    task="classification",
    target="y",
    objective="binary:logistic",
    features=("a", "b"),
    categorical=("b",),
    classes=(0, 1),
)
PICTURES = Learned("pictures", classes=("cat", "dog"))


def changed(one: Learned, **values: Any) -> Learned:
    return Learned(**{**one.__dict__, **values})


@pytest.mark.parametrize(
    ("earlier", "now"),
    [
        (TABLE, TABLE),
        (TABLE, changed(TABLE, categorical=None, objective=None, classes=None)),
        (changed(TABLE, features=None), changed(TABLE, features=("z",))),
        (PICTURES, PICTURES),
    ],
)
def test_what_is_alike_or_not_known_speaks_against_nothing(earlier, now):
    assert misfit(earlier, now) is None


@pytest.mark.parametrize(
    ("earlier", "now", "why"),
    [
        (TABLE, PICTURES, "learned from a table, and this dataset is pictures"),
        (TABLE, changed(TABLE, task="regression"), "learned the task 'classification', and this one is 'regression'"),
        (
            TABLE,
            changed(TABLE, features=("a", "c", "d")),
            "learned other columns than this dataset has: 'b' is not there; 'c', 'd' are new",
        ),
        (
            TABLE,
            changed(TABLE, features=("b", "a")),
            "learned other columns than this dataset has: they stand in another order ('b', 'a')",
        ),
        (TABLE, changed(TABLE, classes=(0, 1, 2)), "learned other classes than this dataset has: 2 is new"),
        (TABLE, changed(TABLE, classes=("0", "1")), "learned other classes than this dataset has: 0, 1 are not there"),
        (TABLE, changed(TABLE, categorical=()), "learned words in the column 'b', and this dataset has numbers there"),
        (
            TABLE,
            changed(TABLE, objective="binary:hinge"),
            "trained with the objective binary:logistic, and this one with binary:hinge",
        ),
        (
            PICTURES,
            changed(PICTURES, classes=("cat",)),
            "learned other classes than this dataset has: 'dog' is not there",
        ),
    ],
)
def test_what_a_checkpoint_cannot_go_on_with_is_named(earlier, now, why):
    assert (misfit(earlier, now) or "").startswith(why)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"kind": 3}', '{"features": "a"}'])
def test_what_says_nothing_is_nothing(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    assert read_learned(tmp_path / "x.json") is None
    assert read_checkpoint(tmp_path / "x.json") is None


def test_what_was_learned_comes_back_from_the_disk(tmp_path):
    write_learned(tmp_path / "x.json", TABLE)
    assert read_learned(tmp_path / "x.json") == TABLE


# ------------------------------------------------------------------------------------------ as a run meets it


def table(path: Path, columns: str = "x,colour", classes: int = 2) -> Path:
    rows = [f"{n * 7 % 13},{'red' if n % 3 else 'blue'},k{n % classes}" for n in range(60)]
    path.write_text("\n".join([f"{columns},label", *rows]) + "\n")
    return path


def pictures(folder: Path, *classes: str) -> Path:
    from PIL import Image

    for split in ("train", "val"):
        for number, name in enumerate(classes):
            (folder / split / name).mkdir(parents=True)
            for n in range(3):
                colour = (number * 60, n * 60, 40 if split == "train" else 90)
                Image.new("RGB", (32, 32), colour).save(folder / split / name / f"{n}.png")
    return folder


def profile(framework: str, path: Path, **options: object) -> Profile:
    training = {"framework": framework, "epochs": 9, "options": options}
    return parse_profile({"cloud": {"provider": "sandbox"}, "training": training, "dataset": {"path": str(path)}})


class House:
    """One installation, in which runs are made and their data checked as a supervisor does."""

    def __init__(self, home: Path) -> None:
        self.where = Paths(home / "config", home / "state", home / "cache", home / "models")

    async def check(self, asked: Profile, like: str | None = None) -> RunDirectory:
        directory = create_run(asked, self.where, like=like)
        await LocalData(asked, directory).check()
        return directory

    async def failed(self, asked: Profile, *files: str) -> RunDirectory:
        """A run that was checked and has left these files."""
        directory = await self.check(asked)
        for name in files:
            path = directory.artifacts / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{}")
        return directory


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def test_the_same_data_goes_on(house, tmp_path):
    asked = profile("xgboost", table(tmp_path / "t.csv"))
    earlier = await house.failed(asked, "checkpoint.json", "checkpoint.ubj")
    again = await house.check(asked, like=earlier.run)
    assert (again.checkpoint / "checkpoint.ubj").exists()
    assert read_learned(again.earlier) == read_learned(again.learned) == read_learned(earlier.learned)


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ({"classes": 3}, "learned other classes than this dataset has: 'k2' is new"),
        ({"columns": "x,color"}, "learned other columns than this dataset has: 'colour' is not there; 'color' is new"),
    ],
)
async def test_other_columns_or_classes_are_refused(house, tmp_path, now, why):
    earlier = await house.failed(profile("xgboost", table(tmp_path / "t.csv")), "checkpoint.json", "checkpoint.ubj")
    with pytest.raises(DatasetProblem) as problem:
        await house.check(profile("xgboost", table(tmp_path / "other.csv", **now)), like=earlier.run)
    assert problem.value.message == f"Run {earlier.run} {why}, so its checkpoint cannot go on with it."
    assert "--set training.options.resume=false" in problem.value.hint


async def test_without_the_checkpoint_it_begins_anew(house, tmp_path):
    earlier = await house.failed(profile("xgboost", table(tmp_path / "t.csv")), "checkpoint.json", "checkpoint.ubj")
    anew = profile("xgboost", table(tmp_path / "other.csv", classes=3), resume=False)
    assert not (await house.check(anew, like=earlier.run)).checkpoint.exists()


async def test_the_checkpoint_itself_is_believed_before_the_record(house, tmp_path):
    asked = profile("xgboost", table(tmp_path / "t.csv"))
    earlier = await house.failed(asked, "checkpoint.ubj")
    told = {"features": ["x"], "categorical": [], "classes": ["k0", "k1"], "target": "label", "task": "classification"}
    (earlier.artifacts / "checkpoint.json").write_text(json.dumps(told))
    with pytest.raises(DatasetProblem, match="'colour' is new"):
        await house.check(asked, like=earlier.run)


async def test_an_earlier_run_that_tells_nothing_goes_on_as_it_did(house, tmp_path):
    earlier = await house.failed(profile("xgboost", table(tmp_path / "t.csv")), "checkpoint.json", "checkpoint.ubj")
    earlier.learned.unlink()
    again = await house.check(profile("xgboost", table(tmp_path / "other.csv", classes=3)), like=earlier.run)
    assert (again.checkpoint / "checkpoint.ubj").exists()


@pytest.mark.parametrize(("framework", "left"), [("pytorch", "last.pt"), ("yolo", "training_run/weights/last.pt")])
async def test_pictures_of_other_classes_are_refused(house, tmp_path, framework, left):
    training = {"framework": framework, "epochs": 9, **({"model": "yolo11n-cls"} if framework == "yolo" else {})}

    def asked(path: Path) -> Profile:
        return parse_profile({"cloud": {"provider": "sandbox"}, "training": training, "dataset": {"path": str(path)}})

    earlier = await house.failed(asked(pictures(tmp_path / "a", "cat", "dog")), left)
    assert (await house.check(asked(pictures(tmp_path / "b", "cat", "dog")), like=earlier.run)).checkpoint.exists()
    with pytest.raises(DatasetProblem, match="'dog' is not there; 'cow' is new"):
        await house.check(asked(pictures(tmp_path / "c", "cat", "cow")), like=earlier.run)


@pytest.mark.parametrize("odd", [[["a"], "b"], [{"a": 1}], [1, "b"], [None]])
def test_a_checkpoint_whose_lists_hold_something_odd_says_nothing_about_them(tmp_path: Path, odd: list[Any]):
    path = tmp_path / "checkpoint.json"
    path.write_text(json.dumps({"features": odd, "categorical": odd, "target": ["y"], "task": "regression"}))
    known = read_checkpoint(path)
    assert known is not None
    assert misfit(known, changed(TABLE, task="regression")) is None
