"""A client of the embedded cloud as its tests need one: rents machines and connects to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import asyncssh
import httpx

from unitrainer_tui.sandbox import Sandbox, SandboxConfig

PASSWORD = "Correct-horse-1"


class Renter:
    def __init__(self, cloud: Sandbox) -> None:
        self.cloud = cloud
        self.http = httpx.AsyncClient(
            base_url=cloud.url, headers={"Authorization": f"Bearer {cloud.api_key}"}, trust_env=False, timeout=10
        )
        self.place = {"project": "demo", "region": "loopback"}

    async def call(self, method: str, path: str, **values: object) -> httpx.Response:
        if method == "POST":
            return await self.http.post(path, json={**self.place, **values})
        return await self.http.request(method, path, params={**self.place, **values})  # type: ignore[arg-type]

    async def data(self, method: str, path: str, **values: object):
        answer = await self.call(method, path, **values)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def launch(self, name: str = "ut-test", **values: object) -> str:
        asked = {"name": name, "flavor": "CPU-2", "image": "CPU-Ubuntu.22.04", "password": PASSWORD, **values}
        return (await self.data("POST", "/instance-operations/launch", **asked))["id"]

    async def active(self, instance: str) -> None:
        await until(lambda: self.cloud.cloud.ledger.instances[instance].status == "ACTIVE")

    async def address(self, instance: str) -> str:
        ip = await self.data("POST", "/ips")
        await self.data("POST", f"/ips/{ip['id']}/associate", instanceId=instance)
        return ip["ip"]

    async def rent(self, **values: object) -> tuple[str, str]:
        """The id and public address of a machine whose sshd listens."""
        instance = await self.launch(**values)
        await self.active(instance)
        address = await self.address(instance)
        await until(lambda: self.cloud.cloud.machines[instance].listening)
        return instance, address

    def ssh(self, address: str, **options: object):
        options = {"username": "ubuntu", "password": PASSWORD, "client_keys": None, **options}
        return asyncssh.connect(address, self.cloud.ssh_port, known_hosts=None, config=None, **options)


async def until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.01)


def quick(home, **options: Any) -> SandboxConfig:
    """A cloud whose machines come and go in no time."""
    return SandboxConfig(home=home, **{"boot_seconds": 0.05, "sshd_seconds": 0.02, "delete_seconds": 0.05, **options})
