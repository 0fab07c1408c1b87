"""Every way in which SSH can fail, as one sentence of ours. What the other side says is foreign text: cut, cleaned."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import asyncssh

from unitrainer_tui.errors import HostError, HostKeyChanged, HostLoginRefused, HostUnreachable


def printable(text: str, limit: int = 300) -> str:
    """Foreign text without control characters, line breaks and what could reorder it; cut at `limit`."""
    clean = "".join(char if char.isprintable() else " " for char in text[: limit * 4])
    clean = " ".join(clean.split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def connect_failure(problem: BaseException, place: str) -> HostError:
    """Why no connection came about. `place` is address and port as the user knows them."""
    if isinstance(problem, HostError):
        return problem
    if isinstance(problem, TimeoutError | asyncio.TimeoutError):
        return HostUnreachable(f"{place} does not answer in time.", "The machine may still be booting.")
    if isinstance(problem, asyncssh.PermissionDenied):
        return HostLoginRefused(
            f"{place} refuses the login.", "Check the user name and that its key or password is known there."
        )
    if isinstance(problem, asyncssh.HostKeyNotVerifiable):
        return HostKeyChanged(f"The host key of {place} cannot be trusted.", "Nothing was sent to it.")
    if isinstance(problem, asyncssh.KeyExchangeFailed):
        return HostUnreachable(f"{place} and this program share no SSH algorithm.", "Its SSH server is too old.")
    if isinstance(problem, asyncssh.ConnectionLost):
        return HostUnreachable(f"The connection to {place} was closed during the SSH handshake.")
    if isinstance(problem, asyncssh.Error):
        return HostUnreachable(f"{place} does not speak SSH as it should: {printable(problem.reason, 120)}.")
    if isinstance(problem, socket.gaierror):
        return HostUnreachable(f"The name {place} is not known.", "Check the address.")
    if isinstance(problem, ConnectionRefusedError):
        return HostUnreachable(f"Nothing listens at {place}.", "The SSH server may not be up yet.")
    if isinstance(problem, OSError):
        what = (
            "There is no route to" if problem.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH) else "No connection to"
        )
        return HostUnreachable(f"{what} {place}: {problem.strerror or 'connection failed'}.")
    return HostUnreachable(f"{place}: the SSH handshake failed ({type(problem).__name__}).")


@contextmanager
def lost_connection(place: str) -> Iterator[None]:
    """Turns what a broken connection raises in mid-talk into HostUnreachable."""
    try:
        yield
    except (asyncssh.Error, asyncio.IncompleteReadError, ConnectionError, BrokenPipeError) as problem:
        raise HostUnreachable(f"The connection to {place} was lost.", "The job goes on there.") from problem
    except TimeoutError as problem:
        raise HostUnreachable(f"{place} does not answer any more.", "The job goes on there.") from problem
