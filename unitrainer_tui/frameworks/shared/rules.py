"""The values of a job's options that are the script's own. Standard library only and nothing of the folder: the program
reads this too, to refuse an option before a machine is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def wrong_option(options: Mapping[str, Any], tasks: Sequence[str]) -> tuple[str, str] | None:
    """(name, what is wrong with it) of the first own option with a value that it does not take."""
    task = options.get("task")
    if task is not None and task not in tasks:
        return "task", f"is {task!r} and must be {' or '.join(tasks)}"
    keep = options.get("keep", "best")
    if keep not in ("best", "last"):
        return "keep", f"is {keep!r} and must be best or last"
    patience = options.get("early_stopping_rounds")
    if patience is not None and (isinstance(patience, bool) or not isinstance(patience, int) or patience < 1):
        return "early_stopping_rounds", f"is {patience!r} and must be a whole number from 1 up"
    resume = options.get("resume", True)
    if not isinstance(resume, bool):
        return "resume", f"is {resume!r} and must be true or false"
    return None
