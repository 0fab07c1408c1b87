"""The local disk of a simulated history: the journal, what of it is synced, and the run's files."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sim.world import Span, Violation, World
from unitrainer_tui.runs.events import Event, NoticeEvent, ResourceEvent, ResultEvent, StageEvent, timestamp
from unitrainer_tui.runs.journal import decode_record, encode_record
from unitrainer_tui.runs.state import RunState, apply

CANARY = "Canary-4u-never-told"
"""The secret that must not turn up anywhere."""
# Seconds after which Linux has written what nobody synced: dirty_expire_centisecs 30 s, looked at every 5 s, and slack.
FLUSHED_AFTER = 60.0
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass
class Disk:
    """The journal's lines, how many of them are on the disk for good, and the run's files."""

    run: str
    lines: list[bytes] = field(default_factory=list)
    synced: int = 0
    logs: dict[int, bytearray] = field(default_factory=dict)
    """What is stored of each node's log."""
    models: set[str] = field(default_factory=set)
    """Models under their final names whose hash was right."""
    artifacts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Size and time of each."""
    pins: dict[str, str] = field(default_factory=dict)
    """The host key in each known_hosts file."""
    full: list[Span] = field(default_factory=list)
    free: int = 1 << 40
    _states: list[RunState] = field(init=False)
    """What the first n lines add up to, for every n: folded as they are written."""
    _written: list[float] = field(default_factory=list)
    """When each line was (seconds of the world)."""
    _read: int = 0
    """So many lines were read back and meant what was written."""

    def __post_init__(self) -> None:
        self._states = [RunState(run=self.run)]

    def write(self, event: Event, now: float) -> RunState:
        self.lines.append(encode_record(event))
        self._written.append(now)
        self._states.append(apply(self._states[-1], event))
        return self._states[-1]

    @property
    def state(self) -> RunState:
        return self._states[-1]

    @property
    def durable_state(self) -> RunState:
        """What is left of it after a power loss, at the least."""
        return self._states[self.synced]

    def lose_power(self, world: World) -> None:
        """What was not synced may be gone, from some point on, but for what is so old that the system wrote it by
        itself."""
        chance, old = world.chance, bisect(self._written, world.now - FLUSHED_AFTER)
        self.cut(chance.randint(max(self.synced, old), len(self.lines)))
        for log in self.logs.values():
            del log[chance.randint(0, len(log)) :]

    def cut(self, lines: int) -> None:
        """So many lines are left, and they are on the disk."""
        del self.lines[lines:]
        del self._written[lines:]
        del self._states[lines + 1 :]
        self.synced, self._read = lines, min(self._read, lines)

    def put_back(self, lines: list[bytes], state: RunState) -> None:
        """The journal as somebody else has left it, and what it means."""
        self.lines = lines
        self._written = [0.0] * len(lines)
        self._states = [*[state] * (len(lines) + 1)]
        self.synced = self._read = len(lines)

    def read_back(self) -> None:
        """Reads the lines that were not read since they were written, through the real codec. Raises Violation
        where they mean another state than what was written did (I5), or counting one twice changes it."""
        state = self._states[self._read]
        while self._read < len(self.lines):
            event = decode_record(self.lines[self._read][:-1])
            if event is None:
                raise Violation("I5: the journal holds a line that cannot be read")
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

    def __init__(self, world: World, disk: Disk) -> None:
        self._world, self._disk = world, disk
        self.state = disk.state
        self.closed = False

    def append(self, event: Event, at: float, *, sync: bool = False) -> Event:
        world = self._world
        event = event.model_copy(update={"at": timestamp(at), "run": self._disk.run, "seq": self.state.seq + 1})
        if world.ghost:
            return event
        if self.closed:
            raise world.violation(f"I6: written after the journal was closed: {event}")
        if self._disk.full and any(span.holds(world.now) for span in self._disk.full):
            world.fired.add("disk full")
            raise OSError(28, "No space left on device")
        self._judge(event)
        self.state = self._disk.write(event, world.now)
        if sync:
            self._disk.synced = len(self._disk.lines)
        world.say(event)
        try:
            world.tick(_point(event))
        except asyncio.CancelledError:
            pass  # killed right after this record: nothing of this process counts any more
        return event

    def _judge(self, event: Event) -> None:
        world = self._world
        if self.state.result is not None and event.kind in ("stage", "progress", "transfer", "cost", "result"):
            raise world.violation(f"P3: after the result comes {event}")
        if isinstance(event, ResourceEvent) and event.status == "gone":
            identity = event.id or (event.name if event.resource == "ssh_key" else None)
            if identity and world.still_there(identity):
                world.violation(f"I4: {identity} is called gone and is there")
        elif isinstance(event, NoticeEvent):
            if _CONTROL.search(event.message) or _CONTROL.search(event.hint or ""):
                world.violation(f"I9: a control byte in {event.message!r}")
            if event.model_path is not None and Path(event.model_path).name not in self._disk.models:
                world.violation(f"I7: {event.model_path} is called verified and is not")
            if world.decided_at is None and (event.decision is not None or event.model_path is not None):
                world.decided_at = world.now
        elif isinstance(event, StageEvent) and event.stage == "cleanup" and world.teardown_at is None:
            world.teardown_at = world.now
            world.decided_at = world.now if world.decided_at is None else world.decided_at
        elif isinstance(event, ResultEvent) and _CONTROL.search(f"{event.error} {event.closing}"):
            world.violation(f"I9: a control byte in {event.error!r}")


def _point(event: Event) -> str:
    if isinstance(event, ResourceEvent):
        return f"record {event.resource} {event.status}"
    return f"record {event.stage} {event.status}" if isinstance(event, StageEvent) else f"record {event.kind}"


class MemoryFiles:
    """The run's files beside its journal."""

    def __init__(self, world: World, disk: Disk) -> None:
        self._world, self._disk = world, disk

    def _room(self) -> None:
        if self._disk.full and any(span.holds(self._world.now) for span in self._disk.full):
            raise OSError(28, "No space left on device")

    def log_size(self, node: int = 0) -> int:
        return len(self._disk.logs.get(node, b""))

    def read_log(self, node: int = 0) -> Iterator[bytes]:
        yield bytes(self._disk.logs.get(node, b""))

    def append_log(self, data: bytes, node: int = 0) -> None:
        if self._world.ghost:
            return
        self._room()
        self._disk.logs.setdefault(node, bytearray()).extend(data)

    def append_metrics(self, line: str) -> None: ...

    def append_telemetry(self, line: str) -> None: ...

    def make_key(self) -> str:
        return "ssh-ed25519 AAAA simulated"

    def make_password(self, *, keep: bool) -> str:
        return CANARY

    def password(self) -> str | None:
        return CANARY

    def key_path(self) -> Path:
        return Path("key")

    def known_hosts_path(self, node: int = 0) -> Path:
        return Path(f"known_hosts-{node}")

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
        self._room()

    def model_names(self) -> set[str]:
        return set(self._disk.models)

    def try_models_directory(self) -> None:
        return

    def lost_guarantee(self) -> str | None:
        return None

    def free_bytes(self) -> int:
        return self._disk.free
