"""What starts the program again when nobody does: a timer of systemd's user instance, else cron.

Both run `reconcile` every minute and after a boot. They have no part of a shell's environment, so an API key that is
only there is of no use to them.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unitrainer_tui.errors import UsageProblem

UNIT = "unitrainer-tui-reconcile"
MARK = "# unitrainer-tui reconcile"


@dataclass(frozen=True)
class Reviver:
    """`kind` is systemd or cron. `lasting`: it also works after the last logout and after a boot."""

    kind: str
    lasting: bool
    words: str


def installed(home: Path) -> Reviver | None:
    """The reviver that is there now. `home` is the user's home directory."""
    if (_units(home) / f"{UNIT}.timer").exists() and _says(["systemctl", "--user", "is-enabled", f"{UNIT}.timer"]):
        lasting = _lingers()
        words = "a systemd timer of yours, every minute"
        if not lasting:
            words += ", while you are logged in (loginctl enable-linger makes it last)"
        return Reviver("systemd", lasting, words)
    if MARK in (_crontab() or ""):
        return Reviver("cron", True, "cron, every minute and at boot")
    return None


def install(home: Path, unitrainer_home: str | None) -> Reviver:
    """Sets one up, the better one that works here. Raises UsageProblem where neither does."""
    command = _command(unitrainer_home)
    if _says(["systemctl", "--user", "show-environment"]):
        folder = _units(home)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{UNIT}.service").write_text(service_text(command, unitrainer_home), encoding="utf-8")
        (folder / f"{UNIT}.timer").write_text(TIMER, encoding="utf-8")
        for words in (["daemon-reload"], ["enable", "--now", f"{UNIT}.timer"]):
            _run(["systemctl", "--user", *words])
    elif (table := _crontab()) is not None:
        _run(["crontab", "-"], with_marked(table, cron_lines(command)))
    else:
        raise UsageProblem(
            "Neither systemd's user instance nor cron is here, so nothing can start the program by itself.",
            "Install cron, or run `unitrainer-tui reconcile` from whatever starts things on this machine.",
        )
    found = installed(home)
    if found is None:
        raise UsageProblem("The reviver was set up and is not there.", "Look at: systemctl --user status, crontab -l")
    return found


def remove(home: Path) -> bool:
    """Takes away what `install` set up. Whether there was any."""
    had = False
    if (timer := _units(home) / f"{UNIT}.timer").exists():
        had = True
        _says(["systemctl", "--user", "disable", "--now", f"{UNIT}.timer"])
        timer.unlink()
        (_units(home) / f"{UNIT}.service").unlink(missing_ok=True)
        _says(["systemctl", "--user", "daemon-reload"])
    if MARK in (table := _crontab() or ""):
        had = True
        _run(["crontab", "-"], with_marked(table, []))
    return had


TIMER = f"""[Unit]
Description=Looks after the runs of unitrainer-tui

[Timer]
OnBootSec=30s
OnUnitActiveSec=60s
AccuracySec=5s

[Install]
WantedBy=timers.target
# {UNIT}
"""


def service_text(command: Sequence[str], unitrainer_home: str | None) -> str:
    """The unit that the timer starts. A percent sign is systemd's own."""
    environment = f'Environment="UNITRAINER_HOME={_for_unit(unitrainer_home)}"\n' if unitrainer_home else ""
    words = " ".join(f'"{_for_unit(word)}"' for word in command)
    # The supervisors that it starts outlive it.
    return f"""[Unit]
Description=Gives every open run of unitrainer-tui a supervisor

[Service]
Type=oneshot
KillMode=process
{environment}ExecStart={words}
"""


def _for_unit(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")


def cron_lines(command: Sequence[str]) -> list[str]:
    """Two lines of a crontab. A percent sign is cron's line break there."""
    words = " ".join(shlex.quote(word) for word in command).replace("%", "\\%")
    return [f"* * * * * {words} >/dev/null 2>&1 {MARK}", f"@reboot {words} >/dev/null 2>&1 {MARK}"]


def with_marked(table: str, lines: Sequence[str]) -> str:
    """The crontab with our lines in place of those that were there before; all others stay as they are."""
    kept = [line for line in table.splitlines() if not line.endswith(MARK)]
    return "".join(f"{line}\n" for line in [*kept, *lines])


def _command(unitrainer_home: str | None) -> list[str]:
    words = [sys.executable, "-m", "unitrainer_tui", "reconcile"]
    return ["env", f"UNITRAINER_HOME={unitrainer_home}", *words] if unitrainer_home else words


def _units(home: Path) -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "systemd" / "user"


def _lingers() -> bool:
    from unitrainer_tui.supervisor.spawn import user_service_available

    return user_service_available()


def _crontab() -> str | None:
    """The user's crontab, empty where there is none yet; None where there is no cron."""
    if shutil.which("crontab") is None:
        return None
    done = subprocess.run(["crontab", "-l"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def _says(words: Sequence[str]) -> bool:
    if shutil.which(words[0]) is None:
        return False
    try:
        return (
            subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False).returncode
            == 0
        )
    except subprocess.TimeoutExpired:
        return False


def _run(words: Sequence[str], text: str | None = None) -> None:
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[:200]
        raise UsageProblem(f"{' '.join(words[:3])} failed: {said or done.returncode}.", "Nothing else was changed.")
