"""The processes of one rented host, seen from the sandbox server: start its init, run commands through it, end it all.

The init (init.py) is a process of its own. It lives on when the server ends, and the next server finds it by its
control socket.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MARK = "UNITRAINER_SANDBOX_INSTANCE"
"""The environment variable that every process of a host carries, with the instance's id."""

_INIT = Path(__file__).with_name("init.py")


@dataclass(frozen=True)
class Ended:
    """How a command ended: `code`, or `signal` by name without SIG. `left`: processes that commands left running."""

    code: int | None
    signal: str | None
    left: int


class Command:
    """A running command."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def signal(self, name: str) -> None:
        """Sends a signal (`TERM`, `INT`, …) to the command's process group; unknown names are ignored."""
        number = getattr(signal, f"SIG{name}", None)
        if number is not None and not self._writer.is_closing():
            self._writer.write(json.dumps({"signal": int(number)}).encode() + b"\n")

    async def wait(self) -> Ended:
        """Raises ConnectionError when the host ends first."""
        try:
            line = await self._reader.readline()
        finally:
            self._writer.close()
        if not line:
            raise ConnectionError("the host has ended")
        answer = json.loads(line)
        number = answer.get("signal")
        return Ended(answer.get("exit"), signal.Signals(number).name[3:] if number else None, answer.get("left", 0))


class HostProcesses:
    """`directory` is the host's own folder; its home is `home` below it."""

    def __init__(self, directory: Path, instance: str, *, namespaces: bool = True) -> None:
        self.directory = directory
        self.instance = instance
        self.home = directory / "home"
        self.namespaces = namespaces
        self._known: dict[str, int] | None = None

    # ------------------------------------------------------------------------------------------------- the init

    async def start(self, disk_mb: float = 0.0) -> None:
        """Boots: makes the home where there is none and starts the init. Raises OSError when it does not come up."""
        try:
            await self._start(disk_mb)
        except OSError:
            if not self.namespaces:
                raise
            self.namespaces = False  # some containers allow the namespace and then forbid its /proc
            await self._start(disk_mb)

    async def _start(self, disk_mb: float) -> None:
        (self.home / "tmp").mkdir(parents=True, exist_ok=True)
        boot_id = self.directory / "boot_id"
        boot_id.write_text(f"{uuid.uuid4()}\n")
        listener = self._listen()
        try:
            init = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                str(_INIT),
                str(listener.fileno()),
                str(self.home),
                str(boot_id),
                str(disk_mb),
                "yes" if self.namespaces else "no",
                pass_fds=[listener.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                env={MARK: self.instance, "LANG": "C.UTF-8", "PATH": os.defpath},
            )
            assert init.stdout is not None
            assert init.stderr is not None
            word = (await init.stdout.readline()).decode().strip()
            if word not in ("contained", "subreaper"):
                reason = (await init.stderr.read()).decode(errors="replace").strip().splitlines()
                raise OSError(f"the host's first process did not start: {reason[-1] if reason else 'no reason'}")
            await init.wait()
        finally:
            listener.close()
        pid = await self._hello()
        contained = word == "contained"
        state = {
            "pid": pid,
            "started": _start_time(pid),
            "contained": contained,
            "disk": disk_mb if contained else 0,
            "limit": 0 if contained else disk_mb,
        }
        (self.directory / "init.json").write_text(json.dumps(state))
        self._known = None

    def _state(self) -> dict[str, int]:
        if self._known is None:
            try:
                self._known = dict(json.loads((self.directory / "init.json").read_text()))
            except (OSError, ValueError):
                return {}
        return self._known

    def alive(self) -> bool:
        """The init that was started last still runs."""
        state = self._state()
        return bool(state) and _start_time(state["pid"]) == state["started"] and state["started"] != 0

    @property
    def file_limit(self) -> int:
        """Bytes that one file may have, 0 without a limit: a small disk where it cannot be a file system of its own."""
        return int(self._state().get("limit", 0) * 1_048_576)

    def view(self, path: bytes) -> bytes:
        """Where this process finds what the host calls `path`: its home may be a file system of its own."""
        state = self._state()
        home = os.fsencode(self.home)
        if state.get("disk") and (path == home or path.startswith(home + b"/")):
            return b"/proc/%d/root" % state["pid"] + path
        return path

    async def run(self, argv: Sequence[str], env: Mapping[str, str], stdin: int, stdout: int, stderr: int) -> Command:
        """Starts a command on the host with these descriptors, in its home. Raises OSError."""
        request = {"argv": list(argv), "cwd": str(self.home), "env": {**env, MARK: self.instance}}
        connection = await self._connect()
        # Descriptors ride with the first byte; the rest of a long request follows as ordinary bytes.
        message = json.dumps(request).encode() + b"\n"
        rights = array.array("i", [stdin, stdout, stderr])
        sent = connection.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        reader, writer = await asyncio.open_unix_connection(sock=connection)
        writer.write(message[sent:])
        answer = json.loads(await reader.readline() or b'{"error": "the host has ended"}')
        if "pid" not in answer:
            writer.close()
            raise OSError(answer["error"])
        return Command(reader, writer)

    async def end(self) -> None:
        """Ends every process of the host; returns when none is left."""
        for attempt in range(400):
            if not self._kill():
                return
            await asyncio.sleep(0.005 if attempt < 20 else 0.05)
        raise OSError(f"the processes of {self.instance} cannot be ended")

    def _kill(self) -> bool:
        """Kills what there is; False when there was nothing left to kill."""
        state = self._state()
        found: set[int] = set()
        if self.alive():
            init = state["pid"]
            found = {init} if state["contained"] else _descendants(init)
            # The subreaper goes last: while it lives, nothing can leave the tree.
            found = found or {init}
        found |= _marked(self.instance) if not found else set()
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        return bool(found)

    # ------------------------------------------------------------------------------------------ the control socket

    def _address(self, folder: int) -> str:
        # Through the descriptor of its folder, because a socket's path may have 107 bytes only.
        return f"/proc/self/fd/{folder}/init.sock"

    def _listen(self) -> socket.socket:
        (self.directory / "init.sock").unlink(missing_ok=True)
        folder = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listener.bind(self._address(folder))
            listener.listen(64)
            return listener
        finally:
            os.close(folder)

    async def _connect(self) -> socket.socket:
        folder = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(self._address(folder))
            connection.setblocking(False)
        except OSError:
            connection.close()
            raise
        finally:
            os.close(folder)
        return connection

    async def _hello(self) -> int:
        """The init's process id as this process sees it."""
        connection = await self._connect()
        reader, writer = await asyncio.open_unix_connection(sock=connection)
        try:
            writer.write(b'{"hello": 1}\n')
            answer = json.loads(await reader.readline() or b"{}")
        finally:
            writer.close()
        return _seen_from_here(int(answer.get("pid", 0)), self.instance)


