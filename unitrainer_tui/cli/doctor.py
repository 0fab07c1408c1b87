"""`unitrainer-tui doctor`: where files are, what works here, what does not."""

from __future__ import annotations

import os
import shutil
import sys

import click


@click.command("doctor")
def command() -> None:
    """Print the places of files, the API key's source, and what happens if this machine never comes back."""
    from unitrainer_tui import __version__
    from unitrainer_tui.config.paths import paths
    from unitrainer_tui.config.secrets import api_key
    from unitrainer_tui.errors import SecretProblem
    from unitrainer_tui.supervisor.recover import orphans
    from unitrainer_tui.supervisor.spawn import user_service_available

    where = paths()
    rows = [
        ("version", f"{__version__}, Python {sys.version.split()[0]}"),
        ("config", f"{where.config}{_mode(where.config)}"),
        ("profiles", str(where.profiles)),
        ("state", f"{where.state}{_mode(where.state)}"),
        ("models", str(where.models)),
        ("secrets", f"{where.secrets}{_mode(where.secrets)}"),
    ]
    trouble = False
    try:
        rows.append(("API key", f"from the {api_key(where, None).source}"))
    except SecretProblem as problem:
        rows.append(("API key", problem.sentence()))
    rows.append(("ssh", shutil.which("ssh") or "no ssh here (not needed)"))
    rows.append(("supervisor", "a user service" if user_service_available() else "a session of its own"))
    alone = orphans(where)
    if alone:
        trouble = True
        names = ", ".join(directory.run for directory in alone)
        rows.append(("open runs", f"WITHOUT A SUPERVISOR: {names}. Run: unitrainer-tui reconcile"))
    else:
        rows.append(("open runs", "each has its supervisor"))
    rows.append(
        (
            "guard",
            "T1, this machine: if it never comes back while a run is open, the rented machine runs on "
            "until somebody terminates it in the console.",
        )
    )
    for name, what in rows:
        click.echo(f"{name:12} {what}")
    sys.exit(1 if trouble else 0)


def _mode(path: os.PathLike[str]) -> str:
    try:
        return f"  (mode {os.stat(path).st_mode & 0o777:04o})"
    except FileNotFoundError:
        return "  (not there yet)"
