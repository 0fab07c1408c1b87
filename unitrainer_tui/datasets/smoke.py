"""A small real dataset cut out of a large one, to see that everything fits before the real money: `run --smoke`.

It is copied, never linked, so that it can be sent as it is. What was faulty stays out where it is seen; a whole check
comes before.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from unitrainer_tui.datasets import coco, image_folders
from unitrainer_tui.datasets.data_yaml import OTHER_NAMES, SPLITS, find_data_yaml, read_data_yaml
from unitrainer_tui.datasets.json_items import BadJson, json_items
from unitrainer_tui.datasets.kind import KINDS, kind_of
from unitrainer_tui.datasets.labels import labels_folder
from unitrainer_tui.datasets.picture_files import look_at
from unitrainer_tui.datasets.pictures import images_of
from unitrainer_tui.datasets.report import Findings
from unitrainer_tui.datasets.smoke_table import cut_table
from unitrainer_tui.datasets.tables import one_table
from unitrainer_tui.datasets.tree import Tree, joined, walk
from unitrainer_tui.datasets.wanted import Wanted
from unitrainer_tui.datasets.yolo import split_images
from unitrainer_tui.errors import DatasetProblem

# Of so many samples four in five train.
SAMPLES = 20
MOST_CLASSES = 10
MOST_PICTURES = 40


def smoke_subset(
    path: Path,
    kind: str | None,
    to: Path,
    *,
    target: str | None = None,
    group: str | None = None,
    samples: int = SAMPLES,
    follow_outside: bool = False,
) -> Path:
    """Some `samples` of the dataset at `path`, copied below `to` (made where it is missing, empty otherwise); gives the
    new dataset: a folder, or a file where `path` is one.

    `kind` is one of `KINDS`, else (a framework, None) it is told from the files. Every split that data.yaml names
    stays, with at least one picture; so does every class of a table, with two rows where it has them, and a folder for
    each of the first ten classes of pictures. With `group` whole queries are kept. Weights (*.pt) at the top come
    along. Files of no known kind are given back as they are. Raises DatasetProblem, OSError.
    """
    path = path.absolute()
    tree = walk(path, follow_outside=follow_outside)
    # "yolo" is a framework too, and takes three kinds.
    known = kind if kind in KINDS and kind != "yolo" else kind_of(tree)
    if known == "files":
        return path
    to.mkdir(parents=True, exist_ok=True)
    if known == "tabular":
        return _table(tree, to, target, group, samples)
    _weights(tree, to)
    {"yolo": _yolo, "coco": _coco, "classification": _classes}[known](tree, to, samples)
    return to


def _weights(tree: Tree, to: Path) -> None:
    """Weights and a model's own yaml lie at the top; the training script looks for them there."""
    data = find_data_yaml(tree)
    for name in tree.folders[""].names:
        if name.endswith((".pt", ".pth", ".safetensors", ".yaml", ".yml")) and (
            data is None or tree.root / name != data
        ):
            _copy(tree, name, to)


def _copy(tree: Tree, relative: str, to: Path) -> None:
    target = to / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(tree.root / relative, target)


