"""Calls that spend are carried through with their record; tasks that should end do end."""

from __future__ import annotations

import asyncio

import pytest

from unitrainer_tui.pipeline.effects import LAUNCH, end, uncancelled


async def test_a_cancelled_launch_still_records_the_id_that_was_on_its_way():
    answered, recorded = asyncio.Event(), []

    async def launch() -> str:
        await answered.wait()
        recorded.append("i-1")
        return "i-1"

    task = asyncio.create_task(uncancelled(LAUNCH, launch))
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    answered.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recorded == ["i-1"]


async def test_a_task_whose_library_swallows_one_cancellation_ends_all_the_same(monkeypatch):
    monkeypatch.setattr("unitrainer_tui.pipeline.effects.CANCEL_AGAIN_SECONDS", 0.01)
    swallowed = []

    async def stubborn() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            swallowed.append(True)
        await asyncio.sleep(3600)

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end(task)
    assert swallowed
    assert task.cancelled()
