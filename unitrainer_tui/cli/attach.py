"""`unitrainer-tui attach`: a run that is going on, from any terminal."""

from __future__ import annotations

import asyncio
import sys

import click

from unitrainer_tui.cli.tui import look_options


@click.command("attach")
@click.argument("run", default="last")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines.")
@click.option("--plain", is_flag=True, help="Readable lines instead of the live screen.")
@look_options
def command(run: str, as_json: bool, plain: bool, ascii: bool, no_mouse: bool, low_bandwidth: bool) -> None:
    """Show RUN (an id, a unique prefix, or last) with its whole history, then live.

    Leaving it (Ctrl-C, a lost terminal) does not touch the run.
    """
    from unitrainer_tui.client import Client

    client = Client()
    found = client.find(run)
    if not (as_json or plain) and sys.stdout.isatty():
        from unitrainer_tui.cli.tui import open_tui, terminal_problem

        if terminal_problem() is None:
            sys.exit(open_tui(found, ascii=ascii, no_mouse=no_mouse, low_bandwidth=low_bandwidth))
    from unitrainer_tui.cli.viewing import Printer, watch

    sys.exit(asyncio.run(watch(client, found, Printer(as_json), owns=False)))
