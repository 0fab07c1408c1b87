"""What the live run's view decides: plain functions of values."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from recordings import RATE, done_recording, failed_recording, to_training, train, training_recording
from recordings import Recorder as Recording
from rich.segment import Segment
from scripted_client import a_profile
from textual.color import Color

from unitrainer_tui.runs.events import (
    Gpu,
    LogEvent,
    NoticeEvent,
    ProgressEvent,
    TelemetryEvent,
    parse_event,
    timestamp,
)
from unitrainer_tui.runs.origin import Origin
from unitrainer_tui.runs.state import fold
from unitrainer_tui.widgets import plotting
from unitrainer_tui.widgets.control_filter import AsciiFilter
from unitrainer_tui.widgets.earlier_run import history_of
from unitrainer_tui.widgets.event_book import TOAST_LENGTH, EventBook
from unitrainer_tui.widgets.log_files import LogFile, unfinished_line
from unitrainer_tui.widgets.log_layout import Place, last_page, moved, page, rows_of, stamp
from unitrainer_tui.widgets.log_pane import CLIPBOARD_BYTES, for_clipboard
from unitrainer_tui.widgets.log_ring import FilteredRing, LogRing
from unitrainer_tui.widgets.loss_curve import Compared, curve_header, lines_of, shown_metrics
from unitrainer_tui.widgets.machine_facts import machine_column, machine_row, mean_load
from unitrainer_tui.widgets.marks import as_ascii, sparkline
from unitrainer_tui.widgets.money_facts import cap_usd, money_facts, next_limit
from unitrainer_tui.widgets.plotting import NO_NUMBER, NOT_POSITIVE, NOTHING_YET, draw_curve
from unitrainer_tui.widgets.run_feed import RunFeed
from unitrainer_tui.widgets.series import MOST_POINTS, Gaps, MetricHistory, Point, on_log_axis, thinned
from unitrainer_tui.widgets.summary import summary

# ---------------------------------------------------------------------------------------------------------- curves


def test_nan_and_infinity_are_gaps_of_different_kinds() -> None:
    history = MetricHistory()
    history.add(ProgressEvent(epoch=1, metrics={"loss": 0.9}))
    history.add(ProgressEvent(epoch=2, metrics={"loss": math.nan}))
    history.add(ProgressEvent(epoch=3, metrics={"loss": math.inf}, infinite=["loss"]))
    points = history.families["loss"]["train"]
    assert Gaps.of(points) == Gaps(missing=(2.0,), infinite=(3.0,))


def test_an_infinite_loss_survives_the_journal() -> None:
    event = ProgressEvent(epoch=3, metrics={"loss": math.inf, "val_loss": math.nan}, infinite=["loss"])
    again = parse_event(json.loads(event.to_json()))
    assert isinstance(again, ProgressEvent)
    assert (again.metrics, again.infinite) == ({"loss": None, "val_loss": None}, ["loss"])


@pytest.mark.parametrize("ascii", [False, True])
def test_the_picture_marks_gaps_and_tells_lines_apart_without_colour(ascii: bool) -> None:
    train: list[Point] = [(1.0, 0.9), (2.0, None), (3.0, 0.7), (4.0, 0.6), (5.0, math.inf), (6.0, 0.5)]
    val: list[Point] = [(x, y + 0.2 if y is not None else None) for x, y in train]
    lines = {"train": train, "val": val, "earlier train": [(x, y and y + 0.05) for x, y in val]}
    text = draw_curve(lines, 60, 14, ascii=ascii).plain
    body = [line.split("|" if ascii else "│", 1)[-1] for line in text.splitlines()[:-2]]
    signs = set("".join(body)) - {" "}
    missing, infinite, markers = ("x", "^", {"*", "o", "."}) if ascii else ("×", "∞", {"•", "·"})
    assert {missing, infinite} | markers <= signs
    assert ascii == text.isascii()
    if not ascii:
        assert any("\u2800" <= sign <= "\u28ff" for sign in signs)


def test_a_log_axis_draws_a_falling_exponential_as_a_straight_line() -> None:
    points: list[Point] = [(float(x), 10.0**-x) for x in range(1, 7)]
    assert [round(y or 0, 9) for _, y in on_log_axis(points)] == [-1, -2, -3, -4, -5, -6]
    text = draw_curve({"train": points}, 60, 14, log=True).plain
    assert "0.1000" in text
    assert "1.0e-06" in text


def test_an_empty_picture_says_why() -> None:
    assert draw_curve({}, 60, 10).plain == NOTHING_YET
    assert draw_curve({"train": [(1.0, None), (2.0, math.inf)]}, 60, 10).plain == NO_NUMBER
    assert draw_curve({"train": [(1.0, -1.0), (2.0, 0.0)]}, 90, 10, log=True).plain == NOT_POSITIVE
    assert draw_curve({}, 5, 2).plain == ""


def test_a_very_long_series_is_thinned_to_its_extremes_and_stays_bounded() -> None:
    history = MetricHistory()
    for epoch in range(1, 50_001):
        loss = 99.0 if epoch == 777 else None if epoch == 778 else math.sin(epoch)
        history.add(ProgressEvent(epoch=epoch, metrics={"loss": loss}))
    points = history.families["loss"]["train"]
    assert len(points) <= MOST_POINTS
    assert max(y for _, y in points if y is not None) == 99.0
    assert (778.0, None) in points
    assert points[-1][0] == 50_000.0
    assert thinned([(1.0, 3.0), (2.0, 1.0), (3.0, 2.0), (4.0, 5.0)]) == [(2.0, 1.0), (4.0, 5.0)]


def test_what_the_library_draws_is_bounded_by_the_width_and_not_by_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's time is linear in the points that it is given."""
    given: list[int] = []
    plot = plotting.Plot.plot

    def counted(self: object, xs: list[float], ys: list[float], **options: object) -> object:
        given.append(len(xs))
        return plot(self, xs, ys, **options)

    monkeypatch.setattr(plotting.Plot, "plot", counted)
    points: list[Point] = [(float(x), math.sin(x)) for x in range(MOST_POINTS)]
    lines = dict.fromkeys(("train", "val", "earlier train", "earlier val"), points)
    draw_curve(lines, 150, 30)
    assert len(given) == len(lines)
    assert max(given) <= 4 * 150


