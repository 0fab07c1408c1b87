"""All runs: what is live on top, what was below. The list is read from the journals in a thread, every two seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import DataTable, Footer, Input

from unitrainer_tui.client import RunSummary
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.screens.run_list import (
    COLUMNS,
    GUARD_COLUMN,
    GUARD_WIDTH,
    LAST_COLUMN,
    ORDERS,
    WIDE,
    row,
    shown_runs,
)
from unitrainer_tui.screens.stopping import ask_abort
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import home_relative, plural, usd_per_hour
from unitrainer_tui.widgets.lists import Rows
from unitrainer_tui.widgets.still_text import StillText

REFRESH_SECONDS = 2.0
SLOW_SECONDS = 0.5
"""A first reading that takes longer is told."""


def empty_content(key: Callable[[str, str], str], profiles: str) -> Content:
    """What to press where there is nothing yet. `key` gives the user's own key of a binding."""
    rows = [
        ("home.new", "n", "begin a run: profile, dataset, a look at what it will cost, launch"),
        ("home.profiles", "p", "make and edit profiles: what to rent, what to train, the limits"),
        ("home.datasets", "d", "look at a dataset: what it holds and what is wrong with it"),
        ("home.audit", "A", "audit: what your clouds hold, and whose it is"),
        ("home.settings", "S", "settings: colours, ASCII, mouse, slow link"),
        ("app.help", "?", "every key that works where you are"),
    ]
    lines = [
        Content.assemble((f"{key(name, default):>6}", "bold $primary"), f"  {what}") for name, default, what in rows
    ]
    return Content("\n").join(
        [
            Content.styled("No runs yet. Press", "bold"),
            Content(""),
            *lines,
            Content(""),
            Content.assemble(
                "A rehearsal that costs nothing: ",
                (key("home.new", "n"), "bold $primary"),
                ", then the sample ",
                ("demo", "bold"),
                ". Its cloud is on this machine.",
            ),
            Content.styled(f"Profiles live in {profiles}", "$muted"),
        ]
    )


class FilterField(Input):
    """Words that a run must have to be listed."""


