"""What is sent to the host: the files below one root, with their hashes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

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
    walk = _Walk(root, follow_outside)
    found = sorted(walk.files())
    _raise_for(walk.faults, root)
    entries = _hash_all(found, walk.faults, on_progress)
    _raise_for(walk.faults, root)
    folders = tuple(sorted(walk.empty_folders))
    return Manifest(root, tuple(entries), digest_of(entries, folders), folders)


def list_files(root: Path, *, follow_outside: bool = False) -> list[tuple[str, int]]:
    """(relative path, size in bytes) of every file that `build_manifest` would read, without reading any.

    Raises DatasetProblem as `build_manifest` does.
    """
    walk = _Walk(root, follow_outside)
    found = sorted(walk.files())
    _raise_for(walk.faults, root)
    return [(relative, os.stat(path).st_size) for relative, path in found]


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
    raise DatasetProblem(f"{_shown(str(root))} cannot be sent: {listed[0]}{more}.", "Mend or remove these.", listed)


def _shown(name: str) -> str:
    """A name as it can be printed: whatever would disturb a terminal is written as an escape."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name)


def _has_control(name: str) -> bool:
    """C0, DEL and C1. Bytes that are no text (surrogates) are odd, and arrive as they are."""
    return any(char < " " or "\x7f" <= char <= "\x9f" for char in name)


class _Walk:
    """Finds the files below the root. What it finds wrong is in `faults`."""

    def __init__(self, root: Path, follow_outside: bool) -> None:
        self.root = root
        self.follow_outside = follow_outside
        self.faults: list[str] = []
        self.empty_folders: list[str] = []
        self.real_root = os.path.realpath(root)

    def files(self) -> Iterator[tuple[str, str]]:
        """(relative path, path to open) of each file."""
        try:
            there = self.root.stat()
        except OSError as problem:
            raise DatasetProblem(
                f"{_shown(str(self.root))} cannot be read: {problem.strerror}.", "Check the path."
            ) from None
        if stat.S_ISDIR(there.st_mode):
            yield from self._folder("", str(self.root), ((there.st_dev, there.st_ino),))
        else:
            name = self.root.name
            kind = self._fault_of(name, name, there)
            if kind:
                self.faults.append(kind)
            else:
                yield name, str(self.root)

    def _folder(self, below: str, path: str, above: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, str]]:
        """`above` are the folders on the way here: a link to one of them is a loop."""
        try:
            with os.scandir(path) as entries:
                listed = list(entries)
        except OSError as problem:
            self.faults.append(f"{_shown(below) or 'the folder'}: cannot be read ({problem.strerror})")
            return
        if not listed and below:
            self.empty_folders.append(below)
        for entry in listed:
            relative = f"{below}/{entry.name}" if below else entry.name
            try:
                there = entry.stat()
            except OSError as problem:
                self.faults.append(f"{_shown(relative)}: {self._why_broken(entry, problem)}")
                continue
            fault = self._fault_of(relative, entry.name, there) or self._fault_of_link(relative, entry)
            if fault:
                self.faults.append(fault)
            elif stat.S_ISDIR(there.st_mode):
                here = (there.st_dev, there.st_ino)
                if here in above:
                    self.faults.append(f"{_shown(relative)}: a link that leads back to a folder above it")
                else:
                    yield from self._folder(relative, entry.path, (*above, here))
            else:
                yield relative, entry.path

    def _why_broken(self, entry: os.DirEntry[str], problem: OSError) -> str:
        if not entry.is_symlink():
            return f"cannot be read ({problem.strerror})"
        return (
            "a link that leads nowhere" if isinstance(problem, FileNotFoundError) else "a link that leads in a circle"
        )

    def _fault_of(self, relative: str, name: str, there: os.stat_result) -> str | None:
        if _has_control(name):
            return f"{_shown(relative)}: control characters in the name"
        kinds = ((stat.S_ISFIFO, "a FIFO"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"))
        for matches, kind in (*kinds, (stat.S_ISBLK, "a device")):
            if matches(there.st_mode):
                return f"{_shown(relative)}: is {kind}, not a file"
        return None

    def _fault_of_link(self, relative: str, entry: os.DirEntry[str]) -> str | None:
        if self.follow_outside or not entry.is_symlink():
            return None
        target = os.path.realpath(entry.path)
        if target == self.real_root or target.startswith(self.real_root.rstrip("/") + "/"):
            return None
        return f"{_shown(relative)}: a link that leaves the dataset (dataset.follow_outside = true allows it)"


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
                    faults.append(f"{_shown(found[number][0])}: {problem}")
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
