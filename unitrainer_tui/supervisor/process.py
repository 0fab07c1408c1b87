"""The process that owns a run: `python -m unitrainer_tui.supervisor.process RUN_DIRECTORY`.

It lives in a session of its own, so that losing a terminal costs nothing. The lock on the run decides who owns it;
a second process for the same run ends at once. SIGTERM (a reboot) ends it in mid-run without touching the machine:
the journal says where to go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from unitrainer_tui.clock import SystemClock
from unitrainer_tui.config.paths import Paths, paths
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.errors import CloudError, UnitrainerError, UsageProblem
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.recorder import Recorder
from unitrainer_tui.pipeline.run import Pipeline
from unitrainer_tui.runs.directory import RunDirectory, RunLock
from unitrainer_tui.runs.events import ResultEvent
from unitrainer_tui.runs.journal import JournalFile
from unitrainer_tui.supervisor.build import build_context
from unitrainer_tui.supervisor.control import ControlServer
from unitrainer_tui.text import RedactingFilter

log = logging.getLogger("unitrainer_tui.supervisor")

OWNED_ELSEWHERE = 75  # EX_TEMPFAIL: somebody else owns the run


async def supervise(directory: RunDirectory, where: Paths) -> int:
    """Owns the run until it is over. The run's exit code, or OWNED_ELSEWHERE."""
    lock = RunLock(directory)
    if not lock.acquire():
        return OWNED_ELSEWHERE
    journal = JournalFile(directory.journal, directory.run)
    clock = SystemClock()
    try:
        try:
            ctx = await _build(where, directory, journal, clock)
        except UnitrainerError as problem:
            return _refuse(journal, clock, problem)
        pipeline = Pipeline(ctx)
        server = ControlServer(directory.socket, lambda request: _answer(request, pipeline, directory))
        await server.start()
        try:
            code = await _until_over(pipeline)
        finally:
            await server.close()
            if ctx.cloud is not None:
                await ctx.cloud.close()
        await _notify(ctx.profile, journal.state.result)
        return code
    finally:
        journal.close()
        lock.release()


async def _build(where: Paths, directory: RunDirectory, journal: JournalFile, clock: SystemClock) -> RunContext:
    """A run that holds something is not given up because its cloud cannot be reached just now."""
    while True:
        try:
            return await build_context(where, directory, journal, clock)
        except CloudError as problem:
            if not journal.state.remaining:
                raise
            log.warning("the cloud cannot be asked yet: %s", problem.sentence())
        await clock.sleep(5.0)


def _refuse(journal: JournalFile, clock: SystemClock, problem: UnitrainerError) -> int:
    """A run that cannot even be put together. With nothing launched that is its end; else it stays open."""
    log.error("the run cannot be supervised: %s", problem.sentence())
    record = Recorder(journal, clock)
    if record.state.resources or record.state.result is not None:
        return 3
    code = problem.exit_code if isinstance(problem, UsageProblem) else 1
    record.started("check")
    record.decide("fail", problem.message, hint=problem.hint or None, exit_code=code)
    record.failed("check", problem.message)
    record.result(
        ResultEvent(success=False, released=True, error=problem.message, hint=problem.hint or None, exit_code=code)
    )
    return code


async def _until_over(pipeline: Pipeline) -> int:
    loop = asyncio.get_running_loop()
    work = asyncio.create_task(pipeline.run())
    # SIGTERM: this machine goes down. The run is not over, so nothing there is touched.
    loop.add_signal_handler(signal.SIGTERM, work.cancel)
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    try:
        return await work
    except asyncio.CancelledError:
        log.warning("SIGTERM: the run is left to the next supervisor")
        return 3


def _answer(request: dict[str, Any], pipeline: Pipeline, directory: RunDirectory) -> dict[str, Any]:
    match request.get("do"):
        case "ping":
            return {"ok": True, "run": directory.run, "pid": os.getpid()}
        case "stop":
            pipeline.request_stop(rescue=request.get("rescue") is not False)
            return {"ok": True}
        case other:
            return {"error": f"unknown request {other!r}"}


async def _notify(profile: Profile, result: ResultEvent | None) -> None:
    """The user's own command, told by the result on its standard input."""
    if not profile.notify.command or result is None:
        return
    process = await asyncio.create_subprocess_shell(
        profile.notify.command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(60):
            await process.communicate(result.to_json().encode())
    except (TimeoutError, OSError):
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        log.warning("notify.command did not end within 60 s")


def main(arguments: list[str] | None = None) -> int:
    """Runs detached from any terminal: output goes to the run's supervisor.log."""
    directory = RunDirectory(Path((arguments or sys.argv[1:])[0]))
    directory.supervisor_log.touch(mode=0o600)
    handler = logging.FileHandler(directory.supervisor_log)
    handler.addFilter(RedactingFilter())
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", handlers=[handler], force=True
    )
    for chatty in ("httpx", "httpcore", "asyncssh"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        return asyncio.run(supervise(directory, paths()))
    except Exception:
        log.exception("the supervisor itself failed; the run stays open")
        return 3


if __name__ == "__main__":
    sys.exit(main())
