"""A delimited table: its header, its target, its rows. Read once as a stream; no more than a row is held."""

from __future__ import annotations

import codecs
import csv
import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unitrainer_tui.datasets.report import DatasetReport, Findings, human, walk_files

SUFFIXES = (".csv", ".tsv", ".tab")
MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})
# Whole numbers with so few distinct values are taken for classes, by the training script too.
MOST_INTEGER_CLASSES = 20
# Beyond so many distinct words a target is shown by their number alone.
MOST_CLASSES_COUNTED = 1000
FEWEST_ROWS = 5


def check(
    path: Path, files: int, size: int, *, target: str | None, weight: str | None, categorical: Sequence[str]
) -> DatasetReport:
    """Faults: no table or several, not UTF-8, no header, ragged rows, a column that is not there, an empty or constant
    target, too few rows. Raises OSError where the file cannot be read."""
    findings = Findings()
    table = find_table(path, findings)
    if table is None:
        return DatasetReport("tabular", files, size, {}, {}, findings.all_faults(), (), "no table")
    bad = undecodable_byte(table)
    if bad is not None:
        findings.fault(f"{table.name} is not UTF-8 text: {bad[1]} at byte {bad[0]:,}; save it as UTF-8.")
        return DatasetReport("tabular", files, size, {}, {}, findings.all_faults(), (), f"{table.name}: unreadable")
    survey = _Survey(table, findings, target)
    survey.read([*categorical, *([weight] if weight else [])])
    counts = {"rows": survey.rows, "columns": len(survey.header)}
    if survey.without_target:
        counts["rows without a target"] = survey.without_target
    classes = survey.classes()
    summary = f"{table.name}: {survey.rows:,} rows, {len(survey.header)} columns, {human(table.stat().st_size)}"
    if survey.target:
        kind = f"{len(classes)} classes" if classes else "numbers"
        summary += f", target {survey.target} ({kind})"
    return DatasetReport(
        "tabular", files, size, counts, classes, findings.all_faults(), findings.all_warnings(), summary
    )


def find_table(path: Path, findings: Findings) -> Path | None:
    """The file itself, or the one table of the folder."""
    if path.is_file():
        return path
    tables: list[str] = []
    for entry in walk_files(path):
        if Path(entry.name).suffix.lower() in SUFFIXES:
            tables.append(entry.path)
            if len(tables) > 5:
                break
    if len(tables) == 1:
        return Path(tables[0])
    found = ", ".join(sorted(Path(table).name for table in tables)) or "none"
    findings.fault(f"{path} must hold exactly one table (*.csv or *.tsv), found: {found}; name the file itself.")
    return None


def undecodable_byte(path: Path) -> tuple[int, str] | None:
    """The offset of the first byte that is not UTF-8, and why; None where all of it is."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    offset = 0
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(1 << 20)
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as problem:
                return offset - held + problem.start, problem.reason
            offset += len(chunk)
            if not chunk:
                return None


def delimiter_of(path: Path, header: str) -> str:
    """A tab for .tsv; else the one of , ; tab | that the header holds most of."""
    if path.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    return max(",;\t|", key=header.count)


def default_target(header: Sequence[str]) -> str:
    """The column `label` or `target` (in any case), else the last."""
    for usual in ("label", "target"):
        for name in header:
            if name.lower() == usual:
                return name
    return header[-1]


def is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


@dataclass
class _Survey:
    path: Path
    findings: Findings
    target: str | None
    header: list[str] = field(default_factory=list)
    rows: int = 0
    without_target: int = 0
    numeric: bool = True
    whole: bool = True
    values: dict[str, int] = field(default_factory=dict)
    many: bool = False

    def read(self, needed: Sequence[str]) -> None:
        csv.field_size_limit(1 << 27)
        with self.path.open(encoding="utf-8-sig", newline="") as stream:
            delimiter = delimiter_of(self.path, stream.readline())
            stream.seek(0)
            reader = csv.reader(stream, delimiter=delimiter)
            try:
                self.header = [name.strip() for name in next((row for row in reader if row), [])]
                if not self._header_holds(needed):
                    return
                at = self.header.index(self.target or "")
                for row in reader:
                    if row:
                        self._row(row, at, reader.line_num)
            except csv.Error as problem:
                self.findings.fault(f"{self.path.name}, line {reader.line_num}: {problem}.")
                return
        self._target_holds()

    def _header_holds(self, needed: Sequence[str]) -> bool:
        name, header = self.path.name, self.header
        if not header:
            self.findings.fault(f"{name} holds no line.")
            return False
        if len(header) == 1:
            self.findings.fault(f"{name} has one column only ({header[0]!r}): there is nothing to learn from.")
            return False
        if twice := sorted({column for column in header if header.count(column) > 1}):
            self.findings.fault(f"{name}, line 1: the column {twice[0]!r} is there twice; names must differ.")
            return False
        if all(is_number(column) for column in header):
            self.findings.warn(f"{name}, line 1 is all numbers; a header with the columns' names belongs there.")
        for column in [*([self.target] if self.target else []), *needed]:
            if column not in header:
                near = difflib.get_close_matches(column, header, n=1, cutoff=0.5)
                hint = f"did you mean {near[0]!r}?" if near else f"its columns are {', '.join(header[:20])}."
                self.findings.fault(f"{name} has no column {column!r}; {hint}")
        if self.findings.faults:
            return False
        self.target = self.target or default_target(header)
        return True

    def _row(self, row: list[str], at: int, line: int) -> None:
        if len(row) != len(self.header):
            self.findings.fault(
                f"{self.path.name}, line {line}: {len(row)} cells where the header has {len(self.header)}."
            )
            return
        self.rows += 1
        value = row[at].strip()
        if value.lower() in MISSING:
            self.without_target += 1
            return
        if self.numeric:
            self.numeric = is_number(value)
            self.whole = self.whole and self.numeric and float(value).is_integer()
        if value in self.values or len(self.values) < MOST_CLASSES_COUNTED:
            self.values[value] = self.values.get(value, 0) + 1
        else:
            self.many = True

    def _target_holds(self) -> None:
        name, target = self.path.name, self.target
        if self.rows == 0 and not self.findings.faults:
            self.findings.fault(f"{name} has a header and no rows.")
        elif self.rows and self.without_target == self.rows:
            self.findings.fault(f"{name}: the target column {target!r} is empty in every row.")
        elif self.rows and len(self.values) == 1:
            only = next(iter(self.values))
            self.findings.fault(f"{name}: the target {target!r} is {only!r} in every row: there is nothing to learn.")
        elif self.without_target:
            self.findings.warn(
                f"{name}: {self.without_target:,} of {self.rows:,} rows have no {target!r} and will be left out."
            )
        if 0 < self.rows - self.without_target < FEWEST_ROWS:
            self.findings.fault(f"{name} has {self.rows} rows; at least {FEWEST_ROWS} with a target are needed.")
        for value, count in self.classes().items():
            if count == 1:
                self.findings.warn(f"{name}: the class {value!r} has one row only.")

    def classes(self) -> dict[str, int]:
        """Rows of each class, sorted by name; none where the target is a number to predict."""
        few = self.whole and len(self.values) <= MOST_INTEGER_CLASSES
        if self.many or (self.numeric and not few) or len(self.values) < 2:
            return {}
        return dict(sorted(self.values.items(), key=lambda item: (float(item[0]) if self.numeric else 0.0, item[0])))
