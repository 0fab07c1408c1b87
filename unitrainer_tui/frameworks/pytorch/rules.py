"""`[training.options]` of this script: which there are and which values they take. Standard library only and nothing of
the folder: the program reads this too, to refuse an option before a machine is paid."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any


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
    "resume": (_one_of(True, False), "true or false"),
    "augment": (_one_of(True, False, "crop", "flip"), "true, false, crop or flip"),
    "workers": (_whole(0, 256), "a whole number from 0 up"),
    "processes": (_whole(1, 64), "a whole number from 1 to 64"),
}


def wrong_option(said: Mapping[str, Any]) -> tuple[str, str] | None:
    """(name, what is wrong with it) of the first option that is not there or has a value that it does not take."""
    for key, value in said.items():
        if key not in _RULES:
            begun = [name for name in _RULES if len(key) > 2 and name.startswith(key)]
            near = begun or difflib.get_close_matches(key, _RULES, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_RULES)}."
            return key, f"There is no option {key!r} (training.options); {hint}"
        holds, wanted = _RULES[key]
        if not holds(value):
            return key, f"training.options.{key} is {value!r} and must be {wanted}."
    return None
