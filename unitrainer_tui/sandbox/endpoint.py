"""Where the embedded cloud of a state directory answers, and how one is started when none does.

Three files in the cloud's folder: `endpoint.json` (0600: URL, API key, SSH port), `server.lock`, held with flock by
the server that lives, and `start.lock`, held while a server is looked for, started or about to end itself, so that
two callers get one server and nobody is given one that is leaving.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx

from unitrainer_tui.config.paths import Paths, private_directory, write_private
from unitrainer_tui.errors import CloudUnreachable, UsageProblem
from unitrainer_tui.sandbox.faults import parse_fault

IDLE_SECONDS = 60.0
_START_SECONDS = 30.0


@dataclass(frozen=True)
class Endpoint:
    """`url` is the API's base URL, without a slash at the end."""

    url: str
    api_key: str = field(repr=False)
    ssh_port: int


def sandbox_home(paths: Paths) -> Path:
    """The folder of the state directory's own embedded cloud."""
    return paths.state / "sandbox"


def locate(paths: Paths) -> Endpoint | None:
    """The live server of this state directory, None when there is none."""
    return read_endpoint(sandbox_home(paths))


def read_endpoint(home: Path) -> Endpoint | None:
    if not home.is_dir() or not _held(home / "server.lock"):
        return None
    try:
        stored = json.loads((home / "endpoint.json").read_text())
        return Endpoint(stored["url"], stored["api_key"], stored["ssh_port"])
    except (OSError, ValueError, KeyError):
        return None


@contextlib.contextmanager
def published(home: Path, endpoint: Endpoint) -> Iterator[None]:
    """Tells where the server answers, for as long as it does."""
    file = home / "endpoint.json"
    write_private(file, json.dumps(asdict(endpoint)))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


@contextlib.contextmanager
def sole_server(home: Path) -> Iterator[None]:
    """Raises UsageProblem when another server of this folder lives."""
    private_directory(home)
    lock = _open(home / "server.lock")
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = read_endpoint(home)
            at = f" at {running.url}" if running else ""
            raise UsageProblem(
                f"An embedded cloud already runs for {home}{at}.", "End that one, or give another folder with --home."
            ) from None
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def leaving(home: Path) -> Iterator[bool]:
    """Around a server's decision to end itself: False when somebody is being given this server at the moment."""
    lock = _open(home / "start.lock")
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)


async def ensure(
    paths: Paths,
    *,
    faults: Iterable[str] = (),
    seed: int = 0,
    boot_seconds: float | None = None,
    idle_seconds: float = IDLE_SECONDS,
) -> Endpoint:
    """The live server of this state directory, started when there is none; `faults` and the rest apply to a new one.

    A server that was started so is a process of its own session that ends itself when it holds nothing and nobody has
    called for `idle_seconds`. Raises UsageProblem for an unknown fault, CloudUnreachable when no server comes up.
    """
    for fault in (chosen := list(faults)):
        parse_fault(fault)
    home = private_directory(sandbox_home(paths))
    async with _starting(home):
        found = read_endpoint(home)
        if found is not None and await _answers(found):
            return found
        arguments = ["--home", str(home), "--idle", str(idle_seconds), "--seed", str(seed)]
        if boot_seconds is not None:
            arguments += ["--boot-seconds", str(boot_seconds)]
        for fault in chosen:
            arguments += ["--fault", fault]
        server = _spawn(home, arguments)
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and server.poll() is None:
            found = read_endpoint(home)
            if found is not None and await _answers(found):
                return found
            await asyncio.sleep(0.05)
    raise CloudUnreachable("The embedded cloud did not start.", f"Its log is {home / 'server.log'}.")


def _spawn(home: Path, arguments: list[str]) -> subprocess.Popen[bytes]:
    """A server in a session of its own, its words in `server.log`, with no key of ours in its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANOPYWAVE_")}
    log = os.open(home / "server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "unitrainer_tui.sandbox", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env=environment,
        )
    finally:
        os.close(log)


async def _answers(endpoint: Endpoint) -> bool:
    """One authorised call, which also keeps the server from ending itself now."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            answer = await http.get(f"{endpoint.url}/projects", headers={"Authorization": f"Bearer {endpoint.api_key}"})
    except httpx.HTTPError:
        return False
    # A fault may make it a 429, 500 or 401: then too it is this server that answers.
    return bool(answer.headers.get("server-name") == "unitrainer-sandbox")


@contextlib.asynccontextmanager
async def _starting(home: Path) -> AsyncIterator[None]:
    lock = _open(home / "start.lock")
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.05)
        yield
    finally:
        os.close(lock)


def _open(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _held(lock: Path) -> bool:
    """Somebody holds the lock. Asked with a shared lock that is let go at once."""
    try:
        descriptor = _open(lock)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
