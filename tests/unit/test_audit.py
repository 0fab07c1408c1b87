"""What a project holds, held against what this installation knows."""

from __future__ import annotations

from pathlib import Path

from unitrainer_tui.config.install import install_id
from unitrainer_tui.config.paths import Paths
from unitrainer_tui.ports import InstanceRow, PublicIp
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.events import ResourceEvent
from unitrainer_tui.runs.journal import JournalFile
from unitrainer_tui.runs.names import ResourceName, new_install_id
from unitrainer_tui.supervisor.audit import _holdings

RUN = "abcdefghij"


class SlowCloud:
    """Takes so long to list its machines that a run begins and launches meanwhile."""

    def __init__(self, where: Paths, name: str) -> None:
        self.where = where
        self.name = name

    async def instances(self) -> list[InstanceRow]:
        directory = RunDirectory(self.where.run(RUN))
        directory.create()
        directory.profile.touch()
        journal = JournalFile(directory.journal, RUN)
        journal.append(ResourceEvent(resource="instance", status="intended", name=self.name), 1e9, sync=True)
        journal.close()
        return [InstanceRow("i-1", self.name, "BUILD")]

    async def keys(self) -> list[str]:
        return []

    async def ips(self) -> list[PublicIp]:
        return []


async def test_a_run_that_launches_while_the_cloud_is_asked_is_no_orphan(tmp_path: Path):
    where = Paths(tmp_path / "config", tmp_path / "state", tmp_path / "cache", tmp_path / "models")
    name = str(ResourceName(install_id(where, new_install_id()), RUN, 2_000_000_000))
    found = await _holdings(SlowCloud(where, name), where)  # type: ignore[arg-type]
    assert [(one.owner, one.run) for one in found] == [("run", RUN)]
