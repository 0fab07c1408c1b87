"""What a look at a dataset found."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Enough to see what is wrong; a dataset of a million broken labels would fill the memory otherwise.
MOST_TOLD = 50


@dataclass(frozen=True)
class DatasetReport:
    """`faults` stop a run, `warnings` do not; both are sentences with file and line where known.

    `kind` is tabular, yolo, classification, files or none. `size` is in bytes. `counts` are numbers by what was counted
    (rows, columns, train images …), `classes` the number of examples of each class in its own order.
    """

    kind: str
    files: int
    size: int
    counts: Mapping[str, int]
    classes: Mapping[str, int]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]
    summary: str

    @property
    def holds(self) -> bool:
        """Nothing was found that stops a run."""
        return not self.faults


@dataclass
class Findings:
    """Sentences as they are found, the first 50 of each kind and a count of the rest."""

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    more_faults: int = 0
    more_warnings: int = 0

    def fault(self, sentence: str) -> None:
        if len(self.faults) < MOST_TOLD:
            self.faults.append(sentence)
        else:
            self.more_faults += 1

    def warn(self, sentence: str) -> None:
        if len(self.warnings) < MOST_TOLD:
            self.warnings.append(sentence)
        else:
            self.more_warnings += 1

    def all_faults(self) -> tuple[str, ...]:
        return (*self.faults, *([f"And {self.more_faults:,} more faults."] if self.more_faults else ()))

    def all_warnings(self) -> tuple[str, ...]:
        return (*self.warnings, *([f"And {self.more_warnings:,} more warnings."] if self.more_warnings else ()))


def walk_files(root: Path) -> Iterator[os.DirEntry[str]]:
    """Every regular file below `root`, links followed, each folder once, without holding the whole list."""
    waiting = [root]
    seen: set[tuple[int, int]] = set()
    while waiting:
        folder = waiting.pop()
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir():
                        waiting.append(Path(entry.path))
                    elif entry.is_file():
                        yield entry
        except OSError:
            # What cannot be read is named when the files to send are listed; a count goes on.
            continue


def counted(path: Path) -> tuple[int, int]:
    """The number of regular files and their bytes in all."""
    if path.is_file():
        return 1, path.stat().st_size
    files = size = 0
    for entry in walk_files(path):
        files += 1
        size += entry.stat().st_size
    return files, size


def human(size: int) -> str:
    """Bytes for people: 1.5 MB."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
