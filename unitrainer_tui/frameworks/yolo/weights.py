"""Which model is meant, which task it does, and where its weights come from. No import of torch here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

TASKS = ("detect", "segment", "classify", "pose", "obb")
_SUFFIX_TASKS = {"-seg": "segment", "-cls": "classify", "-pose": "pose", "-obb": "obb"}
_NAME = re.compile(r"yolo-?v?(\d+)(.*)\Z", re.IGNORECASE)
# The weights of the third and the fifth version were trained anew by Ultralytics, and carry a u for it.
_TRAINED_ANEW = re.compile(r"(yolov3(?:-spp|-tiny)?|yolov5[nsmlx]6?)u?\Z")


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
    if model.endswith((".yaml", ".yml")):
        return model
    stem = model.removesuffix(".pt")
    anew = _TRAINED_ANEW.match(stem)
    if anew:  # yolov5n6u has the architecture yolov5n-p6
        stem = re.sub(r"(yolov5[nsmlx])6\Z", r"\1-p6", anew.group(1))
    return f"{stem}.yaml"


def file_of(model: str) -> str:
    """The name of the file with a model's trained weights: yolo11n.pt, and yolov5nu.pt for yolov5n."""
    stem = model.removesuffix(".pt")
    anew = _TRAINED_ANEW.match(stem)
    return f"{anew.group(1)}u.pt" if anew else f"{stem}.pt"


def wanted(model: str, options: dict[str, Any]) -> tuple[str, ...]:
    """The names of the weights that a training begins with: none from scratch, or one; none for a path."""
    said = options.get("pretrained")
    name = str(said) if isinstance(said, str) and said else plain_name(model)
    if (not isinstance(said, str) and starts_from_scratch(model, options)) or "/" in name:
        return ()
    return (name.removesuffix(".pt"),)


def local_weights(model: str, places: tuple[Path, ...]) -> Path | None:
    """The .pt file of that name in one of the places, if it is there."""
    for place in places:
        for name in dict.fromkeys((f"{model.removesuffix('.pt')}.pt", file_of(model))):
            if (place / name).is_file():
                return (place / name).resolve()
    return None
