"""The terminal UI. It shows runs and asks for things; the runs belong to their supervisors."""

from __future__ import annotations

import asyncio
import os
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.filter import LineFilter
from textual.screen import ModalScreen, Screen

from unitrainer_tui.client import Client, RunSummary
from unitrainer_tui.config.paths import private_directory
from unitrainer_tui.config.settings import Settings, save_setting, settings_file
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.screens.dialogs import CANCEL, Choice, Question
from unitrainer_tui.screens.errands import ErrandApp
from unitrainer_tui.screens.event_log import EventKeepingApp
from unitrainer_tui.screens.help import HelpScreen, key_rows
from unitrainer_tui.screens.home import HomeScreen
from unitrainer_tui.screens.key_order import KeyOrderApp
from unitrainer_tui.screens.run import RunScreen
from unitrainer_tui.screens.terminal import (
    POP_TITLE,
    PUSH_TITLE,
    leaving_at_once,
    terminal_problem,
    window_title,
)
from unitrainer_tui.screens.themes import THEMES, chosen_theme
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.ascii_filter import AsciiFilter, to_ascii
from unitrainer_tui.widgets.control_filter import ControlFilter
from unitrainer_tui.widgets.figures import home_relative, plural, usd, usd_per_hour
from unitrainer_tui.widgets.progress_line import standing
from unitrainer_tui.widgets.run_feed import RunFeed

__all__ = ["ExitReport", "UnitrainerApp", "run_app", "terminal_problem"]

_CONTROL_FILTER, _ASCII_FILTER = ControlFilter(), AsciiFilter()
STYLES = ("app.tcss", "home.tcss", "pickers.tcss", "run.tcss", "dialogs.tcss")


def styles_directory() -> Path:
    """The stylesheets: inside an installed package, beside it in a source tree."""
    inside = Path(__file__).parent / "styles"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "styles"


@dataclass(frozen=True)
class ExitReport:
    """What to print after the screens have closed. `exit_code` is that of the command."""

    lines: tuple[str, ...] = ()
    exit_code: int = 0

    def text(self) -> str:
        return "\n".join(self.lines)


def report_on(run: str, state: RunState, now: float) -> tuple[str, ...]:
    """How a run was left, in lines for the terminal: id, cost, how to come back, how to stop."""
    spent = state.result.spent_usd if state.result is not None else state.cost.spent_usd if state.cost else 0.0
    if state.result is None:
        rate = f", {usd_per_hour(state.cost.rate_usd_per_hour)} and counting" if state.cost else ""
        return (
            f"Run {run} goes on ({standing(state, now).what}); {usd(spent)} spent{rate}.",
            f"  come back:  unitrainer-tui attach {run}",
            f"  stop it:    unitrainer-tui stop {run}",
        )
    lines = [f"Run {run}: {standing(state, now).what}; {usd(spent)} spent."]
    if state.result.model_path:
        lines.append(f"  model:  {state.result.model_path}")
    if not state.result.released or state.remaining:
        lines.append(f"  NOT ALL IS GIVEN BACK. See: unitrainer-tui show {run}; unitrainer-tui audit")
    return tuple(lines)


