"""One test for each row of FAULTS that the simulator can play (those marked L1): the fault is made to fire, and the
outcome that the row promises is looked at. Row numbers are in the names."""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.sim.disk import Disk
from tests.sim.history import INSTALL, RESCUE_MINUTES, RUN, SETTLE, History, Outcome, Plan, play
from tests.sim.hostile_cloud import OTHERS_NAME, Address, Machine, Moods
from tests.sim.hostile_host import Line
from tests.sim.world import Span
from unitrainer_tui.runs.events import NoticeEvent
from unitrainer_tui.runs.journal import JournalFile
from unitrainer_tui.runs.names import parse_name

SEED = 11
NEVER = float("inf")
CRASHES = ("kill -9", "power loss")


@pytest.fixture(autouse=True)
def quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def plan(seconds: float = 3.0, *, line: Line | None = None, moods: Moods | None = None, **more: Any) -> Plan:
    """A good day but for what is said; the job takes so long."""
    return Plan(line=line or Line(job_seconds=seconds), moods=moods or Moods(), gap=3.0, **more)


def scripted(**answers: list[str]) -> Moods:
    """The calls of that name (`_` for a blank) are answered so."""
    return Moods(script={what.replace("_refused", " refused"): said for what, said in answers.items()})


def at(point: str, base: Plan, how: str, nth: int = 1) -> Plan:
    """The same plan with a blow at the n-th passing of a point."""
    history = History(SEED, base)
    history.world.keep_points = True
    history.play()
    ticks = [tick for tick, passed in enumerate(history.world.points, start=1) if passed == point]
    return replace(base, blows={ticks[nth - 1]: how})


def machines(outcome: Outcome) -> list[Machine]:
    return [machine for machine in outcome.history.cloud.machines.values() if machine.ours]


def addresses(outcome: Outcome) -> list[Address]:
    return [address for address in outcome.history.cloud.addresses.values() if address.ours]


def launches(outcome: Outcome) -> list[float]:
    return outcome.history.cloud.launch_calls


def told(outcome: Outcome) -> str:
    """All that the user was told in sentences."""
    said = [what.message for _, what in outcome.history.world.told if isinstance(what, NoticeEvent)]
    result = outcome.state.result
    return "\n".join([*said, result.error or "", result.closing or ""] if result is not None else said)


def all_gone(outcome: Outcome) -> bool:
    return not outcome.history.cloud.held()


def refused_before_the_launch(outcome: Outcome) -> None:
    assert outcome.code == 2
    assert not launches(outcome)
    assert not outcome.state.resources


# ---------------------------------------------------------------------------------------------------------- check


def test_row_01_a_wrong_api_key_is_refused_before_any_paid_call():
    refused_before_the_launch(play(SEED, plan(moods=Moods(revoked=[Span(0.0, NEVER)]))))


def test_row_02_an_unknown_price_without_a_cap_is_refused():
    outcome = play(SEED, plan(moods=Moods(price=None)))
    refused_before_the_launch(outcome)
    assert "price" in told(outcome)


def test_row_03_a_local_disk_too_small_for_the_model_is_refused():
    outcome = play(SEED, plan(free=1_000_000))
    refused_before_the_launch(outcome)
    assert "no room" in told(outcome)


# --------------------------------------------------------------------------------------------------------- launch


def test_row_07_a_disk_that_is_full_at_the_intent_sends_no_call():
    outcome = play(SEED, plan(full=[Span(1.0, 400.0)]))
    assert outcome.fired["disk full"]
    assert not launches(outcome)
    assert outcome.code == 1


@pytest.mark.parametrize("how", CRASHES)
def test_row_08_a_crash_between_the_intent_and_the_call_closes_at_no_cost(how: str):
    outcome = play(SEED, at("record instance intended", plan(), how))
    assert outcome.fired[how] == 1
    assert not launches(outcome)
    assert outcome.code == 1
    assert outcome.state.result is not None and outcome.state.result.spent_usd == 0
    # Through the settle window nobody believes that there is none.
    assert outcome.state.all_of("instance")[0].gone_at is not None
    assert outcome.history.closed_at > SETTLE


