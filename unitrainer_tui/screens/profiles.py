"""The profiles: the user's own and the samples that are shipped, each with what it rents and trains. Here one is chosen
for a run, made, copied, edited, removed and put back.

A profile that does not hold is listed with file, line, key and reason; it cannot be chosen, but it can be mended.
"""

from __future__ import annotations

import asyncio
import tomllib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Footer, OptionList
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkType

from unitrainer_tui.client import ProfileEntry
from unitrainer_tui.config.profile_files import (
    create_profile,
    free_name,
    name_problem,
    remove_profile,
    restore_profile,
)
from unitrainer_tui.config.toml_edit import edited
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.screens.dialogs import NameQuestion, PickQuestion
from unitrainer_tui.screens.editor import edit_in_place
from unitrainer_tui.screens.form_fields import value_in
from unitrainer_tui.screens.steps import machine, step_title, work
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import home_relative, plural, shortened, usd
from unitrainer_tui.widgets.lists import Choices
from unitrainer_tui.widgets.still_text import StillText

MOST_PROBLEMS = 4


@dataclass(frozen=True)
class Offered:
    entry: ProfileEntry
    sample: bool


def option(offered: Offered, index: int) -> Option:
    entry = offered.entry
    name = f"{shortened(safe(entry.name), 18):<19}"
    mark = ("  sample", "$muted") if offered.sample else ("", "")
    if entry.profile is None:
        key, what = entry.problems[0] if entry.problems else ("", "does not hold")
        line = entry.lines[0] if entry.lines else None
        at = f"{entry.path.name}:{line}" if line is not None else entry.path.name
        where = safe(f"{at}: {key + ': ' if key else ''}{what}", limit=200)
        return Option(Content.assemble(("✗ ", "$error"), name, (where, "$error"), mark), id=str(index))
    text = f"{work(entry.profile)} · {machine(entry.profile)}"
    return Option(Content.assemble(("  ", ""), (name, "bold"), text, mark), id=str(index))


def preview(offered: Offered) -> Content:
    """The chosen profile in a few lines."""
    entry, profile = offered.entry, offered.entry.profile
    rows: list[tuple[str, str]] = [("file", safe(home_relative(entry.path)))]
    if profile is None:
        lines = entry.lines or (None,) * len(entry.problems)
        for (key, what), line in list(zip(entry.problems, lines, strict=False))[:MOST_PROBLEMS]:
            rows.append((f"line {line}" if line is not None else "problem", safe(f"{key + ': ' if key else ''}{what}")))
        if len(entry.problems) > MOST_PROBLEMS:
            rows.append(("", plural(len(entry.problems) - MOST_PROBLEMS, "more problem")))
        rows.append(("mend it", "e by a form, E in your editor"))
    else:
        limits = profile.limits
        budget = f", {usd(limits.budget_usd)} at most" if limits.budget_usd is not None else ""
        dataset = profile.dataset.path
        rows += [
            ("rents", machine(profile)),
            ("trains", work(profile)),
            ("dataset", safe(home_relative(dataset)) if dataset is not None else "is chosen next"),
            ("limits", f"{limits.max_hours:g} h{budget}"),
        ]
    return Content("\n").join(Content.assemble((f"{label:<9}", "$muted"), value) for label, value in rows)


