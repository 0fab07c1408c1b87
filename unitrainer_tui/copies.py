"""What a download leaves beside the file that it brings: the part that has come, and a whole copy with a wrong hash."""

from __future__ import annotations

from pathlib import Path

PART, DAMAGED = ".part", ".damaged"
BESIDE = (PART, DAMAGED)


def part_of(file: Path) -> Path:
    """What of the file has come so far; a download goes on from it."""
    return file.with_name(file.name + PART)


def damaged_of(file: Path) -> Path:
    """The last copy whose hash differed."""
    return file.with_name(file.name + DAMAGED)
