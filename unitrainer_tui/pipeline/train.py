"""Following the job on all machines of the run: progress out of node 0's log, the end of every one of them.

The run has trained when node 0's job has ended with 0 and no other has failed. What the others print is stored beside.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Sequence

from unitrainer_tui.errors import HostCommandFailed, RunFailed, UnitrainerError
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.effects import end, within
from unitrainer_tui.pipeline.host_link import HostLink
from unitrainer_tui.pipeline.job_log import Idle, JobLog, judge
from unitrainer_tui.pipeline.pull import pull_checkpoints
from unitrainer_tui.pipeline.start_word import StartWord
from unitrainer_tui.ports import JobPoll
from unitrainer_tui.progress.facts import Progress
from unitrainer_tui.progress.parser import ProgressParser
from unitrainer_tui.runs.events import NoticeEvent, ProgressEvent, Training, finite

POLL_SECONDS = 0.5
OTHERS_POLL_SECONDS = 1.0
# How long the jobs of the other nodes may go on after node 0's has ended well, and how long stopping one may take.
STRAGGLER_SECONDS = 60.0
STOP_SECONDS = 60.0
# A node that fails takes the others along: those that follow so soon are told in the same sentence.
SAME_CAUSE_SECONDS = 3.0
_LOSSES = ("loss", "train_loss", "train/loss", "val_loss", "val/loss", "logloss")


class LimitReached(RunFailed):
    """A limit of the profile ends training; what exists is brought home."""


async def follow_jobs(ctx: RunContext, links: Sequence[HostLink]) -> None:
    """Returns when node 0's job has ended with 0, and so have the others or were stopped; all of its log is here then.
    Raises RunFailed or HostError with the last lines of the node that failed, LimitReached."""
    idle = Idle(ctx.profile.limits.idle_minutes, ctx.clock.monotonic())
    first = asyncio.create_task(JobFollower(ctx, links[0]).until_end(idle))
    pulling = asyncio.create_task(pull_checkpoints(ctx, links[0]))
    open_ones = [link for link in links[1:] if link.node not in ctx.record.state.stopped_nodes]
    others = {asyncio.create_task(_until_end(ctx, link, idle)): link for link in open_ones}
    try:
        await _all_well({first, *others}, until=first)
        if running := {task for task in others if not task.done()}:
            await _all_well(running, seconds=STRAGGLER_SECONDS)
        ended = {link.node for task, link in others.items() if task.done()}
        stragglers = [link for link in links[1:] if link.node not in ended]
    finally:
        await end(first, pulling, *others)
    ends = await asyncio.gather(*(_stop_straggler(ctx, link) for link in stragglers), return_exceptions=True)
    if failed := [problem for problem in ends if problem is not None]:
        raise _together(failed)


async def _all_well(
    tasks: set[asyncio.Task[None]], *, until: asyncio.Task[None] | None = None, seconds: float | None = None
) -> None:
    """Waits for all of them, for `until`, or so long. Raises what ended the first that failed, with what followed."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds if seconds is not None else None
    waiting = set(tasks)
    while waiting and (until is None or until in waiting):
        left = None if deadline is None else max(0.0, deadline - loop.time())
        done, waiting = await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            return
        failed = [problem for task in done if (problem := task.exception()) is not None]
        if failed and waiting:
            done, _ = await asyncio.wait(waiting, timeout=SAME_CAUSE_SECONDS)
            failed += [problem for task in done if (problem := task.exception()) is not None]
        if failed:
            raise _together(failed)


def _together(failed: Sequence[BaseException]) -> BaseException:
    """The first of them; where it is the end of a job, what the others came to is said with it."""
    first, *rest = failed
    if isinstance(first, HostCommandFailed) and rest:
        said = " ".join(problem.message for problem in rest if isinstance(problem, UnitrainerError))
        return HostCommandFailed(
            f"{first.message} {said}".strip(), first.hint, code=first.code, last_lines=first.last_lines
        )
    return first


async def _until_end(ctx: RunContext, link: HostLink, idle: Idle) -> None:
    """The job of a node that is not the first."""
    log = JobLog(ctx, link)
    while True:
        poll, more = await log.step(idle)
        if not poll.running and not more:
            judge(ctx, log.node, poll)
            return
        if not more:
            await ctx.clock.sleep(OTHERS_POLL_SECONDS)


