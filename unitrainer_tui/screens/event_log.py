"""The event log: everything that was ever a toast or a notice, with times, searchable."""

from __future__ import annotations

import time
from typing import ClassVar, Literal

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Footer, Input, OptionList
from textual.widgets.option_list import Option

from unitrainer_tui.widgets.event_book import EventBook, rows
from unitrainer_tui.widgets.figures import plural
from unitrainer_tui.widgets.lists import Lines
from unitrainer_tui.widgets.still_text import StillText

Severity = Literal["information", "warning", "error"]
REFRESH_SECONDS = 1.0
MOST_ROWS = 2_000
"""The newest so many are shown; a search looks through all."""


class EventLogScreen(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash", "search", "Search", key_display="/", id="events.search", tooltip="Show only events with a text"
        ),
        Binding("escape,e", "close", "Close", key_display="esc", id="events.close", tooltip="Back to where you were"),
        Binding("j", "cursor(1)", "Down", show=False, id="events.down", tooltip="The next event"),
        Binding("k", "cursor(-1)", "Up", show=False, id="events.up", tooltip="The event before"),
        Binding("g", "end(-1)", "First", show=False, id="events.first", tooltip="The oldest event"),
        Binding("G", "end(1)", "Last", show=False, id="events.last", tooltip="The newest event"),
    ]

    def __init__(self, book: EventBook) -> None:
        super().__init__()
        self._book = book
        self._needle = ""
        self._shown: tuple[str, int] | None = None

    def compose(self) -> ComposeResult:
        yield StillText(id="events-title", classes="screen-title")
        yield Lines(id="events-list", markup=False)
        field = Input(placeholder="show only events with this text; empty shows all", id="events-field", compact=True)
        field.display = False
        yield field
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()
        self.refresh_events()
        self.set_interval(REFRESH_SECONDS, self.refresh_events)

    def refresh_events(self) -> None:
        """Shows what has come since; the newest is under the cursor unless the reader has moved it."""
        entries = self._book.entries(self._needle)
        if self._shown == (self._needle, len(entries)):
            return
        self._shown = (self._needle, len(entries))
        options = self.query_one(OptionList)
        at_end = options.highlighted is None or options.highlighted >= options.option_count - 1
        before = options.highlighted
        shown = entries[-MOST_ROWS:]
        options.clear_options()
        options.add_options([Option(row) for row in rows(shown)])
        if shown:
            options.highlighted = len(shown) - 1 if at_end or before is None else min(before, len(shown) - 1)
        told = f" with “{self._needle}”" if self._needle else ""
        what = plural(len(entries), "event") if entries else "nothing was said yet"
        title = Content.assemble((" Event log", "bold"), (f"  {what}{told}", "$muted"))
        self.query_one("#events-title", StillText).show(title)

    def action_search(self) -> None:
        field = self.query_one(Input)
        field.display = True
        field.value = self._needle
        field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._needle = event.value
        self._close_field()
        self.refresh_events()

    def _close_field(self) -> None:
        self.query_one(Input).display = False
        self.query_one(OptionList).focus()

    def action_cursor(self, step: int) -> None:
        options = self.query_one(OptionList)
        (options.action_cursor_down if step > 0 else options.action_cursor_up)()

    def action_end(self, which: int) -> None:
        options = self.query_one(OptionList)
        (options.action_last if which > 0 else options.action_first)()

    def action_close(self) -> None:
        """Closes the field where it is open, else the screen."""
        if self.query_one(Input).display:
            self._close_field()
        else:
            self.dismiss(None)


class EventKeepingApp(App[None]):
    """An app that remembers everything that it ever said; no toast of it is long or holds a foreign byte."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "e", "events", "Events", show=False, id="app.events", tooltip="Everything that was ever said, with times"
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.book = EventBook()
        self._kept_until = 0.0

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Severity = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """As Textual's, but markup is never read."""
        shown = self.book.said(f"{title}: {message}" if title else message, severity, self.now())
        if severity != "information":
            self._kept_until = time.monotonic() + (self.NOTIFICATION_TIMEOUT if timeout is None else timeout)
        elif time.monotonic() >= self._kept_until:
            # An answer to a key takes the place of the one before it, and does not bury the screen under both.
            self.clear_notifications()
        super().notify(shown, severity=severity, timeout=timeout, markup=False)

    def action_events(self) -> None:
        if not isinstance(self.screen, EventLogScreen | ModalScreen):
            self.push_screen(EventLogScreen(self.book))
