"""A short table of how long training takes, for a user who has no runs of their own yet. Rough: a factor of three
either way, and the forecast says so.

Sources: forward GFLOPs of a picture at 640 pixels from Ultralytics' model pages (twice the multiply-adds); dense bf16
TFLOPS from NVIDIA's data sheets; the share of them that training reaches is an assumption. The seconds for tables were
measured on two shared cores (100,000 rows of 50 columns, xgboost 3.2, lightgbm 4.7, scikit-learn 1.9).
"""

from __future__ import annotations

import re

from unitrainer_tui.runs.work import Work

FACTOR = 3.0
"""The table's uncertainty, either way."""

# Detection; the other tasks cost some tenths more, which the factor covers.
YOLO_GFLOPS = {"n": 7.0, "t": 7.0, "s": 23.0, "m": 70.0, "b": 92.0, "l": 95.0, "c": 103.0, "e": 190.0, "x": 215.0}
IMAGE_GFLOPS = {
    "small-cnn": 1.0,
    "resnet18": 3.6,
    "resnet34": 7.3,
    "resnet50": 8.2,
    "efficientnet_b0": 0.8,
    "convnext_tiny": 9.0,
    "vit_small": 9.2,
    "vit_base": 35.0,
}
"""At 224 pixels."""

TFLOPS = {
    "B200": 2250.0,
    "H200": 989.0,
    "H100": 989.0,
    "A100": 312.0,
    "L40S": 362.0,
    "L40": 181.0,
    "A10": 125.0,
    "V100": 125.0,
    "L4": 121.0,
    "RTX4090": 165.0,
    "RTX5090": 210.0,
    "A6000": 155.0,
    "T4": 65.0,
    "CPU": 0.1,
}
REACHED = 0.2
# Reading and augmenting pictures keeps no GPU busy beyond this.
MOST_IMAGES_A_SECOND = 1000.0

# Seconds for a million cells and a round.
CELLS = {"xgboost": 0.015, "lightgbm": 0.015, "sklearn": 0.05, "pytorch": 0.2}

_SCALE = re.compile(r"yolo\d+([a-z])(?:u|\b|-)")


def epoch_seconds(work: Work, gpus: int) -> float | None:
    """Seconds an epoch by the table; None where the table knows nothing of this kind of work."""
    if not work.samples:
        return None
    if work.columns:
        cost = CELLS.get(work.framework)
        return None if cost is None else max(cost * work.samples * work.columns / 1e6, 0.01)
    gflops = _gflops(work)
    if gflops is None:
        return None
    devices = max(gpus, 1) * max(work.nodes, 1)
    # Forward and backward: three times the forward pass.
    compute = 3 * gflops * work.samples / (_tflops(work.flavor) * 1000 * REACHED * devices)
    return max(compute, work.samples / (MOST_IMAGES_A_SECOND * devices))


def _gflops(work: Work) -> float | None:
    if work.framework == "yolo":
        scale = _SCALE.match(work.model)
        at_640 = YOLO_GFLOPS.get(scale[1]) if scale else None
        return None if at_640 is None else at_640 * ((work.image_size or 640) / 640) ** 2
    name = next((name for name in IMAGE_GFLOPS if work.model.startswith(name)), None)
    return None if name is None else IMAGE_GFLOPS[name] * ((work.image_size or 224) / 224) ** 2


def _tflops(flavor: str) -> float:
    plain = flavor.upper().replace("-", "").replace("_", "")
    # The longest name first: an L40S is no L4.
    for name in sorted(TFLOPS, key=len, reverse=True):
        if name in plain:
            return TFLOPS[name]
    return TFLOPS["A100"]
