"""What was confirmed is done, whatever becomes of the screen that asked: launches, aborts.

The workers of a screen die with it. A launch cut short would leave a run that nobody sees, a lost abort a machine that
is billed on; so both belong to the app, and leaving the program waits for them.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from textual.app import App
from textual.worker import Worker, WorkerState, WorkType

GROUP = "errands"


class ErrandApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self._leaving = False
        self.last_words: list[str] = []
        """What errands said when nobody could read it on a screen any more: for the terminal."""
        self.failed_errands = False

    @property
    def leaving(self) -> bool:
        """Whether the program only waits for its errands."""
        return self._leaving

    def say_of_errand(self, sentence: str, *, failed: bool) -> None:
        """Said while the program is being left."""
        self.last_words.append(sentence)
        self.failed_errands = self.failed_errands or failed

    def run_errand(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Runs it to its end. It catches its own errors."""
        typed: WorkType[None] = work
        _: Worker[None] = self.run_worker(typed, name=name, description=name, group=GROUP, exit_on_error=False)

    @property
    def errands(self) -> list[str]:
        """What is under way, by name."""
        running = (WorkerState.PENDING, WorkerState.RUNNING)
        return [worker.name for worker in self.workers if worker.group == GROUP and worker.state in running]

    def leave(self) -> None:
        """Ends the program, as soon as every errand is done; asked a second time, at once."""
        errands = self.errands
        if not errands or self._leaving:
            self.exit()
            return
        self.notify(f"This closes as soon as the {errands[0]} has arrived; q closes it at once.")
        self._leaving = True

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if self._leaving and event.worker.group == GROUP and not self.errands:
            self.exit()
