"""What a dataset looks like: yolo, coco, classification, tabular or files."""

from __future__ import annotations

from unitrainer_tui.datasets.coco import find_annotations
from unitrainer_tui.datasets.data_yaml import find_data_yaml
from unitrainer_tui.datasets.image_folders import find_top
from unitrainer_tui.datasets.tables import tables_in
from unitrainer_tui.datasets.tree import Tree
from unitrainer_tui.datasets.yolo import known_splits

KINDS = ("yolo", "coco", "classification", "tabular", "files")

TAKES = {
    "yolo": ("yolo", "coco", "classification"),
    "pytorch": ("classification", "tabular"),
    "sklearn": ("tabular",),
    "xgboost": ("tabular",),
    "lightgbm": ("tabular",),
}
"""The kinds that each framework trains on; custom takes all."""

WORDS = {
    "yolo": "pictures with YOLO labels",
    "coco": "pictures with a COCO json",
    "classification": "pictures in a folder for each class",
    "tabular": "a table (*.csv, *.tsv or *.parquet)",
    "files": "files of no known kind",
}


def kind_of(tree: Tree) -> str:
    """Told from names and the heads of a few files."""
    if tree.single:
        return "tabular" if tables_in(tree) else "files"
    if find_data_yaml(tree) is not None:
        return "yolo"
    if find_annotations(tree):
        return "coco"
    if _has_labels(tree):
        return "yolo"
    tables = tables_in(tree)
    if find_top(tree) is not None:
        return "classification"
    return "tabular" if tables else "files"


def _has_labels(tree: Tree) -> bool:
    """A folder of labels beside one of images."""
    for relative in known_splits(tree).values():
        if any(place == "labels" or place.startswith("labels/") or place.endswith("/labels") for place in tree.folders):
            return bool(relative)
    return False
