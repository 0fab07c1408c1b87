"""`unitrainer-tui profiles`: the list."""

from __future__ import annotations

import click


@click.command("profiles")
def command() -> None:
    """List the profiles of the profile directory, each with what is wrong with it."""
    from unitrainer_tui.client import Client
    from unitrainer_tui.text import safe

    client = Client()
    found = client.profiles()
    for entry in found:
        profile = entry.profile
        if profile is None:
            key, why = entry.problems[0]
            click.echo(safe(f"{entry.name:24}  INVALID  {key}: {why}"))
        else:
            flavor = ", ".join(profile.cloud.flavors) or profile.cloud.address or ""
            model = profile.training.model or ""
            click.echo(
                safe(f"{entry.name:24}  {profile.cloud.provider}  {flavor}  {profile.training.framework} {model}")
            )
    if not found:
        click.echo(f"No profile in {client.paths.profiles}. Make one: unitrainer-tui profile new NAME", err=True)