def _seen_from_here(pid: int, instance: str) -> int:
    """The host's init among the marked processes: the one whose innermost process id is `pid`."""
    for candidate in _marked(instance):
        try:
            status = Path(f"/proc/{candidate}/status").read_text()
        except OSError:
            continue
        inner = next((line for line in status.splitlines() if line.startswith("NSpid:")), "").split()
        if inner and int(inner[-1]) == pid:
            return candidate
    raise OSError("the host's first process ended at once")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; empty when there is no such process or it is a zombie."""
    try:
        rest = Path(f"/proc/{pid}/stat").read_text(errors="replace").rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return []
    return [] if rest[0] in "ZX" else rest


def _start_time(pid: int) -> int:
    """In clock ticks since boot: with the pid it names one process for good. 0 when it does not run."""
    rest = _stat(pid)
    return int(rest[19]) if rest else 0


def _processes() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _descendants(root: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for pid in _processes():
        rest = _stat(pid)
        if rest:
            children.setdefault(int(rest[1]), []).append(pid)
    found: set[int] = set()
    todo = [root]
    while todo:
        for child in children.get(todo.pop(), []):
            if child not in found:
                found.add(child)
                todo.append(child)
    return found


def _marked(instance: str) -> set[int]:
    """Living processes whose environment carries the host's mark."""
    mark = f"{MARK}={instance}".encode()
    found = set()
    for pid in _processes():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if mark in environment.split(b"\0") and _stat(pid):
            found.add(pid)
    return found
