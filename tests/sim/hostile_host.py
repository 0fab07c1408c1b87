"""The rented machine over a bad line: connections are lost at any call, before or after its effect; a job that runs for
some seconds of virtual time, prints an epoch a line, and leaves a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from tests.sim.disk import Disk
from tests.sim.hostile_cloud import HostileCloud, Machine
from tests.sim.world import Span, World
from unitrainer_tui.datasets.manifest import Manifest
from unitrainer_tui.errors import HostCommandFailed, HostError, HostKeyChanged, HostLoginRefused, HostUnreachable
from unitrainer_tui.ports import (
    Downloaded,
    Environment,
    HostFacts,
    HostTarget,
    JobPoll,
    JobSpec,
    Lease,
    LeaseWord,
    OnProgress,
    RemoteFile,
    SetupPlan,
    TransferProgress,
)

LINE_SECONDS = 2.0
MODEL = RemoteFile("model.bin", 40_000_000, 0)
ODD = RemoteFile("re\x1b[31msults\x9b.csv", 2_000, 0)
# What a job prints: progress, and now and then what looks like a record of ours, or would speak to a terminal.
FORGED = b'{"kind": "status", "running": false, "exit_code": 0}\n'
LINES = [
    FORGED
    if n % 7 == 3
    else b"\x1b]52;c;Y2xpcA==\x07\x1b[2Jcleared\x9b1m\n"
    if n % 11 == 5
    else b"Epoch: %d/99  Loss: 0.5\n" % n
    for n in range(1200)
]
_ENDS = [0, *accumulate(len(line) for line in LINES)]
_ALL = b"".join(LINES)


def printed(lines: int) -> bytes:
    """What a job has printed after so many lines."""
    return _ALL[: _ENDS[min(lines, len(LINES))]]


@dataclass
class Line:
    """How bad the line and the machine are: probabilities, spans of silence, how the job goes."""

    lost: float = 0.0
    silent: list[Span] = field(default_factory=list)
    login_refused: float = 0.0
    setup_fails: float = 0.0
    job_seconds: float = 60.0
    exit_code: int = 0
    others_code: int = 0
    """How the job ends on the nodes that are not the first."""
    others_longer: float = 0.0
    """Seconds that it takes longer there, or shorter."""
    no_model: bool = False
    hash_differs: float = 0.0
    hangs: bool = False
    """The job prints nothing after some lines, uses no GPU and never ends."""
    reboots_at: float | None = None
    """When the provider restarts the machines (seconds of the world): the job is gone, its files are not."""
    impostor_from: float | None = None
    """From when on a stranger's machine answers at the addresses that were connected to before."""

    @property
    def epochs(self) -> int:
        return 2 if self.hangs else max(1, int(self.job_seconds / LINE_SECONDS))

    def seconds_on(self, node: int) -> float:
        if self.hangs:
            return float("inf")
        return max(1.0, self.job_seconds + self.others_longer) if node else self.job_seconds


@dataclass
class Job:
    """The job of one machine. It goes on whatever happens to those who look."""

    started: float | None = None
    stopped: float | None = None
    starts: int = 0

    def ended_at(self, seconds: float) -> float:
        end = (self.started or 0.0) + seconds
        return min(end, self.stopped) if self.stopped is not None else end


class HostileHosts:
    """The connector: whoever answers at an address, when somebody does."""

    def __init__(self, world: World, disk: Disk, cloud: HostileCloud, line: Line) -> None:
        self._world, self._disk, self._cloud, self.line = world, disk, cloud, line
        self.nodes = 1
        self.jobs: dict[str, Job] = {}
        self.reached: set[str] = set()
        """The machines that were connected to."""

    async def connect(self, target: HostTarget) -> HostileHost:
        """As the adapter does it: the first host key is written down, every later one must be the same."""
        world = self._world
        world.tick("connect")
        await world.wait(world.chance.uniform(0.05, 1.0))
        machine = self._cloud.machine_at(target.address)
        if machine is None or any(span.holds(world.now) for span in self.line.silent):
            raise HostUnreachable("no answer.")
        pin = str(target.known_hosts) if target.known_hosts is not None else ""
        since = self.line.impostor_from
        stranger = since is not None and world.now >= since and machine.id in self.reached
        if stranger:
            world.fired.add("another host key")
        key = "a stranger's key" if stranger else f"the key of {machine.id}"
        if pin and self._disk.pins.setdefault(pin, key) != key:
            raise HostKeyChanged("Another machine answers.")
        if self.line.login_refused and world.maybe(self.line.login_refused, "login refused"):
            raise HostLoginRefused("permission denied.")
        self.reached.add(machine.id)
        return HostileHost(world, self._disk, self._cloud, self, machine, stranger=stranger)


