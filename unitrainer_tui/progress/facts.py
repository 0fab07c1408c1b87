"""What a recogniser says about one line, and what the parser says about an epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True)
class Progress:
    """One epoch (or boosting round), counted from 1 whatever the log counts from.

    `fraction` is the part of the whole training that is done, 0 to 1, None where the total is unknown. `metrics` as
    the log names them (`Loss` is `loss`), NaN and infinities kept. `partial` marks a look into an epoch that still
    runs: its values may change, and a record without `partial` follows when the epoch is over.
    """

    epoch: int
    total_epochs: int | None = None
    fraction: float | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    partial: bool = False


class Kind(Enum):
    HEADER = "an epoch begins"
    STEP = "a look into an epoch; a later one replaces it"
    VALUES = "values at the end of an epoch"
    EXTRA = "more values of the epoch that is open"
    TOTAL = "how many epochs there will be"
    END = "training is over: what follows belongs to no epoch"
    STAGE = "another training begins: a fold, a trial, a stage"


class Silence(Enum):
    """A line that a recogniser knows and that says nothing: no other recogniser is asked."""

    NOTHING = "nothing"


NOTHING = Silence.NOTHING


@dataclass(frozen=True)
class Fact:
    """What one line says. `epoch` and `total` as printed.

    `base`: what this kind of log counts from; None where that varies (then the first epoch seen tells).
    `total_is_last`: the printed total is the last epoch's number, not the count; None where that varies.
    `within`: how much of the epoch is done, 0 to 1. `overall`: how much of the training, where the log says so.
    `bar`: a bar that reaches its end when the epoch does. `closing`: behind such an end only validation values count.
    `iteration`: a step of training that counts as an epoch where the log has no epochs. `successive`: such a one, or
    a header, only right behind the one before. `held`: such a one that may be a step of an epoch named later.
    `step`: the state of a bar that names no epoch, `steps` its end: the epochs of a log that shows nothing else.
    `redrawn`: a bar of several on the screen that may be drawn again when it is long over.
    `last`: nothing more comes for this epoch, not even under its own number; or a total that has been reached.
    `behind`: a line that only says that an epoch is over; it counts where nothing else numbers the epochs.
    `lesser`: a number that counts epochs only in a log that names none (a bar described by `E3`).
    `beside`: values that count only where the epoch has none of that name.
    `whole`: this kind of log has exactly one line an epoch. `explicit`: the job spoke to us (JSON lines): from then
    on nothing else counts.
    """

    kind: Kind
    epoch: int | None = None
    total: int | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    base: int | None = None
    total_is_last: bool | None = None
    within: float | None = None
    overall: float | None = None
    whole: bool = False
    explicit: bool = False
    bar: bool = False
    closing: bool = False
    last: bool = False
    iteration: bool = False
    successive: bool = False
    held: bool = False
    step: int | None = None
    steps: int | None = None
    redrawn: bool = False
    beside: bool = False
    behind: bool = False
    lesser: bool = False


Found = Fact | Silence | None
