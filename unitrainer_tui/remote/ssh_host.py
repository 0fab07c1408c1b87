"""`Host` on asyncssh: every method of the port, on the host's own modules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import asyncssh

from unitrainer_tui.datasets.manifest import Manifest
from unitrainer_tui.errors import HostCommandFailed
from unitrainer_tui.ports import (
    Clock,
    Downloaded,
    Environment,
    HostFacts,
    JobPoll,
    JobSpec,
    Lease,
    LeaseWord,
    OnProgress,
    RemoteFile,
    SetupPlan,
)
from unitrainer_tui.remote import job, setup
from unitrainer_tui.remote import lease as leases
from unitrainer_tui.remote.channel import Channel, NoPython
from unitrainer_tui.remote.download import download
from unitrainer_tui.remote.output_files import believable
from unitrainer_tui.remote.reasons import lost_connection, printable
from unitrainer_tui.remote.upload import upload

ANSWER_S = 60.0
"""How long an answer may take on a connection that is alive."""
SLOW_S = 180.0
"""The same where the machine has more to do: loading a GPU driver, listing many files, starting a job."""
INSTALL_PYTHON = (
    "S=; [ \"$(id -u)\" = 0 ] || S='sudo -n'; $S apt-get update -q; "
    "$S env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=180 install -y -q python3 </dev/null"
)


class SshHost:
    """One rented machine, connected. Made by SshConnector."""

    def __init__(
        self, connection: asyncssh.SSHClientConnection, place: str, clock: Clock, sent_before: set[str]
    ) -> None:
        self._connection = connection
        self._place = place
        self._clock = clock
        self._agent: Channel | None = None
        self._sent_before = sent_before
        self._turn = asyncio.Lock()
        self.refused_outputs: tuple[str, ...] = ()
        """What the last `output_files` refused to list, a sentence each."""

    async def _open(self) -> Channel:
        return await Channel.open(self._connection)

    async def _ask(self, header: dict[str, Any], body: bytes = b"", within: float = ANSWER_S) -> Any:
        """One question to the agent, on a channel that stays open. An unfinished talk ends the channel."""
        async with self._turn:
            with lost_connection(self._place):
                try:
                    async with asyncio.timeout(within):
                        if self._agent is None or not self._agent.is_open:
                            self._agent = await self._open()
                        return await self._agent.ask(header, body)
                finally:
                    # A failure that the agent told leaves the talk in order; a time limit or an abort does not.
                    if self._agent is not None and not self._agent.settled:
                        self._agent.close()
                        self._agent = None

    async def facts(self) -> HostFacts:
        try:
            answer, _ = await self._ask({"ask": "facts"}, within=SLOW_S)
        except NoPython:
            await self._install_python()
            answer, _ = await self._ask({"ask": "facts"}, within=SLOW_S)
        return HostFacts(
            home=str(answer["home"]),
            boot_id=str(answer["boot_id"]),
            python=answer["python"],
            uv=answer["uv"],
            gpus=tuple(printable(str(name), 80) for name in answer["gpus"]),
            driver=answer["driver"],
            disk_free=int(answer["disk_free"]),
            memory=int(answer["memory"]),
            cpus=int(answer["cpus"]),
            system=printable(str(answer["system"]), 120),
        )

    async def _install_python(self) -> None:
        with lost_connection(self._place):
            async with asyncio.timeout(600):
                done = await self._connection.run(
                    INSTALL_PYTHON, encoding="utf-8", errors="replace", stdin=asyncssh.DEVNULL
                )
        if done.exit_status != 0:
            words = [printable(line) for line in f"{done.stdout!s}\n{done.stderr!s}".splitlines() if line.strip()]
            raise HostCommandFailed(
                "The machine has no python3, and apt-get could not install it.",
                "Choose an image that has python3.",
                code=done.exit_status,
                last_lines=words[-20:],
            )

    async def prepare(self, run: str) -> None:
        await self._ask({"ask": "prepare", "run": run})

    async def setup(self, run: str, plan: SetupPlan, on_line: Callable[[str], None]) -> Environment:
        """Detached there: after a lost connection the next call follows the same setup from its first line on."""
        await self._ask(*setup.start_request(run, plan), within=SLOW_S)
        return await setup.follow(self._ask, run, self._clock, on_line)

    async def upload_dataset(self, run: str, manifest: Manifest, on_progress: OnProgress) -> None:
        with lost_connection(self._place):
            eager = f"{self._place} {manifest.digest}" not in self._sent_before
            self._sent_before.add(f"{self._place} {manifest.digest}")
            await upload(self._open, run, "dataset", manifest, on_progress, eager=eager)

    async def upload_source(self, run: str, manifest: Manifest) -> None:
        with lost_connection(self._place):
            await upload(self._open, run, "source", manifest)

    async def upload_checkpoint(self, run: str, manifest: Manifest) -> None:
        with lost_connection(self._place):
            await upload(self._open, run, "checkpoint", manifest)

    async def start_job(self, spec: JobSpec) -> None:
        request, body = await asyncio.to_thread(job.start_request, spec)
        await self._ask(request, body, within=SLOW_S)

    async def poll_job(self, run: str, offset: int, telemetry_offset: int, limit: int = 1 << 20) -> JobPoll:
        """One round trip. A `log_size` below `offset` says as well that log.raw is not the one of before."""
        look = {
            "ask": "poll",
            "run": run,
            "task": "job",
            "offset": offset,
            "telemetry": telemetry_offset,
            "limit": limit,
        }
        answer, body = await self._ask(look)
        return job.as_poll(answer, body, telemetry_offset)

    async def stop_job(self, run: str, grace: Sequence[float] = (20.0, 10.0)) -> None:
        await job.stop(self._ask, run, "job", grace, self._clock)

    async def output_files(self, run: str) -> list[RemoteFile]:
        answer, _ = await self._ask({"ask": "outputs", "run": run}, within=SLOW_S)
        files, refused = believable(answer)
        self.refused_outputs = tuple(refused)
        return files

    async def download(self, run: str, file: RemoteFile, to: Path, on_progress: OnProgress) -> Downloaded:
        with lost_connection(self._place):
            async with await self._open() as channel:
                return await download(channel, run, file, to, on_progress)

    async def keep_lease(self, run: str, lease: Lease) -> LeaseWord:
        return await leases.keep(self._ask, run, lease)

    async def remove_secrets(self, run: str) -> None:
        """Secrets reach only the job's memory; this removes what else only the run needed."""
        await self._ask({"ask": "tidy", "run": run})

    async def close(self) -> None:
        if self._agent is not None:
            self._agent.close()
        self._connection.close()
        try:
            async with asyncio.timeout(5):
                await self._connection.wait_closed()
        except (TimeoutError, asyncssh.Error, OSError):
            self._connection.abort()
