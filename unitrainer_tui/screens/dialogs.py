"""Questions before anything that costs or destroys. The focus begins on the answer that changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from unitrainer_tui.text import safe
from unitrainer_tui.widgets.lists import Lines, NameField

CANCEL = "cancel"


@dataclass(frozen=True)
class Choice:
    """`key` comes back from the dialog; `danger` colours the button of what costs or destroys."""

    key: str
    label: str
    danger: bool = False


class Question(ModalScreen[str]):
    """Answers with the key of the choice, `cancel` for Escape. The first choice has the focus: make it the safe one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="dialog.cancel", tooltip="Close without doing anything"),
        Binding("left,up,h,k", "app.focus_previous", "Back", show=False, id="dialog.back", tooltip="The button before"),
        Binding("right,down,l,j", "app.focus_next", "On", show=False, id="dialog.on", tooltip="The next button"),
    ]

    def __init__(self, title: str, lines: Sequence[str], choices: Sequence[Choice]) -> None:
        super().__init__()
        self._title = safe(title)
        self._lines = [safe(line) for line in lines]
        self._choices = list(choices)

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            yield Static(Content.styled(self._title, "bold"), id="question-title")
            yield Static(Content("\n".join(self._lines)), id="question-text")
            with Horizontal(id="question-choices"):
                for choice in self._choices:
                    variant: Literal["error", "default"] = "error" if choice.danger else "default"
                    yield Button(Content(choice.label), variant=variant, id=f"choice-{choice.key}", compact=True)

    def on_mount(self) -> None:
        self.query(Button).first().focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss((event.button.id or "").removeprefix("choice-") or CANCEL)

    def action_cancel(self) -> None:
        self.dismiss(CANCEL)


class NameQuestion(ModalScreen[str | None]):
    """Asks for one line of text. `problem` says why an answer will not do ("" where it will); None comes for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="name.cancel", tooltip="Close without doing anything"),
        Binding("enter", "take", "OK", id="name.take", tooltip="Take this name"),
    ]

    def __init__(self, title: str, value: str, problem: Callable[[str], str]) -> None:
        super().__init__()
        self._title = safe(title)
        self._value = safe(value)
        self._problem = problem

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            yield Static(Content.styled(self._title, "bold"), id="question-title")
            yield NameField(self._value, id="name-field", compact=True)
            yield Static(Content.styled("enter takes it, escape leaves it", "$muted"), id="name-problem")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def action_take(self) -> None:
        typed = self.query_one(Input).value.strip()
        wrong = self._problem(typed)
        if wrong:
            self.query_one("#name-problem", Static).update(Content.styled(safe(wrong), "$error"))
        else:
            self.dismiss(typed)

    def action_cancel(self) -> None:
        self.dismiss(None)


class PickQuestion(ModalScreen[int | None]):
    """One of several lines; its place comes back, None for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="pick.cancel", tooltip="Close without choosing"),
        Binding("j", "move(1)", "Down", show=False, id="pick.down", tooltip="The next line"),
        Binding("k", "move(-1)", "Up", show=False, id="pick.up", tooltip="The line before"),
    ]

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title = safe(title)
        self._lines = [safe(line) for line in lines]

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            yield Static(Content.styled(self._title, "bold"), id="question-title")
            options = Lines(*(Option(Content(line)) for line in self._lines), markup=False, id="pick-list")
            options.styles.height = len(self._lines)
            yield options
            yield Static(Content.styled("enter chooses, escape leaves it", "$muted"))

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_index)

    def action_move(self, step: int) -> None:
        options = self.query_one(OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_cancel(self) -> None:
        self.dismiss(None)
