"""A COCO json: every planted fault is found with its line and nothing else is; a json of any size is read in little
memory."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import made_data
from unitrainer_tui.datasets.check import check_dataset
from unitrainer_tui.datasets.json_items import BadJson, json_items

TRAIN = "annotations/instances_train2017.json"
Held = dict[str, list[dict[str, Any]]]


def edited(root: Path, change: Callable[[Held], object], name: str = TRAIN) -> Path:
    made_data.coco(root)
    held = json.loads((root / name).read_text())
    change(held)
    (root / name).write_text(json.dumps(held, indent=1))
    return root


def line_of(root: Path, part: str, number: int, name: str = TRAIN) -> int:
    """Where an item of the json begins: indented by two blanks after the key of its array."""
    lines = (root / name).read_text().splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f' "{part}"'))
    return [place for place, line in enumerate(lines, 1) if line == "  {" and place > start][number]


def put(part: str, number: int, **values: Any) -> Callable[[Held], object]:
    return lambda held: held[part][number].update(values)


FAULTS: dict[str, tuple[Callable[[Held], object], str, str | None, int]] = {
    "a picture that is not there": (put("images", 3, file_name="gone.jpg"), "label-without-image", "images", 3),
    "a picture id twice": (put("images", 4, id=1), "malformed-label", "images", 4),
    "no size": (put("images", 5, width=None), "malformed-label", "images", 5),
    "another size": (put("images", 6, width=480), "size-mismatch", "images", 6),
    "an unknown category": (put("annotations", 7, category_id=2), "class-out-of-range", "annotations", 7),
    "a box outside": (put("annotations", 8, bbox=[40, 10, 30, 10]), "box-out-of-range", "annotations", 8),
    "a negative box": (put("annotations", 9, bbox=[10, 10, -5, 10]), "malformed-label", "annotations", 9),
    "three numbers": (put("annotations", 10, bbox=[10, 10, 5]), "malformed-label", "annotations", 10),
    "an unknown picture": (put("annotations", 11, image_id=999), "label-without-image", "annotations", 11),
    "half a point": (put("annotations", 12, segmentation=[[1, 2, 3]]), "malformed-label", "annotations", 12),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_with_its_line_and_nothing_else(tmp_path, name):
    change, code, part, number = FAULTS[name]
    root = edited(tmp_path, change)
    faults = [one for one in check_dataset(root).problems if one.level == "fault"]
    if name in ("a picture that is not there", "a picture id twice"):
        # The file of that entry is now without one, and the annotation's entry is another's.
        faults = [one for one in faults if one.code not in ("image-without-label", "duplicate-across-splits")]
        faults = [one for one in faults if one.code != "label-without-image" or "the annotation" not in one.message]
    assert [(one.code, one.file, one.line) for one in faults] == [(code, TRAIN, line_of(root, part or "", number))]


def test_all_faults_are_found_together(tmp_path):
    root = edited(tmp_path, lambda held: [change(held) for change, *_ in FAULTS.values()])
    found = {(one.code, one.line) for one in check_dataset(root).problems}
    assert {(code, line_of(root, part or "", number)) for _, code, part, number in FAULTS.values()} <= found


def test_pictures_without_an_entry_are_found(tmp_path):
    root = made_data.coco(tmp_path)
    made_data.picture(root / "train2017/extra.jpg")
    (problem,) = check_dataset(root).problems
    assert (problem.code, problem.level, problem.file) == ("image-without-label", "fault", "train2017/extra.jpg")
    assert check_dataset(root, background=True).faults == ()


def test_pictures_without_annotations_are_background(tmp_path):
    root = edited(tmp_path, lambda held: held["annotations"].__delitem__(slice(0, 12)))
    report = check_dataset(root)
    assert report.faults == ()
    assert report.counts["images without a label"] == 12
    assert any("12 of 24 pictures have no annotation" in one for one in report.warnings)


def test_crowds_and_flat_boxes_are_no_faults(tmp_path):
    def change(held: Held) -> None:
        held["annotations"][0].update(iscrowd=1, segmentation={"counts": [1, 2], "size": [48, 48]})
        held["annotations"][1].update(bbox=[5, 5, 0, 10])

    report = check_dataset(edited(tmp_path, change))
    assert report.faults == () and report.counts["boxes"] == 34


def test_splits_that_disagree_about_categories_are_a_fault(tmp_path):
    root = edited(tmp_path, put("categories", 1, name="cone"))
    assert [one.code for one in check_dataset(root).problems if one.level == "fault"] == ["class-mismatch"]


@pytest.mark.parametrize(
    ("damage", "code", "line"),
    [
        (lambda text: text[: len(text) // 2], "malformed-json", None),
        (lambda text: text.replace('"file_name"', "file_name", 1), "malformed-json", None),
        (lambda text: text.replace("},", "}", 1), "malformed-json", None),
    ],
    ids=["cut short", "a key without quotes", "a comma missing"],
)
def test_a_json_that_cannot_be_read_is_told_with_line_and_column(tmp_path, damage, code, line):
    root = made_data.coco(tmp_path)
    path = root / TRAIN
    text = damage(path.read_text())
    path.write_text(text)
    try:
        json.loads(text)
        raise AssertionError("the damage is none")
    except json.JSONDecodeError as problem:
        right = problem.lineno
    faults = [one for one in check_dataset(root, "yolo").problems if one.code == code]
    assert [(one.file, one.line) for one in faults] == [(TRAIN, right)] or abs((faults[0].line or 0) - right) <= 1
    assert faults[0].message.startswith(f"{TRAIN}:{faults[0].line}:")


def test_a_json_in_another_encoding_is_told(tmp_path):
    root = made_data.coco(tmp_path)
    (root / TRAIN).write_bytes((root / TRAIN).read_bytes().replace(b"disc", b"d\xefsc"))
    (problem,) = [one for one in check_dataset(root, "yolo").problems if one.code == "bad-encoding"]
    assert problem.file == TRAIN and problem.line == (root / TRAIN).read_bytes().split(b"d\xefsc")[0].count(b"\n") + 1


@pytest.mark.parametrize("indent", [None, 1])
def test_items_are_the_same_as_those_of_the_whole_json(tmp_path, indent):
    held = {
        "info": {"a": [1, {"b": "ü"}]},
        "number": 12345678901234567890,
        "images": [{"id": number, "name": 'x"]}' * (number % 50)} for number in range(20_000)],
        "empty": [],
        "nothing": None,
        "annotations": [1.5e-7, -3, "text", [], {}, True] * 5000,
    }
    path = tmp_path / "x.json"
    path.write_text(json.dumps(held, indent=indent, ensure_ascii=False), encoding="utf-8-sig")
    found: dict[str, Any] = {}
    for key, item, _ in json_items(path):
        if isinstance(held[key], list):
            found.setdefault(key, []).append(item)
        else:
            found[key] = item
    assert found == {key: value for key, value in held.items() if value != []}


@pytest.mark.parametrize(
    "text", ["", "[1]", "{", '{"a"', '{"a":', '{"a": [1', '{"a": [1 2]}', '{"a": 1', "{1: 2}", "nul"]
)
def test_what_is_no_object_is_refused(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(BadJson):
        list(json_items(tmp_path / "x.json"))


def test_the_memory_for_a_json_does_not_grow_with_it(tmp_path):
    def peak(count: int) -> int:
        path = tmp_path / "x.json"
        with path.open("w") as file:
            file.write('{"annotations": [')
            file.write(",".join('{"id": 1, "segmentation": [[' + "1.5, " * 200 + "2]]}" for _ in range(count)))
            file.write("]}")
        tracemalloc.start()
        assert sum(1 for _ in json_items(path)) == count
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return held

    small, large = peak(2_000), peak(20_000)
    assert large < 1.5 * small < 40_000_000
