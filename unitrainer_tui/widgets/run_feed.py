"""What a viewer has heard of a run so far. Events go in one by one, the screen looks a few times a second.

It knows nothing of widgets: the consumer of events never touches one, so 10,000 lines a second cost one append each.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from unitrainer_tui.runs.events import (
    Event,
    LogEvent,
    NoticeEvent,
    ProgressEvent,
    ResourceEvent,
    StageEvent,
    TelemetryEvent,
    unix_seconds,
)
from unitrainer_tui.runs.state import RunState, apply
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.log_ring import LogRing
from unitrainer_tui.widgets.series import MetricHistory

LOAD_KEPT = 240
"""So many values of each GPU's load: more than any history on the screen is wide."""
NOTICES_KEPT = 10_000


@dataclass(frozen=True)
class Notice:
    """One line for the user. `at` in Unix seconds."""

    level: str
    text: str
    at: float


@dataclass
class RunFeed:
    """`version` grows with every event but log lines, `curve_version` with every progress: cheap to compare.

    `log_was_there`: the size of the log in bytes when the viewer came; lines before that have no time of their own.
    """

    state: RunState = field(default_factory=RunState)
    log: LogRing = field(default_factory=LogRing)
    metrics: MetricHistory = field(default_factory=MetricHistory)
    telemetry: TelemetryEvent | None = None
    load: dict[int, deque[float | None]] = field(default_factory=dict)
    notices: deque[Notice] = field(default_factory=lambda: deque(maxlen=NOTICES_KEPT))
    version: int = 0
    curve_version: int = 0
    log_was_there: int = 0
    _at: tuple[str, float] = ("", 0.0)

    def take(self, event: Event) -> None:
        if isinstance(event, LogEvent):
            # Log text is safe by contract; one that is not pays for the gate here.
            text = event.text if event.text.isprintable() else safe(event.text)
            self.log.append(text, self._seen_at(event), event.offset, event.drawn is True)
            return
        if event.seq is not None and event.seq <= self.state.seq:
            return
        self.state = apply(self.state, event)
        self.version += 1
        match event:
            case TelemetryEvent():
                self.telemetry = event
                for gpu in event.gpus:
                    self.load.setdefault(gpu.index, deque(maxlen=LOAD_KEPT)).append(gpu.utilization)
            case ProgressEvent():
                self.metrics.add(event)
                self.curve_version += 1
            case NoticeEvent():
                self._notice(event.level, f"{event.message} {event.hint or ''}", event)
            case StageEvent(status="failed"):
                self._notice("error", f"{event.stage} failed: {event.reason or 'no reason was given'}", event)
            case ResourceEvent(status="suspect"):
                self._notice("warning", f"A {event.resource} may be ours and is not proven so: {event.name}", event)

    def _seen_at(self, event: LogEvent) -> float | None:
        """Many lines share a time: it is read once."""
        if event.offset < self.log_was_there or not event.at:
            return None
        if event.at != self._at[0]:
            self._at = (event.at, unix_seconds(event.at))
        return self._at[1]

    def _notice(self, level: str, text: str, event: Event) -> None:
        self.notices.append(Notice(level, safe(text.strip()), unix_seconds(event.at) if event.at else 0.0))
