"""A million histories, in as many processes as there are cores: `make sim-long`.

UNITRAINER_HISTORIES says how many, UNITRAINER_SEED the first seed (so that a run that was broken off goes on where its
last line of progress says), UNITRAINER_PROCESSES how many processes. Progress goes to stderr; at the end one line of
JSON goes to stdout with what was counted. Ends with 1 at the first violation, after its seed and its story.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.sim.history import Outcome, play
from tests.sim.world import Violation

BATCH = 250
MILLION = 1_000_000
PROGRESS_SECONDS = 20.0
_INVARIANT = re.compile(r"\b([PI]\d+):")


@dataclass
class Figures:
    """What some histories came to. Seconds are counted in tenths, so that they take little room."""

    histories: int = 0
    crashes: int = 0
    lives: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    fired: Counter[str] = field(default_factory=Counter)
    """In how many histories each fault has befallen the run."""
    after_decision: Counter[tuple[str, int]] = field(default_factory=Counter)
    after_teardown: Counter[tuple[str, int]] = field(default_factory=Counter)
    by_tombstone: Counter[int] = field(default_factory=Counter)
    log_bytes_lost: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    stories: list[str] = field(default_factory=list)

    def note(self, outcome: Outcome) -> None:
        self.histories += 1
        self.crashes += outcome.crashes
        self.lives += outcome.lives
        self.codes[outcome.code] += 1
        self.fired.update(outcome.fired.keys())
        self.after_decision.update((outcome.weather, tenths) for tenths in _tenths(outcome.after_decision))
        self.after_teardown.update((outcome.weather, tenths) for tenths in _tenths(outcome.after_teardown))
        self.by_tombstone.update(_tenths(outcome.by_tombstone))
        self.log_bytes_lost += outcome.log_bytes_lost

    def add(self, other: Figures) -> None:
        for name, value in vars(other).items():
            mine = getattr(self, name)
            if isinstance(mine, Counter):
                mine.update(value)
            else:
                setattr(self, name, mine + value)

    def as_json(self, seconds: float, first: int) -> dict[str, object]:
        return {
            "histories": self.histories,
            "first_seed": first,
            "leaks": self.violations["P1"] + self.violations["I4"],
            "foreign_resources_destroyed": self.violations["P2"] + self.violations["I3"],
            "violations": dict(sorted(self.violations.items())),
            "crashes": self.crashes,
            "lives": self.lives,
            "exit_codes": {str(code): count for code, count in sorted(self.codes.items())},
            "billed_seconds_after_decision": by_weather(self.after_decision),
            "billed_seconds_after_teardown_began": by_weather(self.after_teardown),
            "seconds_until_the_tombstones_found_it": percentiles(self.by_tombstone),
            "log_bytes_lost": self.log_bytes_lost,
            "log_bytes_doubled": 0 if not self.violations["I8"] else None,
            "faults": dict(sorted(self.fired.items())),
            "wall_seconds": round(seconds, 1),
            "histories_per_second": round(self.histories / max(seconds, 0.001), 1),
        }


def _tenths(seconds: list[float]) -> list[int]:
    return [round(value * 10) for value in seconds]


def by_weather(counted: Counter[tuple[str, int]]) -> dict[str, dict[str, float | int]]:
    found: dict[str, Counter[int]] = {"quiet": Counter(), "hostile": Counter(), "interrupted": Counter()}
    for (weather, tenths), count in counted.items():
        found[weather][tenths] += count
    return {weather: percentiles(seconds) for weather, seconds in found.items()}


def percentiles(counted: Counter[int]) -> dict[str, float | int]:
    """p50, p99 and the largest of what was counted in tenths of a second."""
    total = sum(counted.values())
    found: dict[str, float | int] = {"count": total}
    if not total:
        return found
    for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        passed = 0
        for value in sorted(counted):
            passed += counted[value]
            if passed >= share * total:
                found[name] = value / 10
                break
    return found


def play_batch(first: int, count: int) -> Figures:
    """The histories of `count` seeds; ends at the first that breaks a promise."""
    logging.disable(logging.CRITICAL)  # a hostile world logs much; the story of a violation holds what matters
    gc.set_threshold(100_000, 50, 100)
    figures = Figures()
    for seed in range(first, first + count):
        try:
            figures.note(play(seed))
        except Violation as violation:
            words = str(violation)
            invariant = _INVARIANT.search(words.partition("\n")[0])
            figures.violations[invariant[1] if invariant else "other"] += 1
            figures.stories.append(words)
            break
    return figures


def batches(first: int, count: int) -> Iterator[tuple[int, int]]:
    for start in range(first, first + count, BATCH):
        yield start, min(BATCH, first + count - start)


def main() -> int:
    count = int(os.environ.get("UNITRAINER_HISTORIES", MILLION))
    first = int(os.environ.get("UNITRAINER_SEED", "0"))
    processes = int(os.environ.get("UNITRAINER_PROCESSES", os.cpu_count() or 1))
    figures, began, told = Figures(), time.monotonic(), 0.0
    with ProcessPoolExecutor(processes) as pool:
        try:
            for batch in pool.map(play_batch, *zip(*batches(first, count), strict=True)):
                figures.add(batch)
                now = time.monotonic() - began
                if batch.violations or now - told >= PROGRESS_SECONDS:
                    told = now
                    rate, done = figures.histories / now, first + figures.histories
                    left = (count - figures.histories) / rate / 60
                    said = f"{figures.histories} histories, {rate:.0f} a second, {left:.0f} minutes to go; "
                    print(f"{said}UNITRAINER_SEED={done} goes on from here", file=sys.stderr, flush=True)
                if batch.violations:
                    break
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    for story in figures.stories:
        print(story, file=sys.stderr)
    print(json.dumps(figures.as_json(time.monotonic() - began, first)))
    return 1 if figures.violations else 0


if __name__ == "__main__":
    sys.exit(main())
