"""What a look at a dataset found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from unitrainer_tui.runs.learned import Learned

# Enough to see what is wrong; a dataset of a million broken labels would fill the memory otherwise.
MOST_TOLD = 50

Level = Literal["fault", "warning"]
ShouldStop = Callable[[], bool]
"""Asked between files; True ends the check."""


class Stopped(Exception):
    """Whoever asked for the check no longer wants its answer."""


@dataclass(frozen=True)
class Problem:
    """One finding. `code` is stable (docs/DATASETS.md lists them); `file` is relative to the dataset, `line` counts
    from 1; both are None where they say nothing. `message` is the whole sentence."""

    code: str
    level: Level
    file: str | None
    line: int | None
    message: str


@dataclass(frozen=True)
class DatasetReport:
    """`faults` stop a run, `warnings` do not; both are sentences with file and line where known.

    `kind` is yolo, coco, classification, tabular, files or none. `size` is in bytes. `counts` are numbers by what was
    counted (rows, columns, train images …), `classes` the number of examples of each class in its own order.
    `problems` are the same findings for programs, at most 50 of each code; `problem_counts` counts all of them by code.
    `notes` say what was not looked at.
    """

    kind: str
    files: int
    size: int
    counts: Mapping[str, int]
    classes: Mapping[str, int]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]
    summary: str
    problems: tuple[Problem, ...] = ()
    problem_counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    learned: Learned | None = None
    """What a training would learn of it, as far as the check has looked."""

    @property
    def holds(self) -> bool:
        """Nothing was found that stops a run."""
        return not self.faults


class Findings:
    """Problems as they are found: the first 50 of each code and a count of the rest."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Level, str], list[Problem]] = {}
        self._counts: dict[tuple[Level, str], int] = {}
        self.notes: list[str] = []

    def fault(self, code: str, message: str, file: str | None = None, line: int | None = None) -> None:
        self.add(Problem(code, "fault", file, line, message))

    def warn(self, code: str, message: str, file: str | None = None, line: int | None = None) -> None:
        self.add(Problem(code, "warning", file, line, message))

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def add(self, problem: Problem) -> None:
        key = (problem.level, problem.code)
        kept = self._kept.setdefault(key, [])
        self._counts[key] = self._counts.get(key, 0) + 1
        if len(kept) < MOST_TOLD:
            kept.append(problem)

    def has(self, code: str) -> bool:
        return any(known == code for _, known in self._counts)

    @property
    def faulty(self) -> bool:
        return any(level == "fault" for level, _ in self._counts)

    def told(self, level: Level) -> tuple[str, ...]:
        """At most 50 sentences, with room for every code, and how many more there are."""
        keys = [key for key in self._kept if key[0] == level]
        shares = _shares([len(self._kept[key]) for key in keys], MOST_TOLD)
        said = [one.message for key, share in zip(keys, shares, strict=True) for one in self._kept[key][:share]]
        more = sum(self._counts[key] for key in keys) - len(said)
        if more:
            said.append(f"And {more:,} more {level}{'s' if more > 1 else ''}.")
        return tuple(said)

    def report(
        self, kind: str, files: int, size: int, counts: Mapping[str, int], classes: Mapping[str, int], summary: str
    ) -> DatasetReport:
        ordered = sorted(self._kept, key=lambda key: key[0])  # faults first, each in the order of discovery
        totals: dict[str, int] = {}
        for (_, code), count in self._counts.items():
            totals[code] = totals.get(code, 0) + count
        return DatasetReport(
            kind,
            files,
            size,
            counts,
            classes,
            self.told("fault"),
            self.told("warning"),
            summary,
            tuple(problem for key in ordered for problem in self._kept[key]),
            totals,
            tuple(self.notes),
        )


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """`room` dealt out one by one: nobody gets more than wanted, and the small are served before the large grow."""
    given = [0] * len(wanted)
    while room > 0 and given != list(wanted):
        for place, most in enumerate(wanted):
            if room and given[place] < most:
                given[place] += 1
                room -= 1
    return given


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def human(size: int) -> str:
    """Bytes for people: 1.5 MB."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
