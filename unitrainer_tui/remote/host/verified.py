"""The list of the files that arrived whole, kept beside them: what makes an interrupted upload resumable.

A line is `index mtime_ns ctime_ns inode boot`, the index being the place in the manifest. A file is believed without
reading it again only while all of that still holds: any write changes the ctime, and after a crash of the machine
(another boot id) the last writes may be missing although the list has them.
"""

from __future__ import annotations

import os

from .places import boot_id


class Verified:
    def __init__(self, path: str) -> None:
        self.path = path
        self.boot = boot_id() or "-"
        self.known: dict[int, tuple[int, int, int, str]] = {}
        try:
            with open(path, encoding="ascii", errors="replace") as file:
                for line in file:
                    self._take(line.split())
        except FileNotFoundError:
            pass
        self.file = open(path, "a", encoding="ascii", buffering=1 << 16)

    def _take(self, fields: list[str]) -> None:
        try:
            index, mtime, ctime, inode = (int(field) for field in fields[:4])
            self.known[index] = (mtime, ctime, inode, fields[4])
        except (ValueError, IndexError):
            pass  # the last line of a writer that was cut off

    def holds(self, index: int, there: os.stat_result) -> bool:
        return self.known.get(index) == (there.st_mtime_ns, there.st_ctime_ns, there.st_ino, self.boot)

    def add(self, index: int, there: os.stat_result) -> None:
        self.known[index] = (there.st_mtime_ns, there.st_ctime_ns, there.st_ino, self.boot)
        self.file.write(f"{index} {there.st_mtime_ns} {there.st_ctime_ns} {there.st_ino} {self.boot}\n")

    def flush(self) -> None:
        self.file.flush()

    def close(self) -> None:
        self.file.close()
