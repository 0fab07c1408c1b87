"""Setting off the sweep behind a command (sweeper.py). Imports nothing of it: the command itself needs no cloud for
this and is not to wait for its libraries."""

from __future__ import annotations

import os
import subprocess
import sys

from unitrainer_tui.config.paths import Paths


def sweep_behind(where: Paths) -> None:
    """Starts the sweep where there is any run to look after. Never raises, never waits."""
    try:
        with os.scandir(where.runs) as entries:
            if next(entries, None) is None:
                return
        subprocess.Popen(
            [sys.executable, "-m", "unitrainer_tui.supervisor.sweeper"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
    except OSError:
        return  # no runs yet, or no more processes: the next start tries again
