"""What outlives a crash in a simulated history: time, chance, the disk, and when which blow falls."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sim.virtual_time import EPOCH
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
    now: float = 0.0
    clock_offset: float = 0.0
    ticks: int = 0
    blows: dict[int, Callable[[], None]] = field(default_factory=dict)
    ghost: bool = False
    """The process is dead: whatever it still tries has no effect."""
    told: list[str] = field(default_factory=list)
    """What happened, for whoever replays a seed."""
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

    def say(self, what: str) -> None:
        self.told.append(f"{self.now:10.2f}  {what}")

    def maybe(self, probability: float, name: str = "") -> bool:
        hit = self.chance.random() < probability
        if hit and name:
            self.fired.add(name)
        return hit

    def tick(self) -> None:
        if self.ghost:
            raise asyncio.CancelledError
        self.now = asyncio.get_running_loop().time()
        self.ticks += 1
        if (blow := self.blows.pop(self.ticks, None)) is not None:
            blow()
        if self.ghost:
            raise asyncio.CancelledError

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self.ghost:
            raise asyncio.CancelledError
        self.now = asyncio.get_running_loop().time()


class VirtualClock:
    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> float:
        return EPOCH + self._world.clock_offset + asyncio.get_running_loop().time()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await self._world.wait(seconds)


@dataclass
class Disk:
    """The journal's lines, how many of them are on the disk for good, and the run's files."""

    lines: list[bytes] = field(default_factory=list)
    synced: int = 0
    logs: dict[int, bytearray] = field(default_factory=dict)
    """What is stored of each node's log."""
    models: set[str] = field(default_factory=set)
    full: list[Span] = field(default_factory=list)
    artifacts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Size and time of each."""

    def lose_power(self, chance: random.Random) -> None:
        """What was not synced may be gone, from some point on."""
        del self.lines[chance.randint(self.synced, len(self.lines)) :]
        self.synced = len(self.lines)
        for log in self.logs.values():
            del log[chance.randint(0, len(log)) :]

    def state(self, run: str, *, durable: bool = False) -> RunState:
        state = RunState(run=run)
        for line in self.lines[: self.synced] if durable else self.lines:
            event = decode_record(line[:-1])
            if event is None:
                raise Violation("the journal holds a line that cannot be read")
            state = apply(state, event)
        return state


class MemoryJournal:
    """One process's hold on the journal."""

    def __init__(self, world: World, disk: Disk, run: str) -> None:
        self._world, self._disk, self._run = world, disk, run
        self.state = disk.state(run)
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
        self._disk.lines.append(encode_record(event))
        if sync:
            self._disk.synced = len(self._disk.lines)
        self.state = apply(self.state, event)
        if isinstance(event, ResourceEvent) and event.status == "gone":
            identity = event.id or (event.name if event.resource == "ssh_key" else None)
            if identity and self._world.still_there(identity):
                self._world.violation(f"I4: {identity} is called gone and is there")
        if event.kind in ("resource", "stage", "notice", "result"):
            self._world.say(f"journal: {event.model_dump_json(exclude_none=True, exclude={'at', 'run'})}")
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

    def artifacts(self) -> list[str]:
        return sorted(self._disk.artifacts)

    def holds_artifact(self, relative: str, size: int, mtime_ns: int) -> bool:
        return self._disk.artifacts.get(relative) == (size, mtime_ns)

    def begin_with_artifact(self, relative: str, to: Path) -> None: ...

    def drop_artifact(self, relative: str) -> None:
        self._disk.artifacts.pop(relative, None)

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

    def lost_guarantee(self) -> str | None:
        return None

    def free_bytes(self) -> int:
        return 1 << 40
