"""A client that replays recordings: nothing is started, nothing is rented, the pace is the caller's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from unitrainer_tui.client import Client, ProfileEntry, RunSummary
from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.profile import CloudSection, Profile, parse_profile
from unitrainer_tui.errors import NoSuchRun, UnitrainerError
from unitrainer_tui.runs.events import Event, LogEvent, ProgressEvent
from unitrainer_tui.runs.state import fold
from unitrainer_tui.supervisor.market import Market

PROFILE = {
    "name": "yolo-h100",
    "cloud": {
        "provider": "canopywave",
        "project": "my-ml-project",
        "region": "sequoia",
        "flavor": "H100-4",
        "image": "GPU-Ubuntu.22.04",
    },
    "training": {"framework": "yolo", "model": "yolo11n", "epochs": 10, "batch_size": 16, "image_size": 640},
    "dataset": {"path": "/home/vera/datasets/my-yolo-dataset"},
    "limits": {"budget_usd": 20.0, "usd_per_hour": 9.0},
}


def a_profile(**sections: dict[str, object]) -> Profile:
    return parse_profile({**PROFILE, **sections})


class ScriptedClient(Client):
    """`runs_by_id` are the recorded events of each run. What comes after them is pushed with `feed`."""

    def __init__(self, home: Path, runs_by_id: Mapping[str, list[Event]] | None = None) -> None:
        super().__init__(Paths(home / "config", home / "state", home / "cache", home / "models"))
        self.recorded: dict[str, list[Event]] = {run: list(events) for run, events in (runs_by_id or {}).items()}
        self.entries: list[ProfileEntry] = []
        self.stop_requests: list[tuple[str, bool]] = []
        self.started: list[tuple[Path, Path | None]] = []
        self.started_again: list[tuple[str | None, bool]] = []
        self.profile: Profile | None = None
        self.start_problem: UnitrainerError | None = None
        self.told_prices: dict[str, float] = {"H100-4": 9.0}
        self.price_problem: UnitrainerError | None = None
        self.told_market = Market()
        self.market_problem: UnitrainerError | None = None
        self.asked: list[CloudSection] = []
        self.attach_problems: list[Exception] = []
        self.attached = 0
        self.held_up: asyncio.Event | None = None
        """A start or a stop asked for waits until it is set."""
        self.pace: float = 0.0
        """Seconds between two events that are no log lines, for people who watch."""
        self._news: dict[str, asyncio.Event] = {}

    def feed(self, run: str, events: list[Event]) -> None:
        self.recorded.setdefault(run, []).extend(events)
        if run in self._news:
            self._news[run].set()

    def profiles(self) -> list[ProfileEntry]:
        return [*self.entries, *super().profiles()]

    def runs(self) -> list[RunSummary]:
        summaries = []
        for run, events in self.recorded.items():
            state = fold(event for event in events if not isinstance(event, LogEvent))
            directory = self.paths.run(run)
            dataset = "/home/vera/datasets/my-yolo-dataset"
            summaries.append(RunSummary(run, "yolo-h100", dataset, "yolo", state.result is None, state, directory))
        return sorted(summaries, key=lambda summary: (not summary.live, summary.run))

    def progress(self, run: str) -> list[ProgressEvent]:
        return [event for event in self.recorded[run] if isinstance(event, ProgressEvent)]

    def find(self, run: str) -> str:
        if run not in self.recorded:
            raise NoSuchRun(f"There is no run {run}.")
        return run

    def profile_of(self, run: str) -> Profile:
        return self.profile or a_profile()

    async def prices(self, profile: Profile) -> Mapping[str, float]:
        if self.price_problem is not None:
            raise self.price_problem
        return self.told_prices

    async def market(self, section: CloudSection) -> Market:
        self.asked.append(section)
        if self.market_problem is not None:
            raise self.market_problem
        return self.told_market

    async def start(
        self, profile: Path, *, dataset: Path | None = None, overrides: Mapping[str, str] | None = None
    ) -> str:
        if self.held_up is not None:
            await self.held_up.wait()
        if self.start_problem is not None:
            raise self.start_problem
        self.started.append((profile, dataset))
        run = f"20260116-15000{len(self.started)}-new"
        self.recorded.setdefault(run, [])
        return run

    async def start_resolved(self, profile: Profile, *, smoke: bool = False, like: str | None = None) -> str:
        if self.start_problem is not None:
            raise self.start_problem
        self.started_again.append((like, smoke))
        run = f"20260116-15010{len(self.started_again)}-again"
        self.recorded.setdefault(run, [])
        return run

    async def attach(
        self, run: str, *, log: bool = True, telemetry: bool = True, log_tail: int | None = None
    ) -> AsyncIterator[Event]:
        self.attached += 1
        if self.attach_problems:
            raise self.attach_problems.pop(0)
        events = self.recorded[run]
        at = 0
        while True:
            while at < len(events):
                event = events[at]
                at += 1
                if self.pace and not isinstance(event, LogEvent):
                    await asyncio.sleep(self.pace)
                yield event
                if event.kind == "result":
                    return
            news = self._news.setdefault(run, asyncio.Event())
            news.clear()
            await news.wait()

    async def request_stop(self, run: str, *, rescue: bool = True) -> None:
        if self.held_up is not None:
            await self.held_up.wait()
        self.stop_requests.append((run, rescue))
