"""The embedded cloud as a process: serves until a signal, or until it has stood empty long enough."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from unitrainer_tui.sandbox.config import DEFAULT_SSH_PORT, SandboxConfig
from unitrainer_tui.sandbox.endpoint import Endpoint, leaving, published, sole_server
from unitrainer_tui.sandbox.server import Sandbox


async def serve(config: SandboxConfig, ready: Callable[[Endpoint], None]) -> None:
    """Returns on SIGINT, SIGTERM, or when the cloud has been idle (`config.idle_seconds`). Raises UsageProblem when
    the folder has a live server, OSError when a port that was asked for is taken."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    config.ssh_port_first = DEFAULT_SSH_PORT
    with sole_server(config.home):
        async with Sandbox(config) as cloud:
            endpoint = Endpoint(cloud.url, cloud.api_key, cloud.ssh_port)
            with published(config.home, endpoint):
                ready(endpoint)
                stopped = asyncio.create_task(stop.wait())
                while not stopped.done():
                    idle = asyncio.create_task(cloud.until_idle())
                    await asyncio.wait({stopped, idle}, return_when=asyncio.FIRST_COMPLETED)
                    if not idle.done():
                        idle.cancel()
                        break
                    if _leave(cloud, config):
                        break
                stopped.cancel()


def _leave(cloud: Sandbox, config: SandboxConfig) -> bool:
    """Decides under the lock that callers look for a server with; from then on none finds this one."""
    with leaving(config.home) as alone:
        if alone and cloud.idle():
            (config.home / "endpoint.json").unlink(missing_ok=True)
            return True
    cloud.touch()
    return False
