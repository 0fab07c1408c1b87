"""Where the trained weights of a timm model are. Standard library only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.pytorch import names
    from unitrainer_tui.frameworks.pytorch.fetch import fetch
    from unitrainer_tui.frameworks.shared import fetching
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    import fetching
    import names
    from fetch import fetch
    from job import Refused

HERE = Path(__file__).absolute().parent


def obtain(name: str, dataset: Path) -> Path:
    """The file: at the dataset's top, in $UNITRAINER_WEIGHTS, beside the script, else downloaded. Raises Refused."""
    shared = os.environ.get("UNITRAINER_WEIGHTS")
    places = [dataset, *([Path(shared)] if shared else []), HERE]
    found = names.local_weights(name, tuple(places))
    if found is not None:
        if not fetching.whole(found):
            raise Refused(f"{found} is no whole file of weights; copy it again.")
        return found
    return fetch(Path(shared) if shared else HERE, name)
