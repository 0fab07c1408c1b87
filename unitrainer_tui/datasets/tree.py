"""The files below a root, found in one walk: what may be sent, with sizes, and what may not, with the reason."""

from __future__ import annotations

import os
import re
import stat
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

from unitrainer_tui.datasets.report import ShouldStop, Stopped
from unitrainer_tui.errors import DatasetProblem

# C0, DEL and C1. Bytes that are no text (surrogates) are odd, and arrive as they are.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_SPECIAL = (
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True)
class Refused:
    """A file that cannot be sent. `path` is relative and printable."""

    code: str
    path: str
    why: str

    @property
    def sentence(self) -> str:
        return f"{self.path}: {self.why}"


@dataclass(frozen=True)
class Folder:
    """The files of one folder, sorted by name: `sizes` in bytes, in the order of `names`. Some 80 bytes a file."""

    path: str
    names: list[str]
    sizes: array[int]


@dataclass
class Tree:
    """`folders` by their path relative to the root ("" is the root itself), as they are reached: a link to a folder
    stands under its own name. Where the root is a file, it is the one name of the folder ""."""

    root: Path
    single: bool
    folders: dict[str, Folder] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    empty_folders: list[str] = field(default_factory=list)
    files: int = 0
    size: int = 0

    def paths(self) -> Iterator[tuple[str, str, int]]:
        """(relative path, path to open, size) of each file."""
        for below, folder in self.folders.items():
            for name, size in zip(folder.names, folder.sizes, strict=True):
                yield f"{below}/{name}" if below else name, f"{folder.path}/{name}", size

    def below(self, place: str) -> Iterator[tuple[str, Folder]]:
        """The folder `place` and all folders below it, sorted."""
        if place in self.folders:
            yield place, self.folders[place]
        start = f"{place}/" if place else ""
        for relative in islice(self.order, bisect_left(self.order, start), None):
            if not relative.startswith(start):
                break
            if relative != place:
                yield relative, self.folders[relative]

    @cached_property
    def order(self) -> list[str]:
        """The folders, sorted; asked for once the walk is over."""
        return sorted(self.folders)

    def children(self, place: str) -> list[str]:
        """The folders right below `place`, sorted."""
        return self._children.get(place, [])

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for relative in self.order:
            if relative:
                found.setdefault(relative.rpartition("/")[0], []).append(relative)
        return found

    def has_file(self, relative: str) -> bool:
        place, _, name = relative.rpartition("/")
        folder = self.folders.get(place)
        if folder is None:
            return False
        at = bisect_left(folder.names, name)
        return at < len(folder.names) and folder.names[at] == name

    def has_folder(self, relative: str) -> bool:
        return relative in self.folders


def joined(folder: str, name: str) -> str:
    """A relative path of a relative folder and a name."""
    return f"{folder}/{name}" if folder else name


def walk(root: Path, *, follow_outside: bool = False, should_stop: ShouldStop | None = None) -> Tree:
    """Links are followed where they lead inside the root, and outside with `follow_outside`. Raises DatasetProblem
    where the root itself cannot be read, Stopped."""
    try:
        there = root.stat()
    except OSError as problem:
        raise DatasetProblem(f"{printable(str(root))} cannot be read: {problem.strerror}.", "Check the path.") from None
    if stat.S_ISDIR(there.st_mode):
        tree = Tree(root, single=False)
        _Walk(tree, follow_outside, should_stop).go(there)
        return tree
    tree = Tree(root, single=True)
    if fault := _fault_of(root.name, root.name, there):
        tree.refused.append(fault)
    else:
        tree.folders[""] = Folder(str(root.parent), [root.name], array("q", [there.st_size]))
        tree.files, tree.size = 1, there.st_size
    return tree


class _Walk:
    def __init__(self, tree: Tree, follow_outside: bool, should_stop: ShouldStop | None) -> None:
        self.tree = tree
        self.follow_outside = follow_outside
        self.should_stop = should_stop
        self.real_root = os.path.realpath(tree.root)

    def go(self, there: os.stat_result) -> None:
        # (relative, path, the folders on the way): a link to one of the latter is a loop.
        waiting: list[tuple[str, str, tuple[tuple[int, int], ...]]] = [
            ("", str(self.tree.root).rstrip("/") or "/", ((there.st_dev, there.st_ino),))
        ]
        while waiting:
            if self.should_stop is not None and self.should_stop():
                raise Stopped
            below, path, above = waiting.pop()
            waiting += self._folder(below, path, above)

    def _folder(
        self, below: str, path: str, above: tuple[tuple[int, int], ...]
    ) -> list[tuple[str, str, tuple[tuple[int, int], ...]]]:
        try:
            with os.scandir(path) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as problem:
            self._refuse("unreadable", below or "the folder", f"cannot be read ({problem.strerror})")
            return []
        if not found and below:
            self.tree.empty_folders.append(below)
        names: list[str] = []
        sizes = array("q")
        deeper = []
        for entry in found:
            name = entry.name
            try:
                there = entry.stat()
                linked = entry.is_symlink()
            except OSError as problem:
                code, why = _why_broken(entry, problem)
                self._refuse(code, joined(below, name), why)
                continue
            # Most are plain files with plain names: nothing more is asked of those.
            if not linked and stat.S_ISREG(there.st_mode) and not _CONTROL.search(name):
                names.append(name)
                sizes.append(there.st_size)
                continue
            relative = joined(below, name)
            fault = _fault_of(relative, name, there) or (self._fault_of_link(relative, entry) if linked else None)
            if fault:
                self.tree.refused.append(fault)
            elif stat.S_ISDIR(there.st_mode):
                here = (there.st_dev, there.st_ino)
                if here in above:
                    self._refuse("link-loop", relative, "a link that leads back to a folder above it")
                else:
                    deeper.append((relative, entry.path, (*above, here)))
            else:
                names.append(name)
                sizes.append(there.st_size)
        self.tree.folders[below] = Folder(path, names, sizes)
        self.tree.files += len(names)
        self.tree.size += sum(sizes)
        return deeper[::-1]

    def _fault_of_link(self, relative: str, entry: os.DirEntry[str]) -> Refused | None:
        if self.follow_outside:
            return None
        target = os.path.realpath(entry.path)
        if target == self.real_root or target.startswith(self.real_root.rstrip("/") + "/"):
            return None
        why = "a link that leaves the dataset (dataset.follow_outside = true allows it)"
        return Refused("link-outside", printable(relative), why)

    def _refuse(self, code: str, relative: str, why: str) -> None:
        self.tree.refused.append(Refused(code, printable(relative), why))


def _why_broken(entry: os.DirEntry[str], problem: OSError) -> tuple[str, str]:
    if not entry.is_symlink():
        return "unreadable", f"cannot be read ({problem.strerror})"
    if isinstance(problem, FileNotFoundError):
        return "broken-link", "a link that leads nowhere"
    return "link-loop", "a link that leads in a circle"


def _fault_of(relative: str, name: str, there: os.stat_result) -> Refused | None:
    if _CONTROL.search(name):
        return Refused("control-character", printable(relative), "control characters in the name")
    for matches, kind in _SPECIAL:
        if matches(there.st_mode):
            return Refused("special-file", printable(relative), f"is {kind}, not a file")
    return None


def printable(name: str) -> str:
    """A name as it can be printed: whatever would disturb a terminal is written as an escape."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name)
