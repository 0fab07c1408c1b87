"""A crash at every point where the run has an effect, combined with every way in which a cloud leaves a call in doubt.

Not by chance: the run is played once to learn its points (a call, its effect before the answer, a record of the
journal), then once for each of them with a crash right there. On a quiet cloud such an enumeration misses what needs
two faults at a time, so it is done again for each fault of the API.
"""

from __future__ import annotations

import logging
from collections import Counter

import pytest

from tests.sim.history import History, Plan, play
from tests.sim.hostile_cloud import Moods
from tests.sim.hostile_host import Line

SEED = 7
DOUBTS = ("lost", "exists", "late", "5xx", "garbage")
ONE_NODE = {
    "no fault": {},
    **{f"launch {how}": {"launch": [how]} for how in (*DOUBTS, "very late", "twin")},
    **{f"allocate {how}": {"allocate": [how]} for how in DOUBTS},
    **{f"add_key {how}": {"add_key": [how]} for how in DOUBTS},
    "launch refused once": {"launch refused": ["409"]},
    "launch asked to wait": {"launch refused": ["429:3"]},
    **{f"terminate {how}": {"terminate": [how]} for how in ("ignored", "500", "500 after effect", "busy")},
    **{f"release {how}": {"release": [how]} for how in ("ignored", "500", "500 after effect")},
}
# The same to the second machine's calls; "" lets the first's pass.
TWO_NODES = {
    "no fault": {},
    **{f"launch {how}": {"launch": ["", how]} for how in (*DOUBTS, "very late", "twin")},
    **{f"allocate {how}": {"allocate": ["", how]} for how in DOUBTS},
    "launch refused once": {"launch refused": ["", "409"]},
    **{f"terminate {how}": {"terminate": [how, how]} for how in ("ignored", "500", "500 after effect", "busy")},
    **{f"release {how}": {"release": [how, how]} for how in ("ignored", "500", "500 after effect")},
}
# With two machines the doubts come first; the rest is for `make sim-long`.
OFTEN = {"no fault", *(f"{call} {how}" for call in ("launch", "allocate") for how in ("exists", "late"))}
# A point that is passed over and over (a poll, a look) is the same one each time: so many of them are enough.
OF_EACH_READ, OF_EACH_OTHER = 1, 40
_READS = {"poll", "instance", "instances", "keys", "ips", "host", "connect", "projects", "regions", "images", "offers"}
_READS |= {"record cost", "record progress", "record transfer"}


@pytest.fixture(autouse=True)
def quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def plan(nodes: int, name: str, *, exclusive: bool = True, **more: object) -> Plan:
    script = (ONE_NODE if nodes == 1 else TWO_NODES)[name]
    line = Line(job_seconds=3.0)
    return Plan(nodes=nodes, exclusive=exclusive, moods=Moods(script=script), line=line, gap=3.0, **more)  # type: ignore[arg-type]


def points(nodes: int, name: str) -> dict[int, str]:
    """The ticks at which a crash makes a difference, and what each of them is."""
    history = History(SEED, plan(nodes, name))
    history.world.keep_points = True
    history.play()
    passed: Counter[str] = Counter()
    found = {}
    for tick, point in enumerate(history.world.points[: history.ticks_at_close], start=1):
        passed[point] += 1
        if passed[point] <= (OF_EACH_READ if point in _READS else OF_EACH_OTHER):
            found[tick] = point
    return found


@pytest.mark.parametrize("name", ONE_NODE)
def test_a_crash_at_any_point_leaves_nothing_behind(name: str):
    crash_everywhere(1, name)


@pytest.mark.parametrize("name", sorted(OFTEN))
def test_a_crash_at_any_point_of_a_run_of_two_machines_leaves_nothing_behind(name: str):
    crash_everywhere(2, name)


@pytest.mark.sim_long
@pytest.mark.parametrize("name", sorted(set(TWO_NODES) - OFTEN))
def test_a_crash_at_any_other_point_of_a_run_of_two_machines_leaves_nothing_behind(name: str):
    crash_everywhere(2, name)


def crash_everywhere(nodes: int, name: str) -> None:
    where = points(nodes, name)
    assert {"launch", "record instance intended", "record launch started", "record result"} <= set(where.values())
    for tick, point in where.items():
        # At a read nothing of the disk differs from what it was at the record before.
        for how in ("kill -9",) if point in _READS else ("kill -9", "power loss"):
            outcome = play(SEED, plan(nodes, name, blows={tick: how}))
            assert outcome.fired[how] == 1
            assert outcome.code in (0, 1, 3)


def test_the_points_of_a_run_are_many():
    """An enumeration that enumerates nothing passes."""
    for nodes, most in ((1, 45), (2, 70)):
        where = points(nodes, "no fault")
        effects = {"launch effect", "add_key effect", "allocate effect", "terminate effect", "release effect"}
        assert effects | {"drop_key effect", "start effect"} <= set(where.values())
        assert len(where) > most


@pytest.mark.parametrize("how", DOUBTS)
def test_in_a_shared_project_an_address_in_doubt_is_released_or_told(how: str):
    for crash in (None, "kill -9", "power loss"):
        for tick in range(20, 90, 3) if crash else [0]:
            script = {"allocate": [how]}
            moods = Moods(script=script, strangers=0.05)
            blows = {tick: crash} if crash else {}
            play(SEED, Plan(moods=moods, line=Line(job_seconds=3.0), gap=3.0, blows=blows))
