"""The end of a run in one look: what became of it, where the model is, its cost, the proof that nothing is left; after
a failure the reason, the last lines and what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from unitrainer_tui.runs.events import ResultEvent
from unitrainer_tui.runs.origin import Origin
from unitrainer_tui.runs.state import ResourceState, RunState
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import duration, home_relative, metric, usd, usd_per_hour
from unitrainer_tui.widgets.machine_facts import RESOURCE_WORDS, STANDING
from unitrainer_tui.widgets.still_text import StillText

_GONE = {"instance": "instance gone", "public_ip": "IP released", "ssh_key": "key removed"}
LABEL = 9
LAST_LINES = 6
AGAIN = "r runs it again, from its checkpoint where it has one."


def verdict(result: ResultEvent, *, rehearsal: bool = False) -> tuple[str, str]:
    """One sentence and its style."""
    if result.success and (rehearsal or result.smoke):
        return "✓ The rehearsal went through: two epochs on a few samples. Its model is no result.", "bold $success"
    if result.success:
        return "✓ The model is trained, verified and here.", "bold $success"
    if result.aborted:
        return (
            "■ Aborted: everything that was rented is given back." if result.released else "■ Aborted.",
            "bold $warning",
        )
    what = "rehearsal" if result.smoke else "run"
    return f"✗ The {what} failed: {safe(result.error or 'no reason was given')}", "bold $error"


def leak_proof(state: RunState, result: ResultEvent) -> tuple[str, str]:
    """What became of everything rented. Only proof of absence counts as gone."""
    remaining = state.remaining
    if result.released and not remaining:
        gone = [_GONE.get(resource.kind, resource.kind) for resource in state.resources.values()]
        told = "; ".join(dict.fromkeys(gone)) or "nothing was rented"
        return f"✓ {told}: no ongoing charges.", "$success"
    named = ", ".join(f"{_word(resource)} {_name(resource)}" for resource in remaining)
    what = f"STILL THERE: {named}" if named else "NOT PROVEN GONE: something of this run"
    return f"! {what}. It may cost money until it is gone; the supervisor goes on trying. See `audit`.", "bold $error"


def summary(
    state: RunState, *, origin: Origin | None = None, last_lines: Sequence[str] = (), width: int = 0
) -> Content:
    """The panel's text, empty while the run has no result. `last_lines` of the log are shown after a failure; `width`
    in cells, 0 where it is not known."""
    result = state.result
    if result is None:
        return Content("")
    smoke = origin is not None and origin.smoke
    rows = [Content.styled(*verdict(result, rehearsal=smoke)), Content.styled(*leak_proof(state, result))]
    rows += _held(state)
    if result.hint:
        rows.append(_row("hint", safe(result.hint)))
    if not result.success:
        rows.append(_row("next", AGAIN))
        said = [line for line in (safe(line).strip() for line in last_lines) if line][-LAST_LINES:]
        rows += _list("last said", said, "$muted")
    if origin is not None:
        rows += _beginning(origin)
    if result.model_path:
        rows.append(_row("model", safe(home_relative(result.model_path)), "bold"))
    if result.sha256:
        rows.append(_row("sha256", safe(result.sha256)))
    rows += _training(result)
    took = _took(state)
    rows.append(_row("cost", usd(result.spent_usd) + (f" in {took}" if took else "")))
    seconds = result.stages or {
        name: stage.seconds for name, stage in state.stages.items() if stage.seconds is not None
    }
    if seconds:
        rows.append(_row("stages", " · ".join(f"{safe(name)} {duration(took)}" for name, took in seconds.items())))
    rows += _list("proof", [safe(line) for line in result.proof or ()])
    return Content("\n").join([*rows[:2], *(hanging(row, width) for row in rows[2:])])


def _held(state: RunState) -> list[Content]:
    """A table of what may still exist."""
    rows: list[Content] = []
    for resource in state.remaining:
        standing, style = STANDING.get(resource.status, (safe(resource.status), "$warning"))
        rate = "" if resource.usd_per_hour is None else f"  {usd_per_hour(resource.usd_per_hour)}"
        known = f"  ({safe(resource.id)})" if resource.id else ""
        told = f"{_word(resource):<9} {_name(resource)}{known}  {standing or 'held'}{rate}"
        rows.append(_row("" if rows else "held", told, style or "$error"))
    return rows


def _beginning(origin: Origin) -> list[Content]:
    rows = []
    if origin.smoke:
        rows.append(_row("rehearsal", "two epochs on about 20 samples of the dataset"))
    if origin.note:
        rows.append(_row("like", safe(origin.note)))
    elif origin.like:
        rows.append(_row("like", f"run {safe(origin.like)}"))
    return rows


def _took(state: RunState) -> str:
    result = state.result
    if result is None or not result.at or state.created_at is None:
        return ""
    return duration(result.time - state.created_at)


def _training(result: ResultEvent) -> list[Content]:
    training = result.training
    if training is None:
        return []
    told = [f"{training.epochs} epochs"] if training.epochs is not None else []
    if training.final_loss is not None:
        told.append(f"final loss {metric(training.final_loss)}")
    told += [f"{safe(name)} {metric(value)}" for name, value in training.metrics.items() if name != "loss"]
    rows = [_row("training", " · ".join(told))] if told else []
    check = result.model_check
    if check is not None:
        seen = f"predicted {check.predicted:,} samples" if check.loaded else "COULD NOT BE LOADED"
        rows.append(_row("check", f"the machine loaded it once more: {seen}", "" if check.loaded else "$error"))
    return rows


def _word(resource: ResourceState) -> str:
    return RESOURCE_WORDS.get(resource.kind, safe(resource.kind))


def _name(resource: ResourceState) -> str:
    return safe(resource.name or resource.address or resource.id or "?")


def _list(label: str, lines: Sequence[str], style: str = "") -> list[Content]:
    return [_row("" if index else label, line, style) for index, line in enumerate(lines)]


def _row(label: str, value: str, style: str = "") -> Content:
    return Content.assemble((f"{label:<{LABEL}} ", "$muted"), (value, style))


def hanging(row: Content, width: int) -> Content:
    """A labelled row broken at `width` cells; what runs over stands below the value, not below the label."""
    indent = LABEL + 1
    if width < 3 * indent:
        return row
    first, *more = row[indent:].wrap(width - indent) or [Content("")]
    return Content("\n").join([row[:indent] + first, *(Content(" " * indent) + piece for piece in more)])


class SummaryPanel(VerticalScroll):
    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: tuple[RunState, Origin | None, Sequence[str]] | None = None

    def compose(self) -> ComposeResult:
        yield StillText(id="summary-text")

    def on_resize(self) -> None:
        self._show()

    def show_state(self, state: RunState, *, origin: Origin | None = None, last_lines: Sequence[str] = ()) -> None:
        self._shown = (state, origin, last_lines)
        self._show()

    def _show(self) -> None:
        if self._shown is None:
            return
        state, origin, last_lines = self._shown
        width = self.scrollable_content_region.width
        told = summary(state, origin=origin, last_lines=last_lines, width=width)
        self.query_one("#summary-text", StillText).show(told)
