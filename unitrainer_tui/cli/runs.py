"""`unitrainer-tui runs`: the list."""

from __future__ import annotations

import json

import click


@click.command("runs")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(as_json: bool) -> None:
    """List the runs, live ones first."""
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
