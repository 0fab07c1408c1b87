"""What a run leaves so that a later one can go on from it: the model as it stood, and checkpoint.json beside it."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
    from unitrainer_tui.frameworks.shared.report import starts, write_json
else:  # on the host these files stand side by side
    from job import Refused
    from report import starts, write_json

NAME = "checkpoint.json"
# A checkpoint fits a job in which all of these are the same.
MUST_MATCH = ("framework", "model", "task", "objective", "target", "group", "features", "categorical", "classes")
# Where one of these differs, rows that validate now may have trained then.
SAME_ROWS = ("rows", "seed", "validation")


class Cadence:
    """When to save on the way: at most every `seconds`, and so rarely that it takes below a twentieth of the time."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._last = clock()
        self._pause = seconds

    def due(self) -> bool:
        return self._clock() - self._last >= self._pause

    def save(self, write: Callable[[], object]) -> None:
        began = self._clock()
        write()
        self._last = self._clock()
        self._pause = max(self.seconds, 20 * (self._last - began))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """`write` fills a file beside `path`, which then takes its name: what stands under the name is whole."""
    part = path.with_name(f".part.{path.name}")
    write(part)
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(path)


def save(output: Path, files: Mapping[str, Callable[[Path], object]], told: Mapping[str, Any]) -> None:
    """Writes `files` (name -> what fills it) and checkpoint.json with `told` and the files' hashes, each atomically."""
    for name, write in files.items():
        write_whole(output / name, write)
    write_json(output / NAME, {**told, "files": {name: _sha256(output / name) for name in files}})


def find(folder: Path | None) -> dict[str, Any] | None:
    """The checkpoint of an earlier run in its output `folder`, None where there is none. One whose files are not those
    that it was written with (a run that ended between two writes) is left aside with a line."""
    if folder is None:
        return None
    path = folder / NAME
    if not path.is_file():
        starts(0, "The earlier run left no checkpoint: training starts anew.")
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        whole = isinstance(told, dict) and all(
            _sha256(folder / Path(name).name) == value for name, value in told["files"].items()
        )
    except (OSError, ValueError, KeyError, AttributeError):
        whole = False
    if not whole:
        starts(0, f"The checkpoint {path} is not whole: training starts anew.")
        return None
    told["history"] = [
        {name: math.nan if value is None else value for name, value in row.items()} for row in told.get("history", [])
    ]
    return dict(told)


def check_fits(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises Refused where an earlier run's checkpoint is not of the same job; tells where only the rows differ."""
    for key in MUST_MATCH:
        was, wants = earlier.get(key), now.get(key)
        if was != wants:
            raise Refused(
                f"The checkpoint does not fit this job: its {key} is {_short(was)} and this job's is {_short(wants)}; "
                "options.resume = false starts anew."
            )
    changed = [key for key in SAME_ROWS if earlier.get(key) != now.get(key)]
    if changed:
        print(
            f"Since the checkpoint the table's {' and '.join(changed)} changed: some rows that validate now may have "
            "been trained on.",
            flush=True,
        )


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
