"""A run as it happens, read from its files: the journal's events, log lines made from log.raw, telemetry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from unitrainer_tui.log_text import Line, LineSplitter
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.events import Event, LogEvent, ResultEvent, TelemetryEvent, timestamp
from unitrainer_tui.runs.journal import JournalReader

PIECE_BYTES = 1 << 20


@dataclass
class _Tail:
    """Whole lines of a file that grows, a piece at a time."""

    path: Path
    position: int = 0

    def read(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(self.position)
                data = file.read(PIECE_BYTES)
        except FileNotFoundError:
            return b""
        self.position += len(data)
        return data


@dataclass
class RunFollower:
    """`read` gives what is new since its last call. The result is held back until all of the log was given.

    `log_tail` skips all but the last so many bytes of a log that is there already. `node` says whose log it is, where
    the run has several machines.
    """

    directory: RunDirectory
    log: bool = True
    telemetry: bool = True
    log_tail: int | None = None
    node: int = 0
    result: ResultEvent | None = None
    _journal: JournalReader = field(init=False)
    _log: _Tail = field(init=False)
    _telemetry: _Tail = field(init=False)
    _telemetry_rest: bytes = b""
    _splitter: LineSplitter = field(default_factory=LineSplitter)
    _shift: int = 0

    def __post_init__(self) -> None:
        self._journal = JournalReader(self.directory.journal)
        log = self.directory.node_log(self.node)
        self._log = _Tail(log)
        self._telemetry = _Tail(self.directory.telemetry)
        if self.log_tail is not None and log.exists():
            self._shift = self._log.position = max(0, log.stat().st_size - self.log_tail)

    def read(self, now: float) -> Iterator[Event]:
        """`now` (Unix seconds) stamps the log lines, which carry no time of their own."""
        held: ResultEvent | None = None
        after: list[Event] = []
        for event in self._journal.read():
            if isinstance(event, ResultEvent):
                held = event
            elif held is not None:
                after.append(event)
            else:
                yield event
        if self.telemetry:
            yield from self._new_telemetry()
        if self.log:
            yield from self._new_log(now, to_the_end=held is not None)
        if held is not None:
            self.result = held
            yield held
        yield from after

    def _new_log(self, now: float, *, to_the_end: bool) -> Iterator[Event]:
        at = timestamp(now)
        while data := self._log.read():
            for line in self._splitter.feed(data):
                yield self._log_event(line, at)
            if not to_the_end:
                break
        if to_the_end:
            for line in self._splitter.finish():
                yield self._log_event(line, at)

    def _log_event(self, line: Line, at: str) -> LogEvent:
        offset, drawn = line.offset + self._shift, line.drawn or None
        return LogEvent(at=at, run=self.directory.run, text=str(line.text), offset=offset, drawn=drawn)

    def _new_telemetry(self) -> Iterator[Event]:
        *lines, self._telemetry_rest = (self._telemetry_rest + self._telemetry.read()).split(b"\n")
        for line in lines:
            try:
                record = json.loads(line)
                yield TelemetryEvent.model_validate({**record, "kind": "telemetry", "run": self.directory.run})
            except (ValueError, ValidationError, TypeError):
                continue  # a torn line: telemetry is for looking at
