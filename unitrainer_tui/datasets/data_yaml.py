"""data.yaml: the classes of a YOLO dataset and where its splits are.

The training script on the host reads the same file by the same rules (frameworks/yolo/layout.py, which stands alone).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from unitrainer_tui.datasets.report import Findings

YAML_NAMES = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
SPLITS = ("train", "val", "test")
_OTHER_NAMES = {"val": ("validation", "valid")}
_WINDOWS_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")
# A data.yaml is some lines; a giant is something else and is not parsed.
_LARGEST = 1 << 20


@dataclass(frozen=True)
class DataYaml:
    """`splits` are the places of each split as they are here. `keypoints` is kpt_shape, for pose."""

    names: tuple[str, ...]
    splits: Mapping[str, tuple[Path, ...]]
    keypoints: tuple[int, int] | None = None


def find_data_yaml(dataset: Path) -> Path | None:
    """At the top of the dataset, else the nearest yaml that names classes and splits, one folder down at most."""
    if dataset.is_file():
        return dataset if dataset.suffix in (".yaml", ".yml") else None
    for name in YAML_NAMES:
        if (dataset / name).is_file():
            return dataset / name
    found = [path for pattern in ("*.y*ml", "*/*.y*ml") for path in dataset.glob(pattern) if _describes_data(path)]
    return min(found, key=lambda path: (len(path.parts), path.name not in YAML_NAMES, path.name), default=None)


def _load(path: Path) -> Any:
    if path.stat().st_size > _LARGEST:
        raise yaml.YAMLError("it is larger than 1 MB")
    return yaml.safe_load(path.read_text(encoding="utf-8-sig"))


def _describes_data(path: Path) -> bool:
    try:
        held = _load(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return False
    return isinstance(held, dict) and "names" in held and any(split in held for split in (*SPLITS, "valid"))


def read_data_yaml(source: Path, findings: Findings) -> DataYaml | None:
    """The file's classes and splits, None where a fault makes it useless."""
    try:
        data = _load(source)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as problem:
        findings.fault(f"{source.name} cannot be read: {' '.join(str(problem).split())}.")
        return None
    if not isinstance(data, dict):
        findings.fault(f"{source.name} must hold keys such as train, val and names.")
        return None
    names = _names(data, source.name, findings)
    splits: dict[str, tuple[Path, ...]] = {}
    for split in SPLITS:
        said = next((data[key] for key in (split, *_OTHER_NAMES.get(split, ())) if data.get(key)), None)
        if said is None:
            continue
        places = []
        for place in said if isinstance(said, list) else [said]:
            at = locate(str(place), str(data.get("path") or ""), source.parent)
            if at is not None:
                places.append(at)
            elif split != "test":
                findings.fault(
                    f"{source.name}: {split} says {str(place)!r}, and there is no such folder in the dataset."
                )
        splits[split] = tuple(places)
    if "train" not in splits:
        findings.fault(f"{source.name} has no train: say where the training images are.")
    if "val" not in splits:
        findings.warn(f"{source.name} has no val: the model will be validated on its training images.")
    if findings.faults or names is None:
        return None
    shape = data.get("kpt_shape")
    keypoints = (int(shape[0]), int(shape[1])) if isinstance(shape, list) and len(shape) == 2 else None
    return DataYaml(names, splits, keypoints)


def _names(data: Mapping[str, Any], source: str, findings: Findings) -> tuple[str, ...] | None:
    names, count = data.get("names"), data.get("nc")
    if isinstance(names, dict):
        numbers = sorted(int(key) for key in names if str(key).isdigit())
        if numbers != list(range(len(names))):
            findings.fault(f"{source}: names must be numbered from 0 without gaps.")
            return None
        names = [names[key] for key in sorted(names, key=lambda key: int(key))]
    if isinstance(names, list) and names:
        if isinstance(count, int) and count != len(names):
            findings.fault(f"{source}: nc says {count} classes and names has {len(names)}.")
            return None
        return tuple(str(name) for name in names)
    if isinstance(count, int) and count > 0:
        return tuple(f"class_{number}" for number in range(count))
    findings.fault(f"{source} names no classes; add names: [first, second].")
    return None


def locate(place: str, base: str, root: Path) -> Path | None:
    """Where `place` of a data.yaml is below or beside `root`, None where it is nowhere.

    For a path of another machine (Windows' too) the longest tail of it that exists in the dataset is taken.
    """
    place, base = _posix(place), _posix(base)
    foreign = place.startswith("/") or _WINDOWS_DRIVE.match(place) is not None
    parts = [part for part in PurePosixPath(place).parts if part not in ("/", ".", "..")]
    tries = [] if foreign else [root / base / place, root / place]
    tries += [root.joinpath(*parts[start:]) for start in range(len(parts))]
    if base:
        tries.append(root / PurePosixPath(base).name / place)
    top = root.resolve()
    # Only what lies in the dataset is sent to the host; an absolute path of this machine would not be there.
    return next((path.resolve() for path in tries if path.exists() and path.resolve().is_relative_to(top)), None)


def _posix(path: str) -> str:
    return path.strip().replace("\\", "/")
