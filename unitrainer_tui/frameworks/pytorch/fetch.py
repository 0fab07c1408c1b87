"""Brings the trained weights of timm models to a folder, before training: python fetch.py FOLDER NAME…

What is there already is left. Exit code 2 and one sentence when a model's weights cannot be had.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared import fetching
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    import fetching
    from job import Refused


def fetch(folder: Path, name: str) -> Path:
    """The file with the weights of a timm model, below `folder`. Raises Refused when they cannot be had."""
    path = folder / f"{name}.pth"
    if fetching.whole(path):
        print(f"The weights of {name} are there: {path}.", flush=True)
        return path
    folder.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    try:
        hub = {"HF_HOME": str(part / "hub"), "TORCH_HOME": str(part / "hub"), "HF_HUB_DISABLE_XET": "1"}
        print(f"Downloading the weights of {name}.", flush=True)
        argv = [sys.executable, __file__, "--one", str(part / path.name), name]
        code, said = fetching.watched(argv, part, hub)
        if code == 2:
            raise Refused(said.removeprefix("error: "))
        if code != 0 or not fetching.whole(part / path.name):
            raise Refused(
                f"The weights of {name} cannot be downloaded ({said[:120] or f'exit code {code}'}); set "
                f"options.pretrained = false, or put {name}.safetensors into the dataset's folder."
            )
        fetching.take(part / path.name, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    print(f"The weights of {name} have arrived ({path.stat().st_size:,} bytes).", flush=True)
    return path


def _one(path: Path, name: str) -> int:
    """In a process of its own: the model as its hub has it, its weights as a plain state_dict."""
    import torch

    if TYPE_CHECKING:
        from unitrainer_tui.frameworks.pytorch.models import timm_module
    else:
        from models import timm_module

    torch.save(timm_module(name).create_model(name, pretrained=True).state_dict(), path)
    return 0


def main(words: Sequence[str]) -> int:
    try:
        if words[0] == "--one":
            return _one(Path(words[1]), words[2])
        for name in words[1:]:
            fetch(Path(words[0]), name)
    except Refused as problem:
        print(f"error: {problem}", file=sys.stderr, flush=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
