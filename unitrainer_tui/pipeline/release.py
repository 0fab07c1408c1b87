"""Giving everything back: each resource in a loop of its own that ends only with proof of absence.

Absence is 404, missing from the list, or DELETED; believed when seen twice, `poll_seconds` apart, and both later than
the settle window of the last call that could still take effect. SHUTOFF, SOFT_DELETED and "deleting" are not absence.
A list may be stale twice in a row, so looks alone are not the last word: the destroying call is sent for every id that
was ever known, and again when a look misses it. Where the cloud answers that with 404, two looks are enough; where it
does not, absence must last for a whole settle window.
A destroying call is sent only for an id that stands in our journal or for a machine that bears our run's whole name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from unitrainer_tui.errors import CloudError, CloudNotFound, CloudUnauthorized
from unitrainer_tui.pipeline.address import LISTED, new_addresses, record_suspects, told_node
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.effects import backoff
from unitrainer_tui.ports import Clock, Cloud, PublicIp
from unitrainer_tui.runs.events import ResourceStatus
from unitrainer_tui.runs.state import ResourceState

log = logging.getLogger(__name__)

# An accepted call is sent again when its object is still there after the backoff, and after so many polls.
RESEND_POLLS = 3
# A call that fails is told to the user at these failures, then every twentieth.
TOLD_FAILURES = (1, 3, 8)
# Between two looks, in the time that goes on while this machine sleeps: more than the slowest answer and its pause.
BLIND_SECONDS = 60.0


class Look(Enum):
    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass
class Proof:
    """Counts the sightings of absence, one after the other and `apart` seconds from one to the next. `settled_at`: Unix
    seconds before which absence proves nothing. `clear`: the creating call got a clear answer, so one sighting ends the
    settle window. `lasting`: seconds of absence, seen by looks no further apart than usual, that it takes while the
    cloud has not said itself that nothing is there any more; with `patient` even then."""

    settled_at: float
    apart: float
    clear: bool = True
    lasting: float = 0.0
    patient: bool = False
    sightings: int = 0
    _lasted: float = 0.0
    _seen_absent: bool = False
    _last: float = float("-inf")
    _blind: bool = False
    """A look has failed since the last that saw something."""
    _looked_at: float = float("inf")
    _failures: int = 0
    """Looks in a row that got no answer."""
    _asked: bool = False
    _denied: bool = False
    """The destroying call was answered with 404."""

    def note(self, look: Look, clock: Clock) -> bool:
        """True when absence is proven."""
        now = clock.monotonic()
        if clock.now() - self._looked_at > BLIND_SECONDS:  # this machine slept, or the call took for ever
            self._forget()
            self._seen_absent, self._lasted = False, 0.0
        self._looked_at = clock.now()
        if look is Look.PRESENT:
            self.sightings, self._lasted = 0, 0.0
            self._asked = self._denied = self._seen_absent = False
            if self.clear:
                self.settled_at = 0.0
        elif look is Look.ABSENT and clock.now() >= self.settled_at and now - self._last >= self.apart:
            gap = now - self._last
            if self._blind and gap > 2 * self.apart:
                self._lasted = 0.0  # two stale stretches, with a time of truth between that nobody saw
            elif self._seen_absent:
                self._lasted += min(gap, 2 * self.apart)
            self._seen_absent, self._blind = True, False
            self.sightings += 1
            self._last = now
        self._failures = self._failures + 1 if look is Look.UNKNOWN else 0
        if self._failures:
            self._forget()
        return self.sightings >= 2 and (self._lasted >= self.lasting or (self._denied and not self.patient))

    def _forget(self) -> None:
        """What came before may have been one stale moment, and what comes after it another."""
        self.sightings, self._asked, self._denied, self._blind = 0, False, False, True

    def pause(self, usual: float) -> float:
        """Seconds until the next look, `usual` after one that was answered: soon after one that was not, so that a
        single lost answer does not begin a lasting absence anew."""
        return min(usual, float(2 ** (self._failures - 1))) if self._failures else usual

    def denied(self, clock: Clock) -> None:
        """The cloud says that there is nothing to destroy, or that it is DELETED."""
        self._denied = self._denied or clock.now() >= self.settled_at

    def to_be_asked(self) -> bool:
        """Whether a look has missed it and the destroying call was not sent since. True once."""
        ask, self._asked = self.sightings > 0 and not self._asked and not self._denied, self.sightings > 0
        return ask


async def release_all(ctx: RunContext, cloud: Cloud) -> None:
    """Returns when everything the run holds is proven gone (suspects excepted). Never gives up."""
    async with asyncio.TaskGroup() as group:
        for resource in ctx.record.state.remaining:
            if resource.status != "suspect":
                group.create_task(_never_given_up(ctx, cloud, resource))


async def release_machines(
    ctx: RunContext, cloud: Cloud, machines: Sequence[ResourceState], *, patient: bool = False
) -> None:
    """Returns when these are proven gone. Never gives up. `patient`: others are to be launched under their names, so no
    answer of the cloud shortens the time that their absence must last."""
    async with asyncio.TaskGroup() as group:
        for machine in machines:
            group.create_task(_never_given_up(ctx, cloud, machine, patient=patient))


async def release_twins(ctx: RunContext, cloud: Cloud, machines: Sequence[ResourceState]) -> None:
    """Gives back, by their ids alone, the machines that bear one of the run's names beside those it works with."""
    state, ours = ctx.record.state, {machine.id for machine in machines}
    of_these = [other for machine in machines for other in state.all_of("instance", machine.node)]
    twins = [other for other in of_these if other.held and other.id and other.id not in ours]
    await release_machines(ctx, cloud, [replace(twin, name=None) for twin in twins])


