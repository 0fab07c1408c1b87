"""The user's own editor, in place of the screens while it is open."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
    wrong = ""
    try:
        with app.suspend(), _interrupts_are_the_editors():
            # Nothing may be raised in here: Textual would not take the terminal back.
            try:
                code = subprocess.run([*command, str(path)], check=False).returncode
                if code != 0:
                    wrong = f"{command[0]} ended with {code}; the file is read as it is now."
            except OSError as problem:
                wrong = f"{command[0]} cannot be started ({problem.strerror}): set EDITOR to your editor."
    except SuspendNotSupported:
        return f"This terminal cannot be handed to an editor; edit {path} in another one."
    return wrong


@contextmanager
def _interrupts_are_the_editors() -> Iterator[None]:
    """Ctrl-C goes to all that have the terminal. A handler, because the editor would inherit what is ignored."""
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
