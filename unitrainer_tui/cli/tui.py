"""Opening the terminal UI, and what is said when it is closed."""

from __future__ import annotations

import sys


def terminal_problem() -> str | None:
    """Why the screens cannot be shown here, None when they can. Does not import Textual."""
    import os

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return "There is no terminal here"
    if os.environ.get("TERM", "") in ("", "dumb"):
        return f"This terminal (TERM={os.environ.get('TERM', '')}) cannot show screens"
    return None


def open_tui(run: str | None = None) -> int:
    """Shows the screens, a run's at once when it is given. The exit code."""
    problem = terminal_problem()
    if problem is not None:
        print(
            f"unitrainer-tui: {problem}. Use: unitrainer-tui run PROFILE, or unitrainer-tui attach RUN --plain.",
            file=sys.stderr,
        )
        return 2
    from unitrainer_tui.app import run_app
    from unitrainer_tui.client import Client

    report = run_app(Client(), open_run=run)
    if report.lines:
        print(report.text())
    return report.exit_code
