"""The live run: one look tells stage, epoch, curve, speed, time left, money spent and to come.

One worker reads the run's events into a `RunFeed` and touches no widget; a timer looks at the feed ten times a second
and repaints what changed. Closing this screen is a detach: the supervisor owns the run, nothing here guards money.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Footer

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.screens.dialogs import CANCEL, Choice, Question
from unitrainer_tui.screens.forecast import usual_cells
from unitrainer_tui.screens.stopping import ask_abort, stop_lines
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.facts import Facts, machine_facts, money_facts, resource_facts
from unitrainer_tui.widgets.figures import home_relative, shortened, usd_per_hour
from unitrainer_tui.widgets.log_pane import LogPane
from unitrainer_tui.widgets.loss_curve import LossCurve
from unitrainer_tui.widgets.progress_line import ProgressLine, standing
from unitrainer_tui.widgets.run_feed import Notice, RunFeed
from unitrainer_tui.widgets.stage_rail import StageRail
from unitrainer_tui.widgets.still_text import StillText
from unitrainer_tui.widgets.summary import SummaryPanel

TICK = 0.1
"""Seconds between two looks at the feed."""
LOG_TICKS, FACT_TICKS, CURVE_TICKS = 2, 3, 10
"""The log five times a second, the facts three times, the curve once."""
SLICE, BREATH = 0.004, 0.002
"""The consumer works for 4 ms, then leaves the event loop 2 ms: keys are answered while a long history is read."""
WIDE, HIGH = 120, 24
RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0)
# What of a log that is there already is read again: more than the pane keeps of it.
LOG_TAIL_BYTES = 8 << 20
GONE = "Nobody looks after this run now; `unitrainer-tui reconcile` takes it over."


class RunScreen(ProgramScreen[None]):
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
        (20, "-h-medium"),
        (HIGH, "-h-normal"),
    ]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "abort", "Abort", id="run.abort", tooltip="Stop training, fetch what exists, give all back"),
        Binding("m", "metric", "Metric", id="run.metric", tooltip="Draw the next metric"),
        Binding("slash", "search", "Search", key_display="/", id="run.search", tooltip="Search the log"),
        Binding("end,G", "follow", "Follow", key_display="end", id="run.follow", tooltip="Follow the log again"),
        Binding("s", "summary", "Summary", id="run.summary", tooltip="After the end: summary or log"),
        Binding(
            "escape,b",
            "leave",
            "Runs",
            key_display="esc",
            id="run.leave",
            tooltip="Back to the list of runs; this one goes on",
        ),
        Binding(
            "n", "match(-1)", "Next", show=False, id="run.next-match", tooltip="The next match, further back in the log"
        ),
        Binding(
            "N", "match(1)", "Previous", show=False, id="run.previous-match", tooltip="The match before, nearer the end"
        ),
    ]

    def __init__(self, run: str) -> None:
        super().__init__()
        self.run_id = run
        self.feed = RunFeed()
        self.quit_at_end = False
        self._profile: Profile | None = None
        self._trouble = ""
        self._family: str | None = None
        self._ticks = 0
        self._shown_version = -1
        self._shown_curve = (-1, "")
        self._ended = False
        self._stopping = False
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
                yield LogPane(self.feed.log, self._log_path(), id="run-log")
                yield SummaryPanel(id="run-summary")
        yield StillText(id="run-notice")
        yield Footer(show_command_palette=False)

    def _log_path(self) -> str:
        return home_relative(self.program.client.paths.run(self.run_id) / "log.raw")

    def on_mount(self) -> None:
        self.query_one(LogPane).lines.focus()
        self.run_worker(self._consume(), name="events", description="events of the run", exit_on_error=False)
        self.run_worker(self._read_profile(), name="profile", description="profile of the run", exit_on_error=False)
        self.set_interval(TICK, self.tick)

    def on_resize(self) -> None:
        self.call_after_refresh(self._repaint)

    # ------------------------------------------------------------------------------------------------- listening

    async def _consume(self) -> None:
        """Reads the run's events for as long as the screen lives. A failure is a sentence and another try."""
        attempt = 0
        while True:
            try:
                await self._listen()
                if self.feed.state.result is not None:
                    return
                self._trouble = GONE
            except UnitrainerError as problem:
                self._trouble = problem.sentence()
            except Exception as problem:
                # The edge of the viewer: whatever the reader met, the run goes on and so does the screen.
                self.program.log_exception(problem)
                self._trouble = f"This view lost the run's events ({type(problem).__name__}); trying again."
            self._shown_version = -1
            await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
            attempt += 1

    async def _listen(self) -> None:
        feed = RunFeed()
        clock = asyncio.get_running_loop().time
        slice_ends = clock() + SLICE
        async for event in self.program.client.attach(self.run_id, log_tail=LOG_TAIL_BYTES):
            if feed is not self.feed:
                self._adopt(feed)
            feed.take(event)
            if clock() >= slice_ends:
                await asyncio.sleep(BREATH)
                slice_ends = clock() + SLICE

    def _adopt(self, feed: RunFeed) -> None:
        """Only when its first event is there, so that a second attempt does not blank the screen."""
        self.feed = feed
        self._trouble = ""
        self._shown_version, self._shown_curve = -1, (-1, "")
        self.query_one(LogPane).lines.show_ring(feed.log)

    async def _read_profile(self) -> None:
        try:
            self._profile = await asyncio.to_thread(self.program.client.profile_of, self.run_id)
        except UnitrainerError as problem:
            self._trouble = problem.sentence()
        self._shown_version = -1

    async def _read_usual(self) -> None:
        """How long the stages should take, by the user's own runs; again after the check, which tells the dataset."""
        try:
            self._usual = usual_cells(await self.program.client.usual_times(self.run_id))
        except (UnitrainerError, OSError) as problem:
            self.program.log_exception(problem)  # the column keeps the usual ranges
        self._shown_version = -1

    # --------------------------------------------------------------------------------------------------- showing

    def tick(self) -> None:
        """One look at the feed. Each part is painted at its own pace, and only when it changed."""
        self._ticks += 1
        if self._ticks % LOG_TICKS == 0:
            self.query_one(LogPane).flush()
        second = self._ticks % 10 == 0
        if second or (self._ticks % FACT_TICKS == 0 and self._shown_version != self.feed.version):
            self._show_facts()
        if self._ticks % CURVE_TICKS == 0 or self._shown_curve[0] == -1:
            self._show_curve()
        checked = self.feed.state.stage_done("check")
        if self._usual_of_check is None or (checked and not self._usual_of_check):
            self._usual_of_check = checked
            self.run_worker(self._read_usual(), name="usual", description="usual times", exit_on_error=False)
        if self.feed.state.result is not None and not self._ended:
            self._end()

    def _repaint(self) -> None:
        self._show_facts()
        self.query_one(LogPane).flush()

    def _show_facts(self) -> None:
        if not self.is_mounted:
            return
        state, now = self.feed.state, self.program.now()
        self._shown_version = self.feed.version
        column = self.size.width >= WIDE and self.size.height >= HIGH
        budget = self._profile.limits.budget_usd if self._profile is not None else None
        self.query_one("#run-title", StillText).show(self._title(state, now))
        self.query_one(ProgressLine).show_state(state, now)
        self.query_one(StageRail).show_state(state, now, self._usual)
        self.query_one("#run-money", Facts).show_facts(money_facts(state, budget), column=column)
        self.query_one("#run-machine", Facts).show_facts(
            machine_facts(self.feed.telemetry, column=column), column=column
        )
        self.query_one("#run-rented", Facts).show_facts(resource_facts(state), column=column)
        self._show_notice(now)
        self.program.run_changed(self.run_id, self.feed)

    def _title(self, state: RunState, now: float) -> Content:
        told = standing(state, now)
        glyph = "●" if state.result is None else ("✓" if state.result.success else "■")
        profile = self._profile
        dataset = profile.dataset.path.name if profile is not None and profile.dataset.path is not None else ""
        named = " · ".join(safe(part) for part in (profile.name if profile else "", dataset) if part)
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
        if self._trouble:
            notice = Notice("error", safe(self._trouble), now)
        elif notice is not None and notice.level == "info" and now - notice.at > 30:
            notice = None
        line.display = notice is not None
        if notice is not None:
            glyph, style = {"error": ("✗", "$error"), "warning": ("!", "$warning")}.get(notice.level, ("i", "$muted"))
            line.show(Content.assemble((f"{glyph} ", f"bold {style}"), (notice.text, style)))

    def _show_curve(self) -> None:
        names = self.feed.metrics.names()
        if self._family not in names:
            self._family = names[0] if names else None
        wanted = (self.feed.curve_version, self._family or "")
        if wanted != self._shown_curve:
            self._shown_curve = wanted
            self.query_one(LossCurve).show_metric(self.feed.metrics, self._family)

    def _end(self) -> None:
        self._ended = True
        self._show_facts()
        self._show_curve()
        self.query_one(LogPane).flush()
        self.query_one(SummaryPanel).show_state(self.feed.state)
        self.add_class("-summary")
        self.query_one(SummaryPanel).focus()
        self.program.run_ended(self.run_id, self.feed)
        if self.quit_at_end:
            self.app.exit()

    # ------------------------------------------------------------------------------------------------------ keys

    @property
    def live(self) -> bool:
        return self.feed.state.result is None

    def action_abort(self) -> None:
        if not self.live:
            self.say("This run has ended: there is nothing left to abort.")
        elif self._stopping or self.feed.state.abort_requested:
            self.say("It is being stopped already; what was rented is on its way back.")
        else:
            ask_abort(self, self.run_id, self.feed.state, self._profile, self.stop_run)

    def stop_run(self) -> None:
        """Asks the supervisor to abort and terminate."""
        self._stopping = True
        self.run_worker(self._request_stop(), name="stop", description="stop of the run", exit_on_error=False)

    async def _request_stop(self) -> None:
        try:
            await self.program.client.request_stop(self.run_id)
            self.say("Stopping: training ends, what exists is fetched, everything is given back.")
        except UnitrainerError as problem:
            self._stopping = self.quit_at_end = False
            self.say(problem.sentence(), "error")
        except Exception as problem:
            self._stopping = self.quit_at_end = False
            self.program.log_exception(problem)
            self.say(f"The request did not arrive; try again, or run: unitrainer-tui stop {self.run_id}", "error")

    def ask_quit(self) -> None:
        """The quit dialog of a live run; a run that has ended is left without a question."""
        state = self.feed.state
        if not self.live:
            self.app.exit()
            return
        rate = usd_per_hour(state.cost.rate_usd_per_hour) if state.cost is not None else "the meter running"
        stopping = self._stopping or state.abort_requested
        leave = "Leave (it goes on giving back)" if stopping else f"Detach (training goes on, {rate})"
        choices = [Choice(CANCEL, "Cancel"), Choice("detach", leave)]
        if not stopping:
            choices.append(Choice("stop", "Stop and terminate", danger=True))
        lines = ["The run does not need this terminal.", *stop_lines(state, self._profile)]

        def answered(answer: str | None) -> None:
            if answer == "detach":
                self.app.exit()
            elif answer == "stop":
                self.quit_at_end = True
                self.stop_run()
                self.say("This closes by itself when all is given back. q leaves at once.")

        self.app.push_screen(Question(f"Leave {self.run_id}?", lines, choices), answered)

    def action_metric(self) -> None:
        names = self.feed.metrics.names()
        if len(names) < 2:
            self.say("There is no other metric yet.")
            return
        at = names.index(self._family) if self._family in names else -1
        self._family = names[(at + 1) % len(names)]
        self._show_curve()

    def action_search(self) -> None:
        self.remove_class("-summary")
        self.query_one(LogPane).open_search()

    def action_match(self, step: int) -> None:
        pane = self.query_one(LogPane)
        if not pane.lines.needle:
            self.say("Search first: press / and type. A new run begins on the list of runs (esc, then n).")
        elif not pane.search_again(step):
            self.say("No other line kept here holds that text.")

    def action_follow(self) -> None:
        self.query_one(LogPane).lines.follow()

    def action_summary(self) -> None:
        if self.live:
            self.say("The summary comes with the end of the run.")
            return
        self.toggle_class("-summary")
        (self.query_one(SummaryPanel) if self.has_class("-summary") else self.query_one(LogPane).lines).focus()

    def action_leave(self) -> None:
        self.app.pop_screen()
