"""Toolkits with lines of their own: MMEngine, timm, the ImageNet example, nanoGPT, scikit-learn's iterations."""

from __future__ import annotations

import re

from unitrainer_tui.progress.facts import NOTHING, Fact, Found, Kind
from unitrainer_tui.progress.values import of_validation, pairs

_MMENGINE = re.compile(r"Epoch\((train|val|test)\)\s+\[\s*(\d{1,9})\]\[\s*(\d{1,9})/(\d{1,9})\]\s*(.*)$")
_TIMM = re.compile(r"^(?:.*\s)?Train: (\d{1,9}) \[\s*(\d{1,12})/\s*(\d{1,12})\s*\(\s*\d+%\)\](.*)$")
_METERS = re.compile(r"Epoch: \[\s*(\d{1,9})\]\s*\[\s*(\d{1,9})/\s*(\d{1,9})\](.*)$")
_TEST = re.compile(r"(?:^|\s)(?:Test|Val): ?\s*(?:\(\w+\): )?\[\s*(\d{1,12})/\s*(\d{1,12})\](.*)$")
_IMAGENET_END = re.compile(r"^\s*\*\s+(Acc@1.*)$")
_BATCH = re.compile(r"^\[(\d{1,9}),\s*(\d{1,9})\] (loss: .*)$")
_DCGAN = re.compile(r"^\[(\d{1,9})/(\d{1,9})\]\s?\[\s*(\d{1,9})/(\d{1,9})\]\s+([A-Za-z].*)$")
_NANOGPT = re.compile(r"^(?:iter (\d{1,9}): (loss .*)|step (\d{1,9}): (train loss .*))$")
_ITERATION = re.compile(r"^Iteration (\d{1,9}), (loss = .*)$")
_TIMES = re.compile(r"^(?:data_?time|time|data|memory|max mem|.*ms/batch|it/s|s/it)$", re.IGNORECASE)


def recognise(line: str) -> Found:
    if match := _MMENGINE.search(line):
        return _mmengine(match)
    if match := _TIMM.match(line) or _METERS.search(line):
        within = min(int(match[2]) / max(int(match[3]), 1), 1.0)
        return Fact(Kind.STEP, int(match[1]), metrics=_measured(match[4]), base=_base(line), within=within)
    if match := _TEST.search(line):
        return Fact(Kind.EXTRA, metrics=of_validation(_measured(match[3])))
    if match := _IMAGENET_END.match(line):
        return Fact(Kind.EXTRA, metrics=of_validation(pairs(match[1])))
    if match := _BATCH.match(line):
        return Fact(Kind.STEP, int(match[1]), metrics=pairs(match[3]))
    if (match := _DCGAN.match(line)) and (metrics := _measured(match[5])):
        within = min(int(match[3]) / max(int(match[4]), 1), 1.0)
        return Fact(Kind.STEP, int(match[1]), int(match[2]), metrics, within=within)
    if match := _NANOGPT.match(line):
        metrics = _measured(match[2] or match[4])
        # Iterations are numbers of steps that are done, not of epochs counted from 0: they stay as printed.
        return Fact(Kind.VALUES, int(match[1] or match[3]), metrics=metrics, base=1, iteration=True)
    if match := _ITERATION.match(line):
        return Fact(Kind.VALUES, int(match[1]), metrics=pairs(match[2]), base=1)
    return None


def _base(line: str) -> int | None:
    return 0 if "Train: " in line else None


def _measured(text: str) -> dict[str, float]:
    return {name: value for name, value in pairs(text).items() if not _TIMES.match(name)}


def _mmengine(match: re.Match[str]) -> Found:
    phase, epoch, done, total, text = match.groups()
    metrics = _measured(text)
    if phase == "train":
        return Fact(Kind.STEP, int(epoch), metrics=metrics, base=1, within=min(int(done) / max(int(total), 1), 1.0))
    if not metrics:
        return NOTHING
    named = {name if "/" in name else f"val_{name}": value for name, value in metrics.items()}
    return Fact(Kind.EXTRA, metrics=named)