async def _never_given_up(ctx: RunContext, cloud: Cloud, resource: ResourceState, *, patient: bool = False) -> None:
    """One resource to its proof of absence: a fault of the program itself stops neither this one nor the others."""
    attempt = 0
    while True:
        try:
            match resource.kind:
                case "instance":
                    await _release_instance(ctx, cloud, resource, patient=patient)
                case "public_ip":
                    await _release_ip(ctx, cloud, resource)
                case "ssh_key":
                    await _release_key(ctx, cloud, resource)
            return
        except Exception:
            attempt += 1
            log.exception("giving back %s %s failed", resource.kind, resource.name or resource.id)
            await ctx.clock.sleep(backoff(attempt))


def proof_of(ctx: RunContext, resource: ResourceState) -> Proof:
    """What was once seen there has taken effect, and nothing more can come of a call with a clear answer. Until then a
    list that lags behind may not show it: only after the settle window does its absence mean anything."""
    if resource.kind == "instance":
        launch = ctx.record.state.stages.get("launch")
        seen = launch is not None and launch.status == "done"
    else:
        seen = resource.reason == LISTED
    timing = ctx.profile.timing
    settled_at = ctx.record.called_at(resource) + timing.settle_seconds
    start = 0.0 if seen and resource.clear else settled_at
    return Proof(start, timing.poll_seconds, resource.clear, timing.settle_seconds)


def unanswered_proof(ctx: RunContext, intent: ResourceState) -> Proof:
    """Of a call whose answer was never heard, and of whose effect no id is known: there is nothing to ask for but
    looks, so after the settle window they must miss it for as long again."""
    settle = ctx.profile.timing.settle_seconds
    return Proof(ctx.record.called_at(intent) + settle, ctx.profile.timing.poll_seconds, clear=False, lasting=settle)


def _still_listed(resource: ResourceState) -> str | None:
    """Kept in the journal: who takes the clean-up over has seen it too."""
    return LISTED if resource.reason == LISTED else None


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


async def _release_instance(ctx: RunContext, cloud: Cloud, machine: ResourceState, *, patient: bool) -> None:
    """`machine.name` is None for a twin, which is known by its id alone."""
    label = machine.name or machine.id or ""
    proof = proof_of(ctx, machine)
    proof.patient = patient
    if machine.status != "releasing":
        _tell(ctx, machine, "releasing", machine.id)
    attempts: dict[str, _Attempts] = {}
    if machine.id:
        attempts[machine.id] = _Attempts(ctx, f"The machine {label}")
    denied: set[str] = set()
    while True:
        ask = proof.to_be_asked()
        for instance_id, tries in attempts.items():
            if tries.due() or (ask and instance_id not in denied):
                if await _terminate(cloud, instance_id, tries):
                    denied.add(instance_id)
        look, bearing, deleted = await _look_for_instance(cloud, machine)
        denied = set() if look is Look.UNKNOWN else (denied | deleted) - bearing
        for found in sorted(bearing - set(attempts)):
            attempts[found] = _Attempts(ctx, f"The machine {label} ({found})")
            if machine.id:
                ctx.record.notice("error", f"Another machine bears this run's name: {found}. It is given back.")
            else:
                machine = replace(machine, id=found)
                _tell(ctx, machine, "releasing", found)
        if attempts and denied >= set(attempts):
            proof.denied(ctx.clock)
        if proof.note(look, ctx.clock):
            _tell(ctx, machine, "gone", machine.id, reason="absent, seen twice")
            return
        if not any(tries.due() for tries in attempts.values()):
            waits = [tries.wait() for tries in attempts.values()]
            await ctx.clock.sleep(proof.pause(min(waits, default=ctx.profile.timing.poll_seconds)))


def _tell(
    ctx: RunContext, machine: ResourceState, status: ResourceStatus, instance_id: str | None, reason: str | None = None
) -> None:
    """Into the journal, under the name that the machine has there."""
    known = next((r for r in ctx.record.state.resources.values() if instance_id and r.id == instance_id), machine)
    ctx.record.resource("instance", status, name=known.name, id=instance_id, reason=reason)


async def _terminate(cloud: Cloud, instance_id: str, attempts: _Attempts) -> bool:
    """Whether the cloud says that there is no such machine: no proof yet, the looks must agree."""
    try:
        await cloud.terminate(instance_id)
        attempts.accepted()
    except CloudNotFound:
        attempts.accepted()
        return True
    except CloudError as problem:
        attempts.failed(problem)
    return False


