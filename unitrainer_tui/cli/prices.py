"""`unitrainer-tui prices`: what the profile's cloud sells now, and for how much."""

from __future__ import annotations

import asyncio
import json

import click


@click.command("prices")
@click.argument("profile")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(profile: str, as_json: bool) -> None:
    """List the flavors of PROFILE's cloud with price and stock, cheapest first."""
    from unitrainer_tui.cli.options import profile_path
    from unitrainer_tui.config.paths import paths
    from unitrainer_tui.config.profile import load_profile
    from unitrainer_tui.supervisor.preview import offers
    from unitrainer_tui.text import safe

    where = paths()
    known = load_profile(profile_path(profile, where))
    found = sorted(
        asyncio.run(offers(known, where)), key=lambda offer: (offer.usd_per_hour is None, offer.usd_per_hour)
    )
    for offer in found:
        price = f"${offer.usd_per_hour:.2f}/h" if offer.usd_per_hour is not None else "price unknown"
        stock = {True: "in stock", False: "sold out", None: "stock unknown"}[offer.stock]
        if as_json:
            row = {"flavor": offer.flavor, "usd_per_hour": offer.usd_per_hour, "stock": offer.stock}
            click.echo(json.dumps(row))
        else:
            chosen = "*" if offer.flavor in known.cloud.flavors else " "
            click.echo(safe(f"{chosen} {offer.flavor:16} {price:>14}  {stock}"))
