"""What a cloud offers to somebody who is still choosing: projects, regions, images, flavors with price and stock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.profile import CloudSection, Profile, TrainingSection
from unitrainer_tui.errors import CloudError
from unitrainer_tui.ports import Offer

Answer = TypeVar("Answer")

MOST_STOCK_QUESTIONS = 12
"""One request each: the cheapest so many flavors, beside those that the profile names."""


@dataclass(frozen=True)
class Market:
    """`problem` is the first thing that the cloud refused to tell, as a sentence; what it told all the same is here."""

    projects: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    problem: str = ""


async def market(section: CloudSection, where: Paths) -> Market:
    """Asks the cloud of a section that may be unfinished. Raises SecretProblem where there is no API key."""
    # Imported here: the form that shows a market needs no library of a cloud.
    from unitrainer_tui.supervisor.build import open_cloud

    asking = Profile(
        training=TrainingSection(framework="custom", command="true"), cloud=CloudSection(provider="sandbox")
    )
    cloud, profile = await open_cloud(asking.model_copy(update={"cloud": section}), where)
    if cloud is None:
        return Market()
    problems: list[str] = []

    async def ask(question: Callable[[], Awaitable[list[Answer]]]) -> tuple[Answer, ...]:
        try:
            return tuple(await question())
        except CloudError as problem:
            problems.append(problem.sentence())
            return ()

    try:
        projects = await ask(cloud.projects)
        known = bool(profile.cloud.project)
        regions = await ask(cloud.regions) if known else ()
        placed = known and bool(profile.cloud.region)
        images = await ask(cloud.images) if placed else ()
        offers = await ask(cloud.offers) if placed else ()
        wanted = {*profile.cloud.flavors, *(one.flavor for one in by_price(offers)[:MOST_STOCK_QUESTIONS])}
        stocked: list[Offer] = []
        for offer in by_price(offers):
            stock = offer.stock
            if stock is None and offer.flavor in wanted:
                try:
                    stock = await cloud.stock(offer.flavor)
                except CloudError as problem:
                    problems.append(problem.sentence())
            stocked.append(replace(offer, stock=stock))
        return Market(projects, regions, images, tuple(stocked), problems[0] if problems else "")
    finally:
        await cloud.close()


def by_price(offers: tuple[Offer, ...]) -> list[Offer]:
    """The cheapest first, those without a known price last."""
    return sorted(offers, key=lambda offer: (offer.usd_per_hour is None, offer.usd_per_hour or 0.0, offer.flavor))
