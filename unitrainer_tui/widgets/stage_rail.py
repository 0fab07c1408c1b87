"""The nine stages down the side: how each stands in a glyph and a word, how long it took, how long it should take."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

from unitrainer_tui.runs.estimates import usual
from unitrainer_tui.runs.events import STAGES
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import duration
from unitrainer_tui.widgets.still_text import StillText

# status: glyph, word, style. Glyph and word say the same, so that colour is never needed.
_LOOK = {
    "": ("·", "", "$faint"),
    "started": ("▶", "running", "bold $primary"),
    "done": ("✓", "done", "$success"),
    "failed": ("✗", "failed", "bold $error"),
    "skipped": ("–", "skipped", "$muted"),
}

ABORTED = "aborted by the user"
"""The reason of a stage that the user ended (pipeline/run.py)."""


class StageRail(StillText):
    DEFAULT_CSS = "StageRail { height: auto; text-wrap: nowrap; }"

    def show_state(self, state: RunState, now: float, times: Mapping[str, str] | None = None) -> None:
        """`now` in Unix seconds, for the elapsed time of what is running. `times`: what stages should take, in eight
        characters, where more is known of it than of any run."""
        self.show(rail(state, now, times))


def rail(state: RunState, now: float, times: Mapping[str, str] | None = None) -> Content:
    rows: list[Content] = [Content.styled(f"{'stage':<11}{'':8}{'took':>8}  {'usual':<8}", "$muted")]
    for name in STAGES:
        rows.append(_row(name, state, now, (times or {}).get(name) or usual(name)))
    if state.created_at is not None:
        end = state.result.time if state.result is not None and state.result.at else now
        rows.append(Content.styled(f"{'in all':<19}{duration(max(0.0, end - state.created_at)):>8}", "$muted"))
    return Content("\n").join(rows)


def _row(name: str, state: RunState, now: float, should_take: str) -> Content:
    stage = state.stages.get(name)
    status = stage.status if stage is not None else ""
    glyph, word, style = _LOOK.get(status, ("?", safe(status)[:8], "$warning"))
    if stage is not None and status == "started" and state.result is not None:
        glyph, word, style = "✗", "cut", "$warning"
    if stage is not None and status == "failed" and stage.reason == ABORTED:
        glyph, word, style = "■", "stopped", "$warning"
    took = ""
    if stage is not None:
        seconds = stage.seconds
        if seconds is None and status == "started" and state.result is None:
            seconds = max(0.0, now - stage.started_at)
        took = "" if seconds is None else duration(seconds)
    if name == "cleanup" and state.remaining and state.result is not None and not state.result.released:
        glyph, word, style = "!", "remains", "bold $error"
    name_style = style if status == "started" else ("" if status else "$faint")
    return Content.assemble(
        (f"{glyph} ", style),
        (f"{name:<9}", name_style),
        (f"{word:<8}", style),
        (f"{took:>8}", "" if status else "$faint"),
        (f"  {should_take:<8}", "$faint"),
    )
