"""Removing the directories of old runs. Models are never touched, nor is any run that is still looked after."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from unitrainer_tui.config.paths import Paths
from unitrainer_tui.runs.directory import RunDirectory, is_owned
from unitrainer_tui.runs.journal import read_journal
from unitrainer_tui.runs.state import fold
from unitrainer_tui.supervisor.recover import run_directories
from unitrainer_tui.supervisor.sweep import TOMBSTONE_SECONDS


@dataclass(frozen=True)
class OldRun:
    """A run that may go; `size` in bytes, `ended_at` in Unix seconds."""

    directory: RunDirectory
    size: int
    ended_at: float


def old_runs(where: Paths, now: float, seconds: float) -> list[OldRun]:
    """Closed runs whose last event is older than `seconds`, and older than the time for which their names are watched.

    Open runs, those with something to be given back or to be decided, and those whose journal cannot be read stay.
    """
    age = max(seconds, TOMBSTONE_SECONDS)
    found = []
    for directory in run_directories(where):
        try:
            state = fold(read_journal(directory.journal))
            owned = is_owned(directory)
        except OSError:
            continue
        if not state.closed or owned or state.updated_at is None or now - state.updated_at < age:
            continue
        found.append(OldRun(directory, _size(directory.path), state.updated_at))
    return found


def remove(run: OldRun) -> None:
    """Raises OSError. First out of the list of runs, then from the disk: a half removed run is none."""
    gone = run.directory.path.with_name(f".{run.directory.run}.removed")
    run.directory.path.rename(gone)
    shutil.rmtree(gone)


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
