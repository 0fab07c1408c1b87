"""A screen of the program as a small SVG: one text element for each stretch of one style, no fonts fetched."""

from __future__ import annotations

from collections import Counter
from html import escape

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.filter import ANSIToTruecolor

CELL, LINE, FONT, MARGIN = 8.4, 18, 14, 10


def svg_of(app: App[None], title: str) -> str:
    """What the screen shows now."""
    width, height = app.size
    shown = ANSIToTruecolor(app.ansi_theme)
    strips = [list(strip) for strip in app.screen._compositor.render_strips(app.size)]
    base = _commonest([segment for strip in strips for segment in strip])
    classes: dict[str, str] = {}
    parts: list[str] = []
    for row, strip in enumerate(strips):
        column = 0
        for text, style, _ in Segment.simplify(shown.apply(strip, base)):
            cells = cell_len(text)
            front, back, weight = _look(style or Style(), base)
            x, y = MARGIN + column * CELL, MARGIN + row * LINE
            if back != base.hex.lower():
                parts.append(f'<rect x="{x:.4g}" y="{y}" width="{cells * CELL:.4g}" height="{LINE}" fill="{back}"/>')
            if text.strip():
                lead = len(text) - len(text.lstrip())
                name = classes.setdefault(f"fill:{front}{weight}", f"c{len(classes)}")
                body = text.strip()
                left, length = f"{x + lead * CELL:.4g}", f"{cell_len(body) * CELL:.4g}"
                # Blanks that no renderer folds.
                words = escape(body).replace(" ", "\u00a0")
                parts.append(f'<text x="{left}" y="{y + 14}" class="{name}" textLength="{length}">{words}</text>')
            column += cells
    rules = "".join(f".{name}{{{rule}}}" for rule, name in classes.items())
    w, h = width * CELL + 2 * MARGIN, height * LINE + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:.5g} {h}" role="img" aria-label="{escape(title)}">'
        f"<style>text{{font:{FONT}px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;white-space:pre}}{rules}"
        f'</style><rect width="100%" height="100%" rx="8" fill="{base.hex.lower()}"/>\n' + "\n".join(parts) + "</svg>\n"
    )


def _commonest(segments: list[Segment]) -> Color:
    """The colour behind most cells."""
    cells: Counter[str] = Counter()
    for text, style, _ in segments:
        if style is not None and style.bgcolor is not None:
            cells[Color.from_rich_color(style.bgcolor).hex] += cell_len(text)
    return Color.parse(cells.most_common(1)[0][0])


def _look(style: Style, base: Color) -> tuple[str, str, str]:
    """(colour of the text, colour behind it, further rules)."""
    front = Color.from_rich_color(style.color) if style.color else Color(213, 219, 227)
    back = Color.from_rich_color(style.bgcolor) if style.bgcolor else base
    if style.reverse:
        front, back = back, front
    if style.dim:
        front = back.blend(front, 0.6)
    weight = ";font-weight:bold" if style.bold else ""
    return front.hex.lower(), back.hex.lower(), weight
