"""What outlives a crash in a simulated history: time, chance, and when which blow falls."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.sim.virtual_time import EPOCH, VirtualLoop
from unitrainer_tui.runs.events import Event


class Violation(AssertionError):
    """An invariant of FAULTS does not hold."""


class Fired(Counter[str]):
    """How often each fault has befallen the run."""

    def add(self, name: str) -> None:
        self[name] += 1


@dataclass(frozen=True)
class Span:
    """From `start` to `end`, in seconds of the world."""

    start: float
    end: float

    def holds(self, now: float) -> bool:
        return self.start <= now < self.end


@dataclass
class World:
    """`ticks` counts the points where a blow can fall: calls of ports, their effects, records of the journal."""

    seed: int
    chance: random.Random = field(init=False)
    loop: VirtualLoop = field(default_factory=VirtualLoop)
    slept: float = 0.0
    """Seconds that this machine has slept: the world went on, its timers did not."""
    clock_offset: float = 0.0
    """How far the wall clock was set."""
    ticks: int = 0
    blows: dict[int, Callable[[], None]] = field(default_factory=dict)
    """What happens at which tick."""
    ghost: bool = False
    """The process is dead: whatever it still tries has no effect."""
    told: list[tuple[float, str | Event]] = field(default_factory=list)
    """What happened when."""
    points: list[str] = field(default_factory=list)
    """The name of each tick, where somebody wants to know."""
    keep_points: bool = False
    fired: Fired = field(default_factory=Fired)
    broken: list[str] = field(default_factory=list)
    """Invariants that were broken inside a call, where the caller may have swallowed the Violation."""
    decided_at: float | None = None
    """When the run decided to tear down: abort, failure, limit, or the model verified here."""
    teardown_at: float | None = None
    """When its clean-up began."""

    still_there: Callable[[str], bool] = field(default=lambda identity: False)
    """Whether the cloud has something of that id, or will have."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    @property
    def now(self) -> float:
        """Seconds since the world began."""
        return self.loop.now + self.slept

    def violation(self, what: str) -> Violation:
        self.broken.append(what)
        return Violation(what)

    def say(self, what: str | Event) -> None:
        self.told.append((self.now, what))

    def story(self, last: int = 80) -> str:
        """The end of what happened, for whoever replays a seed."""
        shown = [
            (now, what) for now, what in self.told if isinstance(what, str) or what.kind not in ("cost", "progress")
        ]
        return "\n".join(f"{now:10.2f}  {_words(what)}" for now, what in shown[-last:])

    def maybe(self, probability: float, name: str = "") -> bool:
        hit = self.chance.random() < probability
        if hit and name:
            self.fired.add(name)
        return hit

    def tick(self, point: str) -> None:
        if self.ghost:
            raise asyncio.CancelledError
        self.ticks += 1
        if self.keep_points:
            self.points.append(point)
        if self.blows and (blow := self.blows.pop(self.ticks, None)) is not None:
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
    """As SystemClock is: the wall clock's time at the start of the process, running on steadily; a sleep of the machine
    counts, setting the clock does not. Timers stand still meanwhile."""

    def __init__(self, world: World, not_before: float | None = None) -> None:
        self._world = world
        self._ahead = max(EPOCH + world.clock_offset + world.now, not_before or 0.0) - world.now

    def now(self) -> float:
        return self._ahead + self._world.now

    def monotonic(self) -> float:
        return self._world.loop.now

    async def sleep(self, seconds: float) -> None:
        await self._world.wait(seconds)