class UnitrainerApp(KeyOrderApp, ErrandApp, EventKeepingApp):
    TITLE = "unitrainer"
    ENABLE_COMMAND_PALETTE = True
    CSS_PATH = [styles_directory() / name for name in STYLES]  # noqa: RUF012 (Textual declares it)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "q,ctrl+q",
            "request_quit",
            "Quit",
            # No fixed key is shown: where letters are typed into a field only ctrl+q quits.
            id="app.quit",
            tooltip="Leave; asks while a run is live",
        ),
        Binding("question_mark,f1", "keys", "Help", id="app.help", tooltip="The keys that work here"),
        Binding(
            "ctrl+c", "request_quit", "Quit", show=False, priority=True, id="app.interrupt", tooltip="The same as q"
        ),
        Binding(
            "ctrl+p",
            "command_palette",
            "Palette",
            show=False,
            priority=True,
            id="app.palette",
            tooltip="Everything by name",
        ),
    ]

    def __init__(
        self,
        client: Client,
        *,
        open_run: str | None = None,
        now: Callable[[], float] = time.time,
        settings: Settings | None = None,
    ) -> None:
        super().__init__()
        self.client = client
        self.settings = settings or Settings()
        self._first_run = open_run
        self._now = now
        self._seen: dict[str, RunState] = {}
        self._last_run: str | None = None
        self._window_title = ""
        self.animation_level = "none"
        self.last_key_at = 0.0
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = chosen_theme(os.environ.get("UNITRAINER_THEME", self.settings.theme))

    # --------------------------------------------------------------------------------------------- what Textual asks

    def get_default_screen(self) -> Screen[None]:
        return HomeScreen()

    def on_mount(self) -> None:
        self._write(PUSH_TITLE + window_title("unitrainer"))
        self._take_keymap()
        if self._first_run is not None:
            self.open_run(self._first_run)

    def on_unmount(self) -> None:
        self._write(POP_TITLE)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            self.last_key_at = time.monotonic()
        await super().on_event(event)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The same ones each time: what a line looks like behind a filter is kept by the filter that it is."""
        ascii_alone = [_ASCII_FILTER] if self.settings.ascii else []
        return [_CONTROL_FILTER, *super().get_line_filters(), *ascii_alone]

    @property
    def ascii_only(self) -> bool:
        """Every widget that draws asks it."""
        return self.settings.ascii

    @property
    def low_bandwidth(self) -> bool:
        return self.settings.low_bandwidth

    def get_key_display(self, binding: Binding) -> str:
        """Textual's own ctrl+q comes first in the footer; where q quits as well, q is shown."""
        plain = self.screen.active_bindings.get("q")
        if binding.id == "app.quit" and plain is not None and plain.binding.id == "app.quit":
            return "q"
        shown = super().get_key_display(binding)
        # Without a picture in ASCII a key is called by its name: enter's would be `?`, which is the key of help.
        return binding.key if self.settings.ascii and "?" in to_ascii(shown) and "?" not in shown else shown

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        from unitrainer_tui.screens.profiles import ProfileScreen  # here: the first screen needs none of the others

        yield SystemCommand("Run: new", "Choose a profile and a dataset, and train", self.begin_new_run)
        if isinstance(screen, RunScreen):
            yield from screen.commands()
        for theme in THEMES:
            choose = partial(self.change_setting, "theme", theme.name)
            yield SystemCommand(f"Theme: {theme.name}", "Colours of the screens", choose)
        yield SystemCommand("App: events", "Everything that was ever said, with times", self.action_events)
        yield SystemCommand("Profile: list", "See, make and edit profiles", self.open_profiles)
        yield SystemCommand("Dataset: look at one", "What it holds and what is wrong with it", self.open_datasets)
        yield SystemCommand("Audit: ask the clouds", "What they hold, and whose it is", self.open_audit)
        if isinstance(screen, HomeScreen):
            yield SystemCommand("Runs: filter", "Show only runs with these words", screen.action_filter)
            yield SystemCommand("Runs: sort", "The next order of the list", screen.action_sort)
            yield SystemCommand("Runs: compare", "The curves of two marked runs", screen.action_compare)
        if isinstance(screen, ProfileScreen):
            yield SystemCommand("Profile: new", "Make one from a sample", screen.action_new)
            yield SystemCommand("Profile: edit", "By a form", screen.action_edit)
            yield SystemCommand("Profile: edit in $EDITOR", "In your own editor", screen.action_editor)
            yield SystemCommand("Profile: copy", "Under a new name", screen.action_copy)
            yield SystemCommand("Profile: delete", "Can be put back", screen.action_remove)
        yield SystemCommand("App: settings", "Colours, ASCII, mouse, slow link", self.open_settings)
        yield SystemCommand("App: help", "The keys that work here", self.action_keys)
        yield SystemCommand("App: quit", "Leave; runs go on", self.action_request_quit)

    def action_command_palette(self) -> None:
        from unitrainer_tui.screens.palette import Palette  # here: the first screen needs none of it

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def _take_keymap(self) -> None:
        """The user's own keys. What is wrong with them or any other setting is told; the screens open all the same."""
        problems = list(self.settings.problems)
        if self.settings.keymap:
            from unitrainer_tui.screens.all_keys import groups
            from unitrainer_tui.screens.key_map import checked_keymap

            taken, wrong = checked_keymap(self.settings.keymap, groups(type(self)))
            self.set_keymap(taken)
            problems += wrong
        for problem in problems:
            self.notify(safe(problem), severity="warning", markup=False, timeout=15)

    def change_setting(self, key: str, value: str | bool) -> None:
        """Takes a setting at once and keeps it for the next start."""
        self.settings = self.settings.with_value(key, value)
        if key == "theme":
            self.theme = chosen_theme(str(value))
        self.refresh(layout=True)
        for screen in self.screen_stack:
            screen.refresh(layout=True)
        try:
            save_setting(self.client.paths, key, value)
        except OSError as problem:
            why = f"{problem.strerror}: {home_relative(problem.filename or settings_file(self.client.paths))}"
            self.notify(safe(f"Not kept for the next start: {why}."), severity="warning", markup=False)

    def _handle_exception(self, error: Exception) -> None:
        """A screen that was still being built when the program was left looks for parts of itself that are gone
        already; that is no error to end with."""
        if isinstance(error, NoMatches) and (self._exit or (self._driver is not None and not self._running)):
            self.log_exception(error)
        else:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Textual's own crash screen prints local values, which may be secrets: one sentence, the rest to a file."""
        problem = self._exception
        if problem is not None:
            self.log_exception(problem)
        self.bell()
        name = type(problem).__name__ if problem is not None else "an error"
        self._exit_renderables.append(
            f"The screens stopped on {name}; runs go on. Details: {self._crash_file()}. "
            "Come back: unitrainer-tui attach last"
        )
        self._close_messages_no_wait()

    # ------------------------------------------------------------------------------------------ what the screens ask

    def now(self) -> float:
        return self._now()

    def open_run(self, run: str) -> None:
        """Shows a run above the list of runs, whatever was above it before."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(RunScreen(run))

    async def begin_new_run(self, dataset: Path | None = None) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        from unitrainer_tui.screens.profiles import ProfileScreen

        await self.push_screen(ProfileScreen(dataset=dataset))

    def _open(self, screen: Screen[None]) -> None:
        """Above the list of runs, or above the run that is shown: nothing of a new run that is half chosen stays."""
        while len(self.screen_stack) > 1 and not isinstance(self.screen, RunScreen):
            self.pop_screen()
        self.push_screen(screen)

    def open_profiles(self) -> None:
        from unitrainer_tui.screens.profiles import ProfileScreen

        self._open(ProfileScreen(choosing=False))

    def open_datasets(self) -> None:
        from unitrainer_tui.screens.dataset import DatasetScreen

        self._open(DatasetScreen())

    def open_audit(self) -> None:
        from unitrainer_tui.screens.audit import AuditScreen

        self._open(AuditScreen())

    def open_settings(self) -> None:
        from unitrainer_tui.screens.settings import SettingsScreen

        self._open(SettingsScreen())

    def run_changed(self, run: str, feed: RunFeed) -> None:
        self._seen[run] = feed.state
        self._last_run = run
        told = standing(feed.state, self.now())
        share = f" {told.fraction:.0%}" if told.fraction is not None and feed.state.result is None else ""
        title = f"{told.what}{share} · {run} · unitrainer"
        if title != self._window_title:
            self._window_title = title
            self._write(window_title(to_ascii(title) if self.settings.ascii else title))

    def run_ended(self, run: str, feed: RunFeed) -> None:
        self.run_changed(run, feed)
        self.bell()

    def log_exception(self, problem: BaseException) -> None:
        try:
            path = self._crash_file()
            private_directory(path.parent)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.write("".join(traceback.format_exception(problem)))
        except OSError:
            pass  # a full disk must not turn one problem into two

    def _crash_file(self) -> Path:
        return self.client.paths.state / "screens.log"

    def _write(self, sequence: str) -> None:
        """Straight to the terminal; nothing where there is none (tests)."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    # ------------------------------------------------------------------------------------------------------ quitting

    def action_keys(self) -> None:
        if isinstance(self.screen, ModalScreen):
            return
        self.push_screen(HelpScreen(key_rows(self.screen.active_bindings.values())))

    def action_request_quit(self) -> None:
        """With a live run it asks; without one it leaves at once."""
        if isinstance(self.screen, Question):
            return
        for screen in reversed(self.screen_stack):
            if isinstance(screen, RunScreen):
                screen.ask_quit()
                return
        self.run_worker(self._quit_from_list(), name="quit", description="quit", exit_on_error=False)

    async def _quit_from_list(self) -> None:
        try:
            live = [summary for summary in await asyncio.to_thread(self.client.runs) if summary.live]
        except Exception as problem:  # whatever keeps the list from being read, the way out stays open
            self.log_exception(problem)
            live = []
        if not live:
            self.leave()
            return
        if isinstance(self.screen, Question):
            return  # the key was pressed twice
        for summary in live:
            self._seen.setdefault(summary.run, summary.state)
        self._last_run = self._last_run or live[0].run
        self.push_screen(self._question_about(live), lambda answer: self.leave() if answer == "leave" else None)

    def _question_about(self, live: list[RunSummary]) -> Question:
        rates = [summary.state.cost.rate_usd_per_hour for summary in live if summary.state.cost is not None]
        lines = [f"{summary.run}  {summary.state.current_stage or ''}" for summary in live[:8]]
        lines.append("They do not need this terminal. To stop one: a on the list.")
        title = f"{plural(len(live), 'run')} in progress: leave?"
        leave = f"Leave (training goes on, {usd_per_hour(sum(rates))})"
        return Question(title, lines, [Choice(CANCEL, "Cancel"), Choice("leave", leave)])

    def exit_report(self) -> ExitReport:
        lines: list[str] = []
        for run, state in self._seen.items():
            if run == self._last_run or state.result is None:
                lines += report_on(run, state, self.now())
        lines += [str(safe(sentence)) for sentence in self.last_words]
        return ExitReport(tuple(lines), self.return_code or int(self.failed_errands))


def run_app(client: Client, *, open_run: str | None = None, settings: Settings | None = None) -> ExitReport:
    """Shows the screens until the user leaves. Raises UnitrainerError where there is no usable terminal."""
    problem = terminal_problem()
    if problem is not None:
        from unitrainer_tui.errors import UsageProblem

        raise UsageProblem(problem)
    app = UnitrainerApp(client, open_run=open_run, settings=settings)
    with leaving_at_once():
        app.run(mouse=app.settings.mouse)
    return app.exit_report()
