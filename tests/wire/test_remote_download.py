"""What a job leaves comes home whole, resumed, verified; what could lead elsewhere is refused."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from pathlib import Path

import pytest

from tests.sshd import Sshd
from tests.wan import Wan
from tests.wire.remote_case import RUN, RealClock, connected, ignore
from unitrainer_tui.errors import HostError, HostUnreachable
from unitrainer_tui.ports import RemoteFile, TransferProgress
from unitrainer_tui.remote import SshConnector
from unitrainer_tui.remote import download as module
from unitrainer_tui.remote.output_files import believable


async def output(sshd: Sshd) -> Path:
    async with connected(sshd) as host:
        await host.prepare(RUN)
    return sshd.run_folder(RUN) / "output"


async def test_a_file_comes_home_with_its_hash(sshd: Sshd, tmp_path: Path) -> None:
    folder = await output(sshd)
    data = random.Random(1).randbytes(3_000_001)
    (folder / "weights").mkdir()
    (folder / "weights/best.pt").write_bytes(data)
    seen: list[TransferProgress] = []
    async with connected(sshd) as host:
        (file,) = await host.output_files(RUN)
        got = await host.download(RUN, file, tmp_path / "models/best.pt", seen.append)
    assert file.path == "weights/best.pt"
    assert got.path.read_bytes() == data
    assert (got.size, got.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert seen[-1] == TransferProgress(len(data), len(data), 1, 1)
    assert list((tmp_path / "models").iterdir()) == [got.path]


async def test_an_empty_file_comes_home_too(sshd: Sshd, tmp_path: Path) -> None:
    (await output(sshd) / "empty").write_bytes(b"")
    async with connected(sshd) as host:
        (file,) = await host.output_files(RUN)
        assert (await host.download(RUN, file, tmp_path / "empty", ignore)).size == 0


async def test_a_download_that_was_cut_goes_on_where_it_was(sshd: Sshd, tmp_path: Path) -> None:
    data = random.Random(1).randbytes(8_000_000)
    (await output(sshd) / "model.bin").write_bytes(data)
    to = tmp_path / "model.bin"
    async with Wan(sshd.port, mbit=60) as link:
        host = await SshConnector(RealClock()).connect(sshd.target(port=link.port))
        (file,) = await host.output_files(RUN)

        def cut(progress: TransferProgress) -> None:
            if progress.bytes > 2_000_000:
                link.cut()

        with pytest.raises(HostUnreachable):
            await host.download(RUN, file, to, cut)
        await host.close()
        part = to.with_name("model.bin.part")
        have = part.stat().st_size
        assert 0 < have < len(data)
        assert not to.exists()
        before = link.down.passed
        async with connected(sshd.target(port=link.port)) as again:
            await again.download(RUN, file, to, ignore)
        assert link.down.passed - before < len(data) - have + 200_000
    assert to.read_bytes() == data
    assert not part.exists()


async def test_a_part_of_another_file_is_not_continued(sshd: Sshd, tmp_path: Path) -> None:
    data = random.Random(1).randbytes(500_000)
    (await output(sshd) / "model.bin").write_bytes(data)
    (tmp_path / "model.bin.part").write_bytes(b"\0" * 400_000)
    async with connected(sshd) as host:
        (file,) = await host.output_files(RUN)
        await host.download(RUN, file, tmp_path / "model.bin", ignore)
    assert (tmp_path / "model.bin").read_bytes() == data


async def test_a_file_that_changed_since_it_was_listed_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    folder = await output(sshd)
    (folder / "model.bin").write_bytes(b"first")
    async with connected(sshd) as host:
        (file,) = await host.output_files(RUN)
        (folder / "model.bin").write_bytes(b"second")
        with pytest.raises(HostError, match="changed on the machine"):
            await host.download(RUN, file, tmp_path / "model.bin", ignore)
    assert not (tmp_path / "model.bin").exists()


async def test_links_and_what_is_no_file_are_refused_and_named(sshd: Sshd, tmp_path: Path) -> None:
    folder = await output(sshd)
    (folder / "model.bin").write_bytes(b"model")
    (folder / "passwd").symlink_to("/etc/passwd")
    (folder / "etc").symlink_to("/etc")
    outside = sshd.home / "secret"
    outside.write_text("secret")
    os.link(outside, folder / "hard")
    os.link(folder / "model.bin", folder / "same.bin")
    os.mkfifo(folder / "fifo")
    async with connected(sshd) as host:
        files = await host.output_files(RUN)
        assert [file.path for file in files] == ["model.bin", "same.bin"]
        assert len(host.refused_outputs) == 4
        for path in ("passwd", "etc/passwd", "../job/log.raw", "/etc/passwd", "fifo"):
            with pytest.raises(HostError):
                await host.download(RUN, RemoteFile(path, 10, 0), tmp_path / "stolen", ignore)
    assert not (tmp_path / "stolen").exists()


async def test_an_output_folder_that_became_a_link_is_not_followed(sshd: Sshd) -> None:
    folder = await output(sshd)
    folder.rmdir()
    folder.symlink_to("/etc")
    async with connected(sshd) as host:
        assert await host.output_files(RUN) == []
        assert host.refused_outputs == ("output is a link",)


def test_hostile_names_are_refused_and_reported() -> None:
    names = ["ok.pt", "../up", "/abs", "a/../b", "a//b", ".", "bell\x07", "line\nbreak", "esc\x1b[2J", "\u202egnp.exe"]
    files, refused = believable({"files": [[name, 1, 1] for name in names], "refused": [], "more": False})
    assert [file.path for file in files] == ["ok.pt"]
    assert len(refused) == len(names) - 1
    assert all(text.isprintable() for text in refused)


class Talk:
    """A channel on which a host of the test's own making answers."""

    def __init__(self, answers: list[dict[str, object]], stream: bytes) -> None:
        self.answers = answers
        self.stream = stream

    async def ask(self, header: dict[str, object]) -> tuple[dict[str, object], bytes]:
        return await self.answer()

    async def answer(self) -> tuple[dict[str, object], bytes]:
        return self.answers.pop(0), b""

    async def read_exactly(self, size: int) -> bytes:
        data, self.stream = self.stream[:size], self.stream[size:]
        return data