class HostileHost:
    def __init__(
        self,
        world: World,
        disk: Disk,
        cloud: HostileCloud,
        hosts: HostileHosts,
        machine: Machine,
        *,
        stranger: bool,
    ) -> None:
        self._world, self._disk, self._cloud, self._hosts, self._machine = world, disk, cloud, hosts, machine
        self._line = hosts.line
        self._seconds = self._line.seconds_on(machine.node)
        self._stranger = stranger
        self._since = world.now

    @property
    def _job(self) -> Job:
        return self._hosts.jobs.setdefault(self._machine.id, Job())

    async def _call(self, seconds: float = 0.05, point: str = "host") -> None:
        world = self._world
        world.tick(point)
        if self._stranger:
            raise world.violation("P4: a stranger's machine is spoken to")
        await world.wait(world.chance.uniform(0.5, 1.5) * seconds)
        alive = self._machine.alive(world.now)
        taken_over = self._line.impostor_from is not None and world.now >= self._line.impostor_from
        if not alive or taken_over or any(span.holds(world.now) for span in self._line.silent):
            await world.wait(20.0)  # keepalives find it out
            raise HostUnreachable("silence.")
        if self._line.reboots_at is not None and self._since < self._line.reboots_at <= world.now:
            raise HostUnreachable("reset by the restart.")
        self._break()

    def _break(self) -> None:
        if self._line.lost and self._world.maybe(self._line.lost, "connection lost"):
            raise HostUnreachable("reset.")

    def _ended_at(self) -> float:
        """When the job ends or has ended; a restart of the machine takes it along."""
        job, end = self._job, self._job.ended_at(self._seconds)
        reboot = self._line.reboots_at
        return min(end, reboot) if reboot is not None and reboot > (job.started or 0.0) else end

    def log_now(self) -> bytes:
        """What the job has printed by now."""
        job = self._job
        if job.started is None:
            return b""
        lived = max(0.0, min(self._world.now, self._ended_at()) - job.started)
        return printed(min(int(lived / LINE_SECONDS + 1e-6), self._line.epochs))

    # --------------------------------------------------------------------------------------------------- the port

    async def facts(self) -> HostFacts:
        await self._call()
        return HostFacts("/home/u", "boot", "/usr/bin/python3", None, (), None, 1 << 40, 1 << 34, 8)

    async def prepare(self, run: str) -> None:
        await self._call()

    async def setup(self, run: str, plan: SetupPlan, on_line: Callable[[str], None]) -> Environment:
        await self._call(10.0)
        if self._world.maybe(self._line.setup_fails, "setup fails"):
            raise HostCommandFailed("The installation failed.", code=1)
        return Environment("/usr/bin/python3", "image")

    async def upload_dataset(self, run: str, manifest: Manifest, on_progress: OnProgress) -> None:
        for part in range(1, 6):
            await self._call(2.0)
            on_progress(TransferProgress(part * 20, 100, part, 5))

    async def upload_source(self, run: str, manifest: Manifest) -> None:
        await self._call()

    async def start_job(self, spec: JobSpec) -> None:
        await self._call()
        self._judge_place(spec)
        if self._job.started is None:
            self._job.started = self._world.now
            self._job.starts += 1
        self._world.tick("start effect")
        self._break()

    def _judge_place(self, spec: JobSpec) -> None:
        """The job knows its node, and where node 0 is."""
        nodes, rank, meeting = spec.job["nodes"], spec.job["node_rank"], spec.job["rendezvous"]
        if (nodes, rank) != (self._hosts.nodes, self._machine.node):
            raise self._world.violation(f"node {self._machine.node} of {self._hosts.nodes} is told {rank} of {nodes}")
        if (meeting is None) != (nodes == 1):
            raise self._world.violation(f"{nodes} nodes meet at {meeting}")
        if meeting is not None:
            there = self._cloud.machine_at(meeting["host"])
            if there is not None and there.node != 0:
                raise self._world.violation(f"the nodes meet at {there.name}, which is not the first")

    async def poll_job(self, run: str, offset: int, telemetry_offset: int, limit: int = 1 << 20) -> JobPoll:
        await self._call(point="poll")
        printed_now, job = self.log_now(), self._job
        end = self._ended_at()
        over = job.started is not None and self._world.now >= end
        lost = over and end == self._line.reboots_at
        if lost:
            self._world.fired.add("machine rebooted")
        code = None
        if over and not lost:
            code = 130 if job.stopped is not None and job.stopped < (job.started or 0) + self._seconds else 0
            code = code or (self._line.others_code if self._machine.node else self._line.exit_code)
        elif self._line.hangs:
            self._world.fired.add("job hangs")
        self._break()
        piece = printed_now[offset : offset + limit]
        return JobPoll(piece, len(printed_now), not over, code, lost=lost, generation=self._machine.id)

    async def stop_job(self, run: str, grace: Sequence[float] = (20.0, 10.0)) -> None:
        await self._call(3.0)
        if self._job.stopped is None:
            self._job.stopped = self._world.now

    async def output_files(self, run: str) -> list[RemoteFile]:
        await self._call()
        return [ODD, *([] if self._line.no_model else [MODEL])]

    async def download(self, run: str, file: RemoteFile, to: Path, on_progress: OnProgress) -> Downloaded:
        for part in range(1, 4):
            await self._call(1.0)
            on_progress(TransferProgress(file.size * part // 3, file.size, 0, 1))
        if self._line.hash_differs and self._world.maybe(self._line.hash_differs, "hash differs"):
            raise HostError("The hashes differ.")
        if to.parent.name == "models":
            self._disk.models.add(to.name)
        else:
            self._disk.artifacts["/".join(to.parts[1:])] = (file.size, file.mtime_ns)
        self._break()
        return Downloaded(to, file.size, "ab" * 32)

    async def keep_lease(self, run: str, lease: Lease) -> LeaseWord:
        await self._call()
        return LeaseWord(True, True)

    async def remove_secrets(self, run: str) -> None:
        await self._call()

    async def close(self) -> None:
        await self._world.wait(0.01)
