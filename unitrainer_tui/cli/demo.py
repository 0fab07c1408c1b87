"""`unitrainer-tui demo`: the whole way on this machine alone, with real parts."""

from __future__ import annotations

import asyncio
import sys

import click


@click.command("demo")
@click.option("--headless", is_flag=True, help="Readable lines even where there is a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines.")
def command(headless: bool, as_json: bool) -> None:
    """Rent from the embedded cloud, train a real model on real data, bring it home, give the machine back."""
    from unitrainer_tui.client import Client
    from unitrainer_tui.config.profile import load_profile
    from unitrainer_tui.config.samples import samples
    from unitrainer_tui.errors import UsageProblem

    _needs_sklearn()
    known = samples()
    if "demo" not in known:
        raise UsageProblem("The sample profile demo.toml is not installed.", "Install the package again.")
    client = Client()
    run = asyncio.run(client.start_resolved(load_profile(known["demo"])))
    if not (headless or as_json):
        from unitrainer_tui.cli.tui import open_tui, terminal_problem

        if sys.stdout.isatty() and terminal_problem() is None:
            code = open_tui(run)
            state = client.state(run)
            sys.exit(code if state.result is None else state.result.exit_code or 0)
    from unitrainer_tui.cli.viewing import Printer, watch

    if not as_json:
        click.echo(f"run {run}  (attach from anywhere: unitrainer-tui attach {run})", err=True)
    sys.exit(asyncio.run(watch(client, run, Printer(as_json), owns=True)))


def _needs_sklearn() -> None:
    import importlib.util

    from unitrainer_tui.errors import UsageProblem

    missing = [name for name in ("sklearn", "skops") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageProblem(
            "The demo trains with scikit-learn, which is not installed here.", "pip install 'unitrainer-tui[demo]'"
        )
