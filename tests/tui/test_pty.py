"""The screens on a real pseudo-terminal: what reaches it, and how they leave when it is taken away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pty_terminal import Terminal

from tests.figures import note

PROGRAM = Path(__file__).parent / "screens_in_a_pty.py"


def screens(home: Path, term: str = "xterm-256color", *, controlling: bool = True) -> Terminal:
    """The live screen with a hostile recording, on a terminal of 80×24."""
    return Terminal([sys.executable, str(PROGRAM), str(home)], home, term=term, controlling=controlling)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def test_no_control_sequence_of_a_foreign_text_reaches_the_terminal(home: Path) -> None:
    terminal = screens(home)
    try:
        output = terminal.read_until(b"owned")
        terminal.read_until(b"ut-a1b2c3")
        assert b"\x1b]52" not in output
        assert b"\x1b]0;" not in terminal.output
        assert "\x9b".encode() not in terminal.output
        note("terminal", foreign_control_sequences_shown=0, bytes_read=len(terminal.output))
    finally:
        terminal.close()


def test_sighup_ends_the_screens_at_once_with_129(home: Path) -> None:
    terminal = screens(home)
    try:
        terminal.read_until(b"train")
        terminal.hang_up()
        assert terminal.process.wait(10) == 129
    finally:
        terminal.close()


def test_a_terminal_that_goes_without_a_signal_ends_them_too(home: Path) -> None:
    """Of a terminal that is not its session's own a process hears nothing; it must not spin on without one."""
    terminal = screens(home, controlling=False)
    try:
        terminal.read_until(b"train")
        terminal.hang_up()
        assert terminal.process.wait(10) == 129
    finally:
        terminal.close()


def test_sigterm_puts_the_terminal_in_order_and_ends_with_143(home: Path) -> None:
    terminal = screens(home)
    try:
        terminal.read_until(b"train")
        terminal.process.send_signal(signal.SIGTERM)
        terminal.read_until(b"\x1b[?1049l")
        assert terminal.process.wait(10) == 143
    finally:
        terminal.close()


def test_detaching_prints_how_to_come_back(home: Path) -> None:
    terminal = screens(home)
    try:
        terminal.read_until(b"ut-a1b2c3")
        os.write(terminal.master, b"q")
        terminal.read_until(b"Detach")
        os.write(terminal.master, b"\x1b[C")
        time.sleep(0.3)
        os.write(terminal.master, b"\r")
        terminal.read_until(b"unitrainer-tui attach 20260116-142000-h7k2")
        assert terminal.process.wait(10) == 0
    finally:
        terminal.close()


def test_a_dumb_terminal_is_refused_with_the_plain_command(home: Path) -> None:
    terminal = screens(home, term="dumb")
    try:
        terminal.read_until(b"unitrainer-tui runs")
        assert terminal.process.wait(10) == 2
    finally:
        terminal.close()


def test_without_a_terminal_the_screens_refuse(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(home)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert b"standard input" in done.stdout
