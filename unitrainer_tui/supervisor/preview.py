"""What a run would rent and cost, found without launching anything: `--dry-run`, the question before the launch,
`prices`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from unitrainer_tui.clock import SystemClock
from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.policy import end_words, guard_words
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.frameworks.registry import spec_of
from unitrainer_tui.pipeline.check import Plan, check_cloud
from unitrainer_tui.ports import Offer
from unitrainer_tui.runs.forecast import Forecast, forecast
from unitrainer_tui.runs.history import past_runs
from unitrainer_tui.runs.work import Work
from unitrainer_tui.supervisor.build import open_cloud
from unitrainer_tui.supervisor.data import LocalData
from unitrainer_tui.supervisor.recover import run_directories


@dataclass(frozen=True)
class Preview:
    """`usd_per_hour` of each flavor that would be tried, in order, for all `nodes` machines together; `dataset_bytes`
    that would be sent to each."""

    usd_per_hour: dict[str, float]
    dataset_bytes: int
    warnings: tuple[str, ...]
    nodes: int = 1
    forecast: Forecast | None = None
    end: str = ""
    guard: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "nodes": self.nodes,
            "usd_per_hour": self.usd_per_hour,
            "dataset_bytes": self.dataset_bytes,
            "warnings": list(self.warnings),
            "end": self.end,
            "guard": self.guard,
            "estimate": self.forecast.as_dict() if self.forecast is not None else None,
        }


async def preview(profile: Profile, where: Paths) -> Preview:
    """Runs the whole check. Raises as the check does."""
    spec_of(profile)
    cloud, profile = await open_cloud(profile, where)
    try:
        data = LocalData(profile)
        size, warnings = await data.check()
        plan = await check_cloud(profile, cloud, SystemClock()) if cloud is not None else Plan({})
        prices = _of_all(profile, plan.prices)
        told = None if data.work is None else await forecast_of(profile, data.work, prices, where)
        return Preview(
            prices,
            size,
            (*warnings, *plan.warnings),
            profile.cloud.nodes,
            told,
            end_words(profile),
            guard_words(profile),
        )
    finally:
        if cloud is not None:
            await cloud.close()


async def forecast_of(profile: Profile, work: Work, prices: Mapping[str, float], where: Paths) -> Forecast:
    """How long it will take and what it will cost, with the first flavor that has a price. `prices` are
    dollars an hour of all machines together."""
    flavor, price = next(iter(prices.items()), (work.flavor, 0.0))
    past = await asyncio.to_thread(lambda: past_runs(run_directories(where)))
    return forecast(
        replace(work, flavor=flavor),
        past,
        usd_per_hour=price,
        gpus=profile.gpus_needed(flavor),
        minimum_hours=profile.limits.minimum_charge_hours,
    )


async def prices(profile: Profile, where: Paths) -> dict[str, float]:
    """Dollars an hour of each flavor that the run would try, in order, for all its machines together. Raises as the
    check does; reads no dataset."""
    cloud, profile = await open_cloud(profile, where)
    if cloud is None:
        return {}
    try:
        return _of_all(profile, (await check_cloud(profile, cloud, SystemClock())).prices)
    finally:
        await cloud.close()


def _of_all(profile: Profile, prices: dict[str, float]) -> dict[str, float]:
    return {flavor: price * profile.cloud.nodes for flavor, price in prices.items()}


async def offers(profile: Profile, where: Paths) -> list[Offer]:
    """What the profile's cloud sells now, with the stock of the profile's own flavors. Raises CloudError."""
    cloud, profile = await open_cloud(profile, where)
    if cloud is None:
        return []
    try:
        found = await cloud.offers()
        wanted = profile.cloud.flavors
        return [replace(one, stock=await cloud.stock(one.flavor)) if one.flavor in wanted else one for one in found]
    finally:
        await cloud.close()


def describe(profile: Profile, found: Preview) -> str:
    """The review in words: what is rented, what it costs, where it ends."""
    cloud, limits, training = profile.cloud, profile.limits, profile.training
    if cloud.provider == "host":
        lines = [f"Trains on your own machine {cloud.address}: nothing is rented, nothing is terminated."]
    else:
        several = f"{found.nodes} × " if found.nodes > 1 else ""
        prices = " or ".join(f"{several}{flavor} at ${price:.2f}/h" for flavor, price in found.usd_per_hour.items())
        where = f"{cloud.region or 'loopback'} (project {cloud.project or 'demo'}, {cloud.provider})"
        lines = [f"Rents {prices} in {where}, image {cloud.image or 'CPU-Ubuntu.22.04'}."]
    epochs = f", {training.epochs} epochs" if training.framework != "custom" else ""
    lines.append(
        f"Trains {training.framework} {training.model or ''}{epochs}; sends {found.dataset_bytes / 1e6:.1f} MB."
    )
    if found.forecast is not None:
        lines += forecast_lines(found.forecast)
    budget = f", or at ${limits.budget_usd:.2f}" if limits.budget_usd else ""
    given_back = "the machine is" if found.nodes == 1 else "all machines are"
    lines.append(f"Ends after {limits.max_hours:g} h at the latest{budget}; {given_back} given back whatever happens.")
    lines.append(f"The end: {end_words(profile)}.")
    lines.append(f"Guard: {guard_words(profile)}.")
    if limits.minimum_charge_hours:
        lines.append(f"The provider charges at least {limits.minimum_charge_hours:g} h.")
    lines += [f"Warning: {warning}" for warning in found.warnings]
    return "\n".join(lines)


def forecast_lines(told: Forecast) -> list[str]:
    """The forecast in words, a line for the whole and one for what it rests on."""
    parts = [f"{stage} {_span(span.low)}–{_span(span.high)} ({span.source})" for stage, span in told.stages.items()]
    lines = [f"Estimated: {'; '.join(parts)}."]
    if told.seconds is None:
        lines.append("How long training takes is not known yet; it is learned from your runs.")
    else:
        low, high = told.seconds
        cost = f", ${told.usd[0]:.2f}–${told.usd[1]:.2f}" if told.usd is not None else ""
        lines.append(f"In all {_span(low)}–{_span(high)}{cost}.")
    return lines


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
