"""All that a job started: found by descent from its runner, by its mark in the environment, by its session."""

from __future__ import annotations

import ctypes
import os
import signal

MARK = "UNITRAINER_TASK"
"""The environment variable that every process of a task inherits."""


def adopt_orphans() -> bool:
    """Makes this process the parent of every orphan below it (a child subreaper), so that none gets out of sight."""
    try:
        return bool(ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0) == 0)  # 36 is PR_SET_CHILD_SUBREAPER
    except (OSError, AttributeError):
        return False


def table() -> dict[int, tuple[int, int]]:
    """pid to (parent, session) of all processes that are alive; a zombie is over and not in it."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The command's name may hold spaces and brackets: the fields begin after the last bracket.
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields[0] not in (b"Z", b"X"):
            found[int(name)] = (int(fields[1]), int(fields[3]))
    return found


def below(root: int, alive: dict[int, tuple[int, int]] | None = None) -> set[int]:
    """Every living descendant of `root`, without itself. A dead link in the chain ends it."""
    alive = table() if alive is None else alive
    children: dict[int, list[int]] = {}
    for pid, (parent, _) in alive.items():
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        for pid in children.get(waiting.pop(), ()):
            if pid not in found:
                found.add(pid)
                waiting.append(pid)
    return found


def of_task(mark: str, runner: int | None, spare: set[int]) -> set[int]:
    """All living processes of one task. `spare` are the runner's own; `runner` is None when it is dead."""
    alive = table()
    found = below(runner, alive) if runner else set()
    wanted = f"{MARK}={mark}".encode()
    for pid in alive:
        if pid in found:
            continue
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if wanted in file.read().split(b"\0"):
                    found.add(pid)
        except OSError:
            continue
    sessions = {alive[pid][1] for pid in found if pid in alive} & found
    found |= {pid for pid, (_, session) in alive.items() if session in sessions}
    for own in spare:
        found -= {own} | below(own, alive)
    return found - {os.getpid(), runner or 0}


def send(pids: set[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
            if number == signal.SIGTERM:
                os.kill(pid, signal.SIGCONT)  # a stopped process takes no TERM
        except (ProcessLookupError, PermissionError):
            continue
