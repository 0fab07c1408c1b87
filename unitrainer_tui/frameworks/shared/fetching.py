"""Weights that are there before training: found in a folder that all runs share, or brought there.

A download runs in a process of its own and is given up when nothing of it arrives any more: some libraries try on for
many minutes where there is no internet, at the price of the machine. Standard library only.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

QUIET_S = 45.0
"""So long nothing may arrive, seconds; loading the library that downloads is part of it."""
LONGEST_S = 1800.0
"""A download that trickles on is given up after so many seconds: the machine is paid for meanwhile."""


def whole(path: Path) -> bool:
    """Whether a file of weights is there and looks like what it is: PyTorch's files are ZIP archives or, old ones,
    pickles; a safetensors file begins with the length of its header."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(9)
    except OSError:
        return False
    if path.suffix == ".safetensors":
        return len(head) == 9 and head[8:] == b"{" and int.from_bytes(head[:8], "little") < size
    return zipfile.is_zipfile(path) or head[:1] == b"\x80"


def take(part: Path, to: Path) -> None:
    """Puts a file that has arrived in its place: on the disk, then renamed."""
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(to)


def watched(
    argv: Sequence[str],
    folder: Path,
    environment: dict[str, str],
    quiet_s: float = QUIET_S,
    longest_s: float = LONGEST_S,
) -> tuple[int, str]:
    """Runs a command that downloads into `folder`. Its exit code, None's place taken by 124 when it was ended because
    nothing arrived or not all of it in time, and the last line that it wrote. What it started ends with it."""
    said = folder / "said.txt"
    with said.open("wb") as stream:
        child = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,  # libraries leave the download to curl, which would go on alone
        )
    began = time.monotonic()
    held, since = -1, began
    try:
        while child.poll() is None:
            now = _bytes(folder, but=said)
            if now != held:
                held, since = now, time.monotonic()
            if time.monotonic() - since > quiet_s:
                return 124, f"nothing arrived in {quiet_s:.0f} seconds"
            if time.monotonic() - began > longest_s:
                return 124, f"not all of it arrived in {longest_s:.0f} seconds"
            time.sleep(0.2)
    finally:
        _end(child)
    lines = said.read_text(encoding="utf-8", errors="replace").replace("\r", "\n").split("\n")
    spoken = [line.strip() for line in lines if line.strip()]
    return child.returncode, spoken[-1] if spoken else ""


def _end(child: subprocess.Popen[bytes]) -> None:
    """With all that it has started: a process group keeps its number while anything of it lives."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    child.wait()


def _bytes(folder: Path, but: Path) -> int:
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            path = Path(place, name)
            if path != but:
                try:
                    total += path.stat().st_size
                except OSError:  # renamed meanwhile
                    pass
    return total
