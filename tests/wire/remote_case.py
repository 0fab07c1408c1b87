"""What the tests of the remote side share: a clock, a connection, a job that runs a command."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.sshd import Sshd
from unitrainer_tui.ports import HostTarget, JobPoll, JobSpec, TransferProgress
from unitrainer_tui.remote import SshConnector, SshHost

RUN = "run-1"


class RealClock:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def connected(target: HostTarget | Sshd) -> AsyncIterator[SshHost]:
    host = await SshConnector(RealClock()).connect(target.target() if isinstance(target, Sshd) else target)
    try:
        yield host
    finally:
        await host.close()


def command(line: str, run: str = RUN, **more: object) -> JobSpec:
    return JobSpec(run=run, python="python3", job={}, command=line, **more)  # type: ignore[arg-type]


async def followed(host: SshHost, run: str = RUN, seconds: float = 20.0) -> tuple[bytes, JobPoll]:
    """The whole log and the last look, when the job has ended."""
    log = b""
    async with asyncio.timeout(seconds):
        while True:
            look = await host.poll_job(run, len(log), 0)
            log += look.log
            if not look.running and len(log) >= look.log_size:
                return log, look
            await asyncio.sleep(0.02)


def ignore(_: TransferProgress) -> None:
    """No interest in progress."""
