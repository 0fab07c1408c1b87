"""A COCO json made into labels that Ultralytics reads, within the mirror of links: the dataset itself stays as it is.

The check before the run reads the same files by the same rules (datasets/coco.py); here the json is held whole, some
seven times its size in memory.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING or __package__:
    from .job import Refused
else:  # on the host these files stand side by side
    from job import Refused

ROBOFLOW = "_annotations.coco.json"
CONVERTED = "converted"
_SPELLED = {"train": ("train", "training"), "val": ("val", "valid", "validation"), "test": ("test",)}
_OTHER_TASKS = ("captions_", "panoptic_", "stuff_", "image_info_")
_SNIFFED = 1 << 16
# Outlines of several parts are joined where they are nearest; of long ones so many points are compared at most.
_MOST_COMPARED = 64


def find_annotations(root: Path, task: str | None = None) -> dict[str, str]:
    """The json of each split, relative to `root`. With task pose the one with key points in its name."""
    found: dict[str, str] = {}
    for folder in ("", *sorted(place.name for place in root.iterdir() if place.is_dir())):
        if (root / folder / ROBOFLOW).is_file():
            found.setdefault(split_of(folder) or "train", _joined(folder, ROBOFLOW))
    if found:
        return found
    for folder in ("annotations", ""):
        place = root / folder
        names = sorted(path.name for path in place.glob("*.json") if path.is_file()) if place.is_dir() else []
        jsons = [name for name in names if not name.startswith(_OTHER_TASKS) and _describes_coco(place / name)]
        jsons.sort(key=lambda name: (("keypoints" in name) != (task == "pose"), name))
        for name in jsons:
            split = split_of(name) or ("train" if len(jsons) == 1 else None)
            if split is not None:
                found.setdefault(split, _joined(folder, name))
        if found:
            return found
    return {}


def split_of(name: str) -> str | None:
    """The split that a name speaks of: instances_train2017.json, valid, my-test-set."""
    words = set(re.split(r"[^a-z]+", name.lower()))
    return next((split for split, spelled in _SPELLED.items() if words & set(spelled)), None)


def image_folders(json_path: str, split: str) -> list[str]:
    """Where the pictures of a json may be, the likeliest first."""
    beside, _, name = json_path.rpartition("/")
    words = re.findall(r"[a-z]+\d*", name.lower())
    spelled = [word for word in words if word.rstrip("0123456789") in _SPELLED[split]]
    names = list(dict.fromkeys([*spelled, *_SPELLED[split]]))
    folders = [beside] if beside and beside != "annotations" else []
    folders += [place for word in names for place in (f"images/{word}", word, f"{word}/images")]
    folders += ["images", ""]
    if beside == "annotations":
        folders.append(beside)
    return list(dict.fromkeys(folders))


def image_path(file_name: str, folders: Sequence[str], exists: Callable[[str], bool]) -> str | None:
    """The picture of an entry: below the first folder that has it, with the folders of its own name or without."""
    parts = [part for part in file_name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    parts = parts[1:] if parts and parts[0].endswith(":") else parts
    for start in range(len(parts)):
        for folder in folders:
            tried = _joined(folder, "/".join(parts[start:]))
            if exists(tried):
                return tried
    return None


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _describes_coco(path: Path) -> bool:
    """Its ends speak of images and categories. COCO's own has its categories last."""
    with path.open("rb") as stream:
        head = stream.read(_SNIFFED)
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _SNIFFED))
        tail = stream.read(_SNIFFED)
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    return sum(word in head or word in tail for word in (b'"images"', b'"annotations"', b'"categories"')) >= 2


