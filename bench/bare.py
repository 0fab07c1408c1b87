"""A bare Textual app to measure beside the program: a line and Textual's own log, fed as the program is.

`python bench/bare.py none|steady|flood|million`.
"""

from __future__ import annotations

import sys
import time
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Log, Static

LINE = "  step  loss 0.1234  lr 0.00100  some more words on the line"
RATES = {"none": 0, "steady": 20, "flood": 10_000, "million": 200_000}


class Bare(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark", "answer", "Answer")]

    def __init__(self, what: str) -> None:
        super().__init__()
        self._rate, self._most = RATES[what], 1_000_000 if what == "million" else 1 << 60
        self._sent, self._answers = 0, 0

    def compose(self) -> ComposeResult:
        yield Static("a bare app", id="line")
        yield Log()

    def on_mount(self) -> None:
        self._begin = time.monotonic()
        if self._rate:
            self.set_interval(0.02, self._feed)

    def _feed(self) -> None:
        due = min(int((time.monotonic() - self._begin) * self._rate), self._most)
        lines = [f"{number:>9}{LINE}" for number in range(self._sent + 1, due + 1)]
        if lines and due == self._most:
            lines[-1] = "THE LAST LINE"
        self._sent = due
        if lines:
            self.query_one(Log).write_lines(lines)

    def action_answer(self) -> None:
        self._answers += 1
        self.query_one("#line", Static).update(f"Keys that work here {self._answers}")


if __name__ == "__main__":
    Bare(sys.argv[1]).run()
