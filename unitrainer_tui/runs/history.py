"""How long this user's own runs took, read out of their journals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.events import Event, ProgressEvent, ResourceEvent, StageEvent, TransferEvent
from unitrainer_tui.runs.journal import read_journal
from unitrainer_tui.runs.work import Work, read_work

MOST_RUNS = 100
"""The newest so many are read."""


@dataclass(frozen=True)
class PastRun:
    """`stages` are seconds of stages that came to a good end. `rate` is the upload's, bytes a second, 0 where too
    little was sent to tell. `epoch_seconds` is the pace between the epochs, `start_seconds` what came before the
    first."""

    run: str
    work: Work
    flavor: str = ""
    stages: dict[str, float] = field(default_factory=dict)
    rate: float = 0.0
    epoch_seconds: float = 0.0
    start_seconds: float = 0.0


# Below so many bytes or seconds an upload measures round trips, not the link.
LEAST_BYTES, LEAST_SECONDS = 1_000_000, 0.5


def past_run(run: str, work: Work, events: Iterable[Event]) -> PastRun:
    """A run's times out of its events."""
    stages: dict[str, float] = {}
    flavor, rate, train_from = work.flavor, 0.0, 0.0
    epochs: list[tuple[int, float]] = []
    for event in events:
        match event:
            case StageEvent(status="done") if event.seconds is not None:
                stages[event.stage] = event.seconds
            case StageEvent(stage="train", status="started"):
                train_from, epochs = event.time, []
            case ResourceEvent(resource="instance", status="intended") if event.flavor:
                flavor = event.flavor
            case TransferEvent(direction="upload") if event.rate > 0:
                seconds = event.bytes / event.rate
                if event.bytes >= LEAST_BYTES and seconds >= LEAST_SECONDS:
                    rate = event.rate
            case ProgressEvent() if not event.partial:
                epochs.append((event.epoch, event.time))
    pace, start = _pace(epochs, train_from, stages.get("train"))
    return PastRun(run, work, flavor, stages, rate, pace, start)


def _pace(epochs: Sequence[tuple[int, float]], train_from: float, train: float | None) -> tuple[float, float]:
    """(seconds an epoch, seconds before the first epoch began); zeros where nothing was told."""
    if len(epochs) >= 2 and epochs[-1][0] > epochs[0][0]:
        pace = (epochs[-1][1] - epochs[0][1]) / (epochs[-1][0] - epochs[0][0])
        return max(pace, 0.0), max(epochs[0][1] - train_from - pace, 0.0)
    if epochs and train is not None:
        return train, 0.0
    return 0.0, 0.0


def past_runs(directories: Iterable[RunDirectory]) -> list[PastRun]:
    """The newest runs first. Reads their journals: use a thread."""
    found = []
    newest = sorted(directories, key=lambda one: one.path.stat().st_mtime_ns, reverse=True)
    for directory in newest[:MOST_RUNS]:
        if (work := read_work(directory)) is not None:
            try:
                found.append(past_run(directory.run, work, read_journal(directory.journal)))
            except OSError:
                continue
    return found
