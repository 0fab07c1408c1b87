"""Machines of the embedded cloud: real SSH clients, real commands, nothing left behind."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import httpx
import pytest

from unitrainer_tui.sandbox import Sandbox, SandboxConfig

PASSWORD = "Correct-horse-1"


class Renter:
    """A client of the API as a test needs it: rents one machine and connects to it."""

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


async def until(holds, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.01)


@pytest.fixture(params=["namespaces", "subreaper"])
async def renter(request, tmp_path: Path) -> AsyncIterator[Renter]:
    config = SandboxConfig(
        home=tmp_path / "cloud",
        boot_seconds=0.05,
        sshd_seconds=0.05,
        delete_seconds=0.05,
        namespaces=request.param == "namespaces",
    )
    async with Sandbox(config) as cloud:
        renter = Renter(cloud)
        yield renter
        await renter.http.aclose()


async def test_a_command_runs_in_a_clean_home_and_tells_its_exit_code(renter: Renter, monkeypatch):
    monkeypatch.setenv("CANOPYWAVE_API_KEY", "cw_canary")
    monkeypatch.setenv("UV_INDEX_URL", "http://index.example")
    _, address = await renter.rent()
    async with renter.ssh(address) as connection:
        result = await connection.run("env; pwd; exit 7")
        assert result.exit_status == 7
        assert "cw_canary" not in result.stdout
        lines = result.stdout.split("\n")
        home = next(line for line in lines if line.startswith("HOME="))[5:]
        assert home in lines
        assert "USER=ubuntu" in lines
        assert "UV_INDEX_URL=http://index.example" in lines
        refused = await connection.run("sudo apt-get install x")
        assert refused.exit_status == 1
        assert "embedded cloud" in refused.stderr
        assert (await connection.run("python3 -c 'import sklearn'")).exit_status == 0


async def test_a_stream_of_200_megabytes_arrives_byte_for_byte(renter: Renter):
    _, address = await renter.rent()
    size = 200_000_000
    async with renter.ssh(address, encryption_algs=["aes128-gcm@openssh.com"]) as connection:
        block = os.urandom(1_000_000)
        async with connection.create_process("sha256sum; cat /dev/null", encoding=None) as process:
            import hashlib

            digest = hashlib.sha256()
            started = time.monotonic()
            for _ in range(size // len(block)):
                digest.update(block)
                process.stdin.write(block)
                await process.stdin.drain()
            process.stdin.write_eof()
            told = await process.stdout.read()
            print(f"{size / 1e6 / (time.monotonic() - started):.0f} MB/s")
        assert told.split()[0].decode() == digest.hexdigest()


async def test_a_terminated_machine_leaves_no_process_not_even_a_daemon(renter: Renter, tmp_path: Path):
    instance, address = await renter.rent()
    beat = tmp_path / "beat"
    daemon = (
        f"(setsid bash -c 'setsid bash -c \"while :; do date +%N > {beat}; sleep 0.02; done\" &' &) >/dev/null 2>&1"
    )
    async with renter.ssh(address) as connection:
        await connection.run(daemon, check=True)
    await until(beat.exists)
    first = beat.read_text()
    await until(lambda: beat.read_text() not in ("", first))
    await renter.data("POST", "/instance-operations/terminate", id=instance)
    await until(lambda: not renter.cloud.ledger().instances)
    last = beat.read_text()
    await asyncio.sleep(0.2)
    assert beat.read_text() == last
    assert not list((renter.cloud.config.home / "hosts").iterdir())
