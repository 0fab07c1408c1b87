"""Choosing a dataset: a path with completion, the profile's own and the recent ones, a light look at it while it is
being typed, then the check that the run makes as well. What has faults goes no further."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Footer, Input, OptionList
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkType

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.datasets.check import check_dataset
from unitrainer_tui.datasets.report import DatasetReport, Stopped
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.pipeline.check import look_at_data
from unitrainer_tui.screens.dataset_report import counted, report_content
from unitrainer_tui.screens.folders import FolderSummary, completions, look_at
from unitrainer_tui.screens.steps import step_title
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import home_relative
from unitrainer_tui.widgets.lists import Lines
from unitrainer_tui.widgets.still_text import StillText

SHOWN = 200
"""Lines of the list at most; what is typed narrows it."""
STILL = 0.15
"""Seconds without a key before the disk is asked."""


class PathSuggester(Suggester):
    """The first completion that the list shows, in grey behind the cursor."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        found = await asyncio.to_thread(completions, value) if value else []
        return found[0] if found and found[0] == safe(found[0]) else None


class PathField(Input):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", id="dataset.complete", tooltip="Take the completion shown in grey"),
        Binding("down", "to_list", "List", show=False, id="dataset.to-list", tooltip="Into the list below"),
    ]

    async def _on_key(self, event: events.Key) -> None:
        """Letters are inserted here, but a binding's key first goes up to the app: on a busy screen the letters typed
        behind it would overtake it, and be what it deletes."""
        if event.key == "backspace":
            event.stop()
            event.prevent_default()
            self.action_delete_left()
            return
        await super()._on_key(event)

    def action_complete(self) -> None:
        """Tab takes the completion; where there is none it moves on, as Tab does everywhere."""
        if self._suggestion and self._suggestion != self.value:
            self.value = self._suggestion
            self.cursor_position = len(self.value)
        else:
            self.screen.focus_next()

    def action_to_list(self) -> None:
        self.screen.query_one("#dataset-list", OptionList).focus()


