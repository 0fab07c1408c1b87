"""Brings trained weights of Ultralytics to a folder, before training: python fetch.py FOLDER NAME…

What is there already is left. Exit code 2 and one sentence when weights cannot be had.
"""

from __future__ import annotations

import difflib
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared import fetching
    from unitrainer_tui.frameworks.shared.job import Refused
    from unitrainer_tui.frameworks.yolo import weights
else:  # on the host these files stand side by side
    import fetching
    import weights
    from job import Refused


def fetch(folder: Path, name: str) -> Path:
    """The .pt file of a model's name, below `folder`. Raises Refused when it cannot be had."""
    path = folder / weights.file_of(name)
    if fetching.whole(path):
        print(f"The weights {path.name} are there: {path}.", flush=True)
        return path
    folder.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    try:
        print(f"Downloading the weights {path.name}.", flush=True)
        argv = [sys.executable, __file__, "--one", str(part / path.name)]
        code, said = fetching.watched(argv, part, {"YOLO_CONFIG_DIR": str(part)})
        if code == 2:
            raise Refused(said.removeprefix("error: "))
        if code != 0 or not fetching.whole(part / path.name):
            raise Refused(
                f"The weights {path.name} are not on this machine and cannot be downloaded "
                f"({said[:120] or f'exit code {code}'}). Put {path.name} into the dataset's folder, or train from "
                "scratch with options.pretrained = false."
            )
        fetching.take(part / path.name, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    print(f"The weights {path.name} have arrived ({path.stat().st_size:,} bytes).", flush=True)
    return path


def _one(path: Path) -> int:
    """In a process of its own, which may be ended when nothing arrives."""
    from ultralytics.utils import downloads

    offered = getattr(downloads, "GITHUB_ASSETS_NAMES", None)
    if offered is not None and path.name not in offered:
        near = difflib.get_close_matches(path.name, [one for one in offered if one.endswith(".pt")], n=1, cutoff=0.6)
        hint = (
            f"did you mean {near[0].removesuffix('.pt')!r}?" if near else "take a name such as yolo11n or yolo11s-seg."
        )
        raise Refused(
            f"Ultralytics offers no weights {path.name!r}, and they are not in the dataset's folder; {hint} "
            "Training from scratch needs none: options.pretrained = false."
        )
    downloads.attempt_download_asset(path)
    return 0


def main(words: Sequence[str]) -> int:
    try:
        if words[0] == "--one":
            return _one(Path(words[1]))
        for name in words[1:]:
            fetch(Path(words[0]), name)
    except Refused as problem:
        print(f"error: {problem}", file=sys.stderr, flush=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
