"""What is sent to the host: the files below one root, with their hashes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FileEntry:
    """One file of a manifest. `path` is relative, with forward slashes; the name's own bytes survive in surrogates."""

    path: str
    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What is sent: a root here and its files, sorted by path. `digest` names the content."""

    root: Path
    files: tuple[FileEntry, ...]
    digest: str

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.files)
