"""feature_importances.csv: a row for each column and kind of importance, the most important first."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path


def write_importances(output: Path, names: Sequence[str], kinds: Mapping[str, Sequence[float]]) -> None:
    """`kinds`: what was measured -> a value a column, in the order of `names`."""
    part = output / ".feature_importances.csv.part"
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["feature", "importance", "kind"])
        for kind, values in kinds.items():
            rows = sorted(zip(names, values), key=lambda row: -abs(row[1]))
            writer.writerows([name, f"{value:.6g}", kind] for name, value in rows)
    part.replace(output / "feature_importances.csv")