def convert(links: Path, jsons: dict[str, str], output: Path, task: str) -> Path:
    """Writes links/converted/{images,labels}/<split>/ (the images are links) and output/data.yaml; gives the latter.

    Classes are the categories in the order of their ids. Crowds are left out. Raises Refused.
    """
    if task == "obb":
        raise Refused("A COCO json has no oriented boxes: the task obb needs YOLO labels with four corners.")
    if "train" not in jsons:
        raise Refused(f"No json speaks of train; found: {', '.join(jsons.values())}.")
    top = links.absolute() / CONVERTED
    data: dict[str, Any] = {"path": str(top)}
    categories: list[dict[str, Any]] | None = None
    for split, name in jsons.items():
        held = _load(links, name)
        found = _categories(held, name)
        if categories is not None and _names(found) != _names(categories):
            raise Refused(f"{name} has other categories than {jsons['train']}; they must have the same ids and names.")
        categories = found
        _Split(links.absolute(), top, split, name, task).write(held, [one["id"] for one in found])
        data[split] = str(top / "images" / split)
        if task == "pose":
            data.update(_key_points(held, found, name))
    if "val" not in data:
        print("There is no json for val: the model is validated on its training images.", flush=True)
        data["val"] = data["train"]
    data["names"] = dict(enumerate(_names(categories or []).values()))
    copy = output / "data.yaml"
    copy.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return copy


