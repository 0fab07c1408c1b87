"""Opening the terminal UI, and what is said when it is closed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def terminal_problem() -> str | None:
    """Why the screens cannot be shown here, None when they can. Does not import Textual."""
    import os

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return "There is no terminal here"
    if os.environ.get("TERM", "") in ("", "dumb"):
        return f"This terminal (TERM={os.environ.get('TERM', '')}) cannot show screens"
    return None


SLOW_FRAMES = "5"
"""Repaints a second at most over a slow link. Textual reads it when it is imported."""


def look_options(command: Command) -> Command:
    """`--ascii`, `--no-mouse` and `--low-bandwidth`, for this start."""
    for name, what in (
        ("--low-bandwidth", "Repaint less often, for a slow link."),
        ("--no-mouse", "Leave the mouse to the terminal."),
        ("--ascii", "Draw with ASCII alone."),
    ):
        command = click.option(name, is_flag=True, help=what)(command)
    return command


def open_tui(
    run: str | None = None, *, ascii: bool = False, no_mouse: bool = False, low_bandwidth: bool = False
) -> int:
    """Shows the screens, a run's at once when it is given. The exit code."""
    problem = terminal_problem()
    if problem is not None:
        print(
            f"unitrainer-tui: {problem}. Use: unitrainer-tui run PROFILE, or unitrainer-tui attach RUN --plain.",
            file=sys.stderr,
        )
        return 2
    import os

    from unitrainer_tui.config.paths import paths
    from unitrainer_tui.config.settings import load_settings, settings_file

    settings = load_settings(settings_file(paths())).overridden(
        ascii=ascii, no_mouse=no_mouse, low_bandwidth=low_bandwidth
    )
    if settings.low_bandwidth:
        os.environ.setdefault("TEXTUAL_FPS", SLOW_FRAMES)
    from unitrainer_tui.app import run_app
    from unitrainer_tui.client import Client

    report = run_app(Client(), open_run=run, settings=settings)
    if report.lines:
        print(report.text())
    return report.exit_code
