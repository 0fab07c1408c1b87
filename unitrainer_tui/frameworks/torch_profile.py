"""What a profile for PyTorch or YOLO decides before anything is paid: the model, what it needs, which weights are
fetched at setup."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.errors import ProfileProblem
from unitrainer_tui.frameworks import tabular_profile
from unitrainer_tui.frameworks.pytorch import names as pytorch_names
from unitrainer_tui.frameworks.pytorch.rules import wrong_option
from unitrainer_tui.frameworks.yolo import weights as yolo_weights

_TABLES = (".csv", ".tsv", ".tab", *tabular_profile.PARQUET_SUFFIXES)


def check_pytorch_model(model: str | None) -> None:
    """Raises ProfileProblem for a name that neither a built-in model nor one of timm can have."""
    if model is None or model in pytorch_names.MODELS or pytorch_names.is_timm(model):
        return
    near = pytorch_names.near(model)
    built_in = ", ".join(pytorch_names.MODELS)
    hint = f"Did you mean {near!r}?" if near else f"Use one of {built_in}, or a name of timm such as resnet18.a1_in1k."
    what = f"PyTorch has no model {model!r}"
    raise ProfileProblem(f"training.model: {what}.", hint, [("training.model", what)])


def check_pytorch_options(options: Mapping[str, Any]) -> None:
    """Raises ProfileProblem for an option that the script does not have, or a value that it does not take."""
    if wrong := wrong_option(options):
        where = f"training.options.{wrong[0]}"
        raise ProfileProblem(wrong[1], "docs/FRAMEWORKS.md lists them all.", [(where, wrong[1])])


def model_of(profile: Profile, default: str | None) -> str | None:
    """The model that the profile says, else the default; for a table PyTorch has another one."""
    if profile.training.model is None and profile.training.framework == "pytorch" and _is_table(profile.dataset.path):
        return pytorch_names.DEFAULT_FOR_TABLES
    return profile.training.model or default


def _is_table(path: Path | None) -> bool:
    """A table, or a folder with one at its top and no folders (of images) beside it."""
    if path is None or path.is_file():
        return path is not None
    if not path.is_dir():
        return False
    entries = [entry for entry in path.iterdir() if not entry.name.startswith(".")]
    return any(one.suffix.lower() in _TABLES for one in entries) and not any(one.is_dir() for one in entries)


def needs_timm(profile: Profile, model: str | None) -> bool:
    return profile.training.framework == "pytorch" and model is not None and pytorch_names.is_timm(model)


def assets(profile: Profile, model: str | None) -> tuple[str, ...]:
    """The trained weights that setup brings to the host: none where training begins from scratch, or where they lie at
    the top of the dataset."""
    options, top = profile.training.options, profile.dataset.path
    if model is None:
        return ()
    if profile.training.framework == "yolo":
        wanted = yolo_weights.wanted(model, options)
        return tuple(name for name in wanted if top is None or yolo_weights.local_weights(name, (top,)) is None)
    if needs_timm(profile, model) and options.get("pretrained") is not False:
        if not (top and pytorch_names.local_weights(model, (top,))):
            return (model,)
    return ()
