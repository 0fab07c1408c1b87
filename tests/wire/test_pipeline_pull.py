"""Checkpoints come home while training goes on: real HTTP, real SSH, real processes."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from tests.wire.pipeline_case import Case, open_cloud, reached
from unitrainer_tui.pipeline import host_link, pull

# A checkpoint of each epoch takes the place of the one before, as trainers write it: beside it, then renamed.
JOB = """
epoch=0
while [ $epoch -lt 1000 ]; do
  epoch=$((epoch + 1))
  echo "Epoch: $epoch/1000  Loss: 0.5"
  head -c 3000000 /dev/zero | tr '\\0' "$((epoch % 10))" > "$UNITRAINER_OUTPUT/.last" && mv "$UNITRAINER_OUTPUT/.last" "$UNITRAINER_OUTPUT/last.pt"
  sleep 1
done
"""  # noqa: E501

SHORT = """
head -c 3000000 /dev/urandom > "$UNITRAINER_OUTPUT/model.bin"
echo "Epoch: 1/2  Loss: 0.5"; sleep 4; echo "Epoch: 2/2  Loss: 0.4"
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "STILL_SECONDS", 0.2)
    monkeypatch.setattr(pull, "REST", 0.0)
    monkeypatch.setattr(host_link, "RECONNECT_EVERY", 0.2)


async def test_a_machine_that_vanishes_leaves_the_last_checkpoint_here(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(
            training={"command": JOB, "artifacts": ["last.pt"]}, output={"checkpoint_minutes": 0.01}
        )
        pipeline, journal = case.pipeline(directory)
        work = asyncio.create_task(pipeline.run())
        await reached(directory, lambda text: text.count("Safe here") >= 2, work)
        machine = pipeline.ctx.record.state.instance(0)
        assert machine is not None
        await pipeline.ctx.cloud.terminate(machine.id or "")  # type: ignore[union-attr]
        async with asyncio.timeout(90):
            code = await work
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        outcome = case.outcome(directory, code)
        assert cloud.ledger().empty
    assert outcome.code == 1
    assert not outcome.models
    checkpoint = (directory.artifacts / "last.pt").read_bytes()
    assert len(checkpoint) == 3_000_000
    assert len(set(checkpoint)) == 1  # whole, and of one epoch
    assert "last.pt" in (outcome.result.error or "") + (outcome.result.hint or "") + outcome.notices()


async def test_what_came_before_the_end_is_not_sent_twice(tmp_path, monkeypatch):
    sent: list[int] = []
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(training={"command": SHORT}, output={"checkpoint_minutes": 0.01})
        pipeline, journal = case.pipeline(directory)
        work = asyncio.create_task(pipeline.run())
        await reached(directory, lambda text: "Safe here" in text, work)
        copy = (directory.artifacts / "model.bin").read_bytes()
        from unitrainer_tui.remote import download as module

        keep = module._Download._keep

        def counted(self: object, data: bytes) -> None:
            sent.append(len(data))
            keep(self, data)  # type: ignore[arg-type]

        monkeypatch.setattr(module._Download, "_keep", counted)
        async with asyncio.timeout(60):
            code = await work
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        outcome = case.outcome(directory, code)
    assert outcome.code == 0, outcome.result
    [model] = outcome.models
    assert model.read_bytes() == copy
    assert outcome.result.sha256 == hashlib.sha256(copy).hexdigest()
    assert sum(sent) == 0
    # The model is among the models, once.
    assert not (directory.artifacts / "model.bin").exists()


async def test_nothing_is_pulled_where_the_user_wants_none(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(
            training={"command": SHORT}, output={"checkpoint_minutes": 0.01, "keep_checkpoints": False}
        )
    assert done.code == 0, done.result
    assert "Safe here" not in done.notices()
