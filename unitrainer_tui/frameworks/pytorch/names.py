"""The models that go by a name here. Standard library only: the program reads this too, to check a profile early."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

TABLE_MODELS = ("mlp",)
IMAGE_MODELS = ("small-cnn", "resnet-small")
MODELS = (*TABLE_MODELS, *IMAGE_MODELS)

DEFAULT_FOR_TABLES = "mlp"
DEFAULT_FOR_IMAGES = "small-cnn"

# timm's names are an architecture and, behind a dot, the tag of its weights: resnet18.a1_in1k.
_TIMM = re.compile(r"[a-z][a-z0-9_]{2,100}(\.[a-z0-9_]{1,60})?\Z")


def is_timm(model: str) -> bool:
    """Whether a name can be one of timm's; whether it is, only timm knows."""
    return model not in MODELS and _TIMM.match(model) is not None and near(model.replace("_", "-"), 0.9) is None


def local_weights(model: str, places: tuple[Path, ...]) -> Path | None:
    """A file with the weights of a timm model in one of the places: under its whole name or without the tag."""
    for place in places:
        for stem in dict.fromkeys((model, model.split(".")[0])):
            for suffix in (".safetensors", ".pth", ".pt"):
                if (place / f"{stem}{suffix}").is_file():
                    return place / f"{stem}{suffix}"
    return None


def near(model: str, cutoff: float = 0.5) -> str | None:
    """The built-in model whose name is nearest, None where none is near."""
    found = difflib.get_close_matches(model.lower(), MODELS, n=1, cutoff=cutoff)
    return found[0] if found else None
