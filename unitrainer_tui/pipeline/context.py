"""What every stage of one run works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.frameworks.registry import FrameworkSpec
from unitrainer_tui.pipeline.money import Meter
from unitrainer_tui.pipeline.recorder import Recorder
from unitrainer_tui.ports import Clock, Cloud, DatasetSource, HostConnector, RunFiles
from unitrainer_tui.runs.names import ResourceName, parse_name
from unitrainer_tui.runs.origin import Origin
from unitrainer_tui.runs.state import ResourceState


@dataclass
class RunContext:
    """`cloud` is None with provider = "host"."""

    run: str
    install: str
    profile: Profile
    framework: FrameworkSpec
    record: Recorder
    files: RunFiles
    clock: Clock
    cloud: Cloud | None
    connector: HostConnector
    data: DatasetSource
    origin: Origin = field(default_factory=Origin)
    secret_env: Mapping[str, str] = field(default_factory=dict, repr=False)
    prices: dict[str, float] = field(default_factory=dict)
    """Dollars an hour of each flavor, as the check found them."""

    @property
    def price(self) -> float:
        """Dollars an hour of the machine that was launched; 0 before and for an own machine."""
        machine = self.record.state.resource("instance") or self._last_machine()
        return machine.usd_per_hour or 0.0 if machine is not None else 0.0

    def _last_machine(self) -> ResourceState | None:
        machines = [r for r in self.record.state.resources.values() if r.kind == "instance"]
        return machines[-1] if machines else None

    @property
    def meter(self) -> Meter:
        """The money clock, as the journal tells it: from the launch intent to the proof that the machine is gone."""
        machines = [r for r in self.record.state.resources.values() if r.kind == "instance" and r.billed_from]
        minimum = self.profile.limits.minimum_charge_hours
        if not machines:
            return Meter(self.price, None, None, minimum)
        started = min(machine.billed_from or 0.0 for machine in machines)
        ends = [machine.gone_at for machine in machines]
        stopped = None if any(end is None for end in ends) else max(end or 0.0 for end in ends)
        return Meter(self.price, started, stopped, minimum)

    def name(self) -> str:
        """The run's name at the cloud: the one in the journal, else a new one whose deadline counts from now."""
        for resource in self.record.state.resources.values():
            if resource.name and parse_name(resource.name):
                return resource.name
        limits = self.profile.limits
        deadline = self.clock.now() + limits.max_hours * 3600 + limits.rescue_minutes * 60
        return str(ResourceName(self.install, self.run, int(deadline) + 1))
