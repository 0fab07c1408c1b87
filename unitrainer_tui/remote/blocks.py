"""The lacking files as a run of blocks: read, hashed and, where it pays, compressed, ahead of the channel."""

from __future__ import annotations

import asyncio
import hashlib
import time
import zlib
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

from unitrainer_tui.datasets.manifest import FileEntry, Manifest
from unitrainer_tui.errors import DatasetProblem
from unitrainer_tui.remote.host.frames import BLOCK, PACKED, RAW

SIZE = 256 << 10
"""Bytes of data in a block: many small files share one."""
AHEAD = 8
"""Blocks that are ready before the channel takes them."""
SAMPLE = 16 << 10
WORTH = 0.75
"""Compress only what shrinks to this part or less."""


class Gauge:
    """How fast the link takes what is sent, and how fast zlib packs, both measured as it goes. Bytes a second.

    Compression pays while packing is quicker than sending; on a link that takes data as fast as it is read the channel
    hardly ever makes us wait, and then nothing is compressed.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.waited = 0.0
        self.started = time.monotonic()
        self.packed_bytes = 0
        self.packed_seconds = 0.0

    def wrote(self, size: int, waited: float) -> None:
        self.sent += size
        self.waited += waited

    def compression_pays(self, ratio: float) -> bool:
        passed = time.monotonic() - self.started
        if ratio > WORTH or self.sent < 1 << 20 or self.waited < passed * 0.5:
            return False
        if not self.packed_seconds:
            return True
        # Twice the link's rate leaves the reading thread time to read and hash.
        return self.packed_bytes / self.packed_seconds > 2 * self.sent / passed

    def packed(self, size: int, seconds: float) -> None:
        self.packed_bytes += size
        self.packed_seconds += seconds


def changed(entry: FileEntry) -> DatasetProblem:
    return DatasetProblem(
        f"{_shown(entry.path)} changed while it was being sent.",
        "Start again when nothing writes to the dataset any more.",
        faults=(f"{_shown(entry.path)}: differs from what was read at the start",),
    )


def _shown(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def open_entry(manifest: Manifest, entry: FileEntry) -> BinaryIO:
    """Raises DatasetProblem when the file is gone or of another size by now."""
    try:
        file = manifest.local_path(entry).open("rb", buffering=0)
    except OSError:
        raise changed(entry) from None
    return file


def prefix_hash(manifest: Manifest, entry: FileEntry, size: int) -> str:
    """SHA-256 of a file's first bytes, to see whether the host's part of it is ours."""
    digest = hashlib.sha256()
    with open_entry(manifest, entry) as file:
        while size > 0 and (data := file.read(min(1 << 20, size))):
            digest.update(data)
            size -= len(data)
    return digest.hexdigest()


def pieces(manifest: Manifest, needed: Sequence[int], offset: int) -> Iterator[bytes]:
    """The lacking files' bytes, from `offset` of the first, at most SIZE at a time, each file checked as it is read."""
    for number, index in enumerate(needed):
        entry = manifest.files[index]
        skip = offset if number == 0 else 0
        digest = hashlib.sha256()
        done = 0
        with open_entry(manifest, entry) as file:
            while done < entry.size:
                data = file.read(min(SIZE, entry.size - done))
                if not data:
                    raise changed(entry)
                digest.update(data)
                before, done = done, done + len(data)
                if done > skip:
                    yield data[max(0, skip - before) :]
            if file.read(1) or digest.hexdigest() != entry.sha256:
                raise changed(entry)


def blocks(manifest: Manifest, needed: Sequence[int], offset: int, gauge: Gauge) -> Iterator[bytes]:
    """The same as framed blocks of about SIZE bytes."""
    gathered: list[bytes] = []
    size = 0
    for data in pieces(manifest, needed, offset):
        gathered.append(data)
        size += len(data)
        if size >= SIZE:
            yield _framed(b"".join(gathered), gauge)
            gathered, size = [], 0
    if gathered:
        yield _framed(b"".join(gathered), gauge)


def _framed(data: bytes, gauge: Gauge) -> bytes:
    middle = max(0, len(data) // 2 - SAMPLE // 2)
    sample = data[middle : middle + SAMPLE]
    started = time.thread_time()
    ratio = len(zlib.compress(sample, 1)) / len(sample)
    gauge.packed(len(sample), time.thread_time() - started)
    if gauge.compression_pays(ratio):
        packed = zlib.compress(data, 1)
        return BLOCK.pack(PACKED, len(packed)) + packed
    return BLOCK.pack(RAW, len(data)) + data


async def ahead(source: Iterator[bytes]) -> AsyncIterator[bytes]:
    """What the iterator yields, made by one thread up to AHEAD items before they are asked for."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="upload") as thread:
        waiting: deque[Future[bytes | None]] = deque()
        try:
            while True:
                while len(waiting) < AHEAD:
                    waiting.append(thread.submit(next, source, None))
                item = await asyncio.wrap_future(waiting.popleft(), loop=loop)
                if item is None:
                    return
                yield item
        finally:
            for future in waiting:
                future.cancel()
