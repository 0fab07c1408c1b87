"""The dataset as Ultralytics wants to be told of it: a data.yaml that is true on this machine.

The dataset itself is never written to: paths are mended in a copy below the output folder.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING or __package__:
    from . import coco
    from .job import Refused
else:  # on the host these files stand side by side
    import coco
    from job import Refused

__all__ = ["Refused", "classification_root", "find_data_yaml", "locate", "prepare", "write_data_yaml"]

YAML_NAMES = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
SPLITS = ("train", "val", "test", "minival")
# "validation" and "valid" are what exports of other tools call it.
OTHER_NAMES = {"val": ("validation", "valid")}

_WINDOWS_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")


def prepare(links: Path, output: Path, task: str) -> Path:
    """What Ultralytics is told as `data`: for classification the folder that holds train/, else output/data.yaml.

    `links` is the dataset's mirror (mirror.py): where there is no data.yaml but a COCO json, its labels are written
    there. Raises Refused.
    """
    if task == "classify":
        return classification_root(links)
    if _find_data_yaml(links) is None and links.is_dir():
        jsons = coco.find_annotations(links, task)
        if jsons:
            return coco.convert(links, jsons, output, task)
    return write_data_yaml(links, output)


def find_data_yaml(dataset: Path) -> Path:
    """The data.yaml at the top of the dataset, else the nearest yaml that names classes and splits, one folder down at
    most. Raises Refused."""
    found = _find_data_yaml(dataset)
    if found is None:
        raise Refused(f"There is no data.yaml in {dataset}; it must say train, val and names.")
    return found


def _find_data_yaml(dataset: Path) -> Path | None:
    if dataset.is_file() and dataset.suffix in (".yaml", ".yml"):
        return dataset
    for name in YAML_NAMES:
        if (dataset / name).is_file():
            return dataset / name
    found = sorted(
        (path for pattern in ("*.y*ml", "*/*.y*ml") for path in dataset.glob(pattern) if _describes_data(path)),
        key=lambda path: (len(path.parts), path.name not in YAML_NAMES, path.name),
    )
    return found[0] if found else None


def _describes_data(path: Path) -> bool:
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return False
    return isinstance(held, dict) and "names" in held and any(split in held for split in (*SPLITS, "valid"))


def write_data_yaml(dataset: Path, output: Path) -> Path:
    """Writes output/data.yaml: the dataset's own, with `path` and every split as they are on this machine.

    Understood are paths relative to the yaml's folder, to its `path`, the `../train/images` of Roboflow, Windows' and
    other machines' absolute paths, lists, and .txt lists of images. Raises Refused with the split that is not there.
    """
    source = find_data_yaml(dataset)
    try:
        data = yaml.safe_load(source.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise Refused(f"{source.name} cannot be read: {' '.join(str(problem).split())}.") from None
    if not isinstance(data, dict):
        raise Refused(f"{source.name} must hold keys such as train, val and names.")
    for split, others in OTHER_NAMES.items():
        for other in others:
            if split not in data and other in data:
                data[split] = data.pop(other)
    if data.get("names") is None and data.get("nc") is None:
        raise Refused(f"{source.name} names no classes; add names: [first, second].")
    root = source.parent
    for split in SPLITS:
        if not data.get(split):
            data.pop(split, None)
            continue
        said = data[split] if isinstance(data[split], list) else [data[split]]
        places = [locate(str(place), str(data.get("path") or ""), root) for place in said]
        for place, at in zip(said, places):
            if at is None and split in ("train", "val"):
                raise Refused(f"{source.name}: {split} says {place!r}, and there is no such folder in the dataset.")
        lists = [_mended_list(at, root, output) for at in places if at is not None]
        data[split] = [str(at) for at in lists] if isinstance(data[split], list) else (str(lists[0]) if lists else None)
    if not data.get("train"):
        raise Refused(f"{source.name} has no train: say where the training images are.")
    if not data.get("val"):
        print(f"{source.name} has no val: the model is validated on its training images.", flush=True)
        data["val"] = data["train"]
    data.pop("download", None)  # may hold a script, and what is needed is here
    data["path"] = str(root.absolute())
    copy = output / "data.yaml"
    copy.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return copy


def locate(place: str, base: str, root: Path) -> Path | None:
    """Where `place` of a data.yaml is below or beside `root`, None where it is nowhere.

    For a path of another machine its longest tail that exists in the dataset is taken.
    """
    place, base = _posix(place), _posix(base)
    foreign = place.startswith("/") or _WINDOWS_DRIVE.match(place) is not None
    if foreign and Path(place).exists():
        return Path(place)
    tries = [] if foreign else [root / base / place, root / place]
    parts = [part for part in PurePosixPath(place).parts if part not in ("/", ".", "..")]
    tries += [root.joinpath(*parts[start:]) for start in range(len(parts))]
    # A dataset that was zipped with its folder: base's last name may stand between.
    if base:
        tries.append(root / PurePosixPath(base).name / place)
    for path in tries:
        if path.exists():
            return Path(os.path.normpath(path))
    return None


def _posix(path: str) -> str:
    return path.strip().replace("\\", "/")


def _mended_list(path: Path, root: Path, output: Path) -> Path:
    """A .txt list of images with paths of another machine becomes one of this machine, below the output."""
    if path.suffix != ".txt":
        return path
    lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    mended = []
    for number, line in enumerate(lines, 1):
        beside = Path(os.path.normpath(path.parent / _posix(line)))
        at = beside if beside.exists() else locate(line, "", path.parent) or locate(line, "", root)
        if at is None:
            raise Refused(f"{path.name}, line {number}: there is no image {line!r} in the dataset.")
        mended.append(str(at))
    copy = output / "lists" / path.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text("\n".join(mended) + "\n", encoding="utf-8")
    return copy


def classification_root(dataset: Path) -> Path:
    """The folder that holds train/ (and val/ or test/), one folder a class below. Raises Refused."""
    for root in (dataset, *sorted(path for path in dataset.iterdir() if path.is_dir())):
        if (root / "train").is_dir():
            return root.absolute()
    raise Refused(f"A classification dataset needs train/<class>/ and val/<class>/, and {dataset} has no train.")
