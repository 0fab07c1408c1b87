"""How a run ended, out of what its journal says: success, exit code, the sentence about what is left."""

from __future__ import annotations

from collections import Counter

from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.provenance import model_check
from unitrainer_tui.pipeline.train import training_summary
from unitrainer_tui.runs.estimates import ESTIMATES
from unitrainer_tui.runs.events import ResultEvent
from unitrainer_tui.runs.state import ResourceState, RunState

_WORDS = {"instance": "instance", "public_ip": "public IP", "ssh_key": "SSH key"}


def exit_code(state: RunState) -> int:
    """0 done · 1 failed, all released · 2 the user's input, nothing launched · 3 something remains · 130 aborted."""
    if state.remaining:
        return 3
    if state.model_path is not None:
        return 0  # verified here: nothing that was asked for or went wrong later takes it back
    if state.abort_requested:
        return 130
    return state.failure_code or 1


def result_of(ctx: RunContext, proof: list[str] | None = None) -> ResultEvent:
    state = ctx.record.state
    success = state.model_path is not None
    error = None
    hint = None
    if not success:
        error = state.failure or state.limit or ("Aborted by the user." if state.abort_requested else "The run failed.")
        hint = state.failure_hint
    if state.remaining:
        error = error or "Not everything could be given back."
    return ResultEvent(
        success=success,
        model_path=state.model_path,
        sha256=state.sha256,
        training=training_summary(ctx),
        model_check=model_check(ctx) if success else None,
        spent_usd=round(ctx.meter.spent(ctx.clock.now()), 4),
        released=not state.remaining,
        error=error,
        hint=hint,
        closing=closing_words(state),
        proof=proof,
        exit_code=exit_code(state),
        aborted=True if state.abort_requested and not success else None,
        stages={name: stage.seconds for name, stage in state.stages.items() if stage.seconds is not None},
        stages_usual=ESTIMATES,
    )


def closing_words(state: RunState) -> str:
    """The sentence about the machine: all given back, or, loudly, what is still there."""
    if not state.resources:
        return "Nothing was launched."
    if not state.remaining:
        # What was refused or never appeared has no id: nothing of it was ever there to be given back.
        gone = Counter(r.kind for r in state.resources.values() if r.id or r.kind == "ssh_key")
        parts = [] if gone["instance"] else ["no machine was launched"]
        if gone["instance"]:
            machines = "instance" if gone["instance"] == 1 else f"{gone['instance']} instances"
            parts.append(f"{machines} terminated, absent twice")
        if gone["public_ip"]:
            parts.append("IP released" if gone["public_ip"] == 1 else f"{gone['public_ip']} IPs released")
        if gone["ssh_key"]:
            parts.append("key removed")
        text = "; ".join(parts)
        return f"{text[:1].upper()}{text[1:]}: no ongoing charges."
    held = ", ".join(f"{_WORDS[resource.kind]} {_label(resource)}" for resource in state.remaining)
    doubt = all(resource.status == "suspect" for resource in state.remaining)
    if doubt:
        return f"PERHAPS STILL THERE: {held}. Decide about it in the cloud's console or with `unitrainer-tui reap`."
    return f"STILL THERE AND PERHAPS BILLED: {held}. Giving back is tried on and on."


def _label(resource: ResourceState) -> str:
    name = resource.name or resource.address or ""
    return f"{name} ({resource.id})" if name and resource.id else name or resource.id or "?"
