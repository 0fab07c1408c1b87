"""What each framework needs on the host, how its job is described, and which of its files is the model."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.errors import ProfileProblem
from unitrainer_tui.frameworks import tabular_profile, torch_profile
from unitrainer_tui.frameworks.artifacts import MODEL_SUFFIXES
from unitrainer_tui.frameworks.lightgbm import names as lightgbm_names
from unitrainer_tui.frameworks.pytorch import names as pytorch_names
from unitrainer_tui.frameworks.sklearn import names as sklearn_names
from unitrainer_tui.frameworks.xgboost import names as xgboost_names
from unitrainer_tui.ports import SetupPlan

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class FrameworkSpec:
    """One framework.

    `script` is a folder with train.py, sent as it is (None: the user's own command). `apt` are (what to look for, the
    Debian package that has it). `model_patterns` are tried in order by `choose_model`, with `newest_fallback` the
    newest model file after them. `typical_model_mb` estimates the room that the model takes here. `checkpoints` are
    what a later run needs of the output to go on from it, first the one that it cannot do without; none: all of it.
    """

    name: str
    title: str
    script: Path | None
    requirements: tuple[str, ...]
    imports: tuple[str, ...]
    torch: bool
    apt: tuple[tuple[str, str], ...]
    model_patterns: tuple[str, ...]
    default_model: str | None
    extension: str
    typical_model_mb: float
    checkpoints: tuple[str, ...] = ()
    newest_fallback: bool = True


def _requirements(framework: str) -> tuple[str, ...]:
    """The lines of the folder's requirements.txt, comments left out."""
    lines = (_HERE / framework / "requirements.txt").read_text("utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


_SPECS = {
    "yolo": FrameworkSpec(
        name="yolo",
        title="Ultralytics YOLO",
        script=_HERE / "yolo",
        requirements=_requirements("yolo"),
        imports=("torch", "torchvision", "ultralytics"),
        torch=True,
        # opencv-python, which ultralytics asks for, loads these at import; a headless server image lacks them.
        apt=(("libGL.so.1", "libgl1"), ("libgthread-2.0.so.0", "libglib2.0-0")),
        model_patterns=("training_run/weights/best.pt", "training_run/weights/last.pt", "model.pt", "best.pth"),
        default_model="yolo11n",
        extension="pt",
        typical_model_mb=50.0,
        checkpoints=(
            "training_run/weights/last.pt",
            "training_run/weights/best.pt",
            "training_run/results.csv",
            "training_run/args.yaml",
        ),
    ),
    "pytorch": FrameworkSpec(
        name="pytorch",
        title="PyTorch",
        script=_HERE / "pytorch",
        requirements=_requirements("pytorch"),
        imports=("torch", "numpy", "PIL"),
        torch=True,
        apt=(),
        model_patterns=("model.pt", "best.pt", "last.pt"),
        # For a table another one: see `model_of`.
        default_model=pytorch_names.DEFAULT_FOR_IMAGES,
        extension="pt",
        typical_model_mb=100.0,
        checkpoints=("last.pt", "best.pt", "results.csv", "checkpoint*"),
        newest_fallback=False,
    ),
    "sklearn": FrameworkSpec(
        name="sklearn",
        title="scikit-learn",
        script=_HERE / "sklearn",
        requirements=_requirements("sklearn"),
        imports=("numpy", "sklearn", "skops"),
        torch=False,
        apt=(),
        model_patterns=("model.skops",),
        default_model=sklearn_names.DEFAULT_MODEL,
        extension="skops",
        typical_model_mb=20.0,
        checkpoints=("checkpoint.json", "checkpoint*"),
        newest_fallback=False,
    ),
    "xgboost": FrameworkSpec(
        name="xgboost",
        title="XGBoost",
        script=_HERE / "xgboost",
        requirements=_requirements("xgboost"),
        imports=("numpy", "xgboost"),
        torch=False,
        apt=(),
        model_patterns=("model.ubj",),
        default_model=xgboost_names.DEFAULT_MODEL,
        extension="ubj",
        typical_model_mb=20.0,
        checkpoints=("checkpoint.json", "checkpoint*"),
        newest_fallback=False,
    ),
    "lightgbm": FrameworkSpec(
        name="lightgbm",
        title="LightGBM",
        script=_HERE / "lightgbm",
        requirements=_requirements("lightgbm"),
        imports=("numpy", "lightgbm"),
        torch=False,
        # The wheel asks the system for OpenMP; the others bring it along.
        apt=(("libgomp.so.1", "libgomp1"),),
        model_patterns=("model.txt",),
        default_model=lightgbm_names.DEFAULT_MODEL,
        extension="txt",
        typical_model_mb=20.0,
        checkpoints=("checkpoint.json", "checkpoint*"),
        newest_fallback=False,
    ),
    "custom": FrameworkSpec(
        name="custom",
        title="Your own command",
        script=None,
        requirements=(),
        imports=(),
        torch=False,
        apt=(),
        model_patterns=tuple(f"{stem}{suffix}" for stem in ("model", "best") for suffix in MODEL_SUFFIXES),
        default_model=None,
        extension="bin",
        typical_model_mb=200.0,
    ),
}


def spec_of(profile: Profile) -> FrameworkSpec:
    """The profile's framework. Raises ProfileProblem for a model or an option that it does not have."""
    name = profile.training.framework
    spec = _SPECS[name]
    if name in tabular_profile.NAMES:
        tabular_profile.check(profile, spec.title)
    if name == "pytorch":
        torch_profile.check_pytorch_model(profile.training.model)
        torch_profile.check_pytorch_options(profile.training.options)
    if name == "custom" and profile.training.artifacts:
        patterns = tuple(profile.training.artifacts)
        suffix = Path(patterns[0]).suffix.lstrip(".")
        extension = suffix if suffix.isalnum() else spec.extension
        return replace(spec, model_patterns=patterns, extension=extension, newest_fallback=False)
    return spec


def setup_plan(profile: Profile) -> SetupPlan:
    """What to install on the host. Raises ProfileProblem as `spec_of` does."""
    spec = spec_of(profile)
    model = torch_profile.model_of(profile, spec.default_model)
    requirements, imports = list(tabular_profile.requirements(profile, spec.requirements)), list(spec.imports)
    if torch_profile.needs_timm(profile, model):
        requirements += ["torchvision", "timm>=1.0"]
        imports += ["torchvision", "timm"]
    if tabular_profile.has_parquet(profile):
        imports.append("pyarrow")
    assets = torch_profile.assets(profile, model)
    return SetupPlan(
        framework=spec.name,
        requirements=tuple(requirements),
        imports=tuple(imports),
        assets=assets,
        fetcher=spec.script / "fetch.py" if assets and spec.script is not None else None,
        torch=spec.torch,
        shell=tuple(profile.training.setup),
        apt=spec.apt,
    )


def build_job(profile: Profile, *, gpus: int, smoke: bool = False) -> dict[str, Any]:
    """The contents of job.json, plain JSON values only. `gpus` is how many the host has for the job, 0 for the CPU.

    `smoke`: the dataset is a sample of a few rows, to see that everything fits.

    Where the data lies is not in it: the script reads UNITRAINER_DATASET and UNITRAINER_OUTPUT, and only where these
    are missing (somebody runs the folder by hand) the keys "dataset_path" and "output_path". Raises ProfileProblem.
    """
    spec, training, dataset = spec_of(profile), profile.training, profile.dataset
    table: dict[str, Any] = {
        "target": dataset.target,
        "weight": dataset.weight,
        "categorical": list(dataset.categorical),
        "validation": dataset.validation,
        "group": dataset.group,
    }
    if dataset.path is not None and dataset.path.is_file():
        table["file"] = dataset.path.name
    job = {
        "framework": spec.name,
        "model": torch_profile.model_of(profile, spec.default_model),
        "epochs": training.epochs,
        "batch_size": training.batch_size,
        "image_size": training.image_size,
        "seed": training.seed,
        "gpus": gpus,
        "options": dict(training.options),
        "dataset": table,
        "smoke": smoke,
        "environment": ["UNITRAINER_DATASET", "UNITRAINER_OUTPUT", *training.env, *training.env_from],
    }
    for key, value in training.options.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            what = f"{value!r} cannot be written as JSON; use a number, a string, a list or a table"
            where = f"training.options.{key}"
            raise ProfileProblem(f"{where}: {what}.", problems=[(where, what)]) from None
    return job
