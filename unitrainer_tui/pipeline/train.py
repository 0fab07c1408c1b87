"""Following the job: its log byte for byte, its progress, its telemetry, its end.

The log is read by offset, and the offset is the size of what is stored here: whatever breaks, no byte is lost or
doubled. The job's status comes from its own files on the host, never out of its log.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from unitrainer_tui.errors import HostCommandFailed, RunFailed
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.host_link import HostLink
from unitrainer_tui.ports import JobPoll
from unitrainer_tui.progress.facts import Progress
from unitrainer_tui.progress.parser import ProgressParser
from unitrainer_tui.runs.events import ProgressEvent, Training, finite
from unitrainer_tui.text import LineSplitter

POLL_BYTES = 1 << 20
POLL_SECONDS = 0.5
LAST_LINES = 12
IDLE_GPU_PERCENT = 5.0
_LOSSES = ("loss", "train_loss", "train/loss", "val_loss", "val/loss", "logloss")


class LimitReached(RunFailed):
    """A limit of the profile ends training; what exists is brought home."""


@dataclass
class _Idle:
    """Silence, as the idle limit means it: no output, and every GPU that can be read hardly used."""

    minutes: float | None
    since: float

    def note(self, now: float, grew: bool, telemetry: Sequence[dict[str, object]]) -> None:
        if grew or any(_busy(record) for record in telemetry):
            self.since = now

    def reached(self, now: float) -> bool:
        return self.minutes is not None and now - self.since >= self.minutes * 60


def _busy(record: dict[str, object]) -> bool:
    gpus = record.get("gpus")
    used = [gpu.get("utilization") for gpu in gpus if isinstance(gpu, dict)] if isinstance(gpus, list) else []
    return any(isinstance(percent, int | float) and percent >= IDLE_GPU_PERCENT for percent in used)


class JobFollower:
    def __init__(self, ctx: RunContext, link: HostLink) -> None:
        self._ctx = ctx
        self._link = link
        self._parser = ProgressParser(ctx.profile.training.framework)
        self._told = ctx.record.state.progress_records
        self._whole = 0
        self._offset = ctx.files.log_size()
        self._telemetry_offset = 0
        self._generation = ""
        self._gap_told = False
        self._paced_from: tuple[float, float] | None = None
        for piece in ctx.files.read_log():
            self._parse(piece)

    async def until_end(self) -> None:
        """Returns when the job has ended with 0 and all its log is here. Raises RunFailed with its last lines."""
        clock = self._ctx.clock
        idle = _Idle(self._ctx.profile.limits.idle_minutes, clock.monotonic())
        while True:
            poll = await self._poll()
            before = self._offset
            await self._store(poll)
            grew = self._offset > before
            idle.note(clock.monotonic(), grew, [dict(record) for record in poll.telemetry])
            more = grew and self._offset < poll.log_size
            if not poll.running and not more:
                self._finish_parsing()
                self._judge(poll)
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
        while True:
            poll = await self._poll()
            before = self._offset
            await self._store(poll)
            if self._offset == before or self._offset >= poll.log_size:
                self._finish_parsing()
                return

    async def _poll(self) -> JobPoll:
        run, offset, telemetry = self._ctx.run, self._offset, self._telemetry_offset
        return await self._link.call(lambda host: host.poll_job(run, offset, telemetry, POLL_BYTES))

    async def _store(self, poll: JobPoll) -> None:
        self._generation = self._generation or poll.generation
        if poll.log_size < self._offset or poll.generation != self._generation:
            if not self._gap_told:
                self._gap_told = True
                self._ctx.record.notice(
                    "warning",
                    f"The log on the machine was replaced or cut; what is stored here ends at {self._offset}.",
                )
        elif poll.log:
            try:
                self._ctx.files.append_log(poll.log)
            except OSError as problem:
                # Nothing is lost: the machine keeps the log, and the offset stays where it is.
                self._ctx.record.notice("error", f"The log cannot be written here: {problem.strerror}.")
                await self._ctx.clock.sleep(5.0)
                return
            self._offset += len(poll.log)
            self._parse(poll.log)
        for record in poll.telemetry:
            try:
                self._ctx.files.append_telemetry(json.dumps(dict(record)))
            except (OSError, ValueError, TypeError):
                break  # telemetry is for looking at: a full disk may lose it
        self._telemetry_offset = poll.telemetry_offset

    # ------------------------------------------------------------------------------------------------ progress

    def _parse(self, data: bytes) -> None:
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

    # --------------------------------------------------------------------------------------------------- the end

    def _judge(self, poll: JobPoll) -> None:
        if poll.exit_code == 0:
            return
        lines = last_lines(self._ctx)
        if poll.lost or poll.exit_code is None:
            raise HostCommandFailed(
                "Training ended without a word: the machine was restarted or the process was killed from outside.",
                last_lines=lines,
            )
        raise HostCommandFailed(ending(poll.exit_code, lines), code=poll.exit_code, last_lines=lines)


def ending(code: int, lines: Sequence[str]) -> str:
    """One sentence for how the job ended."""
    why = {137: " (killed: out of memory is likely)", 139: " (segmentation fault)", 143: " (terminated)"}.get(code, "")
    said = f" Its last line: {lines[-1]}" if lines else " It printed nothing."
    return f"Training ended with exit code {code}{why}.{said}"


def last_lines(ctx: RunContext) -> list[str]:
    """The last lines of the stored log that say something, safe to show."""
    tail = b""
    for piece in ctx.files.read_log():
        tail = (tail + piece)[-65536:]
    splitter = LineSplitter()
    texts = [str(line.text).strip() for line in [*splitter.feed(tail), *splitter.finish()]]
    return [text[:300] for text in texts if text][-LAST_LINES:]


def training_summary(ctx: RunContext) -> Training | None:
    progress = ctx.record.state.progress
    if progress is None:
        return None
    loss = next((progress.metrics[name] for name in _LOSSES if progress.metrics.get(name) is not None), None)
    return Training(epochs=progress.epoch, final_loss=loss, metrics=progress.metrics)
