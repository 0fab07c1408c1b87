"""A cloud that does what clouds do on their worst day, by seed: lost answers, late effects, lists that lag, refusals,
terminates that are ignored, machines that vanish, strangers in the same project. It knows whose everything is."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace

from tests.sim.world import Disk, Span, World
from unitrainer_tui.errors import (
    CloudNotFound,
    CloudRefused,
    CloudThrottled,
    CloudUnauthorized,
    CloudUnclear,
    CloudUnreachable,
)
from unitrainer_tui.ports import Instance, InstanceRow, LaunchRequest, Offer, PublicIp
from unitrainer_tui.runs.names import parse_name
from unitrainer_tui.runs.state import RunState

PRICE = 2.0
NEVER = float("inf")


FLICKER_REST = 60.0
"""Seconds between two stale answers about one machine, at the least."""


@dataclass
class Machine:
    id: str
    name: str
    ours: bool
    born: float
    listed_from: float
    active_at: float
    status_after: str = "ACTIVE"
    flavor: str = ""
    gone_at: float = NEVER
    first_terminate: float | None = None
    softly: bool = False
    hidden_until: float = 0.0
    """A list that is stale for a moment."""
    doomed: bool = False
    """It vanished or failed by itself, not because we asked."""

    def alive(self, now: float) -> bool:
        return self.born <= now < self.gone_at

    @property
    def node(self) -> int:
        name = parse_name(self.name)
        return name.node if name is not None else 0


@dataclass
class Address:
    id: str
    ours: bool
    born: float
    listed_from: float
    server: str | None = None
    gone_at: float = NEVER

    def alive(self, now: float) -> bool:
        return self.born <= now < self.gone_at


@dataclass
class Moods:
    """How bad the day is: probabilities of one history, and spans of outage and of a revoked key."""

    unclear: float = 0.0
    throttled: float = 0.0
    refused_launch: float = 0.0
    capacity: int | None = None
    """How many machines of the first flavor can be had at a time."""
    doubt: float = 0.0
    ignored: float = 0.0
    vanish: float = 0.0
    build_error: float = 0.0
    build_forever: float = 0.0
    lag: float = 0.0
    outages: list[Span] = field(default_factory=list)
    revoked: list[Span] = field(default_factory=list)
    strangers: float = 0.0


def _whose(name: str) -> str:
    """A machine's name without its node."""
    known = parse_name(name)
    return str(replace(known, node=0)) if known is not None else name


def _id_of(state: RunState) -> str | None:
    first = state.instance(0)
    return first.id if first is not None else None


