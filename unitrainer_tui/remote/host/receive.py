"""Receives a folder as one stream: no round trip per file, hashed while written, resumable at the file and at the byte.

The talk: the client sends the manifest; the host answers which files it lacks, and how much of the first it has; the
client streams the lacking bytes in the manifest's order; the host tells how far it is four times a second, answers at
the end which files were not what the manifest says, and makes the folder the run's dataset. An eager client does not
wait for the first answer; it begins anew when the host has something already.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import signal
import stat
import time
import zlib
from typing import Any, BinaryIO

from . import frames, places
from .verified import Verified

TELL = 0.25
RESUME_FROM = 1 << 20
"""A file that was cut off is continued from this size on; smaller ones are sent again."""
READ = 1 << 20
SILENCE = 300
"""Seconds without a byte after which a receiver that a dead connection left behind ends by itself."""


def receive(stdin: BinaryIO, answers: BinaryIO, request: dict[str, Any], body: bytes) -> None:
    run = request["run"]
    if request["into"] == "dataset":
        digest = request["digest"]
        if not digest.isalnum():
            raise ValueError("a digest is letters and digits")
        base = os.path.join(places.training(), "cache", "datasets", digest)
        target = os.path.join(base, "data")
    else:
        base = places.run_folder(run)
        if request["into"] not in ("source", "checkpoint"):
            raise ValueError(f"nothing is received into {request['into']}")
        target = os.path.join(base, request["into"])
    os.makedirs(target, exist_ok=True)
    lock = _take_over(os.path.join(base, request["into"] + ".lock"), run)
    try:
        listing = [Entry(*row) for row in json.loads(zlib.decompress(body))]
        record = os.path.join(base, f"{request['into']}.{request['digest'][:16]}.verified")
        store = Store(target, listing, Verified(record), answers)
        try:
            store.make_folders(request["folders"])
            store.fill(stdin, request["eager"])
        finally:
            store.verified.close()
        if not store.bad and request["into"] == "dataset":
            places.point_dataset(run, target)
        frames.write_message(answers, {"done": True, "bad": store.bad, **store.counts()})
    finally:
        os.close(lock)


def _take_over(path: str, run: str) -> int:
    """The lock on this folder. A receiver of the same run that a dead connection left behind is ended."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 256, 0).decode("ascii", "replace").split()
            if len(holder) == 2 and holder[1] == run and holder[0].isdigit():
                try:
                    os.kill(int(holder[0]), signal.SIGTERM)
                except (ProcessLookupError, PermissionError):
                    pass
            time.sleep(0.1)
            continue
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()} {run}".encode("ascii"), 0)
        return lock


class Entry:
    __slots__ = ("executable", "mtime_ns", "path", "sha256", "size")

    def __init__(self, path: str, size: int, mtime_ns: int, sha256: str, executable: bool) -> None:
        self.path = path.encode("utf-8", "surrogateescape")
        self.size = size
        self.mtime_ns = mtime_ns
        self.sha256 = sha256
        self.executable = executable
        if not self.path or self.path.startswith(b"/") or {b"", b".", b".."} & set(self.path.split(b"/")):
            raise ValueError(f"{path!r} leads out of the dataset")


