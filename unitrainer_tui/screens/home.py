"""All runs: what is live on top, what was below. The list is read from the journals in a thread, every two seconds."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import DataTable, Footer

from unitrainer_tui.client import RunSummary
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.screens.stopping import ask_abort
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import metric, plural, shortened, usd, usd_per_hour
from unitrainer_tui.widgets.still_text import StillText

REFRESH_SECONDS = 2.0

EMPTY = Content.assemble(
    ("No runs yet.\n\n", "bold"),
    "Press ",
    ("n", "bold $primary"),
    " to begin one: choose a profile, choose a dataset, look at what it will cost, launch.\n",
    "For a rehearsal that costs nothing: ",
    ("unitrainer-tui demo", "bold"),
    ("\n\nProfiles live in ", "$muted"),
)

# column: width on a terminal of 80 columns; "run" is shown only where a wider one has room for it
COLUMNS = (("state", 12), ("profile", 11), ("dataset", 11), ("epoch", 6), ("metric", 11), ("$/h", 6), ("spent", 7))
WIDE = 100
LAST_COLUMN = "run"


def state_word(summary: RunSummary) -> tuple[str, str]:
    """A glyph with a word, and a Rich style of the terminal's palette."""
    state = summary.state
    if summary.live:
        return f"● {state.current_stage or 'starting'}", "cyan"
    if state.result is None:
        return ("! unwatched", "yellow") if state.remaining else ("· unfinished", "yellow")
    if state.remaining or not state.result.released:
        return "! remains", "red"
    if state.result.success:
        return "✓ done", "green"
    return ("■ aborted", "yellow") if state.result.aborted else ("✗ failed", "red")


def row(summary: RunSummary, names: int, run_width: int) -> list[Text]:
    """The cells of one run. Foreign text passes the gate; cells are `Text`, never markup."""
    state = summary.state
    word, style = state_word(summary)
    dim = "" if summary.live else "dim"
    rate = usd_per_hour(state.cost.rate_usd_per_hour) if summary.live and state.cost is not None else ""
    spent = state.result.spent_usd if state.result is not None else state.cost.spent_usd if state.cost else None
    dataset = safe(summary.dataset).rstrip("/").rsplit("/", 1)[-1]
    return [
        Text(word, style),
        Text(shortened(safe(summary.profile), names)),
        Text(shortened(dataset, names), dim),
        Text(_epochs(state), dim),
        Text(_metric(state), dim),
        Text(rate.replace("/h", ""), dim, justify="right"),
        Text("" if spent is None else usd(spent), dim, justify="right"),
        *([Text(shortened(safe(summary.run), run_width), "dim")] if run_width else []),
    ]


def _epochs(state: RunState) -> str:
    if state.progress is None:
        return ""
    return f"{state.progress.epoch}" + (f"/{state.progress.total_epochs}" if state.progress.total_epochs else "")


def _metric(state: RunState) -> str:
    """The loss where there is one, else the first metric."""
    if state.progress is None or not state.progress.metrics:
        return ""
    metrics = state.progress.metrics
    name = min(metrics, key=lambda name: (name != "loss", "loss" not in name.lower()))
    return f"{shortened(safe(name), 4)} {metric(metrics[name])}"


