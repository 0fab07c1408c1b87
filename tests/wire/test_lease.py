"""T3: the rented machine ends itself, with a real process there and a real call to the API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wire.pipeline_case import LONG_JOB, Case, open_cloud, reached
from unitrainer_tui.config.profile import parse_profile
from unitrainer_tui.errors import ProfileProblem
from unitrainer_tui.remote.host import lease as on_host
from unitrainer_tui.sandbox import Sandbox

LOOKED_AFTER = """
for epoch in 1 2 3 4 5 6 7 8; do echo "Epoch: $epoch/8 Loss: 0.5"; sleep 1; done
echo m > "$UNITRAINER_OUTPUT/model.bin"
"""


def with_lease(case: Case, minutes: float | None, **limits: float):
    directory = case.new_run(
        training={"command": LONG_JOB}, limits={"lease_minutes": minutes, "rescue_minutes": 0.0, **limits}
    )
    pipeline, journal = case.pipeline(directory)
    if minutes is not None:
        pipeline.ctx.grant_lease = pipeline.ctx.cloud.lease  # type: ignore[union-attr]
    return directory, pipeline, journal


async def die_in_training(case: Case, directory, pipeline, journal) -> None:
    """The supervisor is gone for good, as if this machine had burnt down."""
    work = asyncio.create_task(pipeline.run())
    leased = pipeline.ctx.grant_lease is not None
    said = "Lease: the machine ends itself"
    await reached(directory, lambda text: '"epoch": 1' in text and (said in text or not leased), work)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    journal.close()
    await pipeline.ctx.cloud.close()


async def until(cloud: Sandbox, what: Callable[[Sandbox], bool], seconds: float) -> bool:
    for _ in range(int(seconds * 20)):
        if what(cloud):
            return True
        await asyncio.sleep(0.05)
    return what(cloud)


def machine_gone(cloud: Sandbox) -> bool:
    return not cloud.ledger().instances


async def test_row_42_a_machine_whose_owner_never_returns_ends_itself(tmp_path: Path):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory, pipeline, journal = with_lease(case, 0.05)
        await die_in_training(case, directory, pipeline, journal)
        assert not machine_gone(cloud)
        assert await until(cloud, machine_gone, 20)
    assert "Lease: the machine ends itself" in directory.journal.read_text()
    assert "limits.lease_minutes = 0.05 is short" in directory.journal.read_text()


async def test_without_a_lease_it_goes_on_being_billed(tmp_path: Path):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        await die_in_training(case, *with_lease(case, None))
        assert not await until(cloud, machine_gone, 5)


async def test_a_lease_outlives_refused_calls_and_calls_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("unitrainer_tui.remote.bundle._sources", _impatient_sources())
    async with open_cloud(tmp_path, "terminate-500=2") as cloud:
        case = Case(tmp_path, cloud)
        await die_in_training(case, *with_lease(case, 0.03))
        assert await until(cloud, machine_gone, 20)
        assert cloud.fired["terminate-500"] == 2


async def test_a_run_that_is_looked_after_is_not_ended_by_its_lease(tmp_path: Path):
    job = LOOKED_AFTER
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(training={"command": job}, limits={"lease_minutes": 0.05, "rescue_minutes": 0.5})
        pipeline, journal = case.pipeline(directory)
        pipeline.ctx.grant_lease = pipeline.ctx.cloud.lease  # type: ignore[union-attr]
        async with asyncio.timeout(60):
            code = await pipeline.run()
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        done = case.outcome(directory, code)
    assert done.code == 0, done.result


async def test_a_lease_that_does_not_stay_is_not_said_to_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from unitrainer_tui.remote import bundle

    sources = {**bundle._sources()}
    assert "    key = os.environ.pop(KEY)\n" in sources["lease"]
    sources["lease"] = sources["lease"].replace("    key = os.environ.pop(KEY)\n", "    return 1\n")
    monkeypatch.setattr("unitrainer_tui.remote.bundle._sources", lambda: sources)
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory, pipeline, journal = with_lease(case, 0.05)
        work = asyncio.create_task(pipeline.run())
        await reached(directory, lambda text: "The lease does not hold: its process" in text, work)
        pipeline.request_stop(rescue=False)
        async with asyncio.timeout(30):
            assert await work == 130
        journal.close()
        await pipeline.ctx.cloud.close()
    assert "Lease: the machine ends itself" not in directory.journal.read_text()


@pytest.mark.parametrize(
    ("url", "key", "reason"),
    [("http://127.0.0.1:9/v1", None, "Connection refused"), (None, "cw_wrong", "it answers 401")],
)
async def test_a_lease_that_cannot_reach_the_cloud_is_not_said_to_hold(
    tmp_path: Path, url: str | None, key: str | None, reason: str
):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory, pipeline, journal = with_lease(case, 5)
        grant = pipeline.ctx.grant_lease

        def elsewhere(instance: str, minutes: float, left: float):
            lease = grant(instance, minutes, left)
            return replace(lease, url=url or lease.url, api_key=key or lease.api_key)

        pipeline.ctx.grant_lease = elsewhere
        work = asyncio.create_task(pipeline.run())
        said = "The lease does not hold: the machine cannot reach the cloud's API ("
        await reached(directory, lambda text: said in text and reason in text, work)
        pipeline.request_stop(rescue=False)
        async with asyncio.timeout(30):
            assert await work == 130
        journal.close()
        await pipeline.ctx.cloud.close()
    assert "Lease: the machine ends itself" not in directory.journal.read_text()


async def test_the_key_is_in_no_file_there(tmp_path: Path):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        await die_in_training(case, *with_lease(case, 5))
        held = [path for path in (tmp_path / "cloud").rglob("lease/*") if path.is_file()]
        assert {"plan.json", "beat", "log.raw"} <= {path.name for path in held}
        homes = {path.parents[4] for path in held}
        for path in (file for home in homes for file in home.rglob("*") if file.is_file()):
            assert cloud.api_key.encode() not in path.read_bytes(), path


def test_an_own_machine_takes_no_lease():
    with pytest.raises(ProfileProblem, match=r"limits\.lease_minutes: is for rented machines"):
        parse_profile(
            {
                "cloud": {"provider": "host", "address": "box"},
                "training": {"framework": "custom", "command": "true"},
                "limits": {"lease_minutes": 10},
            }
        )


def test_the_deadline_ends_it_whatever_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(on_host, "LOOK", 0.01)
    on_host.touch(str(tmp_path))
    assert on_host.wait(str(tmp_path / "beat"), 100.0, 0.05) == "the run's deadline has passed"
    assert on_host.wait(str(tmp_path / "beat"), 0.05, 100.0) == "nobody asked after this machine"


def test_each_touch_is_a_new_time(tmp_path: Path):
    times = []
    for _ in range(3):
        on_host.touch(str(tmp_path))
        times.append((tmp_path / "beat").stat().st_mtime_ns)
    assert times == sorted(set(times))


def _impatient_sources():
    from unitrainer_tui.remote import bundle

    sources = {**bundle._sources()}
    assert "AGAIN = 15.0" in sources["lease"]
    sources["lease"] = sources["lease"].replace("AGAIN = 15.0", "AGAIN = 0.5")
    return lambda: sources
