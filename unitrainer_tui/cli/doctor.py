"""`unitrainer-tui doctor`: where files are, what works here, and who looks after a run when nobody does."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click


@click.command("doctor")
@click.option("--install-revivers", is_flag=True, help="Let systemd's user timer, else cron, look after open runs.")
@click.option("--remove-revivers", is_flag=True, help="Take that away again.")
def command(install_revivers: bool, remove_revivers: bool) -> None:
    """Print the places of files, the API key's source, and what happens if this machine never comes back."""
    from unitrainer_tui import __version__
    from unitrainer_tui.config.install import install_id
    from unitrainer_tui.config.paths import paths
    from unitrainer_tui.runs.file_system import lost_guarantee
    from unitrainer_tui.runs.names import new_install_id
    from unitrainer_tui.supervisor import revivers
    from unitrainer_tui.supervisor.recover import orphans
    from unitrainer_tui.supervisor.spawn import user_service_available

    where = paths()
    key, key_words = _api_key(install_revivers)
    if remove_revivers:
        click.echo("Removed." if revivers.remove(Path.home()) else "There was none.", err=True)
    if install_revivers:
        found = revivers.install(Path.home(), os.environ.get("UNITRAINER_HOME"))
        click.echo(f"Open runs are looked after by {found.words}.", err=True)
    trouble = False
    try:
        installation = install_id(where, new_install_id()) if where.state.exists() else "not made yet"
    except OSError as problem:
        trouble, installation = True, f"CANNOT BE WRITTEN: {problem.strerror}. Set UNITRAINER_HOME to a place that can"
    rows = [
        ("version", f"{__version__}, Python {sys.version.split()[0]}"),
        ("config", f"{where.config}{_mode(where.config)}"),
        ("profiles", str(where.profiles)),
        ("state", f"{where.state}{_mode(where.state)}"),
        ("models", str(where.models)),
        ("secrets", f"{where.secrets}{_mode(where.secrets)}"),
        ("installation", installation),
        ("API key", key_words),
        ("ssh", shutil.which("ssh") or "no ssh here (only `unitrainer-tui ssh` needs it)"),
        ("supervisor", "a user service" if user_service_available() else "a session of its own"),
    ]
    if lost := lost_guarantee(where.state):
        trouble = True
        rows.append(("disk", lost))
    alone = orphans(where)
    if alone:
        trouble = True
        names = ", ".join(directory.run for directory in alone)
        rows.append(("open runs", f"WITHOUT A SUPERVISOR: {names}. Run: unitrainer-tui reconcile"))
    else:
        rows.append(("open runs", "each has its supervisor"))
    rows += shield(revivers.installed(Path.home()), key)
    for name, what in rows:
        click.echo(f"{name:12} {what}")
    sys.exit(1 if trouble else 0)


def shield(reviver: object, key_source: str | None) -> list[tuple[str, str]]:
    """Who comes back for an open run, and what that means, in plain words. Pure."""
    from unitrainer_tui.supervisor.revivers import Reviver

    assert reviver is None or isinstance(reviver, Reviver)
    if reviver is None:
        revived = "this program's next start (doctor --install-revivers: a timer as well)"
    elif key_source == "environment":
        # A timer has no part of this shell's environment.
        revived = f"this shell only: {reviver.words}, but the API key is in this shell's environment alone"
    else:
        revived = reviver.words
    lost = (
        "If this machine never comes back while a run is open, the rented machine runs on, and is billed, until "
        "somebody terminates it in the console, or `unitrainer-tui guard PROFILE` on another machine ends it after its "
        "deadline (T2)."
    )
    return [("revived by", revived), ("guard", f"T1, this machine. {lost}")]


def _api_key(needed_by_others: bool) -> tuple[str | None, str]:
    """(its source, the words for it). Raises UsageProblem where a timer would need it and could not have it."""
    from unitrainer_tui.config.paths import paths
    from unitrainer_tui.config.secrets import VARIABLE, api_key
    from unitrainer_tui.errors import SecretProblem, UsageProblem

    try:
        source = api_key(paths(), None).source
    except SecretProblem as problem:
        return None, problem.sentence()
    if needed_by_others and source == "environment":
        raise UsageProblem(
            f"The API key is only in this shell's {VARIABLE}, where no timer can find it.",
            f"Write it to {paths().secrets} (mode 0600), or use cloud.api_key_command, and unset it here.",
        )
    return source, f"from the {source}"


def _mode(path: os.PathLike[str]) -> str:
    try:
        return f"  (mode {os.stat(path).st_mode & 0o777:04o})"
    except FileNotFoundError:
        return "  (not there yet)"
