"""A small dataset cut out of a larger one holds by the same check, keeps its kind and its classes, and is a copy."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest
import yaml

from tests import made_data
from unitrainer_tui.datasets.check import check_dataset
from unitrainer_tui.datasets.smoke import smoke_subset
from unitrainer_tui.errors import DatasetProblem


def files(root: Path) -> list[Path]:
    found = [path for path in root.rglob("*") if path.is_file()]
    assert not any(path.is_symlink() for path in found)
    return found


def pictures(root: Path) -> list[Path]:
    return [path for path in files(root) if path.suffix in (".jpg", ".png")]


def test_a_yolo_dataset_keeps_sixteen_and_four_with_labels(tmp_path):
    root = made_data.yolo(tmp_path / "set", train=60, val=30)
    for number in range(20):
        (root / f"labels/train/{number}.txt").write_bytes(b"")
    (root / "images/val/0.jpg").write_bytes(b"broken")
    (root / "yolo11n.pt").write_bytes(b"weights")
    cut = smoke_subset(root, "yolo", tmp_path / "cut")
    report = check_dataset(cut, "yolo")
    assert report.faults == ()
    assert report.counts == {"train images": 16, "val images": 4, "boxes": 20, "images without a label": 0}
    assert list(report.classes) == ["disc", "box"] and all(report.classes.values())
    assert (cut / "yolo11n.pt").read_bytes() == b"weights"


def test_every_split_of_a_yolo_dataset_stays_whatever_its_yaml_says_of_paths(tmp_path):
    root = made_data.yolo(tmp_path / "set")
    made_data.picture(root / "images/test/1.jpg")
    made_data.label(root / "labels/test/1.txt", "1 0.5 0.5 0.1 0.1")
    (root / "train.txt").write_text("".join(f"D:\\set\\images\\train\\{number}.jpg\n" for number in range(24)))
    (root / "data.yaml").write_text(
        "path: D:\\set\ntrain: train.txt\nvalid: [images/val]\ntest: images\\test\nnames: {0: disc, 1: box}\n"
        "download: |\n  import os\n"
    )
    cut = smoke_subset(root, None, tmp_path / "cut")
    report = check_dataset(cut, "yolo")
    assert report.faults == ()
    assert [report.counts[f"{split} images"] for split in ("train", "val", "test")] == [16, 4, 1]
    said = yaml.safe_load((cut / "data.yaml").read_text())
    assert said["names"] == {0: "disc", 1: "box"}
    assert "download" not in said and "path" not in said


def test_one_folder_for_both_splits_stays_one(tmp_path):
    root = made_data.yolo(tmp_path / "set")
    (root / "data.yaml").write_text("train: images/train\nval: images/train\nnames: [disc, box]\n")
    cut = smoke_subset(root, "yolo", tmp_path / "cut")
    counts = check_dataset(cut, "yolo").counts
    assert counts["train images"] == counts["val images"] >= 16


def test_a_coco_json_is_cut_to_its_pictures(tmp_path):
    root = made_data.coco(tmp_path / "set", train=60, val=30)
    path = root / "annotations/instances_train2017.json"
    held = json.loads(path.read_text())
    held["annotations"] = held["annotations"][30:]
    path.write_text(json.dumps(held))
    cut = smoke_subset(root, "coco", tmp_path / "cut")
    report = check_dataset(cut, "yolo")
    assert report.kind == "coco" and report.faults == ()
    assert report.counts == {"train images": 16, "val images": 4, "boxes": 20, "images without a label": 0}
    assert report.classes == {"disc": 10, "box": 10}
    assert len(pictures(cut)) == 20


@pytest.mark.parametrize("splits", [("train", "val"), ("train", "val", "test")])
def test_folders_of_classes_keep_some_of_each(tmp_path, splits):
    root = made_data.classes(tmp_path / "set", splits, each=40)
    (root / "train/disc/0.png").write_bytes(b"")
    cut = smoke_subset(root, "yolo", tmp_path / "cut")
    report = check_dataset(cut, "yolo")
    assert report.faults == () and report.kind == "classification"
    assert all(count >= 2 for count in report.classes.values()) and len(report.classes) == 2
    assert report.counts["train images"] == 20
    assert len(pictures(cut)) <= 40


def test_folders_without_a_split_keep_enough_of_each_to_be_split(tmp_path):
    root = tmp_path / "set"
    for name in "abcdefghijkl":
        for number in range(5):
            made_data.picture(root / name / f"{number}.png")
    cut = smoke_subset(root, "pytorch", tmp_path / "cut")
    kept = sorted(path.name for path in cut.iterdir())
    assert kept == list("abcdefghij"), "ten classes at most"
    assert all(len(list((cut / name).iterdir())) == 3 for name in kept)
    assert check_dataset(cut, "pytorch").faults == ()


def read(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def table(path: Path, labels: list[str], delimiter: str = ",") -> Path:
    chance = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(["size", "words", "label"])
        writer.writerows([chance.random(), "one\ntwo, three", label] for label in labels)
    return path


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_table_keeps_two_rows_of_each_class(tmp_path, delimiter):
    labels = ["common"] * 500 + ["rare"] * 3 + [f"kind {number}" for number in range(12) for _ in range(30)]
    path = table(tmp_path / "rows.csv", labels, delimiter)
    cut = smoke_subset(path, "sklearn", tmp_path / "cut")
    assert cut == tmp_path / "cut/rows.csv"
    rows = read(cut, delimiter)
    assert len(rows) == 28
    assert {row["label"]: 2 for row in rows} == dict.fromkeys(labels, 2)
    assert rows[0]["words"] == "one\ntwo, three"


def test_a_table_of_two_classes_keeps_twenty_rows_of_both(tmp_path):
    path = table(tmp_path / "rows.csv", ["no"] * 500 + [""] * 10 + ["yes"] * 50)
    rows = read(smoke_subset(tmp_path, "xgboost", tmp_path.parent / f"{tmp_path.name}-cut", target="label") / path.name)
    assert [row["label"] for row in rows] == ["no"] * 10 + ["yes"] * 10


def test_numbers_to_predict_are_taken_evenly(tmp_path):
    path = table(tmp_path / "rows.csv", [str(number / 7) for number in range(1000)])
    rows = read(smoke_subset(path, "sklearn", tmp_path / "cut"))
    assert [float(row["label"]) for row in rows] == [number / 7 for number in range(0, 1000, 50)]


@pytest.mark.parametrize(
    ("numbers", "kept"),
    [
        ([number * 10 for number in range(400)], 21),  # prices: whole, and far more than there would be classes
        ([number % 25 for number in range(400)], 21),
        ([0.5 if number == 333 else number % 7 for number in range(400)], 8),
    ],
)
def test_the_sample_of_numbers_is_not_taken_for_classes(tmp_path, numbers, kept):
    path = table(tmp_path / "rows.csv", [str(number) for number in numbers])
    found = {float(row["label"]) for row in read(smoke_subset(path, "sklearn", tmp_path / "cut"))}
    assert len(found) >= kept and (len(found) > 20 or 0.5 in found)


def test_ranking_keeps_whole_queries(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("x,query,label\n" + "".join(f"{n},q{n % 40},{n % 3}\n" for n in range(400)))
    rows = read(smoke_subset(path, "lightgbm", tmp_path / "cut", target="label", group="query"))
    queries = [row["query"] for row in rows]
    assert {query: queries.count(query) for query in queries} == {f"q{n}": 10 for n in range(5)}


def test_parquet_stays_parquet(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    columns = {"x": [n / 3 for n in range(20_000)], "label": [n % 4 for n in range(20_000)]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "rows.parquet", row_group_size=3000)
    cut = smoke_subset(tmp_path / "rows.parquet", "xgboost", tmp_path / "cut")
    table = parquet.read_table(cut)
    assert table.schema.names == ["x", "label"] and str(table.schema.field("label").type) == "int64"
    assert sorted(table["label"].to_pylist()) == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5
    assert check_dataset(cut, "xgboost").faults == ()


def test_files_of_no_known_kind_are_given_back_as_they_are(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set/numbers.bin").write_bytes(b"1234")
    assert smoke_subset(tmp_path / "set", "custom", tmp_path / "cut") == tmp_path / "set"
    assert not (tmp_path / "cut").exists()


def test_a_dataset_that_cannot_be_cut_is_told(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DatasetProblem, match="exactly one table"):
        smoke_subset(tmp_path, "sklearn", tmp_path / "cut")
