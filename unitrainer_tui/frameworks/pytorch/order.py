"""Which process sees which sample when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch.utils.data import DistributedSampler, Sampler


class Order(Sampler[tuple[int, int]]):  # type: ignore[misc]
    """(epoch, position) of the samples of one process.

    Training: PyTorch's DistributedSampler, which shuffles by seed and epoch and deals the samples out in turn, so that
    the batches of all processes together hold the same samples as the batch of one. Validation: every sample once, in
    order, dealt out in turn; one process may have one more than another.
    """

    def __init__(self, count: int, rank: int, world: int, seed: int, *, training: bool) -> None:
        self.count, self.rank, self.world, self.epoch = count, rank, world, 0
        self.dealt: DistributedSampler[Any] | None = None
        if training:
            self.dealt = DistributedSampler(range(count), world, rank, shuffle=True, seed=seed)

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch
        if self.dealt is not None:
            self.dealt.set_epoch(epoch)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        places = iter(self.dealt) if self.dealt is not None else range(self.rank, self.count, self.world)
        return ((self.epoch, place) for place in places)

    def __len__(self) -> int:
        if self.dealt is not None:
            return len(self.dealt)
        return len(range(self.rank, self.count, self.world))
