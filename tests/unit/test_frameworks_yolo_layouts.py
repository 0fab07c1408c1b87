"""The check here and the script on the host read the same datasets by the same rules: for each layout both must find
the same number of images and of objects of each class."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests import made_data
from unitrainer_tui.datasets.check import check_dataset
from unitrainer_tui.frameworks.yolo import layout
from unitrainer_tui.frameworks.yolo.layout import Refused
from unitrainer_tui.frameworks.yolo.mirror import mirror

NAMES = "names: [disc, box]\n"


def write(root: Path, text: str, name: str = "data.yaml") -> None:
    (root / "data.yaml").unlink(missing_ok=True)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def split_first(root: Path) -> None:
    """train/images and train/labels instead of images/train and labels/train."""
    for split in ("train", "val"):
        (root / split).mkdir()
        for kind in ("images", "labels"):
            shutil.move(root / kind / split, root / split / kind)
    shutil.rmtree(root / "images")
    shutil.rmtree(root / "labels")


def roboflow(root: Path) -> None:
    split_first(root)
    (root / "val").rename(root / "valid")
    write(root, f"train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnc: 2\n{NAMES}")


def lists(root: Path) -> None:
    (root / "train.txt").write_text("".join(f"./images/train/{number}.jpg\n" for number in range(20)))
    (root / "val.txt").write_text("".join(f"/datasets/shapes/images/val/{number}.jpg\n" for number in range(12)))
    write(root, f"train: train.txt\nval: val.txt\n{NAMES}")


def below(root: Path) -> None:
    (root / "shapes").mkdir()
    for kind in ("images", "labels"):
        shutil.move(root / kind, root / "shapes" / kind)
    write(root, f"path: ../datasets/shapes\ntrain: images/train\nval: images/val\n{NAMES}", "shapes/shapes.yaml")


def with_test(root: Path) -> None:
    shutil.copytree(root / "images/val", root / "images/test")
    shutil.copytree(root / "labels/val", root / "labels/test")
    write(root, f"train: images/train\nval: images/val\ntest: images/test\n{NAMES}")


LAYOUTS: dict[str, Callable[[Path], None]] = {
    "images/train": lambda root: write(root, f"train: images/train\nval: images/val\n{NAMES}"),
    "path of another machine": lambda root: write(
        root, f"path: /home/somebody/shapes\ntrain: images/train\nval: images/val\n{NAMES}"
    ),
    "absolute splits": lambda root: write(
        root, f"train: /data/shapes/images/train\nval: /data/shapes/images/val\n{NAMES}"
    ),
    "Windows": lambda root: write(
        root, f"path: 'C:\\shapes'\ntrain: 'C:\\shapes\\images\\train'\nval: images\\val\n{NAMES}"
    ),
    "names as a dict": lambda root: write(root, "train: images/train\nval: images/val\nnames: {0: disc, 1: box}\n"),
    "nc alone": lambda root: write(root, "train: images/train\nval: images/val\nnc: 2\n"),
    "valid": lambda root: write(root, f"train: images/train\nvalid: images/val\n{NAMES}"),
    "no val": lambda root: write(root, f"train: images/train\n{NAMES}"),
    "several folders": lambda root: write(root, f"train: [images/train, images/val]\nval: images/val\n{NAMES}"),
    "everything below images": lambda root: write(root, f"train: images\nval: images/val\n{NAMES}"),
    "train/images": lambda root: (split_first(root), write(root, f"train: train/images\nval: val/images\n{NAMES}"))[1],
    "Roboflow": roboflow,
    "lists": lists,
    "a folder below": below,
    "test": with_test,
    "a test that is not there": lambda root: write(
        root, f"train: images/train\nval: images/val\ntest: images/test\n{NAMES}"
    ),
    "a mark before the yaml": lambda root: write(root, f"\ufefftrain: images/train\nval: images/val\n{NAMES}"),
}


def coco_in(root: Path, places: dict[str, str], prefix: str = "") -> None:
    """`places`: json by folder of its pictures."""
    first = 1
    for json_path, folder in places.items():
        names = [f"{number}.jpg" for number in range(12 if "val" in json_path else 24)]
        for name in names:
            made_data.picture(root / folder / name)
        (root / json_path).parent.mkdir(parents=True, exist_ok=True)
        made_data.write_json(root / json_path, made_data.coco_json([prefix + name for name in names], first=first))
        first += 1000


COCO: dict[str, Callable[[Path], object]] = {
    "COCO's own": made_data.coco,
    "COCO below images": lambda root: coco_in(
        root,
        {
            "annotations/instances_train2017.json": "images/train2017",
            "annotations/instances_val2017.json": "images/val2017",
        },
    ),
    "Roboflow": lambda root: coco_in(
        root, {"train/_annotations.coco.json": "train", "valid/_annotations.coco.json": "valid"}
    ),
    "one json": lambda root: coco_in(root, {"annotations.json": "images"}),
    "CVAT": lambda root: coco_in(root, {"annotations/instances_default.json": "images/default"}, "default/"),
    "train.json": lambda root: coco_in(root, {"train.json": "train", "val.json": "val"}),
    "names with a folder": lambda root: coco_in(
        root, {"annotations/train.json": "images/train", "annotations/val.json": "images/val"}, "images/train/../"
    ),
    "names of Windows": lambda root: coco_in(
        root, {"annotations/train.json": "train", "annotations/val.json": "val"}, "D:\\shots\\"
    ),
}


def as_ultralytics_reads(data: Path) -> tuple[dict[str, int], Counter[str]]:
    """Images of each split and objects of each class over all images, each once, by Ultralytics' rules."""
    said = yaml.safe_load(data.read_text())
    names = said.get("names") or [f"class_{number}" for number in range(said["nc"])]
    names = dict(enumerate(names)) if isinstance(names, list) else names
    images: dict[str, int] = {}
    objects: Counter[str] = Counter()
    every: set[str] = set()
    for split in ("train", "val", "test"):
        if not said.get(split):
            continue
        found: set[str] = set()
        for place in said[split] if isinstance(said[split], list) else [said[split]]:
            at = Path(place)
            paths = (
                [Path(line) for line in at.read_text().split("\n") if line] if at.is_file() else list(at.rglob("*.*"))
            )
            found |= {str(path) for path in paths if path.suffix == ".jpg" and path.exists()}
        images[split] = len(found)
        every |= found
    for image in every:
        label = Path("/labels/".join(image.rsplit("/images/", 1))).with_suffix(".txt")
        for line in label.read_text().splitlines():
            objects[names[int(line.split()[0])]] += 1
    return images, objects


