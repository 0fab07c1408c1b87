"""One epoch of training and one of validation, in half precision where that is wanted, over all processes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.pytorch import schedule
    from unitrainer_tui.frameworks.pytorch.data import Data
    from unitrainer_tui.frameworks.pytorch.options import Options
    from unitrainer_tui.frameworks.pytorch.ranks import Ranks
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    import schedule
    from job import Refused


def half_precision(wanted: bool | str | None, device: str, bf16: Callable[[], bool]) -> torch.dtype | None:
    """The type of autocast, None for full precision. `bf16()` says whether the GPU computes in it. Raises Refused."""
    if device == "cpu":
        if wanted == "fp16":
            raise Refused("options.amp is fp16, which only GPUs are quick in; take bf16 or false on the CPU.")
        return torch.bfloat16 if wanted in (True, "bf16") else None
    if wanted is False:
        return None
    if wanted in (None, True):
        return torch.bfloat16 if bf16() else torch.float16
    return torch.bfloat16 if wanted == "bf16" else torch.float16


def make_optimizer(network: nn.Module, options: Options, peak: float) -> torch.optim.Optimizer:
    """Weight decay for matrices and kernels only: norms and biases are no worse for being large."""
    trained = [one for one in network.parameters() if one.requires_grad]
    groups = [
        {"params": [one for one in trained if one.ndim > 1], "weight_decay": options.weight_decay},
        {"params": [one for one in trained if one.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if options.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=peak, momentum=options.momentum, nesterov=options.momentum > 0)
    if options.optimizer == "rmsprop":
        return torch.optim.RMSprop(groups, lr=peak)
    kind = torch.optim.AdamW if options.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=peak)


class Engine:
    """A network in training. `losses` of an epoch are means over all samples of all processes."""

    def __init__(
        self, network: nn.Module, data: Data, options: Options, ranks: Ranks, *, epochs: int, seed: int, tuning: bool
    ) -> None:
        self.network, self.data, self.options, self.ranks = network.to(ranks.device), data, options, ranks
        self.epochs, self.seed = epochs, seed
        self.classify = data.about["task"] == "classification"
        self.peak = schedule.peak_rate(options.lr, options.optimizer, tuning=tuning)
        self.optimizer = make_optimizer(self.network, options, self.peak)
        self.half = half_precision(options.amp, ranks.device.type, torch.cuda.is_bf16_supported)
        self.scaler: Any = torch.amp.GradScaler(ranks.device.type, enabled=self.half is torch.float16)
        self.trained: nn.Module = self.network
        if ranks.world > 1:
            gpu = [ranks.device] if ranks.device.type == "cuda" else None
            self.trained = DistributedDataParallel(self.network, device_ids=gpu)

    def train(self, epoch: int) -> float:
        """One pass over the training part, `epoch` from 1. The mean loss.

        What is random in it depends on seed, epoch and process alone, so an epoch after a resume is as it would have
        been.
        """
        torch.manual_seed(self.seed * 1_000_003 + epoch * 1009 + self.ranks.rank)
        self.trained.train()
        feed, steps = self.data.train, len(self.data.train)
        warmup = round(self.options.warmup_epochs * steps)
        sums = torch.zeros(2, dtype=torch.float64, device=self.ranks.device)
        for number, (inputs, target, weights) in enumerate(feed.batches(epoch)):
            step = (epoch - 1) * steps + number
            now = schedule.rate(step, self.epochs * steps, self.peak, warmup, self.options.scheduler)
            for group in self.optimizer.param_groups:
                group["lr"] = now
            with self._autocast():
                each = self._losses(self.trained(*inputs), target, self.options.label_smoothing)
            loss = (each * weights).mean()
            self.optimizer.zero_grad(set_to_none=True)
            self.scaler.scale(loss).backward()
            if self.options.clip is not None:
                self.scaler.unscale_(self.optimizer)
                nn.utils.clip_grad_norm_(self.network.parameters(), self.options.clip)
            self.scaler.step(self.optimizer)
            self.scaler.update()
            sums[0] += loss.detach() * len(target)
            sums[1] += len(target)
        total, count = self.ranks.total(sums).tolist()
        return float(total / max(count, 1.0))

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def validate(self) -> dict[str, float]:
        """val_loss over the validation part; with it accuracy (and accuracy_top5 from ten classes on), or mae, rmse and
        r2 in the target's own units."""
        self.network.eval()
        sums = torch.zeros(6, dtype=torch.float64, device=self.ranks.device)
        scale = self.data.about["target"] if not self.classify else {}
        for inputs, target, weights in self.data.valid.batches(0):
            with self._autocast():
                said = self.network(*inputs)
            said, weights = said.float(), weights.double()
            sums[0] += weights.sum()
            sums[1] += (self._losses(said, target, 0.0).double() * weights).sum()
            if self.classify:
                sums[2] += ((said.argmax(1) == target) * weights).sum()
                best = said.topk(min(5, said.shape[1]), dim=1).indices
                sums[3] += ((best == target[:, None]).any(1) * weights).sum()
            else:
                truth = target.double() * scale["std"] + scale["mean"]
                wrong = (said[:, 0].double() - target.double()) * scale["std"]
                sums[2] += (wrong.abs() * weights).sum()
                sums[3] += (wrong.square() * weights).sum()
                sums[4] += (truth * weights).sum()
                sums[5] += (truth.square() * weights).sum()
        return measures(self.ranks.total(sums).tolist(), len(self.data.about["classes"]))

    def _autocast(self) -> AbstractContextManager[Any]:
        return nullcontext() if self.half is None else torch.autocast(self.ranks.device.type, dtype=self.half)

    def _losses(self, said: torch.Tensor, target: torch.Tensor, smoothing: float) -> torch.Tensor:
        """The loss of each sample, in full precision."""
        said = said.float()
        if self.classify:
            return functional.cross_entropy(said, target, reduction="none", label_smoothing=smoothing)
        return (said[:, 0] - target).square()


def measures(sums: list[float], classes: int) -> dict[str, float]:
    """From sums over all samples: weight, loss, then for classes right and right among five, for numbers |error|,
    error², truth, truth²."""
    weight = max(sums[0], 1e-12)
    told = {"val_loss": sums[1] / weight}
    if classes:
        told["accuracy"] = sums[2] / weight
        if classes >= 10:
            told["accuracy_top5"] = sums[3] / weight
        return told
    spread = sums[5] - sums[4] ** 2 / weight
    told |= {"mae": sums[2] / weight, "rmse": (sums[3] / weight) ** 0.5}
    if spread > 0:
        told["r2"] = 1 - sums[3] / spread
    return told
