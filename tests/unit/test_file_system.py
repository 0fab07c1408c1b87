"""Where locks may not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from unitrainer_tui.runs import file_system
from unitrainer_tui.runs.file_system import kind_of, lost_guarantee

# As Linux prints it: optional fields before the dash, spaces as \040.
MOUNTS = """22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:26 / /home rw,nosuid shared:14 master:2 - nfs4 server:/export/home rw,vers=4.2
41 30 0:40 / /home/ada/my\\040disk rw - xfs /dev/sdb1 rw
42 22 0:41 / /mnt/box rw - fuse.sshfs ada@box: rw
43 22 0:42 / /mnt/box rw - tmpfs none rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/x", "ext4"),
        ("/home/ada/.local/state", "nfs4"),
        ("/home", "nfs4"),
        ("/homeless", "ext4"),
        ("/home/ada/my disk/runs", "xfs"),
        ("/mnt/box/a", "tmpfs"),
    ],
)
def test_the_mount_nearest_above_counts_and_the_last_of_two(path: str, kind: str):
    assert kind_of(Path(path), MOUNTS) == kind


def test_row_05_a_network_file_system_is_named_with_what_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    table = tmp_path / "mountinfo"
    table.write_text(f"1 0 254:0 / / rw - ext4 a rw\n2 1 0:26 / {tmp_path} rw - nfs4 s:/e rw\n")
    monkeypatch.setattr(file_system, "MOUNTS", table)
    said = lost_guarantee(tmp_path / "state")
    assert said is not None
    assert "network file system (nfs4)" in said
    assert "two supervisors" in said
    assert lost_guarantee(Path("/")) is None


def test_where_nobody_can_tell_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(file_system, "MOUNTS", tmp_path / "none")
    assert lost_guarantee(tmp_path) is None


def test_the_kernel_s_own_table_is_read():
    assert kind_of(Path("/proc/self"), file_system.MOUNTS.read_text()) == "proc"
