"""One rented machine: it boots, listens on its public address, runs what SSH asks, and ends without a rest."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import asyncssh

from unitrainer_tui.sandbox.config import SandboxConfig
from unitrainer_tui.sandbox.faults import FaultBoard
from unitrainer_tui.sandbox.ledger import InstanceRecord, password_matches
from unitrainer_tui.sandbox.link import MEGABYTE, Link, Wire
from unitrainer_tui.sandbox.processes import Ended, HostProcesses
from unitrainer_tui.sandbox.sshd import CIPHERS, Login, host_environment, write_shims

JOB_SECONDS, LOOK_SECONDS = 1.0, 0.3
"""What has run on its own for so long is a job; how often is looked for one."""


class Machine:
    """`directory` is this machine's own; `address` the public address that it is to be reached at, None without one."""

    def __init__(self, record: InstanceRecord, directory: Path, config: SandboxConfig, faults: FaultBoard) -> None:
        self.record = record
        self.directory = directory
        self.config = config
        self.faults = faults
        self.ssh_port = 0
        self.address: str | None = None
        self.processes = HostProcesses(directory, record.id, namespaces=config.namespaces)
        self.link = Link(self._count)
        self.sshd_from: float | None = None
        """Seconds of the event loop's clock from which sshd listens; None before the machine is up."""
        self.login_refused_until: float | None = None
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._listening: asyncio.Task[None] | None = None
        self._timers: set[asyncio.TimerHandle] = set()
        self._watching: asyncio.Task[None] | None = None
        self._ended = False
        self._power = asyncio.Lock()

    # ------------------------------------------------------------------------------------------------ life

    async def boot(self) -> None:
        """Starts the host's processes. Raises OSError, also when the machine has ended meanwhile."""
        async with self._power:
            if self._ended:
                raise OSError("the machine is being deleted")
            await self._boot()

    async def _boot(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_shims(self.directory / "shims")
        disk = self.faults.number("disk-full")
        if disk is not None:
            self.faults.fire("disk-full")
        await self.processes.end()  # what a server that was killed in mid-boot may have left
        await self.processes.start(disk or 0.0)
        delay = self.config.sshd_seconds
        refused = self.faults.number("ssh-refused")
        if refused is not None:
            self.faults.fire("ssh-refused")
            delay = max(delay, refused)
        self.sshd_from = asyncio.get_running_loop().time() + delay
        self._listen_soon()

    async def take_over(self) -> None:
        """After a restart of the server: the processes live on, or the machine was switched off and boots again."""
        if self.processes.alive():
            self.sshd_from = asyncio.get_running_loop().time()
            self._listen_soon()
        else:
            await self.boot()

    async def restart(self) -> None:
        """Ends all processes and boots again; the disk stays."""
        async with self._power:
            await self.set_address(None)
            await self.processes.end()
            if not self._ended:
                await self._boot()

    async def end(self) -> None:
        """Ends every process and removes the disk."""
        await self.close()
        async with self._power:
            await self.processes.end()
        await asyncio.to_thread(shutil.rmtree, self.directory, ignore_errors=True)

    async def close(self) -> None:
        """Stops listening and cuts what is connected; the processes live on."""
        self._ended = True
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self.set_address(None)

    # --------------------------------------------------------------------------------------------- network

    async def set_address(self, address: str | None) -> None:
        """Connects the machine to a public address, or takes it off the net and cuts what is connected."""
        self.address = address
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None
        if self._acceptor is not None:
            acceptor, self._acceptor = self._acceptor, None
            acceptor.close()
            self.link.cut()
        self._listen_soon()

    @property
    def listening(self) -> bool:
        return self._acceptor is not None

    def _listen_soon(self) -> None:
        up = self.address is not None and self.sshd_from is not None and not self._ended
        if up and self._acceptor is None and self._listening is None:
            self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, (self.sshd_from or 0.0) - loop.time()))
        while True:
            try:
                self._acceptor = await asyncssh.listen(
                    self.address or "",
                    self.ssh_port,
                    tunnel=self.link,
                    server_factory=self._login,
                    server_host_keys=[self._host_key()],
                    encryption_algs=list(CIPHERS),
                    compression_algs=["none"],
                    login_timeout=60,
                    allow_pty=False,
                    agent_forwarding=False,
                    gss_host=None,
                )
            except OSError:
                await asyncio.sleep(0.5)  # the address is still in use by another program
            else:
                return

    def _host_key(self) -> asyncssh.SSHKey:
        """The machine's own, made at its first boot and kept on its disk."""
        file = self.directory / "ssh_host_ed25519_key"
        if not file.exists():
            key = asyncssh.generate_private_key("ssh-ed25519", comment=self.record.name)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(key.export_private_key())
        return asyncssh.read_private_key(file)

    def _login(self) -> Login:
        return Login(self.processes, self._environment, self._admit, self._greeted, self._command_ended)

    def _environment(self) -> dict[str, str]:
        return host_environment(self.processes.home, self.directory / "shims", os.environ, self.config.image_python)

    def _admit(self, password: str | None, key: asyncssh.SSHKey | None) -> bool:
        if self.faults.on("wrong-password"):
            now, seconds = asyncio.get_running_loop().time(), self.faults.number("wrong-password")
            if self.login_refused_until is None and seconds is not None:
                self.login_refused_until = now + seconds
            if self.login_refused_until is None or now < self.login_refused_until:
                return not self.faults.fire("wrong-password")
        if password is not None:
            return password_matches(password, self.record.password_hash)
        if key is None or self.record.public_key is None:
            return False
        return asyncssh.import_public_key(self.record.public_key).public_data == key.public_data

    # ---------------------------------------------------------------------------------------------- faults

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        timer = asyncio.get_running_loop().call_later(seconds, act)
        self._timers.add(timer)

    def _greeted(self) -> None:
        seconds = self.faults.number("host-key-change")
        if seconds is not None and self.faults.fire("host-key-change"):
            self.later(seconds, self._change_host_key)
        self._watch_soon()

    def _change_host_key(self) -> None:
        (self.directory / "ssh_host_ed25519_key").unlink(missing_ok=True)
        if self._acceptor is not None:
            self._acceptor.update(server_host_keys=[self._host_key()])
        self.link.cut()

    def _count(self, wire: Wire) -> None:
        for name, passed in (("cut-upload", wire.received), ("cut-download", wire.sent)):
            limit = self.faults.number(name)
            if limit is not None and passed >= limit * MEGABYTE and self.faults.fire(name):
                wire.abort()

    def _command_ended(self, ended: Ended) -> None:
        self._watch_soon()

    def _watch_soon(self) -> None:
        armed = self.faults.number("partition") is not None
        if armed and (self._watching is None or self._watching.done()) and not self._ended:
            self._watching = asyncio.create_task(self._watch_for_a_job())

    async def _watch_for_a_job(self) -> None:
        """The partition: once a job has run on its own for a second, the line falls silent. What is left running is
        asked of the host itself, because a client may keep one SSH command open for as long as it likes."""
        since: float | None = None
        clock = asyncio.get_running_loop().time
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            while (seconds := self.faults.number("partition")) is not None and not self._ended:
                command = await self.processes.run(["true"], {}, *[null] * 3)
                left = (await command.wait()).left
                since = None if not left else clock() if since is None else since
                if since is not None and clock() - since >= JOB_SECONDS and self.faults.fire("partition"):
                    self.link.fall_silent(seconds)
                    return
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            os.close(null)
