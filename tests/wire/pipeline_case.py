"""The real pipeline in this process, on the embedded cloud over real HTTP and SSH, with a job of a few shell lines."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unitrainer_tui.clock import SystemClock
from unitrainer_tui.clouds.canopywave import CanopyWave
from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.profile import parse_profile
from unitrainer_tui.frameworks.registry import spec_of
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.recorder import Recorder
from unitrainer_tui.pipeline.run import Pipeline
from unitrainer_tui.remote import SshConnector
from unitrainer_tui.remote.keys import make_key_pair
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.events import Event, NoticeEvent, ResourceEvent, ResultEvent, StageEvent
from unitrainer_tui.runs.files import LocalRunFiles
from unitrainer_tui.runs.journal import JournalFile, read_journal
from unitrainer_tui.runs.origin import read_origin
from unitrainer_tui.sandbox import Sandbox, SandboxConfig
from unitrainer_tui.supervisor.data import LocalData
from unitrainer_tui.supervisor.start import create_run

JOB = """
for epoch in 1 2 3; do echo "Epoch: $epoch/3  Loss: 0.$((9 - epoch))  mAP: 0.$epoch"; done
for copy in 1 2 3 4 5 6 7 8 9; do cat "$UNITRAINER_DATASET/numbers.txt"; done > "$UNITRAINER_OUTPUT/model.bin"
"""

LONG_JOB = """
echo "Epoch: 1/1000  Loss: 0.9"; echo early > "$UNITRAINER_OUTPUT/model.bin"; sleep 600
"""


@dataclass
class Outcome:
    code: int
    events: list[Event]
    directory: RunDirectory
    models: list[Path]

    @property
    def result(self) -> ResultEvent:
        return next(event for event in self.events if isinstance(event, ResultEvent))

    def stages(self) -> list[str]:
        return [f"{event.stage} {event.status}" for event in self.events if isinstance(event, StageEvent)]

    def notices(self) -> str:
        return "\n".join(event.message for event in self.events if isinstance(event, NoticeEvent))

    def resources(self, kind: str) -> list[str]:
        return [e.status for e in self.events if isinstance(e, ResourceEvent) and e.resource == kind]


@dataclass
class Case:
    """One installation of the program on one embedded cloud."""

    home: Path
    cloud: Sandbox
    profile: dict[str, Any] = field(default_factory=dict)

    @property
    def where(self) -> Paths:
        return Paths(self.home / "config", self.home / "state", self.home / "cache", self.home / "models")

    def new_run(self, *, like: str | None = None, smoke: bool = False, **changes: dict[str, Any]) -> RunDirectory:
        data = self.home / "data"
        data.mkdir(exist_ok=True)
        (data / "numbers.txt").write_text("\n".join(str(number) for number in range(2000)))
        table: dict[str, dict[str, Any]] = {
            "cloud": {
                "provider": "canopywave",
                "project": "demo",
                "region": "loopback",
                "flavor": "CPU-2",
                "image": "CPU-Ubuntu.22.04",
            },
            "ssh": {"port": self.cloud.ssh_port},
            "training": {"framework": "custom", "command": JOB, "artifacts": ["model.bin"]},
            "dataset": {"path": str(data)},
            "limits": {"rescue_minutes": 0.5},
            "timing": {
                "poll_seconds": 0.1,
                "settle_seconds": 0.6,
                "boot_timeout_s": 20,
                "ssh_timeout_s": 15,
                "api_timeout_s": 2,
                "cleanup_report_s": 20,
                "keepalive_s": 1,
            },
        }
        for section, values in changes.items():
            merged = {**table.get(section, {}), **values}
            table[section] = {key: value for key, value in merged.items() if value is not None}
        return create_run(parse_profile(table, base=self.home), self.where, like=like, smoke=smoke)

    def pipeline(self, directory: RunDirectory) -> tuple[Pipeline, JournalFile]:
        profile = parse_profile_of(directory)
        journal, clock = JournalFile(directory.journal, directory.run), SystemClock()
        cloud = CanopyWave(
            self.cloud.api_key,
            profile.cloud.project or "",
            profile.cloud.region or "",
            base_url=self.cloud.url,
            timeout_s=profile.timing.api_timeout_s,
        )
        ctx = RunContext(
            run=directory.run,
            install="testtest",
            profile=profile,
            framework=spec_of(profile),
            record=Recorder(journal, clock),
            files=LocalRunFiles(directory, self.where.models, make_key_pair),
            clock=clock,
            cloud=cloud,
            connector=SshConnector(clock),
            data=LocalData(profile, directory),
            origin=read_origin(directory),
        )
        return Pipeline(ctx), journal

    async def run(
        self,
        *,
        until: Callable[[str], bool] | None = None,
        rescue: bool = True,
        seconds: float = 60,
        like: str | None = None,
        smoke: bool = False,
        **changes: dict[str, Any],
    ) -> Outcome:
        """A whole run. `until` looks at the journal's text; when it is true the run is aborted."""
        directory = self.new_run(like=like, smoke=smoke, **changes)
        pipeline, journal = self.pipeline(directory)
        work = asyncio.create_task(pipeline.run())
        if until is not None:
            await reached(directory, until, work)
            pipeline.request_stop(rescue=rescue)
        try:
            async with asyncio.timeout(seconds):
                code = await work
        finally:
            journal.close()
            await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        return self.outcome(directory, code)

    def outcome(self, directory: RunDirectory, code: int) -> Outcome:
        models = sorted(self.where.models.glob("*.*")) if self.where.models.exists() else []
        return Outcome(code, read_journal(directory.journal), directory, models)


def parse_profile_of(directory: RunDirectory):
    from unitrainer_tui.config.profile import load_profile

    return load_profile(directory.profile)


async def reached(directory: RunDirectory, until: Callable[[str], bool], work: asyncio.Task[int]) -> None:
    """Waits until the journal's text satisfies `until`; fails when the run is over before."""
    async with asyncio.timeout(40):
        while not (directory.journal.exists() and until(directory.journal.read_text())):
            assert not work.done(), f"the run ended before: {work}"
            await asyncio.sleep(0.02)


def stage_started(stage: str) -> Callable[[str], bool]:
    pattern = re.compile(rf'"stage": "{stage}", "status": "started"')
    return lambda text: bool(pattern.search(text))


def open_cloud(home: Path, *faults: str, **options: Any) -> Sandbox:
    return Sandbox(SandboxConfig(home=home / "cloud", boot_seconds=0.3, sshd_seconds=0.1, faults=faults, **options))
