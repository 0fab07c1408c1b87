"""The user's own editor, in place of the screens while it is open."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

NEAREST = ("sensible-editor", "editor", "nano", "vim", "vi")


def editor_command(environment: Mapping[str, str] = os.environ) -> list[str]:
    """$VISUAL, else $EDITOR, else the first known one that is installed; [] where there is none."""
    for name in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(environment.get(name, ""))
        except ValueError:
            continue
        if words:
            return words
    found = next((name for name in NEAREST if shutil.which(name, path=environment.get("PATH"))), None)
    return [found] if found else []


def edit_in_place(app: App[Any], path: Path) -> str:
    """Opens the file and returns when the editor has ended: "" or a sentence about what went wrong."""
    command = editor_command()
    if not command:
        return "There is no editor here: set EDITOR to yours."
    try:
        with app.suspend():
            done = subprocess.run([*command, str(path)], check=False)
    except SuspendNotSupported:
        return f"This terminal cannot be handed to an editor; edit {path} in another one."
    except OSError as problem:
        return f"{command[0]} cannot be started ({problem.strerror}): set EDITOR to your editor."
    return "" if done.returncode == 0 else f"{command[0]} ended with {done.returncode}; the file is read as it is now."