def compare(root: Path, scratch: Path) -> None:
    report = check_dataset(root, "yolo")
    assert report.holds or report.problem_counts.keys() <= {"duplicate-across-splits"}, report.faults
    (scratch / "out").mkdir()
    images, objects = as_ultralytics_reads(layout.prepare(mirror(root, scratch / "links"), scratch / "out", "detect"))
    if "val images" not in report.counts:
        assert images.pop("val") == images["train"]  # the script takes the training images
    here = {split: report.counts.get(f"{split} images", 0) for split in images}
    assert images == here
    assert objects == {name: count for name, count in report.classes.items() if count}
    assert sum(images.values()) > 20


@pytest.mark.parametrize("name", LAYOUTS)
def test_both_sides_find_the_same_in_a_yolo_layout(tmp_path, name):
    root = made_data.yolo(tmp_path / "set")
    LAYOUTS[name](root)
    compare(root, tmp_path)


@pytest.mark.parametrize("name", COCO)
def test_both_sides_find_the_same_in_a_coco_layout(tmp_path, name):
    (tmp_path / "set").mkdir()
    COCO[name](tmp_path / "set")
    assert check_dataset(tmp_path / "set").kind == "coco"
    compare(tmp_path / "set", tmp_path)


def converted(root: Path, scratch: Path, task: str) -> tuple[dict[str, object], list[str]]:
    """data.yaml and the lines of all training labels."""
    (scratch / "out").mkdir()
    data = layout.prepare(mirror(root, scratch / "links"), scratch / "out", task)
    said = yaml.safe_load(data.read_text())
    labels = sorted(Path(str(said["train"]).replace("/images/", "/labels/")).glob("*.txt"))
    return said, [line for label in labels for line in label.read_text().splitlines()]


