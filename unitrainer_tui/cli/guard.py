"""`unitrainer-tui guard`: a second guard on any other machine."""

from __future__ import annotations

import asyncio
import signal
import sys

import click


@click.command("guard")
@click.argument("profile")
@click.option("--install", metavar="ID", help="Only machines of this installation (doctor shows it).")
@click.option("--once", is_flag=True, help="End once nothing is overdue any more, for a timer or cron.")
def command(profile: str, install: str | None, once: bool) -> None:
    """Watch the project of PROFILE and end every machine of this program whose deadline has passed."""
    from unitrainer_tui.cli.options import profile_path
    from unitrainer_tui.client import Client
    from unitrainer_tui.config.profile import load_profile

    client = Client()
    known = load_profile(profile_path(profile, client.paths))
    sys.exit(asyncio.run(_guard(client, known, install, once)))


async def _guard(client: object, profile: object, install: str | None, once: bool) -> int:
    from unitrainer_tui.client import Client
    from unitrainer_tui.clock import SystemClock
    from unitrainer_tui.config.profile import Profile
    from unitrainer_tui.errors import UsageProblem
    from unitrainer_tui.supervisor.build import open_cloud
    from unitrainer_tui.supervisor.guard import Guard
    from unitrainer_tui.text import safe

    assert isinstance(client, Client)
    assert isinstance(profile, Profile)
    cloud, profile = await open_cloud(profile, client.paths)
    if cloud is None:
        raise UsageProblem('provider = "host" rents nothing: there is nothing to guard.')

    def tell(words: str) -> None:
        click.echo(safe(words), err=True)

    guard = Guard(cloud, SystemClock(), profile.timing.poll_seconds, tell, install)
    whose = f"installation {install}" if install else "every installation"
    place = f"{profile.cloud.project or 'demo'}/{profile.cloud.region or 'loopback'}"
    tell(f"Guarding {place}: overdue machines of {whose} are ended. Ctrl-C leaves.")
    left = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, left.set)
    work = asyncio.create_task(_until_done(guard) if once else guard.watch())
    leaving = asyncio.create_task(left.wait())
    try:
        await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
    finally:
        work.cancel()
        leaving.cancel()
        await cloud.close()
    return 0 if work.done() and not work.cancelled() else 130


async def _until_done(guard: object) -> None:
    from unitrainer_tui.supervisor.guard import Guard

    assert isinstance(guard, Guard)
    await guard.look()
    while guard.ending or guard.failing:
        await guard.clock.sleep(guard.poll_seconds)
        await guard.look()
