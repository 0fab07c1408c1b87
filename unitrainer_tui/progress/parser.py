"""Bytes in, progress out: lines, then the recognisers in order, then the assembler."""

from __future__ import annotations

import re
from dataclasses import replace

from unitrainer_tui.progress import (
    bars,
    boosting,
    checkpoints,
    counters,
    epoch_lines,
    iterations,
    json_lines,
    tables,
    toolkits,
    trainer_dicts,
)
from unitrainer_tui.progress.assembler import Assembler
from unitrainer_tui.progress.facts import NOTHING, Fact, Found, Kind, Progress
from unitrainer_tui.progress.headless import Headless
from unitrainer_tui.progress.held import Held
from unitrainer_tui.progress.languages import in_english
from unitrainer_tui.progress.lines import Lines, text
from unitrainer_tui.progress.phases import Phase, switched, switched_within
from unitrainer_tui.progress.prefixes import without_prefix
from unitrainer_tui.progress.values import of_validation, unwrapped
from unitrainer_tui.progress.wrapped import Wrapped

_OTHER_RANK = re.compile(
    r"^(?:[\d\-/.,:TZ \[\]|()]{8,40}(?:(?:INFO|DEBUG)[\s\]:|-]{1,8})?)?"
    r"\s*[\[(]?(?:rank|default|local_rank|gpu|device|worker)[ :=_#-]?(\d{1,6})(?:\s?/\s?\d+)?"
    r"(?:\s*[:\])|,]+\s?|\s+-+\s)"
    r"|^\[\d+,(\d{1,6})\]<std\w+>:\s?"
    r"|^(\d{1,4}): (?=\W{0,6}epoch)",  # srun --label
    re.IGNORECASE,
)
_RANK_WITHIN = re.compile(r"\[(?:rank|default|gpu) ?\d+\]", re.IGNORECASE)
# A line that names the best round again, not a new one (XGBoost before 1.3, LightGBM).
_BEST_FOLLOWS = re.compile(r"best iteration(?: is)?:\s*$", re.IGNORECASE)
_LONGEST_TEXT = 8192
_RECOGNISERS = (
    boosting.recognise,
    checkpoints.recognise,
    toolkits.recognise,
    counters.recognise,
    trainer_dicts.recognise,
    epoch_lines.recognise,
)
_SAYS_RANK = re.compile(r"rank|gpu|worker|device", re.IGNORECASE)


def _may_matter(line: bytes) -> bool:
    """A cheap first look: most lines of a chatty job leave here. Written out, because a loop takes twice as long."""
    low = line.lower()
    return (
        b"epoch" in low or b"loss" in low or b"acc" in low or b"val" in low or b"iter" in low or b"train" in low
        or b"score" in low or b"error" in low or b"class" in low or b"map" in low or b"tree" in low
        or b"/" in line[:24] or b"]\t" in line or b" rate," in line
        or b"%|" in line or b"learn" in line or b"\xe2\x94\x81" in line
        or b"prec" in low or b"dice" in low or b"iou" in low or b"auc" in low or b"f1" in low or b"ppl" in low
        or b"perplexity" in low or b"mse" in low or b"mae" in low or b"bleu" in low or b"rouge" in low
        or b"psnr" in low or b"reward" in low or b"obj" in low or b"cost" in low or b"test" in low
        or b"step" in low or b"epoca" in low or not line.isascii()
        or b"fold" in (head := low[:48]) or b"trial" in head or b"stage" in head
        or line.startswith(b"tick ")
    )  # fmt: skip


def _of_first_rank(line: str) -> str | None:
    """The line without the rank before it; None where it is another's than the first."""
    if (rank := _OTHER_RANK.match(line)) is None:
        return line
    if int(rank[1] or rank[2] or rank[3]) != 0:
        return None
    line = line[rank.end() :]
    other = _RANK_WITHIN.search(line)
    return line if other is None else line[: other.start()]  # two ranks wrote at once


