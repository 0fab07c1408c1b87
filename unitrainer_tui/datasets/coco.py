"""Pictures with a COCO json: which json is which split's, where its pictures are, and what is wrong with them.

The training script turns the same files into labels by the same rules (frameworks/yolo/coco.py, which stands alone; a
test holds the two against each other). The json is read as a stream: its size has no limit, and a picture costs some
200 bytes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unitrainer_tui.datasets.balance import check_balance
from unitrainer_tui.datasets.json_items import BadJson, json_items
from unitrainer_tui.datasets.pictures import SMALLEST, Pictures, images_of
from unitrainer_tui.datasets.report import Findings, ShouldStop, Stopped, human
from unitrainer_tui.datasets.tree import Tree, joined
from unitrainer_tui.datasets.wanted import Wanted
from unitrainer_tui.datasets.yolo import MOST_UNLABELLED, Checked

ROBOFLOW = "_annotations.coco.json"
_SPELLED = {"train": ("train", "training"), "val": ("val", "valid", "validation"), "test": ("test",)}
_OTHER_TASKS = ("captions_", "panoptic_", "stuff_", "image_info_")
_SNIFFED = 1 << 16
# A box may lie outside by so much of the picture's side, or by two pixels: rounding.
_TOLERANCE = 0.01


def find_annotations(tree: Tree, task: str | None = None) -> dict[str, str]:
    """The json of each split, relative to the dataset. With task pose the one with key points in its name."""
    found: dict[str, str] = {}
    for folder in ("", *sorted(place for place in tree.folders if place and "/" not in place)):
        if tree.has_file(joined(folder, ROBOFLOW)):
            found.setdefault(split_of(folder) or "train", joined(folder, ROBOFLOW))
    if found:
        return found
    for folder in ("annotations", ""):
        names = tree.folders[folder].names if folder in tree.folders else []
        named = [name for name in names if name.endswith(".json") and not name.startswith(_OTHER_TASKS)]
        jsons = [name for name in named if _describes_coco(f"{tree.folders[folder].path}/{name}")]
        jsons.sort(key=lambda name: (("keypoints" in name) != (task == "pose"), name))
        for name in jsons:
            split = split_of(name) or ("train" if len(jsons) == 1 else None)
            if split is not None:
                found.setdefault(split, joined(folder, name))
        if found:
            return found
    return {}


def split_of(name: str) -> str | None:
    """The split that a name speaks of: instances_train2017.json, valid, my-test-set."""
    words = set(re.split(r"[^a-z]+", name.lower()))
    return next((split for split, spelled in _SPELLED.items() if words & set(spelled)), None)


def image_folders(json: str, split: str) -> list[str]:
    """Where the pictures of a json may be, the likeliest first."""
    beside, _, name = json.rpartition("/")
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
            tried = joined(folder, "/".join(parts[start:]))
            if exists(tried):
                return tried
    return None


def _describes_coco(path: str) -> bool:
    """Its ends speak of images and categories. COCO's own has its categories last."""
    try:
        with open(path, "rb") as stream:
            head = stream.read(_SNIFFED)
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _SNIFFED))
            tail = stream.read(_SNIFFED)
    except OSError:
        return False
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    return sum(word in head or word in tail for word in (b'"images"', b'"annotations"', b'"categories"')) >= 2