def _share(split: str, samples: int) -> int:
    """How many pictures of a split: 16 of 20 train, 4 validate."""
    return max(samples * 4 // 5, 2) if split == "train" else max(samples // 5, 1)


def _spread(found: Sequence[str], count: int) -> list[str]:
    """Some of them, evenly from the whole."""
    step = max(len(found) // count, 1)
    return list(found[::step][:count])


def _good(tree: Tree, relative: str) -> bool:
    look = look_at(str(tree.root / relative), (tree.root / relative).stat().st_size)
    return not look.code and not look.doubt


def _yolo(tree: Tree, to: Path, samples: int) -> None:
    findings = Findings()
    source = find_data_yaml(tree)
    data = read_data_yaml(source, tree.root, findings) if source is not None else None
    if source is None or data is None or not data.splits.get("train"):
        raise DatasetProblem(f"There is no data.yaml in {tree.root} that tells its training images.")
    said = yaml.safe_load(source.read_text(encoding="utf-8-sig"))
    for key in ("path", "download", *SPLITS, "minival", *(name for names in OTHER_NAMES.values() for name in names)):
        said.pop(key, None)
    for split, places in data.splits.items():
        images = split_images(tree, data, split, findings)
        every = [joined(folder, tree.folders[folder].names[at]) for folder, numbers in images.items() for at in numbers]
        chosen = _labelled_first(tree, every, _share(split, samples))
        for image in chosen:
            _copy(tree, image, to)
            label = _label_of(image)
            if tree.has_file(label):
                _copy(tree, label, to)
        if not chosen:
            continue
        if all(tree.has_folder(_relative(place, tree)) for place in places):
            held = [_relative(place, tree) for place in places]
            told = [
                place or "." for place in held if any(one.startswith(f"{place}/" if place else "") for one in chosen)
            ]
            said[split] = told if len(told) > 1 else told[0]
        else:
            (to / f"{split}.txt").write_text("".join(f"./{image}\n" for image in chosen), encoding="utf-8")
            said[split] = f"{split}.txt"
    (to / "data.yaml").write_text(yaml.safe_dump(said, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _relative(place: Path, tree: Tree) -> str:
    relative = str(place.relative_to(tree.root))
    return "" if relative == "." else relative


def _label_of(image: str) -> str:
    folder, _, name = image.rpartition("/")
    return joined(labels_folder(folder), f"{name.rpartition('.')[0]}.txt")


def _labelled_first(tree: Tree, every: Sequence[str], count: int) -> list[str]:
    """Pictures with an object, then others; each whole, as far as its structure tells."""
    chosen: list[str] = []
    rest: list[str] = []
    for image in [*_spread(every, count * 4), *every[: count * 50]]:
        if len(chosen) == count:
            break
        label = _label_of(image)
        labelled = tree.has_file(label) and (tree.root / label).stat().st_size > 0
        if image not in chosen and _good(tree, image):
            (chosen if labelled else rest).append(image)
    more = [image for image in dict.fromkeys(rest) if image not in chosen]
    return chosen + more[: count - len(chosen)]


def _classes(tree: Tree, to: Path, samples: int) -> None:
    top = image_folders.find_top(tree)
    if top is None:
        raise DatasetProblem(f"There is no folder of pictures for each class in {tree.root}.")
    splits = image_folders.split_folders(tree, top) or {"": top}
    first = next(iter(splits.values()))
    names = [folder.rpartition("/")[2] for folder in image_folders.class_folders(tree, first)][:MOST_CLASSES]
    for split, place in splits.items():
        # A folder that is split later needs some of each class on both sides.
        least, room = {"train": (2, samples), "": (3, samples)}.get(split, (1, MOST_PICTURES // 4))
        each = max(least, min(room, MOST_PICTURES) // max(len(names), 1))
        for name in names:
            pictures = [
                joined(relative, folder.names[at])
                for relative, folder in tree.below(joined(place, name))
                for at in images_of(folder, suffixes=image_folders.ANY_SUFFIX)
            ]
            tried = dict.fromkeys([*_spread(pictures, each * 2), *pictures])
            for one in islice((one for one in tried if _good(tree, one)), each):
                _copy(tree, one, to)


def _coco(tree: Tree, to: Path, samples: int) -> None:
    jsons = coco.find_annotations(tree) | coco.find_annotations(tree, "pose")
    every = {(split, json) for task in (None, "pose") for split, json in coco.find_annotations(tree, task).items()}
    if not jsons:
        raise DatasetProblem(f"There is no COCO json in {tree.root}.")
    for split, name in sorted(every):
        try:
            _cut_json(tree, to, split, name, _share(split, samples))
        except BadJson as problem:
            raise DatasetProblem(f"{name}:{problem.line}: cannot be read: {problem.why}.") from None


def _cut_json(tree: Tree, to: Path, split: str, name: str, count: int) -> None:
    """Two passes: which pictures have annotations, then what is kept of them."""
    folders = coco.image_folders(name, split)
    source = tree.root / name
    files: dict[Any, str] = {}
    annotated: dict[Any, None] = {}
    for key, item, _ in json_items(source):
        if key == "images":
            files[item["id"]] = item["file_name"]
        elif key == "annotations" and not item.get("iscrowd"):
            annotated[item["image_id"]] = None
    chosen: set[Any] = set()
    order = [one for one in annotated if one in files] + [one for one in files if one not in annotated]
    for image in order:
        if len(chosen) == count:
            break
        at = coco.image_path(files[image], folders, tree.has_file)
        if at is not None and _good(tree, at):
            chosen.add(image)
            _copy(tree, at, to)
    cut: dict[str, Any] = {"images": [], "annotations": [], "categories": []}
    for key, item, _ in json_items(source):
        if key == "categories" or (key in cut and item.get("id" if key == "images" else "image_id") in chosen):
            cut[key].append(item)
    target = to / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(cut), encoding="utf-8")


def _table(tree: Tree, to: Path, target: str | None, group: str | None, samples: int) -> Path:
    findings = Findings()
    relative = one_table(tree, findings)
    if relative is None:
        raise DatasetProblem(findings.told("fault")[0])
    source = tree.root if tree.single else tree.root / relative
    cut = to / Path(relative).name
    cut_table(source, cut, Wanted(target=target, group=group), samples)
    return cut if tree.single else to
