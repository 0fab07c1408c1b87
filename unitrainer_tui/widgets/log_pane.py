"""The job's output: follows the end until the reader scrolls up, then holds quite still until told to go on.

A widget over the line API with a position of its own, not a ScrollView: a ring that drops lines under a scroll offset
moves what is being read, and a scrollbar that shrinks with every line is repainted for nothing. A reader who scrolls up
gets a photograph of the ring instead, so a paused pane sends the terminal nothing at all.
"""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import plural, shortened
from unitrainer_tui.widgets.log_ring import LogRing, find_line
from unitrainer_tui.widgets.still_text import StillText


class LogLines(Widget, can_focus=True):
    """The lines themselves."""

    DEFAULT_CSS = "LogLines { height: 1fr; width: 1fr; }"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--match", "log--current"}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "by(-1)", "Up", show=False, id="log.up", tooltip="One line back; stops following"),
        Binding("down,j", "by(1)", "Down", show=False, id="log.down", tooltip="One line on"),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False, id="log.page-up", tooltip="A page back"),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False, id="log.page-down", tooltip="A page on"),
        Binding("home,g", "first", "First line", show=False, id="log.first", tooltip="The oldest line kept here"),
        Binding("end,G", "follow", "Follow", show=False, id="log.follow", tooltip="Go to the end and follow again"),
        Binding("left,h", "aside(-8)", "Left", show=False, id="log.left", tooltip="Eight columns to the left"),
        Binding("right,l", "aside(8)", "Right", show=False, id="log.right", tooltip="Eight columns to the right"),
    ]

    class Moved(Message):
        """Following began or stopped, or the position changed."""

    def __init__(self, ring: LogRing) -> None:
        super().__init__()
        self._ring = ring
        self._photograph: list[str] | None = None
        self._total_then = 0
        self._top = 0
        self._left = 0
        self._painted = -1
        self.needle = ""
        self._current: int | None = None

    @property
    def following(self) -> bool:
        return self._photograph is None

    @property
    def unseen(self) -> int:
        """Lines that came since following stopped."""
        return 0 if self.following else self._ring.total - self._total_then

    @property
    def position(self) -> tuple[int, int]:
        """The number of the last line shown, counted from 1 over all that ever came, and the count of all."""
        if self._photograph is None:
            return self._ring.total, self._ring.total
        bottom = min(len(self._photograph), self._top + self.size.height)
        return self._total_then - len(self._photograph) + bottom, self._ring.total

    def show_ring(self, ring: LogRing) -> None:
        """Another ring: the feed was read again from the start."""
        self._ring = ring
        self.follow()

    def flush(self) -> bool:
        """Repaints when lines have come and the end is being followed. True when it did."""
        if not self.following or self._painted == self._ring.total:
            return False
        self.refresh()
        return True

    def render_line(self, y: int) -> Strip:
        style = self.rich_style
        width = self.size.width
        if self._photograph is None:
            if y == 0:
                self._painted = self._ring.total
            count = len(self._ring)
            index = max(0, count - self.size.height) + y
            line = self._ring.line(index) if index < count else ""
        else:
            index = self._top + y
            line = self._photograph[index] if index < len(self._photograph) else ""
        if not line:
            return Strip.blank(width, style)
        strip = Strip(self._segments(line, index, style), cell_len(line))
        return strip.crop_extend(self._left, self._left + width, style)

    def _segments(self, line: str, index: int, style: Style) -> list[Segment]:
        needle = self.needle
        if not needle:
            return [Segment(line, style)]
        haystack = line.lower() if needle == needle.lower() else line
        here = not self.following and index == self._current
        match = self.get_component_rich_style("log--current" if here else "log--match")
        segments: list[Segment] = []
        start = 0
        # Lower case can be longer than the original in rare scripts; positions then are off by a letter, no more.
        while (found := haystack.find(needle, start)) >= 0:
            segments += [Segment(line[start:found], style), Segment(line[found : found + len(needle)], match)]
            start = found + len(needle)
        return [*segments, Segment(line[start:], style)]

    # ------------------------------------------------------------------------------------------------- moving

    def pause(self) -> None:
        if self._photograph is None:
            self._photograph = self._ring.snapshot()
            self._total_then = self._ring.total
            self._top = max(0, len(self._photograph) - self.size.height)

    def follow(self) -> None:
        self._photograph = None
        self._current = None
        self._changed()

    def scroll_by(self, lines: int) -> None:
        """Back stops following; on, at the end of what was photographed, takes it up again."""
        if self.following and lines >= 0:
            return
        self.pause()
        assert self._photograph is not None
        last = max(0, len(self._photograph) - self.size.height)
        if lines > 0 and self._top >= last:
            self.follow()
            return
        self._top = min(last, max(0, self._top + lines))
        self._changed()

    def _changed(self) -> None:
        self.refresh()
        self.post_message(self.Moved())

    def action_by(self, lines: int) -> None:
        self.scroll_by(lines)

    def action_page(self, direction: int) -> None:
        self.scroll_by(direction * max(1, self.size.height - 1))

    def action_first(self) -> None:
        self.scroll_by(-len(self._ring) - 1)

    def action_follow(self) -> None:
        self.follow()

    def action_aside(self, columns: int) -> None:
        self._left = max(0, min(max(0, self._ring.width - self.size.width), self._left + columns))
        self.refresh()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_by(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_by(3)

    # ---------------------------------------------------------------------------------------------- searching

    def search(self, needle: str, step: int, *, again: bool) -> bool:
        """Shows the next line in the direction of `step` that holds the text. False when none does.

        A new search looks backwards from the line that is shown last, because what is looked for was just seen.
        """
        self.needle = needle
        if not needle:
            self._current = None
            self.refresh()
            return False
        lines = self._photograph if self._photograph is not None else self._ring.snapshot()
        bottom = min(len(lines), self._top + self.size.height) if self._photograph is not None else len(lines)
        start = self._current + step if again and self._current is not None else bottom - 1
        found = find_line(lines, needle, start, step)
        if found is None:
            self.refresh()
            return False
        self.pause()
        assert self._photograph is not None
        found = min(found, len(self._photograph) - 1)
        self._current = found
        last = max(0, len(self._photograph) - self.size.height)
        if not self._top <= found < self._top + self.size.height:
            self._top = min(last, max(0, found - self.size.height // 2))
        self._changed()
        return True


class SearchField(Input):
    """The field that `/` opens."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", show=False, id="search.leave", tooltip="Close the search field")
    ]

    class Left(Message):
        """The reader closed it without searching."""

    def action_leave(self) -> None:
        self.post_message(self.Left())


class LogPane(Vertical):
    """Header (following or not, how many lines, where the file is), lines, and the search field when it is open."""

    def __init__(self, ring: LogRing, path: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ring = ring
        self._path = safe(path)

    def compose(self) -> ComposeResult:
        yield StillText(classes="panel-header")
        yield LogLines(self._ring)
        field = SearchField(placeholder="search the log", id="log-search", compact=True)
        field.display = False
        yield field

    @property
    def lines(self) -> LogLines:
        return self.query_one(LogLines)

    def flush(self) -> None:
        self.lines.flush()
        self._show_header()

    def on_log_lines_moved(self) -> None:
        self._show_header()

    def _show_header(self) -> None:
        lines = self.lines
        position, total = lines.position
        width = self.size.width
        parts: list[str | tuple[str, str]] = [("log", "bold")]
        if lines.following:
            parts.append((f"  {plural(total, 'line')}", "$muted"))
        else:
            parts.append((f"  line {position:,} of {total:,}", "$muted"))
            badge = f" +{plural(lines.unseen, 'line')} · end follows " if lines.unseen else " paused · end follows "
            parts += ["  ", (badge, "reverse $warning")]
        if lines.needle:
            parts += [(f"  /{safe(lines.needle, limit=20)}", "$accent"), ("  n N", "$faint")]
        used = sum(cell_len(part if isinstance(part, str) else part[0]) for part in parts)
        if width - used > 14:
            path = shortened(self._path, width - used - 2)
            parts += [" " * (width - used - cell_len(path)), (path, "$faint")]
        self.query_one(StillText).show(Content.assemble(*parts))

    # ---------------------------------------------------------------------------------------------- searching

    def open_search(self) -> None:
        field = self.query_one(SearchField)
        field.display = True
        field.value = ""
        field.focus()

    def search_again(self, step: int) -> bool:
        return self.lines.search(self.lines.needle, step, again=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_search()
        if not self.lines.search(event.value, -1, again=False) and event.value:
            self.app.notify("No line kept here holds that text; the whole log is in the file.", markup=False)
        self._show_header()

    def on_search_field_left(self, event: SearchField.Left) -> None:
        event.stop()
        self._close_search()
        self.lines.search("", -1, again=False)
        self._show_header()

    def _close_search(self) -> None:
        self.query_one(SearchField).display = False
        self.lines.focus()
