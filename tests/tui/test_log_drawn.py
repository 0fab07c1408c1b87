"""The log pane: lines that are drawn over, the records of our own scripts, and work that is done in turns."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pty_terminal import RealRun
from recordings import RUN, training_recording
from scripted_client import ScriptedClient
from textual.pilot import Pilot

from unitrainer_tui.app import UnitrainerApp
from unitrainer_tui.log_text import LineSplitter, safe_lines
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.supervisor.follow import RunFollower
from unitrainer_tui.widgets.log_files import LogFile
from unitrainer_tui.widgets.log_lines import LogLines
from unitrainer_tui.widgets.log_records import MARK, Shown, shown
from unitrainer_tui.widgets.log_ring import REDRAWN, FilteredRing, LogRing, matches, matching_lines
from unitrainer_tui.widgets.log_turns import all_matching, fill, in_turns
from unitrainer_tui.widgets.run_feed import RunFeed

Holds = Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]
DRAWN = Path(__file__).parent.parent / "fixtures" / "drawn"
NESTED = b"\router 1\n\rinner 1\x1b[A"


def record(epoch: int = 3, total: int | None = 10, **metrics: object) -> str:
    data = {"epoch": epoch, "total_epochs": total, "metrics": metrics or {"loss": 0.4119, "val_loss": 0.52}}
    return json.dumps({"type": "progress", "data": data})


# ------------------------------------------------------------------------------------------------------- the ring


def ring_of(data: bytes, piece: int) -> LogRing:
    ring, splitter = LogRing(), LineSplitter()
    for start in range(0, len(data), piece):
        for line in splitter.feed(data[start : start + piece]):
            ring.append(line.text, None, line.offset, line.drawn)
    for line in splitter.finish():
        ring.append(line.text, None, line.offset, line.drawn)
    return ring


@pytest.mark.parametrize("raw", sorted(DRAWN.glob("*.raw")), ids=lambda path: path.stem)
def test_the_ring_ends_with_the_lines_of_the_log(raw: Path) -> None:
    data = raw.read_bytes()
    for piece in (1, 50, 1 << 20):
        ring = ring_of(data, piece)
        assert ring.photograph().lines == [line.text for line in safe_lines(data)]
        assert ring.total == len(ring)


def test_a_line_is_drawn_over_only_where_it_is_said_so() -> None:
    ring = LogRing()
    for number in range(3):
        ring.append(f"line {number}", float(number), offset=0)
    assert len(ring) == 3
    assert not ring.drawing
    before = ring.changes
    ring.append("line 2 again", 9.0, offset=0, drawn=True)
    assert ring.photograph().lines == ["line 0", "line 1", "line 2 again"]
    assert ring.photograph().times == [0.0, 1.0, 9.0]
    assert ring.drawing
    assert ring.changes != before
    assert ring.total == 3
    ring.append("new", offset=7, drawn=True)
    assert ring.line(3) == "new"


def test_a_photograph_stays_as_it_was_when_its_lines_are_drawn_over() -> None:
    ring = LogRing()
    ring.append("10%", 1.0, offset=4)
    held = ring.photograph()
    ring.append("20%", 2.0, offset=4, drawn=True)
    assert (held.lines, held.times) == (["10%"], [1.0])


def test_a_small_ring_has_lost_what_would_be_drawn_over() -> None:
    ring = LogRing(2)
    for number in range(5):
        ring.append(str(number), offset=number)
    ring.append("1 again", offset=1, drawn=True)
    assert ring.photograph().lines == ["4", "1 again"]


appended = st.lists(st.tuples(st.sampled_from(["loss", "other"]), st.integers(0, 130), st.booleans()), max_size=300)


@given(appended, st.integers(1, 40))
def test_a_filter_shows_what_a_new_filter_would(lines: list[tuple[str, int, bool]], between: int) -> None:
    ring, number = LogRing(), 0
    found = FilteredRing(ring, "loss")
    for text, back, drawn in lines:
        offset = max(0, number - back) if drawn else number
        number += not drawn
        ring.append(f"{text} {offset}", None, offset, drawn)
        if number % between == 0:
            found.catch_up()
            anew = FilteredRing(ring, "loss")
            anew.catch_up()
            assert found.photograph().lines == anew.photograph().lines
            assert found.total == anew.total
            assert len(found._numbers) <= REDRAWN


def test_a_filter_takes_in_a_bounded_number_of_lines_at_a_time() -> None:
    ring = LogRing()
    for number in range(100):
        ring.append(f"loss {number}")
    found = FilteredRing(ring, "loss")
    assert [found.catch_up(40), found.catch_up(40), found.catch_up(40)] == [False, False, True]
    assert len(found) == 100


# ------------------------------------------------------------------------------------------------- following a run


def test_a_followed_run_tells_which_line_is_drawn_over(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    directory.log.write_bytes(b"begin\n" + NESTED)
    follower, feed = RunFollower(directory), RunFeed()
    for event in follower.read(5.0):
        feed.take(event)
    assert feed.log.photograph().lines == ["begin", "outer 1", "inner 1"]
    with directory.log.open("ab") as file:
        file.write(b"\n\rinner 2\x1b[A\router 2")
    events = list(follower.read(6.0))
    assert [json.loads(event.to_json()).get("drawn") for event in events] == [True, True]
    for event in events:
        feed.take(event)
    assert feed.log.photograph().lines == ["begin", "outer 2", "inner 2"]
    assert feed.log.photograph().times == [5.0, 6.0, 6.0]


def test_another_machines_bars_are_drawn_over_as_well(tmp_path: Path) -> None:
    path = tmp_path / "log-node1.raw"
    path.write_bytes(b"begin\n" + NESTED)
    log, ring = LogFile(path, tail=1000), LogRing()
    for more in (b"\router 2", b"\n\rinner 2\x1b[A"):
        for line in log.read(5.0) or ():
            ring.append(*line)
        with path.open("ab") as file:
            file.write(more)
    for line in log.read(6.0) or ():
        ring.append(*line)
    assert ring.photograph().lines == ["begin", "outer 2", "inner 2"]


# --------------------------------------------------------------------------------------------------------- records


def test_a_record_is_shown_as_people_read_it() -> None:
    assert shown(record()) == f"{MARK}epoch 3/10 · loss 0.4119 · val_loss 0.52"
    assert (
        shown(record(3, None, loss=1.25e-7, rows=12, r2="-inf")) == f"{MARK}epoch 3 · loss 1.25e-07 · rows 12 · r2 -inf"
    )
    start = {"type": "start", "data": {"after": 3, "message": "Going on after epoch 3."}}
    assert shown(json.dumps(start)) == f"{MARK}Going on after epoch 3."


@pytest.mark.parametrize(
    "line",
    [
        f" {record()}",
        f"{record()}{record()}",
        record()[:-1],
        record().replace('"epoch": 3', '"epoch": "3"'),
        record().replace('"epoch": 3', '"epoch": true'),
        record().replace('"epoch": 3', '"epoch": 3, "fraction": 0.1'),
        record().replace('"type"', '"rank": 0, "type"'),
        record().replace('"progress"', '"progress2"'),
        record(loss={"box": 1.0}),
        record(loss="low"),
        record(**{"": 1.0}),
        record(**{"x" * 100: 1.0}),
        '{"type": "progress", "data": {}}',
        '{"type": "progress", "data": {"epoch": ' + "[" * 5000,
        '{"type": "start", "data": {"after": 3, "message": " "}}',
        '{"type": "start", "data": {"after": -3, "message": "x"}}',
        "epoch 3/10",
        "",
    ],
)
def test_everything_else_is_shown_as_it_is(line: str) -> None:
    assert shown(line) == line


def test_a_record_cannot_bring_in_what_is_not_safe() -> None:
    evil = record(**{"loss\x1b[2J\u202e": 0.5})
    assert "\\u001b" in evil
    assert shown(evil) == f"{MARK}epoch 3/10 · loss 0.5"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.dictionaries(st.text(), inner),
    )
)
def test_no_record_raises_whatever_it_holds(value: object) -> None:
    for line in (
        record(loss=value),
        json.dumps({"type": "start", "data": value}),
        json.dumps({"type": "progress", "data": value}),
    ):
        assert shown(line).isprintable()


def test_a_search_finds_what_was_printed_and_what_is_shown() -> None:
    lines = [record(), "epoch 3 of no record", record(4)]
    for needle in ("total_epochs", "epoch 3/10", "EPOCH 3/10".lower(), "0.4119 · val"):
        assert matches(needle, lines[0]), needle
    assert matching_lines(lines, "epoch 3") == [0, 1]
    assert matching_lines(lines, "Epoch 3") == []


def test_only_what_is_looked_at_is_read() -> None:
    class Counted(list[str]):
        looked_at = 0

        def __getitem__(self, index: object) -> str:  # type: ignore[override]
            self.looked_at += 1
            return super().__getitem__(index)  # type: ignore[index, return-value]

    lines = Counted([record()] * 1000)
    told = Shown(lines)
    assert (len(told), told[7], lines.looked_at) == (1000, shown(record()), 1)


# --------------------------------------------------------------------------------------------------------- in turns


async def test_the_loop_has_its_turn_while_fifty_thousand_records_are_searched() -> None:
    ring = LogRing()
    for epoch in range(50_000):
        ring.append(record(epoch, None, loss=epoch / 7))
    most, last = 0.0, time.thread_time()
    turns = 0

    async def watch() -> None:
        nonlocal most, last, turns
        while True:
            now = time.thread_time()
            most, last = max(most, now - last), now
            turns += 1
            await asyncio.sleep(0.001)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    found = FilteredRing(ring, "epoch 49999")
    await fill(found)
    assert found.photograph().lines == [ring.line(49_999)]
    lines = ring.photograph().lines
    assert await all_matching(lines, "epoch 4999 ") == matching_lines(lines, "epoch 4999 ") == [4999]
    watching.cancel()
    assert turns > 20
    # Processor time of this thread, so that other programs do not count; 4 ms are meant.
    assert most < 0.15


async def test_work_in_turns_ends_with_its_last_step() -> None:
    left = [3]

    def step() -> bool:
        left[0] -= 1
        return left[0] == 0

    await in_turns(step)
    assert left == [0]


# -------------------------------------------------------------------------------------------------------- the pane


def app_of(tmp_path: Path, *lines: str) -> UnitrainerApp:
    recorder = training_recording()
    for line in lines:
        recorder.log(line)
    client = ScriptedClient(tmp_path, {RUN: recorder.events})
    return UnitrainerApp(client, open_run=RUN, now=lambda: recorder.clock)


def log_lines(app: UnitrainerApp) -> LogLines:
    return app.screen.query_one(LogLines)


def on_screen(lines: LogLines) -> list[str]:
    return [lines.render_line(y).text.rstrip() for y in range(lines.size.height)]


async def test_records_are_shown_searched_filtered_and_copied_as_people_read_them(tmp_path: Path, holds: Holds) -> None:
    app = app_of(tmp_path, *[record(epoch) for epoch in range(1, 8)], "the last line")
    async with app.run_test(size=(140, 40)) as pilot:
        await holds(pilot, lambda: isinstance(app.screen.query(LogLines).first(), LogLines))
        lines = log_lines(app)
        await holds(pilot, lambda: on_screen(lines)[-1] == "the last line")
        assert on_screen(lines)[-2] == f"{MARK}epoch 7/10 · loss 0.4119 · val_loss 0.52"
        await pilot.press("slash", *"epoch 5/10", "enter")
        await holds(pilot, lambda: lines.match == (1, 1))
        await pilot.press("slash", *"total_epochs", "enter")
        await holds(pilot, lambda: lines.match == (7, 7))
        at = on_screen(lines).index(f"{MARK}epoch 7/10 · loss 0.4119 · val_loss 0.52")
        current = lines.get_component_rich_style("log--current")
        assert any(segment.style == current for segment in lines.render_line(at))
        await pilot.press("G", "f", *"epoch 6/10", "enter")
        await holds(pilot, lambda: lines.filter == "epoch 6/10")
        await pilot.press("y")
        assert app.clipboard == f"{MARK}epoch 6/10 · loss 0.4119 · val_loss 0.52"


async def test_the_count_of_matches_follows_when_the_reader_stops_later(tmp_path: Path, holds: Holds) -> None:
    app = app_of(tmp_path, "needle 1", "needle 2")
    async with app.run_test(size=(140, 40)) as pilot:
        await holds(pilot, lambda: "needle 2" in on_screen(log_lines(app)))
        lines = log_lines(app)
        await pilot.press("slash", *"needle", "enter", "G")
        await holds(pilot, lambda: lines.following)
        await pilot.press("k")
        await holds(pilot, lambda: lines.match == (0, 2))
        await pilot.press("N")
        await holds(pilot, lambda: lines.match[0] > 0)


# ------------------------------------------------------------------------------------------------- a real terminal


def test_bars_are_drawn_over_in_the_pane_and_nothing_of_them_reaches_the_terminal(tmp_path: Path) -> None:
    run = RealRun(tmp_path, RUN, training_recording().events)
    try:
        run.print(b"before the bars\n" + NESTED)
        with run.shown(tmp_path, size=(100, 30)) as terminal:
            terminal.read_until(b"inner 1")
            since = len(terminal.output)
            run.print(b"\n\rinner 2\x1b[A" * 40 + b"\router TWO")
            # Only what changed is written again: letters of a line that stands already.
            terminal.read_until(b"TWO", since=since)
            terminal.read_for(1.2)
            run.print(b"\n\n" + record().encode() + b"\nbehind the bars\n")
            terminal.read_until(b"behind the bars", since=since)
            since = terminal.press(b"y")
            terminal.read_until(b"Copied", since=since)
            output = terminal.output
    finally:
        run.close()
    [copied] = re.findall(rb"\x1b\]52;c;([^\x07]*)\x07", output)
    told = base64.b64decode(copied).decode().split("\n")
    assert told[-5:] == [
        "before the bars",
        "outer TWO",
        "inner 2",
        f"{MARK}epoch 3/10 · loss 0.4119 · val_loss 0.52",
        "behind the bars",
    ]


# --------------------------------------------------------------------------------------------- keys and the collector


def test_a_look_at_all_objects_waits_until_nobody_presses_keys() -> None:
    told = """
import gc
from unitrainer_tui.screens import quiet_collector as quiet
collector = quiet.QuietCollector()
assert not collector.look(100.0, 0.0), "before anything is spared Python's own way holds"
quiet.spare_what_is_loaded()
quiet.spare_what_is_loaded()
assert gc.get_threshold()[2] == quiet.AT_THE_LATEST
looks = []
gc.callbacks.append(lambda phase, about: looks.append(about["generation"]) if phase == "stop" else None)
kept = []
while gc.get_count()[2] < quiet.DUE:
    kept.append([])
assert 2 not in looks
assert not collector.look(100.1, 100.0), "a key was pressed just now"
assert collector.look(100.3, 100.0) and looks[-1] == 2
assert not collector.look(200.0, 100.0), "none is due"
while gc.get_count()[2] < quiet.DUE:
    kept.append([])
assert not collector.look(109.0, 100.0), "the last was not long ago"
assert collector.look(111.0, 100.0)
"""
    subprocess.run([sys.executable, "-c", told], check=True, timeout=60)