async def _stop_straggler(ctx: RunContext, link: HostLink) -> None:
    """Ends a job that has not told its end in time. Raises HostCommandFailed where it had ended by itself, and badly;
    what cannot be learned any more is a warning: the model is node 0's, and node 0 has ended well."""
    label = ctx.label(link.node)
    ended: JobPoll | None = None

    async def look_and_stop() -> None:
        nonlocal ended
        if link.node in ctx.record.state.stopped_nodes:
            await stop_and_drain(ctx, link)  # a supervisor before this one had begun to
            return
        log = JobLog(ctx, link)
        poll, _ = await log.step()
        if not poll.running:
            ended = poll
            await log.drain()
            return
        told = f"{label}The job still ran {STRAGGLER_SECONDS:g} s after node 0's had ended; it is stopped."
        ctx.record.emit(NoticeEvent(level="warning", message=told, stopped_node=link.node), sync=True)
        await stop_and_drain(ctx, link)

    try:
        await within(STOP_SECONDS, look_and_stop)
    except (TimeoutError, UnitrainerError) as problem:
        if ended is not None:
            ctx.record.notice("warning", f"{label}The end of its log could not be fetched: {problem or 'no answer'}")
        else:
            ctx.record.notice("warning", f"{label}How the job ended there is not known: {problem or 'no answer'}")
    if ended is not None:
        judge(ctx, link.node, ended)


async def stop_and_drain(ctx: RunContext, link: HostLink) -> None:
    """Ends the job of one node and brings the rest of its log here."""
    await link.call(lambda host: host.stop_job(ctx.run))
    await (JobFollower(ctx, link) if link.node == 0 else JobLog(ctx, link)).drain()


class JobFollower:
    """Node 0's job: its log as progress."""

    def __init__(self, ctx: RunContext, link: HostLink) -> None:
        self._ctx = ctx
        self._parser = ProgressParser(ctx.profile.training.framework)
        self._told = ctx.record.state.progress_records
        self._whole = 0
        self._paced_from: tuple[float, float] | None = None
        unsaid = ctx.origin.like is not None and ctx.record.state.started_after is None
        self._start = StartWord() if unsaid else None
        self._log = JobLog(ctx, link, self._parse)

    async def until_end(self, idle: Idle) -> None:
        """Returns when the job has ended with 0 and all its log is here. Raises RunFailed with its last lines."""
        clock = self._ctx.clock
        while True:
            poll, more = await self._log.step(idle)
            if not poll.running and not more:
                self._finish_parsing()
                judge(self._ctx, self._log.node, poll)
                return
            if idle.reached(clock.monotonic()):
                raise LimitReached(
                    f"The job printed nothing for {idle.minutes:g} minutes and used no GPU: it is taken for hung "
                    "(limits.idle_minutes)."
                )
            if not more:
                await clock.sleep(POLL_SECONDS)

    async def drain(self) -> None:
        """What the job has printed until now, for a job that was stopped."""
        await self._log.drain()
        self._finish_parsing()

    # ------------------------------------------------------------------------------------------------ progress

    def _parse(self, data: bytes) -> None:
        if self._start is not None and (start := self._start.feed(data)) is not None:
            self._ctx.record.emit(NoticeEvent(level="info", message=start.sentence, started_after=start.after))
        for progress in self._parser.feed(data):
            self._tell(progress)

    def _finish_parsing(self) -> None:
        for progress in self._parser.finish():
            self._tell(progress)

    def _tell(self, progress: Progress) -> None:
        if not progress.partial:
            self._whole += 1
            if self._whole <= self._told:
                return  # told before this supervisor took over
        elif self._whole < self._told:
            return
        fraction = progress.fraction
        if fraction is None and progress.total_epochs:
            fraction = progress.epoch / progress.total_epochs
        if fraction is not None:
            fraction = min(1.0, max(0.0, fraction))
        event = ProgressEvent(
            epoch=progress.epoch,
            total_epochs=progress.total_epochs,
            fraction=round(fraction, 6) if fraction is not None else None,
            metrics={name: finite(value) for name, value in progress.metrics.items()},
            eta_seconds=self._eta(fraction),
            partial=True if progress.partial else None,
            infinite=[name for name, value in progress.metrics.items() if math.isinf(value)] or None,
        )
        if self._ctx.record.progress(event) and not progress.partial:
            line = {"epoch": event.epoch, "total_epochs": event.total_epochs, "metrics": event.metrics}
            try:
                self._ctx.files.append_metrics(json.dumps(line))
            except OSError:
                pass  # the journal and the log hold the same facts

    def _eta(self, fraction: float | None) -> float | None:
        """Seconds left at the pace since the first record, which leaves the start-up out."""
        if fraction is None:
            return None
        now = self._ctx.clock.monotonic()
        if self._paced_from is None or fraction < self._paced_from[1]:
            self._paced_from = (now, fraction)
            return None
        since, at = self._paced_from
        return round((1 - fraction) * (now - since) / (fraction - at), 1) if fraction > at else None


def training_summary(ctx: RunContext) -> Training | None:
    progress = ctx.record.state.progress
    if progress is None:
        return None
    loss = next((progress.metrics[name] for name in _LOSSES if progress.metrics.get(name) is not None), None)
    return Training(epochs=progress.epoch, final_loss=loss, metrics=progress.metrics)
