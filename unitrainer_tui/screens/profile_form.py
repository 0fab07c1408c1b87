"""Editing a profile by a form: the main keys, checked with every letter as the file itself is, and what the cloud
offers for the field that has the focus. Everything else in the file stays as it is."""

from __future__ import annotations

import asyncio
import tomllib
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.widgets import Footer, Input, Label
from textual.worker import Worker, WorkType

from unitrainer_tui.config.profile_files import replace_profile
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.screens.dialogs import CANCEL, Choice, Question
from unitrainer_tui.screens.form_fields import (
    BY_KEY,
    FIELDS,
    Fault,
    as_saved,
    choice_words,
    cloud_section,
    faults_of,
    next_choice,
    not_offered,
    typed_of,
    value_in,
)
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.supervisor.market import Market
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import home_relative, plural
from unitrainer_tui.widgets.still_text import StillText

STILL = 0.5
"""Seconds without a key before the cloud is asked again."""
ASKED_FOR = ("cloud.provider", "cloud.project", "cloud.region")
"""A change of one of these changes what the cloud offers."""


class FormInput(Input):
    """One line; its id is made of the key, because an id has no dots."""

    def __init__(self, key: str, value: str) -> None:
        super().__init__(value, id=f"form-{key.replace('.', '-')}", compact=True)
        self.key = key


