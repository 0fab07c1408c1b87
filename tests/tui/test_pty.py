"""The screens on a real pseudo-terminal: what reaches it, and how they leave when it is taken away."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.figures import note

PROGRAM = Path(__file__).parent / "screens_in_a_pty.py"


class Terminal:
    """A program on a pseudo-terminal of 80×24, with everything that it wrote."""

    def __init__(self, home: Path, term: str = "xterm-256color") -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "TERM": term, "HOME": str(home)}
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(home)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0) and None,
        )
        os.close(slave)
        self.output = b""

    def read_until(self, wanted: bytes, seconds: float = 30.0) -> bytes:
        deadline = time.monotonic() + seconds
        while wanted not in self.output:
            assert time.monotonic() < deadline, f"{wanted!r} never came"
            ready, _, _ = select.select([self.master], [], [], 0.2)
            if ready:
                try:
                    self.output += os.read(self.master, 65536)
                except OSError:
                    break
        return self.output

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        if self.master >= 0:
            os.close(self.master)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def test_no_control_sequence_of_a_foreign_text_reaches_the_terminal(home: Path) -> None:
    terminal = Terminal(home)
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
    terminal = Terminal(home)
    try:
        terminal.read_until(b"train")
        os.close(terminal.master)
        terminal.master = -1
        assert terminal.process.wait(10) == 129
    finally:
        terminal.close()


def test_sigterm_puts_the_terminal_in_order_and_ends_with_143(home: Path) -> None:
    terminal = Terminal(home)
    try:
        terminal.read_until(b"train")
        terminal.process.send_signal(signal.SIGTERM)
        terminal.read_until(b"\x1b[?1049l")
        assert terminal.process.wait(10) == 143
    finally:
        terminal.close()


def test_detaching_prints_how_to_come_back(home: Path) -> None:
    terminal = Terminal(home)
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
    terminal = Terminal(home, term="dumb")
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
