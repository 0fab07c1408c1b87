"""Starts, watches and ends a detached task: the channel's side of runner.py."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from typing import Any

from . import lease, processes
from .places import boot_id, prepare, read_if_there, run_folder, training, weights_folder, write_atomically

TELEMETRY_LIMIT = 256 << 10


def start(request: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Starts the run's task under a runner of its own unless it was started before. `body` holds its files."""
    run = request["run"]
    prepare(run)
    folder = os.path.join(run_folder(run), request["task"])
    os.makedirs(folder, mode=0o700, exist_ok=True)
    lock = os.open(os.path.join(folder, "start.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _wait_for(lock)
        if request.get("again") and not _alive(folder) and not _succeeded_with(folder, request["files"], body):
            _clear(folder)
        if os.path.exists(os.path.join(folder, "status.json")):
            return {"started": False}
        _write_files(folder, request["files"], body)
        plan = {name: request[name] for name in ("argv", "env", "telemetry", "path_first")}
        plan["cwd"] = _working_folder(run, folder, request["cwd"])
        plan["argv"] = [_in_place(word, folder) for word in plan["argv"]]
        plan["env"] = {name: _in_place(value, folder) for name, value in plan["env"].items()}
        write_atomically(os.path.join(folder, "runner.json"), json.dumps(plan).encode("ascii"))
        return {"started": True, "said": _launch(run, folder, request["secret"])}
    finally:
        os.close(lock)


def _wait_for(lock: int) -> None:
    """The lock of a start that was cut off goes with its process; a minute is far more than a start takes."""
    until = time.monotonic() + 60
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _clear(folder: str) -> None:
    """Makes room for another try of a task that has ended."""
    for name in ("status.json", "exit_code", "log.raw", "telemetry.jsonl", "result.json"):
        path = os.path.join(folder, name)
        if os.path.lexists(path):
            os.unlink(path)


def _succeeded_with(folder: str, files: list[list[Any]], body: bytes) -> bool:
    """Whether the task came to a good end with just these files, while nobody was connected."""
    if (read_if_there(os.path.join(folder, "exit_code")) or b"").strip() != b"0":
        return False
    offset = 0
    for path, size, _ in files:
        if read_if_there(os.path.join(folder, path)) != body[offset : offset + size]:
            return False
        offset += size
    return True


def _write_files(folder: str, files: list[list[Any]], body: bytes) -> None:
    """`files` are [path, size, executable]; their bytes stand in `body` one after the other."""
    offset = 0
    for path, size, executable in files:
        parts = path.split("/")
        if path.startswith("/") or ".." in parts:
            raise ValueError(f"{path!r} leads out of the task's folder")
        target = os.path.join(folder, *parts)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        write_atomically(target, body[offset : offset + size], 0o700 if executable else 0o600)
        offset += size


def _working_folder(run: str, folder: str, wish: str) -> str:
    source = os.path.join(run_folder(run), "source")
    if wish == "source":
        return source if os.path.isdir(source) else training()
    return folder


def _in_place(value: str, folder: str) -> str:
    """`{task}`, `{run}`, `{host}`, `{weights}` at the beginning of a value: places that only the host knows."""
    run = os.path.dirname(folder)
    known = {"{task}": folder, "{run}": run, "{host}": os.path.join(run, "host.pyz"), "{weights}": weights_folder()}
    for name, path in known.items():
        if value.startswith(name):
            return path + value[len(name) :]
    if value == "{python}":
        return sys.executable
    return value


def _launch(run: str, folder: str, secret: dict[str, str]) -> str:
    program = os.path.join(run_folder(run), "host.pyz")
    _write_program(program)
    with open(os.path.join(folder, "runner.err"), "wb") as errors:
        runner = subprocess.Popen(
            [sys.executable, "-I", program, "run", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd="/",
            start_new_session=True,
        )
    said, _ = runner.communicate(json.dumps(secret).encode("utf-8"), timeout=60)
    if not said:
        raise RuntimeError((read_if_there(os.path.join(folder, "runner.err")) or b"").decode("utf-8", "replace")[-500:])
    return said.decode("ascii", "replace").strip()


def _write_program(path: str) -> None:
    """The modules as one file that python3 runs: the detached processes outlive the channel that brought them."""
    sources: dict[str, str] = sys.modules[__package__].SOURCES
    fresh = f"{path}.{os.getpid()}.new"
    with zipfile.ZipFile(fresh, "w") as program:
        program.writestr("__main__.py", f"from {__package__}.detached import main\nmain()\n")
        program.writestr(f"{__package__}/__init__.py", "")
        for name, source in sources.items():
            program.writestr(f"{__package__}/{name}.py", source)
    os.replace(fresh, path)


def _alive(folder: str) -> bool:
    """Whether a runner holds the task's lock."""
    try:
        lock = os.open(os.path.join(folder, "runner.lock"), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def beat(run: str) -> dict[str, Any]:
    """The owner asks after the machine. Whether its lease runs, and what it says of its way to the cloud."""
    folder = os.path.join(run_folder(run), "lease")
    lease.touch(folder)
    said = read_if_there(os.path.join(folder, "reach"))
    return {"alive": _alive(folder), "reach": said.decode("utf-8", "replace")[:200] if said else ""}


def _status(folder: str) -> dict[str, Any] | None:
    text = read_if_there(os.path.join(folder, "status.json"))
    return json.loads(text.decode("ascii")) if text else None


def poll(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """One look: the log's bytes are the first `log` bytes of the body, the telemetry's lines the rest.

    The order matters: life first, then the exit code, then the log, so that a task seen as ended shows its whole log.
    """
    folder = os.path.join(run_folder(request["run"]), request["task"])
    alive = _alive(folder)
    status = _status(folder) or {}
    code = read_if_there(os.path.join(folder, "exit_code"))
    log, log_size, inode = _piece(os.path.join(folder, "log.raw"), request["offset"], request["limit"])
    lines, _, _ = _piece(os.path.join(folder, "telemetry.jsonl"), request["telemetry"], TELEMETRY_LIMIT)
    lines = lines[: lines.rfind(b"\n") + 1]
    answer = {
        "log": len(log),
        "log_size": log_size,
        "started": bool(status),
        "exit_code": int(code) if code and code.strip() else None,
        "alive": alive and status.get("boot_id", "") == boot_id(),
        "boot_id": boot_id(),
        "generation": f"{status.get('token', '')}.{status.get('generation', 0)}.{inode}",
        "error": status.get("error"),
    }
    result = read_if_there(os.path.join(folder, "result.json"))
    if result:
        answer["result"] = json.loads(result.decode("utf-8"))
    return answer, log + lines


def _piece(path: str, offset: int, limit: int) -> tuple[bytes, int, int]:
    """(bytes from the offset, size of the file, its inode)."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return b"", 0, 0
    try:
        stat = os.fstat(file)
        wanted = max(0, min(limit, stat.st_size - offset))
        return (os.pread(file, wanted, offset) if wanted else b""), stat.st_size, stat.st_ino
    finally:
        os.close(file)


def send_signal(request: dict[str, Any]) -> dict[str, Any]:
    """Sends a signal to all that the task started (number 0 only looks). How many lived, and whether it is over."""
    folder = os.path.join(run_folder(request["run"]), request["task"])
    alive = _alive(folder)
    status = _status(folder)
    if not status or status.get("boot_id") != boot_id():
        return {"left": 0, "over": not alive}
    runner = status["runner"] if alive else None
    own = {status["telemetry"]} if status.get("telemetry") else set()
    left = processes.of_task(status["token"], runner, own if runner else set())
    if request["signal"]:
        processes.send(left, signal.Signals(request["signal"]))
    return {"left": len(left), "over": not left and not alive}
