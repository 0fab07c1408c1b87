"""A whole training script with nothing but Python: softmax regression on a table of numbers, target in the last column.

An example of what `framework = "custom"` runs: data from $UNITRAINER_DATASET, the model to $UNITRAINER_OUTPUT, one line
an epoch on standard output.
"""

import argparse
import csv
import json
import math
import os
import random
from pathlib import Path


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--epochs", type=int, default=10)
    options.add_argument("--rate", type=float, default=0.1)
    chosen = options.parse_args()

    rows, answers, classes = read(Path(os.environ["UNITRAINER_DATASET"]))
    weights = [[0.0] * len(rows[0]) for _ in classes]
    chance = random.Random(0)
    for epoch in range(1, chosen.epochs + 1):
        loss = right = 0.0
        for row in chance.sample(range(len(rows)), len(rows)):
            shares = softmax([dot(weight, rows[row]) for weight in weights])
            loss -= math.log(max(shares[answers[row]], 1e-12))
            right += shares.index(max(shares)) == answers[row]
            for label, weight in enumerate(weights):
                slope = chosen.rate * ((label == answers[row]) - shares[label])
                for column, value in enumerate(rows[row]):
                    weight[column] += slope * value
        print(
            f"Epoch: {epoch}/{chosen.epochs}  Loss: {loss / len(rows):.4f}  accuracy: {right / len(rows):.4f}",
            flush=True,
        )

    output = Path(os.environ["UNITRAINER_OUTPUT"])
    (output / "model.json").write_text(json.dumps({"classes": classes, "weights": weights}))


def read(place: Path) -> tuple[list[list[float]], list[int], list[str]]:
    table = place if place.is_file() else next(iter(sorted(place.glob("*.csv"))))
    with table.open(newline="") as stream:
        cells = list(csv.reader(stream))[1:]
    classes = sorted({row[-1] for row in cells})
    largest = max(abs(float(cell)) for row in cells for cell in row[:-1]) or 1.0
    rows = [[float(cell) / largest for cell in row[:-1]] + [1.0] for row in cells]
    return rows, [classes.index(row[-1]) for row in cells], classes


def softmax(scores: list[float]) -> list[float]:
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def dot(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


if __name__ == "__main__":
    main()
