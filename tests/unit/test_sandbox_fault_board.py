"""The registry of faults and the board that holds those that are on."""

from __future__ import annotations

from pathlib import Path

import pytest

from unitrainer_tui.errors import UsageProblem
from unitrainer_tui.sandbox.faults import FAULTS, FaultBoard, parse_fault


def test_an_unknown_fault_names_the_nearest():
    with pytest.raises(UsageProblem) as problem:
        parse_fault("terminate-igored")
    assert "terminate-ignored" in problem.value.sentence()


@pytest.mark.parametrize("text", ["slow-boot=soon", "slow-boot=-1", "no-ip=3", "key-revoked=1,2,3", "partition=nan"])
def test_a_value_that_a_fault_cannot_have_is_refused(text: str):
    with pytest.raises(UsageProblem):
        parse_fault(text)


def test_a_counted_fault_fires_that_often():
    board = FaultBoard(["terminate-500=2"])
    assert [board.fire("terminate-500") for _ in range(3)] == [True, True, False]
    assert board.fired == {"terminate-500": 2}
    assert not board.armed()


def test_a_fault_without_count_goes_on_until_it_is_cleared():
    board = FaultBoard(["no-ip"])
    assert all(board.fire("no-ip") for _ in range(5))
    board.clear()
    assert not board.fire("no-ip")


def test_random_depends_on_its_seed_only():
    chosen = [tuple(FaultBoard(["random=3"], seed=seed).armed()) for seed in range(20)]
    assert chosen == [tuple(FaultBoard(["random=3"], seed=seed).armed()) for seed in range(20)]
    assert len(set(chosen)) > 10
    assert all(len(faults) == 3 for faults in chosen)


def test_every_fault_can_be_armed_as_random_would_and_has_a_line_of_explanation():
    for kind in FAULTS.values():
        assert kind.doc
        FaultBoard().arm(kind.name, kind.random_value or None)


def test_the_manual_lists_every_fault_with_its_line():
    manual = (Path(__file__).parents[2] / "docs" / "SANDBOX.md").read_text()
    for kind in FAULTS.values():
        assert f"| `{kind.name}" in manual
        assert kind.doc in manual
