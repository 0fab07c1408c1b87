"""The signs that the run's view draws with, and what stands for them where a terminal shows ASCII alone."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_BLOCKS = "_.-=+*%#"

_ASCII = str.maketrans(
    {
        "─": "-",
        "━": "=",
        "╸": "-",
        "│": "|",
        "┤": "|",
        "├": "|",
        "┬": "+",
        "┴": "+",
        "┼": "+",
        "└": "+",
        "┌": "+",
        "┐": "+",
        "┘": "+",
        "·": ".",
        "•": "o",
        "…": "~",
        "–": "-",
        "×": "x",
        "∞": "^",
        "°": " ",
        "●": "*",
        "■": "#",
        "✓": "+",
        "✗": "x",
        "▶": ">",
    }
)


def ascii_only(app: object) -> bool:
    """Whether the program was told to draw with ASCII alone."""
    return bool(getattr(app, "ascii_only", False))


def as_ascii(text: str) -> str:
    """The same picture in ASCII and as wide; a sign without a likeness becomes `?`."""
    if text.isascii():
        return text
    return "".join(sign if sign.isascii() else "?" * cell_len(sign) for sign in text.translate(_ASCII))


def sparkline(values: Sequence[float | None], width: int, *, high: float = 100.0, ascii: bool = False) -> str:
    """The last `width` values between 0 and `high`, one column each, right-aligned; a gap where there is none."""
    blocks = ASCII_BLOCKS if ascii else BLOCKS
    drawn = [_block(value, high, blocks) for value in list(values)[-width:]] if width > 0 else []
    return "".join(drawn).rjust(max(width, 0))


def _block(value: float | None, high: float, blocks: str) -> str:
    if value is None or value != value or high <= 0:
        return " "
    return blocks[min(len(blocks) - 1, max(0, int(value / high * len(blocks))))]