@pytest.mark.parametrize("kind", ["exists", "late"])
def test_row_09_a_launch_that_timed_out_is_found_by_name(kind: str):
    outcome = play(SEED, plan(moods=scripted(launch=[kind])))
    assert outcome.fired[f"launch: {kind}"] == 1
    found_and_used(outcome)


def found_and_used(outcome: Outcome) -> None:
    """The one machine was found, trained on, given back; no second call."""
    assert outcome.code == 0
    assert len(launches(outcome)) == len(machines(outcome)) == 1
    assert all_gone(outcome)


def test_row_10_a_machine_that_appears_minutes_after_the_call_goes_by_the_tombstones():
    outcome = play(SEED, plan(moods=scripted(launch=["very late"])))
    assert outcome.code == 1
    assert len(launches(outcome)) == 1
    assert outcome.by_tombstone and all_gone(outcome)


@pytest.mark.parametrize("nodes", [1, 2])
def test_row_11_a_5xx_after_the_effect_is_found_by_name(nodes: int):
    outcome = play(SEED, plan(nodes=nodes, moods=scripted(launch=["5xx"] * nodes)))
    assert outcome.fired["launch: 5xx"] == nodes
    assert outcome.code == 0
    assert len(launches(outcome)) == len(machines(outcome)) == nodes


def test_row_12_retry_after_is_honoured():
    outcome = play(SEED, plan(moods=scripted(launch_refused=["429:7", "429:7"])))
    first, second, third = launches(outcome)
    assert second - first >= 7
    assert third - second >= 7
    assert outcome.code == 0


def test_row_12_and_bounded():
    outcome = play(SEED, plan(moods=scripted(launch_refused=["429:9"] * 20)))
    assert len(launches(outcome)) == 5
    assert outcome.code == 1
    assert not machines(outcome)


def test_row_13_a_key_revoked_in_mid_run_is_told_and_retried_for_ever():
    revoked = Span(60.0, 5 * 3600.0)
    outcome = play(SEED, plan(30.0, moods=Moods(revoked=[revoked])))
    assert outcome.fired["key revoked"] > 100
    assert outcome.code == 3  # after cleanup_report_s, and the supervisor went on
    assert "STILL THERE" in told(outcome)
    assert outcome.history.closed_at > revoked.end
    assert all_gone(outcome)


def test_row_14_an_answer_without_an_id_is_found_by_name():
    outcome = play(SEED, plan(moods=scripted(launch=["garbage"])))
    assert outcome.fired["launch: garbage"] == 1
    found_and_used(outcome)


@pytest.mark.parametrize("how", CRASHES)
def test_row_15_a_crash_between_the_answer_and_its_record_is_found_by_name(how: str):
    outcome = play(SEED, at("launch effect", plan(), how))
    assert outcome.fired[how] == 1
    found_and_used(outcome)


def test_row_16_a_list_that_is_stale_right_after_the_launch_is_not_believed():
    outcome = play(SEED, plan(moods=Moods(lag=1.0, script={"launch": ["exists"]})))
    assert outcome.fired["list lag"]
    found_and_used(outcome)


def test_row_16_a_404_right_after_the_launch_does_not_make_an_abort_forget_the_machine():
    base = plan(moods=Moods(lag=1.0, script={"launch": ["exists"]}))
    outcome = play(SEED, at("launch effect", base, "stop without rescue"))
    assert outcome.code == 130
    assert len(machines(outcome)) == 1 and all_gone(outcome)
    assert not outcome.by_tombstone


def test_row_17_build_then_error_is_given_back_and_its_reason_shown():
    outcome = play(SEED, plan(moods=scripted(build=["error"])))
    assert outcome.fired["build: error"] == 1
    assert outcome.code == 1
    assert "could not build" in told(outcome)
    assert all_gone(outcome)


