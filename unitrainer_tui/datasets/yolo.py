"""A dataset for YOLO: data.yaml with images and labels."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unitrainer_tui.datasets.balance import check_balance
from unitrainer_tui.datasets.data_yaml import DataYaml, find_data_yaml, locate, read_data_yaml
from unitrainer_tui.datasets.labels import (
    NO_LABELS,
    LabelCounts,
    LabelRules,
    check_label,
    labels_folder,
    looks_like_labels,
)
from unitrainer_tui.datasets.picture_files import is_image
from unitrainer_tui.datasets.pictures import SMALLEST, Pictures, images_of
from unitrainer_tui.datasets.report import Findings, ShouldStop, Stopped, human, listed
from unitrainer_tui.datasets.tree import Tree, joined
from unitrainer_tui.datasets.wanted import Wanted
from unitrainer_tui.runs.learned import Learned

# COCO itself has 0.9 % of pictures without a label, coco128 1.6 %: background. More is likely a mistake.
MOST_UNLABELLED = 0.02


@dataclass(frozen=True)
class Checked:
    """What the report tells beside the findings."""

    counts: Mapping[str, int]
    classes: Mapping[str, int]
    summary: str
    learned: Learned | None = None


def check(tree: Tree, wanted: Wanted, findings: Findings, should_stop: ShouldStop | None = None) -> Checked:
    """Faults: no data.yaml, a split that is not there, no image, an image without a label or the other way round, a
    class out of range, a box outside the picture, a damaged picture, the same picture in two splits. Raises Stopped."""
    source = find_data_yaml(tree)
    data = _without_yaml(tree, findings) if source is None else read_data_yaml(source, tree.root, findings)
    if data is None:
        return Checked({}, {}, "no data.yaml" if source is None else f"{source.name}: unreadable")
    if wanted.task == "pose" and data.keypoints is None and not findings.has("bad-data-yaml"):
        findings.fault(
            "missing-kpt-shape",
            f"{data.source} has no kpt_shape: the task pose needs it, such as kpt_shape: [17, 3].",
            data.source,
        )
    if wanted.classes is not None and data.names and wanted.classes != len(data.names):
        findings.fault(
            "class-count-mismatch",
            f"{data.source} names {len(data.names)} classes and the profile asks for {wanted.classes} (nc).",
            data.source,
        )
    return _Check(tree, data, wanted, findings, should_stop).run()


class _Check:
    def __init__(
        self, tree: Tree, data: DataYaml, wanted: Wanted, findings: Findings, should_stop: ShouldStop | None
    ) -> None:
        self.tree = tree
        self.data = data
        self.background = wanted.background
        self.findings = findings
        self.should_stop = should_stop
        task = wanted.task if wanted.task in ("detect", "segment", "pose", "obb") else None
        self.rules = LabelRules(len(data.names) or None, task, data.keypoints)
        self.objects = LabelCounts()
        self.splits: dict[str, dict[str, Sequence[int]]] = {}
        self.unlabelled: dict[str, set[int]] = {}
        self.counts: dict[str, int] = {}

    def run(self) -> Checked:
        self._find_images()
        together = self._together()
        for relative, places in together.items():
            self._check_labels(relative, places)
        missing = self._tell_unlabelled()
        pictures = Pictures(self.tree, self.findings, SMALLEST, should_stop=self.should_stop)
        pictures.check(together)
        pictures.copies_across(self.splits)
        self.counts |= {"boxes": self.objects.boxes, "images without a label": missing}
        if together and not self.objects.boxes and not self.findings.faulty:
            self.findings.fault("no-objects", "None of the labels holds a box: there is nothing to learn.")
        of_class = self.objects.of_class
        classes = {name: of_class.get(number, 0) for number, name in enumerate(self.data.names)}
        check_balance(classes, "objects", self.findings)
        splits = ", ".join(f"{count:,} {what}" for what, count in self.counts.items() if what.endswith(" images"))
        summary = f"{splits or 'no images'}, {self.objects.boxes:,} boxes, {len(self.data.names)} classes"
        return Checked(self.counts, classes, f"{summary}, {human(self.tree.size)}")

    def _find_images(self) -> None:
        for split, places in self.data.splits.items():
            found = split_images(self.tree, self.data, split, self.findings)
            total = sum(len(numbers) for numbers in found.values())
            self.counts[f"{split} images"] = total
            self.splits[split] = found
            if not total and places and not self.findings.has("missing-image"):
                shown = listed([_shown(place, self.tree.root) for place in places])
                sentence = f"{self.data.source}: {split} holds no image ({shown})."
                say = self.findings.warn if split == "test" else self.findings.fault
                say("no-images", sentence, self.data.source, self.data.lines.get(split))

    def _together(self) -> dict[str, Sequence[int]]:
        """The images of all splits, each once."""
        together: dict[str, Sequence[int]] = {}
        for places in self.splits.values():
            for relative, numbers in places.items():
                before = together.get(relative)
                if before is None or before is numbers:
                    together[relative] = numbers
                elif len(before) != len(numbers) or list(before) != list(numbers):
                    together[relative] = sorted({*before, *numbers})
        return together

    def _check_labels(self, relative: str, places: Sequence[int]) -> None:
        folder = self.tree.folders[relative]
        home = labels_folder(relative)
        labels = self.tree.folders.get(home)
        sizes = (
            {
                name[:-4]: size
                for name, size in zip(labels.names, labels.sizes, strict=True)
                if name.endswith(".txt") and name.lower() not in NO_LABELS and not name.startswith(".")
            }
            if labels is not None
            else {}
        )
        stems = {name.rpartition(".")[0] for name in folder.names if is_image(name)}
        for stem in sorted(sizes.keys() - stems):
            shown = joined(home, f"{stem}.txt")
            # Beside the images any other text may lie; in a folder of labels each one is for an image.
            if home == relative and (labels is None or not looks_like_labels(f"{labels.path}/{stem}.txt")):
                continue
            beside = relative or "the dataset's folder"
            self.findings.fault("label-without-image", f"{shown} has no image in {beside}.", shown)
        missing: set[int] = set()
        seen: set[str] = set()
        for count, place in enumerate(places):
            if not count % 256 and self.should_stop is not None and self.should_stop():
                raise Stopped
            stem = folder.names[place].rpartition(".")[0]
            size = sizes.get(stem)
            if size is None:
                missing.add(place)
            elif stem not in seen and labels is not None:
                seen.add(stem)
                if size == 0:
                    self.objects.empty += 1
                    continue
                name = f"{stem}.txt"
                check_label(f"{labels.path}/{name}", joined(home, name), self.rules, self.objects, self.findings)
        if missing:
            self.unlabelled[relative] = missing

    def _tell_unlabelled(self) -> int:
        """Images without a label, in all splits together; each is told once."""
        told: set[tuple[str, int]] = set()
        for split, places in self.splits.items():
            missing = [
                (relative, number)
                for relative, numbers in places.items()
                if relative in self.unlabelled
                for number in numbers
                if number in self.unlabelled[relative]
            ]
            new = [one for one in missing if one not in told]
            told.update(new)
            if not new:
                continue
            total = self.counts[f"{split} images"]
            names = [joined(relative, self.tree.folders[relative].names[number]) for relative, number in new[:60]]
            unlabelled_test = split == "test" and len(missing) == total
            if self.background or unlabelled_test or len(missing) <= MOST_UNLABELLED * total:
                have = "has" if len(missing) == 1 else "have"
                self.findings.warn(
                    "image-without-label",
                    f"{len(missing):,} of {total:,} images of {split} {have} no label and "
                    f"{'is' if len(missing) == 1 else 'are'} taken for background: "
                    f"{', '.join(names[:5])}{f' and {len(missing) - 5:,} more' if len(missing) > 5 else ''}.",
                    names[0],
                )
                continue
            for relative, number in new:
                name = self.tree.folders[relative].names[number]
                label = joined(labels_folder(relative), f"{name.rpartition('.')[0]}.txt")
                shown = joined(relative, name)
                self.findings.fault(
                    "image-without-label",
                    f"{shown} has no label ({label}); for a picture of background add an empty file there, or say "
                    "dataset.background = true.",
                    shown,
                )
        return len(told)


def split_images(tree: Tree, data: DataYaml, split: str, findings: Findings) -> dict[str, Sequence[int]]:
    """The images of one split by folder (relative) and their places in its names. A split's place is a folder, with
    more of them in folders below, or a .txt list of images."""
    found: dict[str, Sequence[int]] = {}
    for place in data.splits[split]:
        relative = os.path.relpath(place, tree.root)
        if relative == ".":
            relative = ""
        if tree.has_folder(relative):
            for below, folder in tree.below(relative):
                if images := images_of(folder):
                    found[below] = images
        elif tree.has_file(relative):
            for below, numbers in _listed_in(tree, data, place, relative, findings).items():
                found[below] = sorted({*found.get(below, ()), *numbers})
    return found


def _listed_in(tree: Tree, data: DataYaml, listing: Path, shown: str, findings: Findings) -> dict[str, list[int]]:
    """The images of a .txt list by folder. `./x` is beside the list, as Ultralytics has it."""
    found: dict[str, list[int]] = {}
    numbers: dict[str, dict[str, int]] = {}
    try:
        text = listing.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        findings.fault("bad-encoding", f"{shown}:{line}: is not UTF-8 text; save it as UTF-8.", shown, line)
        text = problem.object.decode("utf-8", "replace")
    except OSError as problem:
        findings.fault("unreadable", f"{shown} cannot be read ({problem.strerror}).", shown)
        return {}
    for number, written in enumerate(text.splitlines(), 1):
        said = written.strip()
        if not said:
            continue
        relative = joined(shown.rpartition("/")[0], said.removeprefix("./"))
        if not tree.has_file(relative):  # not the plain way: of another machine, or with .. in it
            yaml_folder = tree.root / os.path.dirname(data.source)
            at = locate(said, "", listing.parent, tree.root) or locate(said, "", yaml_folder, tree.root)
            relative = os.path.relpath(at, tree.root) if at is not None else ""
        if not tree.has_file(relative):
            findings.fault("missing-image", f"{shown}, line {number}: there is no image {said!r}.", shown, number)
            continue
        folder, _, name = relative.rpartition("/")
        if not is_image(name):
            continue
        if folder not in numbers:
            numbers[folder] = {known: place for place, known in enumerate(tree.folders[folder].names)}
        found.setdefault(folder, []).append(numbers[folder][name])
    return found


def _shown(place: Path, root: Path) -> str:
    return os.path.relpath(place, root) if place.is_relative_to(root) else str(place)


def _without_yaml(tree: Tree, findings: Findings) -> DataYaml | None:
    """The fault, with the data.yaml to write where the layout is a known one; the rest is checked all the same."""
    splits = known_splits(tree)
    start = f"There is no data.yaml in {tree.root}; it must say train, val and names."
    if not splits:
        findings.fault("missing-data-yaml", start)
        return None
    names = _listed_classes(tree)
    shown = ", ".join(names) if names else "first class, second class"
    keys = ", ".join(f"{split}: {place}" for split, place in splits.items())
    findings.fault("missing-data-yaml", f"{start} For this layout write: {keys}, names: [{shown}], a line each.")
    places = {split: (tree.root / place,) for split, place in splits.items()}
    return DataYaml("data.yaml", tuple(names), places)


def known_splits(tree: Tree) -> dict[str, str]:
    """The folders of images by split, for layouts that need no words: images/train, train/images, images."""
    found: dict[str, str] = {}
    for split, spelled in (("train", ("train",)), ("val", ("val", "valid", "validation")), ("test", ("test",))):
        places = [place for name in spelled for place in (f"images/{name}", f"{name}/images")]
        places += [
            place
            for place in sorted(tree.folders)
            for name in spelled
            # train2017 and its like
            if place.startswith(f"images/{name}") and place.count("/") == 1 and place not in places
        ]
        at = next((place for place in places if place in tree.folders), None)
        if at is not None:
            found[split] = at
    if not found and "images" in tree.folders and "labels" in tree.folders:
        found["train"] = "images"
    return found


def _listed_classes(tree: Tree) -> list[str]:
    """The lines of a classes.txt or obj.names that a labelling tool has left."""
    for place in ("", "labels", "labels/train", "train", "train/labels"):
        for name in ("classes.txt", "obj.names"):
            if tree.has_file(joined(place, name)):
                try:
                    text = (tree.root / place / name).read_text(encoding="utf-8-sig")
                except (OSError, UnicodeDecodeError):
                    continue
                return [line.strip() for line in text.splitlines() if line.strip()][:1000]
    return []
