"""The journal: a run's events, append-only, one line each: `<crc32 of the JSON bytes, 8 hex digits> <JSON>\\n`.

A torn tail (a crash in mid-write, power lost before the sync) is cut when the journal is opened for writing; readers
stop before it. A damaged line in the middle is passed over and counted.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unitrainer_tui.runs.events import Event, parse_event, timestamp
from unitrainer_tui.runs.state import RunState, apply
from unitrainer_tui.text import REDACTOR


def encode_record(event: Event) -> bytes:
    """The line to write: registered secrets are taken out of it, whatever field they got into."""
    # A file name's odd bytes (lone surrogates) have no UTF-8: they stop no record.
    data = REDACTOR.redact(event.to_json()).encode("utf-8", "replace")
    return b"%08x %s\n" % (zlib.crc32(data), data)


def decode_record(line: bytes) -> Event | None:
    """The event of one line (without its newline), None when the line is damaged."""
    if len(line) < 11 or line[8:9] != b" ":
        return None
    try:
        if int(line[:8], 16) != zlib.crc32(line[9:]):
            return None
        record = json.loads(line[9:])
    except ValueError:
        return None
    return parse_event(record) if isinstance(record, dict) else None


@dataclass
class JournalReader:
    """Follows a journal that grows. `damaged` counts lines that were passed over."""

    path: Path
    position: int = 0
    damaged: int = 0

    def read(self) -> Iterator[Event]:
        """The events that were completed since the last call."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.position)
                data = file.read()
        except FileNotFoundError:
            return
        # Only whole lines count: a torn tail is read again, and is gone when the next owner has cut it.
        whole = data.rfind(b"\n") + 1
        self.position += whole
        for line in data[:whole].split(b"\n")[:-1]:
            event = decode_record(line)
            if event is None:
                self.damaged += 1
            else:
                yield event


def read_journal(path: Path) -> list[Event]:
    return list(JournalReader(path).read())


class JournalFile:
    """The journal open for writing, by the one owner of the run (who holds its lock)."""

    def __init__(self, path: Path, run: str) -> None:
        self.path = path
        self.run = run
        new = not path.exists()
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.damaged = 0
        """Whole lines that cannot be read: what they said is lost."""
        self.state, self._end = self._load()
        if self.damaged:
            self._keep_aside()
        os.ftruncate(self._fd, self._end)
        os.fsync(self._fd)
        if new:
            sync_directory(path.parent)

    def _load(self) -> tuple[RunState, int]:
        """Folds what is there. The end is after the last line that is whole; what follows it is a torn tail."""
        state, end, position = RunState(run=self.run), 0, 0
        with self.path.open("rb") as file:
            for line in file:
                position += len(line)
                event = decode_record(line[:-1]) if line.endswith(b"\n") else None
                if event is not None:
                    state, end = apply(state, event), position
                elif line.endswith(b"\n"):
                    self.damaged += 1
        return state, end

    def _keep_aside(self) -> None:
        """The journal as it was found, for whoever wants to look: lines at its end are about to be cut."""
        try:
            self.path.with_name(f"{self.path.name}.damaged").write_bytes(self.path.read_bytes())
        except OSError:
            pass  # a full disk keeps nobody from taking the run over

    def append(self, event: Event, at: float, *, sync: bool = False) -> Event:
        """Numbers and stamps the event, writes it; with `sync` it is on the disk when this returns.

        Raises OSError when it cannot be written; the journal then ends where it ended before.
        """
        event = event.model_copy(update={"at": timestamp(at), "run": self.run, "seq": self.state.seq + 1})
        data = encode_record(event)
        try:
            written = os.pwrite(self._fd, data, self._end)
            if written != len(data):
                raise OSError(28, "No space left on device")
            if sync:
                os.fsync(self._fd)
        except OSError:
            os.ftruncate(self._fd, self._end)
            raise
        self._end += len(data)
        self.state = apply(self.state, event)
        return event

    def close(self) -> None:
        os.close(self._fd)


def sync_directory(path: Path) -> None:
    """Makes a new or renamed entry of the directory survive a power loss."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
