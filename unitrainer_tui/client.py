"""What the screens and the commands call: start, list, attach, stop. It reads journals and speaks to supervisors."""

from __future__ import annotations

import asyncio
import logging
import tomllib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unitrainer_tui.clock import SystemClock
from unitrainer_tui.config.paths import Paths, paths
from unitrainer_tui.config.profile import CloudSection, Profile, load_profile
from unitrainer_tui.config.samples import samples
from unitrainer_tui.config.toml_edit import line_of
from unitrainer_tui.errors import NoSuchRun, ProfileProblem, ResourcesRemain
from unitrainer_tui.runs.directory import RunDirectory, is_owned, watching
from unitrainer_tui.runs.events import Event, ProgressEvent
from unitrainer_tui.runs.forecast import Forecast, Span
from unitrainer_tui.runs.journal import read_journal
from unitrainer_tui.runs.state import RunState, fold
from unitrainer_tui.supervisor.control import ask
from unitrainer_tui.supervisor.follow import RunFollower
from unitrainer_tui.supervisor.recover import FIRST_START_SECONDS, needs_owner, run_directories
from unitrainer_tui.supervisor.spawn import spawn_supervisor

if TYPE_CHECKING:
    from unitrainer_tui.supervisor.audit import Holding
    from unitrainer_tui.supervisor.market import Market
    from unitrainer_tui.supervisor.sweep import Swept

log = logging.getLogger(__name__)

FOLLOW_SECONDS = 0.1
# A run without an owner for so long gets a new supervisor from whoever looks at it; then ever more rarely.
ORPHAN_SECONDS = 2.0
START_SECONDS = 30.0


@dataclass(frozen=True)
class RunSummary:
    """One run as the lists show it. `live`: a supervisor holds its lock now."""

    run: str
    profile: str
    dataset: str
    framework: str
    live: bool
    state: RunState
    directory: Path
    nodes: int = 1
    """How many machines it trains on."""
    guard: str = ""
    """The guard levels that hold for it, such as `T1`; "" for an own machine, which needs none."""


@dataclass(frozen=True)
class ProfileEntry:
    """A profile file. `profile` is None where it does not hold; `problems` then say why, as (key, what) pairs."""

    name: str
    path: Path
    profile: Profile | None
    problems: tuple[tuple[str, str], ...] = ()
    lines: tuple[int | None, ...] = ()
    """The line of each problem in the file, from 1; None where there is none to name."""


@dataclass(frozen=True)
class StopOutcome:
    """`released`: every resource is proven gone. `remaining` names what is not."""

    released: bool
    remaining: tuple[str, ...] = ()


