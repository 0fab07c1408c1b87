"""Which rows train and which validate. Pure functions of a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    from job import Refused

FEWEST_ROWS = 5


def split_rows(rows: int, share: float, seed: int, classes: Any | None = None) -> tuple[Any, Any]:
    """The numbers of the rows that train and of those that validate, each sorted. `share` is the validation part.

    With `classes` (rows,) every class keeps its share, and at least one row of each trains. Raises Refused.
    """
    if rows < FEWEST_ROWS:
        raise Refused(f"The table has {rows} rows; at least {FEWEST_ROWS} are needed to train and to validate.")
    chance = np.random.default_rng(seed)
    wanted = min(max(round(rows * share), 1), rows - 1)
    order = chance.permutation(rows)
    if classes is not None:
        order = order[_stratified(classes[order], share, wanted)]
    return np.sort(order[wanted:]), np.sort(order[:wanted])


def _stratified(classes: Any, share: float, wanted: int) -> Any:
    """An order of the shuffled rows whose first `wanted` hold each class by its share, as far as whole rows allow."""
    _, codes, counts = np.unique(classes, return_inverse=True, return_counts=True)
    exact = counts * share
    taken = np.minimum(np.floor(exact).astype(np.int64), counts - 1)
    while taken.sum() < wanted:
        room = taken < counts - 1
        if not room.any():
            break
        taken[np.argmax(np.where(room, exact - taken, -np.inf))] += 1
    by_class = np.argsort(codes, kind="stable")
    place = np.empty(len(codes), dtype=np.int64)  # a row's place within its class
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place[by_class] = np.arange(len(codes)) - starts[codes[by_class]]
    return np.argsort(place >= taken[codes], kind="stable")


def split_groups(groups: Any, share: float, seed: int) -> tuple[Any, Any]:
    """As `split_rows`, but whole groups train or validate, and the rows of a group stand together, in the table's
    order. Raises Refused."""
    names, codes = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise Refused("Ranking needs at least two queries, one to train on and one to validate with.")
    order = np.random.default_rng(seed).permutation(len(names))
    wanted = min(max(round(len(names) * share), 1), len(names) - 1)
    validates = np.zeros(len(names), dtype=bool)
    validates[order[:wanted]] = True
    together = np.argsort(codes, kind="stable")
    return together[~validates[codes[together]]], together[validates[codes[together]]]
