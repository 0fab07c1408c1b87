"""The parts of the screens that are plain functions of values."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from recordings import done_recording, failed_recording, training_recording
from rich.segment import Segment
from scripted_client import a_profile
from textual.color import Color

from unitrainer_tui.cli.lines import line_of
from unitrainer_tui.runs.estimates import usual
from unitrainer_tui.runs.events import STAGES, LogEvent, NoticeEvent, ProgressEvent, ResourceEvent, ResultEvent
from unitrainer_tui.runs.forecast import Span
from unitrainer_tui.runs.state import fold
from unitrainer_tui.screens.folders import completions, look_at
from unitrainer_tui.screens.forecast import usual_cells
from unitrainer_tui.screens.stopping import stop_lines
from unitrainer_tui.widgets.control_filter import ControlFilter
from unitrainer_tui.widgets.facts import in_a_row
from unitrainer_tui.widgets.figures import duration, metric, shortened, size, usd
from unitrainer_tui.widgets.log_ring import LogRing, find_line, matching_lines
from unitrainer_tui.widgets.machine_facts import machine_row
from unitrainer_tui.widgets.money_facts import money_facts
from unitrainer_tui.widgets.plotting import draw_curve
from unitrainer_tui.widgets.progress_line import standing, standing_line
from unitrainer_tui.widgets.run_feed import RunFeed
from unitrainer_tui.widgets.series import MetricHistory, metric_family, reduce_points
from unitrainer_tui.widgets.stage_rail import rail
from unitrainer_tui.widgets.summary import summary


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.4, "0.4s"), (9.96, "10s"), (59.6, "1m 00s"), (3599.6, "1h 00m"), (None, "–"), (math.nan, "–"), (-1, "–")],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float | None, told: str) -> None:
    assert duration(seconds) == told


def test_numbers_keep_what_matters() -> None:
    assert usd(0.0031) == "$0.0031"
    assert usd(1234.5) == "$1,234.50"
    assert size(5_480_000) == "5.5 MB"
    assert size(999_700) == "1.0 MB"
    assert [metric(value) for value in (0.00001, 0.2345678, 12.345, None)] == ["1.0e-05", "0.2346", "12.35", "–"]
    assert shortened("ut-a1b2c3-h7k2-t94x0", 9) == "ut…-t94x0"


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("loss", ("loss", "train")),
        ("val_loss", ("loss", "val")),
        ("train/box_loss", ("box_loss", "train")),
        ("val/box_loss", ("box_loss", "val")),
        ("loss_val", ("loss", "val")),
        ("value", ("value", "train")),
    ],
)
def test_train_and_validation_share_a_curve(name: str, family: tuple[str, str]) -> None:
    assert metric_family(name) == family


def test_reduced_points_keep_gaps_and_every_extreme() -> None:
    points: list[tuple[float, float | None]] = [(float(x), math.sin(x)) for x in range(10_000)]
    points[5_000] = (5_000.0, None)
    points[7_777] = (7_777.0, 9.0)
    stretches = reduce_points(points, 40)
    assert len(stretches) == 2
    assert sum(map(len, stretches)) <= 2 * 40 + 4
    assert max(y for stretch in stretches for _, y in stretch) == 9.0
    assert stretches[-1][-1][0] == 9_999.0


def test_a_repeated_epoch_overwrites_what_it_repeats() -> None:
    history = MetricHistory()
    for epoch, loss in ((1, 0.9), (2, 0.8), (3, 0.7), (2, 0.75)):
        history.add(ProgressEvent(epoch=epoch, metrics={"loss": loss}))
    assert history.families["loss"]["train"] == [(1.0, 0.9), (2.0, 0.75)]


@pytest.mark.parametrize(("width", "height"), [(0, 0), (1, 1), (12, 4), (38, 10), (150, 20)])
def test_the_curve_is_drawn_or_refused_at_every_size(width: int, height: int) -> None:
    text = draw_curve({"train": [(1.0, 0.5), (2.0, None), (3.0, 0.4)], "val": [(1.0, 0.5)]}, width, height)
    assert all(len(line) <= max(width, 0) for line in text.plain.splitlines())


def test_a_flat_curve_and_a_single_point_are_drawn() -> None:
    assert draw_curve({"train": [(1.0, 0.5), (2.0, 0.5)]}, 40, 10).plain
    assert draw_curve({"train": [(1.0, 0.5)]}, 40, 10).plain


def test_the_ring_forgets_the_oldest_and_counts_all() -> None:
    ring = LogRing(3)
    for number in range(5):
        ring.append(f"line {number}", float(number))
    held = ring.photograph()
    assert (held.lines, held.times, held.total) == (["line 2", "line 3", "line 4"], [2.0, 3.0, 4.0], 5)
    assert ring.last(2).lines == ["line 3", "line 4"]
    assert (len(ring), ring.total, ring.width) == (3, 5, 6)


def test_search_goes_round_and_capitals_match_only_themselves() -> None:
    lines = ["Epoch 1", "epoch 2", "other"]
    assert matching_lines(lines, "epoch") == [0, 1]
    assert matching_lines(lines, "Epoch") == [0]
    assert matching_lines(lines, "nothing") == []
    assert find_line([0, 1], 2, -1) == 1
    assert find_line([0, 1], 2, 1) == 0
    assert find_line([], 0, 1) is None


def test_the_second_wall_takes_every_control_character() -> None:
    hostile = "a\x1b]52;c;aGk=\x07b\x9b31mc\u202ed\u2066e\x00"
    [segment] = ControlFilter().apply([Segment(hostile)], Color(0, 0, 0))
    assert segment.text == "a]52;c;aGk=b31mcde"


def test_the_feed_counts_an_event_once_and_gates_what_it_shows() -> None:
    feed = RunFeed()
    events = [*training_recording().events, LogEvent(text="bad \x1b[2J line", offset=0)]
    notice = NoticeEvent(seq=10_000, level="warning", message="from the cloud: \x1b]0;owned\x07")
    for event in [*events, notice, notice]:
        feed.take(event)
    assert "\x1b" not in feed.log.line(len(feed.log) - 1)
    assert [found.text.isprintable() for found in feed.notices] == [True]


def test_the_rail_names_every_stage_with_a_glyph_and_a_word() -> None:
    recorder = training_recording()
    text = rail(fold(recorder.events), recorder.clock).plain
    assert "✓ setup    done      1m 51s" in text
    assert "▶ train    running   4m 02s" in text
    assert "· cleanup" in text


def test_a_resource_that_remains_marks_the_cleanup() -> None:
    recorder = failed_recording(remains=True)
    assert "! cleanup  remains" in rail(fold(recorder.events), recorder.clock).plain


def test_the_standing_tells_epoch_percent_and_time_left() -> None:
    recorder = training_recording()
    told = standing(fold(recorder.events), recorder.clock)
    assert told.facts == ("epoch 6/10", "60%", "2m 32s left", "38s/epoch")


@pytest.mark.parametrize("width", [1, 10, 30, 80, 200])
def test_the_standing_fits_its_line(width: int) -> None:
    recorder = training_recording()
    line = standing_line(standing(fold(recorder.events), recorder.clock), width)
    assert line.cell_length <= max(width, len("train") + 2)


def test_money_warns_of_a_projection_over_the_budget_in_words() -> None:
    recorder = training_recording()
    state = fold(recorder.events)
    small, large = (a_profile(limits={"budget_usd": budget}) for budget in (1.2, 20.0))
    assert any("over budget" in fact.value for fact in money_facts(state, small, recorder.clock))
    assert not any("over budget" in fact.value for fact in money_facts(state, large, recorder.clock))


def test_facts_in_a_row_never_pass_the_edge() -> None:
    recorder = training_recording()
    feed = RunFeed()
    for event in recorder.events:
        feed.take(event)
    for width in range(1, 120):
        row = in_a_row("machine", machine_row(feed.telemetry, feed.load), width)
        assert row.cell_length <= max(width, 10)


def test_the_summary_of_success_holds_model_hash_cost_and_proof() -> None:
    text = summary(fold(done_recording().events)).plain
    assert "model_yolo_2026-01-16T14-30-45.pt" in text
    assert "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" in text
    assert "instance gone; IP released" in text
    assert "no ongoing charges" in text
    assert "train 6m 20s" in text


def test_the_summary_says_loudly_what_remains() -> None:
    text = summary(fold(failed_recording(remains=True).events)).plain
    assert "STILL THERE: instance ut-a1b2c3-h7k2-t94x0" in text
    assert "no ongoing charges" not in text


def test_the_abort_question_names_machine_rate_and_loss() -> None:
    text = "\n".join(stop_lines(fold(training_recording().events), None))
    assert "ut-a1b2c3-h7k2-t94x0" in text
    assert "$9.00/h" in text
    assert "the epochs after 6 of 10" in text


@pytest.mark.parametrize(
    ("count", "lines"),
    [
        (1, ["Instance  ut-n0"]),
        (2, ["Instances ut-n0", "          ut-n1"]),
        (3, ["Instances ut-n0", "          ut-n1", "          ut-n2"]),
        (4, ["Instances 4, the first is ut-n0"]),
    ],
)
def test_the_abort_question_names_all_machines_that_go(count: int, lines: list[str]) -> None:
    events = [
        ResourceEvent(resource="instance", status="created", id=f"i{node}", name=f"ut-n{node}") for node in range(count)
    ]
    gone = ResourceEvent(resource="instance", status="gone", id="old", name="ut-old")
    told = stop_lines(fold([gone, *events]), None)
    assert told[: len(lines)] == lines
    assert told[len(lines)].startswith("Lost")


@pytest.mark.parametrize("success", [True, False])
def test_a_rehearsal_is_called_one_at_its_end(success: bool) -> None:
    end = ResultEvent(success=success, released=True, smoke=True, model_path="/m.pt" if success else None, error="No.")
    text = summary(fold([end])).plain
    assert ("✓ The rehearsal went through" if success else "✗ The rehearsal failed: No.") in text
    assert "model is trained" not in text
    said = line_of(end) or ""
    assert said.startswith(f"{'DONE' if success else 'FAILED'} (a rehearsal: two epochs on a few samples).")
    assert ("The rehearsal's model: /m.pt" in said) is success
    real = ResultEvent(success=success, released=True, model_path="/m.pt")
    assert "rehearsal" not in summary(fold([real])).plain + (line_of(real) or "")


def test_the_rail_tells_what_the_users_own_runs_took() -> None:
    state, now = fold(training_recording().events), 0.0
    spans = {
        "launch": Span(41.0, 50.0, "your last 3 runs"),
        "setup": Span(180, 600, "usual"),
        "train": Span(1200, 3600, "your run x"),
    }
    rows = {line.split()[1]: line for line in rail(state, now, usual_cells(spans)).plain.splitlines()[1:]}
    assert rows["launch"].endswith("  41–50s  ")
    assert rows["setup"].endswith("  3–10m   ")
    assert rows["train"].endswith("  20–60m  ")
    assert rows["connect"].endswith(f"  {usual('connect'):<8}")
    assert len({len(row) for name, row in rows.items() if name in STAGES}) == 1


def test_completion_is_bounded_and_hides_hidden_names(tmp_path: Path) -> None:
    for name in ("data", "dates.csv", ".dark"):
        (tmp_path / name).mkdir()
    assert completions(f"{tmp_path}/da") == [f"{tmp_path}/data/", f"{tmp_path}/dates.csv/"]
    assert completions(f"{tmp_path}/.") == [f"{tmp_path}/.dark/"]
    assert len(completions(f"{tmp_path}/", most=1)) <= 1
    assert completions(f"{tmp_path}/nothing/here") == []


def test_a_folder_is_summed_up_within_bounds(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "data.yaml").write_text("names: [a]\n")
    for number in range(10):
        (tmp_path / "images" / f"{number}.jpg").write_bytes(b"x" * 100)
    assert look_at(tmp_path).sentence() == "YOLO dataset: 11 files, 1.0 kB"
    assert look_at(tmp_path, most=5).more
    assert "there is no dataset" in look_at(tmp_path / "gone").problem
