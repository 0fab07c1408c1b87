"""The journal survives what crashes and power losses leave, and says nothing that was not written."""

from __future__ import annotations

import pytest

from unitrainer_tui.runs.events import NoticeEvent, ProgressEvent, ResourceEvent, StageEvent
from unitrainer_tui.runs.journal import JournalFile, JournalReader, decode_record, encode_record, read_journal
from unitrainer_tui.runs.state import fold
from unitrainer_tui.text import REDACTOR

EVENTS = [
    StageEvent(stage="check", status="started"),
    StageEvent(stage="check", status="done", seconds=1.0),
    ResourceEvent(resource="instance", status="intended", name="ut-aaaaaaaa-bbbbbbbbbb-t0", call="launch"),
    ResourceEvent(resource="instance", status="created", name="ut-aaaaaaaa-bbbbbbbbbb-t0", id="i-1", clear=True),
    ProgressEvent(epoch=1, total_epochs=3, metrics={"loss": 0.5, "ü": 1.0}),
]


@pytest.fixture
def written(tmp_path):
    journal = JournalFile(tmp_path / "journal.jsonl", "bbbbbbbbbb")
    for number, event in enumerate(EVENTS):
        journal.append(event, 1_700_000_000 + number, sync=True)
    journal.close()
    return tmp_path / "journal.jsonl"


def test_what_is_written_is_read_back_numbered_without_gaps(written):
    assert [(event.seq, event.run) for event in read_journal(written)] == [(n, "bbbbbbbbbb") for n in range(1, 6)]


def test_a_tail_torn_at_any_byte_is_cut_and_writing_goes_on(written):
    whole = written.read_bytes()
    ends = [position + 1 for position, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(len(whole)):
        written.write_bytes(whole[:cut])
        before = sum(end <= cut for end in ends)
        journal = JournalFile(written, "bbbbbbbbbb")
        assert journal.state.seq == before
        journal.append(NoticeEvent(level="info", message="on"), 1_700_000_100)
        journal.close()
        assert [event.seq for event in read_journal(written)] == list(range(1, before + 2))


def test_a_damaged_line_is_passed_over_and_counted(written):
    lines = written.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"intended", b"xntended")
    written.write_bytes(b"".join(lines))
    reader = JournalReader(written)
    assert [event.seq for event in reader.read()] == [1, 2, 4, 5]
    assert reader.damaged == 1


def test_a_reader_sees_a_line_only_when_it_is_whole(written):
    whole = written.read_bytes()
    written.write_bytes(whole[:-3])
    reader = JournalReader(written)
    assert len(list(reader.read())) == 4
    written.write_bytes(whole)
    assert [event.seq for event in reader.read()] == [5]


def test_a_write_that_fails_leaves_the_journal_as_it_was(written, monkeypatch):
    journal = JournalFile(written, "bbbbbbbbbb")
    before = written.read_bytes()
    monkeypatch.setattr("os.pwrite", lambda fd, data, position: len(data) - 5)
    with pytest.raises(OSError, match="No space"):
        journal.append(EVENTS[0], 1_700_000_200)
    monkeypatch.undo()
    assert written.read_bytes() == before
    assert journal.append(EVENTS[0], 1_700_000_200).seq == 6
    journal.close()


def test_a_registered_secret_never_reaches_a_record():
    REDACTOR.register("cw_secret_0123456789", "API key")
    record = encode_record(NoticeEvent(level="error", message="said cw_secret_0123456789 aloud"))
    assert b"cw_secret" not in record
    assert decode_record(record[:-1]) is not None


def test_folding_any_prefix_is_legal_and_folding_twice_is_folding_once(written):
    events = read_journal(written)
    for end in range(len(events) + 1):
        state = fold(events[:end])
        assert fold(events[:end], state) == state
        assert all(resource.status in ("intended", "created") for resource in state.resources.values())


def test_an_address_keeps_its_intent_when_its_id_is_told():
    events = [
        ResourceEvent(resource="public_ip", status="intended", known_ids=["a"], seq=1, at="2026-01-01T00:00:00Z"),
        ResourceEvent(resource="public_ip", status="created", id="b", clear=True, seq=2, at="2026-01-01T00:00:01Z"),
    ]
    [address] = fold(events).resources.values()
    assert (address.id, address.known_ids, address.status, address.clear) == ("b", ("a",), "created", True)


def test_all_suspects_of_one_intent_are_known_from_the_first_of_their_records():
    """Seed 144599: power was lost between two of them, and ours, the second, was never told."""
    events = [
        ResourceEvent(resource="public_ip", status="intended", node=1, known_ids=["a"], seq=1),
        ResourceEvent(
            resource="public_ip", status="suspect", node=1, id="b", address="198.51.100.2", beside=["c"], seq=2
        ),
        ResourceEvent(
            resource="public_ip", status="suspect", node=1, id="c", address="198.51.100.3", beside=["b"], seq=3
        ),
    ]
    first = [(r.id, r.address, r.status, r.node) for r in fold(events[:2]).remaining]
    assert first == [("b", "198.51.100.2", "suspect", 1), ("c", None, "suspect", 1)]
    both = [(r.id, r.address, r.status, r.node) for r in fold(events).remaining]
    assert both == [("b", "198.51.100.2", "suspect", 1), ("c", "198.51.100.3", "suspect", 1)]


def test_a_second_machine_under_our_name_is_a_resource_of_its_own():
    name = "ut-aaaaaaaa-bbbbbbbbbb-t0"
    events = [
        ResourceEvent(resource="instance", status="created", name=name, id="1", seq=1),
        ResourceEvent(resource="instance", status="created", name=name, id="2", seq=2),
        ResourceEvent(resource="instance", status="gone", name=name, id="1", seq=3),
    ]
    assert [resource.id for resource in fold(events).remaining] == ["2"]
