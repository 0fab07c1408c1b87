"""The SSH server of one rented host: logins, commands, SFTP.

The user is `ubuntu`; the password is the launch password, the key the registered one. Commands run by `bash -c` in
the host's home under its init; relative SFTP paths start there, absolute ones are this machine's.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import posixpath
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import asyncssh

from unitrainer_tui.sandbox.processes import Command, Ended, HostProcesses

USER = "ubuntu"
CIPHERS = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr")
WINDOW = 8 << 20
PACKET = 128 << 10
PIPE = 1 << 20
CHUNK = 256 << 10

_PASSED_ON = ("PIP_", "UV_", "SSL_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_REFUSAL = """#!/bin/sh
echo "{name}: this machine is lent by the embedded cloud; nothing is installed on it as root" >&2
exit 1
"""


def host_environment(
    home: Path, shims: Path, environment: Mapping[str, str], python: Path | None = None
) -> dict[str, str]:
    """A clean login's environment. Of `environment` only what package managers need to reach their registry is kept.

    `python` is the interpreter that "the image has", by default the one that runs this cloud.
    """
    kept = {
        name: value for name, value in environment.items() if name.startswith(_PASSED_ON) or name.lower() in _PROXIES
    }
    path = [str(shims), str(Path(python or sys.executable).parent), "/usr/local/sbin", "/usr/local/bin"]
    return {
        **kept,
        "HOME": str(home),
        "USER": USER,
        "LOGNAME": USER,
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "TMPDIR": str(home / "tmp"),
        "PATH": ":".join([*path, "/usr/sbin", "/usr/bin", "/sbin", "/bin"]),
    }


def write_shims(folder: Path) -> None:
    """Commands that would change this machine: on the host they refuse with a sentence."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("sudo", "apt", "apt-get"):
        shim = folder / name
        shim.write_text(_REFUSAL.format(name=name))
        shim.chmod(0o755)


class Login(asyncssh.SSHServer):
    """One connection. `admit(password, key)` decides on a login; `greeted()` is told of one that succeeded."""

    def __init__(
        self,
        host: HostProcesses,
        environment: Callable[[], dict[str, str]],
        admit: Callable[[str | None, asyncssh.SSHKey | None], bool],
        greeted: Callable[[], None],
        ended: Callable[[Ended], None],
    ) -> None:
        self._host = host
        self._environment = environment
        self._admit = admit
        self._greeted = greeted
        self._ended = ended
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        return True

    def auth_completed(self) -> None:
        self._greeted()

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return username == USER and self._admit(password, None)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and self._admit(None, key)

    def session_requested(self) -> Any:
        assert self._connection is not None
        channel = self._connection.create_server_channel(encoding=None, window=WINDOW, max_pktsize=PACKET)
        return channel, Session(self._host, self._environment, self._ended)


class Session(asyncssh.SSHServerProcess[bytes]):
    """One command, one shell without a terminal, or one SFTP session."""

    def __init__(
        self, host: HostProcesses, environment: Callable[[], dict[str, str]], ended: Callable[[Ended], None]
    ) -> None:
        super().__init__(self._run, lambda channel: HomeFiles(channel, host), 3, False)
        self._host = host
        self._host_environment = environment
        self._on_end = ended
        self._started: Command | None = None
        self._telling: asyncio.Future[Any] | None = None

    def signal_received(self, signal: str) -> None:
        if self._started is not None:
            self._started.signal(signal)

    def break_received(self, msec: int) -> bool:
        self.signal_received("INT")
        return True

    def soft_eof_received(self) -> None:
        """Means something to terminals only."""

    async def _run(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        env = self._host_environment()
        env |= {name: value for name, value in process.env.items() if name == "LANG" or name.startswith("LC_")}
        line = process.command
        argv = ["/bin/bash", "-c", line] if line is not None else ["/bin/bash"]
        far_in, near_in = os.pipe()
        near_out, far_out = os.pipe()
        near_err, far_err = os.pipe()
        try:
            command = self._started = await self._host.run(argv, env, far_in, far_out, far_err)
        except OSError as error:
            for descriptor in (near_in, near_out, near_err):
                os.close(descriptor)
            process.stderr.write(f"{error}\n".encode())
            process.exit(255)
            return
        finally:
            for descriptor in (far_in, far_out, far_err):
                os.close(descriptor)
        feeding = asyncio.create_task(pour(process.stdin, near_in))
        self._telling = asyncio.gather(carry(near_out, process.stdout), carry(near_err, process.stderr))
        try:
            try:
                await self._telling
            except asyncio.CancelledError:
                return  # the connection is lost; the command goes on, as under any sshd
            try:
                ended = await command.wait()
            except ConnectionError:
                process.exit_with_signal("KILL")
                return
        finally:
            feeding.cancel()
        self._on_end(ended)
        if ended.signal:
            process.exit_with_signal(ended.signal)
        else:
            process.exit(ended.code or 0)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._telling is not None:
            self._telling.cancel()


async def pour(source: asyncssh.SSHReader[bytes], pipe: int) -> None:
    """Sends what comes over a channel into a pipe, at the reader's pace, and closes it at the end.

    asyncssh's own redirection to a pipe loses the last bytes when the end of file arrives while asyncio's pipe
    transport resumes its writer, so this one writes by itself. What the command does not want to read is thrown
    away.
    """
    try:
        os.set_blocking(pipe, False)
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)
        wanted = True
        while data := await source.read(PIPE):
            rest = memoryview(data)
            while rest and wanted:
                try:
                    rest = rest[os.write(pipe, rest) :]
                except BlockingIOError:
                    await _ready(pipe, writing=True)
                except BrokenPipeError:
                    wanted = False
    except (asyncssh.Error, ConnectionError):
        pass  # the connection is lost: the command sees the end of its input
    finally:
        os.close(pipe)


async def carry(pipe: int, sink: asyncssh.SSHWriter[bytes]) -> None:
    """Sends what a command writes over a channel, at the client's pace, until the last holder of the pipe closes it."""
    try:
        os.set_blocking(pipe, False)
        while True:
            try:
                data = os.read(pipe, CHUNK)
            except BlockingIOError:
                await _ready(pipe, writing=False)
                continue
            if not data:
                return
            sink.write(data)
            await sink.drain()
            await asyncio.sleep(0)  # drain alone lets nobody else run while the client is fast
    except (asyncssh.Error, ConnectionError):
        pass  # the connection is lost: the command's next write fails
    finally:
        os.close(pipe)


async def _ready(pipe: int, *, writing: bool) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    if writing:
        loop.add_writer(pipe, _settle, ready)
    else:
        loop.add_reader(pipe, _settle, ready)
    try:
        await ready
    finally:
        if writing:
            loop.remove_writer(pipe)
        else:
            loop.remove_reader(pipe)


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


class HomeFiles(asyncssh.SFTPServer):
    """SFTP over this machine's files as the host sees them."""

    def __init__(self, channel: Any, host: HostProcesses) -> None:
        super().__init__(channel)
        self._host = host

    def map_path(self, path: bytes) -> bytes:
        return self._host.view(posixpath.join(os.fsencode(self._host.home), path))

    def exit(self) -> None:
        """Tells how it ended, as an sftp-server does: scp takes silence for a failure."""
        if not self.channel.is_closing():
            self.channel.exit(0)

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        limit = self._host.file_limit
        if limit and offset + len(data) > limit:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(file_obj, offset, data)

    def reverse_map_path(self, path: bytes) -> bytes:
        view = self._host.view(os.fsencode(self._host.home))
        home = os.fsencode(self._host.home)
        return home + path[len(view) :] if path == view or path.startswith(view + b"/") else path
