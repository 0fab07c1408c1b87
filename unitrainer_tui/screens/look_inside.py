"""A few samples of a dataset: first rows of a table, or pictures as half blocks. Bounded in bytes, files, pixels."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

from textual.content import Content

from unitrainer_tui.text import safe

MOST_BYTES = 65_536
MOST_ROWS = 12
MOST_COLUMNS = 12
CELL = 14
MOST_FOLDERS = 200
MOST_PIXELS = 40_000_000
"""A picture with more is not decoded: it would take too long and too much memory for a look."""
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff")
TABLES = (".csv", ".tsv")


def files_in(path: Path, suffixes: tuple[str, ...], most: int) -> list[Path]:
    """The first files with one of these suffixes, the path itself or below it; at most 200 folders are read."""
    if path.is_file():
        return [path] if path.suffix.lower() in suffixes else []
    found: list[Path] = []
    for folder in _folders(path):
        try:
            with os.scandir(folder) as entries:
                names = sorted(
                    entry.name
                    for _, entry in zip(range(2_000), entries, strict=False)
                    if entry.name.lower().endswith(suffixes)
                )
        except OSError:
            continue
        # A few of each folder: the classes of an image dataset are folders.
        found += [folder / name for name in names[: max(1, most // 2)]]
        if len(found) >= most:
            break
    return found[:most]


def _folders(path: Path) -> Iterator[Path]:
    waiting = [path]
    for _ in range(MOST_FOLDERS):
        if not waiting:
            return
        folder = waiting.pop(0)
        yield folder
        try:
            with os.scandir(folder) as entries:
                inner = sorted(
                    entry.name
                    for _, entry in zip(range(2_000), entries, strict=False)
                    if entry.is_dir(follow_symlinks=False)
                )
        except OSError:
            continue
        waiting += [folder / name for name in inner if not name.startswith(".")]


def first_rows(path: Path) -> list[list[str]]:
    """The first lines of a text table as cells; [] where it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES)
            more = bool(file.read(1))
    except OSError:
        return []
    lines = data.decode("utf-8-sig", "replace").splitlines()
    if more and len(lines) > 1:
        lines.pop()  # cut in the middle
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            rows.append(cells)
            if len(rows) >= MOST_ROWS:
                break
    except csv.Error:
        pass  # the check of the dataset says what is wrong; what was read until then is shown
    return rows


def table_content(rows: list[list[str]]) -> Content:
    """Rows as columns of one width each; the first row stands out."""
    shown = [[safe(cell, limit=CELL) for cell in row[:MOST_COLUMNS]] for row in rows]
    widths = [max((len(row[at]) for row in shown if at < len(row)), default=0) for at in range(MOST_COLUMNS)]
    lines = []
    for number, row in enumerate(shown):
        text = "  ".join(f"{cell:<{widths[at]}}" for at, cell in enumerate(row))
        more = f"  … {len(rows[number]) - MOST_COLUMNS} more" if number == 0 and len(rows[0]) > MOST_COLUMNS else ""
        lines.append(Content.styled(text + more, "bold" if number == 0 else ""))
    return Content("\n").join(lines)


def half_blocks(path: Path, columns: int, rows: int) -> Content | None:
    """A picture as `columns` × `rows` cells of two pixels each at most; None where it cannot be drawn here."""
    try:
        from PIL import Image
    except ImportError:
        return None
    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            image.draft("RGB", (columns * 2, rows * 4))
            image.thumbnail((columns, rows * 2))
            small = image.convert("RGB")
    except Exception:  # a broken picture: any error of any decoder; the check tells it as a fault
        return None
    pixels = small.load()
    if pixels is None:
        return None
    lines = []
    for y in range(0, small.height - 1, 2):
        cells = [
            ("▀", f"{_hex(pixels[x, y])} on {_hex(pixels[x, y + 1])}")  # two pixels a cell, one above the other
            for x in range(small.width)
        ]
        lines.append(Content.assemble(*cells))
    return Content("\n").join(lines)


def _hex(pixel: object) -> str:
    assert isinstance(pixel, tuple)
    return "#{:02x}{:02x}{:02x}".format(*pixel[:3])
