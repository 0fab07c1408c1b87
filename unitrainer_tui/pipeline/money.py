"""What a run costs and when a limit is reached: pure functions of times, prices and limits.

Dollars and hours; times in Unix seconds. A machine's meter runs from its launch call until it is proven gone; a run
costs what all its machines cost.
"""

from __future__ import annotations

from dataclasses import dataclass

from unitrainer_tui.config.profile import LimitsSection

# Teardown that is accepted at once is billed for about this long (poll twice, settled).
TEARDOWN_SECONDS = 15.0


@dataclass(frozen=True)
class Meter:
    """Of one machine. `started` is None before the launch call; `stopped` None while the instance may still exist."""

    usd_per_hour: float
    started: float | None = None
    stopped: float | None = None
    minimum_hours: float = 0.0

    def hours(self, now: float) -> float:
        if self.started is None:
            return 0.0
        end = self.stopped if self.stopped is not None else now
        return max(0.0, end - self.started) / 3600

    def spent(self, now: float) -> float:
        """Dollars so far; what the provider charges at the least counts from the first second."""
        if self.started is None:
            return 0.0
        return self.usd_per_hour * max(self.hours(now), self.minimum_hours)


@dataclass(frozen=True)
class MeterOfRun:
    """Of all machines that a run ever had, each of which was asked for: those that are proven gone keep their hours."""

    machines: tuple[Meter, ...] = ()

    @property
    def started(self) -> float | None:
        """When the first of them was asked for; None before."""
        return min((meter.started for meter in self.machines if meter.started is not None), default=None)

    @property
    def usd_per_hour(self) -> float:
        """What they cost together now; when all are gone, what ran when the last of them was asked for."""
        running = [meter for meter in self.machines if meter.stopped is None]
        if not running:
            last = max((meter.started or 0.0 for meter in self.machines), default=0.0)
            running = [meter for meter in self.machines if meter.stopped is not None and meter.stopped >= last]
        return sum(meter.usd_per_hour for meter in running)

    def hours(self, now: float) -> float:
        """Since the first was asked for, until the last is gone."""
        if self.started is None:
            return 0.0
        ends = [meter.stopped if meter.stopped is not None else now for meter in self.machines]
        return max(0.0, max(ends) - self.started) / 3600

    def used(self, now: float) -> float:
        """Dollars for the time alone, whatever the provider charges at the least."""
        return sum(meter.usd_per_hour * meter.hours(now) for meter in self.machines)

    def spent(self, now: float) -> float:
        """Dollars so far; what the provider charges at the least counts from the first second, for each machine."""
        return sum(meter.spent(now) for meter in self.machines)

    def projected(self, now: float, eta_seconds: float | None) -> float | None:
        """Dollars in all when training takes `eta_seconds` more; None when nobody knows."""
        if self.started is None or eta_seconds is None:
            return None
        return self.spent(now + eta_seconds + TEARDOWN_SECONDS)


def training_budget(limits: LimitsSection, usd_per_hour: float) -> float | None:
    """Dollars at which training stops, so that rescue and teardown still fit into the budget: the budget less the
    price of the rescue time, or less a fifth of it where that is smaller."""
    if limits.budget_usd is None:
        return None
    return limits.budget_usd - min(limits.rescue_minutes / 60 * usd_per_hour, limits.budget_usd / 5)


def limit_reached(limits: LimitsSection, meter: MeterOfRun, now: float) -> str | None:
    """The sentence that says which limit is reached, None while there is room."""
    if meter.started is None:
        return None
    if meter.hours(now) >= limits.max_hours:
        return f"limits.max_hours ({limits.max_hours:g} h) is reached"
    stop_at = training_budget(limits, meter.usd_per_hour)
    # The minimum charge is spent whatever we do: it is no reason to stop early.
    if stop_at is not None and meter.used(now) >= stop_at:
        return f"limits.budget_usd (${limits.budget_usd:.2f}) is nearly spent; the rest is kept for bringing home"
    return None


def seconds_to_limit(limits: LimitsSection, meter: MeterOfRun, now: float) -> float:
    """How long until `limit_reached` can say something, at least."""
    if meter.started is None:
        return limits.max_hours * 3600
    left = limits.max_hours * 3600 - (now - meter.started)
    stop_at = training_budget(limits, meter.usd_per_hour)
    if stop_at is not None and meter.usd_per_hour > 0:
        left = min(left, (stop_at - meter.used(now)) / meter.usd_per_hour * 3600)
    return max(0.0, left)
