"""Steps that count as epochs only where the log has no epochs: kept back until that is sure."""

from __future__ import annotations

from unitrainer_tui.progress.facts import Fact, Kind

SURE = 8
"""So many different steps and no epoch among them: the log counts steps."""
SURE_OF_TOTAL = 40
"""So many where the steps have a total, or a number of epochs was told: they may be those of a first epoch."""
FEW = 2
"""So many are enough when the output ends."""
_MOST = 200
"""Facts that are kept back at most: evaluations between two steps may be long, and a step may be told for ever."""
_LONGEST_BAR = 2000
"""States of a bar that are remembered."""


class Held:
    """Between the recognisers and the assembler: passes facts on, those of hand-written steps later or never."""

    def __init__(self) -> None:
        self._facts: list[Fact] = []
        self._steps: set[int] = set()
        self._bar: dict[int, Fact] = {}  # the states of a bar that may count epochs
        self._restarted = False
        self._sure = False
        self._epochs = False
        self._expected = False  # a number of epochs was told, or the steps have a total

    @property
    def waiting(self) -> bool:
        """Whether a step is kept back to which lines without a number can belong."""
        return bool(self._facts)

    @property
    def epochs(self) -> bool:
        """Whether this log counts epochs, so that its steps are none."""
        return self._epochs

    def take(self, fact: Fact) -> list[Fact]:
        """The facts that are to be believed now, in order."""
        if fact.epoch is not None and not fact.iteration:
            self._epochs = True
            self._forget()
            return [fact]
        if fact.kind is Kind.TOTAL:
            self._expected = self._expected or not fact.last
            return [fact]
        if self._epochs or self._sure or fact.successive:
            return [fact]
        if fact.step is not None:
            self._draw(fact.step, fact)
            return [fact]
        if fact.epoch is not None and fact.held:
            if len(self._facts) < _MOST:
                self._facts.append(fact)
                self._steps.add(fact.epoch)
            self._expected = self._expected or fact.total is not None
            return self._release(SURE_OF_TOTAL if self._expected else SURE)
        if fact.epoch is not None:  # a toolkit that is known to count steps
            self._sure = True
            return [*self._release(1), fact]
        if not self._facts:
            return [fact]
        if fact.kind in (Kind.END, Kind.STAGE):
            return [*self._release(FEW), fact]
        if len(self._facts) < _MOST:
            self._facts.append(fact)
        return []

    def not_alone(self) -> None:
        """A line names an epoch without being its progress: this log has epochs, which the steps are part of."""
        if not self._sure:
            self._epochs = True
            self._forget()

    def finish(self) -> list[Fact]:
        """What is still believed when the output ends."""
        return self._release(FEW) or self._drawn()

    def _draw(self, step: int, fact: Fact) -> None:
        if self._bar and step < next(reversed(self._bar)):
            self._restarted = True  # a bar for each of several epochs, whose numbers nothing tells
            self._bar.clear()
        elif not self._restarted and (step in self._bar or len(self._bar) < _LONGEST_BAR):
            self._bar[step] = fact

    def _drawn(self) -> list[Fact]:
        if self._epochs or self._sure or len(self._bar) < FEW:
            return []
        return [
            Fact(Kind.VALUES, step, fact.steps, fact.metrics, base=1, total_is_last=False, iteration=True)
            for step, fact in self._bar.items()
        ]

    def _release(self, enough: int) -> list[Fact]:
        if len(self._steps) < enough:
            return []
        self._sure = True
        facts = self._facts
        self._forget()
        return facts

    def _forget(self) -> None:
        self._facts, self._steps, self._bar = [], set(), {}
