"""What a run wants of its dataset: the framework and the keys of the profile that decide what must be there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

TABULAR = ("sklearn", "xgboost", "lightgbm")


@dataclass(frozen=True)
class Wanted:
    """`framework` is None where nobody has said one: then the dataset is checked as what it looks like.

    `task` is detect, segment, classify, pose or obb for pictures; classification, regression or ranking for tables;
    None where it is to be guessed. `background` says that pictures without a label file are meant so. `classes` is how
    many there must be, where somebody says it.
    """

    framework: str | None = None
    task: str | None = None
    target: str | None = None
    weight: str | None = None
    categorical: Sequence[str] = ()
    group: str | None = None
    background: bool = False
    classes: int | None = None
    task_said: str | None = None
    """What says the task, such as `training.options.objective = "binary:logistic"`."""

    objection: Callable[[str, int], str | None] | None = None
    """Given the task of a table and the number of its classes (0 for none): what of the profile does not fit
    them, with its key and what to do."""

    kinds: bool = False
    """Whether to tell which columns of a table hold words: every cell is looked at."""

    @property
    def table_only(self) -> bool:
        return self.framework in TABULAR
