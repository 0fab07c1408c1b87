"""No fault in the datasets that scikit-learn and Ultralytics ship, and no finding at all where they are balanced."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from tests import made_data
from unitrainer_tui.datasets.check import check_dataset

COCO_NAMES = "".join(f"  {number}: class {number}\n" for number in range(80))


def write(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def table_of(name: str, folder: Path, *, words: bool) -> Path:
    datasets = pytest.importorskip("sklearn.datasets")
    data = getattr(datasets, f"load_{name}")()
    targets = [str(data.target_names[one]) if words else one for one in data.target.tolist()]
    rows = [[*row, target] for row, target in zip(data.data.tolist(), targets, strict=True)]
    return write(folder / f"{name}.csv", [*map(str, data.feature_names), "target"], rows)


@pytest.mark.parametrize("framework", [None, "sklearn", "pytorch"])
@pytest.mark.parametrize("words", [False, True], ids=["numbers", "words"])
@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits"])
def test_a_classification_table_of_scikit_learn_has_no_finding(tmp_path, name, words, framework):
    report = check_dataset(table_of(name, tmp_path, words=words), framework)
    assert report.problems == () and report.notes == ()
    assert len(report.classes) >= 2


def test_diabetes_has_no_finding(tmp_path):
    report = check_dataset(table_of("diabetes", tmp_path, words=False))
    assert report.problems == ()
    assert report.classes == {}


@pytest.mark.parametrize("target", ["Weight", "Waist", "Pulse"])
def test_linnerud_has_no_finding(tmp_path, target):
    datasets = pytest.importorskip("sklearn.datasets")
    data = datasets.load_linnerud()
    rows = [[*left, *right] for left, right in zip(data.data.tolist(), data.target.tolist(), strict=True)]
    path = write(tmp_path / "linnerud.csv", [*data.feature_names, *data.target_names], rows)
    assert check_dataset(path, target=target).problems == ()


def test_the_pictures_of_scikit_learn_are_files_without_a_fault():
    datasets = pytest.importorskip("sklearn.datasets")
    report = check_dataset(Path(datasets.__file__).parent / "images")
    assert report.kind == "files" and report.faults == ()


def shipped(root: Path, yaml: str, split: str, count: int, line: str, classes: int = 80) -> None:
    for number in range(count):
        made_data.picture(root / f"images/{split}/{number:012}.jpg")
        made_data.label(root / f"labels/{split}/{number:012}.txt", line.format(number % classes))
    (root / "data.yaml").write_text(yaml)


BOX, POLYGON = "{} 0.5 0.5 0.25 0.25", "{} 0.1 0.1 0.9 0.1 0.5 0.9"
CORNERS = "{} 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9"
PERSON = "{} 0.5 0.5 0.25 0.25" + " 0.5 0.5 2" * 16 + " 0 0 0"


@pytest.mark.parametrize(
    ("line", "task", "names"),
    [
        (BOX, "detect", f"names:\n{COCO_NAMES}"),
        (POLYGON, "segment", f"names:\n{COCO_NAMES}"),
        (CORNERS, "obb", "names:\n" + "".join(f"  {number}: kind {number}\n" for number in range(15))),
        (PERSON, "pose", "kpt_shape: [17, 3]\nnames:\n  0: person\n"),
    ],
    ids=["coco8", "coco8-seg", "dota8", "coco8-pose"],
)
def test_the_sets_of_eight_have_no_fault(tmp_path, line, task, names):
    yaml = f"path: coco8 # dataset root dir\ntrain: images/train\nval: images/val\ntest: # optional\n\n{names}"
    for split in ("train", "val"):
        shipped(tmp_path, yaml, split, 4, line, 1 if task == "pose" else 15)
    for wanted in (None, task):
        report = check_dataset(tmp_path, "yolo", task=wanted)
        assert report.faults == ()
        assert report.counts["boxes"] == 8
        assert len(report.warnings) <= 2, "one for the classes without an example, one for the rare ones"


def test_coco128_validates_on_its_training_images_and_has_two_without_a_label(tmp_path):
    yaml = f"path: coco128\ntrain: images/train2017\nval: images/train2017\ntest:\n\nnames:\n{COCO_NAMES}"
    shipped(tmp_path, yaml, "train2017", 128, BOX)
    for number in (3, 20):
        (tmp_path / f"labels/train2017/{number:012}.txt").unlink()
    report = check_dataset(tmp_path, "yolo")
    assert report.faults == ()
    assert report.counts["train images"] == report.counts["val images"] == 128
    assert set(report.problem_counts) == {"duplicate-across-splits", "image-without-label", "class-imbalance"}


def test_imagenet10_has_no_fault(tmp_path):
    for split in ("train", "val"):
        for number in range(10):
            made_data.picture(tmp_path / split / f"n{number:08}" / "1.jpg")
    assert check_dataset(tmp_path, "yolo", task="classify").faults == ()


def test_lists_of_images_as_coco_has_them_are_no_fault_nor_is_a_test_split_without_labels(tmp_path):
    yaml = f"path: coco\ntrain: train2017.txt\nval: val2017.txt\ntest: test-dev2017.txt\n\nnames:\n{COCO_NAMES}"
    for split, count in (("train2017", 160), ("val2017", 80), ("test2017", 20)):
        shipped(tmp_path, yaml, split, count, BOX)
        name = split.replace("test", "test-dev")
        (tmp_path / f"{name}.txt").write_text("".join(f"./images/{split}/{n:012}.jpg\n" for n in range(count)))
    shutil.rmtree(tmp_path / "labels/test2017")
    report = check_dataset(tmp_path, "yolo")
    assert report.faults == ()
    assert report.counts["test images"] == 20
    assert any("20 of 20 images of test have no label" in one for one in report.warnings)