def blocks(*pieces: bytes) -> bytes:
    from unitrainer_tui.remote.host.frames import BLOCK, END, RAW

    return b"".join(BLOCK.pack(RAW, len(piece)) + piece for piece in pieces) + BLOCK.pack(END, 0)


async def test_what_has_another_hash_is_kept_aside_until_it_came_whole(tmp_path: Path) -> None:
    talk = Talk([{"offset": 0}, {"sha256": "0" * 64}], blocks(b"model"))
    with pytest.raises(HostError, match="SHA-256 differs"):
        await module.download(talk, RUN, RemoteFile("m", 5, 0), tmp_path / "m", ignore)  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["m.damaged"]
    talk = Talk([{"offset": 0}, {"sha256": hashlib.sha256(b"model").hexdigest()}], blocks(b"model"))
    await module.download(talk, RUN, RemoteFile("m", 5, 0), tmp_path / "m", ignore)  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


async def test_a_host_that_sends_more_than_it_listed_is_cut_off(tmp_path: Path) -> None:
    talk = Talk([{"offset": 0}], blocks(b"model", b"and more"))
    with pytest.raises(HostError, match="sends more"):
        await module.download(talk, RUN, RemoteFile("m", 5, 0), tmp_path / "m", ignore)  # type: ignore[arg-type]
    assert not (tmp_path / "m").exists()


async def test_a_full_disk_here_is_told_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module._Download, "_keep", full)
    talk = Talk([{"offset": 0}, {"sha256": ""}], blocks(b"model"))
    with pytest.raises(HostError, match="The disk here is full"):
        await module.download(talk, RUN, RemoteFile("m", 5, 0), tmp_path / "m", ignore)  # type: ignore[arg-type]


async def test_two_downloads_at_once_do_not_disturb_each_other(sshd: Sshd, tmp_path: Path) -> None:
    folder = await output(sshd)
    for name in ("a", "b"):
        (folder / name).write_bytes(name.encode() * 2_000_000)
    async with connected(sshd) as host:
        files = await host.output_files(RUN)
        await asyncio.gather(*(host.download(RUN, file, tmp_path / file.path, ignore) for file in files))
    assert (tmp_path / "b").read_bytes() == b"b" * 2_000_000
