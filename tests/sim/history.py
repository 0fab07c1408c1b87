"""One history: a run played from its seed to rest through crashes, aborts and a hostile world, and judged.

`play(seed)` raises Violation with the whole story when an invariant of FAULTS does not hold. A `Plan` says what befalls
the run; `plan_of` draws one by chance, tests write their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.sim import judge
from tests.sim.disk import Disk, MemoryFiles, MemoryJournal
from tests.sim.hostile_cloud import HostileCloud, Moods
from tests.sim.hostile_host import HostileHosts, Line
from tests.sim.world import Fired, Span, Violation, VirtualClock, World
from unitrainer_tui.config.profile import Profile, parse_profile
from unitrainer_tui.datasets.manifest import FileEntry, Manifest
from unitrainer_tui.frameworks.registry import spec_of
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.recorder import Recorder
from unitrainer_tui.pipeline.run import Pipeline
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.supervisor import recover, sweep
from unitrainer_tui.supervisor.guard import Guard

T = TypeVar("T")

RUN, INSTALL = "simulated0", "sim00000"
SETTLE, POLL = 60.0, 5.0
RESCUE_MINUTES, MAX_HOURS = 2.0, 0.25
TOO_LONG = 12 * 3600.0
# When the names of the closed run are looked for: seconds after its end, until the seventh day is over. The revivers'
# timer looks every minute.
SWEEPS = (*(60.0 * minute for minute in range(1, 61)), 2 * 3600.0, 6 * 3600.0, 86_400.0, 6.9 * 86_400.0)
# Of so many histories one is read back whole at its end; what a crash leaves always is.
READ_BACK_EVERY = 4


class Data:
    def __init__(self, world: World) -> None:
        self._world = world

    async def check(self) -> tuple[int, tuple[str, ...]]:
        await self._world.wait(0.5)
        return 100, ()

    async def manifest(self) -> Manifest | None:
        await self._world.wait(3.0)
        return Manifest(Path("data"), (FileEntry("a.txt", 100, 0, "cd" * 32),), "ef" * 32)

    async def checkpoint(self) -> Manifest | None:
        return None

    async def source(self) -> Manifest | None:
        return None


@dataclass
class Plan:
    """What befalls one run. `blows` falls at a tick, or at a named point of the first life: (name, how often it was
    passed) to what happens then; both only once."""

    nodes: int = 1
    exclusive: bool = False
    moods: Moods = field(default_factory=Moods)
    line: Line = field(default_factory=Line)
    full: list[Span] = field(default_factory=list)
    free: int = 1 << 40
    crashes: int = 0
    aborts: int = 0
    blows: dict[int, str] = field(default_factory=dict)
    gap: float | None = None
    """Seconds until somebody takes over; by chance where it is not said."""
    clock_set: float = 0.0
    """How likely the clock is set while nobody looks."""
    clock_jump: float = 0.0
    """By how much it is set while the first supervisor lives, at its twentieth tick."""
    never_revived: bool = False
    """This machine never comes back after the first crash; a second guard watches from another one."""
    idle_minutes: float | None = None
    max_hours: float = MAX_HOURS
    budget_usd: float = 50.0
    damage: Callable[[Disk], None] | None = None
    """What happens to the journal's bytes while nobody has it open."""