def check(tree: Tree, wanted: Wanted, findings: Findings, should_stop: ShouldStop | None = None) -> Checked:
    """Faults: a json that cannot be read, a picture that is not there or has no entry, a box outside its picture, an
    unknown category, splits that disagree about the categories, damaged pictures, copies. Raises Stopped."""
    jsons = find_annotations(tree, wanted.task)
    if wanted.task == "obb":
        what = "A COCO json has no oriented boxes: the task obb needs YOLO labels with four corners."
        findings.fault("wrong-kind", what)
    counts: dict[str, int] = {}
    classes: dict[str, int] = {}
    splits: dict[str, dict[str, Sequence[int]]] = {}
    objects = unannotated = 0
    read: list[_Split] = []
    for split, json in jsons.items():
        one = _Split(tree, split, json, wanted, findings, should_stop)
        one.read()
        read.append(one)
        counts[f"{split} images"] = len(one.entries)
        splits[split] = one.places()
        objects += one.objects
        unannotated += one.unannotated
        for name, number in one.of_class().items():
            classes[name] = classes.get(name, 0) + number
    if "train" not in jsons:
        findings.fault("missing-split", f"No json speaks of train; found: {', '.join(jsons.values())}.")
    elif "val" not in jsons:
        findings.warn("missing-split", "There is no json for val: the model will be validated on its training images.")
    _compare_categories(read, findings)
    if wanted.classes is not None and classes and wanted.classes != len(classes):
        what = f"There are {len(classes)} categories and the profile asks for {wanted.classes} classes (nc)."
        findings.fault("class-count-mismatch", what)
    together: dict[str, Sequence[int]] = {}
    for places in splits.values():
        for relative, numbers in places.items():
            together[relative] = sorted({*together.get(relative, ()), *numbers})
    _unlisted(tree, together, read, wanted, findings)
    pictures = Pictures(tree, findings, SMALLEST, keep_sizes=True, should_stop=should_stop)
    pictures.check(together)
    for one in read:
        one.compare_sizes(pictures)
    pictures.copies_across(splits)
    if not objects and not findings.faulty:
        findings.fault("no-objects", "None of the pictures has an annotation: there is nothing to learn.")
    check_balance(classes, "objects", findings)
    counts |= {"boxes": objects, "images without a label": unannotated}
    said = ", ".join(f"{count:,} {what}" for what, count in counts.items() if what.endswith(" images"))
    return Checked(
        counts, classes, f"{said or 'no images'}, {objects:,} boxes, {len(classes)} classes, {human(tree.size)}"
    )


@dataclass(slots=True)
class _Entry:
    """A picture of the json: where it is (folder and place in it, -1 where it is not), pixels as told."""

    folder: str
    place: int
    width: float
    height: float
    line: int
    annotated: bool = False


