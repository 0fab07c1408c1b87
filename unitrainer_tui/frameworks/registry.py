"""What each framework needs on the host, how its job is described, and which of its files is the model."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.errors import ProfileProblem
from unitrainer_tui.frameworks.artifacts import MODEL_SUFFIXES
from unitrainer_tui.frameworks.pytorch import names as pytorch_names
from unitrainer_tui.frameworks.sklearn import names as sklearn_names
from unitrainer_tui.frameworks.yolo import weights as yolo_weights
from unitrainer_tui.ports import SetupPlan

_HERE = Path(__file__).parent

# An estimator of scikit-learn by its own name, such as RandomForestClassifier: looked up on the host.
_CLASS_NAME = re.compile(r"[A-Z][A-Za-z0-9]{2,60}\Z")


@dataclass(frozen=True)
class FrameworkSpec:
    """One framework.

    `script` is a folder with train.py, sent as it is (None: the user's own command). `apt` are (what to look for, the
    Debian package that has it). `model_patterns` are tried in order by `choose_model`, with `newest_fallback` the
    newest model file after them. `typical_model_mb` estimates the room that the model takes here.
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

_NEXT_RELEASE = {"xgboost": "XGBoost", "lightgbm": "LightGBM"}


def spec_of(profile: Profile) -> FrameworkSpec:
    """The profile's framework. Raises ProfileProblem for one that is not there yet and for an unknown model."""
    name = profile.training.framework
    if name in _NEXT_RELEASE:
        what = f"{_NEXT_RELEASE[name]} comes with the next release"
        raise ProfileProblem(
            f"training.framework: {what}.",
            'Until then run it as framework = "custom" with a command of your own.',
            [("training.framework", what)],
        )
    spec = _SPECS[name]
    if name == "sklearn":
        _check_sklearn_model(profile.training.model)
    if name == "pytorch":
        _check_pytorch_model(profile.training.model)
    if name == "custom" and profile.training.artifacts:
        patterns = tuple(profile.training.artifacts)
        suffix = Path(patterns[0]).suffix.lstrip(".")
        extension = suffix if suffix.isalnum() else spec.extension
        return replace(spec, model_patterns=patterns, extension=extension, newest_fallback=False)
    return spec


def _check_sklearn_model(model: str | None) -> None:
    if model is None or model in sklearn_names.MODELS or _CLASS_NAME.match(model):
        return
    near = difflib.get_close_matches(model, sklearn_names.MODELS, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"Use one of {', '.join(sklearn_names.MODELS)}."
    what = f"scikit-learn has no model {model!r}"
    raise ProfileProblem(f"training.model: {what}.", hint, [("training.model", what)])


def _check_pytorch_model(model: str | None) -> None:
    if model is None or model in pytorch_names.MODELS or pytorch_names.is_timm(model):
        return
    near = pytorch_names.near(model)
    built_in = ", ".join(pytorch_names.MODELS)
    hint = f"Did you mean {near!r}?" if near else f"Use one of {built_in}, or a name of timm such as resnet18.a1_in1k."
    what = f"PyTorch has no model {model!r}"
    raise ProfileProblem(f"training.model: {what}.", hint, [("training.model", what)])


def model_of(profile: Profile) -> str | None:
    """The model that the profile says, else the framework's default for such a dataset."""
    spec = spec_of(profile)
    if profile.training.model is None and spec.name == "pytorch" and _is_table(profile.dataset.path):
        return pytorch_names.DEFAULT_FOR_TABLES
    return profile.training.model or spec.default_model


_TABLES = (".csv", ".tsv", ".tab", ".parquet", ".pq")


def _is_table(path: Path | None) -> bool:
    """A table, or a folder with one at its top and no folders (of images) beside it."""
    if path is None or path.is_file():
        return path is not None
    if not path.is_dir():
        return False
    entries = [entry for entry in path.iterdir() if not entry.name.startswith(".")]
    return any(one.suffix.lower() in _TABLES for one in entries) and not any(one.is_dir() for one in entries)


def _more_for_pytorch(profile: Profile) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(requirements, imports) that only some of its models and datasets need."""
    requirements: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    model = model_of(profile)
    if model is not None and pytorch_names.is_timm(model):
        requirements, imports = ("torchvision", "timm>=1.0"), ("torchvision", "timm")
    path = profile.dataset.path
    if path is not None and path.suffix.lower() in (".parquet", ".pq"):
        requirements, imports = (*requirements, "pyarrow>=14"), (*imports, "pyarrow")
    return requirements, imports


def _assets(profile: Profile) -> tuple[str, ...]:
    """The trained weights that setup brings to the host: none where training begins from scratch, or where they lie at
    the top of the dataset."""
    options, model = profile.training.options, model_of(profile)
    if model is None:
        return ()
    top = profile.dataset.path
    if profile.training.framework == "yolo":
        return tuple(
            name
            for name in yolo_weights.wanted(model, options)
            if top is None or yolo_weights.local_weights(name, (top,)) is None
        )
    if profile.training.framework == "pytorch" and pytorch_names.is_timm(model):
        if options.get("pretrained") is not False and not (top and pytorch_names.local_weights(model, (top,))):
            return (model,)
    return ()


def setup_plan(profile: Profile) -> SetupPlan:
    """What to install on the host. Raises ProfileProblem as `spec_of` does."""
    spec = spec_of(profile)
    assets = _assets(profile)
    requirements, imports = _more_for_pytorch(profile) if spec.name == "pytorch" else ((), ())
    return SetupPlan(
        framework=spec.name,
        requirements=(*spec.requirements, *requirements),
        imports=(*spec.imports, *imports),
        assets=assets,
        fetcher=spec.script / "fetch.py" if assets and spec.script is not None else None,
        torch=spec.torch,
        shell=tuple(profile.training.setup),
        apt=spec.apt,
    )


def build_job(profile: Profile, *, gpus: int) -> dict[str, Any]:
    """The contents of job.json, plain JSON values only. `gpus` is how many the host has for the job, 0 for the CPU.

    Where the data lies is not in it: the script reads UNITRAINER_DATASET and UNITRAINER_OUTPUT, and only where these
    are missing (somebody runs the folder by hand) the keys "dataset_path" and "output_path". Raises ProfileProblem.
    """
    spec, training, dataset = spec_of(profile), profile.training, profile.dataset
    table: dict[str, Any] = {
        "target": dataset.target,
        "weight": dataset.weight,
        "categorical": list(dataset.categorical),
        "validation": dataset.validation,
    }
    if dataset.path is not None and dataset.path.is_file():
        table["file"] = dataset.path.name
    job = {
        "framework": spec.name,
        "model": model_of(profile),
        "epochs": training.epochs,
        "batch_size": training.batch_size,
        "image_size": training.image_size,
        "seed": training.seed,
        "gpus": gpus,
        "options": dict(training.options),
        "dataset": table,
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
