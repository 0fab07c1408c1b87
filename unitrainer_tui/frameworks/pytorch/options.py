"""`[training.options]` of this script: what there is, which values they take, and what is taken where none is said.

Standard library only: the job is judged before PyTorch is loaded.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    from job import Refused


@dataclass(frozen=True)
class Options:
    """The options of one job, checked. None is the default that depends on the model or on the machine."""

    task: str | None = None
    """classification or regression (tables)."""
    lr: float | None = None
    """The peak of the learning rate: 0.001, 0.0003 for weights that are trained already, 0.1 for sgd."""
    optimizer: str = "adamw"
    momentum: float = 0.9
    """Of sgd."""
    weight_decay: float = 0.01
    scheduler: str = "cosine"
    warmup_epochs: float = 0.0
    """The learning rate rises from 0 over so many epochs; parts of one count."""
    clip: float | None = None
    """The largest norm of the gradient."""
    label_smoothing: float = 0.0
    dropout: float = 0.0
    hidden: tuple[int, ...] = (128, 64)
    """The widths of mlp's hidden layers."""
    patience: int | None = None
    """So many epochs without a lower val_loss end the training."""
    keep: str = "best"
    """Which epoch's weights become the model: best (the lowest val_loss) or last."""
    amp: bool | str | None = None
    """Half precision: true (bf16 where the GPU has it, else fp16), false, bf16, fp16. GPUs: true if not said."""
    pretrained: bool = True
    """timm's models start from trained weights."""
    augment: bool | str = True
    """Images are varied in training: true (crops and mirrors), false, crop, flip."""
    workers: int | None = None
    """Processes that read images, for each GPU; by the number of CPUs where not said."""
    processes: int = 1
    """Training processes on a machine without a GPU; with GPUs there is one for each."""


def _number(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _one_of(*values: Any) -> Callable[[Any], bool]:
    return lambda value: any(value is one or (isinstance(one, str) and value == one) for one in values)


def _widths(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) <= 16 and all(_whole(1, 65536)(one) for one in value)


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "task": (_one_of("classification", "regression"), "classification or regression"),
    "lr": (_number(1e-12, 100), "a number above 0"),
    "optimizer": (_one_of("adamw", "adam", "sgd", "rmsprop"), "adamw, adam, sgd or rmsprop"),
    "momentum": (_number(0, 0.99999), "a number from 0 to below 1"),
    "weight_decay": (_number(0, 100), "a number from 0 up"),
    "scheduler": (_one_of("cosine", "constant"), "cosine or constant"),
    "warmup_epochs": (_number(0, 1e6), "a number from 0 up"),
    "clip": (_number(1e-12, 1e12), "a number above 0"),
    "label_smoothing": (_number(0, 0.99), "a number from 0 to below 1"),
    "dropout": (_number(0, 0.99), "a number from 0 to below 1"),
    "hidden": (_widths, "a list of at most 16 widths, such as [128, 64]"),
    "patience": (_whole(1, 10**6), "a whole number from 1 up"),
    "keep": (_one_of("best", "last"), "best or last"),
    "amp": (_one_of(True, False, "bf16", "fp16"), "true, false, bf16 or fp16"),
    "pretrained": (_one_of(True, False), "true or false"),
    "augment": (_one_of(True, False, "crop", "flip"), "true, false, crop or flip"),
    "workers": (_whole(0, 256), "a whole number from 0 up"),
    "processes": (_whole(1, 64), "a whole number from 1 to 64"),
}


def read_options(said: dict[str, Any]) -> Options:
    """The job's options, checked. Raises Refused with the nearest name for one that is not there."""
    for key, value in said.items():
        if key not in _RULES:
            begun = [name for name in _RULES if len(key) > 2 and name.startswith(key)]
            near = begun or difflib.get_close_matches(key, _RULES, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_RULES)}."
            raise Refused(f"There is no option {key!r} (training.options); {hint}")
        holds, wanted = _RULES[key]
        if not holds(value):
            raise Refused(f"training.options.{key} is {value!r} and must be {wanted}.")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    return Options(**values)
