"""What is kept of a training on disk: last.pt to go on from, best.pt and model.pt to use.

Each is one torch.save of tensors and plain values: `torch.load(path, weights_only=True)` opens it and runs no code.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    from job import Refused

LAST, BEST, MODEL = "last.pt", "best.pt", "model.pt"


def save(path: Path, value: dict[str, Any]) -> None:
    """Written beside, on the disk, then renamed: the file is there whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as stream:
        torch.save(value, stream)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def copy(source: Path, to: Path) -> None:
    """As `save`, from a file. A second name of the same bytes where the disk allows it."""
    part = to.with_name(f".{to.name}.part")
    part.unlink(missing_ok=True)
    try:
        os.link(source, part)
    except OSError:
        shutil.copyfile(source, part)
    part.replace(to)


def load(path: Path) -> dict[str, Any]:
    """Raises Refused for a file that is no checkpoint of ours."""
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:  # a broken file makes many kinds of errors in there
        why = " ".join(str(problem).split())[:160] or type(problem).__name__
        raise Refused(f"The checkpoint {path} cannot be read ({why}); start without it.") from None
    if not isinstance(held, dict) or not isinstance(held.get("about"), dict) or "model" not in held:
        raise Refused(f"{path} is no checkpoint of this script; start without it.")
    return held


def earlier_of(folder: Path | None) -> dict[str, Any] | None:
    """The last.pt of an earlier run's output, None where there is none. Raises Refused."""
    if folder is None or not (folder / LAST).is_file():
        return None
    held = load(folder / LAST)
    if not {"optimizer", "epoch", "history"} <= set(held):
        raise Refused(f"{folder / LAST} holds no training to go on with; start without it.")
    return held


def misfit(earlier: dict[str, Any], now: dict[str, Any]) -> str | None:
    """Why weights of one description cannot go on under another, in words; None where they can."""
    for key, what in (("kind", "data is"), ("model", "model is"), ("task", "task is"), ("hidden", "hidden layers are")):
        if earlier.get(key) != now.get(key):
            return f"its {what} {_short(earlier.get(key))}, now {_short(now.get(key))}"
    if earlier["classes"] != now["classes"]:
        return f"its classes are {_short(earlier['classes'])}, now {_short(now['classes'])}"
    if earlier["kind"] == "table":
        if earlier["target"]["name"] != now["target"]["name"]:
            return f"its target is {earlier['target']['name']!r}, now {now['target']['name']!r}"
        before, after = ([(column["name"], "words" in column) for column in one["columns"]] for one in (earlier, now))
        if before != after:
            names = [name for name, _ in before], [name for name, _ in after]
            return f"its columns are {_short(names[0])}, now {_short(names[1])}"
    return None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 90 else f"{text[:60]} … ({len(value)} of them)"
