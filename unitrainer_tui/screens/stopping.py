"""The question before an abort: which machine, what it costs an hour, what would be lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.screen import Screen

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.screens.dialogs import CANCEL, Choice, Question
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import duration, usd, usd_per_hour

# So many machines are named one by one.
MOST_NAMED = 3


def stop_lines(state: RunState, profile: Profile | None) -> list[str]:
    """What a stop would end, and what it would lose, in sentences."""
    lines: list[str] = []
    machines = [machine for machine in state.all_of("instance") if machine.held]
    if machines:
        lines += _machines([safe(machine.name or machine.id or "?") for machine in machines])
    elif profile is not None and profile.cloud.provider == "host":
        lines.append(f"Machine   {safe(profile.cloud.address or 'your own')} (yours: it is not terminated)")
    else:
        lines.append("Instance  none is rented")
    if state.cost is not None:
        lines.append(f"Cost      {usd(state.cost.spent_usd)} so far, {usd_per_hour(state.cost.rate_usd_per_hour)}")
    lines.append(f"Lost      {_lost(state, profile)}")
    return lines


def _machines(names: Sequence[str]) -> list[str]:
    """All that is given back: by name up to three, else their number and the first."""
    if len(names) > MOST_NAMED:
        return [f"Instances {len(names)}, the first is {names[0]}"]
    return [
        f"{'Instance' if len(names) == 1 else 'Instances':<9} {names[0]}",
        *(f"{'':<9} {name}" for name in names[1:]),
    ]


def _lost(state: RunState, profile: Profile | None) -> str:
    progress = state.progress
    if progress is None:
        return "nothing: no epoch is trained yet."
    of = f" of {progress.total_epochs}" if progress.total_epochs else ""
    rescue = f" (for up to {duration(profile.limits.rescue_minutes * 60)})" if profile is not None else ""
    return f"the epochs after {progress.epoch}{of}; what the job has saved is fetched first{rescue}."


def ask_abort(
    screen: Screen[None], run: str, state: RunState, profile: Profile | None, confirmed: Callable[[], None]
) -> None:
    """Asks, and calls `confirmed` when the answer is to abort."""
    held = sum(machine.held for machine in state.all_of("instance"))
    machines = "its machine" if held < 2 else f"its {held} machines"
    choices = [Choice(CANCEL, "Cancel"), Choice("abort", "Abort and terminate", danger=True)]

    def answered(answer: str | None) -> None:
        if answer == "abort":
            confirmed()

    screen.app.push_screen(
        Question(f"Abort {run} and give {machines} back?", stop_lines(state, profile), choices), answered
    )
