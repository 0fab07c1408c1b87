"""The end policy on the embedded cloud: a machine that is kept to be looked at, and given back all the same."""

from __future__ import annotations

import asyncio

import pytest

from tests.wire.pipeline_case import JOB, Case, open_cloud, reached
from unitrainer_tui.runs.events import NoticeEvent

FAILING = "echo 'Epoch: 1/3  Loss: 0.9'; echo half > \"$UNITRAINER_OUTPUT/model.bin\"; exit 7"


@pytest.mark.parametrize(("job", "code", "key"), [(JOB, 0, "finished"), (FAILING, 1, "failed")])
async def test_a_watched_run_keeps_its_machine_where_the_policy_says_so_and_for_so_long(tmp_path, job, code, key):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(training={"command": job}, end={key: "keep", "keep_minutes": 0.05})
        pipeline, journal = case.pipeline(directory)
        pipeline.ctx.watched = lambda: True
        work = asyncio.create_task(pipeline.run())
        await reached(directory, lambda text: "the machine is kept" in text, work)
        await asyncio.sleep(1.5)
        assert cloud.ledger().instances
        async with asyncio.timeout(30):
            assert await work == code
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        assert cloud.ledger().empty
    done = case.outcome(directory, code)
    assert done.result.released
    assert [e.keep_until == 0 for e in done.events if isinstance(e, NoticeEvent) and e.keep_until is not None] == [
        False,
        True,
    ]


@pytest.mark.parametrize("watched", [True, False])
async def test_what_the_policy_does_not_name_is_terminated_at_once(tmp_path, watched):
    other = "unattended_finished" if watched else "finished"
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(end={other: "keep", "keep_minutes": 10})
        pipeline, journal = case.pipeline(directory)
        pipeline.ctx.watched = lambda: watched
        async with asyncio.timeout(40):
            assert await pipeline.run() == 0
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        assert cloud.ledger().empty
    assert "kept" not in case.outcome(directory, 0).notices()


@pytest.mark.parametrize(("job", "code", "key"), [(JOB, 0, "finished"), (FAILING, 1, "failed")])
async def test_stop_gives_a_kept_machine_back_and_changes_no_result(tmp_path, job, code, key):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(training={"command": job}, end={key: "keep", "keep_minutes": 10})
        pipeline, journal = case.pipeline(directory)
        pipeline.ctx.watched = lambda: True
        work = asyncio.create_task(pipeline.run())
        await reached(directory, lambda text: "the machine is kept" in text, work)
        pipeline.request_stop()
        async with asyncio.timeout(20):
            assert await work == code
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        assert cloud.ledger().empty
    assert case.outcome(directory, code).result.aborted is None


async def test_another_supervisor_keeps_it_no_longer_than_was_said(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(end={"finished": "keep", "keep_minutes": 0.1})
        pipeline, journal = case.pipeline(directory)
        pipeline.ctx.watched = lambda: True
        work = asyncio.create_task(pipeline.run())
        await reached(directory, lambda text: "the machine is kept" in text, work)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        await asyncio.sleep(6)
        again, journal = case.pipeline(directory)
        async with asyncio.timeout(15):
            assert await again.run() == 0
        journal.close()
        await again.ctx.cloud.close()  # type: ignore[union-attr]
        assert cloud.ledger().empty
    kept = [e for e in case.outcome(directory, 0).events if isinstance(e, NoticeEvent) and e.keep_until]
    assert len(kept) == 1


async def test_a_limit_ends_the_keeping_too(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(
            end={"unattended_finished": "keep", "keep_minutes": 60}, limits={"max_hours": 10 / 3600}
        )
        pipeline, journal = case.pipeline(directory)
        async with asyncio.timeout(40):
            assert await pipeline.run() == 0
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        assert cloud.ledger().empty
    assert "the machine is kept" in case.outcome(directory, 0).notices()


async def test_the_leak_proof_stands_in_the_result(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run()
    proof = done.result.proof or []
    assert len(proof) == 4
    assert any("instance ut-" in line and line.endswith("terminated, absent twice") for line in proof)
    assert any(line.startswith("public IP 127.") and line.endswith("released, absent twice") for line in proof)
    assert any(line.startswith("key ut-") and line.endswith("removed, absent twice") for line in proof)
    assert proof[-1] == "0 resources of this run in the project"


async def test_what_the_last_look_finds_is_held_again_and_given_back(tmp_path, monkeypatch):
    """Something of the run that its own proof has missed: a key that was registered once more, a moment too late."""
    from unitrainer_tui.pipeline import run as module

    once = []
    look = module.last_look

    async def late(cloud):
        if not once:
            once.append(True)
            await cloud.add_key(name, public)
        return await look(cloud)

    monkeypatch.setattr(module, "last_look", late)
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run()
        pipeline, journal = case.pipeline(directory)
        work = asyncio.create_task(pipeline.run())
        await reached(directory, lambda text: '"resource": "ssh_key", "status": "created"' in text, work)
        name = pipeline.ctx.name()
        public = pipeline.ctx.files.make_key()
        async with asyncio.timeout(40):
            assert await work == 0
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        assert cloud.ledger().empty
    done = case.outcome(directory, 0)
    assert "was taken for gone and is there" in done.notices()
    assert done.result.released
    assert (done.result.proof or [""])[-1] == "0 resources of this run in the project"