def plan_of(world: World) -> Plan:
    """A plan by chance."""
    chance = world.chance
    bad = chance.choice([0.0, 0.3, 0.6, 1.0])
    nodes = chance.choice([1, 1, 2, 2, 3])

    def span(first: float, last: float, shortest: float, longest: float) -> Span:
        start = chance.uniform(first, last)
        return Span(start, start + chance.uniform(shortest, longest))

    moods = Moods(
        unclear=0.12 * bad * chance.random(),
        throttled=0.06 * bad * chance.random(),
        refused_launch=0.2 * bad,
        doubt=0.7 * bad * chance.random(),
        ignored=0.5 * bad * chance.random(),
        vanish=0.15 * bad,
        build_error=0.1 * bad,
        build_forever=0.05 * bad,
        lag=0.6 * bad,
        stale=0.04 * bad * chance.random(),
        stale_gate=chance.random() < 0.3 and bad > 0,
        associate_fails=0.9 if chance.random() < 0.05 * bad else 0.0,
        outages=[span(0, 400, 5, 300) for _ in range(2) if chance.random() < bad * 0.5],
        revoked=[span(20, 400, 60, 1800) for _ in range(1) if chance.random() < bad * 0.15],
        strangers=0.05 * bad,
        capacity=chance.choice([0, nodes - 1]) if chance.random() < 0.3 * bad else None,
    )
    if chance.random() < 0.004 * bad:
        moods.outages.append(span(20, 200, 3600, 3 * 3600))
    started = chance.uniform(40.0, 250.0)
    line = Line(
        lost=0.08 * bad * chance.random(),
        silent=[span(30, 300, 5, 200) for _ in range(2) if chance.random() < bad * 0.4],
        login_refused=0.4 * bad * chance.random(),
        setup_fails=0.05 * bad,
        job_seconds=chance.choice([3.0, 10.0, 30.0, 60.0, 1500.0 if chance.random() < 0.1 else 20.0]),
        exit_code=chance.choice([0, 0, 0, 0, 1, 137]),
        others_code=chance.choice([0, 0, 0, 0, 0, 1]),
        others_longer=chance.choice([0.0, 0.0, 5.0, -20.0, 300.0]),
        no_model=chance.random() < 0.08,
        hash_differs=0.1 * bad,
        hangs=chance.random() < 0.02 * bad,
        reboots_at=started if chance.random() < 0.05 * bad else None,
        impostor_from=started if chance.random() < 0.04 * bad else None,
    )
    return Plan(
        nodes=nodes,
        exclusive=chance.random() < 0.3 and not moods.strangers,
        moods=moods,
        line=line,
        full=[span(0, 300, 5, 120)] if chance.random() < bad * 0.2 else [],
        crashes=chance.choice([0, 0, 1, 2, 4]),
        aborts=chance.choice([0, 0, 1, 2]),
        clock_set=0.2,
        clock_jump=chance.choice([-3600.0, 3600.0]) if chance.random() < 0.1 else 0.0,
        idle_minutes=1.0 if line.hangs else None,
    )


def profile_of(plan: Plan) -> Profile:
    cloud = {"provider": "canopywave", "project": "p", "region": "r", "flavor": ["f-1", "f-2"], "image": "i"}
    limits = {"max_hours": plan.max_hours, "rescue_minutes": RESCUE_MINUTES, "budget_usd": plan.budget_usd}
    if plan.idle_minutes is not None:
        limits["idle_minutes"] = plan.idle_minutes
    return parse_profile(
        {
            "name": "sim",
            "cloud": {**cloud, "nodes": plan.nodes, "exclusive_project": plan.exclusive},
            "training": {"framework": "custom", "command": "true", "artifacts": ["model.bin"], "gpus": 0},
            "dataset": {"path": "/data"},
            "limits": limits,
            "timing": {"poll_seconds": POLL, "settle_seconds": SETTLE, "boot_timeout_s": 300, "ssh_timeout_s": 90},
        }
    )


@dataclass
class Outcome:
    """What a history came to. `after_decision` and `after_teardown`: for each machine, the seconds that it was billed
    after the run had decided to tear down, and after its clean-up began. `closed_at`: when its result was told."""

    seed: int
    code: int
    state: RunState
    lives: int
    fired: Fired
    weather: str
    """`quiet`: an API without a fault. `hostile`: one with faults. `interrupted`: after the decision the supervisor was
    killed or this machine slept, whatever the API did."""
    crashes: int
    after_decision: list[float]
    after_teardown: list[float]
    by_tombstone: list[float]
    """Seconds that what only the tombstones found lived on after the run was closed."""
    log_bytes_lost: int
    history: History


