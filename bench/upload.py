"""Uploads 4,001 files of 200 MB over a simulated link of 50 ms and 200 Mbit/s to a real sshd.

This program's upload beside `tar | ssh tar x` and `rsync -a`, one after the other in one run, the connection included.

    make bench                  (or: python bench/upload.py --rounds 3)
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.sshd import Sshd, sshd_path, start_sshd, stop_process
from tests.wire.remote_case import RealClock
from unitrainer_tui.datasets.manifest import build_manifest
from unitrainer_tui.ports import HostTarget
from unitrainer_tui.remote import SshConnector

SMALL = 4000
SIZE = 200_000_000
LARGEST = 20_000_000
CIPHER = "aes128-gcm@openssh.com"


def make_files(folder: Path) -> None:
    """4,000 files of 45 kB in 40 folders and one of 20 MB; random bytes, as images are: nothing shrinks."""
    source = random.Random(7)
    each = (SIZE - LARGEST) // SMALL
    for number in range(SMALL):
        place = folder / f"part{number % 40:02d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"image{number:05d}.jpg").write_bytes(source.randbytes(each))
    (folder / "weights.bin").write_bytes(source.randbytes(LARGEST))


def ours(data: Path, sshd: Sshd, port: int, number: int) -> float:
    """Connection, stream, verification on the host. Hashing comes before: in a real run it overlaps with the boot."""
    manifest = build_manifest(data)

    async def go() -> float:
        started = time.perf_counter()
        target = HostTarget(
            "127.0.0.1", port, sshd.user, private_key=sshd.client_key, known_hosts=sshd.folder / f"known-{number}"
        )
        host = await SshConnector(RealClock()).connect(target)
        await host.upload_dataset(f"bench-{number}", manifest, lambda _: None)
        seconds = time.perf_counter() - started
        await host.close()
        return seconds

    seconds = asyncio.run(go())
    shutil.rmtree(sshd.home / "training" / "cache")
    return seconds


def _ssh(sshd: Sshd, port: int) -> list[str]:
    return [
        *("ssh", "-F", "none", "-p", str(port), "-i", str(sshd.client_key), "-l", sshd.user, "-c", CIPHER),
        *("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR"),
        *("-o", f"UserKnownHostsFile={sshd.folder}/known-ssh", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"),
    ]


def by_tar(data: Path, sshd: Sshd, port: int, number: int) -> float:
    target = sshd.home / f"tar-{number}"
    target.mkdir()
    started = time.perf_counter()
    with subprocess.Popen(["tar", "-C", str(data), "-cf", "-", "."], stdout=subprocess.PIPE) as packing:
        subprocess.run([*_ssh(sshd, port), "127.0.0.1", f"tar xf - -C {target}"], stdin=packing.stdout, check=True)
    seconds = time.perf_counter() - started
    shutil.rmtree(target)
    return seconds


def by_rsync(data: Path, sshd: Sshd, port: int, number: int) -> float:
    target = sshd.home / f"rsync-{number}"
    started = time.perf_counter()
    subprocess.run(["rsync", "-a", "-e", " ".join(_ssh(sshd, port)), f"{data}/", f"127.0.0.1:{target}/"], check=True)
    seconds = time.perf_counter() - started
    shutil.rmtree(target)
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rtt-ms", type=float, default=50)
    parser.add_argument("--mbit", type=float, default=200)
    given = parser.parse_args()
    if sshd_path() is None:
        print("OpenSSH's sshd is not installed, so there is nothing to upload to (apt-get install openssh-server).")
        return 1
    ways: dict[str, Callable[[Path, Sshd, int, int], float]] = {"unitrainer-tui": ours, "tar | ssh tar x": by_tar}
    if shutil.which("rsync"):
        ways["rsync -a"] = by_rsync
    else:
        print("rsync is not installed: left out.")
    with tempfile.TemporaryDirectory(prefix="unitrainer-bench-") as base:
        measure(Path(base), ways, given.rounds, given.rtt_ms, given.mbit)
    return 0


def measure(
    base: Path, ways: dict[str, Callable[[Path, Sshd, int, int], float]], rounds: int, rtt_ms: float, mbit: float
) -> None:
    data = base / "data"
    make_files(data)
    started = time.perf_counter()
    build_manifest(data)
    print(f"{SMALL + 1} files, {SIZE / 1e6:.0f} MB, {rtt_ms:.0f} ms, {mbit:.0f} Mbit/s")
    print(f"the link alone takes {SIZE * 8 / mbit / 1e6:.1f} s; hashing (while the instance boots) ", end="")
    print(f"{time.perf_counter() - started:.1f} s", flush=True)
    sshd = start_sshd(base / "sshd")
    link = subprocess.Popen(
        [sys.executable, "-m", "tests.wan", "--to", str(sshd.port), "--rtt-ms", str(rtt_ms), "--mbit", str(mbit)],
        cwd=Path(__file__).resolve().parent.parent,
        stdout=subprocess.PIPE,
    )
    try:
        assert link.stdout is not None
        port = int(link.stdout.readline())
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(rounds):
            for name, way in ways.items():
                os.sync()
                seconds[name].append(way(data, sshd, port, number))
                print(f"  round {number + 1}  {name:16} {seconds[name][-1]:6.2f} s", flush=True)
    finally:
        stop_process(link)
        stop_process(sshd.process)
    best = statistics.median(seconds["unitrainer-tui"])
    print("median:")
    for name, taken in seconds.items():
        middle = statistics.median(taken)
        print(f"  {name:16} {middle:6.2f} s   {middle / best:5.2f} of ours")


if __name__ == "__main__":
    sys.exit(main())