class ProfileScreen(ProgramScreen[None]):
    """`choosing`: it is the first of the three steps to a run; `dataset` is the one that was chosen before it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "choose",
            "Train with it",
            id="profiles.choose",
            tooltip="Go on with the profile under the cursor",
        ),
        Binding("n", "new", "New", id="profiles.new", tooltip="Make a profile from a sample"),
        Binding("e", "edit", "Edit", id="profiles.edit", tooltip="Edit the profile by a form"),
        Binding("E", "editor", "Editor", show=False, id="profiles.editor", tooltip="Open the file in $EDITOR"),
        Binding("c", "copy", "Copy", id="profiles.copy", tooltip="Copy the profile under a new name"),
        Binding("d", "remove", "Delete", id="profiles.delete", tooltip="Delete the profile; u puts it back"),
        Binding("u", "undo", "Undo", show=False, id="profiles.undo", tooltip="Put the deleted profile back"),
        Binding("escape", "app.pop_screen", "Back", key_display="esc", id="profiles.back", tooltip="Back to the runs"),
        Binding("j", "cursor_down", "Down", show=False, id="profiles.down", tooltip="The next profile"),
        Binding("k", "cursor_up", "Up", show=False, id="profiles.up", tooltip="The profile before"),
    ]

    def __init__(self, *, choosing: bool = True, dataset: Path | None = None) -> None:
        super().__init__()
        self._dataset = dataset
        self._choosing = choosing
        self._offered: list[Offered] = []
        self._removed: list[Path] = []

    def compose(self) -> ComposeResult:
        yield StillText(classes="screen-title", id="profiles-title")
        with Vertical(classes="panel"):
            yield Choices(id="profiles-list", markup=False)
        yield StillText(id="profiles-preview", classes="preview")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        title = step_title(1, "Choose a profile") if self._choosing else Content.styled(" Profiles", "bold")
        self.query_one("#profiles-title", StillText).show(title)
        self.query_one(OptionList).focus()
        self._reread()

    def on_screen_resume(self) -> None:
        if self._offered:
            self._reread()

    def _reread(self, name: str | None = None) -> None:
        """Reads the list again; the cursor goes to `name`, else stays where it is."""
        look: WorkType[None] = partial(self._read, name)
        _: Worker[None] = self.run_worker(
            look,
            name="profiles",
            description="list of profiles",
            group="profiles",
            exclusive=True,
            exit_on_error=False,
        )

    async def _read(self, name: str | None) -> None:
        own: list[ProfileEntry] = []
        try:
            own = await asyncio.to_thread(self.program.client.profiles)
        except UnitrainerError as problem:
            self.say(problem.sentence(), "error")
        except Exception as problem:
            self.program.log_exception(problem)
            self.say("The profile directory could not be read; the samples are still offered.", "error")
        samples = await asyncio.to_thread(self.program.client.samples)
        before = self._chosen()
        self._offered = [Offered(entry, False) for entry in own] + [Offered(entry, True) for entry in samples]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([option(offered, index) for index, offered in enumerate(self._offered)])
        self.read_once.set()
        if not self._offered:
            self._preview(Content("No profile yet: press n to make one from a sample."))
            return
        options.highlighted = self._place_of(name, before)

    def _place_of(self, name: str | None, before: Offered | None) -> int:
        """Where the cursor goes: to the name, to what it was on, else to the first profile that holds."""
        places = {(offered.entry.name, offered.sample): index for index, offered in enumerate(self._offered)}
        if name is not None and (name, False) in places:
            return places[name, False]
        if before is not None and (before.entry.name, before.sample) in places:
            return places[before.entry.name, before.sample]
        holding = (index for index, offered in enumerate(self._offered) if offered.entry.profile is not None)
        return next(holding, 0)

    def _preview(self, content: Content) -> None:
        self.query_one("#profiles-preview", StillText).show(content)

    def _chosen(self) -> Offered | None:
        at = self.query_one(OptionList).highlighted
        return self._offered[at] if at is not None and at < len(self._offered) else None

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        at = int(event.option_id or 0)
        if at < len(self._offered):
            self._preview(preview(self._offered[at]))

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        await self._go_on(self._offered[int(event.option_id or 0)])

    async def _go_on(self, offered: Offered) -> None:
        """Returns when the next screen is there: what is typed on at once belongs to it."""
        from unitrainer_tui.screens.dataset import DatasetScreen

        if offered.entry.profile is None:
            self.say("This profile does not hold; mend what is said about it first: e, or E for your editor.")
            return
        await self.app.push_screen(DatasetScreen(offered.entry.path, offered.entry.profile, start=self._dataset))

    # -------------------------------------------------------------------------------------------------------- keys

    async def action_choose(self) -> None:
        await self.first_reading()
        chosen = self._chosen()
        if chosen is None:
            self.say("There is no profile here that can be used; n makes one.")
        else:
            await self._go_on(chosen)

    async def action_new(self) -> None:
        await self.first_reading()
        samples = [offered.entry for offered in self._offered if offered.sample]
        lines = [f"{entry.name:<20}{_in_words(entry)}" for entry in samples]

        def picked(at: int | None) -> None:
            if at is not None:
                self._ask_name(samples[at], "Name of the new profile", edit=True)

        if samples:
            self.app.push_screen(PickQuestion("Begin with which sample?", lines), picked)
        else:
            self.say("The samples are not installed; copy a profile with c.", "warning")

    async def action_copy(self) -> None:
        await self.first_reading()
        chosen = self._chosen()
        if chosen is not None:
            self._ask_name(chosen.entry, f"Copy of {chosen.entry.name}", edit=False)

    def _ask_name(self, entry: ProfileEntry, title: str, *, edit: bool) -> None:
        directory = self.program.client.paths.profiles

        def problem(name: str) -> str:
            taken = f"There is a profile {name} already." if (directory / f"{name}.toml").exists() else ""
            return name_problem(name) or taken

        def named(name: str | None) -> None:
            if name is None:
                return
            try:
                path = create_profile(directory, name, copied_text(entry.path, name))
            except (UnitrainerError, OSError, UnicodeDecodeError) as wrong:
                why = f"{wrong.strerror}: {wrong.filename}" if isinstance(wrong, OSError) else str(wrong)
                self.say(
                    wrong.sentence() if isinstance(wrong, UnitrainerError) else f"No copy was made: {why}.", "error"
                )
                return
            self._reread(name)
            if edit:
                self._open_form(path)
            else:
                self.say(f"Made {home_relative(path)}.")

        self.app.push_screen(NameQuestion(title, free_name(directory, entry.name), problem), named)

    async def action_edit(self) -> None:
        await self.first_reading()
        chosen = self._chosen()
        if chosen is None:
            self.say("There is no profile to edit yet; n makes one.")
        elif chosen.sample:
            self._ask_name(chosen.entry, "A sample stays as it is; name of your copy", edit=True)
        else:
            self._open_form(chosen.entry.path)

    def _open_form(self, path: Path) -> None:
        from unitrainer_tui.screens.profile_form import ProfileForm

        try:
            form = ProfileForm(path, path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as problem:
            self.say(f"{path.name}: not valid TOML: {problem}. A form cannot show it; E opens your editor.", "warning")
            return
        except (OSError, UnicodeDecodeError) as problem:
            self.say(f"{path.name} cannot be read: {problem}.", "error")
            return

        def closed(told: str | None) -> None:
            if told:
                self.say(told)
            self._reread(path.stem)

        self.app.push_screen(form, closed)

    async def action_editor(self) -> None:
        await self.first_reading()
        chosen = self._chosen()
        if chosen is None or chosen.sample:
            self.say("A sample stays as it is: copy it with c, then open the copy.")
            return
        wrong = edit_in_place(self.app, chosen.entry.path)
        if wrong:
            self.say(wrong, "warning")
        self._reread(chosen.entry.name)

    async def action_remove(self) -> None:
        await self.first_reading()
        chosen = self._chosen()
        if chosen is None or chosen.sample:
            self.say("Only a profile of your own can be deleted; samples belong to the program.")
            return
        try:
            self._removed.append(remove_profile(chosen.entry.path))
        except UnitrainerError as problem:
            self.say(problem.sentence(), "error")
            return
        self.say(f"Deleted {chosen.entry.name}. u puts it back.")
        self._reread()

    def action_undo(self) -> None:
        if not self._removed:
            self.say("Nothing was deleted here that could be put back.")
            return
        try:
            path = restore_profile(self._removed[-1])
        except UnitrainerError as problem:
            self.say(problem.sentence(), "error")
            return
        self._removed.pop()
        self.say(f"{path.stem} is back.")
        self._reread(path.stem)

    def action_cursor_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_cursor_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()


def _in_words(entry: ProfileEntry) -> str:
    return f"{work(entry.profile)} · {machine(entry.profile)}" if entry.profile is not None else "does not hold"


def copied_text(path: Path, name: str) -> str:
    """The text of a profile for a copy of another name, its relative paths made absolute: the copy lies elsewhere."""
    text = path.read_text(encoding="utf-8")
    try:
        table = tomllib.loads(text)
        changes: dict[str, object] = {"name": name}
        for key in ("dataset.path", "training.source", "output.models_dir"):
            said = value_in(table, key)
            if isinstance(said, str) and not Path(said).expanduser().is_absolute():
                changes[key] = str(path.absolute().parent / said)
        changed = edited(text, changes)
    except tomllib.TOMLDecodeError:
        return text
    return changed.text if changed.whole else text
