"""What several commands read from their arguments."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from unitrainer_tui.config.paths import Paths
from unitrainer_tui.errors import ProfileProblem, UsageProblem


def profile_path(name: str, where: Paths) -> Path:
    """PROFILE is a path or a name in the profile directory. Raises ProfileProblem."""
    path = Path(name).expanduser()
    if os.sep in name or name.endswith(".toml") or path.is_file():
        if not path.is_file():
            raise ProfileProblem(
                f"There is no profile at {path}.", "Give a path, or a name of `unitrainer-tui profiles`."
            )
        return path
    known = where.profiles / f"{name}.toml"
    if known.is_file():
        return known
    names = sorted(entry.stem for entry in where.profiles.glob("*.toml")) if where.profiles.is_dir() else []
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]}?" if near else "Give a path, or make one: unitrainer-tui profile new NAME"
    raise ProfileProblem(f"There is no profile {name!r} in {where.profiles}.", hint)


def overrides(pairs: tuple[str, ...]) -> dict[str, str]:
    """`--set KEY=VALUE`, many times."""
    table = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageProblem(f"--set {pair}: that is not KEY=VALUE.", "For example: --set training.epochs=2")
        table[key.strip()] = value
    return table