class History:
    def __init__(self, seed: int, plan: Plan | None = None) -> None:
        self.world = world = World(seed)
        self.plan = plan = plan or plan_of(world)
        self.disk = Disk(RUN, full=plan.full, free=plan.free)
        self.cloud = HostileCloud(world, self.disk, plan.moods, SETTLE)
        world.still_there = self._is_still_there
        self.hosts = HostileHosts(world, self.disk, self.cloud, plan.line)
        self.hosts.nodes = plan.nodes
        self.profile = profile_of(plan)
        self.pipeline: Pipeline | None = None
        self._blows = dict(plan.blows)
        self._crashes, self._aborts = plan.crashes, plan.aborts
        self.lives = self.killed = 0
        self.killed_after_decision = False
        self.down = 0.0
        """Seconds in which no supervisor lived, or this machine slept."""
        self.closed_at = 0.0
        self.ticks_at_close = 0
        self._end_of_life: asyncio.Event | None = None
        self._how = ""

    def _is_still_there(self, identity: str) -> bool:
        """Whether it is held and the run had a way to know."""
        thing = next((thing for thing in self.cloud.things() if thing.id == identity), None)
        if thing is None or thing.gone_at <= self.world.now:
            return False
        return not judge.excused(self, thing)

    # ------------------------------------------------------------------------------------------------- the blows

    def blow(self, how: str) -> None:
        """`kill -9`, `power loss`, `SIGTERM`, `stop`, `stop without rescue`, `sleep`."""
        world = self.world
        world.say(f"blow: {how}")
        world.fired.add(how)
        if how.startswith("stop"):
            if self.pipeline is not None and not world.ghost:
                self.pipeline.request_stop(rescue=how == "stop")
            return
        if how == "sleep":
            world.slept += 1800.0
            self.down += 1800.0
            self.killed_after_decision |= world.decided_at is not None
            return
        if how == "clock set":
            world.clock_offset += self.plan.clock_jump
            return
        state = self.disk.state
        if state.instance(0) is not None and len(state.all_of("instance")) < self.plan.nodes:
            world.fired.add(f"{how} between the launches")
        self.killed += 1
        self.killed_after_decision |= world.decided_at is not None
        if how in ("kill -9", "power loss"):
            world.ghost = True
        self._how = how
        if self._end_of_life is not None:
            self._end_of_life.set()

    def _plan_blows(self) -> None:
        world, chance = self.world, self.world.chance
        world.blows.clear()
        for tick, how in self._blows.items():
            world.blows[tick] = lambda how=how: self.blow(how)
        self._blows.clear()
        near = chance.choice([10, 40, 150, 600])
        if self._crashes > 0:
            self._crashes -= 1
            how = chance.choice(["kill -9", "kill -9", "power loss", "SIGTERM", "sleep"])
            world.blows[world.ticks + chance.randint(1, near)] = lambda: self.blow(how)
        if self._aborts > 0 and chance.random() < 0.6:
            self._aborts -= 1
            stop = "stop" if chance.random() < 0.6 else "stop without rescue"
            world.blows.setdefault(world.ticks + chance.randint(1, near), lambda: self.blow(stop))
        if self.plan.clock_jump and not self.lives:
            world.blows.setdefault(world.ticks + 20, lambda: self.blow("clock set"))

    # ---------------------------------------------------------------------------------------------------- a life

    async def _live(self) -> int | None:
        """One process. The run's exit code, or None when it ended before the run did."""
        world = self.world
        world.ghost = False
        self._end_of_life, self._how = asyncio.Event(), ""
        journal = MemoryJournal(world, self.disk)
        clock = VirtualClock(world, journal.state.updated_at)
        ctx = RunContext(
            run=RUN,
            install=INSTALL,
            profile=self.profile,
            framework=spec_of(self.profile),
            record=Recorder(journal, clock),
            files=MemoryFiles(world, self.disk),
            clock=clock,
            cloud=self.cloud,
            connector=self.hosts,
            data=Data(world),
        )
        self.pipeline = Pipeline(ctx)
        self._plan_blows()
        self.lives += 1
        work = world.loop.create_task(self.pipeline.run())
        blow = world.loop.create_task(self._end_of_life.wait())
        await asyncio.wait({work, blow}, return_when=asyncio.FIRST_COMPLETED, timeout=TOO_LONG)
        if not work.done() and not blow.done():
            raise Violation("P1: the run hangs: twelve hours without an end")
        blow.cancel()
        if work.done() and not world.ghost:  # what a ghost still ends with has no effect
            journal.closed = True
            return work.result()
        if self._how == "SIGTERM":
            work.cancel()
            await asyncio.wait({work}, timeout=3600)
            if not work.done():
                raise Violation("SIGTERM does not end the supervisor")
        journal.closed = True
        await self._bury()
        if work.done() and not work.cancelled() and self._how == "SIGTERM":
            return work.result()
        return None

    async def _bury(self) -> None:
        """Ends what the dead process has left in the loop; as ghosts they have no effect any more."""
        self.world.ghost = True
        for _ in range(50):
            me = asyncio.current_task()
            others = [task for task in self.world.loop.tasks if task is not me and not task.done()]
            if not others:
                return
            for task in others:
                task.cancel()
            await asyncio.wait(others, timeout=1.0)
        raise Violation("a task of a dead supervisor cannot be ended")

    def play(self) -> Outcome:
        world = self.world
        while True:
            code = self._in_a_loop(self._live())
            if world.broken:
                raise Violation(world.broken[0])
            if code is not None:
                break
            self.disk.read_back()
            if self._how == "power loss":
                self.disk.lose_power(world)
            if self.plan.damage is not None:
                self.plan.damage(self.disk)
            if self.plan.never_revived:
                self._in_a_loop(self._guard())
                return self._outcome(3)
            state = self.disk.state
            if not recover.needs_owner(state):
                code = state.result.exit_code or 0 if state.result is not None else 1
                break  # what the last life of the supervisor has already told
            gap = self.plan.gap if self.plan.gap is not None else world.chance.choice([0.5, 3.0, 60.0, 600.0])
            self.down += gap
            world.loop.now += gap
            if self.plan.clock_set and world.maybe(self.plan.clock_set, "clock set while nobody looked"):
                world.clock_offset += world.chance.choice([-3600.0, -30.0, 30.0, 3600.0])
        self.closed_at, self.ticks_at_close = world.now, world.ticks
        if world.seed % READ_BACK_EVERY == 0:
            self.disk.read_back()
        judge.at_the_end(self, code)
        self._in_a_loop(self._sweep())
        judge.after_the_tombstones(self)
        if world.broken:
            raise Violation(world.broken[0])
        return self._outcome(code)

    def _in_a_loop(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            result: T = self.world.loop.run_until_complete(work)
            return result
        except BaseException:
            self.world.ghost = True
            self.world.loop.end_tasks()
            raise
        finally:
            self.world.loop.forget()

    async def _sweep(self) -> None:
        """Tombstones: what bears our name, or is an address of ours, goes within the seven days."""
        state, world = self.disk.state, self.world
        world.ghost = False
        world.blows.clear()
        names = frozenset(sweep.names_of(state))
        for after in SWEEPS:
            world.loop.now = max(world.loop.now, self.closed_at - world.slept + after)
            swept, clock = sweep.Swept(), VirtualClock(world)
            await sweep.sweep_names(self.cloud, names, clock, POLL, swept, addresses=sweep.addresses_of(state))
            if not judge.left_over(self):
                return

    async def _guard(self) -> None:
        """The second guard, on a machine of its own, until the deadline has passed and some more."""
        world = self.world
        world.ghost = False
        world.blows.clear()
        guard = Guard(self.cloud, VirtualClock(world), POLL, lambda words: world.say(f"guard: {words}"), INSTALL)
        end = (MAX_HOURS * 3600 + RESCUE_MINUTES * 60) + 3600
        while world.now < end:
            await guard.look()
            await world.wait(POLL)

    def _outcome(self, code: int) -> Outcome:
        world = self.world
        machines = [m for m in self.cloud.machines.values() if m.ours and m.gone_at != float("inf")]
        billed = [m for m in machines if m.gone_at > m.born]

        def after(moment: float | None) -> list[float]:
            return [max(0.0, m.gone_at - max(m.born, moment)) for m in billed] if moment is not None else []

        weather = "quiet" if self.plan.moods.quiet else "hostile"
        outlived = [t for t in self.cloud.things() if self.closed_at < t.gone_at < float("inf")]
        return Outcome(
            seed=world.seed,
            code=code,
            state=self.disk.state,
            lives=self.lives,
            fired=world.fired,
            weather=weather if not self.killed_after_decision else "interrupted",
            crashes=self.killed,
            after_decision=after(world.decided_at),
            after_teardown=after(world.teardown_at),
            by_tombstone=[t.gone_at - max(self.closed_at, t.born) for t in outlived if not self.plan.never_revived],
            log_bytes_lost=judge.log_bytes_lost(self),
            history=self,
        )


def play(seed: int, plan: Plan | None = None) -> Outcome:
    """The history of one seed. Raises Violation with its story."""
    history = History(seed, plan)
    try:
        return history.play()
    except Exception as problem:
        raise Violation(f"seed {seed}: {[*history.world.broken, problem]!r}\n{history.world.story()}") from problem
