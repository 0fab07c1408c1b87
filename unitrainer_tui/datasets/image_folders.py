"""Pictures in a folder for each class: train/<class>/ and val/<class>/, or <class>/ alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unitrainer_tui.datasets.balance import check_balance
from unitrainer_tui.datasets.picture_files import IMAGE_SUFFIXES, READ_IN_FOLDERS
from unitrainer_tui.datasets.pictures import SMALLEST, Pictures, images_of
from unitrainer_tui.datasets.report import Findings, ShouldStop, human, listed
from unitrainer_tui.datasets.tree import Tree, joined
from unitrainer_tui.datasets.wanted import Wanted
from unitrainer_tui.datasets.yolo import Checked

# What people call their splits. Where all folders are called so and none is train, they are no classes.
_LIKE_SPLITS = re.compile(
    r"(seg_|data_)?(train(ing)?|val(id(ation)?)?|eval(uation)?|dev|test(ing)?|pred)(_?(set|data))?", re.I
)
ANY_SUFFIX = IMAGE_SUFFIXES | {"gif"}
_SPELLED = {"train": ("train",), "val": ("val", "valid", "validation"), "test": ("test",)}


def check(tree: Tree, wanted: Wanted, findings: Findings, should_stop: ShouldStop | None = None) -> Checked:
    """Faults: no train or val where the framework needs them, fewer than two classes, a class without pictures, a class
    that only one split has, a damaged picture, the same picture in two splits. Raises Stopped."""
    top = find_top(tree)
    splits = split_folders(tree, top) if top is not None else {}
    if not splits:
        if wanted.framework == "yolo" or top is None:
            findings.fault(
                "missing-split",
                f"A classification dataset needs train/<class>/ and val/<class>/; {tree.root} has no train.",
            )
        else:
            findings.note("There is no val: pytorch takes it from all pictures (dataset.validation).")
            _are_classes(tree, top, findings)
        splits = {"train": "" if top is None else top}
    images: dict[str, dict[str, Sequence[int]]] = {}
    counts: dict[str, int] = {}
    by_class: dict[str, dict[str, int]] = {}
    for split, place in splits.items():
        images[split], by_class[split] = _by_class(tree, place, wanted, findings)
        counts[f"{split} images"] = sum(by_class[split].values())
    classes = by_class.get("train") or next(iter(by_class.values()), {})
    if len(classes) < 2:
        shown = joined(str(tree.root), splits.get("train") or "").rstrip("/")
        findings.fault("too-few-classes", f"{shown} needs a folder for each of at least two classes.")
    if wanted.classes is not None and wanted.classes != len(classes):
        what = f"There are {len(classes)} folders of classes and the profile asks for {wanted.classes}."
        findings.fault("class-count-mismatch", what)
    if top is not None and splits.get("train") != top:
        _check_splits(splits, by_class, wanted, findings)
    check_balance({name: count for name, count in classes.items() if count}, "pictures", findings)
    smallest = SMALLEST if wanted.framework == "yolo" else 1
    pictures = Pictures(tree, findings, smallest, should_stop=should_stop)
    together: dict[str, Sequence[int]] = {}
    for places in images.values():
        together |= places
    pictures.check(together)
    pictures.copies_across(images)
    said = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    return Checked(counts, classes, f"{said or 'no images'}, {len(classes)} classes, {human(tree.size)}")


def find_top(tree: Tree) -> str | None:
    """The folder that holds train/, at the top or one below; else the one whose folders hold pictures, none of them
    lying beside. None where there is neither."""
    if "train" in tree.folders:
        return ""
    children = tree.children("")
    for place in children:
        if joined(place, "train") in tree.folders:
            return place
    tops: list[str] = ["", *(children if len(children) == 1 else ())]
    for place in tops:
        below = [one for one in class_folders(tree, place) if _pictures(tree, one)]
        if len(below) >= 2 and not images_of(tree.folders[place]):
            return place
    return None


def split_folders(tree: Tree, top: str) -> dict[str, str]:
    """The folders of train, val and test; empty where there is no train."""
    found = {}
    for split, spelled in _SPELLED.items():
        at = next((joined(top, name) for name in spelled if joined(top, name) in tree.folders), None)
        if at is not None:
            found[split] = at
    return found if "train" in found else {}


def class_folders(tree: Tree, place: str) -> list[str]:
    """The folders right below, hidden ones left out."""
    return [one for one in tree.children(place) if not one.rpartition("/")[2].startswith(".")]


def _pictures(tree: Tree, place: str) -> bool:
    return any(images_of(folder, suffixes=ANY_SUFFIX) for _, folder in tree.below(place))


def _are_classes(tree: Tree, top: str, findings: Findings) -> None:
    names = [one.rpartition("/")[2] for one in class_folders(tree, top) if _pictures(tree, one)]
    if all(_LIKE_SPLITS.fullmatch(name) for name in names):
        what = f"{listed(names)} look like splits, not like classes; name them train, val and test"
        findings.fault("missing-split", f"The folders {what}.", joined(top, names[0]))


def _by_class(
    tree: Tree, place: str, wanted: Wanted, findings: Findings
) -> tuple[dict[str, Sequence[int]], dict[str, int]]:
    images: dict[str, Sequence[int]] = {}
    count: dict[str, int] = {}
    suffixes = READ_IN_FOLDERS.get(wanted.framework or "", ANY_SUFFIX)
    hidden = wanted.framework != "pytorch"  # its script passes over these and over __MACOSX
    unread, example = 0, ""
    for folder in class_folders(tree, place):
        name = folder.rpartition("/")[2]
        if name.startswith("__") and not hidden:
            continue
        count[name] = 0
        for relative, held in tree.below(folder):
            if numbers := images_of(held, hidden=hidden, suffixes=suffixes):
                images[relative] = numbers
                count[name] += len(numbers)
            if others := images_of(held, suffixes=ANY_SUFFIX - suffixes):
                unread, example = unread + len(others), example or joined(relative, held.names[others[0]])
        if not count[name]:
            findings.fault("class-without-example", f"{folder} holds no image.", folder)
    if unread:
        are = "picture is" if unread == 1 else "pictures are"
        what = f"{unread:,} {are} of a kind that {wanted.framework} does not read and left out, such as {example}"
        findings.warn("unread-image", f"{what}.", example)
    if loose := images_of(tree.folders[place]):
        first = joined(place, tree.folders[place].names[loose[0]])
        findings.warn(
            "image-without-label", f"{len(loose):,} pictures lie in no class's folder, such as {first}.", first
        )
    return images, count


def _check_splits(
    splits: dict[str, str], by_class: dict[str, dict[str, int]], wanted: Wanted, findings: Findings
) -> None:
    if "val" not in splits and ("test" not in splits or wanted.framework == "pytorch"):
        sentence = "There is no val: put a part of each class's pictures into val/<class>/."
        if wanted.framework == "yolo":
            findings.fault("missing-split", sentence)
        else:
            findings.warn("missing-split", sentence)
    known = by_class["train"].keys()
    for split in ("val", "test"):
        if split not in splits:
            continue
        place = splits[split]
        if strange := sorted(by_class[split].keys() - known):
            findings.fault(
                "class-mismatch", f"{place} has classes that train has not: {listed(strange)}.", f"{place}/{strange[0]}"
            )
        if absent := sorted(known - by_class[split].keys()):
            # Every reader numbers a split's folders by their order in it: one missing, and the rest are other classes.
            say = findings.fault if split == "val" else findings.warn
            say("class-mismatch", f"{place} has no folder for: {listed(absent)}; make it.", place)
