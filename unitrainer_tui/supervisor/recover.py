"""Taking over runs whose supervisor died: every start of the program may do it, the lock decides."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator

from unitrainer_tui.config.paths import Paths
from unitrainer_tui.runs.directory import RunDirectory, is_owned
from unitrainer_tui.runs.journal import read_journal
from unitrainer_tui.runs.state import RunState, fold
from unitrainer_tui.supervisor.spawn import spawn_supervisor

log = logging.getLogger(__name__)

OWNER_WAIT_SECONDS = 15.0
# A run without a journal has its first supervisor on the way: a busy machine takes its time.
FIRST_START_SECONDS = 15.0
# One that nobody began in so long is not launched any more by a mere start of the program: who made it has long turned
# to other things, and would pay for it unawares.
BEGINS_WITHIN_SECONDS = 600.0


def run_directories(where: Paths, *, closed_to_us: bool = False) -> Iterator[RunDirectory]:
    """All runs, whole enough to have a profile; with `closed_to_us` also those that cannot be looked into."""
    try:
        entries = sorted(where.runs.iterdir())
    except FileNotFoundError:
        return
    for entry in entries:
        directory = RunDirectory(entry)
        try:
            whole = directory.profile.exists()
        except OSError:
            whole = closed_to_us
        if whole:
            yield directory


def needs_owner(state: RunState) -> bool:
    """Open: no result yet, or something is still to be given back. A suspect waits for the user, not for an owner."""
    return state.result is None or any(resource.status != "suspect" for resource in state.remaining)


def just_made(directory: RunDirectory) -> bool:
    """Whether its first supervisor is still to be expected. That one comes from whoever made the run, with what the run
    needs of their environment (an API key, `training.env_from`): nobody else's may get there first."""
    try:
        age = time.time() - directory.profile.stat().st_mtime
    except OSError:
        return False
    return 0 <= age < FIRST_START_SECONDS and not directory.journal.exists()


def never_begun(directory: RunDirectory) -> bool:
    """Whether the run was made long ago and not a byte of it was ever journalled. A damaged journal is not an empty
    one: what it can no longer tell may be billed."""
    try:
        empty = not directory.journal.exists() or not directory.journal.stat().st_size
        return empty and time.time() - directory.profile.stat().st_mtime > BEGINS_WITHIN_SECONDS
    except OSError:
        return False


def orphans(where: Paths) -> list[RunDirectory]:
    """Open runs that nobody owns now. One that cannot be read keeps no other from its owner."""
    found = []
    for directory in run_directories(where):
        try:
            owned = is_owned(directory) or just_made(directory)
            if not owned and needs_owner(fold(read_journal(directory.journal))):
                found.append(directory)
        except OSError as problem:
            log.warning("run %s cannot be read: %s", directory.run, problem.strerror)
    return found


def revive(where: Paths) -> list[RunDirectory]:
    """Starts a supervisor for every orphan. Those that were started."""
    found = orphans(where)
    for directory in found:
        spawn_supervisor(directory)
    return found


async def wait_for_owners(directories: list[RunDirectory], seconds: float = OWNER_WAIT_SECONDS) -> list[RunDirectory]:
    """Waits until each has an owner or is over. Those that have neither after `seconds`."""
    end = asyncio.get_running_loop().time() + seconds
    waiting = list(directories)
    while waiting and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.1)
        waiting = [
            directory
            for directory in waiting
            if not is_owned(directory) and needs_owner(fold(read_journal(directory.journal)))
        ]
    return waiting
