"""What a screen may expect of the program around it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from textual.screen import Screen

from unitrainer_tui.client import Client
from unitrainer_tui.config.settings import Settings
from unitrainer_tui.widgets.event_book import EventBook
from unitrainer_tui.widgets.run_feed import RunFeed

Answer = TypeVar("Answer")


class Program(Protocol):
    """The App, as far as screens need it."""

    client: Client
    book: EventBook
    settings: Settings

    def now(self) -> float:
        """Unix seconds; a test sets its own."""

    def change_setting(self, key: str, value: str | bool) -> None:
        """Takes a setting at once and keeps it for the next start."""

    def open_profiles(self) -> None: ...
    def open_datasets(self) -> None: ...
    def open_audit(self) -> None: ...
    def open_settings(self) -> None: ...
    def open_run(self, run: str) -> None: ...
    async def begin_new_run(self, dataset: Path | None = None) -> None: ...
    def run_changed(self, run: str, feed: RunFeed) -> None:
        """Called a few times a second by the screen that shows a run: for the window title and the exit report."""

    def run_errand(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Does what was confirmed to its end, also when the screen that asked is gone."""

    def leave(self) -> None:
        """Ends the program, as soon as every errand is done."""

    @property
    def leaving(self) -> bool:
        """Whether it only waits for that."""

    def say_of_errand(self, sentence: str, *, failed: bool) -> None:
        """For the terminal, when the screens have closed."""

    def run_ended(self, run: str, feed: RunFeed) -> None: ...
    def log_exception(self, problem: BaseException) -> None:
        """Writes a traceback without local values to the log file."""


FIRST_READING = 5.0
"""Seconds that a key waits at most for what it acts on."""


class ProgramScreen(Screen[Answer]):
    def __init__(self) -> None:
        super().__init__()
        self.read_once = asyncio.Event()
        """Set by a screen that shows a list, when it was read for the first time."""

    @property
    def is_open(self) -> bool:
        """Whether it is still among the screens, in front or below."""
        return self in self.app.screen_stack

    async def first_reading(self) -> None:
        """A key typed ahead waits for the list it is about; else it would be told that there is nothing."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.read_once.wait(), FIRST_READING)

    @property
    def program(self) -> Program:
        return cast(Program, self.app)

    def key(self, name: str, default: str) -> str:
        """The key that the user has for a binding, for words on a screen."""
        return self.program.settings.keymap.get(name, default).split(",")[0]

    def say(self, text: str, severity: str = "information") -> None:
        """A toast. Its text may be foreign: it is never read as markup."""
        if self.program.leaving:
            self.program.say_of_errand(text, failed=severity == "error")
        level = severity if severity in ("information", "warning", "error") else "information"
        self.app.notify(text, severity=level, markup=False, timeout=6)  # type: ignore[arg-type]
