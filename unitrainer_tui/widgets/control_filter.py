"""The second wall: whatever text reaches the screen, no control character of it reaches the terminal.

The first wall is `unitrainer_tui.text.safe`, where foreign text enters. Textual's own widgets pass ESC and C1 through.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from unitrainer_tui.widgets.marks import as_ascii

# C0, DEL, C1, and the characters that turn the direction of text or break lines: they have no cell of their own.
_REMOVED = dict.fromkeys(
    [
        *range(0x20),
        *range(0x7F, 0xA0),
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
        *range(0xD800, 0xE000),
    ]
)


def without_controls(text: str) -> str:
    """The text without characters that a terminal could obey."""
    return text if text.isprintable() else text.translate(_REMOVED)


class ControlFilter(LineFilter):
    """Removes control characters from every segment. Segments of Textual's own (`control`) never come this way."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [Segment(without_controls(text), style, control) for text, style, control in segments]


class AsciiFilter(LineFilter):
    """For terminals and fonts that draw ASCII alone: every other sign becomes a likeness of the same width."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(as_ascii(text), style, control) for text, style, control in segments]
