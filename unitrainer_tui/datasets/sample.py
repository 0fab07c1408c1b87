"""A small real dataset to try things with: the handwritten digits that scikit-learn ships.

1,797 pictures of 8 × 8 pixels, each pixel 0 to 16, and the digit that was written (the test part of "Optical
Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning Repository, CC BY 4.0).
"""

from __future__ import annotations

import csv
from pathlib import Path

from unitrainer_tui.errors import DatasetProblem

TARGET = "digit"


def write_sample_table(folder: Path, rows: int | None = None) -> Path:
    """Writes digits.csv into `folder` (made where it is missing): 64 pixel columns and the target `digit`.

    `rows` cuts it short. Raises DatasetProblem where scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise DatasetProblem(
            "The sample data comes with scikit-learn, which is not installed here.",
            "Install it with: pip install 'unitrainer-tui[demo]'",
        ) from None
    digits = load_digits()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "digits.csv"
    part = folder / ".digits.csv.part"
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*(f"r{place // 8}c{place % 8}" for place in range(64)), TARGET])
        for pixels, digit in list(zip(digits.data, digits.target, strict=True))[:rows]:
            writer.writerow([*(int(pixel) for pixel in pixels), int(digit)])
    part.replace(path)
    return path
