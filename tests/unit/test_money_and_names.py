"""Prices, limits and names: pure functions of values."""

from __future__ import annotations

import pytest

from unitrainer_tui.config.profile import LimitsSection, flavor_gpus
from unitrainer_tui.pipeline.effects import Ambiguity, Effect, backoff
from unitrainer_tui.pipeline.money import Meter, MeterOfRun, limit_reached, seconds_to_limit, training_budget
from unitrainer_tui.runs.names import ResourceName, base36, new_run_id, parse_name


def test_a_name_tells_install_run_and_deadline():
    name = ResourceName("a1b2c3d4", new_run_id(), 1_790_000_000)
    assert parse_name(str(name)) == name
    assert str(name).endswith(base36(1_790_000_000))
    assert len(str(name)) < 40


@pytest.mark.parametrize(
    "other",
    [
        "",
        "ut-",
        "web-1",
        "ut-a1b2c3d4-0123456789",
        "ut-A1B2C3D4-0123456789-zz",
        "ut-a1b2c3d4-0123456789-0zz",
        "ut-a1b2c3d4-0123456789-zz-n0",
        "ut-a1b2c3d4-0123456789-zz-n01",
        "ut-a1b2c3d4-0123456789-zz-n٣",
        "ut-a1b2c3d4-0123456789-zz\n",
        "ut-a1b2c3d4-0123456789-zzzzzzzzz",
    ],
)
def test_any_other_name_is_not_ours(other):
    assert parse_name(other) is None


def test_the_meter_runs_from_launch_to_proof():
    meter = Meter(9.0, started=1000.0)
    assert meter.spent(1000.0 + 1800) == pytest.approx(4.5)
    assert Meter(9.0, started=1000.0, stopped=2800.0).spent(99999.0) == pytest.approx(4.5)
    assert Meter(9.0).spent(5.0) == 0
    assert Meter(9.0, started=0.0, minimum_hours=24).spent(60.0) == pytest.approx(216)


def test_training_stops_while_rescue_and_teardown_still_fit():
    limits = LimitsSection(budget_usd=10.0, rescue_minutes=30)
    assert training_budget(limits, 2.0) == pytest.approx(9.0)
    assert training_budget(limits, 100.0) == pytest.approx(8.0)  # a fifth at the most
    assert training_budget(LimitsSection(), 2.0) is None


def test_a_limit_is_told_when_it_is_reached_and_not_before():
    limits = LimitsSection(budget_usd=10.0, rescue_minutes=30, max_hours=20)
    meter = MeterOfRun((Meter(2.0, started=0.0),))
    assert limit_reached(limits, meter, 4.4 * 3600) is None
    assert "budget_usd" in (limit_reached(limits, meter, 4.5 * 3600) or "")
    assert "max_hours" in (limit_reached(LimitsSection(max_hours=1.5), meter, 1.5 * 3600) or "")
    assert seconds_to_limit(limits, meter, 0.0) == pytest.approx(4.5 * 3600)


def test_a_minimum_charge_is_no_reason_to_stop_early():
    meter = MeterOfRun((Meter(9.0, started=0.0, minimum_hours=24),))
    assert limit_reached(LimitsSection(budget_usd=10.0), meter, 60.0) is None


def test_a_run_of_several_machines_costs_what_all_of_them_cost():
    given_back = Meter(2.0, started=0.0, stopped=360.0)
    meter = MeterOfRun((given_back, Meter(3.0, started=360.0), Meter(3.0, started=720.0)))
    assert meter.started == 0.0
    assert meter.usd_per_hour == pytest.approx(6.0)
    assert meter.spent(3960.0) == pytest.approx(0.2 + 3.0 + 2.7)
    assert meter.hours(3960.0) == pytest.approx(1.1)
    assert seconds_to_limit(LimitsSection(budget_usd=12.5, rescue_minutes=0), meter, 3960.0) == pytest.approx(3960.0)
    assert "budget_usd" in (limit_reached(LimitsSection(budget_usd=6.0), meter, 3960.0) or "")
    ended = MeterOfRun((given_back, Meter(3.0, 360.0, 3960.0), Meter(3.0, 720.0, 3960.0)))
    assert ended.usd_per_hour == pytest.approx(6.0)
    assert ended.spent(99999.0) == pytest.approx(5.9)


def test_the_least_that_is_charged_is_charged_for_each_machine():
    meter = MeterOfRun((Meter(9.0, started=0.0, minimum_hours=2), Meter(9.0, started=0.0, minimum_hours=2)))
    assert meter.spent(60.0) == pytest.approx(36.0)
    assert meter.projected(60.0, 3 * 3600.0 - 75.0) == pytest.approx(54.0)


def test_the_names_of_a_runs_machines_differ_by_their_number():
    second = ResourceName("a1b2c3d4", "0123456789", 1_790_000_000, 1)
    assert parse_name(str(second)) == second
    assert str(second).endswith("-n1")


def test_a_step_that_spends_must_say_how_its_doubt_is_resolved():
    with pytest.raises(TypeError):
        Effect("launch", True, Ambiguity.REPEAT)
    with pytest.raises(TypeError):
        Effect("launch", True, None)  # type: ignore[arg-type]


def test_deleting_is_tried_again_after_1_2_4_8_and_then_every_15_seconds():
    assert [backoff(attempt) for attempt in range(1, 8)] == [1, 2, 4, 8, 15, 15, 15]


@pytest.mark.parametrize(("flavor", "gpus"), [("H100-4", 4), ("H200-8", 8), ("CPU-2", 0), ("A100", 1), (None, 1)])
def test_a_flavor_tells_its_gpus(flavor, gpus):
    assert flavor_gpus(flavor) == gpus
