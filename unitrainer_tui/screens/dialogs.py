"""Questions before anything that costs or destroys. The focus begins on the answer that changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from unitrainer_tui.text import safe

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
