"""The end of a run in one look: what became of it, where the model is, its cost, the proof that nothing is left."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from unitrainer_tui.runs.events import ResultEvent
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import duration, home_relative, metric, usd
from unitrainer_tui.widgets.still_text import StillText

_NAMES = {"instance": "instance", "public_ip": "IP", "ssh_key": "key"}
_GONE = {"instance": "instance gone", "public_ip": "IP released", "ssh_key": "key removed"}
LABEL = 9


def verdict(result: ResultEvent) -> tuple[str, str]:
    """One sentence and its style."""
    if result.success and result.smoke:
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
    named = ", ".join(
        f"{_NAMES.get(resource.kind, resource.kind)} {safe(resource.name or resource.address or resource.id or '?')}"
        for resource in remaining
    )
    what = f"STILL THERE: {named}" if named else "NOT PROVEN GONE: something of this run"
    return f"! {what}. It may cost money until it is gone; the supervisor goes on trying. See `audit`.", "bold $error"


def summary(state: RunState) -> Content:
    """The panel's text, empty while the run has no result."""
    result = state.result
    if result is None:
        return Content("")
    rows = [Content.styled(*verdict(result)), Content.styled(*leak_proof(state, result))]
    if result.hint:
        rows.append(_row("hint", safe(result.hint)))
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
    return Content("\n").join(rows)


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
    return [_row("training", " · ".join(told))] if told else []


def _row(label: str, value: str, style: str = "") -> Content:
    return Content.assemble((f"{label:<{LABEL}}", "$muted"), (value, style))


class SummaryPanel(VerticalScroll):
    def compose(self) -> ComposeResult:
        yield StillText(id="summary-text")

    def show_state(self, state: RunState) -> None:
        self.query_one("#summary-text", StillText).show(summary(state))
