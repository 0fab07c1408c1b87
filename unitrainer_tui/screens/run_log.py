"""The keys of the log: search, filter, wrap, times, copy, and which machine's log it is."""

from __future__ import annotations

import asyncio

from textual.worker import Worker

from unitrainer_tui.screens.run_listener import LOG_TAIL_BYTES
from unitrainer_tui.screens.run_view import RunView
from unitrainer_tui.widgets.figures import home_relative, plural, size
from unitrainer_tui.widgets.log_files import LogFile, unfinished_line
from unitrainer_tui.widgets.log_pane import LogPane, SearchField, for_clipboard
from unitrainer_tui.widgets.log_ring import LogRing

LOOK_SECONDS = 0.5
"""Between two looks at the line that is being written, and at another machine's log."""


class LogKeys(RunView):
    def __init__(self, run: str) -> None:
        super().__init__(run)
        self._node = 0

    @property
    def pane(self) -> LogPane:
        return self.query_one(LogPane)

    def log_path(self) -> str:
        """The file as the header names it."""
        return home_relative(self.directory.node_log(self._node))

    def _show_log(self) -> None:
        """The log has the screen, where the summary had it."""
        self.remove_class("-summary")

    # ------------------------------------------------------------------------------------------------- searching

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the field, `/` and `f` are letters."""
        typing = isinstance(self.focused, SearchField)
        return not typing if action in ("search", "filter") else super().check_action(action, parameters)

    def action_search(self) -> None:
        self._show_log()
        self.pane.open_search()

    def action_filter(self) -> None:
        self._show_log()
        self.pane.open_filter()

    def on_log_pane_searched(self, event: LogPane.Searched) -> None:
        if event.needle and not event.found:
            self.say("No line kept here holds that text; the whole log is in the file.")

    def on_log_pane_filtered(self, event: LogPane.Filtered) -> None:
        if not event.needle:
            return
        if event.lines:
            held = plural(event.lines, "line")
            self.say(f"Only the {held} kept here with that text: f and an empty field shows all again.")
        else:
            self.say("No line kept here holds that text: f and an empty field shows all again.")

    async def action_match(self, step: int) -> None:
        if not self.pane.lines.needle:
            self.say("Search first: press / and type. A new run begins on the list of runs (esc, then n).")
        elif not await self.pane.search_again(step):
            self.say("No line kept here holds that text; the whole log is in the file.")

    # -------------------------------------------------------------------------------------------------- looking

    def action_follow(self) -> None:
        self.pane.lines.follow()

    def action_wrap(self) -> None:
        self._show_log()
        self.pane.lines.set_wrap(not self.pane.lines.wrap)

    def action_stamps(self) -> None:
        self._show_log()
        lines = self.pane.lines
        lines.set_stamps(not lines.stamps)
        if lines.stamps and self.feed.log_was_there:
            self.say("Lines that were there before this screen was opened have no time.")

    def action_copy(self) -> None:
        lines = self.pane.lines.visible_lines()
        if not any(lines) or self.has_class("-summary"):
            self.say("There is no line of the log on the screen to copy.")
            return
        text, cut = for_clipboard(lines)
        self.app.copy_to_clipboard(text)
        what = f"{plural(len(lines), 'line')}, {size(len(text.encode()))}"
        more = " (cut there: a clipboard takes no more over a terminal; all is in the file)" if cut else ""
        self.say(f"Copied {what}{more}, if your terminal lets programs write its clipboard (OSC 52).")

    # ------------------------------------------------------------------------------------------ another machine

    @property
    def nodes(self) -> int:
        return self.profile.cloud.nodes if self.profile is not None else 1

    def action_node(self) -> None:
        if self.nodes < 2:
            self.say("This run has one machine: there is no other log.")
            return
        self.show_node((self._node + 1) % self.nodes)

    def show_node(self, node: int) -> None:
        """The log of that machine, from 0."""
        self._show_log()
        self._node = node
        name = f"log of node {node} of {self.nodes}" if self.nodes > 1 else "log"
        ring = self.feed.log if node == 0 else LogRing()
        self.pane.show_log(ring, self.log_path(), name)
        self.watch_files(ring)

    def watch_files(self, ring: LogRing) -> None:
        """Shows the line that is being written, and reads another machine's log into the ring; in place of the reader
        before."""
        node = self._node

        async def read() -> None:
            await self._read_files(node, ring)

        # A function, not a coroutine: a reader that is replaced before it began leaves none behind.
        _: Worker[None] = self.run_worker(
            read,
            name="log file",
            description="log file",
            group="log file",
            exclusive=True,
            exit_on_error=False,
        )

    async def _read_files(self, node: int, ring: LogRing) -> None:
        path = self.directory.node_log(node)
        other = LogFile(path, tail=LOG_TAIL_BYTES) if node else None
        while True:
            while other is not None and (found := await asyncio.to_thread(other.read, self.program.now())) is not None:
                for line in found:
                    ring.append(*line)
            if not self.live:
                return
            self.pane.lines.show_unfinished(await asyncio.to_thread(unfinished_line, path))
            await asyncio.sleep(LOOK_SECONDS)