class HomeScreen(ProgramScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "a", "abort", "Abort", id="home.abort", tooltip="Abort the live run under the cursor and give all back"
        ),
        Binding("n", "new", "New run", id="home.new", tooltip="Choose a profile and a dataset, and train"),
        Binding("enter", "open", "Open", priority=True, id="home.open", tooltip="Show the run under the cursor"),
        Binding("r", "refresh", "Refresh", id="home.refresh", tooltip="Read the list again now"),
        Binding("j", "cursor(1)", "Down", show=False, id="home.down", tooltip="The next run"),
        Binding("k", "cursor(-1)", "Up", show=False, id="home.up", tooltip="The run before"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[RunSummary] = []
        self._shown: list[list[str]] | None = None

    def compose(self) -> ComposeResult:
        yield StillText(id="home-title")
        yield StillText(id="home-empty")
        table: DataTable[Text] = DataTable(id="home-runs", cursor_type="row", zebra_stripes=False)
        table.display = False
        yield table
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#home-title", StillText).show(Content.styled(" unitrainer", "bold"))
        self.action_refresh()
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
            self.say(problem.sentence(), "error")
            return
        except Exception as problem:
            self.program.log_exception(problem)
            self.say("The list of runs could not be read; it is tried again.", "error")
            return
        self._show()

    def _show(self) -> None:
        table: DataTable[Text] = self.query_one("#home-runs", DataTable)
        empty = self.query_one("#home-empty", StillText)
        table.display, empty.display = bool(self._runs), not self._runs
        self.query_one("#home-title", StillText).show(self._title())
        if not self._runs:
            empty.show(Content.assemble(EMPTY, (safe(str(self.program.client.paths.profiles)), "$muted")))
            return
        spare = self.size.width - sum(width + 2 for _, width in COLUMNS) - 2
        names = 11 + (min(20, (spare - 20) // 2) if self.size.width >= WIDE + 20 else 0)
        run_width = spare - 2 * (names - 11) - 2 if self.size.width >= WIDE else 0
        rows = [row(summary, names, run_width) for summary in self._runs]
        plain = [[summary.run, *map(str, cells)] for summary, cells in zip(self._runs, rows, strict=True)]
        if plain == self._shown:
            return
        chosen = self._chosen()
        self._shown = plain
        table.clear(columns=True)
        for name, width in COLUMNS:
            width = names if name in ("profile", "dataset") else width
            table.add_column(Text(name, justify="right" if name in ("$/h", "spent") else "left"), width=width)
        if run_width:
            table.add_column(Text(LAST_COLUMN), width=run_width)
        for summary, cells in zip(self._runs, rows, strict=True):
            table.add_row(*cells, key=summary.run)
        if chosen is not None:
            at = next((index for index, summary in enumerate(self._runs) if summary.run == chosen.run), 0)
            table.move_cursor(row=at, animate=False)
        if self.is_current and self.focused is None:
            table.focus()

    def _title(self) -> Content:
        live = [summary for summary in self._runs if summary.live]
        parts: list[str | tuple[str, str]] = [(" unitrainer", "bold")]
        if live:
            rate = sum(summary.state.cost.rate_usd_per_hour for summary in live if summary.state.cost is not None)
            parts.append((f"   ● {plural(len(live), 'live run')}, {usd_per_hour(rate)}", "bold $primary"))
        held = [summary for summary in self._runs if not summary.live and summary.state.remaining]
        if held:
            parts.append((f"   ! {plural(len(held), 'run')} may hold something: reconcile", "bold $error"))
        return Content.assemble(*parts)

    def _chosen(self) -> RunSummary | None:
        """The run under the cursor, by its key: the list may have changed under it."""
        if not self._runs or self._shown is None:
            return None
        at = self.query_one("#home-runs", DataTable).cursor_row
        if not 0 <= at < len(self._shown):
            return None
        run = self._shown[at][0]
        return next((summary for summary in self._runs if summary.run == run), None)

    # ------------------------------------------------------------------------------------------------------ keys

    def action_new(self) -> None:
        self.program.begin_new_run()

    def action_cursor(self, step: int) -> None:
        table = self.query_one("#home-runs", DataTable)
        table.move_cursor(row=table.cursor_row + step, animate=False)

    def action_open(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            self.say("There is no run to open yet; n begins one.")
        else:
            self.program.open_run(chosen.run)

    def on_data_table_row_selected(self) -> None:
        self.action_open()

    def action_abort(self) -> None:
        chosen = self._chosen()
        if chosen is None or not chosen.live:
            self.say("Only a live run can be aborted; move the cursor to one.")
            return
        self.run_worker(self._ask_abort(chosen), name="abort", description="abort", exit_on_error=False)

    async def _ask_abort(self, summary: RunSummary) -> None:
        profile: Profile | None = None
        try:
            profile = await asyncio.to_thread(self.program.client.profile_of, summary.run)
        except UnitrainerError:
            pass  # the question is then asked without what only the profile knows

        def confirmed() -> None:
            self.run_worker(self._stop(summary.run), name="stop", description="stop of a run", exit_on_error=False)

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
