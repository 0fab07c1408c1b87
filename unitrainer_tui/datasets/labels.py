"""The label files of a YOLO dataset: one line an object, `class x y width height`, a polygon, corners or key points,
all from 0 to 1.

The rules are Ultralytics' own (`verify_image_label` of its 8.4): what it silently ignores is a fault here.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from unitrainer_tui.datasets.report import Findings

# How far a value may lie outside before Ultralytics ignores the whole picture.
TOLERANCE = 0.01
# Left among the labels by tools that draw them.
NO_LABELS = frozenset({"classes.txt", "notes.txt", "readme.txt", "obj.names", "labels.txt"})
_LARGEST = 1 << 24


@dataclass(frozen=True)
class LabelRules:
    """What a line may hold. `classes` is their number, None where it is not known; `keypoints` is kpt_shape; `task` is
    detect, segment, pose or obb, None where it is to be guessed from the lines themselves."""

    classes: int | None
    task: str | None = None
    keypoints: tuple[int, int] | None = None

    @property
    def pose(self) -> bool:
        return self.keypoints is not None and self.task in (None, "pose")


@dataclass
class LabelCounts:
    """`of_class` are objects by class number, `boxed` and `outlined` files with boxes and with polygons."""

    boxes: int = 0
    empty: int = 0
    of_class: dict[int, int] = field(default_factory=dict)
    first_of_class: dict[int, str] = field(default_factory=dict)


def check_label(path: str, shown: str, rules: LabelRules, counts: LabelCounts, findings: Findings) -> None:
    """One file: every wrong line is a fault with its number, every good one is counted."""
    try:
        data = _read(path)
    except OSError as problem:
        findings.fault("unreadable", f"{shown} cannot be read ({problem.strerror}).", shown)
        return
    if len(data) > _LARGEST:
        findings.fault("malformed-label", f"{shown} is larger than 16 MB and no label file.", shown)
        return
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
        findings.warn(
            "bad-encoding", f"{shown}:1: begins with a byte-order mark, which older Ultralytics cannot read.", shown, 1
        )
    elif data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        findings.fault("bad-encoding", f"{shown}:1: is UTF-16; save it as UTF-8.", shown, 1)
        return
    boxes: list[tuple[float, ...]] = []
    kinds = 0  # 1: a line of five numbers, 2: a longer one
    first: dict[int, int] = {}
    for number, line in enumerate(data.splitlines(), 1):
        fields = line.split()
        if not fields:
            continue
        try:
            values = tuple(map(float, fields))
        except ValueError:
            _not_numbers(line, shown, number, findings)
            continue
        fault = object_fault(values, rules)
        if fault:
            findings.fault(fault[0], f"{shown}:{number}: {fault[1]}.", shown, number)
            continue
        kind = 1 if len(values) == 5 else 2
        kinds |= kind
        first.setdefault(kind, number)
        boxes.append(values)
        label = int(values[0])
        counts.boxes += 1
        counts.of_class[label] = counts.of_class.get(label, 0) + 1
    if not boxes:
        counts.empty += 1
        return
    if kinds == 3 and not rules.pose:
        findings.fault(
            "malformed-label",
            f"{shown}:{first[1]}: a box of 5 numbers among polygons (line {first[2]}); Ultralytics ignores the file.",
            shown,
            first[1],
        )
    if len(boxes) > 1 and len(set(boxes)) < len(boxes):
        _twice(data, shown, findings)


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        data = os.read(descriptor, 1 << 14)
        if len(data) < 1 << 14:
            return data
        pieces = [data]
        size = len(data)
        while size <= _LARGEST and (data := os.read(descriptor, 1 << 20)):
            pieces.append(data)
            size += len(data)
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def _not_numbers(line: bytes, shown: str, number: int, findings: Findings) -> None:
    try:
        text = " ".join(line.decode("utf-8").split())
    except UnicodeDecodeError:
        findings.fault("bad-encoding", f"{shown}:{number}: is not UTF-8 text; save it as UTF-8.", shown, number)
        return
    if "\x00" in text:
        findings.fault("bad-encoding", f"{shown}:{number}: holds NUL bytes and is no text.", shown, number)
        return
    findings.fault("malformed-label", f"{shown}:{number}: {text[:60]!r} is not all numbers.", shown, number)


def _twice(data: bytes, shown: str, findings: Findings) -> None:
    seen: dict[tuple[float, ...], int] = {}
    for number, line in enumerate(data.splitlines(), 1):
        try:
            values = tuple(map(float, line.split()))
        except ValueError:
            continue
        if values and seen.setdefault(values, number) != number:
            first = seen[values]
            findings.warn(
                "duplicate-object",
                f"{shown}:{number}: the same object as in line {first}; it counts once.",
                shown,
                number,
            )


def object_fault(values: Sequence[float], rules: LabelRules) -> tuple[str, str] | None:
    """(code, what is wrong) with one object, None where nothing is."""
    label = values[0]
    if not math.isfinite(label) or label != int(label):
        return "malformed-label", f"the class {label:g} is no whole number"
    if label < 0 or (rules.classes is not None and label >= rules.classes):
        known = f", data.yaml names {rules.classes} (from 0)" if rules.classes is not None else ""
        return "class-out-of-range", f"the class {int(label)} is out of range{known}"
    count = len(values)
    wrong = _wrong_count(count, rules)
    if wrong:
        return "malformed-label", wrong
    if rules.pose and rules.keypoints is not None:
        each = rules.keypoints[1]
        points = [value for at in range(5, count, each) for value in values[at : at + 2]]
        if not all(-TOLERANCE <= value <= 1 + TOLERANCE for value in points):
            return "box-out-of-range", "a key point lies outside the picture (values go from 0 to 1)"
        if each == 3 and not all(0 <= value < math.inf for value in values[7:count:3]):
            return "malformed-label", "a key point's visibility is 0, 1 or 2"
        return _box_fault(values[1:5])
    if count == 5:
        return _box_fault(values[1:])
    if rules.keypoints is not None and count == 5 + rules.keypoints[0] * rules.keypoints[1]:
        return _box_fault(values[1:5])  # key points in a dataset for boxes: Ultralytics takes the box
    # NaN compares false to everything: only what is truly inside passes.
    if not all(-TOLERANCE <= value <= 1 + TOLERANCE for value in values[1:]):
        return "box-out-of-range", "a point lies outside the picture (values go from 0 to 1)"
    return None


def _wrong_count(count: int, rules: LabelRules) -> str | None:
    if rules.pose and rules.keypoints is not None:
        wanted = 5 + rules.keypoints[0] * rules.keypoints[1]
        return None if count == wanted else f"{count} numbers where kpt_shape asks for {wanted}"
    if rules.task == "obb":
        return None if count == 9 else f"{count} numbers; an oriented box has 9 (its class and four corners)"
    if rules.task == "segment" and count == 5:
        return "a box of 5 numbers where the task segment wants a polygon"
    if count == 5 or (count >= 7 and count % 2):
        return None
    if rules.keypoints is not None and count == 5 + rules.keypoints[0] * rules.keypoints[1]:
        return None
    hint = "; for key points data.yaml needs kpt_shape" if count > 8 and rules.keypoints is None else ""
    return f"{count} numbers; an object has 5, or a class and at least three points{hint}"


def _box_fault(box: Sequence[float]) -> tuple[str, str] | None:
    x, y, width, height = box
    inside = -TOLERANCE <= x <= 1 + TOLERANCE and -TOLERANCE <= y <= 1 + TOLERANCE
    if not inside or not (width <= 1 + TOLERANCE and height <= 1 + TOLERANCE):
        return "box-out-of-range", "a box lies outside the picture (values go from 0 to 1)"
    if not (width > 0 and height > 0):
        return "malformed-label", "a box has no width or no height"
    over = max(width / 2 - x, x + width / 2 - 1, height / 2 - y, y + height / 2 - 1)
    if over > TOLERANCE:
        return "box-out-of-range", f"a box reaches {over:.0%} of the picture's size over its edge"
    return None


def labels_folder(images: str) -> str:
    """Ultralytics' rule, for a folder relative to the dataset: the last folder named `images` becomes `labels`; else
    the labels lie beside the images."""
    parts = images.split("/")
    for place in range(len(parts) - 1, -1, -1):
        if parts[place] == "images":
            return "/".join([*parts[:place], "labels", *parts[place + 1 :]])
    return images


def looks_like_labels(path: str) -> bool:
    """The first line that is not blank is an object."""
    try:
        first = next((line.split() for line in _read(path).splitlines() if line.strip()), [])
        values = list(map(float, first))
    except (OSError, ValueError):
        return False
    return len(values) >= 5
