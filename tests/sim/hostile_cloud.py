"""A cloud that does what clouds do on their worst day, by seed or by script: lost answers, late effects, lists that are
stale, refusals, terminates that are ignored, machines that vanish, strangers in the same project. It knows whose
everything is.

What it never does, because no rule of ours could hold against it: a list is right for STALE_REST seconds between two
stale stretches about one thing, none of which is longer than the settle window; an address, which bears no name, takes
effect within the settle window. A launch may take effect at any time, and where `stale_gate` says so the destroying
calls too believe a stale list for up to the settle window: only the tombstones hold against those two."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace

from tests.sim.disk import Disk
from tests.sim.world import Span, World
from unitrainer_tui.errors import (
    CloudNotFound,
    CloudRefused,
    CloudThrottled,
    CloudUnauthorized,
    CloudUnclear,
    CloudUnreachable,
)
from unitrainer_tui.pipeline import effects
from unitrainer_tui.ports import Instance, InstanceRow, LaunchRequest, Offer, PublicIp
from unitrainer_tui.runs.names import parse_name
from unitrainer_tui.runs.state import RunState

PRICE = 2.0
NEVER = float("inf")
STALE_REST = 12.0
LONG = 5.0
OTHERS_NAME = "ut-0therins-otherrun00-zzzzzz"
SISTERS_NAME = "ut-sim00000-sisterrun0-zzzzzz"
"""Another run of the same installation: not this run's to touch."""

# How a call that makes something can end in doubt, and how likely each is.
DOUBTS = ("lost", "lost", "exists", "exists", "late", "late", "late", "5xx", "garbage", "very late")


@dataclass
class Thing:
    """Something that a cloud holds. Seconds of the world; `hidden_until`: lists, and the look by its id, are stale."""

    id: str
    ours: bool
    born: float
    listed_from: float
    gone_at: float = NEVER
    hidden_from: float = float("-inf")
    hidden_until: float = float("-inf")
    in_doubt: bool = False
    """The call that made it was not answered."""

    def alive(self, now: float) -> bool:
        return self.born <= now < self.gone_at

    def hidden(self, now: float) -> bool:
        return self.hidden_from <= now < self.hidden_until

    def hidden_for_long(self, now: float) -> bool:
        """For longer than from one look to the next."""
        return self.hidden(now) and self.hidden_until - self.hidden_from >= LONG

    def shown(self, now: float) -> bool:
        return self.born <= now < self.gone_at and self.listed_from <= now and self.hidden_until <= now


@dataclass
class Machine(Thing):
    name: str = ""
    active_at: float = 0.0
    status_after: str = "ACTIVE"
    flavor: str = ""
    first_terminate: float | None = None
    lingers_as: str | None = None
    """What it is called from the terminate call until it is gone."""
    row: InstanceRow | None = None
    doomed: bool = False
    """It vanished or failed by itself, not because we asked."""

    @property
    def node(self) -> int:
        name = parse_name(self.name)
        return name.node if name is not None else 0


@dataclass
class Address(Thing):
    server: str | None = None
    row: PublicIp | None = None


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
    stale: float = 0.0
    stale_gate: bool = False
    """The destroying calls look the thing up in the same stale list."""
    associate_fails: float = 0.0
    outages: list[Span] = field(default_factory=list)
    revoked: list[Span] = field(default_factory=list)
    strangers: float = 0.0
    price: float | None = PRICE
    script: dict[str, list[str]] = field(default_factory=dict)
    """What befalls the next calls of that name for certain, in order; "" lets one pass."""

    @property
    def quiet(self) -> bool:
        """An API without a fault."""
        return self == Moods(price=self.price)


def _whose(name: str) -> str:
    """A machine's name without its node."""
    known = parse_name(name)
    return str(replace(known, node=0)) if known is not None else name


def _id_of(state: RunState) -> str | None:
    first = state.instance(0)
    return first.id if first is not None else None


