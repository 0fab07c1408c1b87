"""data.yaml: the classes of a YOLO dataset and where its splits are.

The training script on the host reads the same file by the same rules (frameworks/yolo/layout.py, which stands alone;
a test holds the two against each other).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from unitrainer_tui.datasets.report import Findings
from unitrainer_tui.datasets.tree import Tree, joined

YAML_NAMES = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
SPLITS = ("train", "val", "test")
OTHER_NAMES = {"val": ("validation", "valid")}
_WINDOWS_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")
# A data.yaml is some lines; a giant is something else and is not parsed.
_LARGEST = 1 << 20


@dataclass(frozen=True)
class DataYaml:
    """`source` is relative to the dataset. `names` is empty where a fault hides the classes. `splits` are the places of
    each split as they are here, absolute. `keypoints` is kpt_shape, for pose."""

    source: str
    names: tuple[str, ...]
    splits: Mapping[str, tuple[Path, ...]]
    keypoints: tuple[int, int] | None = None
    lines: Mapping[str, int] = field(default_factory=dict)


def find_data_yaml(tree: Tree) -> Path | None:
    """At the top of the dataset, else the nearest yaml that names classes and splits, one folder down at most."""
    for name in YAML_NAMES:
        if tree.has_file(name):
            return tree.root / name
    near = [joined(place, name) for place in ("", *tree.children("")) for name in tree.folders[place].names]
    found = [tree.root / path for path in near if fnmatch(path, "*.y*ml") and _describes_data(tree.root / path)]
    return min(found, key=lambda path: (len(path.parts), path.name not in YAML_NAMES, path.name), default=None)


def _load(path: Path) -> Any:
    if path.stat().st_size > _LARGEST:
        raise yaml.YAMLError("it is larger than 1 MB")
    return yaml.safe_load(path.read_text(encoding="utf-8-sig"))


def _describes_data(path: Path) -> bool:
    try:
        held = _load(path)
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return False
    return isinstance(held, dict) and "names" in held and any(split in held for split in (*SPLITS, "valid"))


def read_data_yaml(source: Path, dataset: Path, findings: Findings) -> DataYaml | None:
    """The file's classes and splits, None where it cannot be read at all."""
    shown = os.path.relpath(source, dataset) if source != dataset else source.name
    try:
        data = _load(source)
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        why = (
            f"{shown}:{line}: cannot be read: byte {problem.start:,} is not UTF-8 ({problem.reason}); save it as UTF-8"
        )
        findings.fault("bad-encoding", f"{why}.", shown, line)
        return None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        broken = mark.line + 1 if mark is not None else None
        at = f"{shown}:{broken}" if broken else shown
        said = getattr(problem, "problem", None) or " ".join(str(problem).split())
        hint = "; use spaces, YAML takes no tab there" if "\\t" in said else ""
        findings.fault("bad-data-yaml", f"{at}: cannot be read: {said}{hint}.", shown, broken)
        return None
    except (OSError, ValueError, RecursionError) as problem:
        findings.fault("bad-data-yaml", f"{shown} cannot be read: {' '.join(str(problem).split())}.", shown)
        return None
    if not isinstance(data, dict):
        findings.fault("bad-data-yaml", f"{shown} must hold keys such as train, val and names.", shown)
        return None
    lines = _lines(source)
    names = _names(data, shown, lines, findings)
    splits = _splits(data, source, dataset, shown, lines, findings)
    return DataYaml(shown, names, splits, _keypoints(data, shown, lines, findings), lines)


