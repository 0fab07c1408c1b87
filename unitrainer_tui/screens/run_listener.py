"""Reads a run's events for as long as somebody looks. It touches no widget; a failure is a sentence and another try."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.screens.surroundings import Program
from unitrainer_tui.widgets.log_files import size_of
from unitrainer_tui.widgets.run_feed import RunFeed

SLICE, BREATH = 0.004, 0.002
"""It works for 4 ms, then leaves the event loop 2 ms: keys are answered while a long history is read."""
RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0)
# What of a log that is there already is read again: more than the pane keeps of it.
LOG_TAIL_BYTES = 8 << 20
GONE = "Nobody looks after this run now; `unitrainer-tui reconcile` takes it over."


class RunListener:
    """`feed` is what was heard, `trouble` why no more is. `adopted` is called when another feed takes its place."""

    def __init__(self, run: str, adopted: Callable[[], None]) -> None:
        self.run = run
        self.feed = RunFeed()
        self.trouble = ""
        self._adopted = adopted

    async def listen(self, program: Program) -> None:
        """Until the run's result is known."""
        attempt = 0
        while True:
            try:
                await self._read(program)
                if self.feed.state.result is not None:
                    return
                self.trouble = GONE
            except UnitrainerError as problem:
                self.trouble = problem.sentence()
            except Exception as problem:
                # The edge of the viewer: whatever the reader met, the run goes on and so does the screen.
                program.log_exception(problem)
                self.trouble = f"This view lost the run's events ({type(problem).__name__}); trying again."
            await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
            attempt += 1

    async def _read(self, program: Program) -> None:
        feed = RunFeed(log_was_there=size_of(RunDirectory(program.client.paths.run(self.run)).log))
        clock = asyncio.get_running_loop().time
        slice_ends = clock() + SLICE
        async for event in program.client.attach(self.run, log_tail=LOG_TAIL_BYTES):
            if feed is not self.feed:
                # Only when its first event is there, so that a second attempt does not blank the screen.
                self.feed, self.trouble = feed, ""
                self._adopted()
            feed.take(event)
            if clock() >= slice_ends:
                await asyncio.sleep(BREATH)
                slice_ends = clock() + SLICE
