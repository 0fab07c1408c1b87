"""A table for training: its header, its target, its rows. Read once as a stream; no more than a batch is held."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from unitrainer_tui.datasets.balance import check_balance
from unitrainer_tui.datasets.cells import Commas, Words
from unitrainer_tui.datasets.leaks import LeakSearch
from unitrainer_tui.datasets.reading import (
    MISSING,
    MOST_FRACTION_CLASSES,
    class_of,
    default_target,
    is_whole,
    no_column,
    task_of,
    too_fine,
)
from unitrainer_tui.datasets.report import Findings, ShouldStop, Stopped, human, listed
from unitrainer_tui.datasets.tables import (
    Row,
    Table,
    Unreadable,
    is_parquet,
    one_table,
    open_table,
    other_format,
    undecodable,
)
from unitrainer_tui.datasets.tree import Tree
from unitrainer_tui.datasets.wanted import Wanted
from unitrainer_tui.datasets.yolo import Checked
from unitrainer_tui.runs.learned import Learned

# A grade g gains 2^g - 1; both libraries that rank take grades up to 31.
HIGHEST_GRADE = 31
# Beyond so many distinct values a target is shown by their number alone.
MOST_CLASSES_COUNTED = 1000
FEWEST_ROWS = 5
# So many rows are looked at for copies of each other, and so many of them make it worth a word.
_ROWS_COMPARED = 100_000
_MOST_COPIES = 0.5
_ROWS_A_CLASS = 10


def check(tree: Tree, wanted: Wanted, findings: Findings, should_stop: ShouldStop | None = None) -> Checked:
    """Faults: no table or several, not UTF-8, no header, ragged rows, a column that is not there, an empty or constant
    target or one that is an id, a column that tells the target, weights that are none, too few rows. Raises Stopped,
    OSError where the file cannot be read."""
    relative = one_table(tree, findings)
    if relative is None:
        return Checked({}, {}, "no table")
    path = tree.root if tree.single else tree.root / relative
    if not is_parquet(path) and (what := other_format(path)) is not None:
        findings.fault("malformed-table", f"{relative} is {what}; save the table as CSV or Parquet.", relative)
        return Checked({}, {}, f"{path.name}: {what}")
    encoding = _encoding(path, relative, findings)
    survey = _Survey(relative, wanted, findings, should_stop)
    try:
        table = open_table(path, encoding, survey.needed)
        survey.read(table)
    except Unreadable as problem:
        at = f"{relative}, line {problem.line}: " if problem.line else f"{relative}: "
        if problem.code == "parquet-support":
            at = f"{relative} "
        findings.fault(problem.code, f"{at}{problem.why}.", relative, problem.line)
        return Checked({}, {}, f"{path.name}: unreadable")
    counts = {"rows": survey.rows, "columns": len(survey.header)}
    if survey.without_target:
        counts["rows without a target"] = survey.without_target
    classes = survey.classes
    summary = f"{path.name}: {survey.rows:,} rows, {len(survey.header)} columns, {human(table.size)}"
    if survey.target:
        kind = f"{len(classes)} classes" if classes else "numbers" if survey.numeric else "words"
        summary += f", target {survey.target} ({kind})"
    return Checked(counts, classes, summary, survey.learned())


def _encoding(path: Path, shown: str, findings: Findings) -> str:
    """How to read the file; what is not UTF-8 is a fault, and is read on all the same."""
    if is_parquet(path):
        return ""
    bad = undecodable(path)
    if bad is None:
        return "utf-8-sig"
    seems = {"utf-16": "; it is UTF-16", "latin-1": "; it may be Latin-1 or Windows-1252"}.get(bad.encoding or "", "")
    shell = f": iconv -f {'UTF-16' if bad.encoding == 'utf-16' else 'WINDOWS-1252'} -t UTF-8" if bad.encoding else ""
    findings.fault(
        "bad-encoding",
        f"{shown}:{bad.line}: is not UTF-8 text: {bad.why} at byte {bad.offset:,}{seems}. Save it as UTF-8{shell}.",
        shown,
        bad.line,
    )
    return bad.encoding or "utf-8-sig"


def is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


class _Survey:
    def __init__(self, shown: str, wanted: Wanted, findings: Findings, should_stop: ShouldStop | None) -> None:
        self.shown = shown
        self.wanted = wanted
        self.findings = findings
        self.should_stop = should_stop
        self.header: list[str] = []
        self.target: str | None = None
        self.rows = 0
        self.without_target = 0
        self.numeric = True
        self.whole = True
        self.negative = False
        self.highest = -math.inf
        self.values: dict[str, int] = {}
        self.many = False
        self.repeated = False  # a value of the target came again
        self._leaks = LeakSearch([])
        self._at = self._weight = self._group = -1
        self._heavy = 0.0
        self._groups: set[str] = set()
        self._seen: set[int] = set()
        self._copies = 0
        self._commas = Commas()
        self._words = Words()
        self._index: tuple[str, ...] = ()
        self._text: frozenset[str] | None = None
        self.task: str | None = None
        """What the script will take for its task, once the rows were read."""
        self.classes: dict[str, int] = {}
        """Rows of each class, in order; none where the target is a number to predict."""

    def needed(self) -> set[int] | None:
        if self.rows < _ROWS_COMPARED:
            return None
        return {place for place in (self._at, self._weight, self._group) if place >= 0} | self._leaks.places

    def read(self, table: Table) -> None:
        self.header = table.header
        if not self._header_holds(table):
            return
        for column, kind in table.unusable:
            what = f"the column {column!r} holds {kind}; only numbers, words, dates and yes/no can be learned from"
            self._fault("bad-column", f"{self.shown}: {what}. Take it out.")
        for count, row in enumerate(table.rows):
            if not count % 2000 and self.should_stop is not None and self.should_stop():
                raise Stopped
            self._row(row)
        if not self.rows and not self.findings.has("ragged-row"):
            self._fault("no-rows", f"{self.shown} has a header and no rows.")
            return
        self._tell_commas()
        if self._at >= 0:
            self._decide()
            self._target_holds()
            self._tell_leaks()
        self._others_hold()

    def _fault(self, code: str, sentence: str, line: int | None = None) -> None:
        self.findings.fault(code, sentence, self.shown, line)

    def _header_holds(self, table: Table) -> bool:
        """False where there is nothing to go on with."""
        name, header, wanted = self.shown, self.header, self.wanted
        self._index = tuple(column for column in table.index if column not in wanted.categorical)
        if not header:
            self._fault("no-rows", f"{name} holds no line.")
            return False
        if len(header) == 1:
            self._fault(
                "one-column", f"{name} has one column only ({header[0][:80]!r}): there is nothing to learn from.", 1
            )
            return False
        if twice := sorted({column for column in header if header.count(column) > 1}):
            what = f"the column {twice[0]!r} is there twice; names must differ"
            self._fault("duplicate-column", f"{name}, line 1: {what}.", 1)
        if all(is_number(column) for column in header):
            what = f"{name}, line 1 is all numbers; a header with the columns' names belongs there."
            self.findings.warn("no-header", what, name, 1)
        for key in ("target", "weight", "group"):
            self._column_is_there(key, getattr(wanted, key))
        for column in wanted.categorical:
            self._column_is_there("categorical", column)
        if wanted.task == "ranking" and wanted.group is None:
            self._fault(
                "missing-group", f"{name}: ranking needs dataset.group, the column that names each row's query."
            )
        chosen = wanted.target if wanted.target is not None else default_target(header, table.index)
        self.target = chosen if chosen in header else None
        # A column may have no name (the index that pandas and R write): None asks for no column, not for that one.
        self._at, self._weight, self._group = (
            header.index(column) if column is not None and column in header else -1
            for column in (self.target, wanted.weight, wanted.group)
        )
        if self._group >= 0 and wanted.task is None:  # the script takes a column of queries for a ranking
            self.wanted = replace(wanted, task="ranking")
        known = {self._at, self._weight, self._group}
        self._text = table.text
        if wanted.kinds and table.text is None:
            looked_at = set(self.features) - set(wanted.categorical)
            self._words = Words(place for place, column in enumerate(header) if column in looked_at)
        self._roles_differ()
        self._commas = Commas(range(len(header)))
        self._leaks = LeakSearch(
            [number for number, column in enumerate(header) if number not in known and column not in self._index]
        )
        return True

    @property
    def features(self) -> list[str]:
        """The columns to learn from, as the script chooses them."""
        roles = {self._at, self._weight, self._group}
        return [column for place, column in enumerate(self.header) if place not in roles and column not in self._index]

    def _roles_differ(self) -> None:
        roles = [place for place in (self._at, self._weight, self._group) if place >= 0]
        if twice := [self.header[place] for place in roles if roles.count(place) > 1]:
            what = f"the column {twice[0]!r} cannot be two of target, weight and group at once"
            self._fault("missing-column", f"{self.shown}: {what}.", 1)
        elif len(self.features) == 0:
            what = f"beside {listed([self.header[place] for place in roles])} there is no column to learn from"
            self._fault("one-column", f"{self.shown}: {what}.", 1)

    def _column_is_there(self, key: str, column: str | None) -> None:
        if column is not None and column not in self.header:
            self._fault("missing-column", f"{self.shown} {no_column(key, column, self.header)}", 1)

    def _row(self, row: Row) -> None:
        line, cells = row
        if len(cells) != len(self.header):
            what = f"{len(cells)} cells where the header has {len(self.header)}"
            self._fault("ragged-row", f"{self.shown}, line {line}: {what}.", line)
            return
        self.rows += 1
        if self.rows <= _ROWS_COMPARED:
            key = hash(tuple(cells))
            if key in self._seen:
                self._copies += 1
            else:
                self._seen.add(key)
        self._commas.row(cells)
        if self._weight >= 0:
            self._weigh(cells[self._weight], line)
        if self._group >= 0:
            query = cells[self._group].strip()
            if len(self._groups) < 2:
                self._groups.add(query)
            if not query and (self._at < 0 or cells[self._at].strip().lower() not in MISSING):
                what = f"there is no query in the column {self.wanted.group!r}"
                self._fault("missing-group", f"{self.shown}, line {line}: {what}.", line)
        if self._at >= 0:
            self._target_of(cells, line)

    def _tell_commas(self) -> None:
        for place, cell in self._commas.found.items():
            column, role = self.header[place], "target" if place == self._at else "column"
            what = f"the {role} {column!r} holds numbers with a comma, such as {cell!r}, which are taken for words"
            say = self.findings.fault if place == self._at else self.findings.warn
            say("comma-number", f"{self.shown}: {what}; write them with a point.", self.shown)

    def _target_of(self, cells: Sequence[str], line: int) -> None:
        value = cells[self._at].strip()
        if value.lower() in MISSING:
            self.without_target += 1
            return
        if self.numeric:
            try:
                number = float(value)
                self.numeric = math.isfinite(number)
                self.whole = self.whole and self.numeric and is_whole(number)
                self.negative = self.negative or number < 0
                self.highest = max(self.highest, number)
            except ValueError:
                self.numeric = self.whole = False
        if value in self.values:
            self.values[value] += 1
            self.repeated = True
        elif len(self.values) < MOST_CLASSES_COUNTED:
            self.values[value] = 1
        else:
            self.many = True
        self._leaks.row(cells, value)
        if self.wanted.kinds:
            self._words.row(cells)

    def _weigh(self, cell: str, line: int) -> None:
        try:
            weight = float(cell)
        except ValueError:
            weight = -1.0
        if 0 <= weight < math.inf:
            self._heavy += weight
            return
        what = f"the weight {cell!r} is not a number from 0 up"
        self._fault("bad-weight", f"{self.shown}, line {line}: {what}.", line)

    def _decide(self) -> None:
        """The task and the classes, by the script's own rules; other spellings of a number are one value from here."""
        nature = "words" if not self.numeric else "whole" if self.whole else "numbers"
        merged: dict[int | str, int] = {}
        for value, rows in self.values.items():
            kind = class_of(value, nature)
            merged[kind] = merged.get(kind, 0) + rows
        self.values = {str(kind): rows for kind, rows in merged.items()}
        self.task = self.wanted.task or task_of(nature, len(self.values))
        if self.task == "classification" and not self.many and len(self.values) > 1:
            order = sorted(merged, key=lambda kind: (kind if isinstance(kind, int) else 0, str(kind)))
            self.classes = {str(kind): merged[kind] for kind in order}
        if self.task == "classification" and too_fine(nature, len(self.values)):
            what = f"{self._said} needs classes, and the target {self.target!r} holds more than "
            what += f"{MOST_FRACTION_CLASSES} different numbers with a fraction; ask for a regression"
            self._fault("bad-target", f"{self.shown}: {what}.")
            self.classes = {}
        elif self.wanted.objection is not None and len(self.values) > 1:
            classes = len(self.values) if self.task == "classification" else 0
            if why := self.wanted.objection(self.task, classes):
                self._fault("bad-target", f"{self.shown}, target {self.target!r}: {why}.")

    def learned(self) -> Learned | None:
        """What a training would learn of it; None where the table has no target to learn."""
        if self.target is None or self.task is None:
            return None
        words = self._text if self._text is not None else {self.header[place] for place in self._words.found}
        told = self.wanted.kinds or self._text is not None
        kinds = [name for name in self.features if name in words or name in self.wanted.categorical] if told else None
        # A date or a yes/no of Parquet is spelled otherwise by the script.
        spelled = self.numeric or self._text is None or self.target in self._text
        ints = self.numeric and self.whole
        classes = tuple(int(name) if ints else name for name in self.classes) if self.classes and spelled else None
        return Learned(
            kind="table",
            task=self.task,
            target=self.target,
            group=self.wanted.group,
            features=tuple(self.features),
            categorical=None if kinds is None else tuple(kinds),
            classes=classes,
        )

    @property
    def _said(self) -> str:
        """The task in a sentence, with what says it."""
        return f"{self.task} ({self.wanted.task_said})" if self.wanted.task_said else str(self.task)

    def _target_holds(self) -> None:
        name, target = self.shown, self.target
        there = self.rows - self.without_target
        if self.rows and not there:
            self._fault("empty-target", f"{name}: the target column {target!r} is empty in every row.")
        elif there and len(self.values) == 1:
            only = next(iter(self.values))
            what = f"the target {target!r} is {only!r} in every row: there is nothing to learn"
            self._fault("constant-target", f"{name}: {what}.")
        elif self.without_target:
            few = f"{self.without_target:,} of {self.rows:,} rows have no {target!r} and will be left out."
            self.findings.warn("empty-target", f"{name}: {few}", name)
        if 0 < there < FEWEST_ROWS:
            self._fault("few-rows", f"{name} has {self.rows} rows; at least {FEWEST_ROWS} with a target are needed.")
        elif self._at in self._commas.found:
            pass  # told already, and by its right name
        elif there and not self.numeric and not self.repeated and len(self.values) > 1:
            what = f"the target {target!r} is another word in every row, as an id is: there is nothing to learn"
            self._fault("distinct-target", f"{name}: {what}.")
        if not self.numeric and there and self.wanted.task in ("regression", "ranking"):
            odd = next((value for value in self.values if not is_number(value)), "")
            what = f"{self._said} needs a target of numbers, and {target!r} holds {odd!r}"
            self._fault("bad-target", f"{name}: {what}.")
        elif self.wanted.task == "ranking" and there and (not self.whole or self.negative):
            self._fault("bad-target", f"{name}: ranking needs a target of whole numbers from 0 up ({target!r}).")
        elif self.wanted.task == "ranking" and there and self.highest > HIGHEST_GRADE:
            what = f"ranking takes grades up to {HIGHEST_GRADE}, and {target!r} goes up to {self.highest:.0f}"
            self._fault("bad-target", f"{name}: {what}.")
        classes = self.classes
        # Numbers with a few rows each are rather to be predicted as numbers; nobody is nagged about their balance.
        scattered = self.numeric and there < _ROWS_A_CLASS * len(classes)
        if self.many and not self.numeric and self.wanted.task in (None, "classification"):
            what = f"the target {target!r} has more than {MOST_CLASSES_COUNTED:,} different words, each of them a class"
            self.findings.warn("class-imbalance", f"{name}: {what}: training takes long and needs much memory.", name)
        if self.wanted.task not in ("regression", "ranking") and not scattered and self._at not in self._commas.found:
            check_balance(classes, f"rows of {target!r}", self.findings, name)
        if self.wanted.classes is not None and classes and len(classes) != self.wanted.classes:
            what = f"{target!r} has {len(classes)} classes and the profile asks for {self.wanted.classes}"
            self._fault("class-count-mismatch", f"{name}: {what}.")

    def _tell_leaks(self) -> None:
        counts = list(self.values.values())
        for place, how, sure in self._leaks.found(counts, len(counts), of_classes=self.task == "classification"):
            what = f"the column {self.header[place]!r} {how.format(target=repr(self.target))}"
            if sure:
                self._fault("target-leak", f"{self.shown}: {what}; take it out, or the model learns nothing.", 1)
            else:
                advice = "take it out if it is made of the target, else there is little to learn"
                self.findings.warn("target-leak", f"{self.shown}: {what}; {advice}.", self.shown, 1)

    def _others_hold(self) -> None:
        if self._weight >= 0 and self.rows and not self._heavy and not self.findings.has("bad-weight"):
            self._fault("bad-weight", f"{self.shown}: every weight in {self.wanted.weight!r} is 0.")
        if self._group >= 0 and self.rows > 1 and len(self._groups) < 2:
            what = f"{self.wanted.group!r} is the same in every row: there is one query only"
            self._fault("missing-group", f"{self.shown}: {what}, and none is left for validation.")
        compared = min(self.rows, _ROWS_COMPARED)
        if compared >= 100 and self._copies > _MOST_COPIES * compared:
            share = f"{self._copies:,} of {compared:,} rows are copies of others"
            self.findings.warn("duplicate-rows", f"{self.shown}: {share}; validation will meet rows it was trained on.")
