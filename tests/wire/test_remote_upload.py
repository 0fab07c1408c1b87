"""Uploads to a real host."""

from __future__ import annotations

from pathlib import Path

from tests.sshd import Sshd
from tests.wire.remote_case import RUN, connected
from unitrainer_tui.datasets.manifest import build_manifest
from unitrainer_tui.ports import TransferProgress


async def test_a_folder_arrives_as_it_is(sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "d/sub").mkdir(parents=True)
    (tmp_path / "d/sub/a b.txt").write_bytes(b"hello" * 1000)
    (tmp_path / "d/big").write_bytes(bytes(range(256)) * 20000)
    (tmp_path / "d/empty").write_bytes(b"")
    seen: list[TransferProgress] = []
    async with connected(sshd) as host:
        await host.prepare(RUN)
        await host.upload_dataset(RUN, build_manifest(tmp_path / "d"), seen.append)
    there = sshd.home / "training" / "dataset"
    assert (there / "sub/a b.txt").read_bytes() == b"hello" * 1000
    assert (there / "big").read_bytes() == bytes(range(256)) * 20000
    assert (there / "empty").read_bytes() == b""
    assert seen[-1].bytes == seen[-1].total == 5125000
