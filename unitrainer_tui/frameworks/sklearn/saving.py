"""Models to skops files and back: no pickle, and a checkpoint may hold nothing but scikit-learn's and numpy's types."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import skops.io

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
    from unitrainer_tui.frameworks.shared.report import checked
else:  # on the host these files stand side by side
    from job import Refused
    from report import checked

_TRUSTED = ("sklearn.", "numpy.", "scipy.sparse.")


def dump(model: Any, path: Path) -> None:
    with path.open("wb") as stream:
        skops.io.dump(model, stream)


def load_checkpoint(path: Path) -> Any:
    """The model in an earlier run's file. Raises Refused for one that holds foreign types."""
    untrusted = list(skops.io.get_untrusted_types(file=path))
    foreign = [name for name in untrusted if not name.startswith(_TRUSTED)]
    if foreign:
        raise Refused(f"The checkpoint {path.name} holds the type {foreign[0]}, which is not scikit-learn's.")
    return skops.io.load(path, trusted=untrusted)


def check_model(path: Path, pipeline: Any, batch: Any) -> tuple[list[str], dict[str, Any]]:
    """Loads the file again and predicts a batch with it. Returns the types that a loader has to trust by name, and what
    metrics.json says of the check."""
    began = time.monotonic()
    trusted = list(skops.io.get_untrusted_types(file=path))
    again = skops.io.load(path, trusted=trusted)
    before, after = pipeline.predict(batch), again.predict(batch)
    same = np.allclose(before, after) if before.dtype.kind == "f" else bool((before == after).all())
    if not same:
        raise RuntimeError(f"{path} does not predict what the trained model predicts")
    return trusted, checked(True, len(batch), time.monotonic() - began)
