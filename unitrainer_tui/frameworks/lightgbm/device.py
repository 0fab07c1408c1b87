"""Which device LightGBM trains on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import lightgbm
import numpy as np


def choose(gpus: int, works: Callable[[str], bool] | None = None) -> tuple[str, str | None]:
    """("cuda", "gpu" (OpenCL) or "cpu", a line about it or None).

    What the build and the machine can do is found out by a tiny training: LightGBM has no other way to ask.
    """
    if gpus < 1:
        return "cpu", None
    for device in ("cuda", "gpu"):
        if (works or trains_on)(device):
            return device, "LightGBM trains on one GPU; the others stay idle." if gpus > 1 else None
    return "cpu", "LightGBM cannot use the GPU of this machine with this build: training on the CPU."


def trains_on(device: str) -> bool:
    rows = np.arange(200.0).reshape(100, 2)
    params = {"device_type": device, "verbosity": -1, "min_data_in_leaf": 1, "num_leaves": 3}
    with _without_stderr():
        try:
            lightgbm.train(params, lightgbm.Dataset(rows, rows[:, 0], params=params), 1)
        except lightgbm.basic.LightGBMError:
            return False
    return True


@contextmanager
def _without_stderr() -> Iterator[None]:
    """LightGBM's core writes why it fails to the stream itself, past Python: it would look like a failed run."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