def test_row_18_build_for_ever_meets_its_deadline():
    outcome = play(SEED, plan(moods=scripted(build=["for ever"])))
    assert outcome.code == 1
    assert "did not become ACTIVE within 300 s" in told(outcome)
    assert all_gone(outcome)
    assert machines(outcome)[0].gone_at < 300 + 60


def test_row_19_a_terminate_that_is_refused_during_build_is_retried_until_accepted():
    base = plan(moods=scripted(terminate=["busy", "busy", "busy"]))
    outcome = play(SEED, at("instance", base, "stop without rescue"))
    assert outcome.fired["terminate: busy"] == 3
    assert outcome.code == 130
    assert all_gone(outcome)


def test_row_20_of_two_machines_that_bear_our_name_one_goes_with_an_alarm():
    outcome = play(SEED, plan(60.0, moods=scripted(launch=["twin"])))
    one, other = sorted(machines(outcome), key=lambda machine: machine.gone_at)
    assert outcome.code == 0
    assert "A second machine bears this run's name" in told(outcome)
    assert one.gone_at < other.gone_at - 30  # while the other trained
    assert len(launches(outcome)) == 1


@pytest.mark.parametrize("refusals", [["409", "409"], ["402"], ["403"]])
def test_row_21_no_capacity_quota_or_payment_fails_cleanly_and_holds_nothing(refusals: list[str]):
    outcome = play(SEED, plan(nodes=2, moods=scripted(launch_refused=["", *refusals])))
    assert outcome.code == 1
    assert outcome.state.closed and all_gone(outcome)


# -------------------------------------------------------------------------------------------------- address, key


@pytest.mark.parametrize("kind", ["exists", "late", "5xx", "garbage"])
def test_row_22_an_allocation_in_doubt_is_ours_in_a_project_of_our_own(kind: str):
    outcome = play(SEED, plan(exclusive=True, moods=scripted(allocate=[kind])))
    assert outcome.fired[f"allocate: {kind}"] == 1
    assert outcome.code == 0
    assert len(addresses(outcome)) == 1 and all_gone(outcome)


def test_row_22_and_a_suspect_that_the_user_decides_about_in_a_shared_one():
    outcome = play(SEED, plan(moods=scripted(allocate=["exists"])))
    assert outcome.code == 3
    assert [r.id for r in outcome.state.remaining if r.status == "suspect"] == [addresses(outcome)[0].id]
    assert "PERHAPS STILL THERE" in told(outcome)
    assert "it may be ours" in told(outcome)


def test_row_22_a_strangers_address_that_appears_meanwhile_hides_ours_from_nobody():
    """Seed 2450 of the first world with stale lists: the stranger's came first, and ours was never told."""
    in_doubt = 0
    for seed in range(60):
        outcome = play(seed, plan(moods=Moods(strangers=0.2, stale=0.1, script={"allocate": ["exists"]})))
        suspects = {r.id for r in outcome.state.remaining if r.status == "suspect"}
        for ours in addresses(outcome):
            in_doubt += 1
            assert ours.id in suspects or ours.gone_at < NEVER
    assert in_doubt > 30


def test_row_23_an_address_that_cannot_be_attached_is_the_only_one():
    outcome = play(SEED, plan(moods=Moods(associate_fails=1.0)))
    assert outcome.fired["associate fails"] >= 5
    assert outcome.code == 1
    assert len(addresses(outcome)) == 1 and all_gone(outcome)


@pytest.mark.parametrize("how", CRASHES)
@pytest.mark.parametrize("point", ["record public_ip intended", "allocate effect"])
def test_row_24_a_crash_around_the_allocation_leaves_no_address(point: str, how: str):
    outcome = play(SEED, at(point, plan(exclusive=True), how))
    assert outcome.fired[how] == 1
    assert len(addresses(outcome)) <= 1 and all_gone(outcome)