class ProgressParser:
    """What a job prints, as progress. A pure function of the bytes: the same bytes in any split give the same records.

    Never raises on any input; memory is bounded (lines beyond 64 KiB are skipped). `framework` is the profile's, for
    which nothing needs to be known: every recogniser is always asked.
    """

    def __init__(self, framework: str | None = None) -> None:
        self.framework = framework
        self._lines = Lines()
        self._assembler = Assembler()
        self._held = Held()
        self._wrapped = Wrapped()
        self._headless = Headless()
        self._yolo = tables.YoloCount()
        self._columns: tables.Columns | None = None
        self._validation: tables.Columns | None = None
        self._best_follows = False
        self._phase = Phase.TRAINING
        self._training_steps: int | None = None  # of the last bar that trained and named no epoch
        self._row = 0  # the epoch of the last row of a table

    def feed(self, data: bytes) -> list[Progress]:
        """The records that `data` completes, in order."""
        records: list[Progress] = []
        for line in self._lines.feed(data):
            waiting = self._columns is not None or self._wrapped.open or self._headless.open
            if waiting or self._phase is not Phase.TRAINING or _may_matter(line):
                records += self._line(line)
        return records

    def finish(self) -> list[Progress]:
        """The records that the end of the output completes; the parser is used up."""
        last = [record for line in self._lines.finish() for record in self._line(line)]
        last += [record for line in self._headless.finish() for record in self._read(line)]
        last += [record for fact in self._held.finish() for record in self._assembler.take(fact)]
        return last + self._assembler.finish()

    def _line(self, raw: bytes) -> list[Progress]:
        line = text(raw)
        if self._headless.over:
            return self._read(line)
        return [record for ready in self._headless.take(line) for record in self._read(ready)]

    def _read(self, line: str) -> list[Progress]:
        records: list[Progress] = []
        for _ in range(16):  # bars, and then what was printed behind them
            if len(line) > _LONGEST_TEXT and '{"' not in line:
                break
            found, line = self._recognise(line)
            if isinstance(found, Fact):
                if found.epoch is not None:
                    self._phase = Phase.TRAINING
                for fact in self._held.take(found):
                    records += self._assembler.take(fact)
            if not line.strip():
                break
        return records

    def _recognise(self, line: str) -> tuple[Found, str]:
        """What the line says, and the rest of it that is still to be read."""
        if self._wrapped.open and (below := self._wrapped.take(line)) is not None:
            return below
        if (own := _of_first_rank(line)) is None:
            return None, ""
        line = without_prefix(own)
        if len(line) < len(own):
            if "Evaluator" in own[: len(own) - len(line)] and "Complete." in line:
                return None, ""  # ignite's engine for evaluations counts epochs of its own
            if _SAYS_RANK.search(line, 0, 16):
                if (own := _of_first_rank(line)) is None:
                    return None, ""
                line = own
        if "potch" in line:
            line = line.replace("potch", "poch")  # a slip of many hands
        line = unwrapped(line)
        if not line.isascii():
            line = in_english(line)
        if self._best_follows:
            self._best_follows = False
            return None, ""
        if "iteration" in line and _BEST_FOLLOWS.search(line):
            self._best_follows = True
            return None, ""
        if (columns := tables.header(line)) is not None:
            self._yolo.look(line)
            if columns.program == "validation":
                self._validation = columns
                glued = line.rpartition("]")[2]
                if glued.lstrip().startswith("all "):
                    return None, glued
            else:
                self._columns, self._validation = replace(columns, expected=self._row + 1), None
            return None, ""
        if (first := tables.resumed(line)) is not None:
            self._row = first - 1
        self._yolo.look(line)
        if self._columns is not None:
            self._columns = self._yolo.of(line, self._columns)
        if self._columns is not None and (found := tables.row(line, self._columns, self._validation)) is not None:
            if isinstance(found, Fact) and found.epoch is not None:
                self._row = found.epoch
            return found, ""
        if '{"' in line and epoch_lines.names_an_epoch(line):
            line = line.replace('"', "'")  # the values of an epoch that the line names before them
        if "{" in line:
            if (found := json_lines.recognise(line)) is not None:
                inner = json_lines.message(line)
                return (found, "") if isinstance(found, Fact) or inner is None else (None, inner)
            if (found := trainer_dicts.recognise(line)) is not None:
                return found, ""
        found, rest = bars.split(line)
        if found is not None:
            if isinstance(found, Fact) and "━" in line:
                self._wrapped.begin(line, found)
            return self._of_phase(found, line), rest
        return self._plain(rest), ""

    def _of_phase(self, found: Found, line: str) -> Found:
        """What a bar that names no epoch says, as of the phase that a line before it announced."""
        if not isinstance(found, Fact) or found.epoch is not None or found.kind is not Kind.STEP or found.closing:
            return found
        if "train" in line.partition("|")[0].lower() or (found.steps and found.steps == self._training_steps):
            self._phase = Phase.TRAINING  # it calls itself so, or is as long as the bar that trained
        if self._phase is Phase.TRAINING:
            self._training_steps = found.steps or self._training_steps
            return found
        if found.within != 1.0:
            return NOTHING
        return Fact(Kind.EXTRA, metrics=of_validation(found.metrics), beside=self._phase is Phase.TEST)

    def _plain(self, line: str) -> Found:
        for recognise in _RECOGNISERS:
            if (found := recognise(line)) is not None:
                if found is NOTHING and not self._held.epochs and epoch_lines.names_an_epoch(line):
                    self._held.not_alone()
                if found is NOTHING:
                    self._phase = switched_within(line) or self._phase
                return found
        if not self._held.epochs and (found := iterations.recognise(line)) is not None:
            return found
        return self._extra(line) if self._assembler.open or self._held.waiting else None

    def _extra(self, line: str) -> Found:
        """Values on a line without an epoch, which are those of the phase that a line before announced."""
        found = epoch_lines.extra(line)
        if not isinstance(found, Fact) and self._phase is not Phase.TRAINING and (lone := epoch_lines.mean(line)):
            return lone
        if not isinstance(found, Fact):
            self._phase = switched(line) or self._phase
        elif self._phase is not Phase.TRAINING:
            values = of_validation(found.metrics)
            return replace(found, kind=Kind.EXTRA, metrics=values, within=None, beside=self._phase is Phase.TEST)
        return found
