"""Row 38: very many small files, and one very large one, in bounded memory and with true progress."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import pytest

from tests.sshd import Sshd
from tests.wire.remote_case import RUN, connected
from unitrainer_tui.datasets.manifest import build_manifest
from unitrainer_tui.ports import TransferProgress

MB = 1 << 20
# What the program may grow by, whatever it sends: windows, buffers, the list of the files itself.
MANY, LARGE = 160, 64


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def sent(sshd: Sshd, data: Path) -> tuple[list[TransferProgress], float, int]:
    """(what was told, MB that the peak grew by, descriptors that were open beside those of before at the most)."""
    told: list[TransferProgress] = []
    before, open_before, most = peak_mb(), descriptors(), 0

    def tell(progress: TransferProgress) -> None:
        nonlocal most
        told.append(progress)
        most = max(most, descriptors() - open_before)

    manifest = await asyncio.to_thread(build_manifest, data)
    async with connected(sshd) as host:
        await host.upload_dataset(RUN, manifest, tell)
    return told, peak_mb() - before, most


@pytest.mark.sim_long
async def test_row_38_a_hundred_thousand_small_files(sshd: Sshd, tmp_path: Path):
    data = tmp_path / "data"
    for folder in range(100):
        (data / f"{folder:03}").mkdir(parents=True)
        for number in range(1000):
            (data / f"{folder:03}" / f"{number:04}.txt").write_bytes(b"%d %d" % (folder, number))
    told, grew, most = await sent(sshd, data)
    assert told[-1].files == told[-1].total_files == 100_000
    assert [one.files for one in told] == sorted(one.files for one in told)
    assert grew < MANY
    assert most < 64


@pytest.mark.sim_long
async def test_row_38_one_file_far_larger_than_the_memory_that_it_may_take(sshd: Sshd, tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir()
    size = 4 << 30
    with (data / "huge.bin").open("wb") as file:
        for piece in range(64):
            file.seek(piece * (size // 64))
            file.write(b"piece %d" % piece)
        file.truncate(size)
    told, grew, most = await sent(sshd, data)
    assert told[-1].bytes == told[-1].total == size
    assert len(told) > 10
    assert [one.bytes for one in told] == sorted(one.bytes for one in told)
    assert grew < LARGE
    assert most < 64
