"""Giving everything back: each resource in a loop of its own that ends only with proof of absence.

Absence is 404, missing from the list, or DELETED; believed when seen twice, `poll_seconds` apart, and both later than
the settle window of the last call that could still take effect. SHUTOFF, SOFT_DELETED and "deleting" are not absence.
A destroying call is sent only for an id that stands in our journal or for a machine that bears our run's whole name.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum

from unitrainer_tui.errors import CloudError, CloudNotFound, CloudUnauthorized
from unitrainer_tui.pipeline.address import new_addresses, record_suspects
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.effects import backoff
from unitrainer_tui.ports import Cloud
from unitrainer_tui.runs.state import ResourceState

# An accepted call is sent again when its object is still there after the backoff, and after so many polls.
RESEND_POLLS = 3
# A call that fails is told to the user at these failures, then every twentieth.
TOLD_FAILURES = (1, 3, 8)


class Look(Enum):
    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass
class Proof:
    """Counts the sightings of absence, `apart` seconds apart at least. `settled_at`: Unix seconds before which absence
    proves nothing."""

    settled_at: float
    apart: float
    sightings: int = 0
    last: float = float("-inf")

    def note(self, look: Look, now: float) -> bool:
        """True when absence is proven."""
        if look is Look.PRESENT:
            self.sightings, self.last = 0, float("-inf")
        elif look is Look.ABSENT and now >= self.settled_at and abs(now - self.last) >= self.apart:
            self.sightings += 1
            self.last = now
        return self.sightings >= 2


async def release_all(ctx: RunContext, cloud: Cloud) -> None:
    """Returns when everything the run holds is proven gone (suspects excepted). Never gives up."""
    async with asyncio.TaskGroup() as group:
        for resource in ctx.record.state.remaining:
            if resource.status == "suspect":
                continue
            match resource.kind:
                case "instance":
                    group.create_task(_release_instance(ctx, cloud, resource))
                case "public_ip":
                    group.create_task(_release_ip(ctx, cloud, resource))
                case "ssh_key":
                    group.create_task(_release_key(ctx, cloud, resource))


def settled_at(resource: ResourceState, settle_seconds: float, *, seen: bool) -> float:
    """A machine that was once seen has taken effect: nothing more can come of its launch call."""
    return 0.0 if seen and resource.clear else (resource.intended_at or 0.0) + settle_seconds


class _Attempts:
    """When the next destroying call is due, and what is said about those that failed."""

    def __init__(self, ctx: RunContext, what: str) -> None:
        self._ctx = ctx
        self._what = what
        self._due_at = float("-inf")
        self._failures = 0
        self._accepted = 0

    def due(self) -> bool:
        return self._ctx.clock.monotonic() >= self._due_at

    def accepted(self) -> None:
        self._failures = 0
        self._accepted += 1
        wait = max(backoff(self._accepted), RESEND_POLLS * self._ctx.profile.timing.poll_seconds)
        self._due_at = self._ctx.clock.monotonic() + wait

    def failed(self, problem: CloudError) -> None:
        self._failures += 1
        self._due_at = self._ctx.clock.monotonic() + backoff(self._failures)
        if self._failures in TOLD_FAILURES or self._failures % 20 == 0:
            hint = problem.hint if isinstance(problem, CloudUnauthorized) else "It is tried again until it is gone."
            self._ctx.record.notice("error", f"{self._what} is not given back yet: {problem.message}", hint)

    def wait(self) -> float:
        """Seconds until it is worth looking again."""
        poll = self._ctx.profile.timing.poll_seconds
        left = self._due_at - self._ctx.clock.monotonic()
        return min(poll, left) if left > 0 else poll


async def _release_instance(ctx: RunContext, cloud: Cloud, machine: ResourceState) -> None:
    name = machine.name or ""
    launched = ctx.record.state.stages.get("launch")
    seen = launched is not None and launched.status == "done"
    proof = Proof(settled_at(machine, ctx.profile.timing.settle_seconds, seen=seen), ctx.profile.timing.poll_seconds)
    if machine.status != "releasing":
        ctx.record.resource("instance", "releasing", name=name, id=machine.id)
    attempts = _Attempts(ctx, f"The machine {name}")
    ids = {machine.id} if machine.id else set[str]()
    while True:
        if ids and attempts.due():
            await _terminate(cloud, ids, attempts)
        look, bearing = await _look_for_instance(cloud, machine)
        if look is Look.PRESENT:
            proof.settled_at = 0.0 if machine.clear else proof.settled_at
            for found in bearing - ids:
                ids.add(found)
                attempts = _Attempts(ctx, f"The machine {name}")
                if machine.id and found != machine.id:
                    ctx.record.notice("error", f"Another machine bears this run's name: {found}. It is given back.")
        if proof.note(look, ctx.clock.now()):
            ctx.record.resource("instance", "gone", name=name, id=machine.id, reason="absent, seen twice")
            return
        if not (ids and attempts.due()):
            await ctx.clock.sleep(attempts.wait() if ids else ctx.profile.timing.poll_seconds)


async def _terminate(cloud: Cloud, ids: set[str], attempts: _Attempts) -> None:
    try:
        for instance_id in sorted(ids):
            try:
                await cloud.terminate(instance_id)
            except CloudNotFound:
                pass  # no proof yet: the looks decide
        attempts.accepted()
    except CloudError as problem:
        attempts.failed(problem)


async def _look_for_instance(cloud: Cloud, machine: ResourceState) -> tuple[Look, set[str]]:
    """Whether it is there, and the ids of all machines that bear its name."""
    try:
        bearing = {
            row.id
            for row in await cloud.instances()
            if (row.name == machine.name or row.id == machine.id) and row.status != "DELETED"
        }
        if machine.id and machine.id not in bearing:
            try:
                if (await cloud.instance(machine.id)).status != "DELETED":
                    bearing.add(machine.id)
            except CloudNotFound:
                pass
    except CloudError:
        return Look.UNKNOWN, set()
    return (Look.PRESENT if bearing else Look.ABSENT), bearing


async def _release_ip(ctx: RunContext, cloud: Cloud, ip: ResourceState) -> None:
    timing = ctx.profile.timing
    if not ip.id:
        await _resolve_allocation(ctx, cloud, ip)
        return
    proof = Proof(settled_at(ip, timing.settle_seconds, seen=True), timing.poll_seconds)
    if ip.status != "releasing":
        ctx.record.resource("public_ip", "releasing", id=ip.id)
    attempts = _Attempts(ctx, f"The public IP {ip.address or ip.id}")
    while True:
        try:
            listed = {known.id: known for known in await cloud.ips()}
        except CloudError as problem:
            if attempts.due():
                attempts.failed(problem)
            await ctx.clock.sleep(attempts.wait())
            continue
        here = listed.get(ip.id)
        if here is not None and attempts.due():
            try:
                if here.server is not None:
                    await _detach(cloud, ip.id)
                await cloud.release_ip(ip.id)
                attempts.accepted()
            except CloudNotFound:
                attempts.accepted()
            except CloudError as problem:
                attempts.failed(problem)
            continue
        if proof.note(Look.ABSENT if here is None else Look.PRESENT, ctx.clock.now()):
            ctx.record.resource("public_ip", "gone", id=ip.id, reason="released, absent, seen twice")
            return
        await ctx.clock.sleep(attempts.wait())


async def _detach(cloud: Cloud, ip_id: str) -> None:
    try:
        await cloud.disassociate_ip(ip_id)
    except CloudError:
        pass  # the release says whether it is still attached; once the machine is gone it is not


async def _resolve_allocation(ctx: RunContext, cloud: Cloud, intent: ResourceState) -> None:
    """An allocate call whose answer was never heard: attributed, called suspect, or proven to have made nothing."""
    timing = ctx.profile.timing
    proof = Proof((intent.intended_at or 0.0) + timing.settle_seconds, timing.poll_seconds)
    while True:
        try:
            new = new_addresses(intent, await cloud.ips())
        except CloudError:
            await ctx.clock.sleep(timing.poll_seconds)
            continue
        if new and len(new) == 1 and ctx.profile.cloud.exclusive_project:
            ctx.record.resource("public_ip", "created", id=new[0].id, address=new[0].address, reason="new in the list")
            await _release_ip(ctx, cloud, ctx.record.state.resources[("public_ip", new[0].id)])
            return
        if new and ctx.clock.now() >= proof.settled_at:
            record_suspects(ctx, new)
            return
        if proof.note(Look.PRESENT if new else Look.ABSENT, ctx.clock.now()):
            ctx.record.resource("public_ip", "gone", reason="never appeared, absent twice")
            return
        await ctx.clock.sleep(timing.poll_seconds)


async def _release_key(ctx: RunContext, cloud: Cloud, key: ResourceState) -> None:
    name = key.name or ""
    clear = key.clear or key.status == "releasing"
    timing = ctx.profile.timing
    proof = Proof(0.0 if clear else (key.intended_at or 0.0) + timing.settle_seconds, timing.poll_seconds)
    if key.status != "releasing":
        ctx.record.resource("ssh_key", "releasing", name=name, clear=clear or None)
    attempts = _Attempts(ctx, f"The SSH key {name}")
    while True:
        try:
            here = name in await cloud.keys()
        except CloudError as problem:
            if attempts.due():
                attempts.failed(problem)
            await ctx.clock.sleep(attempts.wait())
            continue
        if here and attempts.due():
            try:
                await cloud.drop_key(name)
                attempts.accepted()
            except CloudNotFound:
                attempts.accepted()
            except CloudError as problem:
                attempts.failed(problem)
            continue
        if proof.note(Look.PRESENT if here else Look.ABSENT, ctx.clock.now()):
            ctx.record.resource("ssh_key", "gone", name=name, reason="removed, absent, seen twice")
            return
        await ctx.clock.sleep(attempts.wait())
