"""`unitrainer-tui run`: rent, train, bring the model home, give the machine back."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import click


@click.command("run")
@click.argument("profile", required=False)
@click.option("--dataset", type=click.Path(path_type=Path), help="Instead of the profile's dataset.path.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Override a key, e.g. training.epochs=2.")
@click.option("--detach", is_flag=True, help="Return after the check; the run goes on.")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines.")
@click.option("--yes", is_flag=True, help="Do not ask before money is spent.")
@click.option("--dry-run", is_flag=True, help="Check everything, launch nothing.")
@click.option("--smoke", is_flag=True, help="A rehearsal: 2 epochs on about 20 samples, to see that everything fits.")
@click.option("--like", metavar="RUN", help="The same again as RUN, from its checkpoint where there is one.")
def command(
    profile: str | None,
    dataset: Path | None,
    settings: tuple[str, ...],
    detach: bool,
    as_json: bool,
    yes: bool,
    dry_run: bool,
    smoke: bool,
    like: str | None,
) -> None:
    """Train with PROFILE (a path or a name) from end to end, or --like RUN once more."""
    from unitrainer_tui.cli.options import overrides, profile_path
    from unitrainer_tui.client import Client
    from unitrainer_tui.config.profile import load_profile
    from unitrainer_tui.errors import UsageProblem
    from unitrainer_tui.supervisor.preview import describe, preview
    from unitrainer_tui.supervisor.start import check_inputs, rehearsal, with_dataset

    client = Client()
    if (profile is None) == (like is None):
        raise UsageProblem(
            "Say what to run: either a PROFILE or --like RUN.",
            "For example: unitrainer-tui run demo.toml, or unitrainer-tui run --like last",
        )
    earlier = client.find(like) if like is not None else None
    path = client.profile_file(earlier) if earlier is not None else profile_path(profile or "", client.paths)
    resolved = with_dataset(load_profile(path, overrides(settings)), dataset)
    if smoke:
        resolved = rehearsal(resolved)
    check_inputs(resolved)
    costs = resolved.cloud.provider == "canopywave"
    asks = costs and not yes and sys.stdin.isatty() and sys.stderr.isatty()
    if costs and not yes and not asks and not dry_run:
        raise UsageProblem("This run costs money and nobody can be asked here.", "Say --yes to agree beforehand.")
    if dry_run or asks:
        found = asyncio.run(preview(resolved, client.paths, like=earlier, smoke=smoke))
        if dry_run:
            click.echo(json.dumps(found.as_dict()) if as_json else describe(resolved, found))
            return
        click.echo(describe(resolved, found), err=True)
        if not click.confirm("Launch it?", default=False, err=True):
            raise click.Abort
    sys.exit(asyncio.run(_run(client, resolved, detach=detach, as_json=as_json, smoke=smoke, like=earlier)))


async def _run(client: object, profile: object, *, detach: bool, as_json: bool, smoke: bool, like: str | None) -> int:
    from unitrainer_tui.cli.viewing import Printer, watch
    from unitrainer_tui.client import Client
    from unitrainer_tui.config.profile import Profile

    assert isinstance(client, Client)
    assert isinstance(profile, Profile)
    run = await client.start_resolved(profile, smoke=smoke, like=like)
    if detach:
        return await _until_checked(client, run, as_json=as_json)
    if not as_json:
        click.echo(f"run {run}  (attach from anywhere: unitrainer-tui attach {run})", err=True)
    return await watch(client, run, Printer(as_json), owns=True)


async def _until_checked(client: object, run: str, *, as_json: bool) -> int:
    from unitrainer_tui.client import Client
    from unitrainer_tui.runs.events import ResultEvent, StageEvent
    from unitrainer_tui.text import safe

    assert isinstance(client, Client)
    async for event in client.attach(run, log=False, telemetry=False):
        if isinstance(event, ResultEvent):
            words = " ".join(part for part in (event.error, event.hint, event.closing) if part)
            print(f"unitrainer-tui: {safe(words)}", file=sys.stderr)
            return event.exit_code if event.exit_code is not None else 1
        if isinstance(event, StageEvent) and event.stage == "check" and event.status == "done":
            break
    click.echo(json.dumps({"run": run}) if as_json else run)
    return 0
