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
from unitrainer_tui.errors import CloudError, RunFailed, UnitrainerError, UsageProblem
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.effects import end
from unitrainer_tui.pipeline.recorder import Recorder
from unitrainer_tui.pipeline.run import Pipeline
from unitrainer_tui.runs.directory import RunDirectory, RunLock
from unitrainer_tui.runs.events import NoticeEvent, ResultEvent
from unitrainer_tui.runs.journal import JournalFile, read_journal
from unitrainer_tui.sandbox import endpoint
from unitrainer_tui.supervisor.build import build_context
from unitrainer_tui.supervisor.control import ControlServer
from unitrainer_tui.supervisor.recover import never_begun
from unitrainer_tui.text import RedactingFilter

log = logging.getLogger("unitrainer_tui.supervisor")

LOCK_PATIENCE_SECONDS = 1.0
AGAIN_SECONDS = 5.0
NEVER_BEGUN = "This run was made a while ago and never begun, so nothing is launched for it any more."
OWNED_ELSEWHERE = 75  # EX_TEMPFAIL: somebody else owns the run


async def supervise(directory: RunDirectory, where: Paths) -> int:
    """Owns the run until it is over. The run's exit code, or OWNED_ELSEWHERE."""
    lock = RunLock(directory)
    if not lock.acquire(LOCK_PATIENCE_SECONDS):
        return OWNED_ELSEWHERE
    unbegun = never_begun(directory)  # before the journal is opened, which makes it
    journal = JournalFile(directory.journal, directory.run)
    clock = SystemClock(not_before=journal.state.updated_at)
    try:
        if unbegun:
            return _refuse(
                directory, journal, clock, RunFailed(NEVER_BEGUN, f"Start it again: run --like {directory.run}.")
            )
        try:
            ctx = await _build(where, directory, journal, clock)
        except UnitrainerError as problem:
            return _refuse(directory, journal, clock, problem)
        except Exception as problem:
            log.exception("the run cannot be put together")
            words = f"The program itself failed ({type(problem).__name__}) before the run could be taken up."
            hint = f"The details are in {directory.supervisor_log}."
            return _refuse(directory, journal, clock, RunFailed(words, hint))
        if journal.state.seq and journal.state.result is None:
            ctx.record.notice("warning", "The run's supervisor was gone; a new one takes over from the journal.")
        pipeline = Pipeline(ctx)
        server = ControlServer(directory.socket, lambda request: _answer(request, pipeline, directory))
        beside = [asyncio.create_task(_listen(server, clock))]
        if ctx.profile.cloud.provider == "sandbox" and ctx.profile.cloud.api_url is None:
            beside.append(asyncio.create_task(_keep_embedded_cloud(where, clock)))
        try:
            code = await _until_over(pipeline)
        finally:
            await end(*beside)
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


async def _listen(server: ControlServer, clock: SystemClock) -> None:
    """A run is worked on, and given back, whether or not its socket can be made (a full disk, a folder of somebody
    else's): that is tried again."""
    while True:
        try:
            return await server.start()
        except OSError as problem:
            log.error("the control socket cannot be made: %s", problem)
        await clock.sleep(AGAIN_SECONDS)


async def _keep_embedded_cloud(where: Paths, clock: SystemClock) -> None:
    """The embedded cloud that was killed comes back with what it holds: else nothing of it could be given back."""
    while True:
        await clock.sleep(AGAIN_SECONDS)
        try:
            if endpoint.locate(where) is None:
                await endpoint.ensure(where)
        except (UnitrainerError, OSError) as problem:
            log.warning("the embedded cloud cannot be started: %s", problem)


def _refuse(directory: RunDirectory, journal: JournalFile, clock: SystemClock, problem: UnitrainerError) -> int:
    """A run that cannot even be put together. With nothing launched that is its end; else it stays open, and says
    why nothing of it is given back."""
    log.error("the run cannot be supervised: %s", problem.sentence())
    record = Recorder(journal, clock)
    if record.state.result is not None:
        return 3
    if record.state.resources:
        words = f"The run cannot be taken up, so nothing of it is given back: {problem.message}"
        last = read_journal(directory.journal)[-1:]
        if not any(isinstance(event, NoticeEvent) and event.message == words for event in last):
            record.notice("error", words, problem.hint)
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
    try:
        process = await asyncio.create_subprocess_shell(
            profile.notify.command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError as problem:
        log.warning("notify.command cannot be started: %s", problem)
        return
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
    try:
        directory.supervisor_log.touch(mode=0o600)
        handler: logging.Handler = logging.FileHandler(directory.supervisor_log)
    except OSError:
        handler = logging.NullHandler()  # a full disk keeps no machine from being given back
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