def _lines(source: Path) -> dict[str, int]:
    """The line of each key at the top."""
    try:
        node = yaml.compose(source.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return {}
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return {str(key.value): key.start_mark.line + 1 for key, _ in pairs}


def _splits(
    data: Mapping[str, Any], source: Path, dataset: Path, shown: str, lines: Mapping[str, int], findings: Findings
) -> dict[str, tuple[Path, ...]]:
    splits: dict[str, tuple[Path, ...]] = {}
    for split in SPLITS:
        key = next((key for key in (split, *OTHER_NAMES.get(split, ())) if data.get(key)), None)
        if key is None:
            continue
        said = data[key]
        places = []
        base = data.get("path")
        for place in said if isinstance(said, list) else [said]:
            if not isinstance(place, str):
                what = f"{shown}: {split} must be a path or a list of paths."
                findings.fault("bad-data-yaml", what, shown, lines.get(key))
                continue
            at = locate(place, base if isinstance(base, str) else "", source.parent, dataset)
            if at is not None:
                places.append(at)
                continue
            what = f"{shown}: {split} says {place!r}, and there is no such folder in the dataset."
            if split == "test":  # training needs none; the script on the host leaves it out
                findings.warn("missing-split", what, shown, lines.get(key))
            else:
                findings.fault("missing-split", what, shown, lines.get(key))
        splits[split] = tuple(places)
    if "train" not in splits:
        findings.fault("missing-split", f"{shown} has no train: say where the training images are.", shown)
    if "val" not in splits:
        findings.warn(
            "missing-split", f"{shown} has no val: the model will be validated on its training images.", shown
        )
    return splits


def _keypoints(
    data: Mapping[str, Any], shown: str, lines: Mapping[str, int], findings: Findings
) -> tuple[int, int] | None:
    shape = data.get("kpt_shape")
    if shape is None:
        return None
    if isinstance(shape, list) and len(shape) == 2 and all(isinstance(one, int) for one in shape):
        if shape[0] > 0 and shape[1] in (2, 3):
            return shape[0], shape[1]
    findings.fault(
        "bad-data-yaml",
        f"{shown}: kpt_shape must be [number of points, 2 or 3], such as [17, 3].",
        shown,
        lines.get("kpt_shape"),
    )
    return None


def _names(data: Mapping[str, Any], shown: str, lines: Mapping[str, int], findings: Findings) -> tuple[str, ...]:
    names, count = data.get("names"), data.get("nc")
    line = lines.get("names")
    if isinstance(names, dict) and names:
        numbers = sorted(int(key) for key in names if str(key).isdigit())
        if numbers != list(range(len(names))):
            findings.fault("bad-names", f"{shown}: names must be numbered from 0 without gaps.", shown, line)
            return ()
        names = [names[key] for key in sorted(names, key=lambda key: int(key))]
    if isinstance(names, list) and any(isinstance(name, list | dict) for name in names):
        findings.fault("bad-names", f"{shown}: names must be words, one for each class.", shown, line)
        return ()
    if isinstance(names, list) and names:
        if isinstance(count, int) and count != len(names):
            findings.fault(
                "class-count-mismatch",
                f"{shown}: nc says {count} classes and names has {len(names)}.",
                shown,
                lines.get("nc"),
            )
        if empty := [str(number) for number, name in enumerate(names) if name is None or not str(name).strip()]:
            findings.fault("bad-names", f"{shown}: the class {empty[0]} has no name.", shown, line)
        said = [str(name) for name in names]
        if twice := sorted({name for name in said if said.count(name) > 1}):
            findings.warn("bad-names", f"{shown}: names has {twice[0]!r} more than once.", shown, line)
        return tuple(said)
    if isinstance(count, int) and count > 0:
        return tuple(f"class_{number}" for number in range(count))
    findings.fault("bad-names", f"{shown} names no classes; add names: [first, second].", shown, line)
    return ()


def locate(place: str, base: str, root: Path, top: Path | None = None) -> Path | None:
    """Where `place` of a data.yaml in `root` is within the dataset `top` (else `root`), None where it is nowhere.

    For a path of another machine (Windows' too) the longest tail of it that exists in the dataset is taken. Links are
    not resolved: the dataset is sent as its names say.
    """
    place, base = _posix(place), _posix(base)
    foreign = place.startswith("/") or _WINDOWS_DRIVE.match(place) is not None
    parts = [part for part in PurePosixPath(place).parts if part not in ("/", ".", "..")]
    tries = [] if foreign else [root / base / place, root / place]
    tries += [root.joinpath(*parts[start:]) for start in range(len(parts))]
    if base:
        tries.append(root / PurePosixPath(base).name / place)
    within = Path(os.path.normpath(root if top is None else top))
    # Only what lies in the dataset is sent to the host; an absolute path of this machine would not be there.
    for path in tries:
        plain = Path(os.path.normpath(path))
        if plain.is_relative_to(within) and plain.exists():
            return plain
    return None


def _posix(path: str) -> str:
    return path.strip().replace("\\", "/")
