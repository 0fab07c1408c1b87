"""The processes that train one model together, and the device of each.

torchrun starts them and tells each its place in the environment (RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE); one
process alone needs none of it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    from job import Refused

# An epoch's validation or a large checkpoint may take one process longer than the others.
TIMEOUT = timedelta(minutes=30)


@dataclass(frozen=True)
class Ranks:
    """This process among all. `local_world` is how many of them are on this machine."""

    device: torch.device
    rank: int = 0
    world: int = 1
    local_rank: int = 0
    local_world: int = 1

    @property
    def first(self) -> bool:
        """The one that tells and writes."""
        return self.rank == 0

    def total(self, sums: torch.Tensor) -> torch.Tensor:
        """The sum over all processes, the same in each."""
        if self.world > 1:
            dist.all_reduce(sums)
        return sums

    def agree(self, value: int) -> bool:
        """Whether all processes have the same value."""
        if self.world == 1:
            return True
        extremes = torch.tensor([value, -value], device=self.device)
        dist.all_reduce(extremes, op=dist.ReduceOp.MAX)
        return int(extremes[0]) == -int(extremes[1])

    def close(self) -> None:
        if self.world > 1 and dist.is_initialized():
            dist.destroy_process_group()


def device_of(gpus: int, local_rank: int, cuda: Any = torch.cuda) -> torch.device:
    """The CPU for `gpus` = 0, else the GPU of this process. Raises Refused where PyTorch sees fewer than the job wants:
    never train on the CPU at the price of a GPU."""
    if gpus == 0:
        return torch.device("cpu")
    seen = cuda.device_count() if cuda.is_available() else 0
    if seen < gpus:
        raise Refused(
            f"The job wants {gpus} GPU{'s' if gpus > 1 else ''} and PyTorch {torch.__version__} sees {seen}; "
            "training.gpus = 0 allows the CPU."
        )
    cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)


def join(gpus: int) -> Ranks:
    """This process's place as torchrun says it, connected to the others. Raises Refused as `device_of` does."""
    world = int(os.environ.get("WORLD_SIZE") or 1)
    rank, local = int(os.environ.get("RANK") or 0), int(os.environ.get("LOCAL_RANK") or 0)
    device = device_of(gpus, local)
    if world > 1:
        # The device is not told to the group: PyTorch would connect eagerly, and a misfit should be refused before.
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=TIMEOUT)
    return Ranks(device, rank, world, local, int(os.environ.get("LOCAL_WORLD_SIZE") or 1))
