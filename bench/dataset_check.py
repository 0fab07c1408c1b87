"""Checks a YOLO dataset of 100,000 pictures and 100,000 labels beside the plainest passes over the same files.

In turns: `os.walk` with a stat of each file; the same with a read of each file; `find` with `wc`; this program's check,
in a process of its own, with its peak memory. The page cache is warm for all.

    python bench/dataset_check.py [--images 100000] [--rounds 3] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OBJECTS = 4
FOLDERS = 10

CHECK = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
from unitrainer_tui.datasets.check import check_dataset
from pathlib import Path
started = time.perf_counter()
report = check_dataset(Path(sys.argv[2]), "yolo")
seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": seconds, "peak": peak, "faults": report.faults, "notes": report.notes}))
"""


def make_dataset(folder: Path, images: int) -> None:
    """Noise in JPEGs of some 2 kB, nine in ten for training, each with a label of a few boxes."""
    from PIL import Image

    chance = random.Random(7)
    for number in range(images):
        split = "val" if number % 10 == 0 else "train"
        part = f"{split}/part{number // 10 % FOLDERS}"
        picture, label = folder / f"images/{part}/{number:06}.jpg", folder / f"labels/{part}/{number:06}.txt"
        if number < 20 * FOLDERS:
            picture.parent.mkdir(parents=True, exist_ok=True)
            label.parent.mkdir(parents=True, exist_ok=True)
        Image.frombytes("RGB", (48, 48), chance.randbytes(48 * 48 * 3)).save(picture)
        label.write_text(
            "".join(
                f"{chance.randrange(5)} {chance.uniform(0.3, 0.7):.6f} {chance.uniform(0.3, 0.7):.6f} 0.2 0.25\n"
                for _ in range(OBJECTS)
            )
        )
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [a, b, c, d, e]\n")


def ours(data: Path) -> tuple[float, int]:
    done = subprocess.run([sys.executable, "-c", CHECK, ROOT, data], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    if told["faults"]:
        sys.exit(f"the made dataset must be clean: {told['faults'][:3]}")
    return told["seconds"], told["peak"]


def by_walk(data: Path, *, read: bool) -> float:
    started = time.perf_counter()
    for folder, _, names in os.walk(data):
        for name in names:
            path = f"{folder}/{name}"
            os.stat(path)
            if read:
                with open(path, "rb") as file:
                    file.read()
    return time.perf_counter() - started


def by_find(data: Path) -> float:
    started = time.perf_counter()
    subprocess.run(
        f"find '{data}' -type f -print0 | wc -c --files0-from=- | tail -n 1", shell=True, check=True, stdout=-3
    )
    return time.perf_counter() - started


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--images", type=int, default=100_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--keep", type=Path, help="make the dataset here and leave it, or use the one that is here")
    said = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = said.keep or Path(scratch) / "data"
        if not (data / "data.yaml").exists():
            print(f"making {said.images:,} pictures and as many labels in {data} ...", flush=True)
            make_dataset(data, said.images)
        times: dict[str, list[float]] = {"walk + stat": [], "walk + stat + read": [], "find | wc": [], "check": []}
        peaks = []
        for _ in range(said.rounds):
            times["walk + stat"].append(by_walk(data, read=False))
            times["walk + stat + read"].append(by_walk(data, read=True))
            times["find | wc"].append(by_find(data))
            seconds, peak = ours(data)
            times["check"].append(seconds)
            peaks.append(peak)
    usual = {name: statistics.median(measured) for name, measured in times.items()}
    print(f"{'':20}{'seconds':>10}{'check is':>12}")
    for name, seconds in usual.items():
        print(f"{name:20}{seconds:10.2f}{usual['check'] / seconds:11.1f}×")
    print(f"peak memory of the check: {max(peaks) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
