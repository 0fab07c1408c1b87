"""Everything that can be found wrong before the meter starts: key, project, region, flavor, image, price, stock,
dataset, room on the local disk. Costs nothing and changes nothing."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.datasets.check import check_dataset
from unitrainer_tui.datasets.report import DatasetReport, ShouldStop
from unitrainer_tui.errors import (
    CloudError,
    CloudRefused,
    CloudThrottled,
    CloudUnauthorized,
    DatasetProblem,
    NothingLaunched,
    UsageProblem,
)
from unitrainer_tui.frameworks.registry import FrameworkSpec
from unitrainer_tui.frameworks.yolo.weights import task_of as yolo_task
from unitrainer_tui.pipeline.effects import backoff
from unitrainer_tui.ports import Clock, Cloud, Offer

T = TypeVar("T")
READ_TRIES = 4


@dataclass(frozen=True)
class Plan:
    """What the check found. `prices`: dollars an hour of each flavor worth trying, in the profile's order."""

    prices: dict[str, float]
    warnings: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = field(default=(), repr=False)
    dataset: DatasetReport | None = None


async def check_cloud(profile: Profile, cloud: Cloud, clock: Clock) -> Plan:
    """Raises UsageProblem (2) for what the profile gets wrong, NothingLaunched (1) for what the cloud cannot do now."""
    wanted = profile.cloud

    async def read(call: Callable[[], Awaitable[T]]) -> T:
        return await _read(call, clock)

    known_projects = await read(cloud.projects)
    _known("cloud.project", wanted.project, known_projects)
    try:
        _known("cloud.region", wanted.region, await read(cloud.regions))
        _known("cloud.image", wanted.image, await read(cloud.images))
        offers = await read(cloud.offers)
    except CloudRefused as refusal:
        raise NothingLaunched(refusal.message, refusal.hint) from None
    by_name = {offer.flavor: offer for offer in offers}
    for flavor in wanted.flavors:
        _known("cloud.flavor", flavor, list(by_name))
    prices: dict[str, float] = {}
    warnings: list[str] = []
    for flavor in wanted.flavors:
        offer = by_name.get(flavor)
        price = _price(profile, flavor, offer)
        if offer is not None and offer.images and wanted.image and wanted.image not in offer.images:
            raise UsageProblem(
                f"cloud.image: {wanted.image} does not run on {flavor}.", f"It takes: {', '.join(offer.images[:8])}."
            )
        stock = offer.stock if offer is not None and offer.stock is not None else await _stock(cloud, clock, flavor)
        if stock is False:
            warnings.append(f"{flavor} is sold out now.")
        else:
            prices[flavor] = price
    if not prices:
        hint = others_on_sale(offers, wanted.flavors) or "Try again later."
        raise NothingLaunched(f"No capacity: {', '.join(wanted.flavors)} is sold out in {wanted.region}.", hint)
    return Plan(prices, tuple(warnings + _budget_warnings(profile, prices)), tuple(offers))


def others_on_sale(offers: Sequence[Offer], tried: Sequence[str]) -> str:
    """The flavors to take instead, cheapest first, with their prices; empty where there are none. What is not known to
    be sold out counts as on sale."""
    others = [offer for offer in offers if offer.flavor not in tried and offer.stock is not False]
    others.sort(key=lambda offer: (offer.usd_per_hour is None, offer.usd_per_hour or 0.0))
    named = [
        offer.flavor + (f" at ${offer.usd_per_hour:.2f}/h" if offer.usd_per_hour is not None else "")
        for offer in others
    ]
    return f"Others on sale: {', '.join(named[:6])}." if named else ""


def check_data(profile: Profile) -> DatasetReport | None:
    """The dataset as the framework will meet it. Raises DatasetProblem with every fault found. Blocks: use a thread."""
    report = look_at_data(profile)
    if report is not None and report.faults:
        more = f" (and {len(report.faults) - 1} more)" if len(report.faults) > 1 else ""
        raise DatasetProblem(f"The dataset does not hold: {report.faults[0]}{more}", faults=report.faults)
    return report