class HostileCloud:
    """Judges while it serves: no spending call without its durable intent, no second create, no stranger touched."""

    def __init__(self, world: World, disk: Disk, moods: Moods, settle_seconds: float) -> None:
        self._world, self._disk, self._moods = world, disk, moods
        self._settle = settle_seconds
        self._script = {what: list(answers) for what, answers in moods.script.items()}
        self.machines: dict[str, Machine] = {}
        self.addresses: dict[str, Address] = {}
        self.keys_held: dict[str, Thing] = {"laptop": Thing("laptop", False, 0.0, 0.0)}
        self._in_doubt: set[str] = set()
        """Names whose launch was not answered: no second call for them, ever."""
        self._possible_allocations: Counter[int] = Counter()
        self._count = 0
        self.launch_calls: list[float] = []
        self.denied: set[str] = set()
        """What it denied, to the destroying call too, for longer than from one look to the next."""
        for identity, name in (("x-1", "web"), ("x-2", OTHERS_NAME), ("x-3", SISTERS_NAME)):
            self.machines[identity] = Machine(identity, False, 0.0, 0.0, name=name)
        self.addresses["a-x"] = Address("a-x", False, 0.0, 0.0)

    # ------------------------------------------------------------------------------------------------ the weather

    def _scripted(self, what: str) -> str:
        """What the script says about this call; nothing where it does not."""
        answers = self._script.get(what)
        if not answers:
            return ""
        if said := answers.pop(0):
            self._world.fired.add(f"{what}: {said}")
        return said

    async def _call(self, what: str, *, spends: bool = False) -> None:
        world, moods = self._world, self._moods
        world.tick(what)
        await world.wait(world.chance.uniform(0.01, 0.4))
        if moods.strangers:
            self._let_strangers_move()
        if moods.outages and any(span.holds(world.now) for span in moods.outages):
            world.fired.add("outage")
            if spends or world.maybe(0.5):
                raise CloudUnreachable("no connection")
            await world.wait(5.0)
            raise CloudUnclear("no answer")
        if moods.revoked and any(span.holds(world.now) for span in moods.revoked):
            world.fired.add("key revoked")
            raise CloudUnauthorized("401", status=401)
        if moods.throttled and world.maybe(moods.throttled, "429"):
            raise CloudThrottled("429", retry_after=world.chance.choice([None, 0.0, 2.0, 9.0]))
        if not spends and moods.unclear and world.maybe(moods.unclear, f"5xx on {what}"):
            raise CloudUnclear("503", status=503)

    def _doubt(self, what: str) -> str:
        """How a call that makes something ends in doubt; nothing where it is answered."""
        world = self._world
        said = self._scripted(what)
        if said in DOUBTS or said == "twin":
            return said
        if world.chance.random() >= self._moods.doubt:
            return ""
        kind = world.chance.choice(DOUBTS)
        world.fired.add(f"{what}: {kind}")
        return kind

    def _unanswered(self, kind: str) -> CloudUnclear:
        if kind == "5xx":
            return CloudUnclear("502 after the effect", status=502)
        return CloudUnclear("2xx without an id" if kind == "garbage" else "timeout")

    def _unknown(self, thing: Thing) -> bool:
        """Whether a destroying call is answered with 404."""
        now = self._world.now
        if self._moods.stale_gate and thing.alive(now) and thing.hidden(now):
            self._world.fired.add("404 for what is there")
            if thing.hidden_for_long(now):
                self.denied.add(thing.id)
            return True
        return not thing.alive(now)

    def _stale(self, things: list[Thing]) -> None:
        """A look may find lists stale about some of what is ours."""
        if not self._moods.stale:
            return
        now = self._world.now
        for thing in things:
            if thing.ours and thing.alive(now) and now > thing.hidden_until + STALE_REST:
                if self._world.maybe(self._moods.stale, "stale list"):
                    longest = self._world.chance.choice([LONG - 1.0, self._settle - 1.0])
                    thing.hidden_from, thing.hidden_until = now, now + self._world.chance.uniform(0.5, longest)

    def _let_strangers_move(self) -> None:
        world = self._world
        if not world.maybe(self._moods.strangers):
            return
        world.fired.add("strangers")
        self._count += 1
        if world.maybe(0.5):
            identity = f"x-{self._count}"
            self.machines[identity] = Machine(identity, False, world.now, world.now, name=f"web-{self._count}")
        else:
            identity = f"a-x{self._count}"
            server = world.chance.choice([None, "web"])
            self.addresses[identity] = Address(identity, False, world.now, world.now, server=server)

    def _lag(self) -> float:
        """Lists are true again well within the settle window."""
        if self._moods.lag and self._world.maybe(self._moods.lag, "list lag"):
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
        return [Offer(flavor, self._moods.price, stock=True) for flavor in ("f-1", "f-2")]

    async def stock(self, flavor: str) -> bool | None:
        await self._call("stock")
        return True

    async def instances(self) -> list[InstanceRow]:
        await self._call("instances")
        now = self._world.now
        self._stale([*self.machines.values()])
        return [self._row(machine) for machine in self.machines.values() if machine.shown(now)]

    def _row(self, machine: Machine) -> InstanceRow:
        status = self._status(machine)
        if machine.row is None or machine.row.status != status:
            machine.row = InstanceRow(machine.id, machine.name, status)
        return machine.row

    async def instance(self, instance_id: str) -> Instance:
        await self._call("instance")
        machine = self.machines.get(instance_id)
        if machine is not None:
            self._stale([machine])
        if machine is None or not machine.shown(self._world.now):
            raise CloudNotFound("404", status=404)
        return Instance(machine.id, machine.name, self._status(machine))

    def _status(self, machine: Machine) -> str:
        if machine.lingers_as is not None:
            return machine.lingers_as
        return machine.status_after if self._world.now >= machine.active_at else "BUILD"

    # -------------------------------------------------------------------------------------------------- machines

    async def launch(self, request: LaunchRequest) -> str:
        self._intended("instance", request.name)
        self._may_launch(request)
        self.launch_calls.append(self._world.now)
        world, moods = self._world, self._moods
        await self._call("launch", spends=True)
        node = self._node(request.name)
        taken = sum(m.ours and m.gone_at > world.now and m.flavor == "f-1" for m in self.machines.values())
        sold_out = request.flavor == "f-1" and moods.capacity is not None and taken >= moods.capacity
        if said := self._scripted("launch refused"):
            status, _, after = said.partition(":")
            if status == "429":
                raise CloudThrottled("429", retry_after=float(after))
            if status in ("401", "403"):
                raise CloudUnauthorized("not allowed", status=int(status))
            raise CloudRefused("no capacity", status=int(status))
        if sold_out or (moods.refused_launch and world.maybe(moods.refused_launch, "launch refused")):
            if node:
                world.fired.add("launch of a second machine refused")
            raise CloudRefused("no capacity", status=409)
        doubt = self._doubt("launch")
        if doubt:
            # Nothing that the caller can know permits another call.
            self._in_doubt.add(request.name)
            if node:
                world.fired.add("launch of a second machine in doubt")
        if doubt == "lost":
            raise self._unanswered(doubt)
        after = 0.0
        if doubt == "late":
            after = world.chance.uniform(0.0, self._settle * 0.9)
        elif doubt == "very late":
            after = world.chance.uniform(self._settle * 1.1, 900.0)
        machine = self._build(request, after, in_doubt=bool(doubt))
        if doubt and (doubt == "twin" or world.maybe(0.15, "twin")):
            self._build(request, after, in_doubt=True)
        world.tick("launch effect")
        await world.wait(world.chance.uniform(0.0, 2.0))
        if doubt:
            raise self._unanswered(doubt)
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

    def _build(self, request: LaunchRequest, after: float, *, in_doubt: bool) -> Machine:
        world, moods = self._world, self._moods
        self._count += 1
        identity, born = f"m-{self._count}", world.now + after
        # Listed within the settle window, of the call that made it where its effect is.
        listed = min(born + self._lag(), max(born, world.now + self._settle * 0.9))
        active = born + world.chance.uniform(2.0, 40.0)
        machine = Machine(identity, True, born, listed, in_doubt=in_doubt)
        machine.name, machine.active_at, machine.flavor = request.name, active, request.flavor
        said = self._scripted("build")
        if said == "error" or (moods.build_error and world.maybe(moods.build_error, "build error")):
            machine.status_after, machine.doomed = "ERROR", True
        elif said == "for ever" or (moods.build_forever and world.maybe(moods.build_forever, "build for ever")):
            machine.active_at, machine.doomed = NEVER, True
        elif said.startswith("vanish") or (moods.vanish and world.maybe(moods.vanish, "machine vanishes")):
            machine.gone_at, machine.doomed = active + world.chance.uniform(0.0, 120.0), True
            if said == "vanish in training":
                machine.gone_at = active + 60.0
        self.machines[identity] = machine
        world.say(f"cloud: machine {identity} from {born:.1f}, listed from {listed:.1f}")
        return machine

    async def terminate(self, instance_id: str) -> None:
        self._still_lives()
        machine = self.machines.get(instance_id)
        if machine is None or not machine.ours:
            raise self._world.violation(f"I3: terminate of {instance_id}, which is not ours")
        if machine.node == 0 and not self._disk.full:
            state = self._disk.state
            if state.stage_done("train") and "cleanup" not in state.stages and machine.id == _id_of(state):
                raise self._world.violation(f"P5: {instance_id} is given back and the model is still there")
        world, moods = self._world, self._moods
        machine.first_terminate = machine.first_terminate or world.now
        await self._call("terminate")
        if self._unknown(machine):
            raise CloudNotFound("404", status=404)
        said, bad = self._scripted("terminate"), moods.ignored
        building = world.now < machine.active_at
        if said == "busy" or (building and bad and world.maybe(bad, "terminate refused in BUILD")):
            raise CloudRefused("busy", status=409)
        if said == "500":
            raise CloudUnclear("500", status=500)
        if said == "ignored" or (bad and world.maybe(bad, "terminate ignored")):
            return
        if machine.gone_at == NEVER or machine.doomed:
            self._end(machine, said)
        world.tick("terminate effect")
        if said == "500 after effect" or (moods.unclear and world.maybe(moods.unclear, "terminate 500 after effect")):
            raise CloudUnclear("500", status=500)

    def _end(self, machine: Machine, said: str) -> None:
        world = self._world
        status, _, seconds = said.partition(":")
        if status in ("SHUTOFF", "SOFT_DELETED", "ACTIVE"):
            machine.lingers_as = status
        elif self._moods.ignored and world.maybe(self._moods.ignored):
            machine.lingers_as = world.chance.choice(["SOFT_DELETED", "SHUTOFF", "ACTIVE"])
            world.fired.add(f"lingers as {machine.lingers_as}")
        lasts = world.chance.choice([0.1, 3.0, 20.0, 400.0 if machine.lingers_as else 5.0])
        gone_at = world.now + (float(seconds) if seconds else lasts)
        machine.gone_at = min(machine.gone_at, gone_at)

    # ------------------------------------------------------------------------------------------------------ keys

    async def keys(self) -> list[str]:
        await self._call("keys")
        self._stale([*self.keys_held.values()])
        now = self._world.now
        return [name for name, key in self.keys_held.items() if key.shown(now)]

    async def add_key(self, name: str, public_key: str) -> None:
        await self._call("add_key")
        world = self._world
        held = self.keys_held.get(name)
        if held is not None and held.alive(world.now):
            raise CloudRefused("exists", status=409)
        doubt = self._doubt("add_key")
        if doubt == "lost":
            raise self._unanswered(doubt)
        after = world.chance.uniform(0.0, self._settle * 0.5) if doubt in ("late", "very late") else 0.0
        listed = world.now + min(after + self._lag(), self._settle * 0.9)
        self.keys_held[name] = Thing(name, True, world.now + after, listed, in_doubt=bool(doubt))
        world.tick("add_key effect")
        if doubt:
            raise self._unanswered(doubt)

    async def drop_key(self, name: str) -> None:
        self._still_lives()
        key = self.keys_held.get(name)
        if not name.startswith("ut-sim00000-simulated0-") or (key is not None and not key.ours):
            raise self._world.violation(f"I3: the key {name!r} is not ours")
        await self._call("drop_key")
        if key is None or self._unknown(key):
            raise CloudNotFound("404", status=404)
        if self._moods.ignored and self._world.maybe(self._moods.ignored, "drop-key ignored"):
            return
        key.gone_at = self._world.now
        self._world.tick("drop_key effect")

    # ------------------------------------------------------------------------------------------------- addresses

    async def ips(self) -> list[PublicIp]:
        await self._call("ips")
        self._stale([*self.addresses.values()])
        now = self._world.now
        return [self._ip(address, n) for n, address in enumerate(self.addresses.values()) if address.shown(now)]

    def _ip(self, address: Address, number: int) -> PublicIp:
        server = self._server_of(address)
        if address.row is None or address.row.server != server:
            address.row = PublicIp(address.id, f"203.0.113.{number}", server)
        return address.row

    def _server_of(self, address: Address) -> str | None:
        if not address.ours:
            return address.server
        machine = self.machines.get(address.server or "")
        return machine.name if machine is not None and machine.alive(self._world.now) else None

    async def allocate_ip(self) -> PublicIp:
        node = self._intended("public_ip", None)
        if self._possible_allocations[node]:
            raise self._world.violation("I2: a second allocate call whose effect is possible")
        world = self._world
        await self._call("allocate", spends=True)
        self._possible_allocations[node] += 1
        doubt = self._doubt("allocate")
        if doubt == "lost":
            raise self._unanswered(doubt)
        after = world.chance.uniform(0.0, self._settle * 0.5) if doubt in ("late", "very late") else 0.0
        self._count += 1
        identity = f"a-{self._count}"
        listed = world.now + min(after + self._lag(), self._settle * 0.9)
        self.addresses[identity] = Address(identity, True, world.now + after, listed, in_doubt=bool(doubt))
        world.say(f"cloud: address {identity}, listed from {listed:.1f}")
        world.tick("allocate effect")
        if doubt:
            if node:
                world.fired.add("allocate for a second machine in doubt")
            raise self._unanswered(doubt)
        return PublicIp(identity, f"203.0.113.{list(self.addresses).index(identity)}")

    async def associate_ip(self, ip_id: str, instance_id: str) -> None:
        address = self._own_address(ip_id)
        await self._call("associate")
        if not address.alive(self._world.now):
            raise CloudNotFound("404", status=404)
        if self._moods.associate_fails and self._world.maybe(self._moods.associate_fails, "associate fails"):
            raise CloudRefused("cannot associate", status=400)
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
        if self._unknown(address):
            raise CloudNotFound("404", status=404)
        if self._server_of(address) is not None:
            raise CloudRefused("still attached", status=409)
        said, moods = self._scripted("release"), self._moods
        if said == "500":
            raise CloudUnclear("500", status=500)
        if said == "ignored" or (moods.ignored and self._world.maybe(moods.ignored, "release ignored")):
            return
        address.gone_at = self._world.now
        self._world.tick("release effect")
        unclear = moods.unclear and self._world.maybe(moods.unclear, "release 500 after effect")
        if unclear or said == "500 after effect":
            raise CloudUnclear("500", status=500)

    async def close(self) -> None: ...

    # ------------------------------------------------------------------------------------------------ the judge

    def _intended(self, kind: str, name: str | None) -> int:
        """I1: the intent stands in the durable part of the journal, and no other of its kind beside it: two that may be
        in doubt together could not be told apart. The node that it is for."""
        self._still_lives()
        effect = effects.under_way()
        if effect is None or not effect.spends:
            raise self._world.violation(f"rule 3: a call for {kind} that no effect has declared")
        state = self._disk.durable_state
        intents = [r for r in state.resources.values() if r.kind == kind and r.status == "intended"]
        if not any(r.name == name for r in intents):
            raise self._world.violation(f"I1: a call for {kind} without its intent on the disk")
        if len(intents) > 1:
            raise self._world.violation(f"two calls for {kind} are in doubt at a time")
        return intents[0].node

    def _still_lives(self) -> None:
        """What a dead process calls is heard by nobody."""
        if self._world.ghost:
            raise asyncio.CancelledError

    def _own_address(self, ip_id: str) -> Address:
        self._still_lives()
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
            + [key.id for key in self.keys_held.values() if key.ours and key.gone_at > now]
        )

    def things(self) -> list[Thing]:
        """All that is ours or ever was."""
        everything = [*self.machines.values(), *self.addresses.values(), *self.keys_held.values()]
        return [thing for thing in everything if thing.ours]

    def machine_at(self, address: str) -> Machine | None:
        """The machine that answers at an address now."""
        now = self._world.now
        for index, ip in enumerate(self.addresses.values()):
            if f"203.0.113.{index}" == address and ip.alive(now):
                machine = self.machines.get(ip.server or "")
                if machine is not None and machine.alive(now) and self._status(machine) == "ACTIVE":
                    return machine
        return None
