"""What the job itself says of an earlier run's checkpoint, out of its log: `{"type": "start", "data": {"after": 3,
"message": "…"}}`. Only the job knows whether training goes on from it or begins anew."""

from __future__ import annotations

import json
from dataclasses import dataclass

from unitrainer_tui.log_text import LineSplitter
from unitrainer_tui.text import safe

# It is said before the first epoch: what comes later is not looked for.
MOST_BYTES = 8 << 20
LONGEST = 300
MOST_EPOCHS = 10**9


@dataclass(frozen=True)
class Start:
    """`after`: the epoch of the earlier run that training goes on after, 0 where it begins anew. `sentence` is safe."""

    after: int
    sentence: str


class StartWord:
    """Is given the log from its beginning and answers once."""

    def __init__(self) -> None:
        self._splitter = LineSplitter()
        self._read = 0
        self._said = False

    def feed(self, data: bytes) -> Start | None:
        if self._said or self._read > MOST_BYTES:
            return None
        self._read += len(data)
        for line in self._splitter.feed(data):
            if (found := start_of(str(line.text))) is not None:
                self._said = True
                return found
        return None


def start_of(line: str) -> Start | None:
    if not line.startswith("{") or '"start"' not in line:
        return None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    data = record.get("data") if isinstance(record, dict) and record.get("type") == "start" else None
    if not isinstance(data, dict):
        return None
    after, sentence = data.get("after"), data.get("message")
    if isinstance(after, bool) or not isinstance(after, int) or not 0 <= after <= MOST_EPOCHS:
        return None
    return Start(after, safe(sentence)[:LONGEST]) if isinstance(sentence, str) and sentence.strip() else None
