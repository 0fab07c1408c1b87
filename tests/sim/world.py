"""What outlives a crash in a simulated history: time, chance, the disk, and when which blow falls."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sim.virtual_time import EPOCH, VirtualLoop
from unitrainer_tui.runs.events import Event, ResourceEvent, timestamp
from unitrainer_tui.runs.journal import decode_record, encode_record
from unitrainer_tui.runs.state import RunState, apply


class Violation(AssertionError):
    """An invariant of FAULTS does not hold."""


@dataclass(frozen=True)
class Span:
    """From `start` to `end`, in seconds of the world."""

    start: float
    end: float

    def holds(self, now: float) -> bool:
        return self.start <= now < self.end


@dataclass
class World:
    """`ticks` counts the calls of ports; `blows` says what happens at which of them."""

    seed: int
    chance: random.Random = field(init=False)
    loop: VirtualLoop = field(default_factory=VirtualLoop)
    clock_offset: float = 0.0
    ticks: int = 0
    blows: dict[int, Callable[[], None]] = field(default_factory=dict)
    ghost: bool = False
    """The process is dead: whatever it still tries has no effect."""
    told: list[tuple[float, str | Event]] = field(default_factory=list)
    """What happened when."""
    fired: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    """Invariants that were broken inside a call, where the caller may have swallowed the Violation."""

    still_there: Callable[[str], bool] = field(default=lambda identity: False)
    """Whether the cloud has something of that id, or will have."""

    def violation(self, what: str) -> Violation:
        self.broken.append(what)
        return Violation(what)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    @property
    def now(self) -> float:
        """Seconds since the world began."""
        return self.loop.now

    def say(self, what: str | Event) -> None:
        self.told.append((self.now, what))

    def story(self, last: int = 80) -> str:
        """The end of what happened, for whoever replays a seed."""
        return "\n".join(f"{now:10.2f}  {_words(what)}" for now, what in self.told[-last:])

    def maybe(self, probability: float, name: str = "") -> bool:
        hit = self.chance.random() < probability
        if hit and name:
            self.fired.add(name)
        return hit

    def tick(self) -> None:
        if self.ghost:
            raise asyncio.CancelledError
        self.ticks += 1
        if (blow := self.blows.pop(self.ticks, None)) is not None:
            blow()
        if self.ghost:
            raise asyncio.CancelledError

    async def wait(self, seconds: float) -> None:
        woken = self.loop.create_future()
        self.loop.call_later(seconds, _wake, woken)
        await woken
        if self.ghost:
            raise asyncio.CancelledError


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)


def _words(what: str | Event) -> str:
    if isinstance(what, str):
        return what
    return f"journal: {what.model_dump_json(exclude_none=True, exclude={'at', 'run'})}"


class VirtualClock:
    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> float:
        return EPOCH + self._world.clock_offset + self._world.loop.now

    def monotonic(self) -> float:
        return self._world.loop.now

    async def sleep(self, seconds: float) -> None:
        await self._world.wait(seconds)


@dataclass
class Disk:
    """The journal's lines, how many of them are on the disk for good, and the run's files."""

    run: str
    lines: list[bytes] = field(default_factory=list)
    synced: int = 0
    logs: dict[int, bytearray] = field(default_factory=dict)
    """What is stored of each node's log."""
    models: set[str] = field(default_factory=set)
    full: list[Span] = field(default_factory=list)
    _states: list[RunState] = field(init=False)
    """What the first n lines add up to, for every n: folded as they are written."""
    _read: int = 0
    """So many lines were read back and meant what was written."""

    def __post_init__(self) -> None:
        self._states = [RunState(run=self.run)]

    def write(self, event: Event) -> RunState:
        self.lines.append(encode_record(event))
        self._states.append(apply(self._states[-1], event))
        return self._states[-1]

    @property
    def state(self) -> RunState:
        return self._states[-1]

    @property
    def durable_state(self) -> RunState:
        """What is left of it after a power loss, at the least."""
        return self._states[self.synced]

    def lose_power(self, chance: random.Random) -> None:
        """What was not synced may be gone, from some point on."""
        self.cut(chance.randint(self.synced, len(self.lines)))
        for log in self.logs.values():
            del log[chance.randint(0, len(log)) :]

    def cut(self, lines: int) -> None:
        """So many lines are left, and they are on the disk."""
        del self.lines[lines:]
        del self._states[lines + 1 :]
        self.synced, self._read = lines, min(self._read, lines)

    def read_back(self) -> None:
        """Reads the lines that were not read since they were written, through the real codec. Raises Violation
        where they mean another state than what was written did (I5), or counting one twice changes it."""
        state = self._states[self._read]
        while self._read < len(self.lines):
            event = decode_record(self.lines[self._read][:-1])
            if event is None:
                raise Violation("the journal holds a line that cannot be read")
            if event.seq != state.seq + 1:
                raise Violation("I5: the numbers of the journal have a gap")
            state = apply(state, event)
            if apply(state, event) is not state:
                raise Violation("I5: folding twice is not folding once")
            self._read += 1
            if state != self._states[self._read]:
                raise Violation(f"I5: what was read is not what was written: {event}")


