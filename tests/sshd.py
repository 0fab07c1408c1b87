"""A real OpenSSH sshd for the tests: on a free loopback port, as the current user, with throw-away keys and a home
folder of its own."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from unitrainer_tui.ports import HostTarget


@dataclass
class Sshd:
    """`home` is what `~` means to the commands that run there; `home/bin` comes first on their PATH. No package index
    is reached from there."""

    port: int
    user: str
    home: Path
    client_key: Path
    folder: Path
    process: subprocess.Popen[bytes]

    def target(self, **changes: object) -> HostTarget:
        """How to reach it; each target has a known_hosts file that the first connection makes."""
        values: dict[str, object] = {
            "address": "127.0.0.1",
            "port": self.port,
            "user": self.user,
            "private_key": self.client_key,
            "known_hosts": self.folder / "known_hosts",
        }
        values.update(changes)
        return HostTarget(**values)  # type: ignore[arg-type]

    def run_folder(self, run: str) -> Path:
        return self.home / "training" / "runs" / run


def sshd_path() -> str | None:
    return shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_sshd(folder: Path) -> Sshd:
    """Starts one in an empty folder; `stop_sshd` ends it."""
    program = sshd_path()
    assert program is not None
    home = folder / "home"
    (home / "bin").mkdir(parents=True)
    # Another interpreter on the host's side: the oldest that must work there is 3.8.
    if other := os.environ.get("UNITRAINER_TEST_HOST_PYTHON"):
        (home / "bin/python3").symlink_to(other)
    user = pwd.getpwuid(os.getuid()).pw_name
    for name in ("host_key", "client_key"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(folder / name)
        (folder / name).chmod(0o600)
        key.write_public_key(folder / f"{name}.pub")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd started as root insists on it
    port = free_port()
    config = folder / "sshd_config"
    config.write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host_key\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/client_key.pub\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        f"StrictModes no\nUsePAM no\nPermitRootLogin yes\nMaxStartups 100\nLogLevel ERROR\n"
        f"Subsystem sftp internal-sftp\nSetEnv HOME={home} PIP_NO_INDEX=1 UV_OFFLINE=1 "
        f"PATH={home}/bin:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin\n"
    )
    process = subprocess.Popen(
        [program, "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stderr=(folder / "sshd.log").open("wb")
    )
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return Sshd(port, user, home, folder / "client_key", folder, process)
        if process.poll() is not None:
            break
        time.sleep(0.02)
    stop_process(process)
    raise RuntimeError(f"sshd did not start: {(folder / 'sshd.log').read_text()}")


def stop_process(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    if sshd_path() is None:
        pytest.skip("OpenSSH's sshd is not installed (on Debian: apt-get install openssh-server)")
    server = start_sshd(tmp_path_factory.mktemp("sshd"))
    try:
        yield server
    finally:
        stop_process(server.process)
        end_tasks(server.home)


def end_tasks(home: Path) -> None:
    """Ends what a test left detached: every process whose program file or working folder is below the home."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes()
            where = str((entry / "cwd").readlink())
        except OSError:
            continue
        if os.fsencode(home) in words or where.startswith(str(home)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(entry.name), 9)
