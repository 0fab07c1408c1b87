"""The curves of an earlier run, out of its metrics.jsonl: one JSON object a line with an epoch and its metrics."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from unitrainer_tui.runs.events import ProgressEvent
from unitrainer_tui.widgets.series import MetricHistory

MOST_BYTES = 64 << 20


def history_of(lines: Iterable[bytes]) -> MetricHistory:
    """A line that is torn or of another version is left out."""
    history = MetricHistory()
    for line in lines:
        try:
            told = json.loads(line)
            history.add(ProgressEvent.model_validate({**told, "kind": "progress", "fraction": None}))
        except (ValueError, ValidationError, TypeError, AttributeError):
            continue
    return history


def read_history(metrics: Path) -> MetricHistory:
    """Raises OSError. Reads the file: use a thread."""
    with metrics.open("rb") as file:
        return history_of(file.read(MOST_BYTES).splitlines())
