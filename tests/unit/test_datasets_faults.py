"""Every fault that the check promises to find, planted once in a dataset that is clean without it, and all together.

A planted fault must be found with its code, file and line, and nothing else may be found.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import made_data
from unitrainer_tui.datasets.check import check_dataset

Found = tuple[str, str | None, int | None]
"""(code, file, line)"""


def found(root: Path, framework: str | None = None, **wanted: Any) -> set[Found]:
    report = check_dataset(root, framework, **wanted)
    return {(one.code, one.file, one.line) for one in report.problems}


def write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def cut(path: Path, keep: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])


def png_cut(root: Path) -> None:
    (root / "images/train/5.jpg").unlink()
    cut(made_data.picture(root / "images/train/5.png"), 0.6)


def zero_tail(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + bytes(4000))


def line(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text + "\n")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


IMAGES, LABELS = "images/train", "labels/train"

YOLO: dict[str, tuple[Callable[[Path], Any], Found]] = {
    "an image without a label": (
        lambda root: (root / LABELS / "3.txt").unlink(),
        ("image-without-label", f"{IMAGES}/3.jpg", None),
    ),
    "a label without an image": (
        lambda root: made_data.label(root / LABELS / "99.txt", "0 0.5 0.5 0.1 0.1"),
        ("label-without-image", f"{LABELS}/99.txt", None),
    ),
    "a class that is out of range": (
        lambda root: line(root / LABELS / "4.txt", "2 0.5 0.5 0.1 0.1"),
        ("class-out-of-range", f"{LABELS}/4.txt", 2),
    ),
    "a box outside": (
        lambda root: line(root / LABELS / "6.txt", "1 1.5 0.5 0.1 0.1"),
        ("box-out-of-range", f"{LABELS}/6.txt", 2),
    ),
    "a line of words": (
        lambda root: line(root / LABELS / "7.txt", "one two three four five"),
        ("malformed-label", f"{LABELS}/7.txt", 2),
    ),
    "an object twice": (
        lambda root: line(root / LABELS / "8.txt", "0 0.5 0.5 0.25 0.25"),
        ("duplicate-object", f"{LABELS}/8.txt", 2),
    ),
    "a label in UTF-16": (
        lambda root: write(root / LABELS / "9.txt", "0 0.5 0.5 0.1 0.1\n".encode("utf-16")),
        ("bad-encoding", f"{LABELS}/9.txt", 1),
    ),
    "a label with a stray byte": (
        lambda root: write(root / LABELS / "10.txt", b"0 0.5 0.5 0.1 0.1\n0 0.5 \xfc 0.1 0.1\n"),
        ("bad-encoding", f"{LABELS}/10.txt", 2),
    ),
    "an empty image": (
        lambda root: write(root / IMAGES / "11.jpg", b""),
        ("empty-image", f"{IMAGES}/11.jpg", None),
    ),
    "a JPEG that is cut short": (
        lambda root: cut(root / IMAGES / "12.jpg", 0.7),
        ("corrupt-image", f"{IMAGES}/12.jpg", None),
    ),
    "a JPEG whose second half was never written": (
        lambda root: zero_tail(root / IMAGES / "13.jpg"),
        ("corrupt-image", f"{IMAGES}/13.jpg", None),
    ),
    "a PNG that is cut short": (png_cut, ("corrupt-image", f"{IMAGES}/5.png", None)),
    "text named .jpg": (
        lambda root: write(root / IMAGES / "14.jpg", b"<html>404 Not Found</html>"),
        ("corrupt-image", f"{IMAGES}/14.jpg", None),
    ),
    "a picture of 8 pixels": (
        lambda root: made_data.picture(root / IMAGES / "15.jpg", size=(8, 40)),
        ("image-too-small", f"{IMAGES}/15.jpg", None),
    ),
    "the same picture in train and val": (
        lambda root: shutil.copy(root / IMAGES / "16.jpg", root / "images/val/5.jpg"),
        ("duplicate-across-splits", "images/val/5.jpg", None),
    ),
    "a class too few in nc": (
        lambda root: line(root / "data.yaml", "nc: 5"),
        ("class-count-mismatch", "data.yaml", 5),
    ),
    "a test split that is not there": (
        lambda root: line(root / "data.yaml", "test: images/test"),
        ("missing-split", "data.yaml", 5),
    ),
    "a name with a line break": (
        lambda root: (root / "notes\n.md").write_text("x"),
        ("control-character", "notes\\n.md", None),
    ),
    "a link out of the dataset": (
        lambda root: (root / "etc").symlink_to("/etc/hostname"),
        ("link-outside", "etc", None),
    ),
}


@pytest.mark.parametrize("framework", ["yolo", None])
@pytest.mark.parametrize("name", YOLO)
def test_a_fault_of_a_yolo_dataset_is_found_and_nothing_else(tmp_path, name, framework):
    plant, expected = YOLO[name]
    root = made_data.yolo(tmp_path)
    plant(root)
    assert found(root, framework) == {expected}


def test_all_faults_of_a_yolo_dataset_are_found_together(tmp_path):
    root = made_data.yolo(tmp_path)
    for plant, _ in YOLO.values():
        plant(root)
    expected = {one for _, one in YOLO.values()} - {("missing-split", "data.yaml", 5)}
    assert found(root, "yolo") == expected | {("missing-split", "data.yaml", 6)}  # a line was added above it


def test_one_fault_hides_no_other_however_often_it_is_there(tmp_path):
    root = made_data.yolo(tmp_path)
    (root / LABELS / "0.txt").write_text("7 0.5 0.5 0.1 0.1\n" * 5000)
    (root / IMAGES / "3.jpg").write_bytes(b"")
    report = check_dataset(root, "yolo")
    assert any("3.jpg is empty" in fault for fault in report.faults)
    assert report.faults[-1] == "And 4,951 more faults."
    assert len(report.faults) == 51
    assert report.problem_counts == {"class-out-of-range": 5000, "empty-image": 1}


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        (b"path: .\ntrain: images/train\nval: images/val\nnames:\n\t- disc\n", "bad-data-yaml", 5),
        (b"train: images/train\nval: images/val\nnames: [disc, b\xfcx]\n", "bad-encoding", 3),
        (b"train: images/train\nval: images/val\nnames: {0: disc, 2: box}\n", "bad-names", 3),
        (b"train: images/train\nval: images/val\nnames: {0: disc, 1: }\n", "bad-names", 3),
        (b"train: images/train\nval: images/val\n", "bad-names", None),
        (b"a: &a [x, x]\nval: images/val\ntrain: [*a, images/train]\nnames: [disc, box]\n", "bad-data-yaml", 3),
        (b"train: images/train\nval: images/val\nnames: [disc, [box]]\n", "bad-names", 3),
        (b"train: images/train\nval: pictures/val\nnames: [disc, box]\n", "missing-split", 2),
        (b"val: images/val\nnames: [disc, box]\n", "missing-split", None),
        (b"train: images/train\nval: images/val\nnames: [disc, box]\nkpt_shape: 17\n", "bad-data-yaml", 4),
    ],
)
def test_a_data_yaml_that_does_not_hold_is_told_with_its_line(tmp_path, text, code, at):
    root = made_data.yolo(tmp_path)
    (root / "data.yaml").write_bytes(text)
    report = check_dataset(root, "yolo")
    faults = [one for one in report.problems if one.level == "fault"]
    assert [(one.code, one.file, one.line) for one in faults] == [(code, "data.yaml", at)]


def test_without_a_data_yaml_the_one_to_write_is_said_and_the_rest_is_checked(tmp_path):
    root = made_data.yolo(tmp_path)
    (root / "data.yaml").unlink()
    (root / "classes.txt").write_text("disc\nbox\n")
    (root / IMAGES / "1.jpg").write_bytes(b"")
    report = check_dataset(root)
    assert report.kind == "yolo"
    assert [one.code for one in report.problems] == ["missing-data-yaml", "empty-image"]
    assert "train: images/train, val: images/val, names: [disc, box]" in report.faults[0]


FOLDERS: dict[str, tuple[Callable[[Path], Any], Found]] = {
    "an empty picture": (
        lambda root: write(root / "train/disc/1.png", b""),
        ("empty-image", "train/disc/1.png", None),
    ),
    "a picture that is cut short": (
        lambda root: cut(root / "val/box/2.png", 0.5),
        ("corrupt-image", "val/box/2.png", None),
    ),
    "the same picture in train and val": (
        lambda root: shutil.copy(root / "train/disc/3.png", root / "val/disc/3.png"),
        ("duplicate-across-splits", "val/disc/3.png", None),
    ),
    "a class that val has alone": (
        lambda root: made_data.picture(root / "val/cone/1.png"),
        ("class-mismatch", "val/cone", None),
    ),
    "a picture in no class": (
        lambda root: made_data.picture(root / "train/loose.png"),
        ("image-without-label", "train/loose.png", None),
    ),
}


@pytest.mark.parametrize("framework", ["yolo", "pytorch", None])
@pytest.mark.parametrize("name", FOLDERS)
def test_a_fault_of_folders_of_pictures_is_found_and_nothing_else(tmp_path, name, framework):
    plant, expected = FOLDERS[name]
    root = made_data.classes(tmp_path)
    plant(root)
    assert found(root, framework) == {expected}


def test_all_faults_of_folders_of_pictures_are_found_together(tmp_path):
    root = made_data.classes(tmp_path)
    for plant, _ in FOLDERS.values():
        plant(root)
    assert found(root) == {expected for _, expected in FOLDERS.values()}


def test_a_class_with_few_pictures_is_a_warning(tmp_path):
    root = made_data.classes(tmp_path)
    for number in range(9):
        (root / f"train/disc/{number}.png").unlink()
    (problem,) = check_dataset(root).problems
    assert (problem.code, problem.level) == ("class-imbalance", "warning")
    assert "disc 3" in problem.message


def rows(count: int = 60, leak: Callable[[int, str], str] | None = None) -> list[str]:
    """size, colour, label: neither of the first two tells the last."""
    made = ["size,colour,label" + (",extra" if leak else "")]
    for number in range(count):
        word = ("yes", "no")[number % 2]
        colour = ("red", "blue", "green")[number * 7 % 5 % 3]
        extra = f",{leak(number, word)}" if leak else ""
        made.append(f"{number * 13 % 17},{colour},{word}{extra}")
    return made


def table(path: Path, lines: list[str], encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{one}\n" for one in lines).encode(encoding))
    return path


def with_line(number: int, text: str) -> list[str]:
    made = rows()
    made[number - 1] = text
    return made


TABLES: dict[str, tuple[list[str], dict[str, Any], str, int | None]] = {
    "a ragged line": (with_line(7, "3,red"), {}, "ragged-row", 7),
    "an empty target": (["a,label", *["1,"] * 20], {}, "empty-target", None),
    "a constant target": (["a,label", *[f"{n},yes" for n in range(20)]], {}, "constant-target", None),
    "a target that is an id": (["a,label", *[f"{n % 7},id{n}" for n in range(40)]], {}, "distinct-target", None),
    "a copy of the target": (rows(leak=lambda _, word: word), {"target": "label"}, "target-leak", 1),
    "the target by number": (rows(leak=lambda _, word: str(len(word))), {"target": "label"}, "target-leak", 1),
    "the target in capitals": (rows(leak=lambda _, word: word.upper()), {"target": "label"}, "target-leak", 1),
    "a weight that is a word": (with_line(9, "4,red,heavy"), {"target": "size", "weight": "label"}, "bad-weight", 9),
    "a column that is not there": (rows(), {"target": "lable"}, "missing-column", 1),
    "a group that is not there": (rows(), {"group": "query"}, "missing-column", 1),
    "a column twice": (["a,a,label", *["1,2,x", "3,4,y", "1,4,y", "3,2,x", "1,2,y"] * 10], {}, "duplicate-column", 1),
    "a header alone": (["a,label"], {}, "no-rows", None),
    "too few rows": (["a,label", "1,x", "2,y", "3,x"], {}, "few-rows", None),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_fault_of_a_table_is_found(tmp_path, name):
    lines, wanted, code, at = TABLES[name]
    path = table(tmp_path / "rows.csv", lines)
    problems = [one for one in check_dataset(path, "sklearn", **wanted).problems if one.level == "fault"]
    if name == "a weight that is a word":  # the others are words too, each told with its line
        problems = [one for one in problems if one.line == at]
    assert [(one.code, one.file, one.line) for one in problems] == [(code, "rows.csv", at)]
    assert check_dataset(path, "sklearn", **wanted).faults


def test_the_table_without_a_fault_has_no_finding(tmp_path):
    report = check_dataset(table(tmp_path / "rows.csv", rows()), target="label")
    assert report.kind == "tabular"
    assert report.problems == ()


def test_all_faults_of_a_table_are_found_together(tmp_path):
    lines = ["size,colour,label,heavy,again", *[f"{one},1,{one.split(',')[2]}" for one in rows()[1:]]]
    lines[6] = "3,red"
    lines[8] = "4,red,yes,-2,yes"
    lines[10] = "4,gr\xfcn,no,1,no"
    path = table(tmp_path / "rows.csv", lines, "latin-1")
    assert found(path, "xgboost", target="label", weight="heavy", group="query") == {
        ("bad-encoding", "rows.csv", 11),
        ("missing-column", "rows.csv", 1),
        ("ragged-row", "rows.csv", 7),
        ("bad-weight", "rows.csv", 9),
        ("target-leak", "rows.csv", 1),
    }


@pytest.mark.parametrize(("encoding", "at"), [("utf-16", 1), ("latin-1", 9)], ids=["UTF-16 with its mark", "Latin-1"])
def test_another_encoding_is_told_with_its_line_and_the_way_out(tmp_path, encoding, at):
    path = table(tmp_path / "rows.csv", with_line(9, "4,gr\xfcn,no"), encoding)
    report = check_dataset(path, "sklearn", target="label")
    (problem,) = report.problems
    assert (problem.code, problem.level, problem.line) == ("bad-encoding", "fault", at)
    assert "iconv" in problem.message and "byte" in problem.message
    assert report.counts["rows"] == 60


def test_utf8_with_a_mark_is_no_fault(tmp_path):
    assert check_dataset(table(tmp_path / "rows.csv", rows(), "utf-8-sig"), "sklearn", target="label").problems == ()


def test_a_class_with_few_rows_is_a_warning(tmp_path):
    lines = [*rows(), "1,red,maybe", "2,blue,maybe"]
    (problem,) = check_dataset(table(tmp_path / "rows.csv", lines), "sklearn", target="label").problems
    assert (problem.code, problem.level) == ("class-imbalance", "warning")
    assert "maybe 2" in problem.message


def test_ranking_needs_the_column_of_its_queries(tmp_path):
    lines = ["size,query,label", *[f"{n * 13 % 17},{n // 5},{n % 3}" for n in range(60)]]
    path = table(tmp_path / "rows.csv", lines)
    assert {one.code for one in check_dataset(path, "lightgbm", task="ranking").problems} == {"missing-group"}
    assert check_dataset(path, "lightgbm", task="ranking", group="query").problems == ()


@pytest.mark.parametrize(
    ("make", "framework", "words"),
    [
        (made_data.yolo, "xgboost", "xgboost needs a table"),
        (made_data.yolo, "pytorch", "pytorch needs pictures in a folder for each class or a table"),
        (made_data.coco, "pytorch", "pictures with a COCO json"),
        (made_data.classes, "sklearn", "sklearn needs a table"),
        (lambda root: table(root / "rows.csv", rows()).parent, "yolo", "yolo needs pictures with YOLO labels"),
    ],
)
def test_a_kind_that_the_framework_cannot_train_on_is_a_fault(tmp_path, make, framework, words):
    report = check_dataset(make(tmp_path), framework)
    assert next(one.code for one in report.problems if one.level == "fault") == "wrong-kind"
    assert words in report.faults[0]
