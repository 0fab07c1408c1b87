"""What the target asks for: classes, numbers or grades. Pure functions of its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from unitrainer_tui.datasets.reading import class_of, nature_of, number_of, task_of, too_fine
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    from job import Refused
    from reading import class_of, nature_of, number_of, task_of, too_fine

# A grade g gains 2^g - 1; both libraries that rank take grades up to 31.
HIGHEST_GRADE = 31


def target_values(words: Sequence[str], task: str | None) -> tuple[str, Any]:
    """The task and the target as an array: classes keep their words (whole numbers become integers, and other spellings
    of a number are the same class), numbers and grades are float64. Raises Refused.

    Without `task`: words are classes; whole numbers with at most 20 distinct values are classes; else regression.
    """
    nature = nature_of(set(words))
    kinds = {word: class_of(word, nature) for word in set(words)}
    distinct = len(set(kinds.values()))
    task = task or task_of(nature, distinct)
    if task == "ranking":
        return task, _grades(words, [number_of(word) for word in words])
    if task == "regression":
        if nature == "words":
            odd = next(word for word in words if nature_of([word]) == "words")
            raise Refused(f'Regression needs a target of numbers, and {odd!r} is none; use task = "classification".')
        return task, np.array([float(word) for word in words], dtype=np.float64)
    if too_fine(nature, distinct):
        raise Refused(
            f"Classification needs classes, and the target holds {distinct} different numbers with a fraction; "
            "take a model, an objective or a task of regression."
        )
    values = np.array([kinds[word] for word in words], dtype=np.int64 if nature == "whole" else str)
    if distinct < 2:
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
