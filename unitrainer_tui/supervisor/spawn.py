"""Starting a supervisor that outlives its starter: a user service where the user lingers, else its own session."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from pathlib import Path

from unitrainer_tui.runs.directory import RunDirectory

# What a supervisor needs of the environment beside what a user service has anyway. The values stay in the
# environment: only the names stand on a command line.
PASSED_ON = ("UNITRAINER_HOME", "CANOPYWAVE_API_KEY", "CANOPYWAVE_API_URL", "PATH", "SSL_CERT_FILE", "SSH_AUTH_SOCK")


def spawn_supervisor(directory: RunDirectory, env_from: tuple[str, ...] = ()) -> None:
    """Starts the run's supervisor, detached from this terminal and process group."""
    command = [sys.executable, "-m", "unitrainer_tui.supervisor.process", str(directory.path)]
    if user_service_available():
        names = [name for name in (*PASSED_ON, *env_from) if name in os.environ]
        service = [
            "systemd-run",
            "--user",
            "--quiet",
            "--collect",
            f"--unit=unitrainer-{directory.run}-{os.getpid()}",
            *[f"--setenv={name}" for name in names],
            "--",
            *command,
        ]
        done = subprocess.run(service, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode == 0:
            return
    subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
        close_fds=True,
    )


def user_service_available() -> bool:
    """Whether a service of the user's goes on after the last logout (loginctl enable-linger)."""
    return bool(
        os.environ.get("XDG_RUNTIME_DIR")
        and shutil.which("systemd-run")
        and Path("/var/lib/systemd/linger", getpass.getuser()).exists()
    )
