"""Events as readable lines, for a run without the screens."""

from __future__ import annotations

from unitrainer_tui.runs.estimates import usual
from unitrainer_tui.runs.events import (
    CostEvent,
    Event,
    LogEvent,
    NoticeEvent,
    ProgressEvent,
    ResourceEvent,
    ResultEvent,
    StageEvent,
    TransferEvent,
)
from unitrainer_tui.text import safe

_MARKS = {"started": "…", "done": "✓", "failed": "✗", "skipped": "-"}
_LEVELS = {"info": "note", "warning": "warning", "error": "ERROR"}


def line_of(event: Event) -> str | None:
    """One safe line, or None for what would only repeat itself."""
    text = _text(event)
    return None if text is None else str(safe(text))


def _text(event: Event) -> str | None:
    match event:
        case StageEvent():
            seconds = f" {event.seconds:.1f} s" if event.seconds else ""
            reason = f"  ({event.reason})" if event.reason else ""
            return f"{_MARKS.get(event.status, '?')} {event.stage} {event.status}{seconds}{reason}"
        case ResourceEvent():
            label = event.address or event.name or event.id or ""
            reason = f"  ({event.reason})" if event.reason not in (None, "listed") else ""
            return f"  {event.resource} {event.status}: {label}{reason}"
        case ProgressEvent() if not event.partial:
            total = f"/{event.total_epochs}" if event.total_epochs else ""
            metrics = "  ".join(f"{name} {_number(value)}" for name, value in event.metrics.items())
            left = f"  {_span(event.eta_seconds)} left" if event.eta_seconds else ""
            return f"  epoch {event.epoch}{total}  {metrics}{left}"
        case LogEvent():
            return f"  | {event.text}"
        case NoticeEvent():
            return f"! {_LEVELS[event.level]}: {event.message}" + (f" {event.hint}" if event.hint else "")
        case TransferEvent() if event.bytes >= event.total:
            return f"  {event.direction}: {event.total / 1e6:.1f} MB, {event.total_files} files, {_rate(event.rate)}"
        case CostEvent():
            return None
        case ResultEvent():
            return result_text(event)
        case _:
            return None


def result_text(result: ResultEvent) -> str:
    head = "DONE" if result.success else "FAILED"
    if result.smoke:
        head += " (a rehearsal: two epochs on a few samples)"
    label = "The rehearsal's model" if result.smoke else "Model"
    model = f" {label}: {result.model_path}" if result.model_path else ""
    held = "everything given back" if result.released else "NOT EVERYTHING IS GIVEN BACK"
    error = f" {result.error}" if result.error else ""
    took = [f"{name} {_span(seconds)} ({usual(name)})" for name, seconds in (result.stages or {}).items() if seconds]
    stages = f" Stages, and how long they usually take: {', '.join(took)}." if took else ""
    return f"{head}.{error}{model} Spent ${result.spent_usd:.2f}; {held}.{stages}"


def _number(value: float | None) -> str:
    return "nan" if value is None else f"{value:.4g}"


def _rate(rate: float) -> str:
    return f"{rate / 1e6:.1f} MB/s"


def _span(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
