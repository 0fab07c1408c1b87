"""What the stages write with: every record of a run goes through here, in one order, redacted, folded."""

from __future__ import annotations

import logging
from collections import deque
from typing import Any

from unitrainer_tui.errors import RunFailed
from unitrainer_tui.ports import Clock, Journal
from unitrainer_tui.runs.events import (
    CostEvent,
    Decision,
    Event,
    Level,
    NoticeEvent,
    ProgressEvent,
    ResourceEvent,
    ResourceKind,
    ResourceStatus,
    ResultEvent,
    StageEvent,
    StageName,
    TransferEvent,
    timestamp,
)
from unitrainer_tui.runs.state import ResourceState, RunState, apply

log = logging.getLogger(__name__)

# Events of these kinds are not worth keeping for later when the disk is full.
_FLEETING = (TransferEvent, CostEvent, ProgressEvent)
# So many are kept; beyond that only those that tell what the run holds and does.
_KEPT = 1000


def _worth_keeping(event: Event, kept: int) -> bool:
    if isinstance(event, NoticeEvent) and event.decision is None and event.model_path is None:
        return kept < _KEPT
    return not isinstance(event, _FLEETING)


class Recorder:
    """`state` is what was told so far. An intent that cannot be written raises: its call is then never sent.

    Anything else that cannot be written is kept and written when there is room again, so that a full disk stops
    no clean-up.
    """

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._unwritten: deque[tuple[Event, float]] = deque()
        self._last: dict[str, float] = {}
        self._newest: dict[str, TransferEvent] = {}
        self._told: set[str] = set()
        self.state: RunState = journal.state
        self._inherited = {known.intended_at for known in self.state.resources.values()}
        self._began = clock.now()

    def called_at(self, resource: ResourceState) -> float:
        """When the last call that could have made it had its effect, at the latest (Unix seconds): it was sent then, or
        answered, if the answer was long in coming (a sleep of this machine). A supervisor that took the run over counts
        from its own beginning: the clock may have been set while nobody looked."""
        inherited = resource.intended_at is None or resource.intended_at in self._inherited
        sent = self._began if inherited else resource.intended_at or 0.0
        return max(sent, resource.created_at or 0.0)

    def emit(self, event: Event, *, sync: bool = False, required: bool = False) -> None:
        if not isinstance(event, ResultEvent):
            self._tell_waiting_transfers(event)
        self._write(event, sync=sync, required=required)

    def _write(self, event: Event, *, sync: bool = False, required: bool = False) -> None:
        at = self._clock.now()
        try:
            self._write_kept()
            self._journal.append(event, at, sync=sync)
        except OSError as problem:
            if required:
                raise RunFailed(
                    f"The journal cannot be written ({problem.strerror}), so nothing is launched.",
                    "Free some room on the disk of the state directory.",
                ) from None
            log.error("the journal cannot be written: %s", problem)
            if _worth_keeping(event, len(self._unwritten)):
                self._unwritten.append((event, at))
            # Told with its time: what it means (the meter, the settle window) holds before it is on the disk.
            self.state = apply(self.state, event.model_copy(update={"at": timestamp(at)}))
            return
        self.state = self._journal.state

    def _write_kept(self) -> None:
        while self._unwritten:
            self._journal.append(*self._unwritten[0], sync=True)
            self._unwritten.popleft()

    def flush(self) -> bool:
        """Writes what was kept. True when all that was told is in the journal."""
        try:
            self._write_kept()
        except OSError:
            return False
        return True

    # ------------------------------------------------------------------------------------------------- stages

    def started(self, stage: StageName, *, reason: str | None = None) -> None:
        known = self.state.stages.get(stage)
        if known is not None and known.status == "started" and reason is None:
            reason = "resumed"
        self.emit(StageEvent(stage=stage, status="started", reason=reason))

    def done(self, stage: StageName, *, reason: str | None = None) -> None:
        self.emit(StageEvent(stage=stage, status="done", seconds=self._seconds(stage), reason=reason), sync=True)

    def failed(self, stage: StageName, reason: str) -> None:
        self.emit(StageEvent(stage=stage, status="failed", seconds=self._seconds(stage), reason=reason), sync=True)

    def skipped(self, stage: StageName, reason: str) -> None:
        self.emit(StageEvent(stage=stage, status="skipped", seconds=0.0, reason=reason))

    def _seconds(self, stage: str) -> float | None:
        known = self.state.stages.get(stage)
        return round(max(0.0, self._clock.now() - known.started_at), 3) if known else None

    # ------------------------------------------------------------------------------------- resources and words

    def resource(self, kind: ResourceKind, status: ResourceStatus, *, required: bool = False, **fields: Any) -> None:
        """Always on the disk when this returns; with `required` it raises when that is not possible."""
        self.emit(ResourceEvent(resource=kind, status=status, **fields), sync=True, required=required)

    def notice(self, level: Level, message: str, hint: str | None = None) -> None:
        self.emit(NoticeEvent(level=level, message=message, hint=hint or None))

    def decide(self, decision: Decision, message: str, *, level: Level = "error", **fields: Any) -> None:
        """A notice that changes what the run does next; on the disk when this returns."""
        self.emit(NoticeEvent(level=level, message=message, decision=decision, **fields), sync=True)

    def result(self, event: ResultEvent) -> None:
        self.emit(event, sync=True)

    # ---------------------------------------------------------------------------------- at most once a second

    def transfer(self, event: TransferEvent) -> None:
        """Told at most once a second in each direction, a short one just once, when it ends. The newest waits for its
        turn: where a transfer ended is told in any case, if need be a moment after its stage."""
        key = f"transfer-{event.direction}"
        self._last.setdefault(key, self._clock.monotonic())
        self._newest[event.direction] = event
        if self._due(key):
            self._write(self._newest.pop(event.direction))
            self._told.add(event.direction)

    def _tell_waiting_transfers(self, before: Event) -> None:
        for direction in list(self._newest):
            ends = isinstance(before, StageEvent) and before.stage == direction and before.status != "started"
            if self._due(f"transfer-{direction}") or (ends and direction not in self._told):
                self._last[f"transfer-{direction}"] = self._clock.monotonic()
                self._told.add(direction)
                self._write(self._newest.pop(direction))

    def cost(self, event: CostEvent, every: float = 1.0) -> None:
        if self._due("cost", every=every):
            self.emit(event)

    def progress(self, event: ProgressEvent) -> bool:
        """A whole epoch is always told, a partial one at most once a second."""
        if not event.partial or self._due("progress"):
            self.emit(event)
            return True
        return False

    def _due(self, what: str, *, every: float = 1.0) -> bool:
        now = self._clock.monotonic()
        if now - self._last.get(what, float("-inf")) < max(every, 1.0):
            return False
        self._last[what] = now
        return True
