"""The keys that work where help was called, generated from the bindings themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

_SHOWN_AS = {
    "question_mark": "?",
    "slash": "/",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
}


def shown_key(key: str) -> str:
    """A key as people call it."""
    return _SHOWN_AS.get(key, key)


def key_rows(active: Iterable[ActiveBinding]) -> list[tuple[str, str]]:
    """(keys, what they do) for each action with an id, in the order in which the bindings were written."""
    keys: dict[str, list[str]] = {}
    told: dict[str, str] = {}
    for entry in active:
        binding = entry.binding
        if not binding.id:
            continue
        keys.setdefault(binding.id, []).append(shown_key(binding.key))
        told[binding.id] = binding.tooltip or binding.description
    return [("  ".join(keys[name]), told[name]) for name in keys]


class HelpScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "close", "Close", id="help.close", tooltip="Close this help"),
    ]

    def __init__(self, rows: list[tuple[str, str]]) -> None:
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        width = max((len(keys) for keys, _ in self._rows), default=0)
        lines = [Content.styled("Keys that work here", "bold"), Content("")]
        lines += [
            Content.assemble((f"{keys:<{width}}", "bold $primary"), "   ", (told, "")) for keys, told in self._rows
        ]
        lines += [
            Content(""),
            Content.styled("Every key with its id: docs/KEYS.md", "$muted"),
        ]
        with VerticalScroll(id="help"):
            yield Static(Content("\n").join(lines))

    def on_mount(self) -> None:
        self.query_one("#help").focus()

    def action_close(self) -> None:
        self.dismiss(None)
