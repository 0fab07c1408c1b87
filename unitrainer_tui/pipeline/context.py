"""What every stage of one run works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.frameworks.registry import FrameworkSpec
from unitrainer_tui.pipeline.money import Meter, MeterOfRun
from unitrainer_tui.pipeline.recorder import Recorder
from unitrainer_tui.ports import Clock, Cloud, DatasetSource, HostConnector, Lease, Offer, RunFiles
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
    grant_lease: Callable[[str, float, float], Lease] | None = field(default=None, repr=False)
    """(instance id, minutes of patience, seconds to the deadline) to a lease; None where the profile wants none."""
    damaged: int = 0
    """Records of the journal that could not be read: whatever they said of machines is unknown."""
    watched: Callable[[], bool] = lambda: False
    """Whether somebody looks at the run now."""
    prices: dict[str, float] = field(default_factory=dict)
    """Dollars an hour of each flavor, as the check found them."""
    offers: Sequence[Offer] = ()
    """All that is on sale, as the check found it."""
    _metered: tuple[Mapping[tuple[str, str], ResourceState], MeterOfRun] | None = field(default=None, init=False)

    @property
    def nodes(self) -> range:
        """The run's machines by their numbers, from 0."""
        return range(self.profile.cloud.nodes if self.cloud is not None else 1)

    @property
    def meter(self) -> MeterOfRun:
        """The money clock, as the journal tells it: of each machine from the launch intent to the proof that it is
        gone. A machine without a price of its own (a twin, found by its name) costs what its node's machine does."""
        state, minimum = self.record.state, self.profile.limits.minimum_charge_hours
        if self._metered is None or self._metered[0] is not state.resources:  # the fold never changes one in place
            machines = tuple(
                Meter(self._price(machine), machine.billed_from, machine.gone_at, minimum)
                for machine in state.all_of("instance")
                if machine.billed_from
            )
            self._metered = (state.resources, MeterOfRun(machines))
        return self._metered[1]

    def _price(self, machine: ResourceState) -> float:
        told = [known.usd_per_hour for known in (machine, *self.record.state.all_of("instance", machine.node))]
        return next((price for price in told if price is not None), 0.0)

    def name(self, node: int = 0) -> str:
        """The name at the cloud of a machine of the run; that of node 0 is the run's. The deadline is the one in the
        journal, else it counts from now."""
        for resource in self.record.state.resources.values():
            if resource.name and (known := parse_name(resource.name)):
                return str(replace(known, node=node))
        limits = self.profile.limits
        deadline = self.clock.now() + limits.max_hours * 3600 + limits.rescue_minutes * 60
        return str(ResourceName(self.install, self.run, int(deadline) + 1, node))

    def label(self, node: int) -> str:
        """What a sentence about one of several machines begins with; nothing where there is only one."""
        return f"Node {node}: " if len(self.nodes) > 1 else ""
