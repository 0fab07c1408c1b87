"""`unitrainer-tui parse`: raw training output on stdin, `progress` events on stdout."""

from __future__ import annotations

import json
import math
import os
import sys
from datetime import UTC, datetime

import click

from unitrainer_tui.progress import Progress, ProgressParser

_CHUNK = 1 << 16


def event_line(progress: Progress, at: datetime) -> str:
    """The record as a `progress` event. Written by hand: the event models would double this command's start."""
    record: dict[str, object] = {
        "at": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "kind": "progress",
        "epoch": progress.epoch,
        "total_epochs": progress.total_epochs,
        "fraction": None if progress.fraction is None else round(progress.fraction, 6),
        "metrics": {name: value if math.isfinite(value) else None for name, value in progress.metrics.items()},
    }
    record = {name: value for name, value in record.items() if value is not None}
    return json.dumps(record, ensure_ascii=True, allow_nan=False)


def _print(records: list[Progress]) -> None:
    now = datetime.now(UTC)
    lines = [event_line(record, now) for record in records if not record.partial]
    if lines:
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()


@click.command(name="parse")
@click.option(
    "--framework", metavar="F", help="The profile's framework; every kind of output is understood without it."
)
def command(framework: str | None) -> None:
    """Read raw training output on stdin, print a `progress` event for each epoch on stdout."""
    parser = ProgressParser(framework)
    try:
        while data := os.read(sys.stdin.fileno(), _CHUNK):
            _print(parser.feed(data))
        _print(parser.finish())
    except BrokenPipeError:
        # The reader has gone: nothing is left to say, nor may Python's own last flush complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
