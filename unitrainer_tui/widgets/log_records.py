"""The lines that our training scripts tell as JSON (docs/FRAMEWORKS.md), as people read them. Pure functions.

A line that is not wholly such a record, with another key or a value of another kind, is shown as it is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import overload

from unitrainer_tui.text import safe

MARK = "› "
"""In front of what is not shown as it was printed."""
_BEGINNINGS = ('{"type": "progress", "data": {', '{"type": "start", "data": {')
_LONGEST = 8192
_LONGEST_NAME = 60
_NO_NUMBERS = ("nan", "inf", "-inf")


def looks_like_record(line: str) -> bool:
    """Cheap, and true of every record: whether it is worth while to look."""
    return line.startswith(_BEGINNINGS)


def shown(line: str) -> str:
    """The line as the pane shows it: `› epoch 3/10 · loss 0.412 · val_loss 0.52`, or itself."""
    return _read(line) or line if line.startswith(_BEGINNINGS) else line


class Shown(Sequence[str]):
    """Lines as the pane shows them. Only those that are looked at are read."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [shown(line) for line in self._lines[index]]
        return shown(self._lines[index])


@lru_cache(maxsize=256)
def _read(line: str) -> str | None:
    if len(line) > _LONGEST:
        return None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or record.keys() != {"type", "data"}:
        return None
    data = record["data"]
    words = _progress(data) if record["type"] == "progress" else _start(data)
    return MARK + safe(words) if words else None


def _progress(data: object) -> str | None:
    if not isinstance(data, dict) or data.keys() != {"epoch", "total_epochs", "metrics"}:
        return None
    epoch, total, metrics = data["epoch"], data["total_epochs"], data["metrics"]
    if not _counts(epoch) or not (total is None or _counts(total)) or not isinstance(metrics, dict):
        return None
    told = [f"epoch {epoch}/{total}" if total else f"epoch {epoch}"]
    for name, value in metrics.items():
        number = _number(value)
        if number is None or not 0 < len(name) <= _LONGEST_NAME:
            return None
        told.append(f"{name} {number}")
    return " · ".join(told)


def _start(data: object) -> str | None:
    if not isinstance(data, dict) or data.keys() != {"after", "message"} or not _counts(data["after"]):
        return None
    message = data["message"]
    return message if isinstance(message, str) and message.strip() else None


def _counts(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9


def _number(value: object) -> str | None:
    """Four figures, as few as tell them: `0.412`, `12.4`, `1.2e-05`; words for what is no number, None for another
    kind of value."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value if value in _NO_NUMBERS else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return str(value) if abs(value) < 10**9 else None
    return f"{value:.4g}" if math.isfinite(value) else str(value)
