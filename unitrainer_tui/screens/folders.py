"""Looking into folders without ever hanging on them: completion and a summary, both bounded in entries and in time."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unitrainer_tui.widgets.figures import plural, size

MOST_ENTRIES = 1_000
MOST_FILES = 200_000
MOST_SECONDS = 3.0
_TABLES = (".csv", ".tsv", ".parquet")


def completions(typed: str, most: int = MOST_ENTRIES) -> list[str]:
    """The paths that what was typed may become, folders with a slash, sorted, hidden ones only where asked for.

    At most `most` entries of a folder are looked at, whatever it holds. Never raises. Reads a folder: call it in
    a thread.
    """
    head, _, start = typed.rpartition("/")
    folder = Path(f"{head}/" if head or typed.startswith("/") else ".").expanduser()
    found: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for seen, entry in enumerate(entries):
                if seen >= most:
                    break
                name = entry.name
                if not name.startswith(start) or (name.startswith(".") and not start.startswith(".")):
                    continue
                prefix = f"{head}/" if head or typed.startswith("/") else ""
                found.append(f"{prefix}{name}{'/' if entry.is_dir() else ''}")
    except OSError:
        return []
    return sorted(found)


@dataclass(frozen=True)
class FolderSummary:
    """`problem` is a sentence when the path cannot be a dataset; `more` when counting stopped at a bound; `found` and
    `counts` (rows, columns, train images …) what the whole check says of it."""

    kind: str = ""
    files: int = 0
    bytes: int = 0
    more: bool = False
    problem: str = ""
    found: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    def sentence(self) -> str:
        if self.problem:
            return self.problem
        if self.found:
            return self.found
        least = "at least " if self.more else ""
        return f"{self.kind}: {least}{plural(self.files, 'file')}, {least}{size(self.bytes)}"


def look_at(path: Path, *, seconds: float = MOST_SECONDS, most: int = MOST_FILES) -> FolderSummary:
    """Kind, number and size of files. The full check of a dataset comes with the run, before anything is rented.

    Links are not followed while counting. Never raises. Walks a tree: call it in a thread.
    """
    try:
        mode = path.stat().st_mode
    except OSError as problem:
        return FolderSummary(problem=f"{problem.strerror or 'Not readable'}: there is no dataset at this path.")
    if stat.S_ISREG(mode):
        kind = "table" if path.suffix.lower() in _TABLES else "single file"
        return FolderSummary(kind, 1, path.stat().st_size)
    if not stat.S_ISDIR(mode):
        return FolderSummary(problem="This is neither a folder nor a file.")
    deadline = time.monotonic() + seconds
    files = total = 0
    folders = [path]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    else:
                        files += 1
                        total += entry.stat(follow_symlinks=False).st_size
                    if files >= most or time.monotonic() > deadline:
                        return FolderSummary(_kind(path), files, total, more=True)
        except OSError:
            continue  # a folder that cannot be read is reported by the dataset check, with its name
    if not files:
        return FolderSummary(problem="This folder holds no files.")
    return FolderSummary(_kind(path), files, total)


def _kind(folder: Path) -> str:
    """What the top of a folder looks like."""
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for seen, entry in enumerate(entries):
                if seen >= MOST_ENTRIES:
                    break
                names.append(entry.name.lower())
    except OSError:
        return "folder"
    if any(name.endswith((".yaml", ".yml")) for name in names) and {"images", "labels", "train"} & set(names):
        return "YOLO dataset"
    tables = [name for name in names if name.endswith(_TABLES)]
    if len(tables) == 1:
        return f"folder with one table ({tables[0]})"
    return "folder"
