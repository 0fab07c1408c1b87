"""The last look at the project after a run."""

from __future__ import annotations

from unitrainer_tui.pipeline.leak_proof import Project, ours_in, proof_lines
from unitrainer_tui.ports import InstanceRow, PublicIp
from unitrainer_tui.runs.events import Event, ResourceEvent
from unitrainer_tui.runs.names import ResourceName
from unitrainer_tui.runs.state import RunState, fold

INSTALL = "a1b2c3d4"
NAME = str(ResourceName(INSTALL, "0123456789", 2_000_000_000))
OTHER_RUN = str(ResourceName("a1b2c3d4", "9876543210", 2_000_000_000))


def state(*, gone: bool = True) -> RunState:
    last = "gone" if gone else "releasing"
    events: list[Event] = [
        ResourceEvent(resource="ssh_key", status="created", name=NAME),
        ResourceEvent(resource="instance", status="intended", name=NAME),
        ResourceEvent(resource="instance", status="created", name=NAME, id="i-1"),
        ResourceEvent(resource="public_ip", status="created", id="ip-1", address="203.0.113.7"),
        ResourceEvent(resource="public_ip", status=last, id="ip-1"),
        ResourceEvent(resource="instance", status=last, name=NAME, id="i-1", reason="absent, seen twice"),
        ResourceEvent(resource="ssh_key", status=last, name=NAME),
    ]
    return fold(events, RunState(run="0123456789"))


def address(identity: str) -> PublicIp:
    return PublicIp(id=identity, address="203.0.113.7", server=None)


def test_an_empty_project_proves_it():
    assert proof_lines(state(), Project([], [], []), INSTALL) == [
        f"key {NAME}: removed, absent twice",
        f"instance {NAME} (i-1): terminated, absent twice",
        "public IP 203.0.113.7 (ip-1): released, absent twice",
        "0 resources of this run in the project",
    ]


def test_what_is_others_is_not_ours():
    project = Project(
        [
            InstanceRow("x-1", "web", "ACTIVE"),
            InstanceRow("i-9", OTHER_RUN, "ACTIVE"),
            InstanceRow("i-1", NAME, "DELETED"),
        ],
        ["laptop", OTHER_RUN],
        [address("ip-9")],
    )
    assert ours_in(project, state(), INSTALL) == []
    assert (
        proof_lines(state(), project, INSTALL)[-1] == "0 resources of this run in the project; 1 machines of other runs"
    )


def test_what_is_there_after_all_is_found_by_name_and_by_id():
    project = Project(
        [InstanceRow("i-1", "renamed", "ACTIVE"), InstanceRow("i-2", NAME, "BUILD")], [NAME], [address("ip-1")]
    )
    found = ours_in(project, state(), INSTALL)
    assert [(resource.kind, identity) for resource, identity in found] == [
        ("instance", "i-1"),
        ("instance", "i-2"),
        ("ssh_key", NAME),
        ("public_ip", "ip-1"),
    ]


def test_what_is_not_proven_is_said():
    assert "NOT PROVEN GONE" in proof_lines(state(gone=False), "no answer within 20 s", INSTALL)[0]
    assert proof_lines(state(), "no answer within 20 s", INSTALL)[-1].endswith("no answer within 20 s")


def test_row_64_what_a_damaged_journal_has_forgotten_is_ours_by_its_name():
    forgotten = str(ResourceName(INSTALL, "0123456789", 1_999_999_999, node=1))
    project = Project([InstanceRow("i-7", forgotten, "ACTIVE")], [forgotten, NAME], [address("ip-9")])
    found = ours_in(project, RunState(run="0123456789"), INSTALL)
    assert [(resource.kind, resource.name, identity) for resource, identity in found] == [
        ("instance", forgotten, "i-7"),
        ("ssh_key", forgotten, forgotten),
        ("ssh_key", NAME, NAME),
    ]
    assert ours_in(project, RunState(run="0123456789"), "zzzzzzzz") == []
