"""The second guard against the embedded cloud: it ends what is overdue and nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.wire.sandbox_renter import Renter, quick
from unitrainer_tui.clock import SystemClock
from unitrainer_tui.clouds.canopywave import CanopyWave
from unitrainer_tui.ports import InstanceRow
from unitrainer_tui.runs.names import ResourceName
from unitrainer_tui.sandbox import Sandbox
from unitrainer_tui.supervisor.guard import Guard, overdue

NOW = SystemClock().now()
PAST, FUTURE = int(NOW - 60), int(NOW + 3600)
LATE = str(ResourceName("a1b2c3d4", "0123456789", PAST))
LATE_ELSEWHERE = str(ResourceName("zzzzzzzz", "0123456789", PAST))
IN_TIME = str(ResourceName("a1b2c3d4", "9876543210", FUTURE))
NODE = str(ResourceName("a1b2c3d4", "0123456789", PAST, node=1))


def row(name: str, status: str = "ACTIVE") -> InstanceRow:
    return InstanceRow(f"id of {name}", name, status)


def test_overdue_is_only_a_whole_name_of_this_program_whose_deadline_has_passed():
    rows = [row(LATE), row(LATE_ELSEWHERE), row(IN_TIME), row("web-1"), row("ut-a1b2c3d4-0123456789"), row(f"x{LATE}")]
    assert [found.name for found in overdue(rows, NOW, None)] == [LATE, LATE_ELSEWHERE]
    assert [found.name for found in overdue(rows, NOW, "a1b2c3d4")] == [LATE]
    assert [found.name for found in overdue([row(NODE)], NOW, None)] == [NODE]


def test_what_is_deleted_is_not_ended_again_and_shutoff_is_no_end():
    assert overdue([row(LATE, "DELETED")], NOW, None) == []
    assert overdue([row(LATE, "SHUTOFF")], NOW, None) != []


async def ended(cloud: Sandbox, seconds: float = 20) -> list[str]:
    """Guards until nothing is overdue; what was told."""
    told: list[str] = []
    port = CanopyWave(cloud.api_key, "demo", "loopback", base_url=cloud.url, timeout_s=2)
    guard = Guard(port, SystemClock(), 0.05, told.append)
    try:
        async with asyncio.timeout(seconds):
            await guard.look()
            while guard.ending or guard.failing:
                await asyncio.sleep(0.05)
                await guard.look()
    finally:
        await port.close()
    return told


@pytest.mark.parametrize("faults", [(), ("terminate-500=2",), ("terminate-ignored=1",)])
async def test_an_overdue_machine_is_ended_however_often_it_takes_and_others_stay(tmp_path: Path, faults):
    async with Sandbox(quick(tmp_path / "cloud", faults=faults)) as cloud:
        renter = Renter(cloud)
        late, address = await renter.rent(name=LATE)
        in_time = await renter.launch(name=IN_TIME)
        stranger = await renter.launch(name="web-1")
        told = await ended(cloud)
        left = {row["id"] for row in await renter.data("GET", "/instances")}
        assert left == {in_time, stranger}
        assert late not in left
        [ip] = await renter.data("GET", "/ips")
        assert (ip["ip"], ip["server"]) == (address, None), "the address is detached, and not released"
        assert any("is gone, seen twice" in words for words in told)
        await renter.http.aclose()


async def test_a_cloud_that_cannot_be_asked_is_asked_again(tmp_path: Path):
    told: list[str] = []
    port = CanopyWave("cw_x", "demo", "loopback", base_url="http://127.0.0.1:9/api/v1", timeout_s=1)
    guard = Guard(port, SystemClock(), 0.01, told.append)
    await guard.look()
    await guard.look()
    await port.close()
    assert len(told) == 1
    assert "It is asked again." in told[0]
