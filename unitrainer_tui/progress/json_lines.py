"""JSON lines: `{"type": "progress", "data": {...}}`, the job speaking to us, and its common variations."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from unitrainer_tui.progress.facts import NOTHING, Fact, Found, Kind
from unitrainer_tui.progress.values import looks_like_metric, metric_name, number, of_validation

_TYPES = frozenset({"progress", "training_progress", "training-progress", "epoch", "epoch_end", "metrics", "train"})
_EPOCH = ("epoch", "current_epoch", "currentepoch", "epoch_num")
_STEPS = ("step", "global_step", "iter", "iteration")
_TOTAL = (
    "total_epochs",
    "totalepochs",
    "epochs",
    "num_epochs",
    "numepochs",
    "max_epochs",
    "maxepochs",
    "n_epochs",
    "total",
)
_FRACTION = ("fraction", "progress", "percent", "percentage")
# A record of one phase of the epoch, {"epoch": 1, "split": "val", "loss": 0.4}, and of a part of it.
_PHASE = ("split", "mode", "phase", "subset")
_VALIDATION_PHASES = frozenset({"val", "valid", "validation", "test", "eval", "dev"})
_NESTED_PHASES = ("train", "training", "val", "valid", "validation", "test", "eval")
_SEVERAL = frozenset({*_PHASE, "iter", "iteration", "step", "batch", "global_step"})
_SETTINGS = frozenset({"lr", "learning_rate", "batch_size", "patience", "weight_decay", "momentum"})
# Keys beside the epoch that measure nothing.
_NO_METRIC = re.compile(
    r"(?:type|kind|event|iter|step|steps|total_steps|totalsteps|global_step|iteration|iterations|batch|"
    r"batches|total_batches|eta|eta_seconds|elapsed|elapsed_seconds|time|timestamp|ts|at|"
    r"duration|epoch_time|seconds|rank|local_rank|seed|pid|run|seq|version|samples)$",
    re.IGNORECASE,
)


def recognise(line: str) -> Found:
    """A JSON object that tells of progress, also behind a log prefix. Other objects say nothing."""
    record = _object(line)
    if record is None:
        return None
    kind = record.get("type", record.get("kind", record.get("event")))
    if kind is not None and str(kind).lower() not in _TYPES:
        return NOTHING
    data = record.get("data")
    explicit = kind is not None
    fact = _fact(data if isinstance(data, Mapping) else record, explicit)
    return fact or (_step(record) if not explicit else None) or NOTHING


def _step(record: Mapping[str, Any]) -> Fact | None:
    """A record that names its step and no epoch: `{"step": 100, "loss": 0.5}`."""
    step = next((value for key in _STEPS if (value := _number(record.get(key))) is not None), None)
    if step is None or "epoch" in record or not 0 <= step < 1e9 or not step.is_integer():
        return None
    metrics = _metrics(record)
    if not any(map(looks_like_metric, metrics)):
        return None
    return Fact(Kind.VALUES, int(step), metrics=metrics, iteration=True, held=True)


def message(line: str) -> str | None:
    """The text inside a structured log record, which may be a line that another recogniser knows."""
    record = _object(line)
    if record is not None and "epoch" not in record:
        for key in ("message", "msg", "log", "text"):
            if isinstance(text := record.get(key), str):
                return text
    return None


def _object(line: str) -> Mapping[str, Any] | None:
    begin = line.find('{"')
    if begin < 0:
        begin = line.find('{ "')
    if begin < 0:
        return None
    try:
        record, _ = json.JSONDecoder().raw_decode(line, begin)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, Mapping) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return None
    return number(value) if isinstance(value, str) and len(value) < 40 else None


def _fact(data: Mapping[str, Any], explicit: bool) -> Fact | None:
    known = {str(key).lower(): value for key, value in data.items()}
    epoch = next((value for key in _EPOCH if (value := _number(known.get(key))) is not None), None)
    total = next((value for key in _TOTAL if (value := _number(known.get(key))) is not None), None)
    fraction = next((value for key in _FRACTION if (value := _number(known.get(key))) is not None), None)
    if epoch is None or not 0 <= epoch < 1e9:
        return None
    if fraction is not None:
        fraction = fraction / 100 if fraction > 1 else fraction
        fraction = fraction if 0 <= fraction <= 1 else None
    metrics = _metrics(data)
    if any(str(known.get(key)).lower() in _VALIDATION_PHASES for key in _PHASE):
        metrics = of_validation(metrics)
    several = not explicit and not known.keys().isdisjoint(_SEVERAL)
    count = int(total) if total is not None and 0 < total < 1e9 else None
    if not explicit and not metrics.keys() - _SETTINGS:
        return None  # nothing, or what a configuration holds as well
    whole_epoch = float(epoch).is_integer()
    number_of_epoch = int(epoch) if whole_epoch else int(epoch) + 1
    if epoch == 0 and not metrics:
        return Fact(Kind.TOTAL, total=count, explicit=explicit)
    within = None
    kind = Kind.VALUES
    if not whole_epoch:
        kind, within = Kind.STEP, epoch - int(epoch)
    elif fraction is not None and count and 0 < epoch <= count and fraction < (epoch / count) - 1e-3:
        # The job says where it is inside the epoch, unless it counts from 0: then this is the end of the one before.
        kind, within = Kind.STEP, max(0.0, fraction * count - (epoch - 1))
    return Fact(
        kind, number_of_epoch, count, metrics, overall=fraction, within=within, explicit=explicit,
        whole=kind is Kind.VALUES and not several and (explicit or bool(metrics)),
        total_is_last=False, base=None if whole_epoch else 1,
    )  # fmt: skip


def _metrics(data: Mapping[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    reserved = {*_EPOCH, *_TOTAL, *_FRACTION}
    for key, value in data.items():
        if _NO_METRIC.match(str(key)) or str(key).lower() in reserved:
            continue
        if (plain := _number(value)) is not None:
            found[metric_name(str(key))] = plain
    for phase in _NESTED_PHASES:
        if isinstance(part := data.get(phase), Mapping):
            for key, value in part.items():
                if not _NO_METRIC.match(str(key)) and (plain := _number(value)) is not None:
                    found[metric_name(f"{phase}/{key}")] = plain
    nested = data.get("metrics")
    if isinstance(nested, Mapping):
        for key, value in nested.items():
            if isinstance(value, Mapping):
                for inner, plain_value in value.items():
                    if (plain := _number(plain_value)) is not None:
                        found[metric_name(f"{key}/{inner}")] = plain
            elif (plain := _number(value)) is not None:
                found[metric_name(str(key))] = plain
    return found
