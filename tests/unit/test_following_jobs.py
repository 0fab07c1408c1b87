"""When the job of several nodes is over, and what is said when one of them fails."""

from __future__ import annotations

import asyncio

import pytest

from unitrainer_tui.errors import HostCommandFailed, RunFailed
from unitrainer_tui.pipeline import train
from unitrainer_tui.pipeline.effects import end


async def well(seconds: float) -> None:
    await asyncio.sleep(seconds)


async def fails(seconds: float, problem: Exception) -> None:
    await asyncio.sleep(seconds)
    raise problem


async def all_well(*work: asyncio.Task[None], **how: float) -> None:
    try:
        await train._all_well(set(work), until=work[0] if not how else None, **how)
    finally:
        await end(*work)


async def test_the_others_may_end_before_the_first():
    first, other = asyncio.create_task(well(0.05)), asyncio.create_task(well(0.0))
    await all_well(first, other)
    assert first.done()


async def test_the_first_is_not_waited_for_when_another_has_failed(monkeypatch):
    monkeypatch.setattr(train, "SAME_CAUSE_SECONDS", 0.05)
    gone = RunFailed("Node 1: The machine is gone.")
    with pytest.raises(RunFailed, match="Node 1"):
        await all_well(asyncio.create_task(well(60)), asyncio.create_task(fails(0.01, gone)))


async def test_what_a_failure_takes_along_is_told_in_the_same_sentence(monkeypatch):
    monkeypatch.setattr(train, "SAME_CAUSE_SECONDS", 0.3)
    first = HostCommandFailed("Node 0: Training ended with exit code 1. Its last line: reset.", code=1)
    cause = HostCommandFailed("Node 1: Training ended with exit code 7. Its last line: no GPU.", code=7)
    with pytest.raises(HostCommandFailed) as told:
        await all_well(asyncio.create_task(fails(0.0, first)), asyncio.create_task(fails(0.05, cause)))
    assert told.value.message == f"{first.message} {cause.message}"


async def test_who_still_runs_when_the_time_is_over_is_no_failure():
    slow = asyncio.create_task(well(60))
    await all_well(slow, seconds=0.05)
    assert slow.cancelled()
