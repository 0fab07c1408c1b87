"""The options of a job that are the script's own, and how a wrong name is refused. Pure functions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    from job import Refused


@dataclass(frozen=True)
class Own:
    """`task` None: the target decides. `keep_last`: the last epoch's model instead of the best one's. `patience`: so
    many epochs without a better validation loss end the training, None for never. `resume`: go on from an earlier run's
    checkpoint where there is one."""

    task: str | None
    keep_last: bool
    patience: int | None
    resume: bool


def own_options(options: Mapping[str, Any], tasks: Sequence[str]) -> Own:
    """Raises Refused for a value that none of them takes."""
    task = options.get("task")
    if task is not None and task not in tasks:
        raise Refused(f"options.task is {task!r} and must be {' or '.join(tasks)}.")
    keep = options.get("keep", "best")
    if keep not in ("best", "last"):
        raise Refused(f"options.keep is {keep!r} and must be best or last.")
    patience = options.get("early_stopping_rounds")
    if patience is not None and (isinstance(patience, bool) or not isinstance(patience, int) or patience < 1):
        raise Refused(f"options.early_stopping_rounds is {patience!r} and must be a whole number from 1 up.")
    resume = options.get("resume", True)
    if not isinstance(resume, bool):
        raise Refused(f"options.resume is {resume!r} and must be true or false.")
    return Own(task, keep == "last", patience, resume)


def refuse_unknown(who: str, options: Iterable[str], known: Iterable[str], reserved: Mapping[str, str]) -> None:
    """Raises Refused for an option that `who` does not know, with the nearest name, and for one that the profile says
    elsewhere (`reserved`: its name -> where)."""
    names = set(known)
    for key in options:
        if key in reserved:
            raise Refused(f"options.{key} is not taken here; {reserved[key]}.")
        if key not in names:
            near = difflib.get_close_matches(key, sorted(names), n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else "look it up among the library's parameters."
            raise Refused(f"{who} has no option {key!r}; {hint}")
