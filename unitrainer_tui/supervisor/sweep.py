"""Tombstones: the names of closed runs are looked for again for seven days, and what appears is given back.

A machine whose launch call got no answer may appear long after its run was closed, and a list that was stale for long
may have hidden what a run took for gone. Destroyed is only what bears the whole name of one of our own runs, and
addresses, which bear none, by the ids that its journal has from the answers to its own calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from unitrainer_tui.clock import SystemClock
from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.profile import Profile, load_profile
from unitrainer_tui.errors import CloudError, CloudNotFound, UnitrainerError
from unitrainer_tui.pipeline.effects import backoff
from unitrainer_tui.ports import Clock, Cloud, PublicIp
from unitrainer_tui.runs.directory import RunDirectory, RunLock, is_owned
from unitrainer_tui.runs.events import NoticeEvent
from unitrainer_tui.runs.journal import JournalFile, read_journal
from unitrainer_tui.runs.names import parse_name
from unitrainer_tui.runs.state import RunState, fold
from unitrainer_tui.sandbox import endpoint
from unitrainer_tui.supervisor.build import open_cloud
from unitrainer_tui.supervisor.recover import needs_owner, run_directories

log = logging.getLogger(__name__)

TOMBSTONE_SECONDS = 7 * 24 * 3600.0
GIVE_UP_TRIES = 8


@dataclass
class Swept:
    """What a sweep found: sentences for the user, and what could not be proven gone."""

    told: list[str] = field(default_factory=list)
    remaining: list[str] = field(default_factory=list)
    findings: list[tuple[str, str]] = field(default_factory=list)
    """(the name, or an address's id, by which a closed run is known; the sentence about it)."""

    def found(self, known_by: str, sentence: str) -> None:
        self.told.append(sentence)
        self.findings.append((known_by, sentence))


@dataclass(frozen=True)
class Grave:
    """A closed run, the names that it used at its cloud and the addresses, by their ids, that it had there."""

    directory: RunDirectory
    profile: Profile
    names: frozenset[str]
    addresses: Mapping[str, str | None]


def graves(where: Paths, now: float) -> list[Grave]:
    """The closed runs of the last seven days that ever called a cloud."""
    found = []
    for directory in run_directories(where):
        try:
            state = fold(read_journal(directory.journal))
            if needs_owner(state) or is_owned(directory) or not state.resources:
                continue
        except OSError as problem:  # it keeps no other run's names from being looked for
            log.warning("run %s cannot be read: %s", directory.run, problem.strerror)
            continue
        if now - (state.updated_at or 0.0) > TOMBSTONE_SECONDS:
            continue
        with contextlib.suppress(UnitrainerError):
            profile = load_profile(directory.profile)
            found.append(Grave(directory, profile, frozenset(names_of(state)), addresses_of(state)))
    return found


def names_of(state: RunState) -> Iterable[str]:
    return (resource.name for resource in state.resources.values() if resource.name and parse_name(resource.name))


def addresses_of(state: RunState) -> dict[str, str | None]:
    """The run's own addresses by their ids; not those that are somebody else's perhaps."""
    return {ip.id: ip.address for ip in state.all_of("public_ip") if ip.id and ip.created_at is not None}


async def sweep_closed(where: Paths, *, idle_sandbox: bool = True) -> Swept:
    """Looks once at every project that closed runs used; gives back what bears their names, proven twice absent.

    Without `idle_sandbox` the embedded cloud is not started for it: one that ended itself held nothing.
    """
    swept, clock = Swept(), SystemClock()
    places: dict[tuple[str | None, ...], list[Grave]] = {}
    for grave in graves(where, clock.now()):
        cloud = grave.profile.cloud
        places.setdefault((cloud.provider, cloud.api_url, cloud.project, cloud.region), []).append(grave)
    # Side by side: one cloud that does not answer, or a machine that will not go, keeps no other from being looked at.
    async with asyncio.TaskGroup() as looks:
        for (provider, api_url, *_), group in places.items():
            if provider == "sandbox" and api_url is None and not idle_sandbox and endpoint.locate(where) is None:
                continue
            looks.create_task(_sweep_place(where, group, clock, swept))
    return swept


async def _sweep_place(where: Paths, group: list[Grave], clock: Clock, swept: Swept) -> None:
    """One project of one cloud."""
    try:
        cloud, profile = await open_cloud(group[0].profile, where)
    except UnitrainerError as problem:
        swept.told.append(f"Closed runs could not be looked for: {problem.sentence()}")
        return
    if cloud is None:
        return
    try:
        names = frozenset().union(*(grave.names for grave in group))
        addresses = {id_: address for grave in group for id_, address in grave.addresses.items()}
        await sweep_names(cloud, names, clock, profile.timing.poll_seconds, swept, addresses=addresses)
    finally:
        await cloud.close()
        for grave in group:
            note_findings(grave, swept.findings, clock.now())


def note_findings(grave: Grave, findings: Iterable[tuple[str, str]], now: float) -> None:
    """Into the closed run's own journal: what appears after its result is part of its story. Where somebody else owns
    it, or the disk is full, the sentences are told all the same."""
    own = [words for known_by, words in findings if known_by in grave.names or known_by in grave.addresses]
    lock = RunLock(grave.directory)
    try:
        if not own or not lock.acquire():
            return
        journal = JournalFile(grave.directory.journal, grave.directory.run)
        try:
            for words in own:
                journal.append(NoticeEvent(level="error", message=words), now, sync=True)
        finally:
            journal.close()
    except OSError:
        pass
    finally:
        lock.release()


async def sweep_names(
    cloud: Cloud,
    names: frozenset[str],
    clock: Clock,
    poll_seconds: float,
    swept: Swept,
    *,
    addresses: Mapping[str, str | None] = MappingProxyType({}),
    proof: bool = False,
) -> None:
    """Ends what bears one of the names, and the addresses of these ids, until it is seen absent twice. Without `proof`
    one look is enough where there is nothing to begin with."""
    absent = failures = 0
    told: dict[str, tuple[str, str]] = {}
    """By its id there: what a closed run knows it by, and what it is called."""
    while absent < 2:
        try:
            listed = [row for row in await cloud.instances() if row.name in names and row.status != "DELETED"]
            machines = {row.id: row.name for row in listed}
            keys = [name for name in await cloud.keys() if name in names]
            ips = [ip for ip in await cloud.ips() if _is_ours(ip, names, addresses)] if addresses else []
            refusal: CloudError | None = None
            for instance_id, name in machines.items():
                if instance_id not in told:
                    told[instance_id] = name, f"{name} ({instance_id})"
                    swept.found(name, f"{name} ({instance_id}) belongs to no open run: it is given back.")
                refusal = await _problem_of(cloud.terminate(instance_id)) or refusal
            for name in keys:
                refusal = await _problem_of(cloud.drop_key(name)) or refusal
            for ip in ips:
                if ip.id not in told:
                    told[ip.id] = ip.id, f"The public IP {ip.address or ip.id}"
                    swept.found(ip.id, f"{told[ip.id][1]} belongs to no open run: it is released.")
                if ip.server is not None:
                    await _problem_of(cloud.disassociate_ip(ip.id))  # the release says whether that worked
                refusal = await _problem_of(cloud.release_ip(ip.id)) or refusal
            if refusal is not None:
                raise refusal
            failures = 0
        except CloudError as problem:
            failures += 1
            if failures >= GIVE_UP_TRIES:
                swept.told.append(f"Closed runs could not be looked for: {problem.message}")
                swept.remaining.extend(sorted(told))
                return
            await clock.sleep(min(backoff(failures), 4.0))
            continue
        if not machines and not keys and not ips:
            absent += 1
            if not told and not proof:
                return
        else:
            absent = 0
        if absent < 2:
            await clock.sleep(poll_seconds)
    for known_by, called in told.values():
        swept.found(known_by, f"{called} is gone, absent twice.")


def _is_ours(ip: PublicIp, names: frozenset[str], addresses: Mapping[str, str | None]) -> bool:
    """The id alone might be given again: the address must be the same, and nobody else's machine may have it."""
    known = ip.id in addresses and addresses[ip.id] in (None, ip.address)
    return known and (ip.server is None or ip.server in names)


async def _problem_of(call: Awaitable[None]) -> CloudError | None:
    """What a call about something that may be gone already came to: one that fails keeps no other from being made."""
    try:
        await call
    except CloudNotFound:
        return None
    except CloudError as problem:
        return problem
    return None