class HomeScreen(ProgramScreen[None]):
    AUTO_FOCUS = ""
    """The table gets the focus with its first rows: an empty one would take the arrows and do nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "a", "abort", "Abort", id="home.abort", tooltip="Abort the live run under the cursor and give all back"
        ),
        Binding("n", "new", "New", id="home.new", tooltip="Choose a profile and a dataset, and train"),
        Binding("enter", "open", "Open", id="home.open", tooltip="Show the run under the cursor"),
        Binding("p", "profiles", "Profiles", id="home.profiles", tooltip="See, make and edit profiles"),
        Binding("d", "datasets", "Datasets", id="home.datasets", tooltip="Look at a dataset without a run"),
        Binding("slash", "filter", "Filter", key_display="/", id="home.filter", tooltip="Runs with these words"),
        Binding("s", "sort", "Sort", show=False, id="home.sort", tooltip="Newest, dearest, profile or metric first"),
        Binding("space", "mark", "Mark", show=False, id="home.mark", tooltip="Mark the run for a comparison"),
        Binding("c", "compare", "Compare", show=False, id="home.compare", tooltip="Compare the curves of two runs"),
        Binding("A", "audit", "Audit", show=False, id="home.audit", tooltip="What the clouds hold, and whose it is"),
        Binding(
            "S", "settings", "Settings", show=False, id="home.settings", tooltip="Colours, ASCII, mouse, slow link"
        ),
        Binding("escape", "unfilter", "All", show=False, id="home.unfilter", tooltip="Show all runs, without marks"),
        Binding("r", "refresh", "Refresh", show=False, id="home.refresh", tooltip="Read the list again now"),
        Binding("j,down", "cursor(1)", "Down", show=False, id="home.down", tooltip="The next run"),
        Binding("k,up", "cursor(-1)", "Up", show=False, id="home.up", tooltip="The run before"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[RunSummary] = []
        self._shown: list[list[str]] | None = None
        self._listed: list[RunSummary] = []
        self._order = ORDERS[0]
        self._marked: list[str] = []
        self._failing = ""

    def compose(self) -> ComposeResult:
        yield StillText(id="home-title")
        yield StillText(id="home-empty")
        table = Rows(id="home-runs", cursor_type="row", zebra_stripes=False)
        table.display = False
        yield table
        field = FilterField(
            placeholder="words of a run's id, profile, dataset or state", id="home-filter", compact=True
        )
        field.display = False
        yield field
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#home-title", StillText).show(Content.styled(" unitrainer", "bold"))
        self.action_refresh()
        self.set_timer(SLOW_SECONDS, self._say_that_it_reads)
        self.set_interval(REFRESH_SECONDS, self._refresh_when_seen)

    def on_screen_resume(self) -> None:
        self.action_refresh()

    def on_resize(self) -> None:
        self._shown = None
        self.call_after_refresh(self._show)

    def _refresh_when_seen(self) -> None:
        # Not `is_current`: what lies under another screen would be painted with it.
        if self.app.screen is self:
            self.action_refresh()

    def action_refresh(self) -> None:
        self.run_worker(
            self._read(), name="runs", description="list of runs", group="runs", exclusive=True, exit_on_error=False
        )

    async def _read(self) -> None:
        try:
            self._runs = await asyncio.to_thread(self.program.client.runs)
        except UnitrainerError as problem:
            self._not_read(problem.sentence())
            return
        except Exception as problem:
            if not self._failing:
                self.program.log_exception(problem)
            self._not_read(f"The list of runs could not be read ({type(problem).__name__}); it is tried again.")
            return
        self._failing = ""
        self.read_once.set()
        self._show()

    def _say_that_it_reads(self) -> None:
        if not self.read_once.is_set():
            self.query_one("#home-empty", StillText).show(Content.styled("Reading the runs…", "$muted"))

    def _not_read(self, sentence: str) -> None:
        """Told once, not at every try; where there is no list yet, in its place."""
        if sentence != self._failing:
            self.say(sentence, "error")
        self._failing = sentence
        if not self._runs:
            self.query_one("#home-empty", StillText).show(Content.styled(safe(sentence), "$error"))
        self.read_once.set()

    def _show(self) -> None:
        if not self._runs and (self._failing or not self.read_once.is_set()):
            return  # nothing is known that could be shown
        table: DataTable[Text] = self.query_one("#home-runs", DataTable)
        empty = self.query_one("#home-empty", StillText)
        table.display, empty.display = bool(self._runs), not self._runs
        if not self._runs:
            self.query_one("#home-title", StillText).show(self._title())
            empty.show(empty_content(self.key, safe(home_relative(self.program.client.paths.profiles))))
            return
        self._listed = shown_runs(self._runs, self.query_one(FilterField).value, self._order)
        self.query_one("#home-title", StillText).show(self._title())
        spare = self.size.width - sum(width + 2 for _, width in COLUMNS) - 2
        names = 11 + (min(20, (spare - 20) // 2) if self.size.width >= WIDE + 20 else 0)
        run_width = spare - 2 * (names - 11) - 2 - GUARD_WIDTH - 2 if self.size.width >= WIDE else 0
        rows = [row(summary, names, run_width, marked=summary.run in self._marked) for summary in self._listed]
        plain = [[summary.run, *map(str, cells)] for summary, cells in zip(self._listed, rows, strict=True)]
        if plain == self._shown:
            return
        chosen = self._chosen()
        self._shown = plain
        table.clear(columns=True)
        for name, width in COLUMNS:
            width = names if name in ("profile", "dataset") else width
            table.add_column(Text(name, justify="right" if name in ("$/h", "spent") else "left"), width=width)
        if run_width:
            table.add_column(Text(GUARD_COLUMN), width=GUARD_WIDTH)
            table.add_column(Text(LAST_COLUMN), width=run_width)
        for summary, cells in zip(self._listed, rows, strict=True):
            table.add_row(*cells, key=summary.run)
        if chosen is not None:
            at = next((index for index, summary in enumerate(self._listed) if summary.run == chosen.run), 0)
            table.move_cursor(row=at, animate=False)
        if self.is_current and self.focused is None:
            table.focus()

    def _title(self) -> Content:
        live = [summary for summary in self._runs if summary.live]
        parts: list[str | tuple[str, str]] = [(" unitrainer", "bold")]
        if live:
            rate = sum(summary.state.cost.rate_usd_per_hour for summary in live if summary.state.cost is not None)
            guards = ", ".join(sorted({summary.guard for summary in live if summary.guard}))
            told = f", guard {guards}" if guards else ""
            parts.append((f"   ● {plural(len(live), 'live run')}, {usd_per_hour(rate)}{told}", "bold $primary"))
        held = [summary for summary in self._runs if not summary.live and summary.state.remaining]
        if held:
            parts.append((f"   ! {plural(len(held), 'run')} may hold something: reconcile", "bold $error"))
        if self._runs:
            needle = self.query_one(FilterField).value.strip()
            if needle:
                parts.append((f"   {len(self._listed)} of {len(self._runs)} with {safe(needle, limit=30)}", "$warning"))
            if self._order != ORDERS[0]:
                parts.append((f"   {self._order} first", "$muted"))
            if self._marked:
                parts.append((f"   * {len(self._marked)} marked: c compares", "$muted"))
        return Content.assemble(*parts)

    def _chosen(self) -> RunSummary | None:
        """The run under the cursor, by its key: the list may have changed under it."""
        if not self._listed or not self._shown:
            return None
        at = self.query_one("#home-runs", DataTable).cursor_row
        if not 0 <= at < len(self._shown):
            return None
        run = self._shown[at][0]
        return next((summary for summary in self._runs if summary.run == run), None)

    # ------------------------------------------------------------------------------------------------------ keys

    def action_profiles(self) -> None:
        self.program.open_profiles()

    def action_datasets(self) -> None:
        self.program.open_datasets()

    def action_audit(self) -> None:
        self.program.open_audit()

    def action_settings(self) -> None:
        self.program.open_settings()

    def action_sort(self) -> None:
        self._order = ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]
        self._show()

    async def action_filter(self) -> None:
        await self.first_reading()
        if not self._runs:
            self.say("There is no run to search for yet; n begins one.")
            return
        field = self.query_one(FilterField)
        field.display = True
        field.focus()

    def action_unfilter(self) -> None:
        self._marked = []
        field = self.query_one(FilterField)
        field.value = ""
        field.display = False
        self.query_one("#home-runs", DataTable).focus()
        self._show()

    def on_input_changed(self) -> None:
        self._show()

    def on_input_submitted(self) -> None:
        field = self.query_one(FilterField)
        field.display = bool(field.value.strip())
        self.query_one("#home-runs", DataTable).focus()

    async def action_mark(self) -> None:
        await self.first_reading()
        chosen = self._chosen()
        if chosen is None:
            self.say("There is no run to mark yet; n begins one.")
        elif chosen.run in self._marked:
            self._marked.remove(chosen.run)
        else:
            # The comparison is of two: a third mark takes the place of the older one.
            self._marked = [*self._marked[-1:], chosen.run]
        self._show()

    async def action_compare(self) -> None:
        await self.first_reading()
        chosen = self._chosen()
        pair = list(self._marked)
        if len(pair) == 1 and chosen is not None and chosen.run not in pair:
            pair.append(chosen.run)
        if len(pair) < 2:
            self.say("Mark two runs with the space bar, then c compares their curves.")
            return
        from unitrainer_tui.screens.compare import CompareScreen

        named = {summary.run: summary for summary in self._runs}
        self.app.push_screen(CompareScreen(*(named[run] for run in pair if run in named)))

    async def action_new(self) -> None:
        await self.program.begin_new_run()

    async def action_cursor(self, step: int) -> None:
        """The arrows are the table's own; these are they until the list is read, and wait for it."""
        await self.first_reading()
        table = self.query_one("#home-runs", DataTable)
        table.move_cursor(row=table.cursor_row + step, animate=False)

    async def action_open(self) -> None:
        await self.first_reading()
        if isinstance(self.focused, FilterField):
            self.on_input_submitted()
            return
        chosen = self._chosen()
        if chosen is None:
            self.say("There is no run to open yet; n begins one.")
        else:
            self.program.open_run(chosen.run)

    async def on_data_table_row_selected(self) -> None:
        await self.action_open()

    async def action_abort(self) -> None:
        await self.first_reading()
        chosen = self._chosen()
        if chosen is None:
            self.say("There is no run to abort yet; n begins one.")
            return
        if not chosen.live:
            self.say("Only a live run can be aborted; move the cursor to one.")
            return
        self.run_worker(self._ask_abort(chosen), name="abort", description="abort", exit_on_error=False)

    async def _ask_abort(self, summary: RunSummary) -> None:
        profile: Profile | None = None
        try:
            profile = await asyncio.to_thread(self.program.client.profile_of, summary.run)
        except UnitrainerError:
            pass  # the question is then asked without what only the profile knows
        if self.app.screen is not self:
            return  # a second press of the key, or another screen by now

        def confirmed() -> None:
            self.program.run_errand(partial(self._stop, summary.run), "request to stop")

        ask_abort(self, summary.run, summary.state, profile, confirmed)

    async def _stop(self, run: str) -> None:
        try:
            await self.program.client.request_stop(run)
            self.say(f"Stopping {safe(run)}: what exists is fetched, everything is given back.")
        except UnitrainerError as problem:
            self.say(problem.sentence(), "error")
        except Exception as problem:
            self.program.log_exception(problem)
            self.say(f"The request did not arrive; try again, or run: unitrainer-tui stop {safe(run)}", "error")
