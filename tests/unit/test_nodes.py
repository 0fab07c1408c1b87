"""Several machines of one run: their places, their sums, what the journal tells of them."""

from __future__ import annotations

from typing import Any

from unitrainer_tui.pipeline.launch import flavors_to_try
from unitrainer_tui.pipeline.nodes import RENDEZVOUS_PORT, RENDEZVOUS_PORTS, added_up, places, rendezvous_port
from unitrainer_tui.ports import TransferProgress
from unitrainer_tui.runs.events import Event, NoticeEvent, ResourceEvent, timestamp
from unitrainer_tui.runs.names import ResourceName, new_run_id
from unitrainer_tui.runs.state import ResourceState, fold

FIRST, SECOND = (str(ResourceName("a1b2c3d4", "0123456789", 1_790_000_000, node)) for node in (0, 1))


def told(*events: dict[str, Any]) -> list[Event]:
    return [
        ResourceEvent(at=timestamp(1_790_000_000.0 + seq), seq=seq, **event)
        for seq, event in enumerate(events, start=1)
    ]


def test_one_machine_meets_nobody():
    [alone] = places("0123456789", ["203.0.113.1"])
    assert alone.as_job() == {"nodes": 1, "node_rank": 0, "rendezvous": None}
    assert alone.as_environment()["UNITRAINER_RENDEZVOUS"] == ""


def test_several_meet_at_the_first_on_a_port_of_the_run():
    both = places("0123456789", ["10.0.0.4", "10.0.0.5"])
    port = rendezvous_port("0123456789")
    assert [place.as_job() for place in both] == [
        {"nodes": 2, "node_rank": rank, "rendezvous": {"host": "10.0.0.4", "port": port}} for rank in (0, 1)
    ]
    assert both[1].as_environment() == {
        "UNITRAINER_NODES": "2",
        "UNITRAINER_NODE_RANK": "1",
        "UNITRAINER_RENDEZVOUS": f"10.0.0.4:{port}",
    }
    assert places("0123456789", ["10.0.0.4", "10.0.0.5"], 5000)[0].port == 5000


def test_runs_hardly_ever_share_a_port_and_none_is_ephemeral():
    ports = [rendezvous_port(new_run_id()) for _ in range(200)]
    assert all(RENDEZVOUS_PORT <= port < RENDEZVOUS_PORT + RENDEZVOUS_PORTS <= 32768 for port in ports)
    assert len(set(ports)) > 150


def test_uploads_add_up_and_a_silent_node_has_all_to_come():
    sent = added_up({1: TransferProgress(30, 100, 1, 4)}, 2, 100, 4)
    assert sent == TransferProgress(30, 200, 1, 8)
    assert added_up({0: TransferProgress(7, 10, 1, 2)}, 1, 10, 2) == TransferProgress(7, 10, 1, 2)


def test_the_flavor_of_the_machines_that_are_there_comes_first():
    there = ResourceState("instance", FIRST, "created", flavor="B", usd_per_hour=2.0)
    assert list(flavors_to_try([there], {"A": 1.0, "B": 3.0, "C": 4.0}).items()) == [("B", 2.0), ("A", 1.0), ("C", 4.0)]
    assert flavors_to_try([there], {}) == {"B": 2.0}
    assert flavors_to_try([], {"A": 1.0}) == {"A": 1.0}


def test_a_node_asked_for_again_after_its_machine_was_given_back_has_a_new_one_and_both_are_in_the_books():
    state = fold(
        told(
            {"resource": "instance", "status": "intended", "name": FIRST, "flavor": "A", "usd_per_hour": 1.0},
            {"resource": "instance", "status": "created", "name": FIRST, "id": "one", "clear": True},
            {"resource": "instance", "status": "intended", "name": SECOND, "flavor": "A", "usd_per_hour": 1.0},
            {"resource": "instance", "status": "gone", "name": SECOND, "reason": "refused", "clear": True},
            {"resource": "instance", "status": "releasing", "name": FIRST, "id": "one"},
            {"resource": "instance", "status": "gone", "name": FIRST, "id": "one"},
            {"resource": "instance", "status": "intended", "name": FIRST, "flavor": "B", "usd_per_hour": 3.0},
            {"resource": "instance", "status": "created", "name": FIRST, "id": "two", "clear": True},
        )
    )
    new = state.instance(0)
    assert new is not None
    assert (new.id, new.flavor, new.intended_at, new.status) == ("two", "B", 1_790_000_007.0, "created")
    assert [(r.id, r.flavor, r.gone_at) for r in state.all_of("instance", 0) if not r.held] == [
        ("one", "A", 1_790_000_006.0)
    ]
    assert state.instance(1) is None
    assert not state.in_doubt("instance")


def test_an_address_belongs_to_the_node_that_its_intent_names():
    state = fold(
        told(
            {"resource": "public_ip", "status": "intended", "known_ids": ["x"]},
            {"resource": "public_ip", "status": "created", "id": "a", "address": "203.0.113.1", "clear": True},
            {"resource": "public_ip", "status": "intended", "node": 1, "known_ids": ["x", "a"]},
        )
    )
    first, second = state.address(0), state.address(1)
    assert first is not None
    assert second is not None
    assert (first.id, first.node, second.status, second.node) == ("a", 0, "intended", 1)
    assert state.in_doubt("public_ip", 1)
    assert not state.in_doubt("public_ip", 0)
    later = fold(
        [
            ResourceEvent(at=timestamp(1_790_000_009.0), seq=4, resource="public_ip", status="created", id="b", node=1),
            NoticeEvent(at=timestamp(1_790_000_009.0), seq=5, level="info", message="-"),
        ],
        state,
    )
    moved = later.address(1)
    assert moved is not None
    assert (moved.id, moved.known_ids, len(later.all_of("public_ip"))) == ("b", ("x", "a"), 2)


def test_a_journal_written_before_there_were_nodes_is_one_of_node_0():
    state = fold(
        told(
            {"resource": "instance", "status": "created", "name": "web-1", "id": "i"},
            {"resource": "public_ip", "status": "created", "id": "a"},
        )
    )
    assert state.instance() is state.resource("instance")
    assert state.address() is state.resource("public_ip")
    assert state.instance(1) is None
