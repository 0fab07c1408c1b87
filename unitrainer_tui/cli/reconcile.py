"""`unitrainer-tui reconcile`: take over every run whose supervisor died, sweep what closed runs may have left."""

from __future__ import annotations

import asyncio
import sys

import click


@click.command("reconcile")
@click.option("--wait", "until_closed", is_flag=True, help="Wait until all runs are closed.")
def command(until_closed: bool) -> None:
    """Returns once every open run has a living owner."""
    sys.exit(asyncio.run(_reconcile(until_closed)))


async def _reconcile(until_closed: bool) -> int:
    from unitrainer_tui.client import Client
    from unitrainer_tui.supervisor.recover import just_made, revive, run_directories, wait_for_owners
    from unitrainer_tui.supervisor.sweep import sweep_closed

    client = Client()
    if coming := [directory for directory in run_directories(client.paths) if just_made(directory)]:
        await wait_for_owners(coming)
    started = await asyncio.to_thread(revive, client.paths)
    for directory in started:
        click.echo(f"run {directory.run}: a new supervisor takes over", err=True)
    alone = await wait_for_owners(started)
    for directory in alone:
        click.echo(f"run {directory.run}: no supervisor stays up; see {directory.supervisor_log}", err=True)
    found = await sweep_closed(client.paths)
    for words in found.told:
        click.echo(words, err=True)
    while until_closed and (live := [run for run in client.runs() if run.live]):
        await asyncio.sleep(0.5 if len(live) < 5 else 2.0)
    if alone or found.remaining:
        return 3
    return 0
