"""What kind of file system a path lies on, out of the kernel's own table (proc(5), mountinfo)."""

from __future__ import annotations

import os
import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
# Their locks are an agreement between machines that may be broken, or hold on this machine alone.
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "9p", "ncpfs"}
    | {"fuse.sshfs", "fuse.s3fs", "fuse.glusterfs", "fuse.rclone", "fuse.gcsfuse", "fuse.ceph"}
)


def kind_of(path: Path, mounts: str) -> str | None:
    """The file system's type: that of the longest mount point above the path, the last mounted where two are there."""
    wanted, best, kind = os.fspath(path), "", None
    for line in mounts.splitlines():
        fields = line.split(" ")
        if "-" not in fields[6:]:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[4])
        below = wanted == point or wanted.startswith(point if point.endswith("/") else f"{point}/")
        if below and len(point) >= len(best):
            best, kind = point, fields[fields.index("-", 6) + 1]
    return kind


def network_kind(path: Path) -> str | None:
    """The type where the path lies on a network file system; None where it does not, or nobody can tell."""
    try:
        kind = kind_of(path.resolve(), MOUNTS.read_text("utf-8", "replace"))
    except OSError:
        return None
    return kind if kind in NETWORK else None


def lost_guarantee(path: Path) -> str | None:
    """The sentence about what does not hold there."""
    kind = network_kind(path)
    if kind is None:
        return None
    return (
        f"{path} is on a network file system ({kind}): locks there may not hold between machines, so two supervisors "
        "could own one run. Set UNITRAINER_HOME to a local disk."
    )
