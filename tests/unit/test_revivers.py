"""A timer or cron that looks after open runs: what is written, and what of the user's stays as it is."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from unitrainer_tui.cli.doctor import shield
from unitrainer_tui.errors import UsageProblem
from unitrainer_tui.supervisor import revivers

# A crontab program that keeps the table in a file, as cron's own keeps it in its spool.
CRONTAB = """#!/bin/sh
case "$1" in
-l) cat "$CRON_SPOOL" 2>/dev/null || { echo "no crontab for you" >&2; exit 1; } ;;
-) cat > "$CRON_SPOOL" ;;
esac
"""
SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$SYSTEMD_LOG"
"""


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts programs of these texts on an otherwise nearly empty PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("CRON_SPOOL", str(tmp_path / "spool"))
    monkeypatch.setenv("SYSTEMD_LOG", str(tmp_path / "systemd.log"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(revivers.shutil, "which", lambda name: str(folder / name) if (folder / name).exists() else None)

    def put(**texts: str) -> None:
        for name, text in texts.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)

    return put


def test_cron_gets_two_lines_and_keeps_those_of_the_user(tmp_path: Path, tools):
    tools(crontab=CRONTAB)
    spool = tmp_path / "spool"
    spool.write_text("5 4 * * * backup\n# a remark\n")
    found = revivers.install(tmp_path, str(tmp_path / "a home"))
    assert (found.kind, found.lasting) == ("cron", True)
    revivers.install(tmp_path, str(tmp_path / "a home"))  # twice changes nothing
    lines = spool.read_text().splitlines()
    assert lines[:2] == ["5 4 * * * backup", "# a remark"]
    assert len(lines) == 4
    assert lines[2].startswith("* * * * * env ") and lines[3].startswith("@reboot env ")
    command = lines[2].removeprefix("* * * * * ").split(" >/dev/null")[0]
    words = ["env", f"UNITRAINER_HOME={tmp_path / 'a home'}", sys.executable, "-m", "unitrainer_tui", "reconcile"]
    assert shlex.split(command) == words
    assert revivers.remove(tmp_path)
    assert spool.read_text() == "5 4 * * * backup\n# a remark\n"
    assert not revivers.remove(tmp_path)


def test_the_line_of_cron_really_runs_reconcile(tmp_path: Path):
    command = revivers.cron_lines(revivers._command(str(tmp_path / "home")))[0].removeprefix("* * * * * ")
    done = subprocess.run(["sh", "-c", command], check=False)
    assert done.returncode == 0


def test_systemd_is_taken_where_it_answers(tmp_path: Path, tools):
    tools(systemctl=SYSTEMCTL, crontab=CRONTAB)
    found = revivers.install(tmp_path, None)
    assert found.kind == "systemd"
    folder = tmp_path / ".config/systemd/user"
    timer, service = (folder / f"{revivers.UNIT}.{kind}" for kind in ("timer", "service"))
    assert "OnUnitActiveSec=60s" in timer.read_text()
    assert f'ExecStart="{sys.executable}" "-m" "unitrainer_tui" "reconcile"' in service.read_text()
    assert "KillMode=process" in service.read_text(), "the supervisors that it starts outlive it"
    assert f"--user enable --now {revivers.UNIT}.timer" in (tmp_path / "systemd.log").read_text()
    assert not (tmp_path / "spool").exists()
    assert revivers.remove(tmp_path)
    assert not timer.exists() and not service.exists()


def test_signs_that_systemd_would_read_are_escaped():
    text = revivers.service_text(["python"], '/home/50%/a"b')
    assert 'Environment="UNITRAINER_HOME=/home/50%%/a\\"b"' in text


def test_where_neither_is_there_that_is_said(tmp_path: Path, tools):
    with pytest.raises(UsageProblem, match="Neither systemd's user instance nor cron is here"):
        revivers.install(tmp_path, None)
    assert revivers.installed(tmp_path) is None


def test_a_reviver_without_the_key_is_called_what_it_is():
    timer = revivers.Reviver("cron", True, "cron, every minute and at boot")
    assert dict(shield(timer, "file"))["revived by"] == "cron, every minute and at boot"
    assert dict(shield(timer, "environment"))["revived by"].startswith("this shell only")
    assert "next start" in dict(shield(None, None))["revived by"]
    assert "guard PROFILE" in dict(shield(None, None))["guard"]