class HostileCloud:
    """Judges while it serves: no spending call without its durable intent, no second create, no stranger touched."""

    def __init__(self, world: World, disk: Disk, run: str, moods: Moods, settle_seconds: float) -> None:
        self._world, self._disk, self._run, self._moods = world, disk, run, moods
        self._settle = settle_seconds
        self.machines: dict[str, Machine] = {}
        self.addresses: dict[str, Address] = {}
        self.keys_held: dict[str, tuple[float, float]] = {"laptop": (0.0, NEVER)}
        self._key_lag: dict[str, float] = {}
        self._in_doubt: set[str] = set()
        """Names whose launch was not answered: no second call for them, ever."""
        self._possible_allocations: Counter[int] = Counter()
        self._count = 0
        self.machines["x-1"] = Machine("x-1", "web", False, 0.0, 0.0, 0.0)
        self.addresses["a-x"] = Address("a-x", False, 0.0, 0.0)

    # ------------------------------------------------------------------------------------------------ the weather

    async def _call(self, what: str, *, spends: bool = False) -> None:
        world, moods = self._world, self._moods
        world.tick()
        await world.wait(world.chance.uniform(0.01, 0.4))
        self._let_strangers_move()
        if any(span.holds(world.now) for span in moods.outages):
            world.fired.add("outage")
            if spends or world.maybe(0.5):
                raise CloudUnreachable("no connection")
            await world.wait(5.0)
            raise CloudUnclear("no answer")
        if any(span.holds(world.now) for span in moods.revoked):
            world.fired.add("key revoked")
            raise CloudUnauthorized("401", status=401)
        if world.maybe(moods.throttled, "429"):
            raise CloudThrottled("429", retry_after=world.chance.choice([None, 0.0, 2.0, 9.0]))
        if not spends and world.maybe(moods.unclear, f"5xx on {what}"):
            raise CloudUnclear("503", status=503)

    def _let_strangers_move(self) -> None:
        world = self._world
        if not world.maybe(self._moods.strangers):
            return
        world.fired.add("strangers")
        self._count += 1
        if world.maybe(0.5):
            identity = f"x-{self._count}"
            self.machines[identity] = Machine(identity, f"web-{self._count}", False, world.now, world.now, world.now)
        else:
            identity = f"a-x{self._count}"
            server = world.chance.choice([None, "web"])
            self.addresses[identity] = Address(identity, False, world.now, world.now, server)

    def _lag(self) -> float:
        """Lists are true again well within the settle window."""
        if self._world.maybe(self._moods.lag, "list lag"):
            return self._world.chance.uniform(1.0, self._settle * 0.6)
        return 0.0

    # --------------------------------------------------------------------------------------------------- reading

    async def projects(self) -> list[str]:
        await self._call("projects")
        return ["p"]

    async def regions(self) -> list[str]:
        await self._call("regions")
        return ["r"]

    async def images(self) -> list[str]:
        await self._call("images")
        return ["i"]

    async def offers(self) -> list[Offer]:
        await self._call("offers")
        return [Offer("f-1", PRICE, stock=True), Offer("f-2", PRICE, stock=True)]

    async def stock(self, flavor: str) -> bool | None:
        await self._call("stock")
        return True

    async def instances(self) -> list[InstanceRow]:
        await self._call("instances")
        now = self._world.now
        for machine in self.machines.values():
            # One stale answer now and then. Two in a row, a poll apart, are
            # what the contract calls proof of absence: no rule of ours holds against that, so it is not played here.
            rested = now > machine.hidden_until + FLICKER_REST
            if machine.ours and rested and self._world.maybe(self._moods.lag * 0.05, "list flickers"):
                machine.hidden_until = now + 2.0
        return [
            InstanceRow(machine.id, machine.name, self._status(machine))
            for machine in self.machines.values()
            if machine.alive(now) and max(machine.listed_from, machine.hidden_until) <= now
        ]

    async def instance(self, instance_id: str) -> Instance:
        await self._call("instance")
        machine = self.machines.get(instance_id)
        now = self._world.now
        if machine is None or not machine.alive(now) or max(machine.listed_from, machine.hidden_until) > now:
            raise CloudNotFound("404", status=404)
        return Instance(machine.id, machine.name, self._status(machine))

    def _status(self, machine: Machine) -> str:
        if machine.gone_at != NEVER and machine.softly:
            return "SOFT_DELETED"
        return machine.status_after if self._world.now >= machine.active_at else "BUILD"

    # -------------------------------------------------------------------------------------------------- machines

    async def launch(self, request: LaunchRequest) -> str:
        self._intended("instance", request.name)
        self._may_launch(request)
        world, moods = self._world, self._moods
        await self._call("launch", spends=True)
        node = self._node(request.name)
        taken = sum(m.ours and m.gone_at > world.now and m.flavor == "f-1" for m in self.machines.values())
        sold_out = request.flavor == "f-1" and moods.capacity is not None and taken >= moods.capacity
        if sold_out or world.maybe(moods.refused_launch, "launch refused"):
            if node:
                world.fired.add("launch of a second machine refused")
            raise CloudRefused("no capacity", status=409)
        doubt = world.chance.random() < moods.doubt
        if doubt:
            # Nothing that the caller can know permits another call.
            self._in_doubt.add(request.name)
            if node:
                world.fired.add("launch of a second machine in doubt")
        if doubt and world.maybe(0.3, "launch lost"):
            raise CloudUnclear("timeout")
        late = world.chance.uniform(0.0, self._settle * 0.9) if doubt and world.maybe(0.5, "late launch") else 0.0
        machine = self._build(request, world.now + late)
        world.say(f"cloud: machine {machine.id} at {machine.born:.1f}, listed from {machine.listed_from:.1f}")
        await world.wait(world.chance.uniform(0.0, 2.0))
        if doubt and world.maybe(0.2, "twin"):
            self._build(request, world.now + late)
        if doubt:
            world.fired.add("launch in doubt")
            raise CloudUnclear("502 after the effect", status=502)
        return machine.id

    def _may_launch(self, request: LaunchRequest) -> None:
        """I2: at most one machine a node; and all of a run are of one flavor."""
        now = self._world.now
        if self._disk.state.stage_done("train"):
            raise self._world.violation(f"{request.name} is asked for after the training")
        ours = [machine for machine in self.machines.values() if machine.ours]
        if request.name in self._in_doubt:
            raise self._world.violation(f"I2: a second launch call for {request.name} whose effect is possible")
        if there := [m.id for m in ours if m.name == request.name and m.gone_at > now]:
            raise self._world.violation(f"I2: {request.name} is asked for and there is {there}")
        if other := [m.id for m in ours if m.flavor != request.flavor and m.gone_at > now and not m.doomed]:
            raise self._world.violation(f"a machine of {request.flavor} is asked for beside {other} of another flavor")
        if any(m.name == request.name for m in ours):
            self._world.fired.add("another flavor for all machines")
        if any(_whose(m.name) != _whose(request.name) for m in ours):
            raise self._world.violation(f"{request.name} is not named as the others are")

    def _node(self, name: str) -> int:
        known = parse_name(name)
        if known is None:
            raise self._world.violation(f"{name!r} is no name of ours")
        return known.node

    def _build(self, request: LaunchRequest, born: float) -> Machine:
        world, moods = self._world, self._moods
        self._count += 1
        identity = f"m-{self._count}"
        active = born + world.chance.uniform(2.0, 40.0)
        # Never later than what the settle window of the call that made it promises.
        listed = min(born + self._lag(), max(born, world.now + self._settle * 0.9))
        machine = Machine(identity, request.name, True, born, listed, active, flavor=request.flavor)
        if world.maybe(moods.build_error, "build error"):
            machine.status_after, machine.doomed = "ERROR", True
        elif world.maybe(moods.build_forever, "build for ever"):
            machine.active_at, machine.doomed = NEVER, True
        elif world.maybe(moods.vanish, "machine vanishes"):
            machine.gone_at, machine.doomed = active + world.chance.uniform(0.0, 120.0), True
        self.machines[identity] = machine
        return machine

    async def terminate(self, instance_id: str) -> None:
        machine = self.machines.get(instance_id)
        if machine is None or not machine.ours:
            raise self._world.violation(f"I3: terminate of {instance_id}, which is not ours")
        if machine.node == 0 and not self._disk.full:
            state = self._disk.state
            if state.stage_done("train") and "cleanup" not in state.stages and machine.id == _id_of(state):
                raise self._world.violation(f"{instance_id} is given back and the model is still there")
        world, moods = self._world, self._moods
        machine.first_terminate = machine.first_terminate or world.now
        await self._call("terminate")
        if not machine.alive(world.now):
            raise CloudNotFound("404", status=404)
        if world.now < machine.active_at and world.maybe(moods.ignored, "terminate refused in BUILD"):
            raise CloudRefused("busy", status=409)
        if world.maybe(moods.ignored, "terminate ignored"):
            return
        if machine.gone_at == NEVER:
            machine.softly = world.maybe(moods.ignored, "SOFT_DELETED")
            machine.gone_at = world.now + world.chance.choice([0.1, 3.0, 20.0, 400.0 if machine.softly else 5.0])
        if world.maybe(moods.unclear, "terminate 500 after effect"):
            raise CloudUnclear("500", status=500)

    # ------------------------------------------------------------------------------------------------------ keys

    async def keys(self) -> list[str]:
        await self._call("keys")
        now = self._world.now
        return [
            name for name, (born, gone) in self.keys_held.items() if max(born, self._key_lag.get(name, 0)) <= now < gone
        ]

    async def add_key(self, name: str, public_key: str) -> None:
        await self._call("add_key")
        world = self._world
        doubt = world.chance.random() < self._moods.doubt
        if doubt and world.maybe(0.3):
            raise CloudUnclear("timeout")
        if name in self.keys_held and self.keys_held[name][1] == NEVER:
            raise CloudRefused("exists", status=409)
        late = world.chance.uniform(0.0, self._settle * 0.5) if doubt and world.maybe(0.5, "late key") else 0.0
        self.keys_held[name] = (world.now + late, NEVER)
        self._key_lag[name] = world.now + min(late + self._lag(), self._settle * 0.9)
        if doubt:
            world.fired.add("key in doubt")
            raise CloudUnclear("502", status=502)

    async def drop_key(self, name: str) -> None:
        if not name.startswith("ut-"):
            raise self._world.violation(f"I3: the key {name!r} is not ours")
        await self._call("drop_key")
        born, gone = self.keys_held.get(name, (NEVER, 0.0))
        if not born <= self._world.now < gone:
            raise CloudNotFound("404", status=404)
        if self._world.maybe(self._moods.ignored, "drop-key ignored"):
            return
        self.keys_held[name] = (born, self._world.now)

    # ------------------------------------------------------------------------------------------------- addresses

    async def ips(self) -> list[PublicIp]:
        await self._call("ips")
        now = self._world.now
        return [
            PublicIp(address.id, f"203.0.113.{index}", self._server_of(address))
            for index, address in enumerate(self.addresses.values())
            if address.alive(now) and address.listed_from <= now
        ]

    def _server_of(self, address: Address) -> str | None:
        if not address.ours:
            return address.server
        machine = self.machines.get(address.server or "")
        return machine.name if machine is not None and machine.alive(self._world.now) else None

    async def allocate_ip(self) -> PublicIp:
        node = self._intended("public_ip", None)
        if self._possible_allocations[node]:
            raise self._world.violation("I2: a second allocate call whose effect is possible")
        world, moods = self._world, self._moods
        await self._call("allocate", spends=True)
        self._possible_allocations[node] += 1
        doubt = world.chance.random() < moods.doubt
        if doubt and world.maybe(0.3, "allocate lost"):
            raise CloudUnclear("timeout")
        late = world.chance.uniform(0.0, self._settle * 0.5) if doubt and world.maybe(0.5, "late address") else 0.0
        self._count += 1
        identity = f"a-{self._count}"
        listed = world.now + min(late + self._lag(), self._settle * 0.9)
        self.addresses[identity] = Address(identity, True, world.now + late, listed)
        world.say(f"cloud: address {identity}, listed from {listed:.1f}")
        if doubt:
            world.fired.add("allocate for a second machine in doubt" if node else "allocate in doubt")
            raise CloudUnclear("502", status=502)
        return PublicIp(identity, f"203.0.113.{list(self.addresses).index(identity)}")

    async def associate_ip(self, ip_id: str, instance_id: str) -> None:
        address = self._own_address(ip_id)
        await self._call("associate")
        if not address.alive(self._world.now):
            raise CloudNotFound("404", status=404)
        address.server = instance_id
        if self._world.maybe(self._moods.unclear, "associate 500 after effect"):
            raise CloudUnclear("500", status=500)

    async def disassociate_ip(self, ip_id: str) -> None:
        address = self._own_address(ip_id)
        await self._call("disassociate")
        if not self._world.maybe(self._moods.ignored, "detach ignored"):
            address.server = None

    async def release_ip(self, ip_id: str) -> None:
        address = self._own_address(ip_id)
        await self._call("release")
        if not address.alive(self._world.now):
            raise CloudNotFound("404", status=404)
        if self._server_of(address) is not None:
            raise CloudRefused("still attached", status=409)
        if self._world.maybe(self._moods.ignored, "release ignored"):
            return
        address.gone_at = self._world.now
        if self._world.maybe(self._moods.unclear, "release 500 after effect"):
            raise CloudUnclear("500", status=500)

    async def close(self) -> None: ...

    # ------------------------------------------------------------------------------------------------ the judge

    def _intended(self, kind: str, name: str | None) -> int:
        """I1: the intent stands in the durable part of the journal, and no other of its kind beside it: two that may be
        in doubt together could not be told apart. The node that it is for."""
        if self._world.ghost:
            raise asyncio.CancelledError
        state = self._disk.durable_state
        intents = [r for r in state.resources.values() if r.kind == kind and r.status == "intended"]
        if not any(r.name == name for r in intents):
            raise self._world.violation(f"I1: a call for {kind} without its intent on the disk")
        if len(intents) > 1:
            raise self._world.violation(f"two calls for {kind} are in doubt at a time")
        return intents[0].node

    def _own_address(self, ip_id: str) -> Address:
        address = self.addresses.get(ip_id)
        if address is None or not address.ours:
            raise self._world.violation(f"I3: the address {ip_id} is not ours")
        return address

    def held(self) -> list[str]:
        """The ids of what is ours and alive, or will be: late effects count."""
        now = self._world.now
        return (
            [m.id for m in self.machines.values() if m.ours and m.gone_at > now]
            + [a.id for a in self.addresses.values() if a.ours and a.gone_at > now]
            + [name for name, (_, gone) in self.keys_held.items() if name.startswith("ut-") and gone > now]
        )

    def machine_at(self, address: str) -> Machine | None:
        """The machine that answers at an address now."""
        now = self._world.now
        for index, ip in enumerate(self.addresses.values()):
            if f"203.0.113.{index}" == address and ip.alive(now):
                machine = self.machines.get(ip.server or "")
                if machine is not None and machine.alive(now) and self._status(machine) == "ACTIVE":
                    return machine
        return None