class Client:
    def __init__(self, where: Paths | None = None) -> None:
        self.paths = where or paths()
        self._clock = SystemClock()
        self._known: dict[str, tuple[object, RunSummary]] = {}
        """What was read of a run, and what its files looked like then."""

    # -------------------------------------------------------------------------------------------------- looking

    def profiles(self) -> list[ProfileEntry]:
        """The profile directory, by name, valid or not. Reads files: call it in a thread from a screen."""
        try:
            files = sorted(self.paths.profiles.glob("*.toml"))
        except OSError:
            return []
        return [profile_entry(path) for path in files]

    def samples(self) -> list[ProfileEntry]:
        """The sample profiles that ship with the program."""
        return [profile_entry(path) for path in samples().values()]

    def runs(self) -> list[RunSummary]:
        """All runs, live ones first, newest first. Reads files: call it in a thread from a screen."""
        found = [self._summary_or_its_name(directory) for directory in run_directories(self.paths, closed_to_us=True)]
        return sorted(found, key=lambda run: (not run.live, -(run.state.created_at or 0.0)))

    def _summary_or_its_name(self, directory: RunDirectory) -> RunSummary:
        """One run that cannot be read does not hide all others; one that has not changed is not read again: 300 runs
        cost two seconds of a core (measured), which a list that looks every two seconds does not have."""
        try:
            looks = (_looks(directory.journal), _looks(directory.profile))
            before, known = self._known.get(directory.run, (None, None))
            if known is None or before != looks:
                known = self.summary(directory.run)
                self._known[directory.run] = (looks, known)
            return replace(known, live=is_owned(directory))
        except OSError as problem:
            told = f"unreadable: {problem.strerror}"
            return RunSummary(directory.run, told, "", "", False, RunState(run=directory.run), directory.path)

    def summary(self, run: str) -> RunSummary:
        directory = self._directory(run)
        table = _table(directory.profile)
        training, dataset, cloud = table.get("training"), table.get("dataset"), table.get("cloud")
        state = self.state(run)
        asked = cloud.get("nodes") if isinstance(cloud, dict) else None
        seen = [machine.node + 1 for machine in state.all_of("instance")]
        return RunSummary(
            run=run,
            profile=str(table.get("name", "")),
            dataset=str(dataset.get("path", "")) if isinstance(dataset, dict) else "",
            framework=str(training.get("framework", "")) if isinstance(training, dict) else "",
            live=is_owned(directory),
            state=state,
            directory=directory.path,
            nodes=max([asked if isinstance(asked, int) else 1, *seen]),
            guard=_guard(table),
        )

    def state(self, run: str) -> RunState:
        return fold(read_journal(self._directory(run).journal))

    def progress(self, run: str) -> list[ProgressEvent]:
        """Every progress that the run ever told, in order. Reads its journal: call it in a thread from a screen."""
        return [event for event in read_journal(self._directory(run).journal) if isinstance(event, ProgressEvent)]

    def find(self, run: str) -> str:
        """The id meant by an id, a unique prefix or `last`. Raises NoSuchRun."""
        names = [directory.run for directory in run_directories(self.paths)]
        if run == "last":
            if not names:
                raise NoSuchRun("There is no run yet.", "Start one: unitrainer-tui run PROFILE")
            return max(names, key=lambda name: self._directory(name).profile.stat().st_mtime_ns)
        if run in names:
            return run
        matching = [name for name in names if run and name.startswith(run)]
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise NoSuchRun(f"{run!r} is the beginning of {len(matching)} runs.", "Give more letters of its id.")
        raise NoSuchRun(f"There is no run {run!r}.", "`unitrainer-tui runs` lists them.")

    def profile_file(self, run: str) -> Path:
        """The file with the run's profile as resolved."""
        return self._directory(run).profile

    def profile_of(self, run: str) -> Profile:
        """The run's profile as resolved when it started."""
        return load_profile(self._directory(run).profile)

    def _directory(self, run: str) -> RunDirectory:
        return RunDirectory(self.paths.run(run))

    async def prices(self, profile: Profile) -> Mapping[str, float]:
        """Dollars an hour of each flavor that a run would try, as the cloud tells them now; {} for an own machine.

        Raises UnitrainerError with what the check finds wrong.
        """
        # Imported here: the cloud's library is not needed to show the screens.
        from unitrainer_tui.supervisor.preview import prices

        return await prices(profile, self.paths)

    def clouds(self) -> list[Profile]:
        """A profile of a past run for each project and region that this installation has rented from, newest first.
        Reads files: call it in a thread from a screen."""
        found: dict[tuple[str | None, ...], Profile] = {}
        for run in self.runs():
            try:
                profile = self.profile_of(run.run)
            except ProfileProblem:
                continue
            cloud = profile.cloud
            if cloud.provider != "host":
                found.setdefault((cloud.provider, cloud.api_url, cloud.project, cloud.region), profile)
        return list(found.values())

    async def audit(self, profile: Profile) -> list[Holding]:
        """What the profile's project holds, and whose it is. Raises UnitrainerError where it cannot be asked."""
        from unitrainer_tui.supervisor.audit import audit

        return await audit(profile, self.paths)

    async def reap(self, profile: Profile, orphans: Sequence[Holding]) -> Swept:
        """Gives these orphans back and proves it. Raises UnitrainerError where the cloud cannot be asked."""
        from unitrainer_tui.supervisor.audit import reap

        return await reap(profile, self.paths, list(orphans))

    async def market(self, section: CloudSection) -> Market:
        """What the cloud of a section that may be unfinished offers. Raises UnitrainerError without an API key."""
        from unitrainer_tui.supervisor.market import market

        return await market(section, self.paths)

    async def forecast(
        self, profile: Profile, *, dataset_bytes: int, counts: Mapping[str, int], prices: Mapping[str, float]
    ) -> Forecast:
        """How long the run will take and what it will cost. `counts` as the dataset's report has them."""
        from unitrainer_tui.runs.work import work_of
        from unitrainer_tui.supervisor.preview import forecast_of

        flavor = next(iter(profile.cloud.flavors), "")
        work = work_of(profile, flavor=flavor, dataset_bytes=dataset_bytes, counts=counts)
        return await forecast_of(profile, work, prices, self.paths)

    async def usual_times(self, run: str) -> Mapping[str, Span]:
        """How long each stage of the run should take: by this user's own past runs where there are any, as the review
        says it before a run. What depends on the dataset is missing until the run has looked at it."""
        from unitrainer_tui.supervisor.usual import usual_times

        return await asyncio.to_thread(usual_times, self.profile_of(run), self._directory(run), self.paths)

    # ------------------------------------------------------------------------------------------------- starting

    async def start(
        self, profile: Path, *, dataset: Path | None = None, overrides: Mapping[str, str] | None = None
    ) -> str:
        """Makes a run and its supervisor, which outlives the caller. The run's id. Raises UsageProblem."""
        from unitrainer_tui.supervisor.start import with_dataset  # here: the lists of runs and profiles need none of it

        return await self.start_resolved(with_dataset(load_profile(profile, overrides), dataset))

    async def start_resolved(self, profile: Profile, *, smoke: bool = False, like: str | None = None) -> str:
        """The same with a profile that is already read. `smoke`: a rehearsal on about 20 samples. `like`: from the
        checkpoint of that run, where it has one that helps."""
        from unitrainer_tui.supervisor.start import create_run

        def begin() -> str:
            directory = create_run(profile, self.paths, smoke=smoke, like=like)
            spawn_supervisor(directory, tuple(profile.training.env_from))
            return directory.run

        # Both in one thread: a caller that is cancelled between them would leave a run without a supervisor.
        return await asyncio.to_thread(begin)

    # ------------------------------------------------------------------------------------------------ following

    async def attach(
        self, run: str, *, log: bool = True, telemetry: bool = True, log_tail: int | None = None, node: int = 0
    ) -> AsyncIterator[Event]:
        """The run's whole history, then what comes, until its result (and all its log) has been given.

        Log lines and telemetry are made from log.raw and the telemetry file; they carry no `seq`. With `log_tail` a
        log that is there already is given from its last so many bytes on; `node` says whose log, of several machines.
        A run that lost its supervisor gets a new one from here.
        """
        directory = self._directory(run)
        follower = RunFollower(directory, log=log, telemetry=telemetry, log_tail=log_tail, node=node)
        reviver = _Reviver(directory)
        with watching(directory):
            while True:
                quiet = True
                for event in follower.read(self._clock.now()):
                    quiet = False
                    yield event
                if follower.result is not None:
                    return
                if quiet:
                    reviver.look(self._clock.monotonic())
                    await self._clock.sleep(FOLLOW_SECONDS)

    # ------------------------------------------------------------------------------------------------- stopping

    async def request_stop(self, run: str, *, rescue: bool = True) -> None:
        """Asks for abort and terminate; returns when the supervisor has it in the journal.

        Raises ResourcesRemain when no supervisor can be brought to answer.
        """
        directory = self._directory(run)
        reviver = _Reviver(directory)
        end = self._clock.monotonic() + START_SECONDS
        while needs_owner(self.state(run)):
            try:
                await ask(directory.socket, {"do": "stop", "rescue": rescue})
                return
            except OSError:
                reviver.look(self._clock.monotonic())
            if self._clock.monotonic() > end:
                raise ResourcesRemain(
                    f"No supervisor of run {run} answers, so nothing could be given back.",
                    f"Its log is {directory.supervisor_log}.",
                )
            await self._clock.sleep(0.2)

    async def stop(self, run: str, *, rescue: bool = True, report_after: float | None = None) -> StopOutcome:
        """`request_stop`, then waits until everything is proven gone, or the supervisor reports that it is not yet,
        or `report_after` seconds have passed."""
        await self.request_stop(run, rescue=rescue)
        began = self._clock.monotonic()
        while True:
            state = self.state(run)
            late = report_after is not None and self._clock.monotonic() - began > report_after
            if state.result is not None or late:
                held = tuple(f"{resource.kind} {resource.name or resource.id or ''}" for resource in state.remaining)
                return StopOutcome(released=state.result is not None and not held, remaining=held)
            await self._clock.sleep(FOLLOW_SECONDS)


