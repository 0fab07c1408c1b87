"""What a project holds at its cloud, held against what this installation knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from unitrainer_tui.clock import SystemClock
from unitrainer_tui.config.install import install_id
from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.ports import Clock, Cloud
from unitrainer_tui.runs.events import ResourceKind, timestamp
from unitrainer_tui.runs.journal import read_journal
from unitrainer_tui.runs.names import new_install_id, parse_name
from unitrainer_tui.runs.state import RunState, fold
from unitrainer_tui.supervisor.recover import needs_owner, run_directories

if TYPE_CHECKING:
    from unitrainer_tui.supervisor.sweep import Swept

Owner = Literal["run", "orphan", "suspect", "other installation", "foreign"]


@dataclass(frozen=True)
class Holding:
    """One thing that the project holds. `owner`: an open run of ours, nobody any more (orphan), perhaps us (suspect),
    another installation of this program, or somebody else. `run` where it is known."""

    resource: ResourceKind
    id: str
    name: str
    status: str
    owner: Owner
    run: str | None = None
    deadline: str | None = None


def owner_of(name: str, install: str, open_runs: set[str]) -> tuple[Owner, str | None, str | None]:
    """Whose a name is: (owner, run, deadline). Pure: names describe themselves."""
    known = parse_name(name)
    if known is None:
        return "foreign", None, None
    until = timestamp(known.deadline)
    if known.install != install:
        return "other installation", known.run, until
    return ("run" if known.run in open_runs else "orphan"), known.run, until


async def audit(profile: Profile, where: Paths) -> list[Holding]:
    """Everything that the profile's project holds. Raises UnitrainerError when the cloud cannot be asked."""
    from unitrainer_tui.supervisor.build import open_cloud  # here: rows of an audit need no library of a cloud

    cloud, profile = await open_cloud(profile, where)
    if cloud is None:
        return []
    try:
        return await _holdings(cloud, where)
    finally:
        await cloud.close()


async def _holdings(cloud: Cloud, where: Paths) -> list[Holding]:
    install = install_id(where, new_install_id())
    # The cloud first: whatever it shows then stands in a journal already, so that a run which launches just now is no
    # orphan (`reap` would end it).
    machines, keys, addresses = await cloud.instances(), await cloud.keys(), await cloud.ips()
    states: dict[str, RunState] = {}
    open_runs = set()
    for directory in run_directories(where, closed_to_us=True):
        try:
            states[directory.run] = fold(read_journal(directory.journal))
        except OSError:
            open_runs.add(directory.run)  # what cannot be read may be under way: nothing of it is an orphan
    open_runs |= {run for run, state in states.items() if needs_owner(state)}
    ours = {
        resource.id: (run, resource.status)
        for run, state in states.items()
        for resource in state.remaining
        if resource.kind == "public_ip" and resource.id
    }
    found: list[Holding] = []
    for row in machines:
        owner, run, until = owner_of(row.name, install, open_runs)
        found.append(Holding("instance", row.id, row.name, row.status, owner, run, until))
    for name in keys:
        owner, run, until = owner_of(name, install, open_runs)
        found.append(Holding("ssh_key", name, name, "", owner, run, until))
    for ip in addresses:
        label, status = ip.address or ip.id, f"attached to {ip.server}" if ip.server else "free"
        if ip.id in ours:
            ip_run, state_now = ours[ip.id]
            owner = "suspect" if state_now == "suspect" else "run" if ip_run in open_runs else "orphan"
            found.append(Holding("public_ip", ip.id, label, status, owner, ip_run))
        else:
            owner, run, until = owner_of(ip.server or "", install, open_runs)
            found.append(Holding("public_ip", ip.id, label, status, owner, run, until))
    return found


async def reap(profile: Profile, where: Paths, orphans: list[Holding]) -> Swept:
    """Gives back orphaned machines and keys of this installation, proven twice absent."""
    from unitrainer_tui.supervisor.build import open_cloud
    from unitrainer_tui.supervisor.sweep import Swept, sweep_names

    swept = Swept()
    cloud, profile = await open_cloud(profile, where)
    if cloud is None:
        return swept
    clock: Clock = SystemClock()
    names = frozenset(holding.name for holding in orphans if holding.resource in ("instance", "ssh_key"))
    try:
        await sweep_names(cloud, names, clock, profile.timing.poll_seconds, swept, proof=True)
    finally:
        await cloud.close()
    return swept
