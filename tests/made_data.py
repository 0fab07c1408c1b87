"""Small real datasets for tests: pictures with noise in them, each one different, labels, a COCO json."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

SIDE = 48
NAMES = ("disc", "box")


def picture(path: Path, seed: object = None, size: tuple[int, int] = (SIDE, SIDE), **options: Any) -> Path:
    """A picture of noise in the format of its suffix; the path is its seed where none is said."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = random.Random(str(path if seed is None else seed)).randbytes(3 * size[0] * size[1])
    Image.frombytes("RGB", size, noise).save(path, **options)
    return path


def label(path: Path, *objects: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{one}\n" for one in objects))
    return path


def yolo(root: Path, train: int = 24, val: int = 12, suffix: str = ".jpg", names: Sequence[str] = NAMES) -> Path:
    """images/<split>/<n> and labels/<split>/<n>.txt with a box each, classes in turn, and a data.yaml."""
    for split, count in (("train", train), ("val", val)):
        for number in range(count):
            picture(root / f"images/{split}/{number}{suffix}")
            label(root / f"labels/{split}/{number}.txt", f"{number % len(names)} 0.5 0.5 0.25 0.25")
    (root / "data.yaml").write_text(
        f"path: .\ntrain: images/train\nval: images/val\nnames: [{', '.join(names)}]\n", encoding="utf-8"
    )
    return root


def classes(root: Path, splits: Sequence[str] = ("train", "val"), each: int = 12) -> Path:
    for split in splits:
        for name in NAMES:
            for number in range(each):
                picture(root / split / name / f"{number}.png")
    return root


def coco_json(images: Sequence[str], *, first: int = 1, size: tuple[int, int] = (SIDE, SIDE)) -> dict[str, Any]:
    """An entry and one annotation for each picture, categories 1 and 3."""
    entries = [
        {"id": first + place, "file_name": name, "width": size[0], "height": size[1]}
        for place, name in enumerate(images)
    ]
    annotations = [
        {
            "id": entry["id"],
            "image_id": entry["id"],
            "category_id": (1, 3)[place % 2],
            "bbox": [12, 12, 12, 24],
            "area": 288,
            "iscrowd": 0,
            "segmentation": [[12, 12, 24, 12, 24, 36, 12, 36]],
        }
        for place, entry in enumerate(entries)
    ]
    categories = [{"id": 1, "name": "disc"}, {"id": 3, "name": "box"}]
    return {"info": {}, "images": entries, "annotations": annotations, "categories": categories}


def coco(root: Path, train: int = 24, val: int = 12) -> Path:
    """COCO's own layout: train2017/, val2017/ and annotations/instances_*.json."""
    (root / "annotations").mkdir(parents=True, exist_ok=True)
    for split, count in (("train2017", train), ("val2017", val)):
        names = [f"{number:012}.jpg" for number in range(count)]
        for name in names:
            picture(root / split / name)
        write_json(root / f"annotations/instances_{split}.json", coco_json(names))
    return root


def write_json(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, indent=1))
    return path
