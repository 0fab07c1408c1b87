"""What the parser tells of a log, epoch by epoch, beside what was expected: for the tables of logs in tests/unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unitrainer_tui.progress import ProgressParser
from unitrainer_tui.progress.facts import Progress

Expected = Sequence[tuple[int, int | None, Mapping[str, float]]]
"""(epoch, total, values that are among those told) of each epoch."""


def told(log: str) -> list[Progress]:
    """The whole records; of one epoch that is told again with more of its values the last."""
    parser = ProgressParser()
    found: list[Progress] = []
    for record in parser.feed(log.encode()) + parser.finish():
        if record.partial:
            continue
        if found and found[-1].epoch == record.epoch:
            found.pop()
        found.append(record)
    return found


def is_told(log: str, expected: Expected) -> None:
    """Raises AssertionError."""
    found = told(log)
    assert [(record.epoch, record.total_epochs) for record in found] == [row[:2] for row in expected]
    for record, (_, _, values) in zip(found, expected, strict=True):
        assert values.items() <= record.metrics.items()
