"""What the target asks for: classes, numbers or grades. Pure functions of its words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
    from unitrainer_tui.frameworks.shared.table import number_of
else:  # on the host these files stand side by side
    from job import Refused
    from table import number_of

# Integers with so few distinct values are taken for classes.
MOST_INTEGER_CLASSES = 20
# A grade g gains 2^g - 1; both libraries that rank take grades up to 31.
HIGHEST_GRADE = 31


def target_values(words: Sequence[str], task: str | None) -> tuple[str, Any]:
    """The task and the target as an array: classes keep their words (integers become integers), numbers and grades are
    float64. Raises Refused.

    Without `task`: words are classes; whole numbers with at most 20 distinct values are classes; else regression.
    """
    numbers = [number_of(word) for word in words]
    odd = next((word for word, number in zip(words, numbers) if number is None or math.isnan(number)), None)
    if task == "regression" and odd is not None:
        raise Refused(f'Regression needs a target of numbers, and {odd!r} is none; use task = "classification".')
    whole = odd is None and all(number is not None and number.is_integer() for number in numbers)
    if task is None:
        few = len(set(numbers)) <= MOST_INTEGER_CLASSES
        task = "classification" if odd is not None or (whole and few) else "regression"
    if task == "ranking":
        return task, _grades(words, numbers)
    if task == "regression":
        return task, np.array(numbers, dtype=np.float64)
    values = np.array(numbers, dtype=np.int64) if whole else np.array(words, dtype=str)
    if len(np.unique(values)) < 2:
        raise Refused(f"The target holds one value only ({words[0]!r}): there is nothing to learn.")
    return task, values


def _grades(words: Sequence[str], numbers: Sequence[float | None]) -> Any:
    for word, number in zip(words, numbers):
        if number is None or not number.is_integer() or not 0 <= number <= HIGHEST_GRADE:
            raise Refused(f"Ranking needs grades, whole numbers from 0 to {HIGHEST_GRADE}, and {word!r} is none.")
    return np.array(numbers, dtype=np.float64)


def coded_classes(values: Any) -> tuple[list[Any], Any]:
    """The distinct classes, sorted, as JSON values, and each row's place among them (int64)."""
    classes, codes = np.unique(values, return_inverse=True)
    return classes.tolist(), codes.astype(np.int64)
