"""Runs one task, detached from SSH: the training job, or the setup before it.

In the task's folder it reads `runner.json` and writes
    log.raw        the task's output, stdout and stderr merged, exactly its bytes
    status.json    state, pids, times, boot id; replaced atomically, also as a heartbeat
    exit_code      the end, written last of all; 128 + signal where a signal ended the task
    telemetry.jsonl
It holds a lock on `runner.lock` for its whole life, so "is it alive" needs no process id. Every orphan of the task
becomes its child; when the task's first process has ended, what it left behind is ended too.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import select
import signal
import subprocess
import sys
import time
from typing import Any

from . import processes, telemetry
from .places import boot_id, write_atomically

HEARTBEAT = 5.0
LOOK = 1.0
"""Seconds between two looks at whether somebody truncated or replaced the log."""
LEFTOVERS = (3.0, 2.0)
"""Seconds between the end of the task and TERM-to-KILL for what it left, and for its output to close after that."""


def main(folder: str) -> None:
    """Never returns. Standard input: a JSON object, the secret environment. Standard output: one line when it runs."""
    given = sys.stdin.buffer.read()
    try:
        secret = json.loads(given.decode("utf-8"))
    except ValueError:
        os._exit(3)  # the sender was cut off: nothing was started, so the next try may
    if os.fork():
        os._exit(0)
    lock = os.open(os.path.join(folder, "runner.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        _say("another runner has this task")
    if os.path.exists(os.path.join(folder, "status.json")):
        _say("started before")
    Runner(folder, lock).run(secret)
    os._exit(0)


def _say(line: str) -> None:
    os.write(1, line.encode("ascii") + b"\n")
    os._exit(0)


class Log:
    """log.raw. Sees when somebody truncates or replaces it, and goes on when the disk is full."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.generation = 1
        self.dropped = 0
        self._open()

    def _open(self) -> None:
        self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self.size = os.fstat(self.file).st_size

    def write(self, data: bytes) -> None:
        """A task must never wait for its log: what finds no room is counted and let go."""
        rest = memoryview(data)
        while rest:
            try:
                written = os.write(self.file, rest)
            except OSError:
                self.dropped += len(rest)
                return
            self.size += written
            rest = rest[written:]

    def look(self) -> None:
        """Begins a new generation when the file is not what was written."""
        there = os.fstat(self.file)
        try:
            named = os.stat(self.path)
        except OSError:
            named = None
        if named is None or named.st_ino != there.st_ino:
            os.close(self.file)
            self._open()
            self.generation += 1
        elif there.st_size != self.size:
            self.size = there.st_size
            self.generation += 1


class Runner:
    def __init__(self, folder: str, lock: int) -> None:
        self.folder = folder
        self.lock = lock
        self.token = secrets.token_hex(8)
        self.status: dict[str, Any] = {
            "state": "starting",
            "token": self.token,
            "runner": os.getpid(),
            "pid": None,
            "telemetry": None,
            "started": time.time(),
            "boot_id": boot_id(),
            "generation": 1,
            "log_dropped": 0,
        }

    def run(self, secret: dict[str, str]) -> None:
        plan = json.loads(self._read("runner.json"))
        self.write_status()
        self.wake = self._wake_on_child()
        processes.adopt_orphans()
        self.log = Log(os.path.join(self.folder, "log.raw"))
        if plan.get("telemetry"):
            self.status["telemetry"] = self._start_telemetry()
        reader, writer = os.pipe()
        try:
            child = self._start(plan, secret, writer)
        except OSError as problem:
            self.status["error"] = f"cannot start {plan['argv'][0]}: {problem.strerror}"
            os.write(1, b"running\n")
            self._end(127)
            return
        os.close(writer)
        self.status.update(state="running", pid=child.pid)
        self.write_status()
        os.write(1, b"running\n")
        _let_go()
        code = self._follow(child.pid, reader)
        self._end(code)

    def _read(self, name: str) -> str:
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()

    def write_status(self) -> None:
        self.status["heartbeat"] = time.time()
        try:
            write_atomically(os.path.join(self.folder, "status.json"), json.dumps(self.status).encode("ascii"))
        except OSError:
            pass  # the disk is full; the lock still tells that we live

    def _wake_on_child(self) -> int:
        # Handlers, not SIG_IGN: an ignored signal would stay ignored in the task.
        def nothing(*_: object) -> None: ...

        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, nothing)
        wake, bell = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(bell, False)
        signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
        return wake

    def _start_telemetry(self) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        os.close(self.lock)
        _let_go()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        try:
            telemetry.watch(self.folder, parent)
        finally:
            os._exit(0)

    def _start(self, plan: dict[str, Any], secret: dict[str, str], output: int) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SSH_")}
        environment.update(plan["env"])
        environment.update(secret)
        environment[processes.MARK] = self.token
        if plan.get("path_first"):
            environment["PATH"] = plan["path_first"] + os.pathsep + environment.get("PATH", os.defpath)
        return subprocess.Popen(
            plan["argv"],
            cwd=plan["cwd"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_first_to_go,
        )

    def _follow(self, pid: int, reader: int) -> int:
        """Copies the output until the task has ended and nothing of it is left. Its exit code."""
        code: int | None = None
        over_at = 0.0
        next_sweep = 0.0
        terminated = False
        next_beat = next_look = time.monotonic()
        is_open = True
        while True:
            pause = 0.5 if code is None else 0.05
            ready, _, _ = select.select([reader, self.wake] if is_open else [self.wake], [], [], pause)
            if reader in ready:
                data = os.read(reader, 1 << 18)
                is_open = bool(data)
                self.log.write(data)
            if self.wake in ready:
                _drain(self.wake)
            ended = _reap(pid)
            now = time.monotonic()
            if ended is not None:
                code, over_at = ended, now
            if code is not None and now >= next_sweep:
                next_sweep = now + 0.1
                left = processes.of_task(self.token, os.getpid(), self._own())
                if not left and (not is_open or (reader not in ready and now - over_at > sum(LEFTOVERS))):
                    return code
                if left and now - over_at > LEFTOVERS[0]:
                    processes.send(left, signal.SIGKILL)
                elif left and not terminated and now - over_at > 0.2:
                    terminated = True
                    processes.send(left, signal.SIGTERM)
            if now >= next_look:
                next_look = now + LOOK
                self.log.look()
                if self.log.generation != self.status["generation"]:
                    next_beat = now
            if now >= next_beat:
                next_beat = now + HEARTBEAT
                self.status.update(generation=self.log.generation, log_dropped=self.log.dropped)
                self.write_status()

    def _own(self) -> set[int]:
        return {self.status["telemetry"]} if self.status["telemetry"] else set()

    def _end(self, code: int) -> None:
        """The exit code is written when all else is: who reads it first then reads a complete log."""
        os.fsync(self.log.file)
        processes.send(self._own(), signal.SIGTERM)
        self.status.update(state="ended", generation=self.log.generation, log_dropped=self.log.dropped)
        self.write_status()
        write_atomically(os.path.join(self.folder, "exit_code"), f"{code}\n".encode("ascii"))


def _first_to_go() -> None:
    """When memory runs out, the kernel shall end the task and not its runner, which has to tell of it."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("300")
    except OSError:
        pass


def _reap(task: int) -> int | None:
    """Collects every child that has ended. The exit code of the task when it is among them."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == task:
            code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _let_go() -> None:
    """Nothing of the channel that started us stays open."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def _drain(pipe: int) -> None:
    try:
        while os.read(pipe, 4096):
            pass
    except BlockingIOError:
        pass