class ProfileForm(ProgramScreen[str | None]):
    """Closes with a sentence about what was saved, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="form.save", tooltip="Save the profile and go back"),
        Binding(
            "pagedown",
            "choice(1)",
            "Next choice",
            key_display="pgdn",
            priority=True,  # before a widget's own scrolling
            id="form.next",
            tooltip="The next choice offered",
        ),
        Binding(
            "pageup",
            "choice(-1)",
            "Previous",
            show=False,
            priority=True,
            id="form.previous",
            tooltip="The choice before",
        ),
        Binding("down", "app.focus_next", "Next field", show=False, id="form.down", tooltip="The next field"),
        Binding("up", "app.focus_previous", "Field before", show=False, id="form.up", tooltip="The field before"),
        Binding("ctrl+r", "ask", "Ask the cloud", id="form.ask", tooltip="Ask the cloud for its offers again"),
        Binding(
            "escape", "leave", "Back", key_display="esc", id="form.back", tooltip="Back; asks before it drops changes"
        ),
    ]

    def __init__(self, path: Path, text: str) -> None:
        """`text` is what the file holds. Raises tomllib.TOMLDecodeError where a form cannot show it."""
        super().__init__()
        self._path = path
        self._text = text
        table = tomllib.loads(text)
        self._before = {field.key: typed_of(value_in(table, field.key)) for field in FIELDS}
        self._market = Market()
        self._faults: list[Fault] = []

    def compose(self) -> ComposeResult:
        yield StillText(classes="screen-title", id="form-title")
        with Container(id="form-fields"):
            for field in FIELDS:
                with Horizontal(classes="form-row"):
                    yield Label(Content(field.label), classes="form-label")
                    yield FormInput(field.key, self._before[field.key])
        yield StillText(id="form-about", classes="preview")
        yield StillText(id="form-choices", classes="preview")
        yield StillText(id="form-cloud", classes="preview")
        yield StillText(id="form-faults", classes="preview")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        title = Content.assemble((" Profile  ", "bold"), (safe(home_relative(self._path)), "bold $primary"))
        self.query_one("#form-title", StillText).show(title)
        self.query(FormInput).first().focus()
        self._check()
        self._ask(0.0)

    @property
    def typed(self) -> dict[str, str]:
        return {field.key: field.value for field in self.query(FormInput)}

    @property
    def changed(self) -> bool:
        return any(value.strip() != self._before[key].strip() for key, value in self.typed.items())

    # ---------------------------------------------------------------------------------------------------- checking

    def on_input_changed(self, event: Input.Changed) -> None:
        self._check()
        self._show_choices()
        key = event.input.key if isinstance(event.input, FormInput) else ""
        if key in ASKED_FOR and self.is_mounted and event.value != self._before[key]:
            self._ask(STILL)

    def on_input_submitted(self) -> None:
        self.focus_next()

    def on_descendant_focus(self) -> None:
        self._show_choices()

    def _check(self) -> None:
        saved = as_saved(self._text, self._before, self.typed)
        self._faults = faults_of(saved.text, self._path)
        lines = [Content.assemble(("✗ ", "$error"), fault.sentence(self._path.name)) for fault in self._faults[:2]]
        if len(self._faults) > 2:
            lines.append(Content.styled(f"  and {plural(len(self._faults) - 2, 'more problem')}", "$error"))
        if not self._faults:
            lines = [Content.assemble(("✓ ", "$success"), "this profile holds")]
        if not saved.whole:
            lines.append(
                Content.styled("! Saving writes the file anew; the old one stays beside it as .bak", "$warning")
            )
        self.query_one("#form-faults", StillText).show(Content("\n").join(lines))

    def _show_choices(self) -> None:
        field = self.focused
        if not isinstance(field, FormInput):
            return
        self.query_one("#form-about", StillText).show(Content.styled(BY_KEY[field.key].about, "$muted"))
        words = choice_words(field.key, self._market)
        strange = not_offered(field.key, field.value, self._market)
        shown = Content(" · ".join(words[:16]) + (f" · {len(words) - 16} more" if len(words) > 16 else ""))
        if strange:
            shown = Content.assemble((f"! {strange} ", "$warning"), shown)
        self.query_one("#form-choices", StillText).show(shown)

    # --------------------------------------------------------------------------------------------------- the cloud

    def action_ask(self) -> None:
        self._ask(0.0)

    def _ask(self, wait: float) -> None:
        look: WorkType[None] = partial(self._ask_cloud, wait)
        _: Worker[None] = self.run_worker(
            look, name="market", description="offers of the cloud", group="market", exclusive=True, exit_on_error=False
        )

    async def _ask_cloud(self, wait: float) -> None:
        await asyncio.sleep(wait)
        section = cloud_section(self.typed)
        line = self.query_one("#form-cloud", StillText)
        if section is None:
            self._market = Market()
            line.show(Content(""))
            self._show_choices()
            return
        line.show(Content.styled(f"asking {section.provider}…", "$muted"))
        try:
            self._market = await self.program.client.market(section)
        except UnitrainerError as problem:
            self._market = Market(problem=problem.sentence())
        except Exception as problem:
            self.program.log_exception(problem)
            self._market = Market(problem="The cloud could not be asked; the log says why.")
        if self._market.problem:
            line.show(
                Content.assemble(("✗ ", "$error"), safe(f"{section.provider}: {self._market.problem}", limit=300))
            )
        else:
            told = f"{plural(len(self._market.offers), 'flavor')}, {plural(len(self._market.images), 'image')} now"
            line.show(Content.styled(f"{section.provider}: {told}", "$muted"))
        self._show_choices()

    # -------------------------------------------------------------------------------------------------------- keys

    def action_choice(self, step: int) -> None:
        field = self.focused
        if not isinstance(field, FormInput):
            return
        chosen = next_choice(field.key, field.value, self._market, step)
        if chosen is None:
            known = field.key in ("cloud.project", "cloud.region", "cloud.image", "cloud.flavor")
            self.say("The cloud has told no choices for this field yet." if known else "Type the value of this field.")
        elif chosen == safe(chosen):
            field.value = chosen
            field.cursor_position = len(chosen)

    def action_save(self) -> None:
        if not self._faults:
            self._save()
            return

        def answered(answer: str | None) -> None:
            if answer == "save":
                self._save()

        lines = [fault.sentence(self._path.name) for fault in self._faults[:6]]
        choices = [Choice(CANCEL, "Cancel"), Choice("save", "Save all the same")]
        self.app.push_screen(Question("This profile does not hold yet", lines, choices), answered)

    def _save(self) -> None:
        saved = as_saved(self._text, self._before, self.typed)
        try:
            backup = replace_profile(self._path, saved.text, expected=self._text, keep=not saved.whole)
        except UnitrainerError as problem:
            self.say(problem.sentence(), "error")
            return
        told = f"Saved {home_relative(self._path)}."
        if backup is not None:
            told += f" Its old text, with its comments, is {home_relative(backup)}."
        self.dismiss(told)

    def action_leave(self) -> None:
        if not self.changed:
            self.dismiss(None)
            return

        def answered(answer: str | None) -> None:
            if answer == "drop":
                self.dismiss(None)

        choices = [Choice(CANCEL, "Go on editing"), Choice("drop", "Drop the changes", danger=True)]
        self.app.push_screen(Question("Leave without saving?", ["ctrl+s saves."], choices), answered)
