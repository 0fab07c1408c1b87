"""A trained model from its file alone, to predict with: left beside every model, in code/.

python code/predict.py model.pt picture.jpg …
python code/predict.py model.pt rows.csv
"""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.pytorch import encoding, images, models
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # these files stand side by side
    import encoding
    import images
    import models
    from job import Refused

# What has to stand beside this file.
MODULES = ("predict.py", "models.py", "names.py", "encoding.py", "images.py", "split.py", "job.py")

GAPS = ("", "?", "na", "n/a", "nan", "null", "none")


class Model:
    """`about` says what it was trained for: task, classes, size of pictures or columns of rows."""

    def __init__(self, about: dict[str, Any], network: torch.nn.Module, device: torch.device) -> None:
        self.about, self.network, self.device = about, network.to(device).eval(), device

    def predict(self, samples: Sequence[Any]) -> list[Any]:
        """A class or a number for each sample: a path or a PIL picture; a row as a list in the order of the columns, or
        as a dict by their names (a gap is None or NaN)."""
        said = self.outputs(self.inputs(samples))
        if self.about["task"] == "classification":
            return [self.about["classes"][place] for place in said.argmax(1).tolist()]
        scale = self.about["target"]
        return [value * scale["std"] + scale["mean"] for value in said[:, 0].double().tolist()]

    def probabilities(self, samples: Sequence[Any]) -> list[dict[Any, float]]:
        """Classification: how sure it is of each class, for each sample."""
        shares = self.outputs(self.inputs(samples)).softmax(1).tolist()
        return [dict(zip(self.about["classes"], row)) for row in shares]

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def outputs(self, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
        """What the network gives, (n, classes) or (n, 1), on the CPU."""
        said: torch.Tensor = self.network(*(one.to(self.device) for one in inputs))
        return said.float().cpu()

    def inputs(self, samples: Sequence[Any]) -> tuple[torch.Tensor, ...]:
        """The samples as the network takes them. Raises OSError for a picture that cannot be read."""
        about = self.about
        if about["kind"] == "images":
            look = images.Look(about["size"], about["crop"], about["interpolation"])
            pictures = [
                images.open_picture(Path(one), about["size"] * 2)
                if isinstance(one, (str, Path))
                else one.convert("RGB")
                for one in samples
            ]
            pixels = torch.stack([images.as_bytes(look.evaluated(picture)) for picture in pictures])
            return (images.as_numbers(pixels, about["mean"], about["std"]),)
        names = [column["name"] for column in about["columns"]]
        rows = np.empty((len(samples), len(names)), dtype=object)
        for number, sample in enumerate(samples):
            cells = [sample.get(name) for name in names] if isinstance(sample, dict) else list(sample)
            if len(cells) != len(names):
                raise Refused(f"A row has {len(cells)} values, and the model takes {len(names)}: {', '.join(names)}.")
            rows[number] = [None if isinstance(cell, float) and math.isnan(cell) else cell for cell in cells]
        return encoding.encode(rows, about["columns"])


def load_model(path: Any, device: str = "cpu") -> Model:
    """The model of a file that training left (model.pt, best.pt or last.pt). No code of the file runs."""
    held = torch.load(path, map_location="cpu", weights_only=True)
    network = models.build(held["about"])
    network.load_state_dict(held["model"])
    return Model(held["about"], network, torch.device(device))


def _rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a table as `predict` takes them: text where it is no number."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header = stream.readline()
        stream.seek(0)
        reader = csv.DictReader(stream, delimiter=max(",;\t|", key=header.count))
        return [{str(name).strip(): _cell(cell) for name, cell in row.items()} for row in reader]


def _cell(cell: str | None) -> str | None:
    word = (cell or "").strip()
    return None if word.lower() in GAPS else word


def main(words: Sequence[str]) -> int:
    """One JSON line a sample."""
    if len(words) < 2:
        print("usage: predict.py MODEL PICTURE…, or predict.py MODEL TABLE", file=sys.stderr)
        return 2
    model = load_model(words[0])
    try:
        samples = list(words[1:]) if model.about["kind"] == "images" else _rows(Path(words[1]))
        for answer in model.predict(samples):
            print(json.dumps(answer))
    except (Refused, OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
