"""A run's directory: which file is where, who owns it, how it is made. `state/runs/<run-id>/`."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from unitrainer_tui.runs.journal import sync_directory

# A Unix socket's path may be 107 bytes long (sun_path, unix(7)).
SOCKET_PATH_LIMIT = 100
LOOK_AGAIN_SECONDS = 0.02


@dataclass(frozen=True)
class RunDirectory:
    path: Path

    @property
    def run(self) -> str:
        return self.path.name

    @property
    def profile(self) -> Path:
        return self.path / "profile.toml"

    @property
    def journal(self) -> Path:
        return self.path / "journal.jsonl"

    @property
    def log(self) -> Path:
        return self.path / "log.raw"

    def node_log(self, node: int) -> Path:
        """The job's output on one of several machines; node 0's is `log`."""
        return self.path / f"log-node{node}.raw" if node else self.log

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def telemetry(self) -> Path:
        return self.path / "telemetry.jsonl"

    @property
    def known_hosts(self) -> Path:
        return self.path / "known_hosts"

    def node_known_hosts(self, node: int) -> Path:
        """The pinned host key of one of several machines; node 0's is in `known_hosts`."""
        return self.path / f"known_hosts-node{node}" if node else self.known_hosts

    @property
    def key(self) -> Path:
        return self.path / "key"

    @property
    def password(self) -> Path:
        return self.path / "password"

    @property
    def lock(self) -> Path:
        return self.path / "run.lock"

    @property
    def viewers(self) -> Path:
        return self.path / "viewers.lock"

    @property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    @property
    def origin(self) -> Path:
        return self.path / "start.json"

    @property
    def environment(self) -> Path:
        """The versions of what is installed on the machine."""
        return self.path / "environment.json"

    @property
    def work(self) -> Path:
        return self.path / "work.json"

    @property
    def checkpoint(self) -> Path:
        """What an earlier run left for this one to go on from; not there for a run that begins anew."""
        return self.path / "checkpoint"

    @property
    def smoke(self) -> Path:
        """The small dataset of a rehearsal."""
        return self.path / "smoke"

    @property
    def supervisor_log(self) -> Path:
        return self.path / "supervisor.log"

    @property
    def socket(self) -> Path:
        """In the directory, or at a short private path where that one is too long for a socket."""
        path = self.path / "control.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
            return path
        base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        return Path(base) / f"unitrainer-{os.getuid()}" / f"{self.run}.sock"

    def create(self) -> None:
        """Makes the directory, readable by the user alone. Raises FileExistsError."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.mkdir(mode=0o700)
        sync_directory(self.path.parent)


class RunLock:
    """Ownership of a run: an flock that the kernel drops with the process, never a PID file."""

    def __init__(self, directory: RunDirectory) -> None:
        self._path = directory.lock
        self._fd: int | None = None

    def acquire(self, patience_s: float = 0.0) -> bool:
        """False when another process owns the run, and still does after `patience_s` seconds: who only looks whether
        there is an owner holds the lock for an instant too. Blocks for so long."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        end = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < end:
                    time.sleep(LOOK_AGAIN_SECONDS)
                    continue
                os.close(fd)
                return False
            self._fd = fd
            return True

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


@contextmanager
def watching(directory: RunDirectory) -> Iterator[None]:
    """Marks the run as looked at, by a lock that the kernel drops with the process. A run directory that cannot be
    written (a full disk) is looked at all the same."""
    try:
        fd = os.open(directory.viewers, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # the supervisor looks whether anybody does, at this very moment
        yield
    finally:
        os.close(fd)


def is_watched(directory: RunDirectory) -> bool:
    """Whether any process follows the run."""
    try:
        fd = os.open(directory.viewers, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def is_owned(directory: RunDirectory) -> bool:
    """Whether a live process holds the run's lock. Leaves no lock behind."""
    try:
        fd = os.open(directory.lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # A shared lock: two lookers never make each other believe in an owner.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
