"""Which model is meant, which task it does, and where its weights come from. No import of torch here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

TASKS = ("detect", "segment", "classify", "pose", "obb")
_SUFFIX_TASKS = {"-seg": "segment", "-cls": "classify", "-pose": "pose", "-obb": "obb"}
_NAME = re.compile(r"yolo-?v?(\d+)(.*)\Z", re.IGNORECASE)


def plain_name(model: str) -> str:
    """Ultralytics' own spelling: `yolov11n` and `YOLO11n` are yolo11n, `yolo8n` is yolov8n. Paths stay as they are."""
    found = _NAME.match(model)
    if not found or "/" in model:
        return model
    version, rest = int(found.group(1)), found.group(2).lower()
    return f"yolo{version}{rest}" if version >= 11 else f"yolov{version}{rest}"


def task_of(model: str, said: str | None) -> str:
    """The task that the job says, else the one of the model's suffix, else detection."""
    if said:
        return said
    stem = Path(model).stem
    return next((task for suffix, task in _SUFFIX_TASKS.items() if stem.endswith(suffix)), "detect")


def starts_from_scratch(model: str, options: dict[str, Any]) -> bool:
    """No weights are needed: the model is a yaml, or the job says pretrained = false."""
    return model.endswith((".yaml", ".yml")) or options.get("pretrained") is False


def model_yaml(model: str) -> str:
    """The architecture that belongs to a name: yolo11n-seg.pt is built by yolo11n-seg.yaml."""
    return model if model.endswith((".yaml", ".yml")) else f"{model.removesuffix('.pt')}.yaml"


def local_weights(model: str, places: tuple[Path, ...]) -> Path | None:
    """The .pt file of that name in one of the places, if it is there."""
    name = model if model.endswith(".pt") else f"{model}.pt"
    for place in places:
        if (place / name).is_file():
            return (place / name).resolve()
    return None