@dataclass
class _Split:
    tree: Tree
    split: str
    json: str
    wanted: Wanted
    findings: Findings
    should_stop: ShouldStop | None
    entries: dict[Any, _Entry] = field(default_factory=dict)
    categories: dict[Any, str] = field(default_factory=dict)
    objects: int = 0
    unannotated: int = 0
    crowds: int = 0
    by_category: dict[Any, int] = field(default_factory=dict)
    first_line: dict[Any, int] = field(default_factory=dict)
    early: bool = False
    numbers: dict[str, dict[str, int]] = field(default_factory=dict)

    def read(self) -> None:
        folders = image_folders(self.json, self.split)
        if not self._pass(folders, annotations=True):
            return
        if self.early:  # annotations stood before the pictures that they speak of
            self._pass(folders, annotations=True, again=True)
        for category, line in self.first_line.items():
            if category not in self.categories:
                self._fault(
                    "class-out-of-range",
                    f"category_id {category!r} is in no category ({self.by_category[category]:,} annotations)",
                    line,
                )
        if not self.categories:
            self._fault("bad-names", "there are no categories", None)
        self.unannotated = sum(not entry.annotated for entry in self.entries.values())
        if self.unannotated and not self.wanted.background:
            total = len(self.entries)
            if self.unannotated > MOST_UNLABELLED * total and self.split != "test":
                said = f"{self.json}: {self.unannotated:,} of {total:,} pictures have no annotation"
                self.findings.warn("image-without-annotation", f"{said}: they count as background.", self.json)

    def _pass(self, folders: list[str], *, annotations: bool, again: bool = False) -> bool:
        path = self.tree.root / self.json
        number = 0
        try:
            for key, item, line in json_items(path):
                number += 1
                if not number % 1000 and self.should_stop is not None and self.should_stop():
                    raise Stopped
                if key == "annotations":
                    if not self.entries and not again:
                        self.early = True
                    if not self.early or again:
                        self._annotation(item, line)
                elif again:
                    continue
                elif key == "images":
                    self._image(item, line, folders)
                elif key == "categories":
                    self._category(item, line)
        except BadJson as problem:
            where = f"{self.json}:{problem.line}:{problem.column}"
            self.findings.fault(problem.code, f"{where}: cannot be read: {problem.why}.", self.json, problem.line)
            return False
        except OSError as problem:
            self.findings.fault("unreadable", f"{self.json} cannot be read ({problem.strerror}).", self.json)
            return False
        return True

    def _fault(self, code: str, what: str, line: int | None) -> None:
        at = f"{self.json}:{line}" if line else self.json
        self.findings.fault(code, f"{at}: {what}.", self.json, line)

    def _image(self, item: Any, line: int, folders: list[str]) -> None:
        known = isinstance(item, dict) and isinstance(item.get("id"), int | str)
        if not known or not isinstance(item.get("file_name"), str):
            self._fault("malformed-label", "an entry of images needs id, file_name, width and height", line)
            return
        name, width, height = item["file_name"], item.get("width"), item.get("height")
        if not _positive(width) or not _positive(height):
            self._fault("malformed-label", f"the picture {name!r} has no width and height", line)
            width = height = 0
        if item["id"] in self.entries:
            self._fault("malformed-label", f"the picture id {item['id']!r} is there twice", line)
            return
        at = image_path(name, folders, self.tree.has_file)
        if at is None:
            self._fault("label-without-image", f"there is no picture {name!r} in the dataset", line)
        folder, _, base = (at or "").rpartition("/")
        self.entries[item["id"]] = _Entry(folder, self._place(folder, base) if at else -1, width, height, line)

    def _place(self, folder: str, name: str) -> int:
        if folder not in self.numbers:
            self.numbers[folder] = {known: place for place, known in enumerate(self.tree.folders[folder].names)}
        return self.numbers[folder][name]

    def _category(self, item: Any, line: int) -> None:
        if not isinstance(item, dict) or not isinstance(item.get("id"), int) or not str(item.get("name") or "").strip():
            self._fault("bad-names", "a category needs an id (a whole number) and a name", line)
        elif item["id"] in self.categories:
            self._fault("bad-names", f"the category id {item['id']} is there twice", line)
        else:
            self.categories[item["id"]] = str(item["name"])

    def _annotation(self, item: Any, line: int) -> None:
        if not isinstance(item, dict) or not _is_box(item.get("bbox")):
            self._fault("malformed-label", "an annotation needs a bbox of four numbers (x, y, width, height)", line)
            return
        image, category = item.get("image_id"), item.get("category_id")
        entry = self.entries.get(image) if isinstance(image, int | str) else None
        if not isinstance(category, int):
            self._fault("malformed-label", f"the annotation {item.get('id')!r} has no category_id", line)
            return
        if entry is None:
            what = f"the annotation {item.get('id')!r} is for the picture {image!r}, which has no entry"
            self._fault("label-without-image", what, line)
            return
        self.by_category[category] = self.by_category.get(category, 0) + 1
        self.first_line.setdefault(category, line)
        entry.annotated = True
        if item.get("iscrowd"):
            self.crowds += 1
            return
        x, y, width, height = item["bbox"]
        name = f"the annotation {item.get('id')!r}"
        if width < 0 or height < 0:
            self._fault("malformed-label", f"{name} has a box of negative size", line)
        elif not width or not height:
            said = f"{self.json}:{line}: {name} has a box without width or height and is left out."
            self.findings.warn("malformed-label", said, self.json, line)
        elif entry.width and not _inside(x, y, width, height, entry):
            where = f"({x:g}, {y:g}, {width:g}, {height:g} in {entry.width:g} × {entry.height:g})"
            self._fault("box-out-of-range", f"{name} has a box that leaves its picture {where}", line)
        else:
            self.objects += 1
            self._outline(item, name, line, entry)

    def _outline(self, item: Mapping[str, Any], name: str, line: int, entry: _Entry) -> None:
        polygons = item.get("segmentation")
        if isinstance(polygons, list):
            for polygon in polygons:
                if not isinstance(polygon, list) or len(polygon) % 2 or not all(_number(one) for one in polygon):
                    self._fault("malformed-label", f"{name} has a polygon that is no list of x, y pairs", line)
                    return
        if self.wanted.task == "pose":
            points = item.get("keypoints")
            if not isinstance(points, list) or not points or len(points) % 3:
                self._fault("malformed-label", f"{name} has no key points (x, y, visible), and the task is pose", line)

    def of_class(self) -> dict[str, int]:
        return {self.categories[one]: self.by_category.get(one, 0) for one in sorted(self.categories)}

    def places(self) -> dict[str, Sequence[int]]:
        found: dict[str, list[int]] = {}
        for entry in self.entries.values():
            if entry.place >= 0:
                found.setdefault(entry.folder, []).append(entry.place)
        return {folder: sorted(set(numbers)) for folder, numbers in found.items()}

    def compare_sizes(self, pictures: Pictures) -> None:
        for entry in self.entries.values():
            if entry.place < 0 or not entry.width:
                continue
            sizes = pictures.sizes[entry.folder]
            real = (sizes[2 * entry.place], sizes[2 * entry.place + 1])
            # A camera's picture may be stored lying on its side.
            if real[0] and (entry.width, entry.height) not in (real, real[::-1]):
                shown = joined(entry.folder, self.tree.folders[entry.folder].names[entry.place])
                told = f"{entry.width:g} × {entry.height:g}"
                self._fault("size-mismatch", f"{shown} is {real[0]} × {real[1]} pixels and not {told}", entry.line)


