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


IN_THE_WAY = """
echo note > "$UNITRAINER_OUTPUT/state"
echo "Epoch: 1/3  Loss: 0.5"; sleep 4
rm "$UNITRAINER_OUTPUT/state"; mkdir "$UNITRAINER_OUTPUT/state"
echo optimizer > "$UNITRAINER_OUTPUT/state/rng"; echo weights > "$UNITRAINER_OUTPUT/last.pt"
echo "Epoch: 2/3  Loss: 0.4"; sleep 600
"""


async def test_a_folder_that_was_a_file_before_keeps_no_checkpoint_away(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(
            training={"command": IN_THE_WAY, "artifacts": ["model.bin"]}, output={"checkpoint_minutes": 0.01}
        )
        pipeline, journal = case.pipeline(directory)
        work = asyncio.create_task(pipeline.run())
        async with asyncio.timeout(40):
            while not (directory.artifacts / "last.pt").exists():
                assert not work.done()
                await asyncio.sleep(0.1)
        pipeline.request_stop()
        async with asyncio.timeout(40):
            assert await work == 130
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
    assert (directory.artifacts / "state" / "rng").read_text() == "optimizer\n"
    assert (directory.artifacts / "state.earlier").read_text() == "note\n"


async def test_a_list_that_makes_no_sense_ends_no_training_and_is_asked_for_again(tmp_path, monkeypatch):
    from unitrainer_tui.remote.ssh_host import SshHost

    asked: list[str] = []
    true = SshHost.output_files

    async def odd(self: SshHost, run: str) -> object:
        asked.append(run)
        if len(asked) == 1:
            raise ValueError("not enough values to unpack")
        return await true(self, run)

    monkeypatch.setattr(SshHost, "output_files", odd)
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        done = await case.run(training={"command": SHORT}, output={"checkpoint_minutes": 0.01})
    assert done.code == 0, done.result
    assert "makes no sense (ValueError)" in done.notices()
    assert "Safe here while training goes on: model.bin" in done.notices()


async def test_a_rescue_goes_on_with_what_the_download_has_brought_of_the_model(tmp_path, monkeypatch):
    """Abort in the middle of the model's download: what came of it is not sent a second time."""
    from unitrainer_tui.remote import download as module

    sent: list[tuple[str, int]] = []
    begun = asyncio.Event()
    keep = module._Download._receive

    async def received(self: module._Download, have: int) -> None:
        sent.append((self.part_of, have))  # type: ignore[attr-defined]
        if len(sent) == 1:
            self.local.write(await _first_bytes(self))
            begun.set()
            await asyncio.sleep(60)
        await keep(self, have)

    async def _first_bytes(self: module._Download) -> bytes:
        kind, size = module.BLOCK.unpack(await self.channel.read_exactly(module.BLOCK.size))
        assert kind == module.RAW
        return await self.channel.read_exactly(size)

    made = module._Download.__init__

    def named(self: module._Download, channel, run, file, name, local, on_progress) -> None:  # type: ignore[no-untyped-def]
        made(self, channel, run, file, name, local, on_progress)
        self.part_of = name  # type: ignore[attr-defined]

    monkeypatch.setattr(module._Download, "__init__", named)
    monkeypatch.setattr(module._Download, "_receive", received)
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(training={"command": SHORT}, output={"checkpoint_minutes": 0.0})
        pipeline, journal = case.pipeline(directory)
        work = asyncio.create_task(pipeline.run())
        async with asyncio.timeout(40):
            await begun.wait()
        pipeline.request_stop()
        async with asyncio.timeout(40):
            assert await work == 130
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        assert cloud.ledger().empty
    assert [name for name, _ in sent] == ["model.bin", "model.bin"]
    assert sent[1][1] > 0
    assert (directory.artifacts / "model.bin").stat().st_size == 3_000_000
    assert not list(case.where.models.glob("*.*"))
