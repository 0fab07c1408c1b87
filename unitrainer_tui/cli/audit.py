"""`unitrainer-tui audit`: what the cloud holds against our ledger."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys

import click


@click.command("audit")
@click.argument("profile", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(profile: str | None, as_json: bool) -> None:
    """List everything in the project of PROFILE (or of all past runs) and whose it is. 3 when something is orphaned."""
    from unitrainer_tui.cli.cloud_of import profiles_to_ask
    from unitrainer_tui.client import Client
    from unitrainer_tui.errors import CloudError
    from unitrainer_tui.supervisor.audit import audit
    from unitrainer_tui.text import safe

    client = Client()
    orphaned = unanswered = False
    for known in profiles_to_ask(client, profile):
        place = f"{known.cloud.project or 'demo'}/{known.cloud.region or 'loopback'}"
        try:
            holdings = asyncio.run(audit(known, client.paths))
        except CloudError as problem:
            # One project that is closed to us must not hide what the others hold.
            click.echo(f"unitrainer-tui: {safe(f'{place}: {problem.sentence()}')}", err=True)
            unanswered = True
            continue
        orphaned |= any(holding.owner in ("orphan", "suspect") for holding in holdings)
        for holding in holdings:
            if as_json:
                click.echo(json.dumps({"project": place, **dataclasses.asdict(holding)}))
            else:
                run = f" run {holding.run}" if holding.run else ""
                until = f", until {holding.deadline}" if holding.deadline else ""
                row = f"{holding.owner:18} {holding.resource:10} {holding.name}  {holding.status}{run}{until}"
                click.echo(safe(row))
        if not as_json:
            ours = sum(holding.owner != "foreign" for holding in holdings)
            click.echo(safe(f"{place}: {len(holdings)} resources, {ours} of this program."), err=True)
    sys.exit(3 if orphaned else 1 if unanswered else 0)
