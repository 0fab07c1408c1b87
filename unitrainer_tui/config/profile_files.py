"""The profile directory: making, copying, replacing and removing files in it, so that nothing of the user's is lost."""

from __future__ import annotations

import os
from pathlib import Path

from unitrainer_tui.config.paths import private_directory, write_private
from unitrainer_tui.errors import UsageProblem

MOST_LETTERS = 64
REMOVED = ".removed"
"""The folder in the profile directory where removed profiles lie until they are put back."""


def name_problem(name: str) -> str:
    """Why this is no name for a profile, as one sentence; "" where it is one."""
    if not name:
        return "Type a name for the profile."
    if name.startswith(".") or os.sep in name or not name.isprintable() or len(name) > MOST_LETTERS:
        return f"A name has at most {MOST_LETTERS} letters, digits and dashes; it begins with no dot."
    return ""


def create_profile(directory: Path, name: str, text: str) -> Path:
    """A new file `name`.toml. Never overwrites: raises UsageProblem."""
    problem = name_problem(name)
    if problem:
        raise UsageProblem(problem)
    path = private_directory(directory) / f"{name}.toml"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageProblem(f"{path} exists already.", "Choose another name.") from None
    except OSError as problem_there:
        raise UsageProblem(f"{path} cannot be written: {problem_there.strerror}.") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def replace_profile(path: Path, text: str, *, expected: str, keep: bool) -> Path | None:
    """Writes the file as a whole. With `keep` the old one stays as `.bak`, and its path is returned.

    Raises UsageProblem where the file no longer holds `expected`: somebody else changed it meanwhile.
    """
    try:
        if path.read_text(encoding="utf-8") != expected:
            raise UsageProblem(f"{path} was changed by another program meanwhile.", "Open it again; nothing was saved.")
        backup = path.with_suffix(".toml.bak") if keep else None
        if backup is not None:
            write_private(backup, expected)
        write_private(path, text)
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageProblem(f"{path} could not be saved: {problem}.") from None
    return backup


def free_name(directory: Path, name: str) -> str:
    """`name`, or the first of `name-2`, `name-3` … that no file has."""
    if not (directory / f"{name}.toml").exists():
        return name
    number = 2
    while (directory / f"{name}-{number}.toml").exists():
        number += 1
    return f"{name}-{number}"


def remove_profile(path: Path) -> Path:
    """Moves the file aside and returns where it lies now. Raises UsageProblem."""
    try:
        aside = private_directory(path.parent / REMOVED) / path.name
        path.replace(aside)
    except OSError as problem:
        raise UsageProblem(f"{path} could not be removed: {problem.strerror}.") from None
    return aside


def restore_profile(aside: Path) -> Path:
    """Puts a removed file back. Raises UsageProblem where another one has its name by now."""
    path = aside.parent.parent / aside.name
    try:
        os.link(aside, path)
        aside.unlink()
    except FileExistsError:
        raise UsageProblem(f"{path} exists again.", f"The removed one lies at {aside}.") from None
    except OSError as problem:
        raise UsageProblem(f"{path} could not be put back: {problem.strerror}.", f"It lies at {aside}.") from None
    return path
