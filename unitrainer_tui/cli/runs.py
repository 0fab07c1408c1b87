"""`unitrainer-tui runs`: the list."""

from __future__ import annotations

import json

import click


@click.group("runs", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the runs, live ones first."""
    if ctx.invoked_subcommand is None:
        _list(as_json)


@command.command("prune")
@click.option("--days", type=click.FloatRange(0), default=30.0, show_default=True, help="Older than so many days.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune(days: float, yes: bool) -> None:
    """Remove the directories of closed runs: journals, logs, artifacts. Models stay; so does what is younger than the
    7 days for which a closed run's names are watched."""
    import sys

    from unitrainer_tui.client import Client
    from unitrainer_tui.clock import SystemClock
    from unitrainer_tui.datasets.report import human
    from unitrainer_tui.errors import UsageProblem
    from unitrainer_tui.runs.events import timestamp
    from unitrainer_tui.supervisor.prune import old_runs, remove
    from unitrainer_tui.text import safe

    client = Client()
    found = old_runs(client.paths, SystemClock().now(), days * 86400)
    if not found:
        click.echo("No run is old enough to be removed.", err=True)
        return
    for run in found:
        click.echo(safe(f"{run.directory.run}  ended {timestamp(run.ended_at)[:10]}  {human(run.size)}"))
    if not yes:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageProblem("Nobody can be asked here.", "Say --yes to agree beforehand.")
        if not click.confirm(f"Remove these {len(found)} runs for good?", default=False, err=True):
            raise click.Abort
    for run in found:
        try:
            remove(run)
        except OSError as problem:
            raise UsageProblem(f"{run.directory.path} cannot be removed: {problem.strerror}.") from None
    click.echo(f"{len(found)} runs removed.", err=True)


def _list(as_json: bool) -> None:
    from unitrainer_tui.client import Client, RunSummary
    from unitrainer_tui.runs.events import timestamp
    from unitrainer_tui.supervisor.recover import revive
    from unitrainer_tui.text import safe

    client = Client()
    revive(client.paths)
    found = client.runs()

    def status(run: RunSummary) -> str:
        result = run.state.result
        if result is None:
            stage = run.state.current_stage or "starting"
            return stage if run.live else f"{stage} (no supervisor)"
        if run.state.remaining:
            return "NOT GIVEN BACK"
        return "done" if result.success else "aborted" if result.aborted else "failed"

    for run in found:
        state = run.state
        result, cost = state.result, state.cost
        spent = result.spent_usd if result is not None else cost.spent_usd if cost is not None else 0.0
        started = timestamp(state.created_at) if state.created_at is not None else None
        if as_json:
            record = {
                "run": run.run,
                "profile": run.profile,
                "framework": run.framework,
                "dataset": run.dataset,
                "live": run.live,
                "status": status(run),
                "stage": state.current_stage,
                "epoch": state.progress.epoch if state.progress is not None else None,
                "started": started,
                "spent_usd": spent,
                "remaining": [resource.name or resource.id for resource in state.remaining],
                "model_path": state.model_path,
            }
            click.echo(json.dumps(record))
            continue
        epoch = f"epoch {state.progress.epoch}" if state.progress is not None else ""
        when = (started or "")[:16].replace("T", " ")
        row = f"{run.run}  {when:16}  {run.profile:20.20}  {status(run):16}  {epoch:10}  ${spent:.2f}"
        click.echo(safe(row.rstrip()))
    if not found and not as_json:
        click.echo("No run yet. Start one: unitrainer-tui demo, or unitrainer-tui run PROFILE", err=True)
