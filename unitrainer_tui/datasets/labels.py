"""The label files of a YOLO dataset: one line an object, `class x y width height` or a polygon, all from 0 to 1."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from unitrainer_tui.datasets.data_yaml import DataYaml, locate
from unitrainer_tui.datasets.report import Findings

IMAGE_SUFFIXES = frozenset(
    {".bmp", ".dng", ".heic", ".jp2", ".jpeg", ".jpg", ".mpo", ".pfm", ".png", ".tif", ".tiff", ".webp", ".avif"}
)
# Left among the labels by tools that draw them.
NO_LABELS = frozenset({"classes.txt", "notes.txt", "readme.txt", "obj.names"})


@dataclass
class LabelCheck:
    """Goes through the images of one split after the other; a folder's names are all that is held at a time."""

    data: DataYaml
    root: Path
    findings: Findings
    images: int = 0
    boxes: int = 0
    unlabelled: int = 0
    first_unlabelled: str = ""
    of_class: dict[int, int] = field(default_factory=dict)

    def check(self, place: Path) -> None:
        """`place` is a folder of images, with more of them in folders below, or a .txt list of images."""
        if place.is_file():
            self._check_list(place)
            return
        for folder, _, names in os.walk(place, followlinks=True):
            self._check_folder(Path(folder), names)

    def _check_folder(self, folder: Path, names: list[str]) -> None:
        stems = {Path(name).stem for name in names if Path(name).suffix.lower() in IMAGE_SUFFIXES}
        if not stems:
            return
        for name in names:
            if Path(name).suffix.lower() in IMAGE_SUFFIXES:
                self.images += 1
                if (folder / name).stat().st_size == 0:
                    self.findings.fault(f"{self._shown(folder / name)} is empty.")
        labels = labels_folder(folder)
        found = {Path(name).stem for name in _texts(labels)}
        # Beside the images any other text may lie; in a folder of labels each one is for an image.
        for stem in sorted(found - stems) if labels != folder else ():
            self.findings.fault(f"{self._shown(labels / f'{stem}.txt')} has no image in {self._shown(folder)}.")
        missing = sorted(stems - found)
        self._without_label(len(missing), f"{self._shown(folder)}/{missing[0]}" if missing else "")
        for stem in sorted(stems & found):
            self._check_label(labels / f"{stem}.txt")

    def _check_list(self, listing: Path) -> None:
        with listing.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                said = line.strip()
                if not said:
                    continue
                image = locate(said, "", listing.parent) or locate(said, "", self.root)
                if image is None:
                    self.findings.fault(f"{self._shown(listing)}, line {number}: there is no image {said!r}.")
                    continue
                self.images += 1
                label = labels_folder(image.parent) / f"{image.stem}.txt"
                if label.is_file():
                    self._check_label(label)
                else:
                    self._without_label(1, self._shown(image))

    def _without_label(self, count: int, first: str) -> None:
        self.unlabelled += count
        self.first_unlabelled = self.first_unlabelled or first

    def _check_label(self, path: Path) -> None:
        try:
            with path.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines, 1):
                    if fields := line.split():
                        fault = self._object_fault(fields)
                        if fault:
                            self.findings.fault(f"{self._shown(path)}:{number}: {fault}.")
        except UnicodeDecodeError:
            self.findings.fault(f"{self._shown(path)} is not text.")

    def _object_fault(self, fields: list[str]) -> str | None:
        """What is wrong with one object, counting it where nothing is."""
        try:
            number, places = float(fields[0]), [float(value) for value in fields[1:]]
        except ValueError:
            return f"{' '.join(fields)[:60]!r} is not all numbers"
        if not number.is_integer():
            return f"the class {fields[0]} is no whole number"
        label = int(number)
        if not 0 <= label < len(self.data.names):
            return f"the class {label} is out of range, data.yaml names {len(self.data.names)} (from 0)"
        if self.data.keypoints:
            points, values = self.data.keypoints
            if len(places) != 4 + points * values:
                return f"{len(fields)} numbers where kpt_shape asks for {5 + points * values}"
            places = places[:4]
        elif len(places) != 4 and (len(places) < 6 or len(places) % 2):
            return f"{len(fields)} numbers; an object has 5, or a class and at least three points"
        # NaN compares false to everything: only what is truly inside passes.
        if not all(0 <= value <= 1 for value in places):
            return "a box or point lies outside the picture (values go from 0 to 1)"
        if len(places) == 4 and not (places[2] > 0 and places[3] > 0):
            return "a box has no width or no height"
        self.boxes += 1
        self.of_class[label] = self.of_class.get(label, 0) + 1
        return None

    def _shown(self, path: Path) -> str:
        top = self.root.resolve()
        return str(path.relative_to(top)) if path.is_relative_to(top) else str(path)


def labels_folder(images: Path) -> Path:
    """Ultralytics' rule: the last folder named `images` becomes `labels`; else the labels lie beside the images."""
    parts = list(images.parts)
    for place in range(len(parts) - 1, -1, -1):
        if parts[place] == "images":
            return Path(*parts[:place], "labels", *parts[place + 1 :])
    return images


def _texts(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [
                entry.name for entry in entries if entry.name.endswith(".txt") and entry.name.lower() not in NO_LABELS
            ]
    except FileNotFoundError:
        return []
