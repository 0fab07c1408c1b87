"""`unitrainer-tui stop`: abort; returns when everything is proven gone."""

from __future__ import annotations

import asyncio
import sys

import click


@click.command("stop")
@click.argument("run")
@click.option("--rescue/--no-rescue", default=True, help="Bring home what exists first (default).")
def command(run: str, rescue: bool) -> None:
    """Abort RUN (an id, a unique prefix, or last), give the machine back. 0 when all is gone, 3 when it is not."""
    from unitrainer_tui.client import Client

    client = Client()
    found = client.find(run)
    profile = client.profile_of(found)
    # The supervisor itself reports after cleanup_report_s; this bound is for one that says nothing at all.
    bound = profile.timing.cleanup_report_s + profile.limits.rescue_minutes * 60 + profile.timing.api_timeout_s + 60
    outcome = asyncio.run(client.stop(found, rescue=rescue, report_after=bound))
    if outcome.released:
        click.echo(f"Run {found} is over; everything is given back.", err=True)
        sys.exit(0)
    held = ", ".join(outcome.remaining) or "nobody answers"
    click.echo(f"unitrainer-tui: STILL THERE: {held}. The supervisor goes on giving it back.", err=True)
    sys.exit(3)