def look_at_data(profile: Profile, should_stop: ShouldStop | None = None) -> DatasetReport | None:
    """The same with the faults in the report. Raises DatasetProblem where there must be a dataset and is none, Stopped
    once `should_stop` says so."""
    path = profile.dataset.path
    if path is None:
        if profile.training.framework == "custom":
            return None  # a command of the user's may need no data
        raise DatasetProblem(
            "There is no dataset: dataset.path is missing.", "Say it in the profile or with --dataset."
        )
    dataset, classes = profile.dataset, profile.training.options.get("nc")
    return check_dataset(
        path,
        profile.training.framework,
        task=_task(profile),
        target=dataset.target,
        weight=dataset.weight,
        categorical=dataset.categorical,
        group=dataset.group,
        background=dataset.background,
        classes=classes if isinstance(classes, int) and not isinstance(classes, bool) else None,
        follow_outside=dataset.follow_outside,
        should_stop=should_stop,
    )


def _task(profile: Profile) -> str | None:
    """What the training script will take for its task, as far as the profile decides it."""
    training = profile.training
    said, objective = training.options.get("task"), training.options.get("objective")
    if training.framework == "yolo":
        return yolo_task(training.model or "yolo11n", said if isinstance(said, str) else None)
    if isinstance(said, str):
        return said
    # rank:ndcg and its kind of XGBoost, lambdarank and rank_xendcg of LightGBM
    if isinstance(objective, str) and objective.startswith(("rank", "lambdarank")):
        return "ranking"
    return None


def check_room(profile: Profile, framework: FrameworkSpec, free_bytes: int) -> None:
    """Room here for the estimated model and `limits.free_mb`."""
    needed = int((framework.typical_model_mb + profile.limits.free_mb) * 1e6)
    if free_bytes < needed:
        raise UsageProblem(
            f"There is no room for the model: {free_bytes / 1e6:.0f} MB free, {needed / 1e6:.0f} MB needed "
            f"(the model and limits.free_mb = {profile.limits.free_mb:g}).",
            "Free some space, or set output.models_dir to another disk.",
        )


def _known(key: str, value: str | None, known: Sequence[str]) -> None:
    """An empty list proves nothing (an API that does not tell); else the value must be on it."""
    if not value or not known or value in known:
        return
    near = difflib.get_close_matches(value, known, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}?" if near else f"The cloud knows: {', '.join(known[:8])}."
    raise UsageProblem(f"{key}: the cloud does not know {value!r}.", hint)


def _price(profile: Profile, flavor: str, offer: Offer | None) -> float:
    """The higher of what the cloud and the profile say."""
    stated = profile.limits.usd_per_hour
    told = offer.usd_per_hour if offer is not None else None
    if told is None and stated is None:
        raise UsageProblem(
            f"The price of {flavor} is unknown, so its cost cannot be watched.",
            "State it as limits.usd_per_hour in the profile.",
        )
    return max(price for price in (told, stated) if price is not None)


async def _stock(cloud: Cloud, clock: Clock, flavor: str) -> bool | None:
    """None (unknown) where the cloud does not tell: only the launch call then shows."""
    try:
        return await cloud.stock(flavor)
    except CloudError:
        return None


def _budget_warnings(profile: Profile, prices: dict[str, float]) -> list[str]:
    budget = profile.limits.budget_usd
    if budget is None:
        return []
    minimum, nodes = max(profile.limits.minimum_charge_hours, 0.25), profile.cloud.nodes
    several = f"{nodes} × " if nodes > 1 else ""
    return [
        f"limits.budget_usd (${budget:.2f}) buys {budget / price * 60:.0f} minutes of {several}{flavor} "
        f"at ${price:.2f}/h."
        for flavor, price in ((flavor, price * nodes) for flavor, price in prices.items())
        if price > 0 and budget < price * minimum
    ]


async def _read(call: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """Reading is free: an unclear answer is asked again a few times."""
    for attempt in range(1, READ_TRIES + 1):
        try:
            return await call()
        except CloudUnauthorized as refusal:
            raise UsageProblem(refusal.message, refusal.hint) from None
        except CloudThrottled as throttled:
            if attempt == READ_TRIES:
                raise NothingLaunched(throttled.message, "Try again in some minutes.") from None
            await clock.sleep(min(throttled.retry_after or backoff(attempt), 30.0))
        except CloudRefused:
            raise
        except CloudError as problem:
            if attempt == READ_TRIES:
                raise NothingLaunched(problem.message, problem.hint) from None
            await clock.sleep(backoff(attempt))
    raise AssertionError  # the loop returns or raises
