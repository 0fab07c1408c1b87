"""`unitrainer-tui resume`: take over one run whose supervisor died, and show it."""

from __future__ import annotations

import asyncio
import sys

import click


@click.command("resume")
@click.argument("run")
@click.option("--detach", is_flag=True, help="Return as soon as it has an owner.")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines.")
def command(run: str, detach: bool, as_json: bool) -> None:
    """Go on with RUN (an id, a unique prefix, or last) from its journal."""
    sys.exit(asyncio.run(_resume(run, detach=detach, as_json=as_json)))


async def _resume(run: str, *, detach: bool, as_json: bool) -> int:
    from unitrainer_tui.cli.viewing import Printer, watch
    from unitrainer_tui.client import Client
    from unitrainer_tui.errors import ResourcesRemain
    from unitrainer_tui.runs.directory import RunDirectory, is_owned
    from unitrainer_tui.supervisor.recover import needs_owner, wait_for_owners
    from unitrainer_tui.supervisor.spawn import spawn_supervisor

    client = Client()
    directory = RunDirectory(client.paths.run(client.find(run)))
    if needs_owner(client.state(directory.run)) and not is_owned(directory):
        spawn_supervisor(directory)
        if await wait_for_owners([directory]):
            raise ResourcesRemain(
                f"No supervisor of run {directory.run} stays up.", f"Its log is {directory.supervisor_log}."
            )
    if detach:
        return 0
    return await watch(client, directory.run, Printer(as_json), owns=False)
