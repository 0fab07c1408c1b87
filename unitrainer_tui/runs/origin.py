"""How a run began, beside its profile: `start.json` in its directory. Read by whoever owns the run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from unitrainer_tui.config.paths import write_private
from unitrainer_tui.runs.directory import RunDirectory


@dataclass(frozen=True)
class Origin:
    """`smoke`: a rehearsal on about 20 samples. `like`: the run that this one repeats or goes on with; `note` is the
    sentence that says from where."""

    smoke: bool = False
    like: str | None = None
    note: str | None = None


def write_origin(directory: RunDirectory, origin: Origin) -> None:
    write_private(directory.origin, json.dumps(asdict(origin)) + "\n")


def read_origin(directory: RunDirectory) -> Origin:
    """What stands there; the ordinary beginning where nothing does (a run of an earlier version)."""
    try:
        held = json.loads(directory.origin.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Origin()
    if not isinstance(held, dict):
        return Origin()
    return Origin(
        smoke=held.get("smoke") is True,
        like=str(held["like"]) if held.get("like") else None,
        note=str(held["note"]) if held.get("note") else None,
    )
