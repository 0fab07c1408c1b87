"""A job's log brought here byte for byte, from one machine, while the job runs and after it has ended.

The log is read by offset, and the offset is the size of what is stored here: whatever breaks, no byte is lost or
doubled. The job's status comes from its own files on the host, never out of its log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unitrainer_tui.errors import HostCommandFailed
from unitrainer_tui.log_text import safe_lines
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.host_link import HostLink
from unitrainer_tui.ports import JobPoll

POLL_BYTES = 1 << 20
LAST_LINES = 12
IDLE_GPU_PERCENT = 5.0


@dataclass
class Idle:
    """Silence of the whole job, as the idle limit means it: no output from any machine, and every GPU that can be read
    hardly used."""

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


class JobLog:
    """The log of the job on one machine. `on_data` is given every byte of it, from the beginning; telemetry is kept of
    node 0 alone."""

    def __init__(self, ctx: RunContext, link: HostLink, on_data: Callable[[bytes], None] | None = None) -> None:
        self._ctx = ctx
        self._link = link
        self.node = link.node
        self._on_data = on_data
        self._offset = ctx.files.log_size(self.node)
        self._telemetry_offset = 0
        self._generation = ""
        self._gap_told = False
        if on_data is not None:
            for piece in ctx.files.read_log(self.node):
                on_data(piece)

    async def step(self, idle: Idle | None = None) -> tuple[JobPoll, bool]:
        """One look: the answer, and whether there is more of the log to fetch at once."""
        poll = await self._poll()
        before = self._offset
        await self._store(poll)
        grew = self._offset > before
        if idle is not None:
            idle.note(self._ctx.clock.monotonic(), grew, [dict(record) for record in poll.telemetry])
        return poll, grew and self._offset < poll.log_size

    async def drain(self) -> None:
        """What the job has printed until now, for a job that was stopped."""
        more = True
        while more:
            _, more = await self.step()

    async def _poll(self) -> JobPoll:
        run, offset, telemetry = self._ctx.run, self._offset, self._telemetry_offset
        return await self._link.call(lambda host: host.poll_job(run, offset, telemetry, POLL_BYTES))

    async def _store(self, poll: JobPoll) -> None:
        self._generation = self._generation or poll.generation
        label = self._ctx.label(self.node)
        if poll.log_size < self._offset or poll.generation != self._generation:
            if not self._gap_told:
                self._gap_told = True
                self._ctx.record.notice(
                    "warning",
                    f"{label}The log on the machine was replaced or cut; what is stored here ends at {self._offset}.",
                )
        elif poll.log:
            try:
                self._ctx.files.append_log(poll.log, self.node)
            except OSError as problem:
                # Nothing is lost: the machine keeps the log, and the offset stays where it is.
                self._ctx.record.notice("error", f"{label}The log cannot be written here: {problem.strerror}.")
                await self._ctx.clock.sleep(5.0)
                return
            self._offset += len(poll.log)
            if self._on_data is not None:
                self._on_data(poll.log)
        for record in poll.telemetry if self.node == 0 else ():
            try:
                self._ctx.files.append_telemetry(json.dumps(dict(record)))
            except (OSError, ValueError, TypeError):
                break  # telemetry is for looking at: a full disk may lose it
        self._telemetry_offset = poll.telemetry_offset


def judge(ctx: RunContext, node: int, poll: JobPoll) -> None:
    """Raises HostCommandFailed with the last lines where the job on that node has not ended with 0."""
    if poll.exit_code == 0:
        return
    lines, label = last_lines(ctx, node), ctx.label(node)
    if poll.lost or poll.exit_code is None:
        raise HostCommandFailed(
            f"{label}Training ended without a word: the machine was restarted or the process was killed from outside.",
            last_lines=lines,
        )
    raise HostCommandFailed(f"{label}{ending(poll.exit_code, lines)}", code=poll.exit_code, last_lines=lines)


def ending(code: int, lines: Sequence[str]) -> str:
    """One sentence for how the job ended."""
    why = {137: " (killed: out of memory is likely)", 139: " (segmentation fault)", 143: " (terminated)"}.get(code, "")
    said = f" Its last line: {lines[-1]}" if lines else " It printed nothing."
    return f"Training ended with exit code {code}{why}.{said}"


def last_lines(ctx: RunContext, node: int = 0) -> list[str]:
    """The last lines of the stored log that say something, safe to show."""
    tail = b""
    for piece in ctx.files.read_log(node):
        tail = (tail + piece)[-65536:]
    texts = [str(line.text).strip() for line in safe_lines(tail)]
    return [text[:300] for text in texts if text][-LAST_LINES:]
