"""A program on a pseudo-terminal, with everything that it wrote and when; and a run's real files for it to look at."""

from __future__ import annotations

import contextlib
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
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripted_client import PROFILE

from unitrainer_tui.config.paths import Paths
from unitrainer_tui.config.profile import dump_profile, parse_profile
from unitrainer_tui.runs.directory import RunDirectory, RunLock
from unitrainer_tui.runs.events import Event, LogEvent, TelemetryEvent
from unitrainer_tui.runs.journal import encode_record

INSTALLED = Path(sys.executable).parent / "unitrainer-tui"


class Terminal:
    """A program on a pseudo-terminal. `output` grows only while somebody reads: left alone, the terminal stalls."""

    def __init__(
        self,
        command: Sequence[str],
        home: Path,
        *,
        term: str = "xterm-256color",
        size: tuple[int, int] = (80, 24),
        controlling: bool = True,
        **environment: str,
    ) -> None:
        self.master, slave = pty.openpty()
        width, height = size
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        # A size in the environment would go before the terminal's own.
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            list(command),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**inherited, "TERM": term, "HOME": str(home), "TZ": "UTC", **environment},
            start_new_session=True,
            preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0) and None) if controlling else None,
        )
        os.close(slave)
        self.output = b""

    def read_for(self, seconds: float) -> bytes:
        """What comes within that time; also into `output`."""
        begin, end = len(self.output), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not self._read(left):
                break
        return self.output[begin:]

    def read_until(self, wanted: bytes, seconds: float = 30.0, *, since: int = 0) -> bytes:
        """Reads on until `wanted` stands in what came from the byte `since` on."""
        deadline = time.monotonic() + seconds
        while wanted not in self.output[since:]:
            assert time.monotonic() < deadline, f"{wanted!r} never came; the last: {self.output[-2000:]!r}"
            if not self._read(0.2):
                break
        return self.output

    def _read(self, seconds: float) -> bool:
        """False when the terminal is closed from the other side."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if ready:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return False
            self.output += data
            return bool(data)
        return True

    def press(self, keys: bytes) -> int:
        """Where in `output` the answer begins."""
        os.write(self.master, keys)
        return len(self.output)

    def resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def hang_up(self) -> None:
        os.close(self.master)
        self.master = -1

    def cpu_seconds(self) -> float:
        """User and system time of the program so far (proc(5), fields 14 and 15)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_megabytes(self) -> float:
        """The most memory that was ever resident (proc(5), VmHWM)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        if self.master >= 0:
            os.close(self.master)


@contextlib.contextmanager
def terminal(command: Sequence[str], home: Path, **more: object) -> Iterator[Terminal]:
    shown = Terminal(command, home, **more)  # type: ignore[arg-type]
    try:
        yield shown
    finally:
        shown.close()


class RealRun:
    """A run's directory as a supervisor keeps it: its profile, its journal, its log, its lock held by this process."""

    def __init__(self, home: Path, run: str, events: Sequence[Event]) -> None:
        self.home = home / "unitrainer"
        where = Paths(*(self.home / name for name in ("config", "state", "cache", "models")))
        self.directory = RunDirectory(where.run(run))
        self.directory.path.mkdir(parents=True, mode=0o700)
        self.directory.profile.write_text(dump_profile(parse_profile(PROFILE)))
        self.directory.log.touch()
        self.directory.telemetry.touch()
        self._lock = RunLock(self.directory)
        assert self._lock.acquire()
        self.tell(events)

    def tell(self, events: Sequence[Event]) -> None:
        """More events, each into the file where a supervisor puts it."""
        for event in events:
            if isinstance(event, LogEvent):
                self.print(event.text.encode() + b"\n")
            elif isinstance(event, TelemetryEvent):
                with self.directory.telemetry.open("a") as file:
                    file.write(event.to_json() + "\n")
            else:
                with self.directory.journal.open("ab") as file:
                    file.write(encode_record(event))

    def print(self, data: bytes) -> None:
        """The job's output, as bytes."""
        with self.directory.log.open("ab") as file:
            file.write(data)

    @property
    def command(self) -> list[str]:
        return [str(INSTALLED), "attach", self.directory.run]

    def shown(self, home: Path, **more: object) -> contextlib.AbstractContextManager[Terminal]:
        """The installed program's live screen of this run on a terminal."""
        return terminal(self.command, home, UNITRAINER_HOME=str(self.home), **more)

    def close(self) -> None:
        self._lock.release()
