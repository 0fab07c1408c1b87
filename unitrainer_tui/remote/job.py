"""The job on the host: what is sent to start it, one look at it, its end."""

from __future__ import annotations

import json
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from unitrainer_tui.errors import HostError, UsageProblem
from unitrainer_tui.ports import Clock, JobPoll, JobSpec

Ask = Callable[..., Awaitable[tuple[dict[str, Any], bytes]]]
"""`ask(header, body)` to the host's agent."""

KILL_S = 30.0
"""How long the kernel may take to end what was killed; a process that waits for a driver cannot be ended at all."""
SCRIPT_LIMIT = 32 << 20
"""A framework's folder is source code; bytes."""


def start_request(spec: JobSpec) -> tuple[dict[str, Any], bytes]:
    """The request that starts the job, and its files. Places that only the host knows are written as {run},
    {task}, {weights}."""
    if (spec.script is None) == (spec.command is None):
        raise UsageProblem("A job is either a framework's script or a command.")
    files: list[tuple[str, bytes, bool]] = []
    if spec.script is not None:
        files = source_files(spec.script)
        if not any(name == "train.py" for name, _, _ in files):
            raise UsageProblem(f"There is no train.py in {spec.script}.")
        argv = [spec.python, "-u", "train.py"]
    else:
        files = [("command.sh", (spec.command or "").encode("utf-8", "surrogateescape") + b"\n", False)]
        argv = ["bash", "{task}/command.sh"]
    files.append(("job.json", json.dumps(spec.job, ensure_ascii=False, indent=1).encode("utf-8"), False))
    python = PurePosixPath(spec.python)
    environment = {
        **spec.env,
        "PYTHONUNBUFFERED": "1",
        "UNITRAINER_DATASET": "{run}/dataset",
        "UNITRAINER_OUTPUT": "{run}/output",
        "UNITRAINER_JOB": "{task}/job.json",
        "UNITRAINER_WEIGHTS": "{weights}",
    }
    if spec.checkpoint:
        environment["UNITRAINER_CHECKPOINT"] = "{run}/checkpoint"
    if spec.job.get("smoke"):
        environment["UNITRAINER_SMOKE"] = "1"
    request = {
        "ask": "start",
        "run": spec.run,
        "task": "job",
        "files": [[name, len(data), executable] for name, data, executable in files],
        "argv": argv,
        "cwd": "task" if spec.script is not None else "source",
        "env": environment,
        "path_first": str(python.parent) if python.is_absolute() else "",
        "telemetry": True,
        "secret": dict(spec.secret_env),
    }
    return request, b"".join(data for _, data, _ in files)


def source_files(folder: Path) -> list[tuple[str, bytes, bool]]:
    """(path in the folder, bytes, executable) of a framework's folder. Raises UsageProblem where it is too large."""
    files = []
    size = 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix == ".pyc" or "__pycache__" in path.parts:
            continue
        data = path.read_bytes()
        size += len(data)
        if size > SCRIPT_LIMIT:
            raise UsageProblem(f"{folder} is larger than a framework's scripts should be.")
        files.append((path.relative_to(folder).as_posix(), data, bool(path.stat().st_mode & 0o100)))
    return files


def as_poll(answer: Mapping[str, Any], body: bytes, telemetry_offset: int) -> JobPoll:
    """The host's answer as the port tells it."""
    log_size = answer["log"]
    lines = body[log_size:]
    code = answer["exit_code"]
    alive = answer["alive"]
    return JobPoll(
        log=body[:log_size],
        log_size=answer["log_size"],
        running=code is None and alive,
        exit_code=code,
        lost=code is None and not alive and answer["started"],
        boot_id=str(answer["boot_id"]),
        telemetry=tuple(_records(lines)),
        telemetry_offset=telemetry_offset + len(lines),
        generation=str(answer["generation"]),
    )


def _records(lines: bytes) -> list[dict[str, Any]]:
    found = []
    for line in lines.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # torn by a full disk
        if isinstance(record, dict):
            found.append(record)
    return found


async def stop(ask: Ask, run: str, task: str, grace: Sequence[float], clock: Clock) -> None:
    """INT, TERM, KILL with the pauses of `grace`; returns when nothing of the task is left.

    Each step is told by us, so it works as well when the runner is dead. A broken connection in between leaves the rest
    undone: call again.
    """
    steps = ((signal.SIGINT, grace[0]), (signal.SIGTERM, grace[1]), (signal.SIGKILL, 0.0))
    for number, seconds in steps:
        until = clock.monotonic() + seconds
        sent = int(number)
        pause = 0.05
        while True:
            answer, _ = await ask({"ask": "signal", "run": run, "task": task, "signal": sent})
            if answer["over"]:
                return
            if number == signal.SIGKILL:
                sent = int(number) if answer["left"] else 0
                if clock.monotonic() > until + KILL_S:
                    raise HostError(
                        "Some process of the job cannot be killed.", "It may hang in the GPU's driver; end the machine."
                    )
            else:
                sent = 0
                if clock.monotonic() >= until:
                    break
            await clock.sleep(min(pause, 0.5))
            pause *= 1.5
