"""Lists that stand every key, and lists and fields that leave the enter key to their screen.

Textual lets a key that is nobody's go up from widget to screen, one message after the other. An enter key with priority
would overtake the arrows and letters that were typed right before it, and take another line or half a name; the
widget's own enter would hide the screen's from the footer.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import DataTable, Input, OptionList, Tree


def _without_enter(widget: type[Widget]) -> list[BindingType]:
    """All bindings of the class and of those that it is made of, of one key the last."""
    by_key: dict[str, BindingType] = {}
    for owner in reversed(widget.__mro__):
        for one in owner.__dict__.get("BINDINGS", ()):
            assert isinstance(one, Binding)
            by_key |= {key: replace(one, key=key) for key in one.key.split(",")}
    return [one for key, one in by_key.items() if key != "enter"]


class Lines(OptionList):
    """Textual counts the lines of a list when it has room on the screen; a page key before that raised KeyError."""

    def action_page_up(self) -> None:
        if self.scrollable_content_region:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        if self.scrollable_content_region:
            super().action_page_down()  # type: ignore[no-untyped-call]


class Choices(Lines, inherit_bindings=False):
    BINDINGS: ClassVar[list[BindingType]] = _without_enter(OptionList)


class Rows(DataTable[Text], inherit_bindings=False):
    BINDINGS: ClassVar[list[BindingType]] = _without_enter(DataTable)


class Branches(Tree[Path | None], inherit_bindings=False):
    BINDINGS: ClassVar[list[BindingType]] = _without_enter(Tree)


class NameField(Input, inherit_bindings=False):
    BINDINGS: ClassVar[list[BindingType]] = _without_enter(Input)
