"""The Hugging Face Trainer's printed dicts: `{'loss': 0.5, 'epoch': 1.0}`, in 5.x with its numbers as strings."""

from __future__ import annotations

import math
import re

from unitrainer_tui.progress.facts import NOTHING, Fact, Found, Kind
from unitrainer_tui.progress.values import looks_like_metric, metric_name, number

_DICT = re.compile(r"\{('[A-Za-z_][^{}]{0,4000})\}")
_ITEM = re.compile(r"'([A-Za-z_][\w./@ -]{0,100})':\s*'?([^',}]{1,40})'?(?=\s*(?:,|$))")
# RT-DETR below each evaluation: "best_stat: {'epoch': 0, 'coco_eval_bbox': 0.4}"
_BEST = re.compile(r"(?<![a-z])best(?![a-z])", re.IGNORECASE)
_TOTAL = re.compile(r"Num Epochs\s*=\s*([\d,]{1,11})(?![\d,])")
_SPEED = re.compile(
    r"_runtime$|_per_second$|^global_step$|^step$|^iter(?:ation)?$|^batch(?:_idx)?$|^num_input_tokens_seen$"
)
# What Lightning's test() and validate() return, printed: "[{'loss': 1.05}]"
_RETURNED = re.compile(r"^\s*\[\{'[^{}]*\}(?:, \{'[^{}]*\})*\]\s*$")
# The Trainer rounds the epoch that it prints, to two places in older versions.
_ROUNDING = 0.006
# The Trainer prints 1.0, or '1' since 5.x; a loop of one's own prints 1, and may count from 0.
_BY_HAND = re.compile(r"'epoch':\s*\d+\s*(?:,|$)", re.IGNORECASE)
_EXACT = re.compile(r"'epoch':\s*'?\d+\.\d{3}")  # 1.002 is a step of the next one


def recognise(line: str) -> Found:
    """A dict with an `epoch`. The epoch is a fraction: 0.5 lies within the first epoch, 1.0 ends it."""
    if match := _TOTAL.search(line):
        return Fact(Kind.TOTAL, total=int(match[1].replace(",", "") or 0))
    match = _DICT.search(line)
    if match is None:
        return None
    if _RETURNED.match(line) and "epoch'" not in line:
        return NOTHING
    if "best" in line and _BEST.search(line, 0, match.start()):
        return NOTHING
    if "epoch'" not in (low := match[1].lower()) or ("'epoch'" not in low and "'train/epoch'" not in low):
        return _step(match[1]) if "step'" in match[1] or "'iter" in match[1] else None
    items = {name: value for name, text in _ITEM.findall(match[1]) if (value := number(text)) is not None}
    epoch = items.pop("epoch", items.pop("Epoch", items.pop("train/epoch", None)))
    exact = _EXACT.search(match[1]) is not None
    if epoch is None or not 0 <= epoch < 1e9:
        return NOTHING
    if "train_runtime" in items:
        # The whole training's mean: an epoch's value only where nothing else was told.
        whole = {"train_loss": items["train_loss"]} if "train_loss" in items else {}
        return Fact(Kind.END, math.ceil(epoch - _ROUNDING), metrics=whole, base=1)
    if not items:
        return NOTHING
    metrics = {metric_name(name): value for name, value in items.items() if not _SPEED.search(name)}
    if not metrics:
        return NOTHING
    if _BY_HAND.search(match[1]):
        return Fact(Kind.VALUES, int(epoch), metrics=metrics)
    nearest = round(epoch)
    if nearest >= 1 and abs(epoch - nearest) <= _ROUNDING and not (exact and epoch > nearest):
        return Fact(Kind.VALUES, nearest, metrics=metrics, base=1)
    return Fact(Kind.STEP, math.floor(epoch) + 1, metrics=metrics, base=1, within=epoch - math.floor(epoch))


def _step(text: str) -> Found:
    """`{'step': 100, 'loss': 0.5}`: of a log that may have no epochs."""
    items = {name: value for name, told in _ITEM.findall(text) if (value := number(told)) is not None}
    step = next((items.pop(name) for name in ("step", "global_step", "iter", "iteration") if name in items), None)
    metrics = {metric_name(name): value for name, value in items.items() if not _SPEED.search(name)}
    if step is None or not 0 <= step < 1e9 or not step.is_integer() or not any(map(looks_like_metric, metrics)):
        return None
    return Fact(Kind.VALUES, int(step), metrics=metrics, iteration=True, held=True)
