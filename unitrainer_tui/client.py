"""What the screens and the commands call: start, list, attach, stop. It reads journals and speaks to supervisors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from unitrainer_tui.config.paths import Paths, paths
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.runs.events import Event
from unitrainer_tui.runs.state import RunState


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


@dataclass(frozen=True)
class ProfileEntry:
    """A profile file. `profile` is None where it does not hold; `problems` then say why, as (key, what) pairs."""

    name: str
    path: Path
    profile: Profile | None
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class StopOutcome:
    """`released`: every resource is proven gone. `remaining` names what is not."""

    released: bool
    remaining: tuple[str, ...] = ()


class Client:
    def __init__(self, where: Paths | None = None) -> None:
        self.paths = where or paths()

    def profiles(self) -> list[ProfileEntry]:
        """The profile directory, by name, valid or not. Reads files: call it in a thread from a screen."""
        raise NotImplementedError

    def runs(self) -> list[RunSummary]:
        """All runs, live ones first, newest first. Reads files: call it in a thread from a screen."""
        raise NotImplementedError

    def find(self, run: str) -> str:
        """The id meant by an id, a unique prefix or `last`. Raises NoSuchRun."""
        raise NotImplementedError

    def profile_of(self, run: str) -> Profile:
        """The run's profile as resolved when it started."""
        raise NotImplementedError

    async def start(
        self, profile: Path, *, dataset: Path | None = None, overrides: Mapping[str, str] | None = None
    ) -> str:
        """Makes a run and its supervisor, which outlives the caller. The run's id. Raises UsageProblem."""
        raise NotImplementedError

    def attach(self, run: str, *, log: bool = True, telemetry: bool = True) -> AsyncIterator[Event]:
        """The run's whole history, then what comes, until its result (and all its log) has been given.

        Log lines and telemetry are made from log.raw and the telemetry file; they carry no `seq`.
        """
        raise NotImplementedError

    async def request_stop(self, run: str, *, rescue: bool = True) -> None:
        """Asks for abort and terminate; returns when the supervisor has it in the journal."""
        raise NotImplementedError

    async def stop(self, run: str, *, rescue: bool = True, report_after: float | None = None) -> StopOutcome:
        """`request_stop`, then waits until everything is proven gone or `report_after` seconds have passed."""
        raise NotImplementedError
