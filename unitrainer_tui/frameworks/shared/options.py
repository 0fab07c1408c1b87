"""The options of a job that are the script's own, and how a wrong name is refused. Pure functions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
    from unitrainer_tui.frameworks.shared.rules import wrong_option
else:  # on the host these files stand side by side
    from job import Refused
    from rules import wrong_option


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
    if wrong := wrong_option(options, tasks):
        raise Refused(f"options.{wrong[0]} {wrong[1]}.")
    keep_last = options.get("keep") == "last"
    return Own(options.get("task"), keep_last, options.get("early_stopping_rounds"), options.get("resume", True))


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
