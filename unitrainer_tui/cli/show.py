"""`unitrainer-tui show`: one run as its journal tells it."""

from __future__ import annotations

import click


@click.command("show")
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="The journal's events as JSON lines.")
def command(run: str, as_json: bool) -> None:
    """Show RUN (an id, a unique prefix, or last): stages, resources, result."""
    from unitrainer_tui.cli.lines import line_of, result_text
    from unitrainer_tui.client import Client
    from unitrainer_tui.runs.directory import RunDirectory
    from unitrainer_tui.runs.events import NoticeEvent, ResourceEvent, StageEvent
    from unitrainer_tui.runs.journal import read_journal
    from unitrainer_tui.text import safe

    client = Client()
    found = client.find(run)
    directory = RunDirectory(client.paths.run(found))
    events = read_journal(directory.journal)
    if as_json:
        for event in events:
            click.echo(event.to_json())
        return
    summary = client.summary(found)
    click.echo(safe(f"run {found}: {summary.profile} ({summary.framework}) on {summary.dataset or 'no dataset'}"))
    others = f" (`logs {found} --node 1` and on: the output of the others)" if summary.nodes > 1 else ""
    click.echo(safe(f"machines: {summary.nodes}{others}"))
    click.echo(safe(f"files: {directory.path}"))
    for event in events:
        if isinstance(event, StageEvent | ResourceEvent | NoticeEvent) and (line := line_of(event)) is not None:
            click.echo(f"{event.at[11:19]} {line}")
    if summary.state.result is not None:
        click.echo(safe(result_text(summary.state.result)))
