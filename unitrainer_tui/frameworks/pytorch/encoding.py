"""Rows of a table as tensors, by what the training part alone told; kept in the model's file as plain values.

Numbers are standardised, a gap becomes 0 with a mark of its own beside it, words become codes (0 for a gap or a word
that training never saw).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

# A column with more different words than this keeps the most frequent ones.
MOST_WORDS = 10_000


def learn(features: Any, names: Sequence[str], words: Sequence[int]) -> list[dict[str, Any]]:
    """One description a column, in the order of the columns.

    `features` is (rows, columns) of numbers with NaN for gaps, or of objects with None for a gap among the words;
    `words` are the positions of the columns that hold words.
    """
    columns: list[dict[str, Any]] = []
    for place, name in enumerate(names):
        cells = features[:, place]
        if place in words:
            counted = Counter(str(cell) for cell in cells if cell is not None)
            kept = sorted(word for word, _ in counted.most_common(MOST_WORDS))
            columns.append({"name": name, "words": kept})
            continue
        numbers = cells.astype(np.float64)
        known = numbers[~np.isnan(numbers)]
        mean = float(known.mean()) if len(known) else 0.0
        std = float(known.std()) if len(known) else 0.0
        columns.append(
            {
                "name": name,
                "mean": mean,
                "std": std if std > 0 and math.isfinite(std) else 1.0,
                "gaps": bool(len(known) < len(numbers)),
            }
        )
    return columns


def widths(columns: Sequence[dict[str, Any]]) -> tuple[int, list[int]]:
    """(how many numbers a row becomes, how many codes each column of words has)."""
    numbers = sum(1 + column["gaps"] for column in columns if "words" not in column)
    return numbers, [len(column["words"]) + 1 for column in columns if "words" in column]


def encode(features: Any, columns: Sequence[dict[str, Any]]) -> tuple[torch.Tensor, torch.Tensor]:
    """(numbers (rows, n) float32, codes (rows, m) int64) of rows whose columns stand in the learned order."""
    rows = len(features)
    numbers: list[Any] = []
    codes: list[Any] = []
    for place, column in enumerate(columns):
        cells = features[:, place]
        if "words" in column:
            code_of = {word: code for code, word in enumerate(column["words"], 1)}
            codes.append(
                np.fromiter((0 if cell is None else code_of.get(str(cell), 0) for cell in cells), np.int64, rows)
            )
            continue
        values = np.array([math.nan if cell is None else float(cell) for cell in cells], dtype=np.float64)
        gaps = np.isnan(values)
        numbers.append(np.where(gaps, 0.0, (values - column["mean"]) / column["std"]))
        if column["gaps"]:
            numbers.append(gaps.astype(np.float64))
    whole = np.stack(numbers, axis=1) if numbers else np.zeros((rows, 0))
    coded = np.stack(codes, axis=1) if codes else np.zeros((rows, 0), dtype=np.int64)
    return torch.from_numpy(whole.astype(np.float32)), torch.from_numpy(coded)
