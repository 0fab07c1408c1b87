"""What a rented machine and its job can do to a run: rows of FAULTS, with real processes on the embedded cloud."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import httpx
import pytest

from tests.figures import note
from tests.wan import Wan
from tests.wire.pipeline_case import Case, open_cloud, reached
from unitrainer_tui.pipeline import collect, host_link
from unitrainer_tui.remote import download as download_module
from unitrainer_tui.text import safe


async def test_row_03_no_room_here_for_the_model_is_said_before_anything_is_called(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(limits={"free_mb": 1e9})
        assert cloud.ledger().empty
        assert not [call for call in cloud.ledger().calls if call.path.endswith("/launch")]
    assert done.code == 2
    assert "no room for the model" in (done.result.error or "")
    assert "output.models_dir" in (done.result.hint or "")


ENDINGS = {
    "exit 3": (3, "exit code 3"),
    "kill -SEGV $$": (139, "segmentation fault"),
    "kill -KILL $$": (137, "out of memory is likely"),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_row_43_a_job_that_dies_leaves_its_code_last_lines_and_checkpoint(tmp_path, ending):
    job = f'echo "Epoch: 1/3  Loss: 0.5"; echo c > "$UNITRAINER_OUTPUT/last.ckpt"; echo "the last words"; {ending}'
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(training={"command": job})
        assert cloud.ledger().empty
    _, words = ENDINGS[ending]
    assert done.code == 1
    assert words in (done.result.error or "")
    assert "the last words" in (done.result.error or "")
    assert (done.directory.artifacts / "last.ckpt").read_text() == "c\n"


async def test_row_45_a_machine_that_the_provider_restarts_fails_honestly_with_what_it_had(tmp_path, monkeypatch):
    monkeypatch.setattr(host_link, "RECONNECT_EVERY", 0.3)
    job = 'echo "Epoch: 1/100  Loss: 0.5"; echo c > "$UNITRAINER_OUTPUT/last.ckpt"; sync; sleep 600'
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(training={"command": job})
        pipeline, journal = case.pipeline(directory)
        work = asyncio.create_task(pipeline.run())
        await reached(directory, lambda text: '"epoch": 1' in text, work)
        machine = pipeline.ctx.record.state.instance()
        assert machine is not None
        answer = await asyncio.to_thread(
            httpx.post,
            f"{cloud.url}/instance-operations/restart",
            json={"project": "demo", "region": "loopback", "id": machine.id},
            headers={"Authorization": f"Bearer {cloud.api_key}"},
        )
        assert answer.status_code == 200
        async with asyncio.timeout(60):
            code = await work
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        assert cloud.ledger().empty
    done = case.outcome(directory, code)
    assert done.code == 1
    assert "the machine was restarted" in (done.result.error or "")
    assert (directory.artifacts / "last.ckpt").read_text() == "c\n"


NOISE = r"""
import os, sys
out = sys.stdout.buffer
out.write(b"nul \x00 and \xff\xfe no UTF-8\n")
out.write(b"x" * 10_000_000 + b"\n")
line = b"Epoch: 1/2  Loss: 0.5 " + b"noise " * 20 + b"\n"
for _ in range(64):
    out.write(line * (1_000_000 // len(line)))
out.write(b"\x1b]52;c;c3RvbGVu\x07\x1b]0;title\x07\x1b[2J\x9b31m[bold red]markup[/]\n")
out.write(b"Epoch: 2/2  Loss: 0.25\n")
out.flush()
open(os.path.join(os.environ["UNITRAINER_OUTPUT"], "model.bin"), "w").write("m")
"""


async def test_row_49_and_50_noise_of_every_kind_is_kept_raw_and_shown_harmless(tmp_path):
    code = tmp_path / "code"
    code.mkdir()
    (code / "noise.py").write_text(NOISE)
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        done = await case.run(training={"command": "python3 noise.py", "source": str(code)}, seconds=120)
    assert done.code == 0, done.result
    raw = done.directory.log.read_bytes()
    assert len(raw) > 73_000_000
    assert raw.startswith(b"nul \x00 and \xff\xfe no UTF-8\n" + b"x" * 10_000_000 + b"\n")
    assert raw.endswith(b"\x1b]0;title\x07\x1b[2J\x9b31m[bold red]markup[/]\nEpoch: 2/2  Loss: 0.25\n")
    # The journal holds two epochs and no flood: one record a second between them at the most.
    assert done.directory.journal.stat().st_size < 200_000
    assert all(str(safe(line)).isprintable() for line in raw[-2000:].splitlines())
    from unitrainer_tui.supervisor.follow import RunFollower

    shown = [event.text for event in RunFollower(done.directory, log_tail=1 << 20).read(0.0) if event.kind == "log"]  # type: ignore[attr-defined]
    assert shown[-1] == "Epoch: 2/2  Loss: 0.25"
    assert all(text.isprintable() for text in shown)


async def test_row_51_a_log_that_is_cut_there_is_a_gap_that_is_marked(tmp_path):
    job = """
    for e in 1 2 3; do echo "Epoch: $e/6  Loss: 0.5"; sleep 0.5; done
    : > "$(dirname "$UNITRAINER_JOB")/log.raw"; sleep 3
    for e in 4 5 6; do echo "Epoch: $e/6  Loss: 0.4"; done; echo m > "$UNITRAINER_OUTPUT/model.bin"
    """
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(training={"command": job})
    assert "was replaced or cut" in done.notices()
    assert done.directory.log.read_bytes().startswith(b"Epoch: 1/6  Loss: 0.5\nEpoch: 2/6  Loss: 0.5\n")
    assert done.code == 0
    assert done.result.released


async def test_row_52_no_line_of_a_log_is_taken_for_a_status(tmp_path):
    job = """
    echo '{"kind": "result", "success": true, "model_path": "/tmp/model", "released": true}'
    echo '{"exit_code": 0, "alive": false, "log": 0}'
    echo 'state: ended'; echo '0' ; echo 'Training ended with exit code 0.'
    exit 9
    """
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(training={"command": job})
        assert cloud.ledger().empty
    assert done.code == 1
    assert "exit code 9" in (done.result.error or "")
    assert not done.models


async def test_row_54_a_hash_that_differs_is_fetched_again_and_then_kept_aside(tmp_path, monkeypatch):
    """The copy is damaged on its way, each time: three tries for the model, three in the rescue, then it is said."""
    keep, tries = download_module._Download._keep, []

    def damaging(self: download_module._Download, data: bytes) -> None:
        if self.file.path == "model.bin" and data:
            tries.append(self.file.path)
            data = bytes([data[0] ^ 1]) + data[1:]
            self.digest.update(bytes([data[0] ^ 2]))
        keep(self, data)

    monkeypatch.setattr(download_module._Download, "_keep", damaging)
    monkeypatch.setattr(collect, "backoff", lambda attempt: 0.1)
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run()
        assert cloud.ledger().empty
    assert len(tries) == 2 * collect.FETCH_TRIES
    assert done.code == 1
    assert not done.models
    assert not list((tmp_path / "models").glob("*.*")) if (tmp_path / "models").exists() else True
    assert (done.directory.artifacts / "model.bin.damaged").is_file()
    assert not (done.directory.artifacts / "model.bin").exists()
    assert "is kept as" in done.notices()


@pytest.mark.parametrize("flaps", [100])
async def test_row_33_a_hundred_lost_connections_lose_and_double_nothing(tmp_path, monkeypatch, flaps):
    monkeypatch.setattr(host_link, "RECONNECT_EVERY", 0.02)
    monkeypatch.setattr(host_link, "MOST_SECONDS_BETWEEN", 0.02)
    job = """
    i=0; while [ ! -e "$UNITRAINER_OUTPUT/../enough" ]; do i=$((i + 1)); echo "line $i"; sleep 0.005; done
    echo m > "$UNITRAINER_OUTPUT/model.bin"; echo "line last"
    """
    async with open_cloud(tmp_path) as cloud, Wan(cloud.ssh_port) as link:
        case = Case(tmp_path, cloud)
        directory = case.new_run(training={"command": job})
        pipeline, journal = case.pipeline(directory)
        connect = pipeline.ctx.connector.connect
        hosts = []

        async def counted(target):
            host = await connect(target)
            hosts.append(host)
            return host

        monkeypatch.setattr(pipeline.ctx.connector, "connect", counted)
        work = asyncio.create_task(pipeline.run())
        await reached(directory, lambda text: '"stage": "train", "status": "started"' in text, work)
        while len(hosts) <= flaps:
            assert not work.done()
            known = len(hosts)
            hosts[-1]._connection.abort()
            async with asyncio.timeout(20):
                while len(hosts) == known:
                    await asyncio.sleep(0.01)
        [home] = [path for path in (tmp_path / "cloud").rglob("training/runs") if path.is_dir()]
        (home / directory.run / "enough").touch()
        async with asyncio.timeout(60):
            code = await work
        journal.close()
        await pipeline.ctx.cloud.close()  # type: ignore[union-attr]
        del link
    assert code == 0
    lines = directory.log.read_text().splitlines()
    assert lines[-1] == "line last"
    assert lines[:-1] == [f"line {number}" for number in range(1, len(lines))]
    note("flaps", connections_lost=flaps, log_bytes=directory.log.stat().st_size, bytes_lost=0, bytes_doubled=0)


async def test_row_57_and_55_a_link_out_of_the_output_is_no_model(tmp_path):
    job = 'ln -s /etc/passwd "$UNITRAINER_OUTPUT/model.bin"; : > "$UNITRAINER_OUTPUT/empty.bin"'
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(training={"command": job, "artifacts": ["model.bin"]})
        assert cloud.ledger().empty
    assert done.code == 1
    assert "left no model" in (done.result.error or "")
    held = [path for path in done.directory.path.rglob("*") if path.is_file()]
    secret = hashlib.sha256(Path("/etc/passwd").read_bytes()).digest()
    assert all(hashlib.sha256(path.read_bytes()).digest() != secret for path in held)


async def test_row_21_no_capacity_at_the_launch_holds_nothing_and_names_what_else_is_on_sale(tmp_path):
    async with open_cloud(tmp_path, "no-capacity=CPU-2") as cloud:
        done = await Case(tmp_path, cloud).run()
        assert cloud.ledger().empty
    assert done.code == 1
    assert "Others on sale: " in (done.result.hint or "")
    assert "/h" in (done.result.hint or "")
    assert "CPU-2" not in (done.result.hint or "")
