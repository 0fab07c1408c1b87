"""The screens against their budgets, each figure beside that of a bare Textual app measured in the same run.

`make bench-tui`. Everything is measured from outside: a pseudo-terminal of 120×40, /proc, and a clock.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = [sys.executable, str(HERE.parent / "tests" / "tui" / "screens_for_bench.py")]
BARE = [sys.executable, str(HERE / "bare.py")]
INSTALLED = [str(Path(sys.executable).parent / "unitrainer-tui")]
ANSWER = b"Keys that work here"
ROWS, COLUMNS = 40, 120


class Terminal:
    """A program on a pseudo-terminal that reads all it is sent."""

    def __init__(self, command: Sequence[str], home: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "UNITRAINER_HOME": home, "COLORTERM": "truecolor"}
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.bytes = 0

    def read(self, seconds: float) -> bytes:
        """What comes within `seconds`, or as soon as something has come."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        try:
            data = os.read(self.master, 1 << 16) if ready else b""
        except OSError:
            return b""
        self.bytes += len(data)
        return data

    def until(self, wanted: bytes, seconds: float = 60.0) -> float:
        """Seconds from now until `wanted` has come. Raises TimeoutError."""
        begin, held = time.monotonic(), b""
        while time.monotonic() - begin < seconds:
            held = held[-4096:] + self.read(0.05)
            if wanted in held:
                return time.monotonic() - begin
        raise TimeoutError(f"{wanted!r} never came")

    def drain(self, seconds: float) -> int:
        """Reads for so long; how many bytes came."""
        before, end = self.bytes, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)
        return self.bytes - before

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> float:
        """MB resident."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def key(self, data: bytes) -> None:
        os.write(self.master, data)

    def close(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)


@dataclass(frozen=True)
class Figure:
    """One budget: what was measured of the program and of the bare app (None where it has no such thing)."""

    what: str
    unit: str
    budget: float
    ours: float
    bare: float | None
    note: str = ""

    def line(self) -> str:
        bare = f"{self.bare:>9.3g}" if self.bare is not None else f"{'':>9}"
        verdict = "within" if self.ours <= self.budget else "OVER"
        return (
            f"{self.what:<46}{self.ours:>9.3g}{bare}{self.budget:>9.3g} {self.unit:<6} {verdict}  {self.note}".rstrip()
        )


def first_text(command: Sequence[str], wanted: bytes, home: str, times: int) -> float:
    """The median of the seconds from the start of the process to its first words."""
    found = []
    for _ in range(times):
        terminal = Terminal(command, home)
        try:
            terminal.until(wanted)
            found.append(time.monotonic() - terminal.begun)
        finally:
            terminal.close()
    return statistics.median(found)


def help_seconds(times: int) -> tuple[float, float]:
    """Medians: `--help`, and Python itself doing nothing."""

    def took(command: Sequence[str]) -> float:
        begin = time.monotonic()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        return time.monotonic() - begin

    ours = [took([*INSTALLED, "--help"]) for _ in range(times)]
    python = [took([sys.executable, "-c", "pass"]) for _ in range(times)]
    return statistics.median(ours), statistics.median(python)


def steady(command: Sequence[str], home: str, ready: bytes, seconds: float) -> float:
    """kB a second to the terminal when the start is over."""
    terminal = Terminal([*command, "steady"], home)
    try:
        terminal.until(ready)
        terminal.drain(5)
        return terminal.drain(seconds) / seconds / 1000
    finally:
        terminal.close()


@dataclass(frozen=True)
class Flooded:
    median_ms: float
    worst_ms: float
    share: float


def flooded(command: Sequence[str], home: str, ready: bytes, closes: bytes, presses: int, seconds: float) -> Flooded:
    """Key presses and processor time while 10,000 lines a second arrive. `closes` undoes what the key did."""
    terminal = Terminal([*command, "flood"], home)
    try:
        terminal.until(ready)
        terminal.drain(5)
        begin, used = time.monotonic(), terminal.cpu()
        terminal.drain(seconds)
        share = (terminal.cpu() - used) / (time.monotonic() - begin)
        waits = []
        for _ in range(presses):
            terminal.key(b"?")
            waits.append(terminal.until(ANSWER) * 1000)
            if closes:
                terminal.drain(0.1)
                terminal.key(closes)
            terminal.drain(0.3)
        return Flooded(statistics.median(waits), max(waits), share * 100)
    finally:
        terminal.close()


def million(command: Sequence[str], home: str, seconds: float = 240.0) -> float:
    """MB resident when a million lines have come."""
    terminal = Terminal([*command, "million"], home)
    try:
        terminal.until(b"THE LAST LINE", seconds)
        terminal.drain(1)
        return terminal.resident()
    finally:
        terminal.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--times", type=int, default=5, help="starts and presses to take the median of")
    arguments.add_argument("--seconds", type=float, default=10.0, help="length of each steady measurement")
    said = arguments.parse_args()
    ready = b"train"
    with tempfile.TemporaryDirectory() as home:
        print(f"{'':<46}{'ours':>9}{'bare':>9}{'budget':>9}")
        start = first_text(INSTALLED, b"No runs yet", home, said.times)
        bare_start = first_text([*BARE, "none"], b"a bare app", home, said.times)
        print(Figure("first text after the start", "s", 0.35, start, bare_start).line(), flush=True)
        ours, python = help_seconds(said.times)
        print(Figure("--help", "s", 0.15, ours, None, f"(python -c pass: {python:.3f} s)").line(), flush=True)
        sent = steady(PROGRAM, home, ready, said.seconds)
        bare_sent = steady(BARE, home, b"step", said.seconds)
        print(Figure("to the terminal, 20 log lines a second", "kB/s", 20, sent, bare_sent).line(), flush=True)
        flood = flooded(PROGRAM, home, ready, b"\x1b", said.times * 3, said.seconds)
        bare_flood = flooded(BARE, home, b"step", b"", said.times * 3, said.seconds)
        rows = [
            Figure("a key under 10,000 lines a second, median", "ms", 50, flood.median_ms, bare_flood.median_ms),
            Figure("the same, the longest", "ms", 50, flood.worst_ms, bare_flood.worst_ms),
            Figure("processor under 10,000 lines a second", "%", 20, flood.share, bare_flood.share, "of one core"),
            Figure("resident with a million lines", "MB", 150, million(PROGRAM, home), million(BARE, home)),
        ]
        print("\n".join(row.line() for row in rows))


if __name__ == "__main__":
    main()
