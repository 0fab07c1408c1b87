"""Setup on the host: the plan goes there as a detached task of its own, so that a dropped connection costs nothing.

Here its output is followed line by line until its result is there."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Any

from unitrainer_tui.errors import HostCommandFailed, HostDiskFull
from unitrainer_tui.ports import Clock, Environment, SetupPlan
from unitrainer_tui.remote.job import Ask, source_files
from unitrainer_tui.remote.reasons import printable

LAST = 20
PAUSES = (0.05, 1.0)
"""Shortest and longest pause between two looks, seconds."""
LINE_LIMIT = 64 << 10
FETCHER = "fetcher"
"""The folder, beside the plan, of the script that fetches weights."""


def start_request(run: str, plan: SetupPlan) -> tuple[dict[str, Any], bytes]:
    told = {
        "run": run,
        "framework": plan.framework,
        "requirements": list(plan.requirements),
        "imports": list(plan.imports),
        "torch": plan.torch,
        "shell": list(plan.shell),
        "apt": [list(pair) for pair in plan.apt],
        "assets": list(plan.assets),
        "fetcher": f"{FETCHER}/{plan.fetcher.name}" if plan.fetcher is not None else None,
    }
    files = [("plan.json", json.dumps(told).encode("utf-8"), False)]
    if plan.fetcher is not None and plan.assets:
        files += [(f"{FETCHER}/{name}", data, False) for name, data, _ in source_files(plan.fetcher.parent)]
    request = {
        "ask": "start",
        "run": run,
        "task": "setup",
        "again": True,
        "files": [[name, len(data), executable] for name, data, executable in files],
        "argv": ["{python}", "-I", "{host}", "environment", "{task}"],
        "cwd": "task",
        "env": {"PYTHONUNBUFFERED": "1"},
        "path_first": "",
        "telemetry": False,
        "secret": {},
    }
    return request, b"".join(data for _, data, _ in files)


async def follow(ask: Ask, run: str, clock: Clock, on_line: Callable[[str], None]) -> Environment:
    """Gives each line that setup prints, then its result. Raises HostCommandFailed, HostDiskFull."""
    lines = _Lines(on_line)
    offset = 0
    pause = PAUSES[0]
    while True:
        look = {"ask": "poll", "run": run, "task": "setup", "offset": offset, "telemetry": 0, "limit": 1 << 20}
        answer, body = await ask(look)
        log = body[: answer["log"]]
        offset += len(log)
        lines.feed(log)
        more = offset < answer["log_size"]
        if not more and answer["exit_code"] is not None:
            lines.finish()
            return _result(answer, lines.last)
        if not more and not answer["alive"]:
            raise HostCommandFailed("Setup was ended from outside.", "It is started again.", last_lines=lines.last)
        pause = PAUSES[0] if log else min(pause * 1.5, PAUSES[1])
        if not more:
            await clock.sleep(pause)


def _result(answer: dict[str, Any], last: tuple[str, ...]) -> Environment:
    result = answer.get("result") or {}
    if answer["exit_code"] == 0 and "python" in result:
        installed = result.get("installed")
        return Environment(
            python=str(result["python"]),
            how=printable(str(result["how"])),
            installed=installed if isinstance(installed, dict) else {},
        )
    if result.get("full"):
        raise HostDiskFull("The disk of the machine filled up during setup.", "Rent one with a larger disk.")
    said = printable(str(result.get("failed", "")), 500) or f"setup ended with exit code {answer['exit_code']}"
    raise HostCommandFailed(
        f"Setup failed on the machine: {said}.", "Its last lines say more.", code=answer["exit_code"], last_lines=last
    )


class _Lines:
    """Cuts the output into lines that are safe to show; a bar that overwrites itself counts as its last state."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self.on_line = on_line
        self.rest = b""
        self.kept: deque[str] = deque(maxlen=LAST)

    @property
    def last(self) -> tuple[str, ...]:
        return tuple(self.kept)

    def feed(self, data: bytes) -> None:
        *whole, self.rest = (self.rest + data).split(b"\n")
        for line in whole:
            self._give(line)
        if len(self.rest) > LINE_LIMIT:
            self.finish()

    def finish(self) -> None:
        if self.rest:
            self._give(self.rest)
        self.rest = b""

    def _give(self, line: bytes) -> None:
        text = printable(line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace"), 500)
        if text:
            self.kept.append(text)
            self.on_line(text)