class _Reviver:
    """Gives an open run without an owner a new supervisor, ever more rarely when that does not help."""

    def __init__(self, directory: RunDirectory) -> None:
        self._directory = directory
        self._next_look = 0.0
        self._orphan_since: float | None = None
        self._spawned = 0

    def look(self, now: float) -> None:
        """`now` in seconds of any steady clock. The supervisor itself tells that it took over, in the journal."""
        if now < self._next_look:
            return
        self._next_look = now + 0.5
        if is_owned(self._directory):
            self._orphan_since = None
            return
        self._orphan_since = now if self._orphan_since is None else self._orphan_since
        # A supervisor that was only just started, on a busy machine, has no journal yet: it gets its time.
        first = ORPHAN_SECONDS if self._directory.journal.exists() else FIRST_START_SECONDS
        if now - self._orphan_since < min(first * 2**self._spawned, 60.0):
            return
        if not needs_owner(fold(read_journal(self._directory.journal))):
            return
        self._spawned += 1
        self._orphan_since = None
        try:
            spawn_supervisor(self._directory)
        except OSError as problem:
            log.warning("no supervisor can be started for run %s: %s", self._directory.run, problem)


def profile_entry(path: Path) -> ProfileEntry:
    """Reads and checks a profile file, its model and options too."""
    from unitrainer_tui.frameworks.registry import spec_of

    try:
        profile = load_profile(path)
        spec_of(profile)
        return ProfileEntry(path.stem, path, profile)
    except ProfileProblem as problem:
        found = problem.problems or (("", problem.message),)
        return ProfileEntry(path.stem, path, None, found, problem_lines(path, found))


def problem_lines(path: Path, problems: Sequence[tuple[str, str]]) -> tuple[int | None, ...]:
    """The line of each problem's key."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(line_of(text, key) if key else None for key, _ in problems)


def _guard(table: Mapping[str, object]) -> str:
    cloud, limits = table.get("cloud"), table.get("limits")
    if isinstance(cloud, dict) and cloud.get("provider") == "host":
        return ""
    return "T1+T3" if isinstance(limits, dict) and limits.get("lease_minutes") is not None else "T1"


def _looks(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _table(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError):  # no TOML, or not even text
        return {}
