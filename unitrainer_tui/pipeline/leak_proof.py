"""The leak proof of a run: what was said of each thing that it ever held, and a last look at the whole project.

The look is a witness and no new rule: each thing was proven absent by itself before. What it finds of the run all the
same is held again, and given back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from unitrainer_tui.errors import CloudError
from unitrainer_tui.pipeline.address import told_node
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.ports import Cloud, InstanceRow, PublicIp
from unitrainer_tui.runs.events import ResourceKind
from unitrainer_tui.runs.names import parse_name
from unitrainer_tui.runs.state import ResourceState, RunState

LOOK_SECONDS = 20.0


@dataclass(frozen=True)
class Project:
    """All that the project holds, whoever it belongs to."""

    instances: Sequence[InstanceRow]
    keys: Sequence[str]
    ips: Sequence[PublicIp]


async def look(cloud: Cloud) -> Project:
    """Raises CloudError, TimeoutError."""
    async with asyncio.timeout(LOOK_SECONDS):
        instances, keys, ips = await asyncio.gather(cloud.instances(), cloud.keys(), cloud.ips())
    return Project(instances, keys, ips)


def ours_in(project: Project, state: RunState, install: str) -> list[tuple[ResourceState, str]]:
    """What of this run is there: (what the journal knows of it, its id or name there). Ours is what bears the name of
    this installation and run, though a damaged journal may know nothing of it, and what has an id from the journal."""
    known = [resource for resource in state.resources.values() if resource.status != "suspect"]
    known += [
        ResourceState(kind, name, "releasing", parsed.node)
        for kind, name in _names_in(project)
        if (parsed := parse_name(name)) and (parsed.install, parsed.run) == (install, state.run)
        if not any(resource.kind == kind and resource.name == name for resource in known)
    ]
    found: list[tuple[ResourceState, str]] = []
    for row in project.instances:
        if row.status == "DELETED":
            continue
        ours = [r for r in known if r.kind == "instance" and (r.id == row.id or (r.name and r.name == row.name))]
        # One that has this very id before one that only has the name.
        found += [(resource, row.id) for resource in sorted(ours, key=lambda r: r.id != row.id)[:1]]
    found += [(r, name) for name in project.keys for r in known if r.kind == "ssh_key" and r.name == name]
    found += [(r, ip.id) for ip in project.ips for r in known if r.kind == "public_ip" and r.id == ip.id]
    return found


def _names_in(project: Project) -> list[tuple[ResourceKind, str]]:
    machines = dict.fromkeys(row.name for row in project.instances if row.status != "DELETED")
    return [*(("instance", name) for name in machines), *(("ssh_key", name) for name in dict.fromkeys(project.keys))]


def hold_again(ctx: RunContext, found: Sequence[tuple[ResourceState, str]]) -> None:
    """Into the journal: it is there after all, and goes the way of everything that is held."""
    for resource, identity in found:
        ctx.record.notice("error", f"{_words(resource)} was taken for gone and is there: it is given back again.")
        ctx.record.resource(
            resource.kind,
            "releasing",
            node=told_node(resource.node) if resource.kind == "public_ip" else None,
            name=resource.name,
            id=None if resource.kind == "ssh_key" else identity,
            reason="seen after it was taken for gone",
        )


def proof_lines(state: RunState, project: Project | str, install: str) -> list[str]:
    """A line for each thing that the run ever asked for, and one for the project (or why it could not be looked at)."""
    lines = [f"{_words(resource)}: {_fate(resource)}" for resource in state.resources.values()]
    if isinstance(project, str):
        return [*lines, f"the project could not be looked at once more: {project}"]
    ours = len(ours_in(project, state, install))
    others = sum(1 for row in project.instances if row.status != "DELETED" and parse_name(row.name)) - ours
    beside = f"; {others} machines of other runs" if others > 0 else ""
    return [*lines, f"{ours} resources of this run in the project{beside}"]


async def last_look(cloud: Cloud) -> Project | str:
    """The project, or the reason why it could not be looked at."""
    try:
        return await look(cloud)
    except TimeoutError:
        return f"no answer within {LOOK_SECONDS:g} s"
    except CloudError as problem:
        return problem.message


def _words(resource: ResourceState) -> str:
    kind = {"instance": "instance", "public_ip": "public IP", "ssh_key": "key"}[resource.kind]
    name = resource.address or resource.name or ""
    return " ".join(part for part in (kind, name, f"({resource.id})" if resource.id else "") if part)


def _fate(resource: ResourceState) -> str:
    if resource.status == "suspect":
        return "perhaps ours, left to you"
    if resource.status != "gone":
        return "NOT PROVEN GONE"
    if resource.kind != "ssh_key" and resource.id is None:
        return resource.reason or "never appeared"
    done = {"instance": "terminated", "public_ip": "released", "ssh_key": "removed"}[resource.kind]
    return f"{done}, absent twice"
