"""`unitrainer-tui reap`: give back what is ours and orphaned."""

from __future__ import annotations

import asyncio
import sys

import click


@click.command("reap")
@click.argument("profile", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(profile: str | None, yes: bool) -> None:
    """Terminate machines and remove keys of this installation that belong to no open run."""
    from unitrainer_tui.cli.cloud_of import profiles_to_ask
    from unitrainer_tui.client import Client
    from unitrainer_tui.errors import UsageProblem
    from unitrainer_tui.supervisor.audit import audit, reap
    from unitrainer_tui.text import safe

    client = Client()
    left = False
    for known in profiles_to_ask(client, profile):
        holdings = asyncio.run(audit(known, client.paths))
        orphans = [one for one in holdings if one.owner == "orphan" and one.resource != "public_ip"]
        addresses = [one for one in holdings if one.owner in ("orphan", "suspect") and one.resource == "public_ip"]
        for holding in [*orphans, *addresses]:
            click.echo(safe(f"{holding.owner}: {holding.resource} {holding.name} {holding.status}"), err=True)
        for address in addresses:
            click.echo(safe(f"{address.name} bears no name of ours: release it in the console."), err=True)
            left = True
        if not orphans:
            continue
        if not yes:
            if not (sys.stdin.isatty() and sys.stderr.isatty()):
                raise UsageProblem("Nobody can be asked here.", "Say --yes to agree beforehand.")
            if not click.confirm(f"Give back {len(orphans)} resources?", default=False, err=True):
                raise click.Abort
        swept = asyncio.run(reap(known, client.paths, orphans))
        for words in swept.told:
            click.echo(safe(words), err=True)
        left |= bool(swept.remaining)
    if not left:
        click.echo("Nothing of ours is orphaned.", err=True)
    sys.exit(3 if left else 0)
