"""The lines of a log: follows the end until the reader scrolls up, then holds quite still until told to go on.

A widget over the line API with a position of its own, not a ScrollView: a ring that drops lines under a scroll offset
moves what is being read, and a scrollbar that shrinks with every line is repainted for nothing. A reader who scrolls up
gets a photograph of the ring instead, so a paused pane sends the terminal nothing at all. What is on the screen is laid
out once a flush: a repaint of a part of it shows the same lines.
"""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from unitrainer_tui.widgets.log_layout import STAMP_WIDTH, Place, Row, last_page, moved, page, stamp
from unitrainer_tui.widgets.log_records import MARK, Shown
from unitrainer_tui.widgets.log_ring import FilteredRing, LogRing, Photograph, find_line, matches
from unitrainer_tui.widgets.log_turns import all_matching, fill, fill_a_little


class LogLines(Widget, can_focus=True):
    DEFAULT_CSS = "LogLines { height: 1fr; width: 1fr; }"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--match", "log--current", "log--time"}

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
        self._all = ring
        self._ring = ring
        self._photograph: Photograph | None = None
        self._top = Place(0)
        self._left = 0
        self._painted = (-1, -1)
        self._rows: list[Row] | None = None
        self._page: Photograph | None = None
        self.wrap = False
        self.stamps = False
        self.unfinished = ""
        self.needle = ""
        self._matches: list[int] = []
        self._matched: tuple[Photograph, str] | None = None
        """What the matches are of; the photograph is the very one."""
        self._current: int | None = None

    # ------------------------------------------------------------------------------------------------ where we are

    @property
    def following(self) -> bool:
        return self._photograph is None

    @property
    def unseen(self) -> int:
        """Lines that came since following stopped."""
        return 0 if self._photograph is None else self._ring.total - self._photograph.total

    @property
    def position(self) -> tuple[int, int]:
        """The number of the last line shown, counted from 1 over all that ever came, and the count of all."""
        held = self._photograph
        if held is None:
            return self._ring.total, self._ring.total
        rows = self._laid_out()
        bottom = rows[-1].line + 1 if rows else 0
        return held.total - len(held.lines) + bottom, self._ring.total

    @property
    def filter(self) -> str:
        return self._ring.needle if isinstance(self._ring, FilteredRing) else ""

    @property
    def all_lines(self) -> int:
        """All that ever came, whether the filter shows them or not."""
        return self._all.total

    @property
    def match(self) -> tuple[int, int]:
        """Which of the lines that match is the current one, counted from 1 (0: none), and how many there are."""
        at = self._matches.index(self._current) + 1 if self._current in self._matches else 0
        return at, len(self._matches)

    def visible_lines(self) -> list[str]:
        """The whole lines of which anything is on the screen, as they are shown."""
        rows = self._laid_out()
        lines = Shown(self._page.lines if self._page is not None else [])
        return [lines[index] for index in dict.fromkeys(row.line for row in rows) if index < len(lines)]

    # ---------------------------------------------------------------------------------------------- what is shown

    def show_ring(self, ring: LogRing) -> None:
        """Another ring: the feed was read again from the start, or it is another machine's log."""
        self._all = ring
        self._ring = FilteredRing(ring, self.filter) if self.filter else ring
        self.unfinished = ""
        self.follow()

    async def show_only(self, needle: str) -> int:
        """Shows only the lines that hold the text, all of them without one. How many of those kept here do."""
        source: LogRing | None = None
        while source is not self._all:  # another log may take its place meanwhile
            source = ring = self._all
            if needle:
                ring = FilteredRing(source, needle)
                await fill(ring)
        self._ring = ring
        self.follow()
        return len(ring)

    def show_unfinished(self, text: str) -> None:
        """The line that the job is still writing: a progress bar that is drawn over and over."""
        if text != self.unfinished:
            self.unfinished = text
            if self.following:
                self._lay_out_again()

    def flush(self) -> bool:
        """Repaints when lines have come and the end is being followed. True when it did."""
        self._catch_up()
        if not self.following or self._painted == self._ring.changes:
            return False
        self.unfinished = ""
        self._lay_out_again()
        return True

    def _catch_up(self) -> None:
        if isinstance(self._ring, FilteredRing):
            fill_a_little(self._ring)

    def on_resize(self) -> None:
        if self._photograph is not None:
            last = last_page(Shown(self._photograph.lines), self.size.height, self._wrap_width)
            self._top = min(last, Place(self._top.line))
        self._lay_out_again()

    def _lay_out_again(self) -> None:
        self._rows = None
        self.refresh()

    @property
    def _wrap_width(self) -> int | None:
        room = self.size.width - (STAMP_WIDTH if self.stamps else 0)
        return max(1, room) if self.wrap else None

    def _laid_out(self) -> list[Row]:
        if self._rows is not None:
            return self._rows
        height, width = self.size.height, self._wrap_width
        if self._photograph is not None:
            self._page, top = self._photograph, self._top
        else:
            self._painted = self._ring.changes
            last = self._ring.last(height)
            # In a display that is drawn over it has its own place among the lines.
            if self.unfinished and not self.filter and not self._ring.drawing:
                last = Photograph([*last.lines, self.unfinished], [*last.times, None], last.total)
            self._page, top = last, last_page(Shown(last.lines), height, width)
        self._rows = page(Shown(self._page.lines), top, height, width)
        return self._rows

    def render_line(self, y: int) -> Strip:
        style = self.rich_style
        width = self.size.width
        rows = self._laid_out()
        if y >= len(rows) or self._page is None:
            return Strip.blank(width, style)
        row = rows[y]
        room = width - STAMP_WIDTH if self.stamps else width
        strip = Strip(self._segments(row, self._page.lines[row.line], style), cell_len(row.text))
        # The padding in one segment with the text: each segment costs the terminal 45 bytes of colours.
        strip = strip.crop_extend(self._left, self._left + room, style).simplify()
        if not self.stamps:
            return strip
        told = stamp(self._page.times[row.line]) if row.first else " " * STAMP_WIDTH
        time = Strip([Segment(told, self.get_component_rich_style("log--time"))], STAMP_WIDTH)
        return Strip.join([time, strip]).crop_extend(0, width, style)

    def _segments(self, row: Row, printed: str, style: Style) -> list[Segment]:
        """`printed`: the row's line as it was printed."""
        text, needle = row.text, self.needle
        marked = row.first and text.startswith(MARK) and not printed.startswith(MARK)
        segments = [Segment(MARK, self.get_component_rich_style("log--time"))] if marked else []
        start = len(MARK) if marked else 0
        if not needle:
            return [*segments, Segment(text[start:], style)]
        haystack = text.lower() if needle == needle.lower() else text
        here = not self.following and row.line == self._current
        match = self.get_component_rich_style("log--current" if here else "log--match")
        if marked and needle not in haystack and matches(needle, printed):  # in what was printed, and not shown
            return [*segments, Segment(text[start:], match)]
        # Lower case can be longer than the original in rare scripts; positions then are off by a letter, no more.
        while (found := haystack.find(needle, start)) >= 0:
            segments += [Segment(text[start:found], style), Segment(text[found : found + len(needle)], match)]
            start = found + len(needle)
        return [*segments, Segment(text[start:], style)]

    # ------------------------------------------------------------------------------------------------- moving

    def pause(self) -> Photograph:
        if self._photograph is None:
            self._catch_up()
            self._photograph = self._ring.photograph()
            self._top = last_page(Shown(self._photograph.lines), self.size.height, self._wrap_width)
            if self.needle:
                counting = self._count(self._photograph, self.needle)
                self.run_worker(
                    counting,
                    name="matches",
                    description="matches",
                    group="matches",
                    exclusive=True,
                    exit_on_error=False,
                )
        return self._photograph

    async def _count(self, held: Photograph, needle: str) -> None:
        """Which lines of what is held still hold the text, as long as that is what the reader wants to know."""
        if self._matched is not None and self._matched[0] is held and self._matched[1] == needle:
            return
        found = await all_matching(held.lines, needle)
        if self._photograph is held and self.needle == needle:
            self._matches, self._matched = found, (held, needle)
            self.post_message(self.Moved())

    def follow(self) -> None:
        self._photograph = None
        self._current = None
        self._matches, self._matched = [], None
        self._changed()

    def scroll_by(self, rows: int) -> None:
        """Back stops following; on, at the end of what was photographed, takes it up again."""
        if self.following and rows >= 0:
            return
        lines, width = Shown(self.pause().lines), self._wrap_width
        last = last_page(lines, self.size.height, width)
        if rows > 0 and self._top >= last:
            self.follow()
            return
        self._top = min(last, moved(lines, self._top, rows, width))
        self._changed()

    def set_wrap(self, on: bool) -> None:
        self.wrap = on
        self._left = 0
        if self._photograph is not None:
            self._top = Place(self._top.line)
        self._changed()

    def set_stamps(self, on: bool) -> None:
        self.stamps = on
        self._changed()

    def _changed(self) -> None:
        self._lay_out_again()
        self.post_message(self.Moved())

    def action_by(self, rows: int) -> None:
        self.scroll_by(rows)

    def action_page(self, direction: int) -> None:
        self.scroll_by(direction * max(1, self.size.height - 1))

    def action_first(self) -> None:
        self.pause()
        self._top = Place(0)
        self._changed()

    def action_follow(self) -> None:
        self.follow()

    def action_aside(self, columns: int) -> None:
        if self.wrap:
            return
        self._left = max(0, min(max(0, self._ring.width - self.size.width), self._left + columns))
        self.refresh()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_by(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_by(3)

    # ---------------------------------------------------------------------------------------------- searching

    async def search(self, needle: str, step: int, *, again: bool) -> bool:
        """Shows the next line in the direction of `step` that holds the text. False when none does.

        A new search looks backwards from the line that is shown last, because what is looked for was just seen.
        """
        self.needle = needle
        self._lay_out_again()
        if not needle:
            self._current, self._matches, self._matched = None, [], None
            return False
        was_following = self.following
        held = self.pause()
        await self._count(held, needle)
        if self._photograph is not held or self.needle != needle:  # the reader went elsewhere meanwhile
            return True
        lines = Shown(held.lines)
        rows = page(lines, self._top, self.size.height, self._wrap_width)
        bottom = rows[-1].line if rows else len(held.lines) - 1
        start = self._current + step if again and self._current is not None else bottom
        found = find_line(self._matches, start % max(1, len(held.lines)), step)
        if found is None:
            if was_following:
                self.follow()
            return False
        self._current = found
        if found not in {row.line for row in rows}:
            width = self._wrap_width
            middle = moved(lines, Place(found), -(self.size.height // 2), width)
            self._top = min(last_page(lines, self.size.height, width), middle)
        self._changed()
        return True