class DatasetScreen(ProgramScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "go_on", "Continue", id="dataset.continue", tooltip="Go on with this path"),
        Binding(
            "escape", "app.pop_screen", "Back", key_display="esc", id="dataset.back", tooltip="Back to the profiles"
        ),
        Binding("ctrl+t", "tree", "Tree", id="dataset.tree", tooltip="Look for it in a tree of folders"),
        Binding("ctrl+l", "inside", "Look inside", id="dataset.inside", tooltip="Samples, classes and every fault"),
    ]

    def __init__(
        self, profile_path: Path | None = None, profile: Profile | None = None, *, start: Path | None = None
    ) -> None:
        """Without a profile a dataset is looked at as what it looks like, and a run with it begins with a profile.
        `start`: the path that stands there first, in place of the profile's own."""
        super().__init__()
        self._profile_path = profile_path
        self._profile = profile
        self._start = start
        self._listed: list[str] = []
        self._recent: list[str] = []
        self._checked: tuple[str, FolderSummary, DatasetReport | None] | None = None
        self._large: str | None = None  # too large to be checked while it is being typed
        self._going: str | None = None  # the user wants to go on with it as soon as it is checked

    def compose(self) -> ComposeResult:
        own = self._start or (self._profile.dataset.path if self._profile is not None else None)
        yield StillText(classes="screen-title", id="dataset-title")
        yield PathField(
            home_relative(own) if own is not None else "",
            placeholder="path of a folder or a table, e.g. ~/datasets/coco8",
            suggester=PathSuggester(),
            id="dataset-path",
            select_on_focus=False,
        )
        yield StillText(id="dataset-summary", classes="preview")
        with Vertical(classes="panel"):
            yield StillText(id="dataset-list-title", classes="panel-header")
            yield Lines(id="dataset-list", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#dataset-title", StillText).show(
            step_title(2, "Choose a dataset")
            if self._profile is not None
            else Content.assemble((" Datasets", "bold"), ("  what one holds, and what is wrong with it", "$muted"))
        )
        self.query_one(PathField).focus()
        self.run_worker(self._read_recent(), name="recent", description="recent datasets", exit_on_error=False)
        self._look()

    async def _read_recent(self) -> None:
        try:
            runs = await asyncio.to_thread(self.program.client.runs)
        except UnitrainerError:
            runs = []  # the field works without them
        known = dict.fromkeys(summary.dataset for summary in runs if "/" in summary.dataset)
        self._recent = [home_relative(path) for path in list(known)[:20]]
        self._look()

    def on_input_changed(self, event: Input.Changed) -> None:
        if self._going != event.value:
            self._going = None
        self._look()

    def _look(self) -> None:
        look: WorkType[None] = partial(self._look_now, self.query_one(PathField).value)
        _: Worker[None] = self.run_worker(
            look,
            name="look",
            description="look at a path",
            group="look",
            exclusive=True,
            exit_on_error=False,
        )

    async def _look_now(self, typed: str) -> None:
        """Typing starts this over; the threads of an older look run into their bounds and are not listened to."""
        found = await asyncio.to_thread(completions, typed) if typed else []
        self._show_list(typed, found)
        if not typed.strip():
            self._show(Content.styled("Type a path, or choose one below.", "$muted"))
            return
        await asyncio.sleep(STILL)
        path = Path(typed.strip()).expanduser()
        light = await asyncio.to_thread(look_at, path)
        if light.problem:
            self._show(Content.assemble(("! ", "$warning"), safe(light.problem)))
            self._done(typed, light, None)
        elif light.more and self._going != typed:
            self._large = typed
            self._show(Content.assemble(("· ", "$muted"), safe(f"{light.sentence()}. Enter checks it.")))
        else:
            self._show(Content.assemble(("· ", "$muted"), safe(f"{light.sentence()}. Checking…")))
            await asyncio.sleep(STILL)
            await self._check(typed, path, light)

    async def _check(self, typed: str, path: Path, light: FolderSummary) -> None:
        enough = threading.Event()
        try:
            report = await asyncio.to_thread(self._report_on, path.absolute(), enough.is_set)
        except Stopped:
            return
        except UnitrainerError as problem:
            self._show(Content.assemble(("! ", "$warning"), safe(problem.sentence())))
            self._done(typed, replace(light, problem=problem.sentence()), None)
            return
        except Exception as problem:
            self.program.log_exception(problem)
            self._show(Content.assemble(("! ", "$warning"), "The dataset could not be checked here; the log says why."))
            self._done(typed, light, None)
            return
        finally:
            enough.set()  # the thread of a check that nobody waits for any more ends soon
        if report is None:
            self._done(typed, light, None)
            return
        self._show(report_content(report))
        self._done(
            typed,
            replace(light, found=f"{report.kind}: {report.summary}", bytes=report.size, counts=report.counts),
            report,
        )

    def _report_on(self, path: Path, enough: Callable[[], bool]) -> DatasetReport | None:
        """The check as the run makes it; without a profile, of the dataset as what it looks like."""
        if self._profile is None:
            return check_dataset(path, should_stop=enough)
        dataset = self._profile.dataset.model_copy(update={"path": path})
        return look_at_data(self._profile.model_copy(update={"dataset": dataset}), enough)

    def _done(self, typed: str, summary: FolderSummary, report: DatasetReport | None) -> None:
        self._checked = (typed, summary, report)
        if self._going == typed:
            self._going = None
            self._go(typed, summary, report)

    def _show(self, content: Content) -> None:
        self.query_one("#dataset-summary", StillText).show(content)

    def _show_list(self, typed: str, found: list[str]) -> None:
        recent = [path for path in self._recent if path.startswith(typed) or not typed]
        rows = [("recent", path) for path in recent if path != typed]
        rows += [("", path) for path in found[:SHOWN] if path not in recent and path.rstrip("/") != typed.rstrip("/")]
        self._listed = [path for _, path in rows]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(
            [
                Option(Content.assemble((f"{mark:<8}", "$muted"), safe(path)), id=str(index))
                for index, (mark, path) in enumerate(rows)
            ]
        )
        title = f"first {SHOWN} of the matches" if len(found) > SHOWN else "matches"
        if not rows:
            title = f"no other path begins like this; {self.key('dataset.tree', 'ctrl+t')} shows a tree of folders"
        self.query_one("#dataset-list-title", StillText).show(Content.styled(title, "$muted"))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._take(self._listed[int(event.option_id or 0)])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.action_go_on()

    def action_go_on(self) -> None:
        typed = self.query_one(PathField).value.strip()
        if not typed:
            self.say("Type the path of a dataset first.")
            return
        typed = self.query_one(PathField).value
        if self._checked is not None and self._checked[0] == typed:
            self._go(*self._checked)
            return
        self._going = typed
        if self._large == typed:
            self._look()

    def _go(self, typed: str, summary: FolderSummary, report: DatasetReport | None) -> None:
        from unitrainer_tui.screens.review import ReviewScreen

        if summary.problem:
            self.say(summary.problem, "warning")
        elif report is not None and report.faults:
            many = counted(report)
            said = report.faults[0] if many == 1 else f"{many:,} faults; the first: {report.faults[0]}"
            self.say(safe(f"This dataset does not hold: {said}"), "warning")
        else:
            path = Path(typed.strip()).expanduser().absolute()
            if self._profile is None or self._profile_path is None:
                self.app.call_later(self.program.begin_new_run, path)
            else:
                self.app.push_screen(ReviewScreen(self._profile_path, self._profile, path, summary))

    def action_tree(self) -> None:
        from unitrainer_tui.screens.folder_tree import TreeScreen

        start = Path(self.query_one(PathField).value.strip() or ".").expanduser().absolute()
        while not start.is_dir() and start != start.parent:
            start = start.parent

        def taken(path: str | None) -> None:
            if path is not None:
                self._take(home_relative(path))

        self.app.push_screen(TreeScreen(start), taken)

    def _take(self, path: str) -> None:
        field = self.query_one(PathField)
        field.value = path
        field.cursor_position = len(path)
        field.focus()

    def action_inside(self) -> None:
        from unitrainer_tui.screens.dataset_look import DatasetLook

        typed = self.query_one(PathField).value
        if self._checked is None or self._checked[0] != typed or self._checked[2] is None:
            here = self._checked is not None and self._checked[0] == typed
            problem = self._checked[1].problem if self._checked is not None and here else ""
            self.say(safe(problem) or "It is not checked yet: type a path, then wait for its kind and numbers.")
            return
        self.app.push_screen(DatasetLook(Path(typed.strip()).expanduser().absolute(), self._checked[2]))
