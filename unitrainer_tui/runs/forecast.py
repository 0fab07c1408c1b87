"""How long a run will take and what it will cost: from this user's own past runs where there are any, else from the
founding document's estimates and a short benchmark table. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from unitrainer_tui.runs import benchmarks
from unitrainer_tui.runs.estimates import ESTIMATES
from unitrainer_tui.runs.history import PastRun
from unitrainer_tui.runs.work import Work

# What an unknown line is taken to carry, bytes a second: 16 and 100 Mbit/s.
ASSUMED_RATES = (2e6, 12.5e6)
# Own measurements are given this much room either way: machines and lines differ from day to day.
ROOM = 1.3
NEWEST = 10
PAID = ("launch", "address", "connect", "setup", "upload", "train", "download", "cleanup")


@dataclass(frozen=True)
class Span:
    """Seconds, from and to, and where that comes from, in words."""

    low: float
    high: float
    source: str


@dataclass(frozen=True)
class Forecast:
    """`stages` in their order; train is missing where nothing is known of it. `usd` of the whole run, from and to; None
    where the training time or the price is unknown."""

    stages: dict[str, Span]
    usd: tuple[float, float] | None

    @property
    def seconds(self) -> tuple[float, float] | None:
        """Of the time that is paid for. Setup and upload run side by side."""
        if "train" not in self.stages:
            return None
        low = high = 0.0
        for stage, span in self.stages.items():
            if stage not in ("setup", "upload"):
                low, high = low + span.low, high + span.high
        beside = [self.stages[stage] for stage in ("setup", "upload") if stage in self.stages]
        return low + max(span.low for span in beside), high + max(span.high for span in beside)

    def as_dict(self) -> dict[str, Any]:
        return {
            "stages": {stage: [round(span.low, 1), round(span.high, 1)] for stage, span in self.stages.items()},
            "sources": {stage: span.source for stage, span in self.stages.items()},
            "usd": None if self.usd is None else [round(self.usd[0], 2), round(self.usd[1], 2)],
        }


def forecast(work: Work, past: Sequence[PastRun], *, usd_per_hour: float, gpus: int, minimum_hours: float) -> Forecast:
    """`past` with the newest first; `usd_per_hour` of all machines together."""
    same_cloud = [one for one in past if one.work.provider == work.provider]
    stages: dict[str, Span] = {}
    for stage in PAID:
        span = _span(stage, work, same_cloud, gpus)
        if span is not None and not (work.provider == "host" and stage in ("launch", "address")):
            stages[stage] = span
    seconds = Forecast(stages, None).seconds
    if seconds is None:
        return Forecast(stages, None)
    low, high = (usd_per_hour * max(each / 3600, minimum_hours) for each in seconds)
    return Forecast(stages, (low, high))


def _span(stage: str, work: Work, past: Sequence[PastRun], gpus: int) -> Span | None:
    match stage:
        case "train":
            return _train(work, past, gpus)
        case "upload":
            return _upload(work, past)
        case "setup" | "download":
            # What is installed and fetched depends on the framework.
            past = [one for one in past if one.work.framework == work.framework]
    taken = [one.stages[stage] for one in past if stage in one.stages][:NEWEST]
    if taken:
        return Span(min(taken) / ROOM, max(taken) * ROOM, _own(len(taken)))
    low, high = ESTIMATES[stage]
    return Span(low, high, "usual")


def _upload(work: Work, past: Sequence[PastRun]) -> Span:
    rates = [one.rate for one in past if one.rate > 0][:NEWEST]
    low, high = (min(rates), max(rates)) if rates else ASSUMED_RATES
    room = ROOM if rates else 1.0
    source = f"measured: {low / 1e6:.1f} MB/s" if rates else "assumed: 16 to 100 Mbit/s"
    if rates and high > low * 1.05:
        source = f"measured: {low / 1e6:.1f} to {high / 1e6:.1f} MB/s"
    return Span(work.dataset_bytes / high / room, work.dataset_bytes / low * room + 1.0, source)


def _train(work: Work, past: Sequence[PastRun], gpus: int) -> Span | None:
    """The newest run of the same framework, model and machine tells the pace, scaled by how much an epoch is."""
    for one in past:
        same = (one.work.framework, one.work.model, one.flavor, one.work.nodes) == (
            work.framework,
            work.model,
            work.flavor,
            work.nodes,
        )
        if same and one.epoch_seconds > 0 and (work.samples > 0) == (one.work.samples > 0):
            scale = work.per_epoch / one.work.per_epoch if work.samples and one.work.per_epoch else 1.0
            seconds = one.start_seconds + one.epoch_seconds * scale * work.epochs
            return Span(seconds / ROOM, seconds * ROOM, f"your run {one.run}")
    each = benchmarks.epoch_seconds(work, gpus)
    if each is None:
        return None
    whole = each * work.epochs
    return Span(whole / benchmarks.FACTOR, whole * benchmarks.FACTOR + 10.0, "a rough table")


def _own(runs: int) -> str:
    return "your last run" if runs == 1 else f"your last {runs} runs"
