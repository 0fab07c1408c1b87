"""`unitrainer-tui ssh`: a shell on a run's machine."""

from __future__ import annotations

import asyncio
import os
import shutil

import click


@click.command("ssh", context_settings={"ignore_unknown_options": True})
@click.argument("run")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--node", type=click.IntRange(0), default=0, help="Which of several machines, from 0.")
def command(run: str, command: tuple[str, ...], node: int) -> None:
    """Open a shell on the machine of RUN (an id, a unique prefix, or last), or run COMMAND there."""
    from unitrainer_tui.client import Client
    from unitrainer_tui.errors import UsageProblem
    from unitrainer_tui.runs.directory import RunDirectory
    from unitrainer_tui.supervisor.shell import ssh_command
    from unitrainer_tui.text import safe

    if shutil.which("ssh") is None:
        raise UsageProblem(
            "There is no ssh here.", "Install OpenSSH's client (on Debian: apt-get install openssh-client)."
        )
    client = Client()
    found = client.find(run)
    directory, profile = RunDirectory(client.paths.run(found)), client.profile_of(found)
    words = asyncio.run(ssh_command(client.paths, directory, profile, client.state(found), node))
    if profile.cloud.provider != "host" and profile.ssh.auth == "password":
        click.echo(safe(f"The machine asks for the launch password; it is in {directory.password}."), err=True)
    os.execvp(words[0], [*words, *command])
