"""The connection to the host as the stages see it: always there, or being made again.

Every operation of the Host port is safe to repeat, so a lost connection costs a notice and a wait, never the run.
Whether the machine still exists is asked of the cloud while nobody answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from unitrainer_tui.errors import (
    CloudError,
    CloudNotFound,
    HostError,
    HostKeyChanged,
    HostLoginRefused,
    HostUnreachable,
    RunFailed,
)
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.ports import Host, HostTarget

T = TypeVar("T")

# sshd is tried every second; a refused login every three (keys are written late by some images).
CONNECT_EVERY = 1.0
LOGIN_EVERY = 3.0
RECONNECT_EVERY = 3.0
MOST_SECONDS_BETWEEN = 10.0
# Tries without an answer before the cloud is asked whether the machine still exists.
TRIES_BEFORE_LOOK = 5
# The weight of one look, and how much of it in a row proves that nobody will answer any more.
STOPPED, GONE, PROVEN = 1, 2, 4
_STANDING_STILL = {"SHUTOFF", "SOFT_DELETED", "SUSPENDED", "STOPPED"}


class HostLink:
    """The connection to the machine of one node."""

    def __init__(self, ctx: RunContext, target: HostTarget, node: int = 0) -> None:
        self._ctx = ctx
        self._target = target
        self.node = node
        self._label = ctx.label(node)
        self._host: Host | None = None
        self._lock = asyncio.Lock()
        self._over: RunFailed | HostKeyChanged | None = None
        """Why nobody will answer any more: proven once, a rescue need not wait to prove it again."""

    async def first(self) -> None:
        """The first connection: the handshake itself is tried until `ssh_timeout_s`, the last reason is told."""
        clock, limit = self._ctx.clock, self._ctx.profile.timing.ssh_timeout_s
        began = clock.monotonic()
        while True:
            try:
                self._host = await self._ctx.connector.connect(self._target)
                return
            except HostKeyChanged:
                raise
            except (HostUnreachable, HostLoginRefused) as problem:
                wait = LOGIN_EVERY if isinstance(problem, HostLoginRefused) else CONNECT_EVERY
                if clock.monotonic() - began + wait > limit:
                    raise RunFailed(
                        f"{self._label}No SSH connection to {self._target.address} within {limit:g} s: "
                        f"{problem.message}",
                        problem.hint,
                    ) from None
            await clock.sleep(wait)

    async def call(self, operation: Callable[[Host], Awaitable[T]]) -> T:
        """Runs the operation, again on a new connection whenever one is lost. Raises RunFailed when the machine is
        proven gone, HostKeyChanged when another machine answers."""
        losses = 0
        while True:
            host = await self._connected()
            try:
                return await operation(host)
            except HostUnreachable as problem:
                await self._drop(host, problem)
            losses += 1
            if losses > 1:  # a line that takes connections and drops them is not hammered
                await self._ctx.clock.sleep(min(losses - 1, MOST_SECONDS_BETWEEN))

    async def _connected(self) -> Host:
        async with self._lock:
            if self._over is not None:
                raise self._over
            if self._host is None:
                try:
                    self._host = await self._again()
                except (RunFailed, HostKeyChanged) as problem:
                    self._over = problem
                    raise
            return self._host

    async def _drop(self, host: Host, problem: HostUnreachable) -> None:
        if self._host is not host:
            return  # another operation has seen it first
        self._host = None
        self._ctx.record.notice(
            "warning",
            f"{self._label}The connection to the machine is lost ({problem.message}) The job there goes on; "
            "reconnecting.",
        )
        await close_quietly(host)

    async def _again(self) -> Host:
        tries = absent = 0
        refused_since: float | None = None
        while True:
            try:
                host = await self._ctx.connector.connect(self._target)
            except HostUnreachable:
                tries += 1
                refused_since = None
            except HostLoginRefused as problem:
                tries += 1
                now = self._ctx.clock.monotonic()
                refused_since = now if refused_since is None else refused_since
                if now - refused_since > self._ctx.profile.timing.ssh_timeout_s:
                    raise RunFailed(
                        f"{self._label}The machine no longer accepts the run's login: {problem.message}", problem.hint
                    ) from None
            else:
                if tries:
                    self._ctx.record.notice("info", f"{self._label}The machine answers again.")
                return host
            if tries % TRIES_BEFORE_LOOK == 0:
                absent = absent + weight if (weight := await self._absence()) else 0
                if absent >= PROVEN:
                    raise RunFailed(
                        f"{self._label}The machine is gone, or was stopped by somebody else.",
                        "What was fetched so far stays.",
                    )
            await self._ctx.clock.sleep(RECONNECT_EVERY)

    async def _absence(self) -> int:
        """What one look at the cloud says against the machine: 0 nothing; half as much for one that stands still (a
        reboot may look so for a moment, and a machine in SHUTOFF is paid for) as for one that is gone."""
        machine, cloud = self._ctx.record.state.instance(self.node), self._ctx.cloud
        if cloud is None or machine is None or not machine.id:
            return 0
        try:
            status = (await cloud.instance(machine.id)).status
        except CloudNotFound:
            return GONE
        except CloudError:
            return 0
        return GONE if status in ("DELETED", "ERROR") else STOPPED if status in _STANDING_STILL else 0

    async def close(self) -> None:
        if self._host is not None:
            await close_quietly(self._host)
            self._host = None


async def close_quietly(host: Host) -> None:
    """Closing tells nothing that matters: the connection is given up either way."""
    try:
        async with asyncio.timeout(5):
            await host.close()
    except (TimeoutError, OSError, HostError):
        pass
