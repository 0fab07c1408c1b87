"""Where the run stands, in one line: stage, bar, epoch, percent, speed, time left."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from unitrainer_tui.runs.events import TransferEvent
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.widgets.figures import duration, plural, size
from unitrainer_tui.widgets.still_text import StillText


@dataclass(frozen=True)
class Standing:
    """`fraction` from 0 to 1, None where nobody can know; `facts` from the most to the least telling."""

    what: str
    fraction: float | None
    facts: tuple[str, ...] = ()
    style: str = "$primary"


def standing(state: RunState, now: float) -> Standing:
    """What the run does now, in words and a fraction. `now` in Unix seconds."""
    result = state.result
    if result is not None:
        if not result.released:
            return Standing("not all is given back", None, (), "$error")
        if result.success:
            return Standing("done", 1.0, _epochs(state), "$success")
        return Standing("aborted" if result.aborted else "failed", _fraction(state), _epochs(state), "$error")
    stage = state.current_stage
    if stage == "train" or (stage is None and state.stage_done("connect") and not state.stage_done("train")):
        return Standing("train", _fraction(state), _training_facts(state, now))
    if stage in ("upload", "download"):
        transfer = state.upload if stage == "upload" else state.download
        if transfer is not None and transfer.total:
            return Standing(stage, transfer.bytes / transfer.total, _transfer_facts(transfer))
    if stage == "cleanup":
        return Standing("giving back", None, ("stopping the meter",))
    running = state.stages.get(stage) if stage else None
    facts = (duration(max(0.0, now - running.started_at)),) if running else ()
    return Standing(stage or "starting", None, facts)


def _fraction(state: RunState) -> float | None:
    progress = state.progress
    if progress is None:
        return None
    if progress.fraction is not None:
        return min(1.0, max(0.0, progress.fraction))
    return min(1.0, progress.epoch / progress.total_epochs) if progress.total_epochs else None


def _epochs(state: RunState) -> tuple[str, ...]:
    progress = state.progress
    if progress is None:
        return ()
    return (f"epoch {progress.epoch}" + (f"/{progress.total_epochs}" if progress.total_epochs else ""),)


def _training_facts(state: RunState, now: float) -> tuple[str, ...]:
    facts = list(_epochs(state))
    fraction, stage, progress = _fraction(state), state.stages.get("train"), state.progress
    if fraction is None or progress is None or stage is None:
        return tuple(facts) or ("waiting for the first epoch",)
    facts.append(f"{fraction:.0%}")
    elapsed = max(0.0, (progress.time if progress.at else now) - stage.started_at)
    left = progress.eta_seconds
    if left is None and fraction > 0:
        left = elapsed * (1 - fraction) / fraction
    if left is not None:
        facts.append(f"{duration(left)} left")
    epochs_done = fraction * progress.total_epochs if progress.total_epochs else progress.epoch
    if epochs_done and elapsed:
        facts.append(f"{duration(elapsed / epochs_done)}/epoch")
    return tuple(facts)


def _transfer_facts(transfer: TransferEvent) -> tuple[str, ...]:
    facts = [f"{transfer.bytes / transfer.total:.0%}", f"{size(transfer.bytes)} of {size(transfer.total)}"]
    if transfer.rate > 0:
        facts.append(f"{size(transfer.rate)}/s")
        facts.append(f"{duration((transfer.total - transfer.bytes) / transfer.rate)} left")
    facts.append(f"{transfer.files:,} of {plural(transfer.total_files, 'file')}")
    return tuple(facts)


def bar(fraction: float | None, width: int, style: str) -> Content:
    """A bar of `width` columns; without a fraction an empty one."""
    if width <= 0:
        return Content("")
    halves = round((fraction or 0.0) * width * 2)
    full, half = divmod(halves, 2)
    filled = "━" * full + ("╸" if half else "")
    return Content.assemble((filled, style), ("─" * (width - len(filled)), "$faint"))


def standing_line(now: Standing, width: int) -> Content:
    """The line for so many columns: the least telling facts go first, the bar takes what is left, up to 60."""
    facts = list(now.facts)
    while facts and len(now.what) + 12 + sum(len(fact) + 3 for fact in facts) > width:
        facts.pop()
    words = " · ".join(facts)
    room = min(60, width - len(now.what) - len(words) - 4)
    return Content.assemble(
        (now.what, f"bold {now.style}"),
        "  ",
        bar(now.fraction, room, now.style) if room >= 6 else "",
        "  " if words and room >= 6 else "",
        words,
    )


class ProgressLine(StillText):
    DEFAULT_CSS = "ProgressLine { height: 1; text-wrap: nowrap; }"

    def show_state(self, state: RunState, now: float) -> None:
        self.show(standing_line(standing(state, now), self.content_size.width or self.size.width))
