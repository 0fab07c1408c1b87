"""Histories of whole runs in a hostile world, judged by the promises about money and loss.

UNITRAINER_HISTORIES=5000 plays more of them, UNITRAINER_SEED=1234 begins there. A violation prints its seed and story;
`UNITRAINER_HISTORIES=1 UNITRAINER_SEED=<seed>` replays it.
"""

from __future__ import annotations

import logging
import os

import pytest

from tests.sim.history import play

FIRST = int(os.environ.get("UNITRAINER_SEED", "0"))
COUNT = int(os.environ.get("UNITRAINER_HISTORIES", "150"))
BATCH = 25
MOST_FOR_COVERAGE = 600
# What must happen at least once.
FAULTS = {
    "kill -9",
    "power loss",
    "SIGTERM",
    "stop",
    "disk full",
    "outage",
    "key revoked",
    "429",
    "launch in doubt",
    "launch lost",
    "late launch",
    "twin",
    "clock set",
    "launch refused",
    "allocate in doubt",
    "key in doubt",
    "list lag",
    "build error",
    "machine vanishes",
    "terminate ignored",
    "terminate 500 after effect",
    "SOFT_DELETED",
    "release ignored",
    "connection lost",
    "login refused",
    "strangers",
    "list flickers",
    "kill -9 between the launches",
    "power loss between the launches",
    "launch of a second machine refused",
    "launch of a second machine in doubt",
    "allocate for a second machine in doubt",
    "another flavor for all machines",
    "success on several nodes",
}


@pytest.fixture(autouse=True)
def quiet():
    """A hostile world logs much; the story of a violation holds what matters."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, BATCH))
def test_no_history_breaks_a_promise(first: int):
    for seed in range(first, min(first + BATCH, FIRST + COUNT)):
        play(seed)


def test_every_fault_fires_and_every_end_is_seen():
    fired: set[str] = set()
    codes: set[int] = set()
    for seed in range(FIRST, FIRST + MOST_FOR_COVERAGE):
        outcome = play(seed)
        fired |= outcome.fired
        codes.add(outcome.code)
        if fired >= FAULTS and codes >= {0, 1, 3, 130}:
            return
    assert not FAULTS - fired
    assert codes >= {0, 1, 3, 130}


def test_a_seed_tells_the_same_story_twice():
    first, second = play(FIRST + 3), play(FIRST + 3)
    assert first.state == second.state
