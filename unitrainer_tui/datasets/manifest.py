"""What is sent to the host: the files below one root, with their hashes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from unitrainer_tui.datasets.tree import printable, walk
from unitrainer_tui.errors import DatasetProblem

OnHashed = Callable[[int, int], None]
"""`on_progress(bytes, files)` so far."""

FAULTS = 50
"""Faults listed at most; the rest is counted."""
READ = 1 << 20


@dataclass(frozen=True)
class FileEntry:
    """One file of a manifest. `path` is relative, with forward slashes; the name's own bytes survive in surrogates."""

    path: str
    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What is sent: a root here and its files, sorted by path. `digest` names the content.

    `root` may be a single file. `empty_folders` are relative paths, made there as well, so that the host shows the same
    tree; they are part of the digest where there are any.
    """

    root: Path
    files: tuple[FileEntry, ...]
    digest: str
    empty_folders: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.files)

    def local_path(self, entry: FileEntry) -> Path:
        """Where a file of the manifest stands here."""
        return self.root / entry.path if self.root.is_dir() else self.root


def build_manifest(root: Path, *, follow_outside: bool = False, on_progress: OnHashed | None = None) -> Manifest:
    """Reads every file below `root` (or the one file that it is) in bounded memory; two threads hash.

    Links are followed where they lead inside the root, and outside with `follow_outside`. Raises DatasetProblem with a
    list of all faults: control characters in names, FIFOs, sockets, devices, link loops, broken links, what cannot be
    read, and files that change while they are read.
    """
    tree = walk(root, follow_outside=follow_outside)
    faults = [refused.sentence for refused in tree.refused]
    _raise_for(faults, root)
    found = sorted((relative, path) for relative, path, _ in tree.paths())
    entries = _hash_all(found, faults, on_progress)
    _raise_for(faults, root)
    folders = tuple(sorted(tree.empty_folders))
    return Manifest(root, tuple(entries), digest_of(entries, folders), folders)


def list_files(root: Path, *, follow_outside: bool = False) -> list[tuple[str, int]]:
    """(relative path, size in bytes) of every file that `build_manifest` would read, without reading any.

    Raises DatasetProblem as `build_manifest` does.
    """
    tree = walk(root, follow_outside=follow_outside)
    _raise_for([refused.sentence for refused in tree.refused], root)
    return sorted((relative, size) for relative, _, size in tree.paths())


def digest_of(files: list[FileEntry], empty_folders: tuple[str, ...] = ()) -> str:
    """SHA-256 in hex over (path, size, hash) of all files, sorted by path, then the empty folders."""
    digest = hashlib.sha256()
    for entry in files:
        path = entry.path.encode("utf-8", "surrogateescape")
        digest.update(b"%s\0%d\0%s\n" % (path, entry.size, entry.sha256.encode("ascii")))
    for folder in empty_folders:
        digest.update(folder.encode("utf-8", "surrogateescape") + b"/\n")
    return digest.hexdigest()


def _raise_for(faults: list[str], root: Path) -> None:
    if not faults:
        return
    listed = tuple(faults[:FAULTS])
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    raise DatasetProblem(f"{printable(str(root))} cannot be sent: {listed[0]}{more}.", "Mend or remove these.", listed)


def _hash_all(found: list[tuple[str, str]], faults: list[str], on_progress: OnHashed | None) -> list[FileEntry]:
    """Two threads, a few files ahead of them; the entries come out in the order that went in."""
    entries: list[FileEntry | None] = [None] * len(found)
    done_bytes = done_files = 0
    with ThreadPoolExecutor(2, thread_name_prefix="hash") as threads:
        running: dict[Future[FileEntry], int] = {}
        waiting = iter(enumerate(found))
        while True:
            for number, (relative, path) in waiting:
                running[threads.submit(_hash_one, relative, path)] = number
                if len(running) >= 64:
                    break
            if not running:
                break
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                number = running.pop(future)
                try:
                    entry = future.result()
                except _Unreadable as problem:
                    faults.append(f"{printable(found[number][0])}: {problem}")
                    continue
                entries[number] = entry
                done_bytes += entry.size
                done_files += 1
            if on_progress is not None:
                on_progress(done_bytes, done_files)
    return [entry for entry in entries if entry is not None]


class _Unreadable(Exception):
    pass


def _hash_one(relative: str, path: str) -> FileEntry:
    digest = hashlib.sha256()
    read = 0
    try:
        # O_NONBLOCK: what became a FIFO since it was listed must not hold us.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            before = os.fstat(descriptor)
            while data := file.read(READ):
                digest.update(data)
                read += len(data)
            after = os.fstat(descriptor)
    except OSError as problem:
        raise _Unreadable(f"cannot be read ({problem.strerror})") from None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or read != after.st_size:
        raise _Unreadable("changed while it was being read")
    return FileEntry(relative, read, after.st_mtime_ns, digest.hexdigest())
