"""Which samples train and which validate, decided by the seed alone. Standard library only."""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence


def split(labels: Sequence[Hashable] | None, count: int, share: float, seed: int) -> tuple[list[int], list[int]]:
    """(train, validation) as positions from 0 to count - 1, both in order.

    With `labels` each class keeps its share; a class with one sample only trains, and one of two or more is on both
    sides where the share allows it. At least one sample validates where there are two or more.
    """
    chance = random.Random(seed)
    groups: dict[Hashable, list[int]] = {}
    for place in range(count):
        groups.setdefault(labels[place] if labels is not None else None, []).append(place)
    valid: list[int] = []
    debt = 0.0  # what rounding took from small classes is given by later ones
    for members in groups.values():
        chance.shuffle(members)
        wanted = share * len(members) + debt
        taken = min(max(round(wanted), 0), len(members) - 1)
        debt = wanted - taken
        valid += members[:taken]
    if not valid and count > 1:
        largest = max(groups.values(), key=len)
        valid = [chance.choice(largest)]
    chosen = set(valid)
    return [place for place in range(count) if place not in chosen], sorted(valid)
