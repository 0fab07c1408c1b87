"""The live run: one look tells stage, epoch, curve, speed, time left, money spent and to come.

One worker reads the run's events into a `RunFeed` and touches no widget; a timer looks at the feed ten times a second
and repaints what changed. Closing this screen is a detach: the supervisor owns the run, nothing here guards money.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult, SystemCommand
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Footer, Input

from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.runs.origin import read_origin
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.screens.forecast import usual_cells
from unitrainer_tui.screens.quiet_collector import QuietCollector, spare_what_is_loaded
from unitrainer_tui.screens.run_bindings import RUN_BINDINGS, command_name, for_footer
from unitrainer_tui.screens.run_curve import CurveKeys
from unitrainer_tui.screens.run_ending import EndKeys
from unitrainer_tui.screens.run_log import LogKeys
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.facts import Facts
from unitrainer_tui.widgets.figures import shortened
from unitrainer_tui.widgets.log_pane import LogPane
from unitrainer_tui.widgets.loss_curve import LossCurve
from unitrainer_tui.widgets.machine_facts import machine_column, machine_row, resource_facts
from unitrainer_tui.widgets.marks import ascii_only
from unitrainer_tui.widgets.money_facts import money_facts
from unitrainer_tui.widgets.progress_line import ProgressLine, standing
from unitrainer_tui.widgets.run_feed import Notice
from unitrainer_tui.widgets.stage_rail import StageRail
from unitrainer_tui.widgets.still_text import StillText
from unitrainer_tui.widgets.summary import LAST_LINES, SummaryPanel

TICK = 0.1
"""Seconds between two looks at the feed."""
LOG_TICKS, FACT_TICKS, CURVE_TICKS = 2, 3, 10
"""The log five times a second, the facts three times, the curve once."""
SLOW_LINK = 5
"""With `--low-bandwidth` each of them so many times more rarely."""
SETTLED_TICKS = 10
WIDE, HIGH = 120, 24
INFO_SECONDS = 30.0
"""How long a notice that is no warning stays at the foot; the event log has it for good."""


class RunScreen(EndKeys, CurveKeys, LogKeys):
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 (Textual declares it)
        (0, "-w-tiny"),
        (40, "-w-small"),
        (60, "-w-medium"),
        (80, "-w-normal"),
        (WIDE, "-w-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-h-tiny"),
        (10, "-h-small"),
        (22, "-h-medium"),
        (HIGH, "-h-normal"),
    ]

    BINDINGS: ClassVar[list[BindingType]] = RUN_BINDINGS

    def __init__(self, run: str) -> None:
        super().__init__(run)
        self._ticks = 0
        self._collector = QuietCollector()
        self._shown_version: tuple[int, str] = (-1, "")
        self._ended = False
        self._usual: dict[str, str] = {}
        self._usual_of_check: bool | None = None
        """Whether the check was over when the usual times were asked for; None: never yet."""

    # --------------------------------------------------------------------------------------------- composition

    def compose(self) -> ComposeResult:
        yield StillText(id="run-title")
        with Container(id="run-body"):
            yield ProgressLine(id="run-progress")
            yield StageRail(id="run-rail")
            yield LossCurve(id="run-curve")
            with Vertical(id="run-facts"):
                yield Facts("money", id="run-money")
                yield Facts("machine", id="run-machine")
                yield Facts("rented", id="run-rented")
            with Vertical(id="run-log-or-summary"):
                yield LogPane(self.feed.log, self.log_path(), id="run-log")
                yield SummaryPanel(id="run-summary")
        yield StillText(id="run-notice")
        yield Footer(show_command_palette=False)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        return for_footer(super().active_bindings, live=self.live)

    def commands(self) -> Iterator[SystemCommand]:
        """All that the keys of this screen do, for the palette."""
        for binding in RUN_BINDINGS:
            if isinstance(binding, Binding):
                run = partial(self.app.run_action, binding.action, self)
                yield SystemCommand(command_name(binding), binding.tooltip, run)

    def on_mount(self) -> None:
        self.pane.lines.focus()
        listening = self.listener.listen(self.program)
        self.run_worker(listening, name="events", description="events of the run", exit_on_error=False)
        self.run_worker(self._read_beginning(), name="profile", description="profile of the run", exit_on_error=False)
        self.set_interval(TICK, self.tick)

    def on_resize(self) -> None:
        self.call_after_refresh(self._repaint)

    def adopt(self) -> None:
        self._shown_version = (-1, "")
        self.program.book.hears(self.run_id, self.feed.notices)
        self.show_node(self._node)

    async def _read_beginning(self) -> None:
        try:
            self.profile = await asyncio.to_thread(self.program.client.profile_of, self.run_id)
        except UnitrainerError as problem:
            self.listener.trouble = problem.sentence()
        self.origin = await asyncio.to_thread(read_origin, self.directory)
        self._shown_version = (-1, "")
        if self._ended:
            self._show_summary()

    async def _read_usual(self) -> None:
        """How long the stages should take, by the user's own runs; again after the check, which tells the dataset."""
        try:
            self._usual = usual_cells(await self.program.client.usual_times(self.run_id))
        except (UnitrainerError, OSError) as problem:
            self.program.log_exception(problem)  # the column keeps the usual ranges
        self._shown_version = (-1, "")

    # --------------------------------------------------------------------------------------------------- showing

    def tick(self) -> None:
        """One look at the feed. Each part is painted at its own pace, and only when it changed."""
        self._ticks += 1
        if not self.app.is_headless:
            if self._ticks == SETTLED_TICKS:
                spare_what_is_loaded()
            self._collector.look(time.monotonic(), getattr(self.app, "last_key_at", 0.0))
        rare = SLOW_LINK if getattr(self.app, "low_bandwidth", False) else 1
        if self._ticks % (LOG_TICKS * rare) == 0:
            self.pane.flush()
        second = self._ticks % (10 * rare) == 0
        if second or (self._ticks % (FACT_TICKS * rare) == 0 and self._shown_version != self._version):
            self._show_facts()
        if self._ticks % (CURVE_TICKS * rare) == 0 or not self._shown_curve:
            self.show_curve()
        checked = self.state.stage_done("check")
        if self._usual_of_check is None or (checked and not self._usual_of_check):
            self._usual_of_check = checked
            self.run_worker(self._read_usual(), name="usual", description="usual times", exit_on_error=False)
        if not self.live and not self._ended:
            self._end()

    @property
    def _version(self) -> tuple[int, str]:
        return self.feed.version, self.listener.trouble

    def _repaint(self) -> None:
        self._show_facts()
        self.pane.flush()

    def _show_facts(self) -> None:
        if not self.is_mounted:
            return
        state, now = self.state, self.program.now()
        self._shown_version = self._version
        column = self.size.width >= WIDE and self.size.height >= HIGH
        self.query_one("#run-title", StillText).show(self._title(state, now))
        self.query_one(ProgressLine).show_state(state, now)
        self.query_one(StageRail).show_state(state, now, self._usual)
        self.query_one("#run-money", Facts).show_facts(money_facts(state, self.profile, now), column=column)
        self._show_machine(column)
        self.query_one("#run-rented", Facts).show_facts(resource_facts(state), column=column)
        self._show_notice(now)
        self.program.run_changed(self.run_id, self.feed)

    def _show_machine(self, column: bool) -> None:
        facts, feed, ascii = self.query_one("#run-machine", Facts), self.feed, ascii_only(self.app)
        if column:
            facts.show(machine_column(feed.telemetry, feed.load, facts.room, ascii=ascii))
        else:
            facts.show_facts(machine_row(feed.telemetry, feed.load, ascii=ascii), column=False)

    def _title(self, state: RunState, now: float) -> Content:
        told = standing(state, now)
        glyph = "●" if state.result is None else ("✓" if state.result.success else "■")
        profile = self.profile
        dataset = profile.dataset.path.name if profile is not None and profile.dataset.path is not None else ""
        rehearsal = "rehearsal" if self.origin is not None and self.origin.smoke else ""
        named = " · ".join(safe(part) for part in (rehearsal, profile.name if profile else "", dataset) if part)
        width = self.size.width
        head = f" {glyph} {told.what}  "
        run = shortened(safe(self.run_id), max(0, width - len(head) - 2))
        room = width - len(head) - cell_len(run) - 3
        named = shortened(named, room) if room > 8 else ""
        gap = max(1, width - len(head) - cell_len(named) - cell_len(run) - 1)
        return Content.assemble((head, f"bold {told.style}"), (named, "bold"), " " * gap, (run, "$muted"))

    def _show_notice(self, now: float) -> None:
        line = self.query_one("#run-notice", StillText)
        notice = self.feed.notices[-1] if self.feed.notices else None
        if self.listener.trouble:
            notice = Notice("error", safe(self.listener.trouble), now)
        elif notice is not None and notice.level == "info" and now - notice.at > INFO_SECONDS:
            notice = None
        line.set_class(notice is not None, "-told")
        if notice is not None:
            glyph, style = {"error": ("✗", "$error"), "warning": ("!", "$warning")}.get(notice.level, ("i", "$muted"))
            line.show(Content.assemble((f"{glyph} ", f"bold {style}"), (notice.text, style)))

    def _end(self) -> None:
        self._ended = True
        self._show_facts()
        self.show_curve()
        self.pane.flush()
        self._show_summary()
        if not isinstance(self.focused, Input):  # somebody is typing, into the field of a search; s shows it then
            self.add_class("-summary")
            self.query_one(SummaryPanel).focus()
        self.refresh_bindings()
        self.program.run_ended(self.run_id, self.feed)
        if self.quit_at_end:
            self.app.exit()

    def _show_summary(self) -> None:
        last = self.feed.log.last(LAST_LINES * 3).lines
        self.query_one(SummaryPanel).show_state(self.state, origin=self.origin, last_lines=last)
