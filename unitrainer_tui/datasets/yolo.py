"""A dataset for YOLO: data.yaml with images and labels, or for classification a folder a class."""

from __future__ import annotations

from pathlib import Path

from unitrainer_tui.datasets.data_yaml import find_data_yaml, read_data_yaml
from unitrainer_tui.datasets.labels import IMAGE_SUFFIXES, LabelCheck
from unitrainer_tui.datasets.report import DatasetReport, Findings, human, walk_files


def check(path: Path, files: int, size: int, *, classification: bool | None) -> DatasetReport:
    """Faults: no data.yaml, a split that is not there, no image, a label without its image, a class that is out of
    range, a box outside the picture. An image without a label is a picture of background: a warning with their number.
    """
    findings = Findings()
    source = find_data_yaml(path)
    if classification or (classification is None and source is None and (path / "train").is_dir()):
        return _check_classification(path, files, size, findings)
    if source is None:
        findings.fault(f"There is no data.yaml in {path}; it must say train, val and names.")
        return DatasetReport("yolo", files, size, {}, {}, findings.all_faults(), (), "no data.yaml")
    data = read_data_yaml(source, findings)
    if data is None:
        return DatasetReport("yolo", files, size, {}, {}, findings.all_faults(), (), f"{source.name}: unreadable")
    counts: dict[str, int] = {}
    labels = LabelCheck(data, source.parent, findings)
    for split, places in data.splits.items():
        before = labels.images
        for place in places:
            labels.check(place)
        counts[f"{split} images"] = labels.images - before
        if labels.images == before and split != "test":
            findings.fault(f"{source.name}: {split} holds no image ({_shown(places, source.parent)}).")
    counts |= {"boxes": labels.boxes, "images without a label": labels.unlabelled}
    if labels.unlabelled:
        share = f"{labels.unlabelled:,} of {labels.images:,} images have no label"
        findings.warn(f"{share}, such as {labels.first_unlabelled}: they are taken for background.")
    if labels.images and not labels.boxes and not findings.faults:
        findings.fault("None of the labels holds a box: there is nothing to learn.")
    classes = {name: labels.of_class.get(number, 0) for number, name in enumerate(data.names)}
    for name, count in classes.items():
        if not count and labels.boxes:
            findings.warn(f"The class {name!r} has no example.")
    splits = ", ".join(f"{count:,} {what}" for what, count in counts.items() if what.endswith(" images"))
    summary = f"{splits}, {labels.boxes:,} boxes, {len(data.names)} classes, {human(size)}"
    return DatasetReport("yolo", files, size, counts, classes, findings.all_faults(), findings.all_warnings(), summary)


def _shown(places: tuple[Path, ...], root: Path) -> str:
    names = (str(place.relative_to(root)) if place.is_relative_to(root) else str(place) for place in places)
    return ", ".join(names) or "nothing"


def _check_classification(path: Path, files: int, size: int, findings: Findings) -> DatasetReport:
    root = path if (path / "train").is_dir() else None
    if root is None and path.is_dir():
        root = next((below for below in sorted(path.iterdir()) if (below / "train").is_dir()), None)
    counts: dict[str, int] = {}
    classes: dict[str, int] = {}
    if root is None:
        findings.fault(f"A classification dataset needs train/<class>/ and val/<class>/; {path} has no train.")
    else:
        for split in ("train", "val", "test"):
            if (root / split).is_dir():
                found = _images_by_class(root / split, findings)
                counts[f"{split} images"] = sum(found.values())
                classes = classes or found
        if len(classes) < 2:
            findings.fault(f"{root / 'train'} needs a folder for each of at least two classes.")
        if "val images" not in counts and "test images" not in counts:
            findings.fault(f"{root} has no val: put a part of each class's pictures into val/<class>/.")
    splits = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    summary = f"{splits or 'no images'}, {len(classes)} classes, {human(size)}"
    return DatasetReport(
        "classification", files, size, counts, classes, findings.all_faults(), findings.all_warnings(), summary
    )


def _images_by_class(split: Path, findings: Findings) -> dict[str, int]:
    found: dict[str, int] = {}
    for folder in sorted(below for below in split.iterdir() if below.is_dir()):
        pictures = 0
        for entry in walk_files(folder):
            if Path(entry.name).suffix.lower() in IMAGE_SUFFIXES:
                pictures += 1
                if entry.stat().st_size == 0:
                    findings.fault(f"{entry.path} is empty.")
        found[folder.name] = pictures
        if not pictures:
            findings.fault(f"{folder} holds no image.")
    return found