class Store:
    def __init__(self, target: str, listing: list[Entry], verified: Verified, answers: BinaryIO) -> None:
        self.target = os.fsencode(target)
        self.listing = listing
        self.verified = verified
        self.answers = answers
        self.bad: list[int] = []
        self.bytes = 0
        self.files = 0
        self.told_at = 0.0
        self.folders: set[bytes] = set()

    def counts(self) -> dict[str, int]:
        return {"bytes": self.bytes, "files": self.files}

    def path(self, entry: Entry) -> bytes:
        return os.path.join(self.target, entry.path)

    def make_folders(self, folders: list[str]) -> None:
        for folder in folders:
            name = folder.encode("utf-8", "surrogateescape")
            if name.startswith(b"/") or b".." in name.split(b"/"):
                raise ValueError(f"{folder!r} leads out of the dataset")
            os.makedirs(os.path.join(self.target, name), exist_ok=True)

    def fill(self, stdin: BinaryIO, eager: bool) -> None:
        """`eager`: the client sends everything already. That is of use only where nothing of it is there."""
        needed, partial = self.compare()
        lacking = sum(self.listing[index].size for index in needed) - (partial["offset"] if partial else 0)
        room = os.statvfs(self.target)
        if lacking > room.f_bavail * room.f_frsize:
            raise OSError(errno.ENOSPC, f"{lacking} bytes are to come, {room.f_bavail * room.f_frsize} are free")
        answer = {"needed": ranges(needed), "partial": partial, **self.counts()}
        frames.write_message(self.answers, answer)
        if eager and (len(needed) < len(self.listing) or partial):
            raise frames.Closed
        if not needed:
            return
        go = {"resume": False} if eager else frames.read_message(stdin)[0]
        stream = BlockStream(stdin)
        for index in needed:
            start = partial["offset"] if partial and partial["index"] == index and go["resume"] else 0
            self.take(index, start, stream)
        stream.expect_end()
        signal.alarm(0)

    def compare(self) -> tuple[list[int], dict[str, Any] | None]:
        """Which files are lacking; of the first that is there in part, how much and its hash."""
        needed = []
        partial: dict[str, Any] | None = None
        for index, entry in enumerate(self.listing):
            path = self.path(entry)
            try:
                there = os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                needed.append(index)
                continue
            regular = stat.S_ISREG(there.st_mode)
            if regular and there.st_size == entry.size and self.is_whole(index, path, there):
                self.bytes += entry.size
                self.files += 1
                continue
            needed.append(index)
            if partial is None and regular and RESUME_FROM <= there.st_size < entry.size:
                partial = {"index": index, "offset": there.st_size, "sha256": _hash(path, there.st_size)}
        if partial and partial["index"] != needed[0]:
            partial = None  # the order of arrival says that only the first can have been cut off
        self.verified.flush()
        return needed, partial

    def is_whole(self, index: int, path: bytes, there: os.stat_result) -> bool:
        """Whether a file of the right size has the right bytes; read again only when it may have been touched."""
        if self.verified.holds(index, there):
            return True
        if _hash(path, there.st_size) != self.listing[index].sha256:
            return False
        self.verified.add(index, there)
        return True

    def take(self, index: int, start: int, stream: BlockStream) -> None:
        """Writes one file from the stream, hashing it."""
        entry = self.listing[index]
        path = self.path(entry)
        file = self.open(path, start)
        try:
            digest = _hash_object(path, start) if start else hashlib.sha256()
            self.bytes += start
            left = entry.size - start
            while left:
                data = stream.some(left)
                digest.update(data)
                _write(file, data)
                left -= len(data)
                self.bytes += len(data)
                self.tell()
            if digest.hexdigest() != entry.sha256:
                self.bytes -= entry.size
                self.bad.append(index)
                os.unlink(path)
                return
            if entry.executable:
                os.fchmod(file, 0o755)
            os.utime(file, ns=(entry.mtime_ns, entry.mtime_ns))
            self.verified.add(index, os.fstat(file))
            self.files += 1
        finally:
            os.close(file)

    def open(self, path: bytes, start: int) -> int:
        folder = os.path.dirname(path)
        if folder not in self.folders:
            os.makedirs(folder, exist_ok=True)
            self.folders.add(folder)
        if not start:
            # Never through what stands there: it may be a link, or belong to another file too.
            try:
                return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            except FileExistsError:
                os.unlink(path)
                return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        os.ftruncate(file, start)
        os.lseek(file, start, os.SEEK_SET)
        return file

    def tell(self) -> None:
        now = time.monotonic()
        if now - self.told_at >= TELL:
            self.told_at = now
            self.verified.flush()
            frames.write_message(self.answers, self.counts())


class BlockStream:
    """The sender's blocks as one run of bytes, without regard to where a block ends."""

    def __init__(self, stdin: BinaryIO) -> None:
        self.stdin = stdin
        self.data = memoryview(b"")

    def some(self, limit: int) -> memoryview:
        """Between 1 and `limit` bytes. Raises Closed when the sender is gone or gave up."""
        while not self.data:
            signal.alarm(SILENCE)
            kind, size = frames.BLOCK.unpack(frames.read_exactly(self.stdin, frames.BLOCK.size))
            if kind not in (frames.RAW, frames.PACKED):
                raise frames.Closed
            block = frames.read_exactly(self.stdin, size)
            self.data = memoryview(zlib.decompress(block) if kind == frames.PACKED else block)
        piece, self.data = self.data[:limit], self.data[limit:]
        return piece

    def expect_end(self) -> None:
        kind, _ = frames.BLOCK.unpack(frames.read_exactly(self.stdin, frames.BLOCK.size))
        if kind != frames.END or self.data:
            raise frames.Closed


def ranges(indexes: list[int]) -> list[list[int]]:
    """[1, 2, 3, 7] as [[1, 4], [7, 8]]: first and one past the last."""
    found: list[list[int]] = []
    for index in indexes:
        if found and found[-1][1] == index:
            found[-1][1] = index + 1
        else:
            found.append([index, index + 1])
    return found


def _write(file: int, data: memoryview) -> None:
    while data:
        data = data[os.write(file, data) :]


def _hash_object(path: bytes, size: int) -> Any:
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while size > 0:
            data = file.read(min(READ, size))
            if not data:
                break
            digest.update(data)
            size -= len(data)
    return digest


def _hash(path: bytes, size: int) -> str:
    return str(_hash_object(path, size).hexdigest())
