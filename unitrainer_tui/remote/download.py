"""Brings one file home: to `<name>.part`, continued where it was cut off, hashed at both ends, then renamed."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import time
from pathlib import Path
from typing import Any, BinaryIO

from unitrainer_tui.copies import damaged_of, part_of
from unitrainer_tui.errors import HostError, HostFileChanged
from unitrainer_tui.ports import Downloaded, OnProgress, RemoteFile, TransferProgress
from unitrainer_tui.remote.channel import Channel
from unitrainer_tui.remote.host.frames import ABORT, BLOCK, END, RAW
from unitrainer_tui.remote.reasons import printable

TELL = 0.25
BLOCK_LIMIT = 1 << 20
GATHER = 1 << 20
"""Bytes written and hashed at once, in a thread."""


async def download(channel: Channel, run: str, file: RemoteFile, to: Path, on_progress: OnProgress) -> Downloaded:
    """The file here gets the time of the one there. Raises HostFileChanged, HostError when the hashes differ (the part
    is then kept aside as `<name>.damaged`), when the disk here is full, or when the host sends more than it listed."""
    name = printable(file.path.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    part = part_of(to)
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with part.open("r+b" if part.exists() else "w+b", buffering=0) as local:
            sha256 = await _Download(channel, run, file, name, local, on_progress).go()
            await asyncio.to_thread(os.fsync, local.fileno())
        await asyncio.to_thread(_finish, part, to, file.mtime_ns)
    except _Damaged as problem:
        # Not resumed from, and not lost: whoever gives up on the file may want what there is.
        part.replace(damaged_of(to))
        raise HostError(problem.message, problem.hint) from None
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise HostError(
                f"The disk here is full: {name} ({file.size} bytes) does not fit into {to.parent}.",
                "Make room there, or set output.models_dir to another disk.",
            ) from None
        if problem.filename is not None:
            raise HostError(f"Cannot write {problem.filename}: {problem.strerror}.", "Check that folder.") from None
        raise
    damaged_of(to).unlink(missing_ok=True)
    return Downloaded(to, file.size, sha256)


class _Damaged(HostError):
    """What arrived is not what the host has; the part is worthless."""


class _Download:
    def __init__(
        self, channel: Channel, run: str, file: RemoteFile, name: str, local: BinaryIO | Any, on_progress: OnProgress
    ) -> None:
        self.channel = channel
        self.run = run
        self.file = file
        self.name = name
        self.local = local
        self.on_progress = on_progress
        self.digest = hashlib.sha256()
        self.told_at = 0.0

    async def go(self) -> str:
        have = await asyncio.to_thread(self._read_part)
        answer, _ = await self.channel.ask(
            {
                "ask": "deliver",
                "run": self.run,
                "path": self.file.path,
                "size": self.file.size,
                "mtime_ns": self.file.mtime_ns,
                "offset": have,
                "sha256": self.digest.hexdigest(),
            }
        )
        if answer.get("changed"):
            raise HostFileChanged(f"{self.name} changed on the machine since it was listed.", "It is listed again.")
        if answer["offset"] != have:
            have = 0
            self.digest = hashlib.sha256()
        self.local.seek(have)
        self.local.truncate(have)
        await self._receive(have)
        answer, _ = await self.channel.answer()
        if answer["sha256"] != self.digest.hexdigest():
            raise _Damaged(f"{self.name} arrived damaged: its SHA-256 differs at the two ends.", "It is fetched again.")
        self._tell(self.file.size, True)
        return self.digest.hexdigest()

    def _read_part(self) -> int:
        """Hashes what is here already. Its size; 0 when it cannot be a part of the file."""
        size = os.fstat(self.local.fileno()).st_size
        if size > self.file.size:
            return 0
        while data := self.local.read(GATHER):
            self.digest.update(data)
        return size

    async def _receive(self, have: int) -> None:
        gathered: list[bytes] = []
        waiting = 0
        while True:
            kind, size = BLOCK.unpack(await self.channel.read_exactly(BLOCK.size))
            if kind in (END, ABORT):
                break
            if kind != RAW or size > BLOCK_LIMIT or have + waiting + size > self.file.size:
                raise _Damaged(f"The machine sends more of {self.name} than it listed ({self.file.size} bytes).")
            gathered.append(await self.channel.read_exactly(size))
            waiting += size
            if waiting >= GATHER:
                await asyncio.to_thread(self._keep, b"".join(gathered))
                have, waiting, gathered = have + waiting, 0, []
                self._tell(have)
        await asyncio.to_thread(self._keep, b"".join(gathered))
        if have + waiting != self.file.size or kind == ABORT:
            raise HostFileChanged(f"{self.name} changed on the machine while it was read.", "It is listed again.")

    def _keep(self, data: bytes) -> None:
        self.digest.update(data)
        rest = memoryview(data)
        while rest:
            rest = rest[self.local.write(rest) :]

    def _tell(self, have: int, last: bool = False) -> None:
        now = time.monotonic()
        if last or now - self.told_at >= TELL:
            self.told_at = now
            self.on_progress(TransferProgress(have, self.file.size, int(last), 1))


def _finish(part: Path, to: Path, mtime_ns: int) -> None:
    try:
        os.utime(part, ns=(mtime_ns, mtime_ns))
    except (OSError, OverflowError):
        pass  # a time that cannot be; the file is whole all the same
    part.replace(to)
    folder = os.open(to.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
