"""The job's output with its header (following or not, how many lines, where the file is) and the field for a text to
search for or to filter by."""

from __future__ import annotations

from typing import ClassVar, Literal

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import plural, shortened
from unitrainer_tui.widgets.log_lines import LogLines
from unitrainer_tui.widgets.log_ring import LogRing
from unitrainer_tui.widgets.still_text import StillText

__all__ = ["CLIPBOARD_BYTES", "LogLines", "LogPane", "SearchField", "for_clipboard"]

CLIPBOARD_BYTES = 50_000
"""xterm and others drop an OSC 52 of more than some 100,000 bytes; Base64 makes four of three."""
LEAST_PATH = 14

Purpose = Literal["search", "filter"]


def for_clipboard(lines: list[str], limit: int = CLIPBOARD_BYTES) -> tuple[str, bool]:
    """The lines as one text of at most `limit` bytes, and whether something was cut off."""
    data = "\n".join(lines).encode()
    return data[:limit].decode(errors="ignore"), len(data) > limit


class SearchField(Input):
    """The field that `/` and `f` open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", show=False, id="search.leave", tooltip="Close the field")
    ]

    class Left(Message):
        """The reader closed it without a word."""

    def action_leave(self) -> None:
        self.post_message(self.Left())


class LogPane(Vertical):
    class Searched(Message):
        """A text was searched for; `found` says whether any line kept here holds it."""

        def __init__(self, needle: str, found: bool) -> None:
            super().__init__()
            self.needle, self.found = needle, found

    class Filtered(Message):
        """Only lines with the text are shown from now on, all where it is empty; `lines` of those kept here."""

        def __init__(self, needle: str, lines: int) -> None:
            super().__init__()
            self.needle, self.lines = needle, lines

    def __init__(self, ring: LogRing, path: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ring = ring
        self._path = safe(path)
        self._title = "log"
        self._purpose: Purpose = "search"

    def compose(self) -> ComposeResult:
        yield StillText(classes="panel-header")
        yield LogLines(self._ring)
        field = SearchField(id="log-search", compact=True)
        field.display = False
        yield field

    @property
    def lines(self) -> LogLines:
        return self.query_one(LogLines)

    def show_log(self, ring: LogRing, path: str, name: str = "log") -> None:
        """Another log: that of another machine, or the same from its start."""
        self._path, self._title = safe(path), safe(name)
        self.lines.show_ring(ring)
        self._show_header()

    def flush(self) -> None:
        self.lines.flush()
        self._show_header()

    def on_log_lines_moved(self) -> None:
        self._show_header()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_header)

    def _show_header(self) -> None:
        self.query_one(StillText).show(log_header(self.lines, self._title, self._path, self.size.width))

    # ---------------------------------------------------------------------------------- searching and filtering

    def open_search(self) -> None:
        self._open("search", "", "search the log")

    def open_filter(self) -> None:
        self._open("filter", self.lines.filter, "show only lines with this text; empty shows all")

    def _open(self, purpose: Purpose, value: str, placeholder: str) -> None:
        self._purpose = purpose
        field = self.query_one(SearchField)
        field.placeholder = placeholder
        field.display = True
        field.value = value
        field.cursor_position = len(value)
        # At once, not `field.focus()`: the next key may be here already.
        self.screen.set_focus(field)

    async def search_again(self, step: int) -> bool:
        return await self.lines.search(self.lines.needle, step, again=True)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_field()
        if self._purpose == "filter":
            self.post_message(self.Filtered(event.value, await self.lines.show_only(event.value)))
        else:
            found = await self.lines.search(event.value, -1, again=False)
            self.post_message(self.Searched(event.value, found))
        self._show_header()

    async def on_search_field_left(self, event: SearchField.Left) -> None:
        event.stop()
        self._close_field()
        if self._purpose == "search":
            await self.lines.search("", -1, again=False)
        self._show_header()

    def _close_field(self) -> None:
        self.query_one(SearchField).display = False
        self.lines.focus()


def log_header(lines: LogLines, name: str, path: str, width: int) -> Content:
    """What is shown of how much, what is searched for, and the file. The path is always there: what else does not fit
    beside its last letters is left out."""
    position, total = lines.position
    least = min(LEAST_PATH, cell_len(path))
    parts: list[tuple[str, str]] = [(name, "bold")]
    used = cell_len(name)

    def add(*group: tuple[str, str]) -> None:
        nonlocal used
        wanted = sum(cell_len(text) for text, _ in group)
        if used + wanted + 2 + least <= width:
            parts.extend(group)
            used += wanted

    if lines.following:
        add((f"  {plural(total, 'line')}", "$muted"))
    else:
        badge = f" +{plural(lines.unseen, 'line')} · end follows " if lines.unseen else " paused · end follows "
        add(("  ", ""), (badge, "reverse $warning"))
        add((f"  line {position:,} of {total:,}", "$muted"))
    if lines.filter:
        add((f"  only {safe(lines.filter, limit=20)}", "$accent"))
        add((f" (of {lines.all_lines:,})", "$muted"))
    if lines.needle:
        at, count = lines.match
        add((f"  /{safe(lines.needle, limit=20)}", "$accent"))
        add((f" {at}/{count}" if count else "", "$accent"), (" n N", "$faint"))
    for on, word in ((lines.wrap, "wrap"), (lines.stamps, "times")):
        if on:
            add((f"  {word}", "$faint"))
    shown = shortened(path, max(0, width - used - 2))
    parts += [(" " * max(0, width - used - cell_len(shown)), ""), (shown, "$faint")]
    return Content.assemble(*parts)