@pytest.mark.parametrize("answers", [["500"] * 5, ["ignored"] * 3, ["500 after effect"], ["ignored", "500"]])
def test_row_25_a_release_that_fails_is_repeated_until_the_address_is_absent(answers: list[str]):
    outcome = play(SEED, plan(moods=scripted(release=answers)))
    assert sum(count for name, count in outcome.fired.items() if name.startswith("release: ")) == len(answers)
    assert all_gone(outcome)
    assert outcome.state.closed


@pytest.mark.parametrize("how", CRASHES)
@pytest.mark.parametrize("point", ["record ssh_key intended", "add_key effect"])
def test_row_27_a_key_registered_before_a_crash_is_removed_by_name(point: str, how: str):
    outcome = play(SEED, at(point, plan(), how))
    assert outcome.fired[how] == 1
    assert outcome.state.closed and all_gone(outcome)


# ---------------------------------------------------------------------------------------------------------- train


@pytest.mark.parametrize("how", ["power loss", "SIGTERM", "kill -9"])
@pytest.mark.parametrize("nodes", [1, 2])
def test_row_41_a_reboot_here_in_mid_training_loses_no_intent(how: str, nodes: int):
    outcome = play(SEED, at("poll", plan(60.0, nodes=nodes), how, nth=20))
    assert outcome.fired[how] == 1
    assert outcome.code == 0
    assert [job.starts for job in outcome.history.hosts.jobs.values()] == [1] * nodes


def test_row_42_when_this_machine_never_returns_the_second_guard_ends_the_rented_one_at_its_deadline():
    outcome = play(SEED, at("poll", plan(1500.0, never_revived=False), "kill -9", nth=5))
    assert outcome.lives == 2  # somebody came back
    base = replace(at("poll", plan(60.0), "kill -9", nth=5), never_revived=True)
    outcome = play(SEED, base)
    assert outcome.lives == 1
    (machine,) = machines(outcome)
    name = parse_name(machine.name)
    assert name is not None and name.install == INSTALL
    deadline = base.max_hours * 3600 + RESCUE_MINUTES * 60
    assert deadline - 5 < machine.gone_at < deadline + 60
    others = [m for m in outcome.history.cloud.machines.values() if m.name == OTHERS_NAME]
    assert others[0].gone_at == NEVER


def test_row_44_a_job_that_hangs_with_an_idle_gpu_ends_by_the_policy():
    outcome = play(SEED, plan(line=Line(hangs=True), idle_minutes=1.0))
    assert outcome.fired["job hangs"]
    assert "taken for hung" in told(outcome)
    assert outcome.code == 1
    assert machines(outcome)[0].gone_at < 60 + 60 + 240


def test_row_45_a_restart_of_the_machine_by_its_provider_fails_honestly():
    outcome = play(SEED, plan(line=Line(job_seconds=200.0, reboots_at=120.0)))
    assert outcome.fired["machine rebooted"]
    assert outcome.code == 1
    assert "restarted" in told(outcome)
    assert all_gone(outcome)
    # What it had printed is here, whole.
    assert len(outcome.history.disk.logs[0]) > 0


def test_row_46_a_machine_that_vanishes_is_confirmed_twice_and_closed_as_lost():
    outcome = play(SEED, plan(1500.0, moods=scripted(build=["vanish in training"])))
    assert outcome.fired["build: vanish in training"] == 1
    assert outcome.code == 1
    assert "The machine is gone" in told(outcome)
    assert outcome.state.closed
    # The log up to then stays.
    assert len(outcome.history.disk.logs[0]) > 0


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_row_47_a_clock_that_is_set_moves_no_deadline(jump: float):
    outcome = play(SEED, plan(60.0, clock_jump=jump))
    assert outcome.fired["clock set"] == 1
    assert outcome.code == 0
    assert outcome.state.limit is None