def _load(links: Path, name: str) -> dict[str, Any]:
    try:
        held = json.loads((links / name).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as problem:
        raise Refused(f"{name} cannot be read: {problem}.") from None
    if not isinstance(held, dict) or not all(isinstance(held.get(key), list) for key in ("images", "categories")):
        raise Refused(f"{name} must hold images, annotations and categories.")
    return held


def _categories(held: dict[str, Any], name: str) -> list[dict[str, Any]]:
    try:
        return sorted(held["categories"], key=lambda one: int(one["id"]))
    except (KeyError, TypeError, ValueError):
        raise Refused(f"{name}: each category needs an id (a whole number) and a name.") from None


def _names(categories: Sequence[dict[str, Any]]) -> dict[int, str]:
    return {int(one["id"]): str(one.get("name")) for one in categories}


def _key_points(held: dict[str, Any], categories: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """kpt_shape, and flip_idx where the points' names say which are left and right of each other."""
    lengths = {len(one.get("keypoints") or []) for one in held.get("annotations") or [] if one.get("keypoints")}
    if len(lengths) != 1 or not next(iter(lengths)) or next(iter(lengths)) % 3:
        raise Refused(f"{name}: the task pose needs the same number of key points (x, y, visible) in each annotation.")
    count = next(iter(lengths)) // 3
    told: dict[str, Any] = {"kpt_shape": [count, 3]}
    points: list[Any] = next((one["keypoints"] for one in categories if isinstance(one.get("keypoints"), list)), [])
    turned = {"left": "right", "right": "left"}
    mirrored = [re.sub("left|right", lambda side: turned[side.group()], str(point)) for point in points]
    if len(points) == count and set(mirrored) <= set(points):
        told["flip_idx"] = [points.index(point) for point in mirrored]
    return told


class _Split:
    def __init__(self, links: Path, top: Path, split: str, name: str, task: str) -> None:
        self.links = links
        self.split = split
        self.name = name
        self.task = task
        self.images = top / "images" / split
        self.labels = top / "labels" / split
        self.crowds = self.boxed = self.pointless = self.flat = 0

    def write(self, held: dict[str, Any], ids: Sequence[Any]) -> None:
        """Links and labels of every entry; a picture without annotations gets an empty label."""
        self.images.mkdir(parents=True)
        self.labels.mkdir(parents=True)
        numbers = {category: place for place, category in enumerate(ids)}
        entries = {entry["id"]: entry for entry in held["images"]}
        lines: dict[Any, dict[str, None]] = {image: {} for image in entries}  # each object once
        for one in held.get("annotations") or []:
            entry = entries.get(one.get("image_id"))
            number = numbers.get(one.get("category_id"))
            if entry is None or number is None:
                what = "picture" if entry is None else "category"
                raise Refused(f"{self.name}: the annotation {one.get('id')!r} is of a {what} that has no entry.")
            line = self._line(one, number, float(entry["width"]), float(entry["height"]))
            if line is not None:
                lines[one["image_id"]][line] = None
        folders = image_folders(self.name, self.split)
        used: set[str] = set()
        for place, (image, entry) in enumerate(entries.items()):
            self._place(str(entry["file_name"]), lines[image], folders, place, used)
        self._tell(len(entries), sum(len(held) for held in lines.values()))

    def _place(
        self, file_name: str, lines: dict[str, None], folders: Sequence[str], number: int, used: set[str]
    ) -> None:
        at = image_path(file_name, folders, lambda tried: (self.links / tried).is_file())
        if at is None:
            raise Refused(f"{self.name}: there is no picture {file_name!r} in the dataset.")
        source = self.links / at
        # One folder for all: the same name in two folders of the dataset, or with two suffixes, needs another.
        stem = source.stem if source.stem not in used else f"{number}_{source.stem}"
        used.add(stem)
        (self.images / f"{stem}{source.suffix}").symlink_to(source)
        (self.labels / f"{stem}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def _line(self, one: dict[str, Any], number: int, width: float, height: float) -> str | None:
        if one.get("iscrowd"):
            self.crowds += 1
            return None
        left, above, across, down = (float(value) for value in one["bbox"])
        right, below = min(left + across, width), min(above + down, height)
        left, above = max(left, 0.0), max(above, 0.0)
        if right <= left or below <= above:
            self.flat += 1
            return None
        box = [
            (left + right) / 2 / width,
            (above + below) / 2 / height,
            (right - left) / width,
            (below - above) / height,
        ]
        if self.task == "pose":
            points = one.get("keypoints") or []
            if not any(points[2::3]):
                self.pointless += 1
                return None
            scaled = [
                value if place % 3 == 2 else _within(value / (width, height)[place % 3])
                for place, value in enumerate(points)
            ]
            return _words(number, [*box, *scaled])
        if self.task == "segment":
            outline = self._outline(one, (left, above, right, below))
            return _words(number, [_within(value / (width, height)[place % 2]) for place, value in enumerate(outline)])
        return _words(number, box)

    def _outline(self, one: dict[str, Any], box: tuple[float, float, float, float]) -> list[float]:
        held = one.get("segmentation")
        parts = [part for part in held if isinstance(part, list) and len(part) >= 6] if isinstance(held, list) else []
        if not parts:
            self.boxed += 1
            left, above, right, below = box
            return [left, above, right, above, right, below, left, below]
        outline = [(float(part[at]), float(part[at + 1])) for part in parts[:1] for at in range(0, len(part) - 1, 2)]
        for part in parts[1:]:
            outline = _joined_outlines(
                outline, [(float(part[at]), float(part[at + 1])) for at in range(0, len(part) - 1, 2)]
            )
        return [value for point in outline for value in point]

    def _tell(self, images: int, objects: int) -> None:
        print(f"{self.name}: {images:,} images and {objects:,} objects for {self.split}.", flush=True)
        for count, what in (
            (self.crowds, "crowds (iscrowd) were left out"),
            (self.flat, "boxes without width or height were left out"),
            (self.pointless, "annotations without a visible key point were left out"),
            (self.boxed, "annotations without a polygon are outlined by their box"),
        ):
            if count:
                print(f"{self.name}: {count:,} {what}.", flush=True)


def _joined_outlines(first: list[tuple[float, float]], second: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """One outline around both: there and back over the shortest bridge between them."""
    some = range(0, len(first), -(-len(first) // _MOST_COMPARED))
    others = range(0, len(second), -(-len(second) // _MOST_COMPARED))
    _, here, there = min(
        ((first[a][0] - second[b][0]) ** 2 + (first[a][1] - second[b][1]) ** 2, a, b) for a in some for b in others
    )
    around = second[there:] + second[: there + 1]
    return first[: here + 1] + around + first[here:]


def _within(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _words(number: int, values: Sequence[float]) -> str:
    return " ".join([str(number), *(f"{value:.6g}" for value in values)])
