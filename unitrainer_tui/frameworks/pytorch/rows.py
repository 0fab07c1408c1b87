"""A table's rows for training: read, split, encoded; and handed out in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.pytorch import encoding
    from unitrainer_tui.frameworks.pytorch.checkpoint import misfit
    from unitrainer_tui.frameworks.pytorch.order import Order
    from unitrainer_tui.frameworks.pytorch.split import split
    from unitrainer_tui.frameworks.shared.job import Refused
    from unitrainer_tui.frameworks.shared.table import raw_features, read_table
    from unitrainer_tui.frameworks.shared.target import target_values
else:  # on the host these files stand side by side
    import encoding
    from checkpoint import misfit
    from job import Refused
    from order import Order
    from split import split
    from table import raw_features, read_table
    from target import target_values


@dataclass(frozen=True)
class Part:
    """Encoded rows: numbers (n, a), codes (n, b), target (n,) int64 classes or float32 numbers, weights (n,)."""

    numbers: torch.Tensor
    codes: torch.Tensor
    target: torch.Tensor
    weights: torch.Tensor

    def __len__(self) -> int:
        return len(self.target)

    def take(self, places: torch.Tensor) -> Part:
        return Part(self.numbers[places], self.codes[places], self.target[places], self.weights[places])

    def to(self, device: torch.device) -> Part:
        return Part(*(one.to(device) for one in (self.numbers, self.codes, self.target, self.weights)))


def read_rows(
    path: Path, wanted: dict[str, Any], task: str | None, seed: int, earlier: dict[str, Any] | None
) -> tuple[dict[str, Any], Part, Part]:
    """(what the model's file tells of the table, the train part, the validation part). Raises Refused.

    Where `earlier`, an earlier run's description, is of the same columns and target, its means and codes hold on: the
    weights that go on were learned with them.
    """
    table = read_table(path, wanted)
    task, values = target_values(table.target, task)
    count, features = len(values), raw_features(table)
    if count < 2:
        raise Refused(f"{path.name} has {count} rows; at least two are needed to train and to validate.")
    classes: list[Any] = []
    if task == "classification":
        kinds, codes = np.unique(values, return_inverse=True)
        classes, target = kinds.tolist(), codes.astype(np.int64)
    else:
        target = values.astype(np.float64)
    labels = target.tolist() if task == "classification" else None
    train, valid = split(labels, count, float(wanted.get("validation") or 0.2), seed)
    columns = encoding.learn(features[train], table.names, table.categorical)
    about: dict[str, Any] = {
        "kind": "table",
        "task": task,
        "classes": classes,
        "columns": columns,
        "target": {"name": table.target_name},
    }
    if task == "regression":
        about["target"] |= {"mean": float(target[train].mean()), "std": float(target[train].std()) or 1.0}
    if earlier is not None and misfit(earlier, {**earlier, **about}) is None:
        columns = about["columns"] = earlier["columns"]
        about["target"] = earlier["target"]
    if task == "regression":
        target = ((target - about["target"]["mean"]) / about["target"]["std"]).astype(np.float32)
    weights = np.ones(count) if table.weights is None else table.weights
    if not weights[train].sum() > 0:
        raise Refused(f"{path.name}: the weights of the rows that train are all 0.")
    numbers, coded = encoding.encode(features, columns)
    # A mean of 1, so that the mean over a batch is the weighted loss, in however many parts it is taken.
    scaled = torch.from_numpy((weights / weights[train].mean()).astype(np.float32))
    whole = Part(numbers, coded, torch.from_numpy(target), scaled)
    dropped = f" ({table.dropped} without a target left out)" if table.dropped else ""
    kinds_told = f", {len(classes)} classes" if classes else ""
    print(
        f"{path.name}: {count:,} rows{dropped}, {len(columns)} columns, target {table.target_name!r}{kinds_told}; "
        f"{len(valid):,} rows validate.",
        flush=True,
    )
    return about, whole.take(torch.tensor(train)), whole.take(torch.tensor(valid, dtype=torch.long))


class RowFeed:
    """Batches of rows, all of which lie on the device."""

    def __init__(self, part: Part, order: Order, batch: int, device: torch.device) -> None:
        self.part, self.order, self.batch = part.to(device), order, batch

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch)

    def batches(self, epoch: int) -> Iterator[tuple[Sequence[torch.Tensor], torch.Tensor, torch.Tensor]]:
        """(inputs, target, weights) of one epoch."""
        self.order.set_epoch(epoch)
        places = torch.tensor([place for _, place in self.order], device=self.part.target.device)
        for start in range(0, len(places), self.batch):
            part = self.part.take(places[start : start + self.batch])
            yield (part.numbers, part.codes), part.target, part.weights