@pytest.mark.parametrize("how", CRASHES)
def test_row_47_nor_does_a_clock_set_back_before_another_supervisor_takes_over(how: str):
    base = at("poll", plan(1500.0, clock_jump=-3600.0), how, nth=200)
    outcome = play(SEED, base)
    assert outcome.state.limit is not None and "max_hours" in outcome.state.limit
    assert machines(outcome)[0].gone_at < base.max_hours * 3600 + 300


def test_row_47_a_sleep_of_this_machine_counts():
    base = at("poll", plan(6000.0), "sleep", nth=10)
    outcome = play(SEED, base)
    assert outcome.fired["sleep"] == 1
    assert outcome.state.limit is not None and "max_hours" in outcome.state.limit
    # At once after it wakes: half an hour has passed, and the limit is a quarter.
    assert machines(outcome)[0].gone_at < 60 + 1800 + 120


def test_row_48_the_deadline_stops_rescues_and_terminates():
    outcome = play(SEED, plan(1500.0, max_hours=0.1))
    reached(outcome, "max_hours", 0.1 * 3600)


def test_row_48_so_does_the_budget():
    # $0.50 at $2 an hour: training stops at budget less a fifth at the most, 720 s.
    outcome = play(SEED, plan(1500.0, budget_usd=0.5))
    reached(outcome, "budget_usd", 720 + 180)
    assert outcome.state.result is not None and outcome.state.result.spent_usd <= 0.5


def reached(outcome: Outcome, limit: str, seconds: float) -> None:
    assert outcome.code == 1
    assert limit in (outcome.state.limit or "")
    assert outcome.state.stages["download"].status == "done"
    assert machines(outcome)[0].gone_at - machines(outcome)[0].born < seconds + RESCUE_MINUTES * 60 + 60
    assert all_gone(outcome)


# -------------------------------------------------------------------------------------------------------- cleanup


@pytest.mark.parametrize("trouble", ["outage", "500"])
def test_row_58_a_terminate_that_fails_for_hours_is_never_given_up(trouble: str):
    hours = Moods(outages=[Span(60.0, 3 * 3600.0)]) if trouble == "outage" else scripted(terminate=["500"] * 400)
    outcome = play(SEED, plan(30.0, moods=hours))
    assert outcome.code == 3
    assert "STILL THERE AND PERHAPS BILLED" in told(outcome)
    assert "is not given back yet" in told(outcome)
    assert all_gone(outcome)
    assert outcome.state.closed
    assert outcome.history.closed_at > 3600


def test_row_59_a_terminate_that_is_accepted_and_ignored_is_sent_again():
    outcome = play(SEED, plan(moods=scripted(terminate=["ignored", "ignored", "ignored"])))
    assert outcome.fired["terminate: ignored"] == 3
    assert outcome.code == 0
    assert all_gone(outcome)


@pytest.mark.parametrize("how", CRASHES)
def test_row_60_a_crash_at_any_point_of_the_clean_up_is_resumed(how: str):
    base = plan(moods=scripted(terminate=["ignored"]))
    history = History(SEED, base)
    history.world.keep_points = True
    history.play()
    begins = history.world.points.index("record cleanup started")
    for tick in range(begins + 1, history.ticks_at_close + 1):
        outcome = play(SEED, replace(base, blows={tick: how}))
        assert outcome.fired[how] == 1
        assert outcome.code == 0
        assert all_gone(outcome)


@pytest.mark.parametrize("status", ["SHUTOFF", "SOFT_DELETED", "ACTIVE"])
def test_row_61_what_lingers_under_another_status_is_billable_until_it_is_absent(status: str):
    outcome = play(SEED, plan(moods=scripted(terminate=[f"{status}:7200"])))
    assert outcome.code == 3
    assert "STILL THERE" in told(outcome)
    (machine,) = machines(outcome)
    assert machine.gone_at > 7200
    assert outcome.history.closed_at > machine.gone_at
    assert outcome.state.closed


