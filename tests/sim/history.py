"""One history: a run played from its seed to rest through crashes, aborts and a hostile world, and judged.

`play(seed)` raises Violation with the whole story when an invariant of FAULTS does not hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.sim.hostile_cloud import PRICE, HostileCloud, Moods
from tests.sim.hostile_host import LINE, HostileHosts, Line
from tests.sim.world import Disk, MemoryFiles, MemoryJournal, Span, Violation, VirtualClock, World
from unitrainer_tui.config.profile import parse_profile
from unitrainer_tui.datasets.manifest import FileEntry, Manifest
from unitrainer_tui.frameworks.registry import spec_of
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.recorder import Recorder
from unitrainer_tui.pipeline.run import Pipeline
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.supervisor.recover import needs_owner
from unitrainer_tui.supervisor.sweep import Swept, sweep_names

T = TypeVar("T")

RUN, INSTALL = "simulated0", "sim00000"
SETTLE, POLL = 60.0, 5.0
RESCUE_MINUTES, MAX_HOURS = 2.0, 0.25
TOO_LONG = 12 * 3600.0
# Of so many histories one is read back whole at its end; what a crash leaves always is.
READ_BACK_EVERY = 4
# Boot, a look, a call that hangs: what may stand between a limit and the first terminate call.
SLACK_SECONDS = 240.0


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
class Outcome:
    """What a history came to."""

    code: int
    state: RunState
    lives: int
    fired: set[str]


class History:
    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        self.disk = Disk(RUN)
        chance = self.world.chance
        bad = chance.choice([0.0, 0.3, 0.6, 1.0])
        self.exclusive = chance.random() < 0.3
        self.nodes = chance.choice([1, 1, 2, 2, 3])
        self.moods = Moods(
            unclear=0.12 * bad * chance.random(),
            throttled=0.06 * bad * chance.random(),
            refused_launch=0.2 * bad,
            doubt=0.7 * bad * chance.random(),
            ignored=0.5 * bad * chance.random(),
            vanish=0.15 * bad,
            build_error=0.1 * bad,
            build_forever=0.05 * bad,
            lag=0.6 * bad,
            outages=[self._span(0, 400, 5, 300) for _ in range(2) if chance.random() < bad * 0.5],
            revoked=[self._span(20, 400, 60, 1800) for _ in range(1) if chance.random() < bad * 0.2],
            strangers=0.05 * bad,
            capacity=chance.choice([0, self.nodes - 1]) if chance.random() < 0.3 * bad else None,
        )
        self.line = Line(
            lost=0.08 * bad * chance.random(),
            silent=[self._span(30, 300, 5, 200) for _ in range(2) if chance.random() < bad * 0.4],
            login_refused=0.4 * bad * chance.random(),
            setup_fails=0.05 * bad,
            job_seconds=chance.choice([3.0, 10.0, 30.0, 60.0, 1500.0 if chance.random() < 0.1 else 20.0]),
            exit_code=chance.choice([0, 0, 0, 0, 1, 137]),
            others_code=chance.choice([0, 0, 0, 0, 0, 1]),
            others_longer=chance.choice([0.0, 0.0, 5.0, -20.0, 300.0]),
            no_model=chance.random() < 0.08,
            hash_differs=0.1 * bad,
        )
        if chance.random() < bad * 0.2:
            self.disk.full.append(self._span(0, 300, 5, 120))
        self.cloud = HostileCloud(self.world, self.disk, RUN, self.moods, SETTLE)
        self.world.still_there = lambda identity: identity in self.cloud.held()
        self.hosts = HostileHosts(self.world, self.disk, self.cloud, self.line)
        self.hosts.nodes = self.nodes
        table = {
            "name": "sim",
            "cloud": {
                "provider": "canopywave",
                "project": "p",
                "region": "r",
                "flavor": ["f-1", "f-2"],
                "image": "i",
                "nodes": self.nodes,
                "exclusive_project": self.exclusive and not self.moods.strangers,
            },
            "training": {"framework": "custom", "command": "true", "artifacts": ["model.bin"], "gpus": 0},
            "dataset": {"path": "/data"},
            "limits": {"max_hours": MAX_HOURS, "rescue_minutes": RESCUE_MINUTES, "budget_usd": 50.0},
            "timing": {"poll_seconds": POLL, "settle_seconds": SETTLE, "boot_timeout_s": 300, "ssh_timeout_s": 90},
        }
        self.profile = parse_profile(table)
        self.pipeline: Pipeline | None = None
        self.crashes = chance.choice([0, 0, 1, 2, 4])
        self.aborts = chance.choice([0, 0, 1, 2])
        self.down = 0.0
        self._end_of_life: asyncio.Event | None = None
        self._how = ""

    def _span(self, first: float, last: float, shortest: float, longest: float) -> Span:
        start = self.world.chance.uniform(first, last)
        return Span(start, start + self.world.chance.uniform(shortest, longest))

    # ------------------------------------------------------------------------------------------------- the blows

    def _blow(self, how: str) -> None:
        self.world.say(f"blow: {how}")
        self.world.fired.add(how)
        state = self.disk.state
        if state.instance(0) is not None and len(state.all_of("instance")) < self.nodes:
            self.world.fired.add(f"{how} between the launches")
        if how in ("kill -9", "power loss"):
            self.world.ghost = True
        self._how = how
        if self._end_of_life is not None:
            self._end_of_life.set()

    def _abort(self, rescue: bool) -> None:
        if self.pipeline is not None and not self.world.ghost:
            self.world.say(f"blow: stop, rescue={rescue}")
            self.world.fired.add("stop")
            self.pipeline.request_stop(rescue=rescue)

    def _plan_blows(self) -> None:
        world, chance = self.world, self.world.chance
        world.blows.clear()
        near = chance.choice([10, 40, 150, 600])
        if self.crashes > 0:
            self.crashes -= 1
            how = chance.choice(["kill -9", "kill -9", "power loss", "SIGTERM"])
            world.blows[world.ticks + chance.randint(1, near)] = lambda: self._blow(how)
        if self.aborts > 0 and chance.random() < 0.6:
            self.aborts -= 1
            rescue = chance.random() < 0.6
            world.blows.setdefault(world.ticks + chance.randint(1, near), lambda: self._abort(rescue))

    # ---------------------------------------------------------------------------------------------------- a life

    async def _live(self) -> int | None:
        """One process. The run's exit code, or None when it ended before the run did."""
        world = self.world
        world.ghost = False
        self._end_of_life, self._how = asyncio.Event(), ""
        journal = MemoryJournal(world, self.disk, RUN)
        clock = VirtualClock(world)
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
        work = asyncio.create_task(self.pipeline.run())
        blow = asyncio.create_task(self._end_of_life.wait())
        await asyncio.wait({work, blow}, return_when=asyncio.FIRST_COMPLETED, timeout=TOO_LONG)
        if not work.done() and not blow.done():
            raise Violation("the run hangs: twelve hours without an end")
        blow.cancel()
        if work.done():
            journal.closed = True
            return work.result()
        if self._how == "SIGTERM":
            work.cancel()
            await asyncio.wait({work}, timeout=3600)
            if not work.done():
                raise Violation("SIGTERM does not end the supervisor")
        journal.closed = True
        await self._bury()
        return work.result() if work.done() and not work.cancelled() and self._how == "SIGTERM" else None

    async def _bury(self) -> None:
        """Ends what the dead process has left in the loop; as ghosts they have no effect any more."""
        self.world.ghost = True
        for _ in range(50):
            others = [task for task in self.world.loop.tasks if not task.done()]
            if not others:
                return
            for task in others:
                task.cancel()
            await asyncio.wait(others, timeout=1.0)
        raise Violation("a task of a dead supervisor cannot be ended")

    def play(self) -> Outcome:
        lives = 0
        while True:
            lives += 1
            code = self._in_a_loop(self._live())
            state = self.disk.state
            if self.world.broken:
                raise Violation(self.world.broken[0])
            if code is not None:
                break
            self.disk.read_back()
            if self._how == "power loss":
                self.disk.lose_power(self.world.chance)
                state = self.disk.state
            if not needs_owner(state) and state.result is not None:
                code = state.result.exit_code or 0  # what the last life of the supervisor has already told
                break
            gap = self.world.chance.choice([0.5, 3.0, 60.0, 600.0])
            self.down += gap
            self.world.loop.now += gap
            if self.world.maybe(0.2, "clock set"):
                self.world.clock_offset += self.world.chance.choice([-3600.0, -30.0, 30.0, 3600.0])
        self._judge(code, state)
        self._in_a_loop(self._sweep(state))
        return Outcome(code, state, lives, self.world.fired)

    def _in_a_loop(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            result: T = self.world.loop.run_until_complete(work)
            return result
        finally:
            self.world.loop.forget()

    # -------------------------------------------------------------------------------------------------- the judge

    def _judge(self, code: int, state: RunState) -> None:
        world = self.world
        if state.result is None:
            raise Violation("the supervisor ended and the run has no result")
        suspects = {r.id for r in state.remaining if r.status == "suspect"}
        if any(r.status != "suspect" for r in state.remaining):
            raise Violation("I4: the supervisor ended while something is still to be given back")
        if left := [identity for identity in self.cloud.held() if identity not in suspects]:
            raise Violation(f"P1: closed, and yet there is {left}")
        if code != state.result.exit_code:
            raise Violation(f"the exit code {code} is not the result's {state.result.exit_code}")
        if state.result.success and not self.disk.models:
            raise Violation("success without a model")
        results = [line for line in self.disk.lines if b'"kind": "result"' in line]
        if len(results) != 1:
            raise Violation(f"{len(results)} results")
        self._judge_journal()
        for machine_id, job in self.hosts.jobs.items():
            if job.starts > 1:
                raise Violation(f"the job on {machine_id} was started {job.starts} times")
        for node, stored in self.disk.logs.items():
            if not (LINE * self.line.epochs).startswith(bytes(stored)):
                raise Violation(f"I8: the stored log of node {node} is not a prefix of the job's")
        self._judge_nodes(state)
        for machine in self.cloud.machines.values():
            # A clock that was set while nobody looked moves the limits: nothing tells the new process how far.
            if not world.clock_offset and machine.ours and machine.first_terminate is not None:
                deaf = sum(span.end - span.start for span in [*self.moods.outages, *self.moods.revoked])
                paid = machine.first_terminate - machine.born - self.down - deaf
                if paid > MAX_HOURS * 3600 + 2 * RESCUE_MINUTES * 60 + SLACK_SECONDS:
                    raise Violation(f"I10: {paid:.0f} s were paid, ${paid / 3600 * PRICE:.2f}")
        if state.cost is not None and state.result.spent_usd < 0:
            raise Violation("negative cost")
        world.say(f"end: {code}")

    def _judge_nodes(self, state: RunState) -> None:
        """A run that succeeded has trained on every node, and ended well on all of them."""
        if state.result is None or not state.result.success:
            return
        started = [self.cloud.machines[identity].node for identity, job in self.hosts.jobs.items() if job.starts]
        if sorted(started) != list(range(self.nodes)):
            raise Violation(f"success, and the job ran on the nodes {sorted(started)} of {self.nodes}")
        if self.nodes > 1:
            self.world.fired.add("success on several nodes")
            if self.line.others_code and self.line.seconds_on(1) <= self.line.job_seconds:
                raise Violation("success, and the job of another node had failed before")

    def _judge_journal(self) -> None:
        """I5, by the real codec."""
        if self.world.seed % READ_BACK_EVERY == 0:
            self.disk.read_back()

    async def _sweep(self, state: RunState) -> None:
        """Tombstones: nothing that bears our name is there a day later."""
        names = frozenset(r.name for r in state.resources.values() if r.name)
        self.world.ghost = False
        self.world.blows.clear()
        await sweep_names(self.cloud, names, VirtualClock(self.world), POLL, Swept())


def play(seed: int) -> Outcome:
    """The history of one seed. Raises Violation with its story."""
    history = History(seed)
    try:
        return history.play()
    except Exception as problem:
        raise Violation(f"seed {seed}: {[*history.world.broken, problem]!r}\n{history.world.story()}") from problem