def test_a_wide_picture_shows_the_next_metric_too() -> None:
    names = ["loss", "mAP50", "acc"]
    assert shown_metrics(names, "mAP50", 60) == ["mAP50"]
    assert shown_metrics(names, "mAP50", 150) == ["mAP50", "acc"]
    assert shown_metrics(names, "acc", 150) == ["acc", "loss"]
    assert shown_metrics(["loss"], "loss", 150) == ["loss"]
    assert shown_metrics([], None, 150) == []


@pytest.mark.parametrize("width", [*range(0, 120, 7), 200])
def test_the_curve_header_fits_and_names_what_it_can(width: int) -> None:
    lines: dict[str, list[Point]] = {"train": [(1.0, 0.5), (2.0, math.inf)], "val": [(1.0, None), (2.0, 0.75)]}
    header = curve_header("loss", lines, ["loss", "mAP50", "mAP50-95"], width, log=True).plain
    if width >= 100:
        assert header == "loss log  ⠤⠤ train 0.5000  •• val 0.7500  ∞ 1 infinite  × 1 no number  m: mAP50, mAP50-95"
    assert len(header) <= max(width, len("loss log  +2"))
    assert header.startswith("loss log")


def test_an_earlier_runs_file_becomes_lines_of_their_own() -> None:
    lines = [
        b'{"epoch": 1, "total_epochs": 3, "metrics": {"loss": 0.9, "val_loss": 1.0}}',
        b'{"epoch": 2, "total_epochs": 3, "metrics": {"loss": null, "val_loss": 0.9}}',
        b'{"epoch": 3, "tot',
        b"[]",
        b"7",
    ]
    earlier = Compared("r", history_of(lines))
    mine = MetricHistory()
    mine.add(ProgressEvent(epoch=1, metrics={"loss": 0.8, "acc": 0.5}))
    assert lines_of(mine, "loss", earlier) == {
        "train": [(1.0, 0.8)],
        "earlier train": [(1.0, 0.9), (2.0, None)],
        "earlier val": [(1.0, 1.0), (2.0, 0.9)],
    }
    assert lines_of(mine, "acc", earlier) == {"train": [(1.0, 0.5)]}


