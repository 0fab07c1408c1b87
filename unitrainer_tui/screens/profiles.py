"""Choosing a profile: the user's own and the samples that are shipped, each with what it rents and trains.

A profile that does not hold is listed with file, key and reason, and cannot be chosen.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Footer, OptionList
from textual.widgets.option_list import Option

from unitrainer_tui.client import ProfileEntry
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.screens.steps import machine, step_title, work
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import home_relative, shortened, usd
from unitrainer_tui.widgets.still_text import StillText


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
        where = safe(f"{entry.path.name}: {key + ': ' if key else ''}{what}", limit=200)
        return Option(Content.assemble(("✗ ", "$error"), name, (where, "$error"), mark), id=str(index), disabled=True)
    text = f"{work(entry.profile)} · {machine(entry.profile)}"
    return Option(Content.assemble(("  ", ""), (name, "bold"), text, mark), id=str(index))


def preview(offered: Offered) -> Content:
    """The chosen profile in a few lines."""
    entry, profile = offered.entry, offered.entry.profile
    rows: list[tuple[str, str]] = [("file", safe(home_relative(entry.path)))]
    if profile is None:
        rows += [(safe(key) or "problem", safe(what)) for key, what in entry.problems]
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
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "choose",
            "Choose",
            priority=True,
            id="profiles.choose",
            tooltip="Go on with the profile under the cursor",
        ),
        Binding("escape", "app.pop_screen", "Back", key_display="esc", id="profiles.back", tooltip="Back to the runs"),
        Binding("j", "cursor_down", "Down", show=False, id="profiles.down", tooltip="The next profile"),
        Binding("k", "cursor_up", "Up", show=False, id="profiles.up", tooltip="The profile before"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._offered: list[Offered] = []

    def compose(self) -> ComposeResult:
        yield StillText(classes="screen-title", id="profiles-title")
        with Vertical(classes="panel"):
            yield OptionList(id="profiles-list", markup=False)
        yield StillText(id="profiles-preview", classes="preview")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#profiles-title", StillText).show(step_title(1, "Choose a profile"))
        self.query_one(OptionList).focus()
        self.run_worker(self._read(), name="profiles", description="list of profiles", exit_on_error=False)

    async def _read(self) -> None:
        own: list[ProfileEntry] = []
        try:
            own = await asyncio.to_thread(self.program.client.profiles)
        except UnitrainerError as problem:
            self.say(problem.sentence(), "error")
        except Exception as problem:
            self.program.log_exception(problem)
            self.say("The profile directory could not be read; the samples are still offered.", "error")
        samples = await asyncio.to_thread(self.program.client.samples)
        self._offered = [Offered(entry, False) for entry in own] + [Offered(entry, True) for entry in samples]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([option(offered, index) for index, offered in enumerate(self._offered)])
        if not self._offered:
            where = safe(home_relative(self.program.client.paths.profiles))
            self.query_one("#profiles-preview", StillText).show(
                Content(f"No profile yet. Make one in {where}: `unitrainer-tui profile new`.")
            )
            return
        first = next((index for index, offered in enumerate(self._offered) if offered.entry.profile is not None), None)
        options.highlighted = first
        if first is None:
            self.query_one("#profiles-preview", StillText).show(preview(self._offered[0]))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self.query_one("#profiles-preview", StillText).show(preview(self._offered[int(event.option_id or 0)]))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._go_on(self._offered[int(event.option_id or 0)])

    def _go_on(self, offered: Offered) -> None:
        from unitrainer_tui.screens.dataset import DatasetScreen

        if offered.entry.profile is None:
            self.say("This profile does not hold; mend what is said about it first.")
            return
        self.app.push_screen(DatasetScreen(offered.entry.path, offered.entry.profile))

    def action_choose(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is None:
            self.say("There is no profile here that can be used.")
        else:
            self._go_on(self._offered[at])

    def action_cursor_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_cursor_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()
