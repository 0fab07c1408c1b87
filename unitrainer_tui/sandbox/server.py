"""The embedded cloud as a whole: ledger, API server and machines, opened and closed together."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

import uvicorn

from unitrainer_tui.sandbox.api import PREFIX, Api
from unitrainer_tui.sandbox.cloud import SandboxCloud
from unitrainer_tui.sandbox.config import SandboxConfig
from unitrainer_tui.sandbox.faults import FaultBoard
from unitrainer_tui.sandbox.ledger import Call, InstanceRecord, IpRecord, KeyRecord, Ledger


@dataclass(frozen=True)
class Holdings:
    """What the cloud holds now and has billed. `billed_seconds` over all instances there ever were."""

    instances: tuple[InstanceRecord, ...]
    ips: tuple[IpRecord, ...]
    keys: tuple[KeyRecord, ...]
    billed_seconds: float
    spent_usd: float
    calls: tuple[Call, ...]

    @property
    def empty(self) -> bool:
        return not (self.instances or self.ips or self.keys)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the program that the cloud is embedded in."""
        yield


class Sandbox:
    """`async with Sandbox(SandboxConfig(home=…)) as cloud:` serves until the block ends."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self._faults = FaultBoard(config.faults, config.seed)
        self.url = ""
        self.api_key = ""
        self.ssh_port = 0
        self.last_call = 0.0
        """Seconds of the event loop's clock."""
        self._reserved: socket.socket | None = None

    @property
    def fired(self) -> Counter[str]:
        """How often each fault has acted."""
        return self._faults.fired

    def set_fault(self, name: str, value: str | float | None = None) -> None:
        """Switches a fault on from now on. Raises UsageProblem for one that does not exist."""
        self._faults.arm(name, None if value is None else str(value))

    def clear_faults(self) -> None:
        """Switches all faults off; what has fired stays counted."""
        self._faults.clear()

    def ledger(self) -> Holdings:
        book, now = self._ledger, self.config.clock()
        return Holdings(
            tuple(book.live_instances()),
            tuple(book.live_ips()),
            tuple(book.keys),
            sum(record.billed_seconds(now) for record in book.instances.values()),
            book.spent_cents(now) / 100,
            tuple(self._api.log),
        )

    @property
    def cloud(self) -> SandboxCloud:
        return self._cloud

    async def __aenter__(self) -> Sandbox:
        self.config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        ledger = Ledger.load(self.config.home / "ledger.json")
        self._ledger = ledger
        ledger.api_key = self.config.api_key or ledger.api_key or f"cw_{secrets.token_urlsafe(24)}"
        self.api_key = ledger.api_key
        self._reserved = _bind(self.config.ssh_port, ledger.ssh_port, self.config.ssh_port_first, listen=False)
        ledger.ssh_port = self.ssh_port = self._reserved.getsockname()[1]
        listener = _bind(self.config.port, ledger.port, listen=True)
        ledger.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{ledger.port}{PREFIX}"
        ledger.save()
        loop = asyncio.get_running_loop()
        self.last_call = loop.time()
        self._cloud = SandboxCloud(self.config, ledger, self._faults)
        await self._cloud.open()
        self._api = Api(self._cloud, self.api_key, self._called)
        self._server = _Server(
            uvicorn.Config(
                self._api.application(),
                http="h11",
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
                headers=list(Api.headers),
                timeout_graceful_shutdown=1,
            )
        )
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
                raise OSError("the API server ended at once")
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        await self._serving
        await self._cloud.close()
        if self._reserved is not None:
            self._reserved.close()

    def _called(self) -> None:
        self.last_call = asyncio.get_running_loop().time()

    def touch(self) -> None:
        """As if somebody had called just now."""
        self._called()

    def idle(self) -> bool:
        """The cloud has held nothing and nobody has called for `idle_seconds`; never when that is None."""
        if not self._ledger.empty:
            self.touch()
        seconds = self.config.idle_seconds
        return seconds is not None and asyncio.get_running_loop().time() - self.last_call >= seconds

    async def until_idle(self) -> None:
        while not self.idle():
            await asyncio.sleep(min(1.0, (self.config.idle_seconds or 4.0) / 4))


def _bind(wanted: int, *first: int, listen: bool) -> socket.socket:
    """A socket bound on 127.0.0.1: to the port that is wanted (OSError when taken), else one of `first`, else any.

    One that does not listen only keeps other programs, and other embedded clouds, from choosing the port.
    """
    for port in [wanted] if wanted else [*filter(None, first), 0]:
        # asyncio switches Nagle's delay off only where the protocol is named.
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if listen:  # without it a port stays taken for a minute after its last connection
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(("127.0.0.1", port))
            if listen:
                bound.listen(128)
        except OSError:
            bound.close()
            if port in (wanted, 0):
                raise
        else:
            return bound
    raise OSError("no port is free")