# ---------------------------------------------------------------------------------------------------------- after


@pytest.mark.parametrize("nodes", [1, 2])
def test_row_63_a_machine_that_appears_after_the_close_goes_by_the_tombstones(nodes: int):
    outcome = play(SEED, plan(nodes=nodes, moods=scripted(launch=[*[""] * (nodes - 1), "very late"])))
    late = max(machines(outcome), key=lambda machine: machine.born)
    assert late.born > outcome.history.closed_at
    assert all_gone(outcome)
    # The revivers' timer looks every minute.
    assert late.gone_at - late.born < 60 + 60


def test_row_63_and_so_does_what_the_cloud_itself_denied():
    """Lists and the terminate call believed a stale replica: what was hidden for long, and is ours, is found again."""
    found = [
        thing
        for seed in range(300)
        for thing in play(seed, plan(moods=Moods(stale=0.3, stale_gate=True, ignored=0.6))).by_tombstone
    ]
    assert found
    assert max(found) < 900


class _Damage:
    """What a crash, a bad disk or another version leaves of the journal, read by the real JournalFile."""

    def __init__(self, folder: Path, change: Callable[[list[bytes]], bytes]) -> None:
        self._folder, self._change = folder, change
        self.done = 0

    def __call__(self, disk: Disk) -> None:
        path = self._folder / f"journal-{self.done}.jsonl"
        path.write_bytes(self._change(list(disk.lines)))
        journal = JournalFile(path, RUN)
        journal.close()
        disk.put_back(path.read_bytes().splitlines(keepends=True), journal.state)
        self.done += 1


def test_row_64_a_torn_tail_is_cut(tmp_path: Path):
    damage = _Damage(tmp_path, lambda lines: b"".join(lines) + b'0badc0de {"kind": "resource", "resou')
    outcome = play(SEED, replace(at("poll", plan(20.0), "kill -9", nth=8), damage=damage))
    assert damage.done == 1
    assert outcome.code == 0
    assert all_gone(outcome)


def test_row_64_whichever_line_is_damaged_nothing_stays_behind(tmp_path: Path):
    base = at("poll", plan(20.0, exclusive=True), "kill -9", nth=8)
    lines_then = _lines_at_the_crash(base, tmp_path)
    assert lines_then > 25
    for index in range(lines_then):
        folder = tmp_path / str(index)
        folder.mkdir()
        damage = _Damage(
            folder, lambda lines, at=index: b"".join([*lines[:at], b"?" + lines[at][1:], *lines[at + 1 :]])
        )
        outcome = play(SEED, replace(base, damage=damage))
        assert damage.done == 1
        assert all_gone(outcome)


def _lines_at_the_crash(base: Plan, folder: Path) -> int:
    counted: list[int] = []

    def count(lines: list[bytes]) -> bytes:
        counted.append(len(lines))
        return b"".join(lines)

    play(SEED, replace(base, damage=_Damage(folder, count)))
    return counted[0]


def test_row_64_records_and_fields_of_another_version_are_passed_over(tmp_path: Path):
    def line(record: dict[str, Any]) -> bytes:
        data = json.dumps(record).encode()
        return b"%08x %s\n" % (zlib.crc32(data), data)

    def newer(lines: list[bytes]) -> bytes:
        last = json.loads(lines[-1][9:])
        unknown = {"at": last["at"], "run": RUN, "seq": last["seq"] + 1, "kind": "teleport", "where": [1, 2]}
        known = {**json.loads(lines[0][9:]), "colour": "blue"}
        return b"".join([line(known), *lines[1:], line(unknown)])

    damage = _Damage(tmp_path, newer)
    outcome = play(SEED, replace(at("poll", plan(20.0), "kill -9", nth=8), damage=damage))
    assert damage.done == 1
    assert outcome.code == 0
    assert all_gone(outcome)
