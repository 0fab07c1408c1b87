"""The job's data: a folder of images or a table, in batches for training and for validation.

`about` is what the model's file tells of itself, plain values only: kind ("images" or "table"), task, model, classes,
dropout, hidden; of images size, mean, std, interpolation and crop; of tables columns and target (encoding.py, rows.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import DataLoader

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.pytorch import images, models, names
    from unitrainer_tui.frameworks.pytorch.options import Options
    from unitrainer_tui.frameworks.pytorch.order import Order
    from unitrainer_tui.frameworks.pytorch.ranks import Ranks
    from unitrainer_tui.frameworks.pytorch.rows import RowFeed, read_rows
    from unitrainer_tui.frameworks.shared.job import Refused
    from unitrainer_tui.frameworks.shared.table import SUFFIXES, find_table
else:  # on the host these files stand side by side
    import images
    import models
    import names
    from job import Refused
    from order import Order
    from rows import RowFeed, read_rows
    from table import SUFFIXES, find_table

DEFAULT_BATCH = 32
DEFAULT_SIZE = 64


@dataclass(frozen=True)
class Data:
    """`train` and `valid` give (inputs, target, weights) on the device; the counts are of all processes together."""

    about: dict[str, Any]
    train: Any
    valid: Any
    train_count: int
    valid_count: int


def model_of(job: dict[str, Any], dataset: Path) -> str:
    """The job's model, else mlp for a table and small-cnn for images. Raises Refused for a name that none can be."""
    model = job.get("model")
    if model is None:
        return names.DEFAULT_FOR_TABLES if is_table(dataset, job) else names.DEFAULT_FOR_IMAGES
    if model not in names.MODELS and not names.is_timm(str(model)):
        near = names.near(str(model))
        hint = f"did you mean {near!r}?" if near else f"built in are {', '.join(names.MODELS)}; all others are timm's."
        raise Refused(f"There is no model {model!r}; {hint}")
    return str(model)


def is_table(dataset: Path, job: dict[str, Any]) -> bool:
    if dataset.is_file() or (job.get("dataset") or {}).get("file"):
        return True
    if not dataset.is_dir():
        raise Refused(f"There is no dataset at {dataset}.")
    tables = any(path.suffix.lower() in SUFFIXES for path in dataset.iterdir() if path.is_file())
    return tables and not images.holds_classes(dataset)


def open_data(
    job: dict[str, Any], dataset: Path, options: Options, ranks: Ranks, earlier: dict[str, Any] | None
) -> Data:
    """`earlier` describes the run that is gone on with. Raises Refused where the model and the dataset do not belong
    together or the dataset does not hold."""
    model = model_of(job, dataset)
    batch = max(1, -(-int(job.get("batch_size") or DEFAULT_BATCH) // ranks.world))
    seed = int(job.get("seed") or 0)
    table = is_table(dataset, job)
    if table != (model in names.TABLE_MODELS):
        wants, has = ("an image model", "a table") if table else ("a model for tables", "a folder of images")
        other = names.DEFAULT_FOR_TABLES if table else names.DEFAULT_FOR_IMAGES
        raise Refused(f"{model!r} is {wants}, and the dataset {dataset.name} is {has}; take {other!r}.")
    own = {"format": 1, "model": model, "dropout": options.dropout}
    if table:
        return _table(job, dataset, options, ranks, batch, seed, own, earlier)
    if options.task not in (None, "classification"):
        raise Refused(f"options.task is {options.task!r}; folders of images are classified.")
    return _pictures(job, dataset, options, ranks, batch, seed, own)


def _table(
    job: dict[str, Any],
    dataset: Path,
    options: Options,
    ranks: Ranks,
    batch: int,
    seed: int,
    own: dict[str, Any],
    earlier: dict[str, Any] | None,
) -> Data:
    wanted = job.get("dataset") or {}
    about, train, valid = read_rows(find_table(dataset, wanted.get("file")), wanted, options.task, seed, earlier)
    about |= {**own, "hidden": list(options.hidden)}
    training = Order(len(train), ranks.rank, ranks.world, seed, training=True)
    validating = Order(len(valid), ranks.rank, ranks.world, seed, training=False)
    return Data(
        about,
        RowFeed(train, training, batch, ranks.device),
        RowFeed(valid, validating, max(batch, 1024), ranks.device),
        len(train),
        len(valid),
    )


def _pictures(
    job: dict[str, Any], dataset: Path, options: Options, ranks: Ranks, batch: int, seed: int, own: dict[str, Any]
) -> Data:
    share = float((job.get("dataset") or {}).get("validation") or 0.2)
    folder = images.read_folder(dataset, share, seed)
    wanted: dict[str, Any] = {
        "size": DEFAULT_SIZE,
        "mean": list(images.MEAN),
        "std": list(images.STD),
        "interpolation": "bilinear",
        "crop": 1.0,
    }
    if own["model"] not in names.MODELS:
        wanted = models.timm_look(own["model"])
    wanted["size"] = int(job.get("image_size") or wanted["size"])
    about = {"kind": "images", "task": "classification", "classes": list(folder.classes), **wanted, **own}
    look = images.Look(wanted["size"], wanted["crop"], wanted["interpolation"], options.augment)
    print(
        f"{len(folder.train):,} pictures train and {len(folder.valid):,} validate, {len(folder.classes)} classes "
        f"({folder.how}), {wanted['size']} × {wanted['size']} pixels.",
        flush=True,
    )
    workers = reading_workers(options.workers, ranks.local_world)
    feeds = []
    for pictures, training in ((folder.train, True), (folder.valid, False)):
        order = Order(len(pictures), ranks.rank, ranks.world, seed, training=training)
        source = images.Pictures(pictures, look, seed, training=training)
        # Small sets are read as fast by this process: starting another costs more than it brings.
        count = min(workers, -(-len(order) // batch)) if len(pictures) > 64 else 0
        feeds.append(PictureFeed(source, order, batch, count, about, ranks.device))
    return Data(about, feeds[0], feeds[1], len(folder.train), len(folder.valid))


def reading_workers(said: int | None, local_world: int) -> int:
    """Processes that read pictures for one training process: an even share of the CPUs, 8 at most."""
    if said is not None:
        return said
    try:
        cpus = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        cpus = os.cpu_count() or 1
    return min(8, max(0, cpus // local_world - 1))


class PictureFeed:
    """Batches of pictures, read by other processes while the device works."""

    def __init__(
        self,
        source: images.Pictures,
        order: Order,
        batch: int,
        workers: int,
        about: dict[str, Any],
        device: torch.device,
    ) -> None:
        self.order, self.device = order, device
        self.mean, self.std = about["mean"], about["std"]
        self.loader: Any = DataLoader(
            source,
            batch_size=batch,
            sampler=order,
            num_workers=workers,
            collate_fn=images.together,
            pin_memory=device.type == "cuda",
            persistent_workers=workers > 0,
        )

    def __len__(self) -> int:
        return len(self.loader)

    def batches(self, epoch: int) -> Iterator[tuple[Sequence[torch.Tensor], torch.Tensor, torch.Tensor]]:
        """(inputs, target, weights) of one epoch. Raises Refused for a picture that cannot be read."""
        self.order.set_epoch(epoch)
        for batch in self.loader:
            if isinstance(batch, str):
                raise Refused(batch)
            pixels, labels = (one.to(self.device, non_blocking=True) for one in batch)
            ones = torch.ones(len(labels), device=self.device)
            yield (images.as_numbers(pixels, self.mean, self.std),), labels, ones