class MemoryJournal:
    """One process's hold on the journal."""

    def __init__(self, world: World, disk: Disk, run: str) -> None:
        self._world, self._disk, self._run = world, disk, run
        self.state = disk.state
        self.closed = False

    def append(self, event: Event, at: float, *, sync: bool = False) -> Event:
        event = event.model_copy(update={"at": timestamp(at), "run": self._run, "seq": self.state.seq + 1})
        if self._world.ghost:
            return event
        if self.closed:
            raise self._world.violation(f"written after the journal was closed: {event}")
        if any(span.holds(self._world.now) for span in self._disk.full):
            self._world.fired.add("disk full")
            raise OSError(28, "No space left on device")
        if self.state.result is not None and event.kind in ("stage", "progress", "transfer", "cost", "result"):
            raise self._world.violation(f"after the result comes {event}")
        self.state = self._disk.write(event)
        if sync:
            self._disk.synced = len(self._disk.lines)
        if isinstance(event, ResourceEvent) and event.status == "gone":
            identity = event.id or (event.name if event.resource == "ssh_key" else None)
            if identity and self._world.still_there(identity):
                self._world.violation(f"I4: {identity} is called gone and is there")
        if event.kind in ("resource", "stage", "notice", "result"):
            self._world.say(event)
        try:
            self._world.tick()
        except asyncio.CancelledError:
            pass  # killed right after this record: nothing of this process counts any more
        return event


class MemoryFiles:
    def __init__(self, world: World, disk: Disk) -> None:
        self._world, self._disk = world, disk

    def log_size(self, node: int = 0) -> int:
        return len(self._disk.logs.get(node, b""))

    def read_log(self, node: int = 0) -> Iterator[bytes]:
        yield bytes(self._disk.logs.get(node, b""))

    def append_log(self, data: bytes, node: int = 0) -> None:
        if self._world.ghost:
            return
        if any(span.holds(self._world.now) for span in self._disk.full):
            raise OSError(28, "No space left on device")
        self._disk.logs.setdefault(node, bytearray()).extend(data)

    def append_metrics(self, line: str) -> None: ...

    def append_telemetry(self, line: str) -> None: ...

    def make_key(self) -> str:
        return "ssh-ed25519 AAAA simulated"

    def make_password(self, *, keep: bool) -> str:
        return "not-a-secret"

    def password(self) -> str | None:
        return None

    def key_path(self) -> Path:
        return Path("key")

    def known_hosts_path(self, node: int = 0) -> Path:
        return Path("known_hosts")

    def remove_secrets(self) -> None: ...

    def artifact(self, relative: str) -> Path:
        return Path("artifacts", relative)

    def model(self, name: str) -> Path:
        return Path("models", name)

    def keep_environment(self, installed: Mapping[str, Any]) -> None: ...

    def read_environment(self) -> Mapping[str, Any]:
        return {}

    def read_artifact(self, relative: str, limit: int) -> bytes | None:
        return None

    def read_profile(self) -> bytes:
        return b""

    def read_metrics(self) -> Iterator[bytes]:
        return iter(())

    def write_beside_model(self, model_name: str, name: str, data: bytes) -> None:
        if any(span.holds(self._world.now) for span in self._disk.full):
            raise OSError(28, "No space left on device")

    def model_names(self) -> set[str]:
        return set(self._disk.models)

    def try_models_directory(self) -> None:
        return

    def free_bytes(self) -> int:
        return 1 << 40