async def _look_for_instance(cloud: Cloud, machine: ResourceState) -> tuple[Look, set[str], set[str]]:
    """Whether it is there, the ids of all machines that bear its name, and those that the cloud calls DELETED."""
    try:
        rows = [
            row
            for row in await cloud.instances()
            if (machine.name and row.name == machine.name) or row.id == machine.id
        ]
        deleted = {row.id for row in rows if row.status == "DELETED"}
        bearing = {row.id for row in rows} - deleted
        if machine.id and machine.id not in bearing:
            try:
                known = deleted if (await cloud.instance(machine.id)).status == "DELETED" else bearing
                known.add(machine.id)
            except CloudNotFound:
                pass
    except CloudError:
        return Look.UNKNOWN, set(), set()
    return (Look.PRESENT if bearing else Look.ABSENT), bearing, deleted - bearing


async def _release_ip(ctx: RunContext, cloud: Cloud, ip: ResourceState) -> None:
    if not ip.id:
        await _resolve_allocation(ctx, cloud, ip)
        return
    proof = proof_of(ctx, ip)
    if ip.status != "releasing":
        ctx.record.resource("public_ip", "releasing", node=told_node(ip.node), id=ip.id, reason=_still_listed(ip))
    attempts = _Attempts(ctx, f"The public IP {ip.address or ip.id}")
    while True:
        try:
            listed = {known.id: known for known in await cloud.ips()}
        except CloudError as problem:
            proof.note(Look.UNKNOWN, ctx.clock)
            if attempts.due():
                attempts.failed(problem)
            await ctx.clock.sleep(proof.pause(attempts.wait()))
            continue
        here = listed.get(ip.id)
        if proof.note(Look.ABSENT if here is None else Look.PRESENT, ctx.clock):
            reason = "released, absent, seen twice"
            ctx.record.resource("public_ip", "gone", node=told_node(ip.node), id=ip.id, reason=reason)
            return
        if proof.to_be_asked() or attempts.due():
            try:
                if here is not None and here.server is not None:
                    await _detach(cloud, ip.id)
                await cloud.release_ip(ip.id)
                attempts.accepted()
            except CloudNotFound:
                proof.denied(ctx.clock)
                attempts.accepted()
            except CloudError as problem:
                attempts.failed(problem)
            if here is not None:
                continue
        await ctx.clock.sleep(attempts.wait())


async def _detach(cloud: Cloud, ip_id: str) -> None:
    try:
        await cloud.disassociate_ip(ip_id)
    except CloudError:
        pass  # the release says whether it is still attached; once the machine is gone it is not


async def _resolve_allocation(ctx: RunContext, cloud: Cloud, intent: ResourceState) -> None:
    """An allocate call whose answer was never heard: attributed, called suspect, or proven to have made nothing."""
    timing, told = ctx.profile.timing, told_node(intent.node)
    proof = unanswered_proof(ctx, intent)
    seen: dict[str, PublicIp] = {}
    while True:
        try:
            new = new_addresses(intent, await cloud.ips())
        except CloudError:
            proof.note(Look.UNKNOWN, ctx.clock)
            await ctx.clock.sleep(proof.pause(timing.poll_seconds))
            continue
        if len(new) == 1 and ctx.profile.cloud.exclusive_project:
            found, reason = new[0], "new in the list"
            ctx.record.resource("public_ip", "created", node=told, id=found.id, address=found.address, reason=reason)
            await _release_ip(ctx, cloud, ctx.record.state.resources[("public_ip", found.id)])
            return
        # The first that appears may be a stranger's, and a stale list hide ours: all are told, when all had their time.
        seen.update({ip.id: ip for ip in new})
        if proof.note(Look.ABSENT, ctx.clock):
            if seen:
                record_suspects(ctx, list(seen.values()), intent.node)
            else:
                ctx.record.resource("public_ip", "gone", node=told, reason="never appeared, absent twice")
            return
        await ctx.clock.sleep(timing.poll_seconds)


async def _release_key(ctx: RunContext, cloud: Cloud, key: ResourceState) -> None:
    name = key.name or ""
    proof = proof_of(ctx, key)
    if key.status != "releasing":
        ctx.record.resource("ssh_key", "releasing", name=name, reason=_still_listed(key))
    attempts = _Attempts(ctx, f"The SSH key {name}")
    while True:
        try:
            here = name in await cloud.keys()
        except CloudError as problem:
            proof.note(Look.UNKNOWN, ctx.clock)
            if attempts.due():
                attempts.failed(problem)
            await ctx.clock.sleep(proof.pause(attempts.wait()))
            continue
        if proof.note(Look.PRESENT if here else Look.ABSENT, ctx.clock):
            ctx.record.resource("ssh_key", "gone", name=name, reason="removed, absent, seen twice")
            return
        if proof.to_be_asked() or attempts.due():
            try:
                await cloud.drop_key(name)
                attempts.accepted()
            except CloudNotFound:
                proof.denied(ctx.clock)
                attempts.accepted()
            except CloudError as problem:
                attempts.failed(problem)
            if here:
                continue
        await ctx.clock.sleep(attempts.wait())
