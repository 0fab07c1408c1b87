"""What the preflight wants to know of the machine."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from typing import Any

from .places import boot_id


def gather() -> dict[str, Any]:
    home = os.path.expanduser("~")
    room = os.statvfs(home)
    gpus, driver = _gpus()
    return {
        "home": home,
        "boot_id": boot_id(),
        "python": platform.python_version(),
        "uv": find_uv(),
        "gpus": gpus,
        "driver": driver,
        "disk_free": room.f_bavail * room.f_frsize,
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "cpus": len(os.sched_getaffinity(0)),
        "system": f"{_distribution()} {platform.machine()}".strip(),
    }


def find_uv() -> str | None:
    """A session that is no login has no ~/.local/bin on its PATH, where uv installs itself."""
    home = os.path.expanduser("~")
    places = [os.path.join(home, part) for part in (".local/bin", ".cargo/bin", "training/tools/uv/bin")]
    return shutil.which("uv") or shutil.which("uv", path=os.pathsep.join(places))


def _gpus() -> tuple[list[str], str | None]:
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        # The first call on a machine without persistence mode loads the driver, which takes seconds.
        done = subprocess.run(query, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return [], None
    if done.returncode != 0:
        return [], None
    rows = [
        [cell.strip() for cell in line.split(",")]
        for line in done.stdout.decode("utf-8", "replace").splitlines()
        if "," in line
    ]
    return [row[0] for row in rows], (rows[0][1] if rows else None)


def _distribution() -> str:
    try:
        with open("/etc/os-release", encoding="utf-8") as file:
            for line in file:
                if line.startswith("PRETTY_NAME="):
                    return line.partition("=")[2].strip().strip('"')
    except OSError:
        pass
    return platform.system()