# ------------------------------------------------------------------------------------------------------------- log


def test_a_filter_takes_in_what_came_and_what_comes() -> None:
    ring = LogRing(4)
    for number in range(6):
        ring.append(f"{'loss' if number % 2 else 'lr'} {number}", float(number))
    found = FilteredRing(ring, "loss")
    found.catch_up()
    assert found.photograph().lines == ["loss 3", "loss 5"]
    ring.append("Loss 7", 7.0)
    found.catch_up()
    found.catch_up()
    assert found.photograph().times == [3.0, 5.0, 7.0]


@pytest.mark.parametrize("text", ["", "a", "0123456789" * 9, "日本語のログ" * 20, "ab日" * 30])
@pytest.mark.parametrize("width", [1, 2, 7, 80])
def test_wrapping_loses_and_doubles_nothing(text: str, width: int) -> None:
    assert "".join(rows_of(text, width)) == text
    assert rows_of(text, None) == [text]


@pytest.mark.parametrize("width", [None, 10])
def test_moving_down_then_up_comes_back(width: int | None) -> None:
    lines = ["x" * length for length in (5, 25, 0, 10, 40, 3)]
    height = 4
    last = last_page(lines, height, width)
    assert len(page(lines, last, height + 5, width)) == height
    place, seen = Place(0), [Place(0)]
    while place < last:
        place = moved(lines, place, 1, width)
        seen.append(place)
    assert seen[-1] == last
    assert moved(lines, last, -(len(seen) - 1), width) == Place(0)
    assert moved(lines, Place(0), -5, width) == Place(0)
    assert moved(lines, last, 1000, width).line == len(lines) - 1
    assert page([], Place(0), 5, width) == []


def test_a_page_in_the_middle_of_a_wrapped_line_begins_there() -> None:
    rows = page(["abcdefghij", "kl"], Place(0, 1), 5, 4)
    assert [(row.text, row.line, row.first) for row in rows] == [("efgh", 0, False), ("ij", 0, False), ("kl", 1, True)]


def test_lines_that_were_there_before_anybody_looked_have_no_time() -> None:
    feed = RunFeed(log_was_there=100)
    at = timestamp(1_700_000_000.0)
    for offset in (0, 99, 100, 200):
        feed.take(LogEvent(text="x", offset=offset, at=at))
    assert feed.log.photograph().times == [None, None, 1_700_000_000.0, 1_700_000_000.0]
    assert stamp(None) == " " * 9
    assert stamp(1_700_000_000.0) == "22:13:20 "


