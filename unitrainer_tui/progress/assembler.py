"""Facts to records: what several lines say about one epoch becomes one record of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from unitrainer_tui.progress.facts import Fact, Kind, Progress
from unitrainer_tui.progress.values import VALIDATION

MOST_METRICS = 200
"""Names that one epoch keeps: output that invents names without end must not grow us."""


_REDRAWN_EPOCHS = 64
"""Epochs whose bars may still be drawn again."""
_MOSTLY = 0.8
"""A first epoch whose steps went this far may have been whole: not every step is printed."""


_WHOLE = 0.99
"""A bar that went this far was whole: some count one batch too many."""


@dataclass
class _Open:
    """The epoch that lines still speak of. `told` is the record that was already given, None while there is none."""

    number: int
    total: int | None = None
    printed_total: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    overall: float | None = None
    within: float | None = None
    measured: bool = False  # by a line for its end, not only by looks into it
    header_only: bool = True
    unfinished: bool = False  # a bar that has not reached its end
    iteration: bool = False
    doubtful: bool = False  # a first "epoch: 0" alone on its line, which may be a setting: the second one tells
    stepped: bool = False
    lines: int = 0
    drawn: set[str] = field(default_factory=set)  # names that a bar showed
    own: set[str] = field(default_factory=set)  # names that a line with the epoch's number told at its end
    told: Progress | None = None


class Assembler:
    """Takes facts in the order of the log, gives records: one for each epoch when it is over, looks into it before.

    An epoch is over when the next begins, or training ends. Where each epoch has one line and no more (known of the
    program, or seen of the epoch before), its record comes with that line. An epoch that a crash or the end of the log
    broke off is not told: a bar that did not reach its end, or steps that stop before those of the epochs before did.
    A number lower than the one before is a restart: those epochs are told again.
    """

    def __init__(self) -> None:
        self._open: _Open | None = None
        self._awaited: _Open | None = None  # the one that a bar of epochs shows next
        self._explicit = False
        self._named = False  # a line has named an epoch, by more than a letter
        self._behind = False  # the open epoch was begun by a line behind another
        self._base: int | None = None
        self._values_base: int | None = None  # where lines with values count from another number than headers
        self._total: int | None = None
        self._one_line = False
        self._over = False
        self._last: int | None = None
        self._measures = False  # epochs of this log carry values
        self._epochs = False  # this log counts epochs, so its iterations are none
        self._closed: int | None = None  # the number of an epoch for which nothing more counts
        self._total_is_old = False  # said of a training that may be another one
        self._told_total: int | None = None
        self._usual_end: float | None = None  # how far the looks into the epoch before went
        self._usually_measured = False  # the epoch before had values for its end behind its steps
        self._ended: dict[int, Mapping[str, float]] = {}  # the last epochs of this training

    @property
    def open(self) -> bool:
        """Whether an epoch is open to which lines without a number can belong."""
        return self._open is not None or self._awaited is not None

    def take(self, fact: Fact) -> list[Progress]:
        if fact.explicit and not self._explicit:
            self._explicit = True
            self._open = None  # the same epoch, as the framework's own output shows it
        if self._explicit and not fact.explicit:
            return []
        if fact.kind is Kind.TOTAL:
            if self._over and not fact.last and not fact.redrawn:
                self._begin_another()
            if fact.total:
                self._total, self._total_is_old = fact.total, fact.last
                if fact.redrawn and self._last == fact.total:
                    self._ended.clear()  # a bar of epochs begins again
                if fact.redrawn and self._open is None:
                    self._await(1)
                if self._open is not None and self._open.total is None and self._open.number <= fact.total:
                    self._open.total = fact.total
            return []
        if fact.kind is Kind.END:
            records = self._close(broken_off=False, followed=True)
            if not self._ended and fact.epoch and fact.metrics:
                records += self._tell(_Open(fact.epoch, self._total, metrics=dict(fact.metrics)))
            self._over = self._total_is_old = True
            return records
        if fact.kind is Kind.STAGE:
            records = self._close(broken_off=False)
            self._begin_another()
            return records
        if fact.epoch is None:
            return self._add(fact)
        return self._numbered(fact, fact.epoch)

    def _begin_another(self) -> None:
        """What was said of the training before says nothing about the one that begins."""
        self._over, self._last, self._closed, self._total_is_old = False, None, None, True
        self._awaited = self._values_base = None
        self._ended.clear()

    def finish(self) -> list[Progress]:
        return self._close(broken_off=True)

    # ------------------------------------------------------------------------------------------------ one fact

    def _add(self, fact: Fact) -> list[Progress]:
        epoch = self._open or self._awaited
        if epoch is None or self._over:
            return []
        if fact.kind is Kind.EXTRA and epoch.own:
            # What comes behind the epoch's own line under the same name is another measurement: a test, a summary.
            fact = replace(fact, metrics={k: v for k, v in fact.metrics.items() if _plain(k) not in epoch.own})
            if not fact.metrics:
                return []
        if fact.beside:
            fact = replace(fact, metrics={k: v for k, v in fact.metrics.items() if k not in epoch.metrics})
        if fact.closing and epoch.within == 1.0 and not _goes_on(epoch, fact):
            return []
        self._merge(epoch, fact)
        return self._look(epoch) if fact.kind is Kind.STEP else []

    def _numbered(self, fact: Fact, printed: int) -> list[Progress]:
        if fact.iteration:
            if self._epochs and fact.beside:
                return self._beside(fact, printed)
            if self._epochs:
                return self._add(Fact(Kind.STEP, metrics=fact.metrics))
            if fact.successive and (self._open is None or printed - self._open.number not in (0, 1)):
                return []
        else:
            self._epochs = True
        if fact.lesser:
            if self._named:
                return self._add(replace(fact, epoch=None))
        elif not fact.iteration:
            self._named = True
        if fact.behind:
            begun = self._open is not None and not self._behind
            if begun or printed < self._latest() or (self._open is None and self._last is None and printed > 1):
                return []  # "End of epoch 0" below what has a number of its own already; a plan
        if not fact.iteration:
            self._behind = fact.behind
        if fact.base is None and printed == 1 and self._base == 0 and self._begins_anew():
            self._base = 1  # one stage counted from 0, the next counts from 1
        base = fact.base
        if base is None and fact.kind in (Kind.VALUES, Kind.STEP):
            # Headers count from 1 and the lines with the values from 0, or the other way round.
            if self._open is not None and self._open.header_only and self._open.number == 1:
                if (printed, self._base) in ((0, 1), (1, 0)):
                    self._values_base = printed
            base = self._values_base
        if base is None or (self._base is None and not fact.last):
            if base is None and (self._base is None or printed == 0):
                base = 0 if printed == 0 else 1
            self._base = base = self._base if base is None else base
        elif base == 0 and fact.whole and self._base == 1:
            self._base = base = 0 if printed == 0 else 1  # its round 1 came first
        number = printed + (1 if base == 0 else 0)
        if fact.successive and not fact.iteration and number != 1 and number - self._latest() not in (0, 1):
            return []  # "epoch: 15" among the settings
        if number < 1:
            return []  # no program that counts from 1 prints a 0
        records: list[Progress] = []
        epoch = self._open
        if fact.kind is Kind.HEADER and fact.epoch == fact.total == 1 and epoch is not None and epoch.header_only:
            if epoch.total is None and epoch.lines == 1:
                return []  # the loop counts, and lets Keras train one epoch each time
        if fact.redrawn and fact.within == 0 and fact.metrics:
            # A bar at its start can only show the values of the epoch before (Lightning); it is told with them.
            if epoch is not None:
                return self._add(Fact(Kind.EXTRA, metrics=fact.metrics)) if number - epoch.number in (0, 1) else []
            fact = Fact(
                fact.kind, fact.epoch, fact.total, base=base, total_is_last=fact.total_is_last, within=0, bar=True
            )
        if fact.redrawn and self._was_told(number, fact):
            return []
        if fact.redrawn and fact.last and not fact.metrics and epoch is not None and epoch.number != number:
            return []  # a bar that counts the epochs of a resumed training from 1
        if self._evaluates_again(number, fact):
            return []
        if fact.kind is Kind.EXTRA and epoch is not None and number < epoch.number:
            if epoch.stepped or epoch.own or epoch.header_only:
                return []  # an evaluation begins no training again, unless the log has nothing else
        if epoch is None and fact.last and self._closed == number:
            return []
        if epoch is None or epoch.number != number or self._begins_again(epoch, fact):
            restart = epoch is not None and number < epoch.number
            if self._over and number == self._last and fact.kind is not Kind.HEADER:
                return []  # an evaluation of the finished model
            records += self._close(broken_off=restart, followed=epoch is not None and number == epoch.number + 1)
            if restart or (epoch is None and self._last is not None and number <= self._last):
                self._ended.clear()
                if self._total_is_old:
                    self._total = None
            self._over, self._total_is_old = False, True
            awaited = self._awaited
            epoch = awaited if awaited is not None and awaited.number == number else _Open(number)
            epoch.doubtful = fact.successive and fact.kind is Kind.HEADER and number == 1
            epoch.total = self._counted(fact, number, base)
            self._open, self._awaited = epoch, None
        epoch.printed_total = fact.total if fact.total is not None else epoch.printed_total
        if epoch.total is None or fact.total is not None:
            epoch.total = self._counted(fact, number, base)
        self._merge(epoch, fact)
        if fact.kind is Kind.HEADER and self._told_total not in (None, epoch.total) and epoch.total and not records:
            return self._look(epoch)  # another stage, of another length: known before its first epoch is over
        if fact.kind is Kind.VALUES:
            epoch.own.update(map(_plain, fact.metrics))
        if fact.kind is Kind.STEP:
            return records + self._look(epoch)
        if fact.kind is Kind.VALUES and epoch.told is None and (fact.whole or (self._one_line and fact.metrics)):
            records += self._tell(epoch)
        elif fact.kind is Kind.VALUES and epoch.told is None:
            records += self._look(epoch)
        if fact.last:
            self._closed, self._last, self._open = number, number, None
            self._remember(epoch)
            if fact.redrawn and (fact.total is None or number < fact.total):
                self._await(number + 1)
        return records

    def _beside(self, fact: Fact, printed: int) -> list[Progress]:
        """A checkpoint's word of an epoch that the log tells itself."""
        number = printed + (1 if fact.base == 0 else 0)
        if self._open is None or self._open.number != number or not fact.metrics:
            return []
        return self._add(Fact(Kind.EXTRA, metrics=fact.metrics, beside=True))

    def _await(self, number: int) -> None:
        """What is printed below a bar of epochs, until it counts one more, is the next one's."""
        self._awaited = _Open(number, self._total)

    def _latest(self) -> int:
        return self._open.number if self._open is not None else self._last or 0

    def _begins_anew(self) -> bool:
        """Whether an epoch 1 or 2 is the first of another training."""
        before = self._open.number if self._open is not None else self._last
        return before is None or before > 2

    @staticmethod
    def _begins_again(epoch: _Open, fact: Fact) -> bool:
        """Whether the same number is another epoch: the next of several trainings, each of one epoch."""
        if not epoch.measured or fact.epoch is None:
            return False
        other_total = fact.total is not None and epoch.printed_total is not None and fact.total != epoch.printed_total
        # A header of an epoch that is not the last may stand above each of its evaluations: "Epoch: 1/5", "Epoch: 1/5".
        again = fact.kind is Kind.HEADER and (fact.total is None or fact.epoch >= fact.total - 1)
        return again or other_total

    def _was_told(self, number: int, fact: Fact) -> bool:
        """Whether a bar of an epoch that is over is only drawn again below (or above) the one that runs."""
        if number not in self._ended or (self._open is not None and number >= self._open.number):
            return False
        told = self._ended[number]
        return (fact.last or fact.within == 1.0) and all(
            repr(told.get(name)) == repr(value) for name, value in fact.metrics.items()
        )

    def _evaluates_again(self, number: int, fact: Fact) -> bool:
        """Whether an epoch that is over is only measured once more, by an inference or a late validation: no loss."""
        if number == 1 or not fact.metrics or (self._open is not None and number >= self._open.number):
            return False
        told = self._ended.get(number)
        return told is not None and any(map(_is_loss, told)) and not any(map(_is_loss, fact.metrics))

    def _merge(self, epoch: _Open, fact: Fact) -> None:
        if fact.bar and fact.within == 1.0 and fact.metrics:
            # The last state of a bar has all that counts; what only earlier ones showed may be the epoch before's.
            for name in epoch.drawn - fact.metrics.keys():
                epoch.metrics.pop(name, None)
                epoch.drawn.discard(name)
        if fact.bar:
            epoch.drawn |= fact.metrics.keys()
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
            epoch.unfinished = fact.within < _WHOLE
        if fact.kind is Kind.STEP:
            epoch.stepped = True
        if fact.kind in (Kind.VALUES, Kind.EXTRA) and fact.metrics:
            epoch.measured = True
            epoch.unfinished = False

    def _counted(self, fact: Fact, number: int, base: int | None) -> int | None:
        """The number of epochs, from a total that may be the last epoch's number where the log counts from 0."""
        if fact.total is None:
            return self._total if self._total is not None and number <= self._total else None
        last = fact.total_is_last
        if base == 1:
            last = False
        elif last is None:
            # `Epoch 0/9` is the last one's number, `Epoch [0/10]` the count: people choose round counts. Else a header
            # is the transfer learning tutorial's, with the last one's number, and other lines have the count.
            last = number > fact.total or fact.total % 5 == 4 or (fact.kind is Kind.HEADER and fact.total % 5 != 0)
        total = fact.total + 1 if last else fact.total
        return total if total >= number else None

    # ------------------------------------------------------------------------------------------------- records

    def _close(self, *, broken_off: bool, followed: bool = False) -> list[Progress]:
        epoch, self._open = self._open, None
        if epoch is None or (epoch.doubtful and not epoch.stepped and not followed):
            return []
        if broken_off and epoch.told is None and self._never_ended(epoch):
            return []
        self._last = epoch.number
        self._usual_end, self._usually_measured = epoch.within, epoch.measured and epoch.stepped
        self._remember(epoch)
        self._one_line = epoch.lines == 1 and epoch.measured and bool(epoch.metrics)
        return self._tell(epoch)

    def _remember(self, epoch: _Open) -> None:
        self._ended[epoch.number] = epoch.metrics
        if len(self._ended) > _REDRAWN_EPOCHS:
            del self._ended[next(iter(self._ended))]

    def _never_ended(self, epoch: _Open) -> bool:
        if epoch.unfinished or (epoch.header_only and (self._measures or epoch.number != epoch.total)):
            return True
        if epoch.measured or not epoch.stepped:
            return False
        if epoch.within is None:
            return self._last is not None and self._usually_measured
        usual = (_MOSTLY if self._usual_end is None else self._usual_end) - 0.02
        # The last epoch that was planned: where steps are printed at a distance, its last print may be an early one.
        return epoch.within < (min(usual, 0.5) if epoch.number == epoch.total else usual)

    def _tell(self, epoch: _Open) -> list[Progress]:
        self._measures = self._measures or bool(epoch.metrics)
        record = self._record(epoch, 1.0, partial=False)
        self._told_total = epoch.total
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


def _goes_on(epoch: _Open, bar: Fact) -> bool:
    """Whether a Keras bar behind a whole one is the epoch's: with validation values, or the same values and more."""
    if any(map(VALIDATION.search, _words(bar.metrics))):
        return True
    return epoch.drawn < bar.metrics.keys() and all(bar.metrics[name] == epoch.metrics[name] for name in epoch.drawn)


def _is_loss(name: str) -> bool:
    return "loss" in name.lower()


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name).lower()


def _words(metrics: Mapping[str, float]) -> list[str]:
    return [name.replace("_", " ") for name in metrics]


def _same(one: Progress, other: Progress) -> bool:
    """Equal for a reader: NaN is NaN."""
    return repr(one.metrics) == repr(other.metrics)