def _unlisted(
    tree: Tree, together: Mapping[str, Sequence[int]], read: Sequence[_Split], wanted: Wanted, findings: Findings
) -> None:
    """Pictures beside those of the json that no json speaks of: they would be left out."""
    for relative, numbers in together.items():
        known = set(numbers)
        missing = [place for place in images_of(tree.folders[relative]) if place not in known]
        if not missing:
            continue
        names = [joined(relative, tree.folders[relative].names[place]) for place in missing]
        if wanted.background or len(missing) <= MOST_UNLABELLED * (len(known) + len(missing)):
            few = f"{', '.join(names[:5])}{f' and {len(names) - 5:,} more' if len(names) > 5 else ''}"
            said = f"{len(names):,} pictures of {relative or 'the dataset'} are in no json and are left out: {few}."
            findings.warn("image-without-label", said, names[0])
            continue
        for name in names:
            findings.fault(
                "image-without-label",
                f"{name} is in no json; add an entry, take it away, or say dataset.background = true to leave it out.",
                name,
            )


def _compare_categories(read: Sequence[_Split], findings: Findings) -> None:
    known = [one for one in read if one.categories]
    for other in known[1:]:
        if other.categories != known[0].categories:
            what = f"{other.json} has other categories than {known[0].json}; they must have the same ids and names."
            findings.fault("class-mismatch", what, other.json)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _positive(value: Any) -> bool:
    return _number(value) and value > 0


def _is_box(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 4 and all(_number(one) and one == one for one in value)


def _inside(x: float, y: float, width: float, height: float, entry: _Entry) -> bool:
    across, down = max(2.0, _TOLERANCE * entry.width), max(2.0, _TOLERANCE * entry.height)
    return x >= -across and y >= -down and x + width <= entry.width + across and y + height <= entry.height + down
