"""Which device XGBoost trains on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xgboost


def choose(
    gpus: int,
    build: Callable[[], Mapping[str, Any]] = xgboost.build_info,
    works: Callable[[], bool] | None = None,
) -> tuple[str, str | None]:
    """("cuda" or "cpu", a line about it or None). A GPU needs a build that has CUDA and a driver that runs it; a tiny
    training tells the latter (XGBoost itself falls back to the CPU without a word)."""
    if gpus < 1:
        return "cpu", None
    if not build().get("USE_CUDA"):
        return "cpu", "This build of XGBoost has no CUDA: training on the CPU."
    if not (works or cuda_works)():
        return "cpu", "XGBoost cannot use the GPU of this machine: training on the CPU."
    return "cuda", "XGBoost trains on one GPU; the others stay idle." if gpus > 1 else None


def cuda_works() -> bool:
    """One round on a few rows, and what it truly ran on."""
    import json

    rows = xgboost.DMatrix(np.arange(8.0).reshape(4, 2), np.arange(4.0))
    try:
        tiny = xgboost.train({"device": "cuda", "verbosity": 0}, rows, 1)
        return str(json.loads(tiny.save_config())["learner"]["generic_param"]["device"]).startswith("cuda")
    except (xgboost.core.XGBoostError, KeyError):
        return False
