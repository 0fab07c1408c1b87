"""The learning rate and the end of training, as pure functions of where the training stands."""

from __future__ import annotations

import math
from collections.abc import Sequence

PEAK = {"adamw": 1e-3, "adam": 1e-3, "rmsprop": 1e-3, "sgd": 1e-2}
# Weights that are trained already are lost at the rate that fresh ones need.
TUNING = 0.3


def peak_rate(said: float | None, optimizer: str, *, tuning: bool) -> float:
    """The highest learning rate: what the job says, else the optimizer's usual one, lower for trained weights."""
    return said if said is not None else PEAK[optimizer] * (TUNING if tuning else 1.0)


def rate(step: int, steps: int, peak: float, warmup: int, scheduler: str) -> float:
    """The learning rate of step 0 ≤ `step` < `steps`: up to `peak` over `warmup` steps, then constant or a half cosine
    down to nothing (Loshchilov and Hutter 2016, without restarts)."""
    if step < warmup:
        return peak * (step + 1) / warmup
    if scheduler == "constant":
        return peak
    part = (step - warmup) / max(1, steps - warmup)
    return peak * 0.5 * (1 + math.cos(math.pi * min(1.0, part)))


def best_epoch(losses: Sequence[float]) -> int | None:
    """The epoch, from 1, with the lowest finite loss; the first of several."""
    finite = [(loss, epoch) for epoch, loss in enumerate(losses, 1) if math.isfinite(loss)]
    return min(finite)[1] if finite else None


def worn_out(losses: Sequence[float], patience: int | None, since: int = 0) -> bool:
    """Whether `patience` epochs, all after epoch `since`, have passed without a lower loss."""
    if patience is None:
        return False
    best = max(best_epoch(losses) or 0, since)
    return len(losses) - best >= patience
