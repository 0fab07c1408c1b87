"""Looks at the machine every few seconds: GPUs, processors, memory, disk. One JSON line a look.

The file is only ever appended to, so that readers can keep an offset. It stays small because the pause between two
looks doubles each time another 4 MiB are full.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from datetime import datetime, timezone
from typing import Any

PAUSE = 2.0
STEP = 4 << 20
LIMIT = 48 << 20

_COLUMNS = (
    ("utilization", "utilization.gpu"),
    ("memory_used", "memory.used"),
    ("memory_total", "memory.total"),
    ("temperature", "temperature.gpu"),
    ("power", "power.draw"),
)


def watch(folder: str, parent: int) -> None:
    """Appends to `telemetry.jsonl` in the folder until the parent process is gone or the file is full."""
    before = _processor_time()
    gpus_there = True
    with open(os.path.join(folder, "telemetry.jsonl"), "ab", buffering=0) as file:
        while os.getppid() == parent and file.tell() < LIMIT:
            gpus = _gpus() if gpus_there else []
            gpus_there = gpus is not None
            now = _processor_time()
            record = {
                "kind": "telemetry",
                "at": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "gpus": gpus or [],
                "cpu": _busy(before, now),
                "memory": _memory(),
                "disk_free": _disk_free(folder),
            }
            before = now
            try:
                file.write(json.dumps(record).encode("ascii") + b"\n")
            except OSError:
                pass  # a full disk is the job's trouble, told by the job
            time.sleep(PAUSE * 2 ** (file.tell() // STEP))


def _gpus() -> list[dict[str, Any]] | None:
    """None where there is no nvidia-smi, which is then not asked again."""
    fields = ",".join(["index", *(query for _, query in _COLUMNS), "name"])
    query = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(
            query, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=10, check=False
        )
    except FileNotFoundError:
        return None
    except (OSError, subprocess.TimeoutExpired):
        return []
    return parse_gpus(done.stdout.decode("utf-8", "replace"))


def parse_gpus(table: str) -> list[dict[str, Any]]:
    """One GPU a line. What a card does not tell ("[N/A]", "[Not Supported]") becomes None."""
    gpus = []
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split(",", len(_COLUMNS) + 1)]
        if len(cells) != len(_COLUMNS) + 2 or not cells[0].isdigit():
            continue
        gpu: dict[str, Any] = {"index": int(cells[0]), "name": cells[-1]}
        for (name, _), cell in zip(_COLUMNS, cells[1:-1]):
            gpu[name] = _number(cell)
        gpus.append(gpu)
    return gpus


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _processor_time() -> tuple[float, float]:
    """(busy, all) in ticks since the machine started."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            ticks = [float(field) for field in file.readline().split()[1:9]]
    except (OSError, ValueError):
        return 0.0, 0.0
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def _busy(before: tuple[float, float], now: tuple[float, float]) -> float | None:
    passed = now[1] - before[1]
    return round(100 * (now[0] - before[0]) / passed, 1) if passed > 0 else None


def _memory() -> float | None:
    sizes = {}
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                name, _, rest = line.partition(":")
                sizes[name] = float(rest.split()[0])
        return round(100 * (1 - sizes["MemAvailable"] / sizes["MemTotal"]), 1)
    except (OSError, KeyError, ValueError, IndexError):
        return None


def _disk_free(folder: str) -> int | None:
    try:
        room = os.statvfs(folder)
    except OSError:
        return None
    return room.f_bavail * room.f_frsize
