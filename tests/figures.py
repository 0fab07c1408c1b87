"""Figures that a test has measured, for `make reliability`: JSON lines in the file that UNITRAINER_FIGURES names."""

from __future__ import annotations

import json
import os


def note(name: str, **figures: object) -> None:
    """Appends `{"name": …, …}` in one write, so that test processes side by side do not mix their lines."""
    path = os.environ.get("UNITRAINER_FIGURES")
    if not path:
        return
    line = json.dumps({"name": name, **figures}) + "\n"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, line.encode())
    finally:
        os.close(fd)