def edit(path: Path, change: Callable[[dict[str, list[dict[str, object]]]], None]) -> None:
    held = json.loads(path.read_text())
    change(held)
    path.write_text(json.dumps(held))


def test_a_box_of_coco_becomes_centre_and_size(tmp_path):
    said, lines = converted(made_data.coco(tmp_path / "set"), tmp_path, "detect")
    assert said["names"] == {0: "disc", 1: "box"}
    assert lines[:2] == ["0 0.375 0.5 0.25 0.5", "1 0.375 0.5 0.25 0.5"]


def test_polygons_become_outlines_and_parts_are_joined(tmp_path):
    root = made_data.coco(tmp_path / "set")

    def two_parts(held):
        held["annotations"][0]["segmentation"] = [[0, 0, 12, 0, 12, 12], [24, 24, 36, 24, 36, 36]]
        held["annotations"][1]["segmentation"] = []

    edit(root / "annotations/instances_train2017.json", two_parts)
    _, lines = converted(root, tmp_path, "segment")
    first = [float(value) for value in lines[0].split()]
    points = set(zip(first[1::2], first[2::2], strict=True))
    assert points == {(0, 0), (0.25, 0), (0.25, 0.25), (0.5, 0.5), (0.75, 0.5), (0.75, 0.75)}
    assert lines[1] == "1 0.25 0.25 0.5 0.25 0.5 0.75 0.25 0.75"
    assert all(len(line.split()) >= 9 for line in lines)


def test_key_points_come_with_their_shape_and_their_mirror(tmp_path):
    root = made_data.coco(tmp_path / "set")

    def person(held):
        held["categories"] = [{"id": 1, "name": "person", "keypoints": ["nose", "left_eye", "right_eye"]}]
        for number, one in enumerate(held["annotations"]):
            one["category_id"] = 1
            one["keypoints"] = [24, 24, 2, 12, 12, 1, 0, 0, 0] if number else [0] * 9

    for name in ("train2017", "val2017"):
        edit(root / f"annotations/instances_{name}.json", person)
        path = root / f"annotations/instances_{name}.json"
        path.rename(root / f"annotations/person_keypoints_{name}.json")
    assert check_dataset(root, "yolo", task="pose").faults == ()
    said, lines = converted(root, tmp_path, "pose")
    assert said["kpt_shape"] == [3, 3] and said["flip_idx"] == [0, 2, 1]
    assert len(lines) == 23, "an annotation without a visible point is left out"
    assert lines[0] == "0 0.375 0.5 0.25 0.5 0.5 0.5 2 0.25 0.25 1 0 0 0"


def test_the_dataset_itself_is_never_written_to(tmp_path):
    root = made_data.coco(tmp_path / "set")
    before = sorted(str(path) for path in root.rglob("*"))
    converted(root, tmp_path, "detect")
    assert sorted(str(path) for path in root.rglob("*")) == before


def test_what_cannot_be_converted_is_refused_in_a_sentence(tmp_path):
    root = made_data.coco(tmp_path / "set")
    (root / "train2017" / f"{3:012}.jpg").unlink()
    with pytest.raises(Refused, match="there is no picture '000000000003"):
        converted(root, tmp_path, "detect")
    with pytest.raises(Refused, match="no oriented boxes"):
        layout.prepare(tmp_path / "links", tmp_path / "out", "obb")
