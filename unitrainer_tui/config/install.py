"""This installation's id: eight characters in every name that it gives at a cloud."""

from __future__ import annotations

import os
import re
from pathlib import Path

from unitrainer_tui.config.paths import Paths, private_directory
from unitrainer_tui.errors import UsageProblem

_ID = re.compile(r"[0-9a-z]{8}\Z")


def install_id(where: Paths, new: str) -> str:
    """The id on file, or `new` written there first. Two processes at once agree (exclusive link)."""
    private_directory(where.state)
    path = where.state / "install-id"
    while True:
        try:
            found = path.read_text().strip()
        except FileNotFoundError:
            _write_once(path, new)
            continue
        if not _ID.match(found):
            raise UsageProblem(f"{path} does not hold an installation id.", "Remove it when no run is open.")
        return found


def _write_once(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_text(text)
    try:
        os.link(part, path)
    except FileExistsError:
        pass  # the other process was first; its id is as good
    finally:
        part.unlink()
