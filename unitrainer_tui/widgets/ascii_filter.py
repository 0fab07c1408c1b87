"""Everything drawn with ASCII alone, cell for cell, for terminals and fonts without the rest."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_GLYPHS = str.maketrans(
    {
        "●": "*", "○": "o", "▶": ">", "✓": "+", "✗": "x", "■": "#", "·": ".", "…": "~", "–": "-", "—": "-", "×": "x",
        "→": ">", "←": "<", "↑": "^", "↓": "v", "▀": "^", "▄": "_", "█": "#",
        "▔": "-", "▁": "_", "▏": "|", "▎": "|",
        "▍": "|", "▌": "|", "▋": "#", "▊": "#", "▉": "#", "▕": "|", "▐": "|", "░": ".", "▒": ":", "▓": "#", "°": "o",
        "▼": "v", "▲": "^", "►": ">", "‹": "<", "›": ">", "“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ",
    }
)  # fmt: skip
_HORIZONTAL, _VERTICAL = "─━┄┅┈┉╌╍═╴╶╸╺╼╾", "│┃┆┇┊┋╎╏║╵╷╹╻╽╿"
_DENSITY = " ..::++##"
"""For a braille cell, by the number of its dots."""


@lru_cache(maxsize=4096)
def to_ascii(text: str) -> str:
    """The text in ASCII, as many cells wide as before. Of an accented letter the letter stays, else comes `?`."""
    if text.isascii():
        return text
    return "".join(letter if letter.isascii() else _ascii(letter) for letter in text.translate(_GLYPHS))


def _ascii(letter: str) -> str:
    code = ord(letter)
    if 0x2800 <= code <= 0x28FF:
        return _DENSITY[(code - 0x2800).bit_count()]
    if 0x2500 <= code <= 0x257F:
        return "-" if letter in _HORIZONTAL else "|" if letter in _VERTICAL else "+"
    if 0x2580 <= code <= 0x259F:
        return "#"
    width = cell_len(letter)
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain if plain and len(plain) == width and plain.isprintable() else "?" * width


class AsciiFilter(LineFilter):
    """The last filter of all: what leaves it is ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(segment.text.isascii() for segment in segments):
            return segments
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]
