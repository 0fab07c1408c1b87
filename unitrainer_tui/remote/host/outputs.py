"""What the job left in its output folder: the list, and one file as a stream."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import Any, BinaryIO

from . import frames
from .places import run_folder

LIMIT = 100_000
"""Files listed at most; a job that writes more needs an archive."""
PIECE = 1 << 18


def list_files(request: dict[str, Any]) -> dict[str, Any]:
    """Regular files only, as [path, size, mtime_ns]. Links, and hard links to files elsewhere, are refused by name."""
    root = os.path.join(run_folder(request["run"]), "output")
    files: list[list[Any]] = []
    refused: list[list[str]] = []
    linked: dict[tuple[int, int], list[list[Any]]] = {}
    if os.path.islink(root):
        return {"files": [], "refused": [["output", "is a link"]], "more": False}
    more = False
    for folder, folders, names in os.walk(root):
        for name in [*names, *(entry for entry in folders if os.path.islink(os.path.join(folder, entry)))]:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, root)
            try:
                there = os.lstat(path)
            except OSError:
                continue  # a temporary file that is gone again
            if not stat.S_ISREG(there.st_mode):
                refused.append([relative, "is a link" if stat.S_ISLNK(there.st_mode) else "is no regular file"])
                continue
            row = [relative, there.st_size, there.st_mtime_ns]
            if there.st_nlink > 1:
                linked.setdefault((there.st_dev, there.st_ino), []).append([there.st_nlink, row])
            else:
                files.append(row)
            if len(files) >= LIMIT:
                more = True
                break
        if more:
            break
    for same in linked.values():
        if len(same) == same[0][0]:
            files.extend(row for _, row in same)
        else:
            refused.extend([row[0], "is a hard link to a file outside the output"] for _, row in same)
    return {"files": files, "refused": refused[:1000], "more": more}


def deliver(answers: BinaryIO, request: dict[str, Any]) -> None:
    """Streams a file from the offset that the client has, if that part is the same; its hash at the end."""
    root = os.path.join(run_folder(request["run"]), "output")
    file = _open_below(root, request["path"].encode("utf-8", "surrogateescape"))
    try:
        there = os.fstat(file)
        if there.st_size != request["size"] or there.st_mtime_ns != request["mtime_ns"]:
            frames.write_message(answers, {"changed": True, "size": there.st_size})
            return
        digest = hashlib.sha256()
        offset = request["offset"]
        _hash_from(file, 0, offset, digest)
        if offset and digest.hexdigest() != request["sha256"]:
            digest, offset = hashlib.sha256(), 0
        frames.write_message(answers, {"offset": offset})
        left = there.st_size - offset
        while left:
            data = os.pread(file, min(PIECE, left), there.st_size - left)
            if not data:
                break
            digest.update(data)
            frames.write_all(answers, frames.BLOCK.pack(frames.RAW, len(data)) + data)
            left -= len(data)
        now = os.fstat(file)  # written to in place while it was read: neither the old file nor the new one
        whole = not left and (now.st_size, now.st_mtime_ns) == (there.st_size, there.st_mtime_ns)
        frames.write_all(answers, frames.BLOCK.pack(frames.END if whole else frames.ABORT, 0))
        frames.write_message(answers, {"sha256": digest.hexdigest()})
    finally:
        os.close(file)


def _open_below(root: str, path: bytes) -> int:
    """Opens a regular file without following any link below the run's folder."""
    parts = path.split(b"/")
    if path.startswith(b"/") or {b"", b".", b".."} & set(parts):
        raise ValueError("this name leads out of the output folder")
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = below
        file = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise ValueError("this is no regular file")
    return file


def _hash_from(file: int, start: int, end: int, digest: Any) -> None:
    while start < end:
        data = os.pread(file, min(1 << 20, end - start), start)
        if not data:
            return
        digest.update(data)
        start += len(data)
