"""What a run has cost, costs, and may cost at the most; which limit comes first, when, and what it does."""

from __future__ import annotations

import time

from unitrainer_tui.config.profile import LimitsSection, Profile
from unitrainer_tui.pipeline.money import Meter, MeterOfRun, seconds_to_limit, training_budget
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.widgets.facts import Fact
from unitrainer_tui.widgets.figures import duration, usd, usd_per_hour

SOON = 900.0
"""Seconds before a limit from which it is told in a warning's colour."""


def money_facts(state: RunState, profile: Profile | None, now: float) -> list[Fact]:
    """Spent, rate, projected, cap, and what comes next. `now` in Unix seconds.

    A projection above the cap is marked with words and a colour.
    """
    cost, result = state.cost, state.result
    cap = cap_usd(state, profile)
    spent = result.spent_usd if result is not None else cost.spent_usd if cost is not None else 0.0
    facts = [Fact("spent", usd(spent), "bold")]
    if result is None and cost is not None:
        rate = usd_per_hour(cost.rate_usd_per_hour)
        facts.append(Fact("rate", rate, brief=rate))
        if cost.projected_usd is not None:
            over = cap is not None and cost.projected_usd > cap[1]
            text = usd(cost.projected_usd) + (f" over {cap[0]}" if over and cap is not None else "")
            facts.append(Fact("projected", text, "bold $warning" if over else "", brief=f"in all {text}"))
    if cap is not None:
        facts.append(Fact(cap[0], usd(cap[1]) + cap[2]))
    if result is None and profile is not None:
        facts.append(next_limit(state, profile, now))
    return facts


def cap_usd(state: RunState, profile: Profile | None) -> tuple[str, float, str] | None:
    """(its name, dollars, how it comes about): the budget, or what max_hours costs at the present rate. None where
    nothing is paid for."""
    if profile is None or profile.cloud.provider == "host":
        return None
    limits = profile.limits
    if limits.budget_usd is not None:
        return "budget", limits.budget_usd, ""
    if state.cost is None or not state.cost.rate_usd_per_hour:
        return None
    return "cap", state.cost.rate_usd_per_hour * limits.max_hours, f" in {limits.max_hours:g} h"


def next_limit(state: RunState, profile: Profile, now: float) -> Fact:
    """What the limits will do next, and when."""
    if state.keep_until:
        until = clock(state.keep_until, now)
        return Fact("kept", f"until {until}, then given back", "$warning", brief=f"kept until {until}")
    if state.abort_requested or state.limit or state.failure:
        if not state.rescue:
            return Fact("limits", "stopped: giving back", "$warning", brief="giving back")
        most = duration(profile.limits.rescue_minutes * 60)
        return Fact("limits", f"stopped: bringing home, {most} at most", "$warning", brief="bringing home")
    limits, meter = profile.limits, meter_of(state, profile.limits)
    left = seconds_to_limit(limits, meter, now)
    which = _which(limits, meter, now)
    if meter.started is None:
        return Fact("limits", f"{which} {_most(limits, which)}, from the launch on", brief="not launched")
    if left <= 0:
        return Fact("limits", f"{which} is reached: training stops", "bold $warning", brief="limit reached")
    at = clock(now + left, now)
    style = "bold $warning" if left < SOON else ""
    return Fact("limits", f"{which} stops training at {at} (in {duration(left)})", style, brief=f"stops {at}")


def meter_of(state: RunState, limits: LimitsSection) -> MeterOfRun:
    """The money clock as the journal tells it. A machine without a price of its own costs its share of the rate."""
    machines = [machine for machine in state.all_of("instance") if machine.billed_from]
    running = [machine for machine in machines if machine.held] or machines
    share = state.cost.rate_usd_per_hour / len(running) if state.cost is not None and running else 0.0
    return MeterOfRun(
        tuple(
            Meter(
                share if machine.usd_per_hour is None else machine.usd_per_hour,
                machine.billed_from,
                machine.gone_at,
                limits.minimum_charge_hours,
            )
            for machine in machines
        )
    )


def _which(limits: LimitsSection, meter: MeterOfRun, now: float) -> str:
    """The limit that is reached first."""
    stop_at = training_budget(limits, meter.usd_per_hour)
    if stop_at is None:
        return "max_hours"
    if meter.started is None or meter.usd_per_hour <= 0:
        return "budget"
    by_time = limits.max_hours * 3600 - (now - meter.started)
    by_money = (stop_at - meter.used(now)) / meter.usd_per_hour * 3600
    return "budget" if by_money < by_time else "max_hours"


def _most(limits: LimitsSection, which: str) -> str:
    return usd(limits.budget_usd) if which == "budget" else f"{limits.max_hours:g} h"


def clock(at: float, now: float) -> str:
    """The local time of day, hours and minutes; with the weekday where it is not within the next 20 hours."""
    return time.strftime("%H:%M" if abs(at - now) < 20 * 3600 else "%a %H:%M", time.localtime(at))
