"""The settings as a list: enter changes the one under the cursor, at once and in the file."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Footer, OptionList
from textual.widgets.option_list import Option

from unitrainer_tui.config.settings import THEME_NAMES, Settings, settings_file
from unitrainer_tui.screens.surroundings import ProgramScreen
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import home_relative
from unitrainer_tui.widgets.lists import Choices
from unitrainer_tui.widgets.still_text import StillText

ROWS = (
    ("theme", "dark, light, or terminal: your terminal's own colours"),
    ("ascii", "draw with ASCII alone"),
    ("mouse", "off: the terminal keeps the mouse for selecting text; from the next start on"),
    ("low_bandwidth", "repaint less often, for a slow link; from the next start on"),
)


def next_value(settings: Settings, key: str) -> str | bool:
    """What enter makes of a setting."""
    value = getattr(settings, key)
    if key == "theme":
        return THEME_NAMES[(THEME_NAMES.index(value) + 1) % len(THEME_NAMES)]
    return not value


class SettingsScreen(ProgramScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "change", "Change", id="settings.change", tooltip="The next value"),
        Binding("escape", "app.pop_screen", "Back", key_display="esc", id="settings.back", tooltip="Back to the runs"),
        Binding("j", "move(1)", "Down", show=False, id="settings.down", tooltip="The next setting"),
        Binding("k", "move(-1)", "Up", show=False, id="settings.up", tooltip="The setting before"),
    ]

    def compose(self) -> ComposeResult:
        yield StillText(classes="screen-title", id="settings-title")
        yield Choices(markup=False, id="settings-list")
        yield StillText(id="settings-note", classes="preview")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#settings-title", StillText).show(Content.styled(" Settings", "bold"))
        self.query_one(OptionList).focus()
        self._show()

    def _show(self) -> None:
        settings = self.program.settings
        options = self.query_one(OptionList)
        at = options.highlighted or 0
        options.clear_options()
        for key, about in ROWS:
            value = getattr(settings, key)
            word = value if isinstance(value, str) else "on" if value else "off"
            options.add_option(
                Option(Content.assemble(f"{key:<15}", (f"{word:<10}", "bold $primary"), (about, "$muted")))
            )
        options.highlighted = at
        path = safe(home_relative(settings_file(self.program.client.paths)))
        lines = [
            Content(
                f"{len(settings.keymap)} keys of your own." if settings.keymap else "All keys are the program's own."
            ),
            Content.styled(f'Other keys: a table [keymap] in {path}, such as "home.new" = "f2".', "$muted"),
            *(Content.styled(f"! {safe(problem)}", "$warning") for problem in settings.problems),
        ]
        self.query_one("#settings-note", StillText).show(Content("\n").join(lines))

    def action_change(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None:
            key = ROWS[at][0]
            self.program.change_setting(key, next_value(self.program.settings, key))
            self._show()

    def on_option_list_option_selected(self) -> None:
        self.action_change()

    def action_move(self, step: int) -> None:
        options = self.query_one(OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()
