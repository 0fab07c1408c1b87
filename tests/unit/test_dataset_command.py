"""`dataset check` as other programs call it, and what a profile passes on to the same check."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests import made_data
from unitrainer_tui.cli.dataset import command
from unitrainer_tui.config.profile import parse_profile
from unitrainer_tui.errors import DatasetProblem
from unitrainer_tui.pipeline.check import check_data


def run(*words: object) -> Result:
    return CliRunner().invoke(command, ["check", *map(str, words)])


def test_a_dataset_that_holds_is_told_in_a_line(tmp_path):
    done = run(made_data.yolo(tmp_path))
    assert done.exit_code == 0
    assert done.output.startswith("yolo: 24 train images, 12 val images, 36 boxes, 2 classes")


def test_faults_end_with_two_and_nothing_foreign_reaches_the_terminal(tmp_path):
    root = made_data.yolo(tmp_path)
    (root / "labels/train/\x1b]0;title\x07.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    (root / "labels/train/1.txt").write_bytes(b"0 0.5 \x1b[31m0.5 0.1 0.1\n")
    done = run(root)
    assert done.exit_code == 2
    assert done.output.count("fault: ") == 2
    assert done.output.replace("\n", "").isprintable()


def test_json_keeps_its_keys_and_tells_each_problem(tmp_path):
    root = made_data.yolo(tmp_path)
    (root / "labels/train/1.txt").write_text("5 0.5 0.5 0.1 0.1\n")
    done = run(root, "--json", "--framework", "yolo")
    assert done.exit_code == 2
    told = json.loads(done.output)
    assert {"faults", "warnings", "valid", "counts", "classes", "summary", "kind", "files", "size"} <= told.keys()
    assert told["valid"] is False and told["kind"] == "yolo" and told["files"] == 73
    (problem,) = told["problems"]
    assert problem == {
        "code": "class-out-of-range",
        "level": "fault",
        "file": "labels/train/1.txt",
        "line": 1,
        "message": told["faults"][0],
    }
    assert told["faults"] == ["labels/train/1.txt:1: the class 5 is out of range, data.yaml names 2 (from 0)."]


def test_the_switches_reach_the_check(tmp_path):
    root = made_data.yolo(tmp_path / "set")
    for number in range(6):
        (root / f"labels/train/{number}.txt").unlink()
    assert run(root).exit_code == 2
    assert run(root, "--background").exit_code == 0
    assert "wants a polygon" in run(root, "--background", "--task", "segment").output
    rows = tmp_path / "rows.csv"
    rows.write_text("x,q,w,y\n" + "".join(f"{n * 7 % 11},{n // 4},1,{n % 3}\n" for n in range(60)))
    wanted = ("--framework", "xgboost", "--task", "ranking", "--target", "y", "--weight", "w")
    assert run(rows, *wanted).exit_code == 2
    assert run(rows, *wanted, "--group", "q").exit_code == 0
    assert "no column 'v'" in run(rows, "--weight", "v").output


def test_what_is_no_dataset_at_all_is_a_fault(tmp_path):
    assert run(tmp_path / "gone").exit_code == 2
    assert "holds no file" in run(tmp_path).output
    (tmp_path / "data.yaml").write_text("names: [a]\ntrain: x\n")
    assert "alone would be sent" in run(tmp_path / "data.yaml").output


def profile(path: Path, framework: str, dataset: dict[str, Any] | None = None, **training: Any) -> Any:
    table = {
        "cloud": {"provider": "sandbox"},
        "training": {"framework": framework, **training},
        "dataset": {"path": str(path), **(dataset or {})},
    }
    return parse_profile(table)


def test_a_profile_passes_on_background_task_and_number_of_classes(tmp_path):
    root = made_data.yolo(tmp_path)
    for number in range(6):
        (root / f"labels/train/{number}.txt").unlink()
    with pytest.raises(DatasetProblem, match="has no label"):
        check_data(profile(root, "yolo"))
    background = {"background": True}
    assert check_data(profile(root, "yolo", background)) is not None
    with pytest.raises(DatasetProblem, match="wants a polygon"):
        check_data(profile(root, "yolo", background, model="yolov8n-seg"))
    with pytest.raises(DatasetProblem, match="an oriented box has 9"):
        check_data(profile(root, "yolo", background, options={"task": "obb"}))
    with pytest.raises(DatasetProblem, match="asks for 3"):
        check_data(profile(root, "yolo", background, options={"nc": 3}))


def test_a_plain_model_needs_boxes_and_a_cls_model_folders(tmp_path):
    folders, boxes = made_data.classes(tmp_path / "a"), made_data.yolo(tmp_path / "b")
    assert check_data(profile(folders, "yolo", model="yolo11n-cls")) is not None
    assert check_data(profile(boxes, "yolo", model="yolo11n")) is not None
    with pytest.raises(DatasetProblem, match="a -cls model takes folders"):
        check_data(profile(folders, "yolo", model="yolo11n"))
    with pytest.raises(DatasetProblem):
        check_data(profile(boxes, "yolo", model="yolo11n-cls"))


@pytest.mark.parametrize(
    ("framework", "options"),
    [
        ("xgboost", {"objective": "rank:ndcg"}),
        ("lightgbm", {"objective": "lambdarank"}),
        ("xgboost", {"task": "ranking"}),
    ],
)
def test_ranking_needs_its_group(tmp_path, framework, options):
    chance = random.Random(1)
    rows = tmp_path / "rows.csv"
    rows.write_text("x,q,y\n" + "".join(f"{chance.random()},{n // 4},{chance.randrange(3)}\n" for n in range(60)))
    with pytest.raises(DatasetProblem, match=r"dataset\.group"):
        check_data(profile(rows, framework, options=options))
    assert check_data(profile(rows, framework, {"group": "q"}, options=options)) is not None
