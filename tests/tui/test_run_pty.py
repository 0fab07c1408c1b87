"""The installed program's live screen on a real pseudo-terminal, looking at a run's real files."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pty_terminal import RealRun, Terminal
from recordings import INSTANCE, RUN, Recorder, done_recording, training_recording

from unitrainer_tui.runs.events import CostEvent, NoticeEvent, ProgressEvent, ResourceEvent

LINES_A_SECOND = 10_000
# Prints as a supervisor stores what a job prints: half a second's lines at once.
FLOOD = """
import sys, time
path, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
begin, sent = time.monotonic(), 0
while (passed := time.monotonic() - begin) < seconds:
    due = int(passed * rate)
    with open(path, "ab") as file:
        file.write(b"".join(b"%9d  step  loss 0.1234  lr 0.00100  some more words\\n" % n for n in range(sent, due)))
    sent = due
    time.sleep(0.5)
"""
ESCAPES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[()][0-9A-B]|\x1b[=>78]")


def text_of(output: bytes) -> str:
    """What was written, without what moves and colours."""
    return ESCAPES.sub(b" ", output).decode("utf-8", "replace")


@pytest.fixture
def recorder() -> Recorder:
    return training_recording()


@pytest.fixture
def run(tmp_path: Path, recorder: Recorder) -> Iterator[RealRun]:
    real = RealRun(tmp_path, RUN, recorder.events)
    yield real
    real.close()


def test_the_title_tells_the_state_and_the_bell_rings_at_the_end(tmp_path: Path, run: RealRun) -> None:
    with run.shown(tmp_path) as terminal:
        terminal.read_until(f"\x1b]2;train 60% · {RUN} · unitrainer\x07".encode())
        before = len(terminal.output)
        result = done_recording().events[-1].model_copy(update={"seq": 10_000})
        run.tell([result])
        terminal.read_until(b"verified and here", since=before)
        terminal.read_until(f"\x1b]2;done · {RUN}".encode(), since=before)
        terminal.read_for(0.5)
        assert b"\x07" in re.sub(rb"\x1b\][^\x07]*\x07", b"", terminal.output[before:])
        terminal.press(b"q")
        terminal.read_until(b"model_yolo_2026-01-16T14-30-45.pt", since=before)
        assert terminal.process.wait(10) == 0


def test_no_byte_of_foreign_text_is_obeyed_on_any_surface(tmp_path: Path, run: RealRun, recorder: Recorder) -> None:
    evil = "\x1b]52;c;b3duZWQ=\x07\x1b]0;owned\x07\x9b31m\x1b[2J\x1b[5;5H\x1bc\u202eevil"
    run.print(f"{evil} in the log\n".encode() + b"\x9b2J raw C1\n" + b"a" * 1_000_000 + b" long\n")
    recorder.events.clear()
    recorder.add(NoticeEvent(level="warning", message=f"{evil} in a notice"))
    recorder.add(ResourceEvent(resource="public_ip", status="created", id="ip-9", address=f"{evil} address"))
    recorder.add(ProgressEvent(epoch=7, total_epochs=10, fraction=0.7, metrics={f"{evil} metric": 0.5, "loss": 0.4}))
    recorder.add(CostEvent(spent_usd=1.2, rate_usd_per_hour=9.0))
    run.tell(recorder.events)
    with run.shown(tmp_path, size=(200, 50)) as terminal:
        terminal.read_until(b"in a notice")
        terminal.read_until(b"address")
        for keys, wanted in (
            (b"m", b"metric"),
            (b"w", b"wrap"),
            (b"f" + b"evil\r", b"only evil"),
            (b"/" + b"evil\r", b"1/1"),
            (b"y", b"Copied"),
            (b"e", b"Event log"),
            (b"\x1b", b"Abort"),
            (b"q", b"Leave 2026"),
        ):
            since = terminal.press(keys)
            terminal.read_until(wanted, since=since)
        output = terminal.output
    allowed = re.findall(rb"\x1b\]52;c;([^\x07]*)\x07", output)
    assert [b"evil" in base64.b64decode(copied) for copied in allowed] == [True]
    assert not any(b"\x1b" in base64.b64decode(copied) or b"\x07" in base64.b64decode(copied) for copied in allowed)
    for sequence in (b"b3duZWQ=\x07", b"\x1b]0;", b"\x1bc", "\x9b".encode(), "\u202e".encode(), b"\x1b[5;5H\x1bc"):
        assert sequence not in re.sub(rb"\x1b\]52;c;[^\x07]*\x07", b"", output)
    assert b"owned" not in b"".join(re.findall(rb"\x1b\]2;[^\x07]*\x07", output))


def test_bars_colours_and_a_giant_line_leave_the_screen_right(tmp_path: Path, run: RealRun) -> None:
    bars = b"".join(b"\rEpoch 7: %3d%%|####|" % part for part in range(0, 101, 5))
    nested = b"outer 1/2\n\x1b[A\x1b[2Kinner 50%\x1b[1B\r"
    run.print(b"\x1b[1;32mgreen\x1b[0m text\n" + b"y" * 1_000_000 + b"\n" + bars + b"\n" + nested + b"\nlast line\n")
    with run.shown(tmp_path, size=(100, 30)) as terminal:
        output = text_of(terminal.read_until(b"last line"))
        assert "green text" in output
        assert "Epoch 7: 100%|####|" in output
        assert "Epoch 7:  95%" not in output
        assert "y" * 60 in output
        run.print(b"step 1\rstep 2")
        terminal.read_until(b"step 2")


def test_what_was_copied_is_the_lines_on_the_screen_and_no_more_than_a_terminal_takes(
    tmp_path: Path, run: RealRun
) -> None:
    run.print(b"".join(b"%d " % number + b"z" * 8000 + b"\n" for number in range(60)))
    with run.shown(tmp_path, size=(100, 40)) as terminal:
        terminal.read_until(b"59 zzz")
        since = terminal.press(b"y")
        terminal.read_until(b"cut there", since=since)
        [copied] = re.findall(rb"\x1b\]52;c;([^\x07]*)\x07", terminal.output)
        assert len(copied) < 75_000
        # Whole lines, of which the screen shows the first 100 columns; the last is cut where the room ends.
        *whole, cut = base64.b64decode(copied).split(b"\n")
        assert len(whole) == 6
        assert all(re.fullmatch(rb"\d+ z{8000}", line) for line in whole)
        assert re.fullmatch(rb"\d+ z+", cut)


def test_a_lost_terminal_ends_the_screen_within_a_fifth_of_a_second(tmp_path: Path, run: RealRun) -> None:
    with run.shown(tmp_path) as terminal:
        terminal.read_until(b"epoch 6/10")
        begin = time.monotonic()
        terminal.hang_up()
        assert terminal.process.wait(10) == 129
        assert time.monotonic() - begin < 0.2 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def stalled(terminal: Terminal, run: RealRun) -> None:
    """Leaves the terminal unread until the program waits for it."""
    end = time.monotonic() + 60
    number = 0
    while time.monotonic() < end:
        number += 1
        run.print(b"%d filler filler filler filler filler filler\n" % number * 200)
        before = terminal.cpu_seconds()
        time.sleep(1.0)
        if number > 3 and terminal.cpu_seconds() - before < 0.02:
            return
    raise AssertionError("the program never came to wait for its terminal")


def test_a_terminal_that_stalled_gets_the_newest_state_when_it_reads_again(
    tmp_path: Path, run: RealRun, recorder: Recorder
) -> None:
    with run.shown(tmp_path, size=(200, 50)) as terminal:
        terminal.read_until(b"epoch 6/10")
        stalled(terminal, run)
        recorder.events.clear()
        recorder.add(ProgressEvent(epoch=9, total_epochs=10, fraction=0.9, metrics={"loss": 0.1}))
        run.tell(recorder.events)
        run.print(b"the newest line\n")
        terminal.read_until(b"9/10")
        terminal.read_until(b"the newest line")
        since = terminal.press(b"q")
        terminal.read_until(INSTANCE.encode(), since=since)


def test_a_stalled_terminal_that_is_lost_ends_the_screen_all_the_same(tmp_path: Path, run: RealRun) -> None:
    with run.shown(tmp_path, size=(200, 50)) as terminal:
        terminal.read_until(b"epoch 6/10")
        stalled(terminal, run)
        terminal.hang_up()
        assert terminal.process.wait(5) == 129


def test_ten_thousand_lines_a_second_leave_the_keys_quick_and_the_machine_free(tmp_path: Path, run: RealRun) -> None:
    """Budgets of the live screen: a fifth of a core, a key answered within 50 ms (more where other programs have the
    processors), 20 kB/s to the terminal in 120×40."""
    with run.shown(tmp_path, size=(120, 40)) as terminal:
        terminal.read_until(b"epoch 6/10")
        command = [sys.executable, "-c", FLOOD, str(run.directory.log), str(LINES_A_SECOND), "14"]
        with subprocess.Popen(command) as flood:
            terminal.read_for(2.0)
            cpu, begin, written = terminal.cpu_seconds(), time.monotonic(), len(terminal.output)
            terminal.read_for(6.0)
            share = (terminal.cpu_seconds() - cpu) / (time.monotonic() - begin)
            rate = (len(terminal.output) - written) / (time.monotonic() - begin)
            answers = []
            for _ in range(12):
                for key, wanted in ((b"k", b"end follows"), (b"G", b"lines")):
                    terminal.read_for(0.07)
                    pressed = time.monotonic()
                    since = terminal.press(key)
                    terminal.read_until(wanted, since=since)
                    if key == b"k":
                        answers.append(time.monotonic() - pressed)
            flood.terminate()
        median = sorted(answers)[len(answers) // 2]
        print(f"{share:.0%} of a core, {rate / 1000:.1f} kB/s, a key answered in {median * 1000:.0f} ms (median)")
        assert share <= 0.20
        assert rate <= 20_000
        assert median <= 0.05 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_the_steady_state_costs_the_terminal_little(tmp_path: Path, run: RealRun, recorder: Recorder) -> None:
    with run.shown(tmp_path, size=(120, 40)) as terminal:
        terminal.read_until(b"epoch 6/10")
        terminal.read_for(2.0)
        recorder.events.clear()
        written, begin = len(terminal.output), time.monotonic()
        for step in range(10):
            run.print(b"      7/10     13.1G      0.6149     0.4919         47        640: %d\n" % step * 2)
            recorder.wait(1)
            recorder.add(CostEvent(spent_usd=1.1 + step / 400, rate_usd_per_hour=9.0))
            run.tell(recorder.events[-1:])
            terminal.read_for(1.0)
        rate = (len(terminal.output) - written) / (time.monotonic() - begin)
        print(f"{rate / 1000:.1f} kB/s")
        assert rate <= 20_000


def test_a_million_lines_stay_within_150_megabytes(tmp_path: Path, run: RealRun) -> None:
    with run.shown(tmp_path, size=(120, 40)) as terminal:
        terminal.read_until(b"epoch 6/10")
        piece = b"".join(
            b"%9d  step  loss 0.1234  lr 0.00100  some more words on the line\n" % n for n in range(10_000)
        )
        for _ in range(100):
            run.print(piece)
            terminal.read_for(0.02)
        run.print(b"that was the last of them\n")
        terminal.read_until(b"that was the last of them", 120)
        since = terminal.press(b"k")
        terminal.read_until(b"of 1,000,0", since=since)
        print(f"{terminal.peak_megabytes():.0f} MB at the most")
        assert terminal.peak_megabytes() <= 150