def test_what_is_copied_is_capped_between_letters() -> None:
    assert for_clipboard(["a", "é"]) == ("a\né", False)
    text, cut = for_clipboard(["é" * CLIPBOARD_BYTES])
    assert cut
    assert text == "é" * (CLIPBOARD_BYTES // 2)


def test_another_machines_log_is_read_from_its_tail_on(tmp_path: Path) -> None:
    path = tmp_path / "log-node1.raw"
    assert LogFile(path, tail=100).read(5.0) is None
    path.write_bytes(b"old 1\nold 2\n")
    log = LogFile(path, tail=6)
    assert log.read(5.0) == [("old 2", None, 6, False)]
    assert log.read(5.0) is None
    with path.open("ab") as file:
        file.write(b"new\r\n half")
    assert log.read(6.0) == [("new", 6.0, 12, False)]
    with path.open("ab") as file:
        file.write(b" \x1b[31mwhole\x1b[0m\n")
    assert log.read(7.0) == [(" half whole", 7.0, 17, False)]


def test_the_line_that_is_being_written_is_what_a_terminal_would_show(tmp_path: Path) -> None:
    path = tmp_path / "log.raw"
    assert unfinished_line(path) == ""
    path.write_bytes(b"one\n")
    assert unfinished_line(path) == ""
    path.write_bytes(b"one\n 10%|#\r\x1b[2K 20%|##\r\x1b[A\x1b]52;c;aGk=\x07 30%|###")
    assert unfinished_line(path) == " 30%|###"
    path.write_bytes(b"x" * 1_000_000)
    assert 0 < len(unfinished_line(path)) < 10_000


# ------------------------------------------------------------------------------------------------ money and machine


def test_the_cap_is_the_budget_or_what_max_hours_cost() -> None:
    state = fold(training_recording().events)
    assert cap_usd(state, a_profile(limits={"budget_usd": 20.0})) == ("budget", 20.0, "")
    assert cap_usd(state, a_profile(limits={"max_hours": 2.0})) == ("cap", 2 * RATE, " in 2 h")
    assert cap_usd(state, None) is None


def test_the_limit_that_comes_first_is_told_with_its_moment() -> None:
    recorder = training_recording()
    state = fold(recorder.events)
    launched = state.all_of("instance")[0].billed_from
    assert launched is not None
    hours = next_limit(state, a_profile(limits={"max_hours": 2.0}), recorder.clock)
    assert hours.value.startswith("max_hours stops training at 16:20 (in 1h 5")
    # 10 dollars, of which a fifth is kept for bringing home: 8 dollars at 9 an hour are 53 minutes and 20 seconds.
    money = next_limit(state, a_profile(limits={"budget_usd": 10.0}), recorder.clock)
    assert "budget stops training at 15:13" in money.value
    late = next_limit(state, a_profile(limits={"budget_usd": 10.0}), launched + 3100)
    assert late.style == "bold $warning"
    reached = next_limit(state, a_profile(limits={"budget_usd": 10.0}), launched + 4000)
    assert reached.value == "budget is reached: training stops"


def test_what_the_limits_do_is_told_in_every_state() -> None:
    before = fold(())
    assert next_limit(before, a_profile(limits={"budget_usd": 10.0}), 0.0).value == "budget $10.00, from the launch on"
    assert next_limit(before, a_profile(limits={}), 0.0).value == "max_hours 24 h, from the launch on"
    recorder = training_recording()
    recorder.add(NoticeEvent(level="error", message="stop", decision="abort", rescue=True))
    assert "bringing home, 30m 00s at most" in next_limit(fold(recorder.events), a_profile(), recorder.clock).value
    recorder.add(NoticeEvent(level="info", message="kept", decision="keep", keep_until=recorder.clock + 600))
    kept = next_limit(fold(recorder.events), a_profile(), recorder.clock)
    assert (kept.label, kept.value.endswith("then given back")) == ("kept", True)


def test_an_ended_run_has_no_limits_ahead() -> None:
    recorder = done_recording()
    labels = [fact.label for fact in money_facts(fold(recorder.events), a_profile(), recorder.clock)]
    assert labels == ["spent", "budget"]


def test_a_sparkline_is_right_aligned_and_clamped() -> None:
    assert sparkline([0, 50, 100, 140, -5, None], 8) == "  ▁▅██▁ "
    assert sparkline([0, 50, 100], 2, ascii=True) == "+#"
    assert sparkline([], 3) == "   "
    assert sparkline([5], 0) == ""


def feed_of(*telemetry: TelemetryEvent) -> RunFeed:
    feed = RunFeed()
    for event in telemetry:
        feed.take(event)
    return feed


def test_each_gpu_has_its_load_memory_heat_power_and_history() -> None:
    feed = feed_of(
        *(
            TelemetryEvent(
                gpus=[
                    Gpu(index=0, utilization=load, memory_used=1024, memory_total=81920, temperature=60, power=512),
                    Gpu(index=1, utilization=None),
                ],
                cpu=31,
                memory=12,
                disk_free=812_000_000_000,
            )
            for load in (0.0, 50.0, 100.0)
        )
    )
    column = machine_column(feed.telemetry, feed.load, 37).plain.splitlines()
    assert column[1] == "GPU0     ▁▅█ 100%   1.0/80.0  60  512"
    assert column[2] == "GPU1            –          –   –    –"
    assert all(len(line) <= 37 for line in column)
    assert column[-1] == "disk      812 GB free"
    row = machine_row(feed.telemetry, feed.load, ascii=True)
    assert row[0].value.isascii()
    assert mean_load(feed.load) == [0.0, 50.0, 100.0]


def test_a_machine_without_a_gpu_says_so() -> None:
    feed = feed_of(TelemetryEvent(gpus=[], cpu=80, memory=20))
    assert "GPU       none" in machine_column(feed.telemetry, feed.load, 37).plain
    assert machine_row(feed.telemetry, feed.load)[0].brief == "no GPU"
    assert "nothing heard yet" in machine_column(None, {}, 37).plain


# --------------------------------------------------------------------------------------------------------- the end


def test_the_summary_has_a_line_of_proof_for_each_thing() -> None:
    text = summary(fold(done_recording().events)).plain
    assert "proof     key ut-a1b2c3-h7k2-t94x0 (key-1): removed, absent twice" in text
    assert "          public IP 203.0.113.45 (ip-9): released, absent twice" in text
    assert "0 resources of this run in the project" in text


def test_after_a_failure_the_reason_the_last_lines_and_the_way_on_are_told() -> None:
    recorder = failed_recording()
    text = summary(fold(recorder.events), last_lines=["", "Traceback", "torch.OutOfMemoryError: CUDA\x1b[2J"]).plain
    assert "✗ The run failed: The GPU ran out of memory in epoch 3." in text
    assert "last said Traceback\n          torch.OutOfMemoryError: CUDA" in text
    assert "r runs it again" in text
    assert "last said" not in summary(fold(done_recording().events), last_lines=["fine"]).plain


def test_what_is_still_held_is_a_table() -> None:
    text = summary(fold(failed_recording(remains=True).events)).plain
    assert "held      instance  ut-a1b2c3-h7k2-t94x0  (inst-4711)  being given back" in text
    assert "NOT PROVEN GONE" in text


def test_a_rehearsal_and_a_repetition_say_what_they_are() -> None:
    state = fold(done_recording().events)
    assert "The rehearsal went through" in summary(state, origin=Origin(smoke=True)).plain
    assert "two epochs on about 20 samples" in summary(state, origin=Origin(smoke=True)).plain
    again = summary(state, origin=Origin(like="abc", note="Goes on from the checkpoint of run abc.")).plain
    assert "like      Goes on from the checkpoint of run abc." in again
    assert "rehearsal" not in summary(state, origin=Origin()).plain


# --------------------------------------------------------------------------------------------------------- events


def test_the_book_keeps_toasts_whole_and_shows_them_short_and_safe() -> None:
    book = EventBook()
    shown = book.said("\x1b]52;c;aGk=\x07" + "word " * 500, "error", 20.0)
    assert len(shown) <= TOAST_LENGTH
    assert shown.isprintable()
    [entry] = book.entries()
    assert len(entry.text) == 2500


def test_the_book_puts_toasts_and_notices_in_the_order_of_their_times() -> None:
    recorder = Recording()
    recorder.add(NoticeEvent(level="warning", message="The link is down.", hint="It is tried again."))
    feed = RunFeed()
    for event in recorder.events:
        feed.take(event)
    book = EventBook()
    book.said("later", "information", recorder.begin + 60)
    book.said("earlier", "information", recorder.begin - 60)
    book.hears("run-1", feed.notices)
    assert [entry.text for entry in book.entries()] == ["earlier", "The link is down. It is tried again.", "later"]
    assert [entry.source for entry in book.entries("LINK".lower())] == ["run-1"]
    assert book.entries("run-1 warning") == book.entries("link")
    book.hears("run-1", feed.notices)
    assert len(book.entries()) == 3


def test_ascii_pictures_hold_ascii_alone_and_stay_as_wide() -> None:
    assert as_ascii("└┬──▁ × ∞ … 8°") == "++--? x ^ ~ 8 "
    [segment] = AsciiFilter().apply([Segment("✓ done 日本 ━━╸")], Color(0, 0, 0))
    assert segment.text == "+ done ???? ==-"


def test_a_recording_of_an_infinite_loss_is_drawn_to_its_end() -> None:
    recorder = Recording()
    to_training(recorder)
    train(recorder, 2, 4)
    recorder.add(ProgressEvent(epoch=3, total_epochs=4, metrics={"loss": None}, infinite=["loss"]))
    recorder.add(ProgressEvent(epoch=4, total_epochs=4, metrics={"loss": 0.5}))
    feed = RunFeed()
    for event in recorder.events:
        feed.take(event)
    text = draw_curve(lines_of(feed.metrics, "loss"), 60, 12).plain
    assert "∞" in text
    assert "×" in text
