"""Faults of the core that were found once, each with the test that would have found it."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from tests.sim.disk import Disk
from tests.sim.hostile_cloud import Address, HostileCloud, Machine, Moods
from tests.sim.world import VirtualClock, World
from unitrainer_tui.clock import SystemClock
from unitrainer_tui.errors import CloudUnclear
from unitrainer_tui.pipeline.recorder import Recorder
from unitrainer_tui.pipeline.release import Look, Proof
from unitrainer_tui.ports import Clock
from unitrainer_tui.runs.directory import RunDirectory, RunLock
from unitrainer_tui.runs.events import Event, NoticeEvent, ResourceEvent
from unitrainer_tui.runs.journal import JournalFile, JournalReader, read_journal
from unitrainer_tui.runs.state import RunState, fold
from unitrainer_tui.supervisor.control import ControlServer
from unitrainer_tui.supervisor.process import _listen
from unitrainer_tui.supervisor.sweep import Swept, sweep_names


class FullDisk:
    """A journal on a disk that is full until `room` is set."""

    def __init__(self) -> None:
        self.state = RunState(run="r")
        self.room = False
        self.written: list[Event] = []

    def append(self, event: Event, at: float, *, sync: bool = False) -> Event:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.written.append(event)
        return event


class At:
    def __init__(self, now: float) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


def test_what_is_told_on_a_full_disk_keeps_its_time():
    record = Recorder(FullDisk(), At(1_790_000_000.0))
    record.resource("instance", "created", name="n", id="i")
    known = record.state.resource("instance")
    assert known is not None
    assert known.created_at == 1_790_000_000.0


def test_a_call_whose_answer_came_after_a_sleep_may_have_had_its_effect_just_now():
    """Seed 122706: the machine here slept between the call and its answer, and a list that lagged behind the effect was
    taken for proof of absence."""
    clock = At(1_790_000_000.0)
    record = Recorder(FullDisk(), clock)
    record.resource("ssh_key", "intended", name="n", call="add-key")
    clock.time += 1800
    record.resource("ssh_key", "created", name="n", clear=True)
    clock.time += 5
    known = record.state.resource("ssh_key")
    assert known is not None
    assert record.called_at(known) == 1_790_001_800.0


def test_a_full_disk_drops_words_before_it_drops_what_the_run_holds():
    journal = FullDisk()
    record = Recorder(journal, At(1_790_000_000.0))
    record.resource("instance", "created", name="n", id="i")
    for _ in range(3000):
        record.notice("error", "still full")
    record.resource("instance", "gone", name="n", id="i")
    assert not record.flush()
    journal.room = True
    assert record.flush()
    told = [event.status for event in journal.written if isinstance(event, ResourceEvent)]
    assert told == ["created", "gone"]
    assert len(journal.written) < 1100


def test_two_looks_in_one_moment_are_one_sighting():
    proof, clock = Proof(0.0, apart=5.0), At(100.0)
    assert not proof.note(Look.ABSENT, clock)
    assert not proof.note(Look.ABSENT, clock)
    clock.time += 5.0
    assert proof.note(Look.ABSENT, clock)


def test_absence_inside_the_settle_window_counts_for_nothing_until_the_thing_was_seen():
    proof, clock = Proof(160.0, apart=5.0), At(100.0)
    for _ in range(6):
        assert not proof.note(Look.ABSENT, clock)
        clock.time += 5.0
    proof.note(Look.PRESENT, clock)
    proof.note(Look.ABSENT, clock)
    clock.time += 5.0
    assert proof.note(Look.ABSENT, clock)


def test_a_viewer_loses_no_record_to_a_torn_tail_that_the_next_owner_cuts(tmp_path: Path):
    path = tmp_path / "journal.jsonl"
    journal = JournalFile(path, "r")
    journal.append(NoticeEvent(level="info", message="one"), 1.0)
    journal.close()
    with path.open("ab") as file:
        file.write(b"0badc0de {torn in the middle of a long long record that never")
    reader = JournalReader(path)
    assert len(list(reader.read())) == 1
    journal = JournalFile(path, "r")
    journal.append(NoticeEvent(level="info", message="two"), 2.0)
    journal.close()
    assert [event.seq for event in reader.read()] == [2]
    assert reader.damaged == 0


def test_a_name_with_odd_bytes_stops_no_record(tmp_path: Path):
    journal = JournalFile(tmp_path / "journal.jsonl", "r")
    journal.append(NoticeEvent(level="error", message="no file \udcff here", decision="fail"), 1.0)
    journal.close()
    assert fold(read_journal(tmp_path / "journal.jsonl")).failure == "no file ? here"


def test_a_looker_costs_no_run_its_owner(tmp_path: Path):
    looking = os.open(tmp_path / "run.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(looking, fcntl.LOCK_SH)
    gone = threading.Timer(0.05, os.close, [looking])
    gone.start()
    owner = RunLock(RunDirectory(tmp_path))
    assert owner.acquire(patience_s=5.0)
    owner.release()
    gone.join()


def test_an_owner_that_stays_is_believed(tmp_path: Path):
    directory = RunDirectory(tmp_path)
    owner = RunLock(directory)
    assert owner.acquire()
    assert not RunLock(directory).acquire(patience_s=0.05)
    owner.release()


async def test_a_socket_that_cannot_be_made_now_is_made_later(tmp_path: Path):
    folder = tmp_path / "in the way"
    folder.write_text("a file where the folder should be")
    server = ControlServer(folder / "control.sock", lambda request: {})

    class Freeing(SystemClock):
        async def sleep(self, seconds: float) -> None:
            folder.unlink()

    await _listen(server, Freeing())
    assert (folder / "control.sock").is_socket()
    await server.close()


def test_a_clock_that_is_set_moves_no_deadline(monkeypatch: pytest.MonkeyPatch):
    clock = SystemClock()
    before = clock.now()
    monkeypatch.setattr(time, "time", lambda: before + 86_400.0)
    assert clock.now() - before < 60


def test_a_clock_that_was_set_back_between_two_supervisors_gives_no_second_lease(monkeypatch: pytest.MonkeyPatch):
    last_record = SystemClock().now()
    monkeypatch.setattr(time, "time", lambda: last_record - 3600.0)
    assert SystemClock(not_before=last_record).now() >= last_record
    assert SystemClock().now() < last_record - 3500


def test_two_stale_looks_prove_nothing_until_the_cloud_denies_or_time_has_passed():
    clock = At(0.0)
    denied, lasting = (Proof(0.0, apart=5.0, lasting=60.0) for _ in range(2))
    denied.note(Look.ABSENT, clock)
    assert denied.to_be_asked()
    assert not denied.to_be_asked()
    clock.time = 5.0
    assert not denied.note(Look.ABSENT, clock)
    denied.denied(clock)
    clock.time = 10.0
    assert denied.note(Look.ABSENT, clock)
    moments = [moment for moment in range(0, 200, 5) if _noted(lasting, clock, moment)]
    assert moments[0] == 60


def test_looks_that_got_no_answer_are_no_part_of_a_lasting_absence():
    proof, clock = Proof(0.0, apart=5.0, lasting=60.0), At(0.0)
    proof.note(Look.ABSENT, clock)
    clock.time = 3600.0  # an hour of outage
    assert not proof.note(Look.ABSENT, clock)


def test_two_stale_stretches_with_an_outage_between_are_no_lasting_absence():
    """In between it may have been there, and nobody could see it (seed 964518)."""
    proof, clock = Proof(0.0, apart=5.0, lasting=60.0), At(0.0)
    assert not any(_noted(proof, clock, moment) for moment in range(0, 31, 5))
    for moment in range(35, 100, 5):
        clock.time = float(moment)
        proof.note(Look.UNKNOWN, clock)
    moments = [moment for moment in range(100, 300, 5) if _noted(proof, clock, moment)]
    assert moments[0] == 160


def test_looks_before_and_after_a_sleep_are_not_two_looks():
    """Seed 998399: stale before the lid was closed, and stale again behind it."""
    proof, clock = Proof(0.0, apart=5.0, lasting=60.0), At(0.0)
    proof.note(Look.ABSENT, clock)
    proof.denied(clock)
    clock.time = 1800.0
    assert not proof.note(Look.ABSENT, clock)
    clock.time = 1805.0
    assert not proof.note(Look.ABSENT, clock)
    proof.denied(clock)
    clock.time = 1810.0
    assert proof.note(Look.ABSENT, clock)


def test_one_look_without_an_answer_does_not_begin_a_lasting_absence_anew():
    proof, clock = Proof(0.0, apart=5.0, lasting=60.0), At(0.0)
    assert not any(_noted(proof, clock, moment) for moment in range(0, 31, 5))
    clock.time = 32.0
    proof.note(Look.UNKNOWN, clock)
    assert next(moment for moment in range(35, 100, 5) if _noted(proof, clock, moment)) == 60


def test_what_was_seen_before_a_look_without_an_answer_is_seen_anew():
    """A stale moment, an error, and another stale moment are not two looks."""
    proof, clock = Proof(0.0, apart=5.0, lasting=60.0), At(0.0)
    proof.note(Look.ABSENT, clock)
    proof.denied(clock)
    proof.note(Look.UNKNOWN, clock)
    clock.time = 10.0
    assert not proof.note(Look.ABSENT, clock)
    clock.time = 15.0
    assert not proof.note(Look.ABSENT, clock)
    proof.denied(clock)
    clock.time = 20.0
    assert proof.note(Look.ABSENT, clock)


def _noted(proof: Proof, clock: At, moment: float) -> bool:
    clock.time = moment
    return proof.note(Look.ABSENT, clock)


def test_a_stubborn_machine_keeps_no_other_from_being_swept():
    world, disk = World(1), Disk("r")
    cloud = HostileCloud(world, disk, Moods(), 60.0)
    for identity in ("m-1", "m-2"):
        cloud.machines[identity] = Machine(identity, True, 0.0, 0.0, name="ut-a")
    terminate = cloud.terminate

    async def stubborn(instance_id: str) -> None:
        if instance_id == "m-1":
            raise CloudUnclear("500", status=500)
        await terminate(instance_id)

    cloud.terminate = stubborn  # type: ignore[method-assign]
    swept = Swept()
    clock: Clock = VirtualClock(world)
    world.loop.run_until_complete(sweep_names(cloud, frozenset({"ut-a"}), clock, 5.0, swept))
    assert cloud.held() == ["m-1"]
    assert "m-1" in swept.remaining


def test_an_address_of_a_closed_run_is_swept_by_its_id_unless_it_is_somebody_elses_now():
    world = World(1)
    cloud = HostileCloud(world, Disk("r"), Moods(), 60.0)
    for number, server in ((1, None), (2, None), (3, "web")):
        cloud.addresses[f"a-{number}"] = Address(f"a-{number}", number == 1, 0.0, 0.0, server=server)
    swept = Swept()
    # The second is known under another address: its id was given again. The third is attached to a stranger's machine.
    known = {"a-1": "203.0.113.1", "a-2": "198.51.100.9", "a-3": None}
    work = sweep_names(cloud, frozenset({"ut-a"}), VirtualClock(world), 5.0, swept, addresses=known)
    world.loop.run_until_complete(work)
    assert not cloud.held()
    assert [words.rpartition(" ")[0] for words in swept.told] == [
        "The public IP 203.0.113.1 belongs to no open run: it is",
        "The public IP 203.0.113.1 is gone, absent",
    ]
    assert not world.broken
