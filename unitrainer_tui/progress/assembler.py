"""Facts to records: what several lines say about one epoch becomes one record of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from unitrainer_tui.progress.facts import Fact, Kind, Progress
from unitrainer_tui.progress.values import VALIDATION

MOST_METRICS = 200
"""Names that one epoch keeps: output that invents names without end must not grow us."""


@dataclass
class _Open:
    """The epoch that lines still speak of. `told` is the record that was already given, None while there is none."""

    number: int
    total: int | None
    printed_total: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    overall: float | None = None
    within: float | None = None
    measured: bool = False  # by a line for its end, not only by looks into it
    header_only: bool = True
    unfinished: bool = False  # a bar that has not reached its end
    iteration: bool = False
    lines: int = 0
    told: Progress | None = None


class Assembler:
    """Takes facts in the order of the log, gives records: one for each epoch when it is over, looks into it before.

    An epoch is over when the next begins, or training ends. Where each epoch has one line and no more (known of the
    program, or seen of the epoch before), its record comes with that line. An epoch that a crash or the end of the log
    broke off is not told. A number lower than the one before is a restart: those epochs are told again.
    """

    def __init__(self) -> None:
        self._open: _Open | None = None
        self._explicit = False
        self._base: int | None = None
        self._total: int | None = None
        self._one_line = False
        self._over = False
        self._last: int | None = None
        self._measures = False  # epochs of this log carry values
        self._epochs = False  # this log counts epochs, so its iterations are none
        self._closed: int | None = None  # the number of an epoch for which nothing more counts

    @property
    def open(self) -> bool:
        """Whether an epoch is open to which lines without a number can belong."""
        return self._open is not None

    def take(self, fact: Fact) -> list[Progress]:
        if fact.explicit and not self._explicit:
            self._explicit = True
            self._open = None  # the same epoch, as the framework's own output shows it
        if self._explicit and not fact.explicit:
            return []
        if fact.kind is Kind.TOTAL:
            if fact.total:
                self._total = fact.total
                if self._open is not None and self._open.total is None and self._open.number <= fact.total:
                    self._open.total = fact.total
            return []
        if fact.kind is Kind.END:
            records = self._close(broken_off=False)
            self._over = True
            return records
        if fact.epoch is None:
            return self._add(fact)
        return self._numbered(fact, fact.epoch)

    def finish(self) -> list[Progress]:
        return self._close(broken_off=True)

    # ------------------------------------------------------------------------------------------------ one fact

    def _add(self, fact: Fact) -> list[Progress]:
        epoch = self._open
        if epoch is None or self._over:
            return []
        if fact.closing and epoch.within == 1.0 and not any(map(VALIDATION.search, _words(fact.metrics))):
            return []
        self._merge(epoch, fact)
        return self._look(epoch) if fact.kind is Kind.STEP else []

    def _numbered(self, fact: Fact, printed: int) -> list[Progress]:
        if fact.iteration:
            if self._epochs:
                return self._add(Fact(Kind.STEP, metrics=fact.metrics))
        else:
            self._epochs = True
        if fact.base is not None:
            self._base = fact.base
        elif self._base is None or printed == 0:
            self._base = 0 if printed == 0 else 1
        number = printed + (1 if self._base == 0 else 0)
        records: list[Progress] = []
        epoch = self._open
        if epoch is None and fact.last and self._closed == number:
            return []
        if epoch is None or epoch.number != number or self._begins_again(epoch, fact):
            restart = epoch is not None and number < epoch.number
            if self._over and number == self._last and fact.kind is not Kind.HEADER:
                return []  # an evaluation of the finished model
            records += self._close(broken_off=restart)
            self._over = False
            epoch = self._open = _Open(number, self._counted(fact, number))
        epoch.printed_total = fact.total if fact.total is not None else epoch.printed_total
        if epoch.total is None or fact.total is not None:
            epoch.total = self._counted(fact, number)
        self._merge(epoch, fact)
        if fact.kind is Kind.STEP:
            return records + self._look(epoch)
        if fact.kind is Kind.VALUES and epoch.told is None and (fact.whole or (self._one_line and fact.metrics)):
            records += self._tell(epoch)
        elif fact.kind is Kind.VALUES and epoch.told is None:
            records += self._look(epoch)
        if fact.last:
            self._closed, self._open = number, None
        return records

    @staticmethod
    def _begins_again(epoch: _Open, fact: Fact) -> bool:
        """Whether the same number is another epoch: the next of several trainings, each of one epoch."""
        if not epoch.measured or fact.epoch is None:
            return False
        other_total = fact.total is not None and epoch.printed_total is not None and fact.total != epoch.printed_total
        return fact.kind is Kind.HEADER or other_total

    def _merge(self, epoch: _Open, fact: Fact) -> None:
        for name, value in fact.metrics.items():
            if name in epoch.metrics or len(epoch.metrics) < MOST_METRICS:
                epoch.metrics[name] = value
        epoch.lines += 1
        epoch.overall = fact.overall if fact.overall is not None else epoch.overall
        epoch.iteration = fact.iteration
        if fact.kind is not Kind.HEADER:
            epoch.header_only = False
        if fact.within is not None:
            epoch.within = fact.within
        if fact.bar and fact.within is not None:
            epoch.unfinished = fact.within < 1.0
        if fact.kind in (Kind.VALUES, Kind.EXTRA):
            epoch.measured = True
            epoch.unfinished = False

    def _counted(self, fact: Fact, number: int) -> int | None:
        """The number of epochs, from a total that may be the last epoch's number where the log counts from 0."""
        if fact.total is None:
            return self._total if self._total is not None and number <= self._total else None
        last = fact.total_is_last
        if self._base == 1:
            last = False
        elif last is None:
            # `Epoch 0/9` is the last one's number, `Epoch [0/10]` the count: people choose round counts.
            last = number > fact.total or fact.total % 5 != 0 or fact.total == 0
        total = fact.total + 1 if last else fact.total
        return total if total >= number else None

    # ------------------------------------------------------------------------------------------------- records

    def _close(self, *, broken_off: bool) -> list[Progress]:
        epoch, self._open = self._open, None
        if epoch is None:
            return []
        never_ended = epoch.unfinished or (epoch.header_only and self._measures)
        if broken_off and epoch.told is None and never_ended:
            return []
        self._last = epoch.number
        self._one_line = epoch.lines == 1 and epoch.measured and bool(epoch.metrics)
        return self._tell(epoch)

    def _tell(self, epoch: _Open) -> list[Progress]:
        self._measures = self._measures or bool(epoch.metrics)
        record = self._record(epoch, 1.0, partial=False)
        if epoch.told is not None and _same(epoch.told, record):
            return []
        epoch.told = record
        return [record]

    def _look(self, epoch: _Open) -> list[Progress]:
        return [self._record(epoch, epoch.within, partial=True)] if epoch.told is None else []

    @staticmethod
    def _record(epoch: _Open, within: float | None, *, partial: bool) -> Progress:
        fraction = epoch.overall
        if fraction is None and epoch.total:
            fraction = min((epoch.number - 1 + (within or 0.0)) / epoch.total, 1.0)
        return Progress(epoch.number, epoch.total, fraction, dict(epoch.metrics), partial)


def _words(metrics: Mapping[str, float]) -> list[str]:
    return [name.replace("_", " ") for name in metrics]


def _same(one: Progress, other: Progress) -> bool:
    """Equal for a reader: NaN is NaN."""
    return repr(one.metrics) == repr(other.metrics)
