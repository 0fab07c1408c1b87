"""Uploads to a real host: one stream, resumed where it was cut, verified there."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import time
from pathlib import Path

import pytest

from tests.sshd import Sshd
from tests.wan import Wan
from tests.wire.remote_case import RUN, RealClock, command, connected, followed, ignore
from unitrainer_tui.datasets.manifest import Manifest, build_manifest
from unitrainer_tui.errors import DatasetProblem, HostDiskFull, HostError, HostUnreachable
from unitrainer_tui.ports import TransferProgress
from unitrainer_tui.remote import SshConnector
from unitrainer_tui.remote.ssh_host import SshHost


def make(folder: Path, files: dict[bytes, bytes]) -> Path:
    for name, data in files.items():
        path = os.path.join(os.fsencode(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
    return folder


def tree(folder: Path) -> dict[bytes, bytes]:
    root = os.fsencode(folder)
    found = {}
    for base, _, names in os.walk(root):
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, root)] = file.read()
    return found


ODD = {
    b"sub/a b.txt": b"hello" * 1000,
    b"-leading": b"dash",
    "üñí/ 名.png".encode(): b"\x00\x01",
    b"bytes-\xff\xfe.bin": b"not utf-8",
    b"$(touch pwned);'\"\\.txt": b"quotes",
    b"empty": b"",
    b"big": bytes(range(256)) * 12_000,
}


async def test_a_folder_with_odd_names_arrives_as_it_is(sshd: Sshd, tmp_path: Path) -> None:
    data = make(tmp_path / "data", ODD)
    (data / "nothing in it").mkdir()
    seen: list[TransferProgress] = []
    async with connected(sshd) as host:
        await host.prepare(RUN)
        manifest = build_manifest(data)
        await host.upload_dataset(RUN, manifest, seen.append)
    there = sshd.home / "training/dataset"
    assert tree(there) == ODD
    assert (there / "nothing in it").is_dir()
    assert (there / "big").stat().st_mtime_ns == (data / "big").stat().st_mtime_ns
    assert seen[-1] == TransferProgress(manifest.size, manifest.size, len(ODD), len(ODD))


async def test_a_single_file_arrives_in_a_folder_and_the_job_sees_it(sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    async with connected(sshd) as host:
        await host.prepare(RUN)
        await host.upload_dataset(RUN, build_manifest(tmp_path / "table.csv"), ignore)
        await host.start_job(command('cat "$UNITRAINER_DATASET/table.csv"; ls ~/training/dataset/'))
        log, _ = await followed(host)
    assert log == b"a,b\n1,2\ntable.csv\n"


async def test_what_the_host_has_already_is_not_sent_again(sshd: Sshd, tmp_path: Path) -> None:
    data = make(tmp_path / "data", {b"x": random.Random(1).randbytes(3_000_000), b"y": b"y"})
    manifest = build_manifest(data)
    async with Wan(sshd.port) as link, connected(sshd.target(port=link.port)) as host:
        await host.upload_dataset("run-1", manifest, ignore)
        before = link.up.passed
        await host.upload_dataset("run-2", manifest, ignore)
        assert link.up.passed - before < 100_000
    assert tree(sshd.run_folder("run-2") / "dataset") == tree(data)


async def test_a_file_that_was_damaged_in_the_cache_is_sent_again(sshd: Sshd, tmp_path: Path) -> None:
    data = make(tmp_path / "data", {b"x": b"x" * 5000, b"y": b"y" * 5000})
    manifest = build_manifest(data)
    async with connected(sshd) as host:
        await host.upload_dataset(RUN, manifest, ignore)
        (sshd.home / "training/dataset/x").write_bytes(b"z" * 5000)
        (sshd.home / "training/dataset/y").unlink()
        await host.upload_dataset(RUN, manifest, ignore)
    assert tree(sshd.home / "training/dataset") == tree(data)


@pytest.mark.parametrize("seed", range(4))
async def test_an_upload_cut_at_any_byte_goes_on_where_it_was(sshd: Sshd, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    files = {b"d%d/f%d" % (i % 5, i): chance.randbytes(chance.randrange(40_000)) for i in range(60)}
    data = make(tmp_path / "data", {**files, b"large": chance.randbytes(6_000_000)})
    manifest = build_manifest(data)
    cut = chance.randrange(30_000, 5_000_000)
    connector = SshConnector(RealClock())
    async with Wan(sshd.port, mbit=400, cut_after=cut, times=3) as link:
        for attempt in range(10):
            try:
                host = await connector.connect(sshd.target(port=link.port))
                await host.upload_dataset(RUN, manifest, ignore)
                await host.close()
                break
            except HostUnreachable:
                assert attempt < 9
        assert link.connections > 1
        # Three cuts may waste what was under way each time, and no more: a full resend would be three times as much.
        assert link.up.passed < manifest.size + 3 * 3_000_000 + 1_000_000
    assert tree(sshd.home / "training/dataset") == tree(data)


async def test_thousands_of_small_files_cost_no_round_trip_each(sshd: Sshd, tmp_path: Path) -> None:
    data = make(tmp_path / "data", {b"%d/%d" % (i % 40, i): b"%d" % i for i in range(4000)})
    manifest = build_manifest(data)
    async with Wan(sshd.port, rtt=0.1) as link, connected(sshd.target(port=link.port)) as host:
        started = time.monotonic()
        await host.upload_dataset(RUN, manifest, ignore)
        assert time.monotonic() - started < 20  # 400 s at one round trip each
    assert len(tree(sshd.home / "training/dataset")) == 4000


async def refused(host: SshHost, manifest: Manifest) -> None:
    """The end of the channel may be seen before the reason is: then it is a lost connection, and asked again."""
    with pytest.raises(DatasetProblem, match="x changed while it was being sent"):
        for _ in range(5):
            try:
                await host.upload_dataset(RUN, manifest, ignore)
            except HostUnreachable:
                continue


async def test_a_file_that_changes_after_the_manifest_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    data = make(tmp_path / "data", {b"x": b"before", b"y": b"y"})
    manifest = build_manifest(data)
    (data / "x").write_bytes(b"after!")
    async with connected(sshd) as host:
        await refused(host, manifest)
        (data / "x").unlink()
        await refused(host, manifest)
    assert not (sshd.home / "training/dataset").exists()


async def test_text_is_compressed_on_a_slow_link(sshd: Sshd, tmp_path: Path) -> None:
    lines = b"".join(b"%d,0.5,cat,%d\n" % (i, i * 7) for i in range(400_000))
    data = make(tmp_path / "data", {b"table.csv": lines})
    manifest = build_manifest(data)
    async with Wan(sshd.port, mbit=40) as link, connected(sshd.target(port=link.port)) as host:
        await host.upload_dataset(RUN, manifest, ignore)
        assert link.up.passed < manifest.size * 0.8
    assert tree(sshd.home / "training/dataset") == {b"table.csv": lines}


async def test_a_full_disk_is_told_as_such(sshd: Sshd, tmp_path: Path) -> None:
    small = sshd.home / "training"
    small.mkdir()
    if os.getuid() != 0 or os.system(f"mount -t tmpfs -o size=3m tmpfs {small} 2>/dev/null") != 0:
        pytest.skip("a small disk can only be mounted as root with the right to mount")
    try:
        data = make(tmp_path / "data", {b"a": b"a" * 1000, b"big": random.Random(2).randbytes(8_000_000)})
        async with connected(sshd) as host:
            with pytest.raises(HostDiskFull):
                await host.upload_dataset(RUN, build_manifest(data), ignore)
    finally:
        os.system(f"umount -l {small}")


async def test_a_silent_link_is_seen_by_keepalive(sshd: Sshd, tmp_path: Path) -> None:
    data = make(tmp_path / "data", {b"big": random.Random(2).randbytes(20_000_000)})
    async with Wan(sshd.port, mbit=100) as link:
        host = await SshConnector(RealClock()).connect(sshd.target(port=link.port, keepalive_s=0.3))
        asyncio.get_running_loop().call_later(0.5, link.stall)
        with pytest.raises(HostUnreachable):
            await host.upload_dataset(RUN, build_manifest(data), ignore)
        await host.close()


async def test_source_arrives_beside_with_its_executables_and_the_command_runs_in_it(
    sshd: Sshd, tmp_path: Path
) -> None:
    make(tmp_path / "code", {b"run.sh": b"#!/bin/sh\npwd\n"})
    (tmp_path / "code/run.sh").chmod(0o755)
    async with connected(sshd) as host:
        await host.prepare(RUN)
        await host.upload_source(RUN, build_manifest(tmp_path / "code"))
        await host.start_job(command("./run.sh"))
        log, _ = await followed(host)
    assert log.decode().strip() == str(sshd.run_folder(RUN) / "source")


async def test_an_aborted_upload_leaves_the_connection_usable(sshd: Sshd, tmp_path: Path) -> None:
    data = make(tmp_path / "data", {b"big": random.Random(2).randbytes(20_000_000)})
    async with Wan(sshd.port, mbit=100) as link, connected(sshd.target(port=link.port)) as host:
        sending = asyncio.create_task(host.upload_dataset(RUN, build_manifest(data), ignore))
        await asyncio.sleep(0.5)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert (await host.facts()).home == str(sshd.home)


async def test_a_host_that_damages_every_file_is_given_up(
    sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host's own hashing is made to fail by a wrong promise in the manifest's place there."""
    from unitrainer_tui.remote import upload

    data = make(tmp_path / "data", {b"x": b"x" * 100})
    honest = upload._listing
    import json
    import zlib

    def lying(manifest: object) -> bytes:
        rows = json.loads(zlib.decompress(honest(manifest)))  # type: ignore[arg-type]
        rows[0][3] = "0" * 64
        return zlib.compress(json.dumps(rows).encode())

    monkeypatch.setattr(upload, "_listing", lying)
    async with connected(sshd) as host:
        with pytest.raises(HostError, match="damaged"):
            await host.upload_dataset(RUN, build_manifest(data), ignore)
    shutil.rmtree(sshd.home / "training")
