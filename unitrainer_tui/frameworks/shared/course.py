"""The course of a training in rounds: its history, its best round, when it ends, and which rounds are told."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.report import report
else:  # on the host these files stand side by side
    from report import report

# Thousands of fast rounds are not told one by one: at most one in so many seconds, and always the last.
TELL_EVERY = 0.1
# So few rounds are all told, however fast they are.
FEW_ROUNDS = 100


class Course:
    """`total` rounds in all; with `patience` it is over after so many rounds without a lower val_loss.

    `history` is an earlier run's, which this one goes on from. Rounds count from 1. More than FEW_ROUNDS are told at
    most every `tell_every` seconds.
    """

    def __init__(
        self,
        total: int,
        patience: int | None = None,
        history: Iterable[Mapping[str, float]] = (),
        tell_every: float = TELL_EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = total
        self.patience = patience
        self.history: list[dict[str, float]] = []
        self.best = 0
        self._lowest = math.inf
        self._tell_every = tell_every
        self._clock = clock
        for row in history:
            self._note(dict(row))
        before = self.history[-1].get("seconds", 0.0) if self.history else 0.0
        self._began = clock() - (before if math.isfinite(before) else 0.0)
        self._told_at = -math.inf
        self._told = self.done

    @property
    def done(self) -> int:
        """The last round that was finished."""
        return int(self.history[-1]["epoch"]) if self.history else 0

    @property
    def ran_out(self) -> bool:
        """Patience is used up: the last rounds brought nothing."""
        return self.patience is not None and self.done - self.best >= self.patience

    @property
    def over(self) -> bool:
        return self.done >= self.total or self.ran_out

    def round(self, number: int, metrics: Mapping[str, float]) -> bool:
        """Notes a finished round and tells it, unless one was told just now. True when it is the best so far."""
        now = self._clock()
        self._note({"epoch": number, "seconds": round(now - self._began, 3), **metrics})
        if self.over or self.total <= FEW_ROUNDS or now - self._told_at >= self._tell_every:
            self._told_at = now
            self.tell_last()
        return self.best == number

    def tell_last(self) -> None:
        """Tells the last round, where it was not told yet."""
        if self.done > self._told:
            self._told = self.done
            report(self.done, self.total, self.metrics_of(self.done))

    def metrics_of(self, number: int) -> dict[str, float]:
        row = next(row for row in reversed(self.history) if row["epoch"] == number)
        return {name: value for name, value in row.items() if name not in ("epoch", "seconds")}

    def _note(self, row: dict[str, float]) -> None:
        self.history.append(row)
        loss = row.get("val_loss", math.nan)
        # A loss that is no number is better than nothing: some model has to be kept.
        if loss < self._lowest or self.best == 0:
            self._lowest = loss if math.isfinite(loss) else math.inf
            self.best = int(row["epoch"])
