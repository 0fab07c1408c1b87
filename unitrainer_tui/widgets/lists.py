"""Lists that leave the enter key to their screen.

Textual lets a key that is nobody's go up from widget to screen, one message after the other. An enter key with priority
would overtake the arrows that were pressed right before it, and choose the line above the one that the user means; the
list's own enter would hide the screen's from the footer.
"""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, OptionList


def _without_enter(bindings: list[BindingType]) -> list[BindingType]:
    return [one for one in bindings if not (isinstance(one, Binding) and one.key == "enter")]


class Choices(OptionList, inherit_bindings=False):
    BINDINGS: ClassVar[list[BindingType]] = _without_enter(OptionList.BINDINGS)


class Rows(DataTable[Text], inherit_bindings=False):
    BINDINGS: ClassVar[list[BindingType]] = _without_enter(DataTable.BINDINGS)
