"""Text that is repainted only when it has changed: what a screen over a slow link is made of."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

Part = str | Content | tuple[str, str]


class StillText(Widget):
    """Shows a `Content`. Foreign text reaches it only inside a `Content`, never as markup."""

    DEFAULT_CSS = "StillText { height: auto; width: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._content = Content("")

    @property
    def content(self) -> Content:
        return self._content

    def show(self, content: Content) -> None:
        if content.is_same(self._content):
            return
        taller = content.plain.count("\n") != self._content.plain.count("\n")
        reflow = taller or (len(content) != len(self._content) and self.styles.text_wrap == "wrap")
        self._content = content
        self.refresh(layout=reflow)

    def render(self) -> Content:
        return self._content


def joined(parts: list[Content], separator: str) -> Content:
    """The parts with a separator between them."""
    return Content(separator).join(parts)
