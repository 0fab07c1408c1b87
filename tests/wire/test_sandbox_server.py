"""The embedded cloud as a process: what survives a restart, who finds it, when it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import httpx
import pytest

from tests.wire.sandbox_renter import Renter, quick, until
from unitrainer_tui.config.paths import Paths
from unitrainer_tui.errors import UsageProblem
from unitrainer_tui.sandbox import Sandbox
from unitrainer_tui.sandbox.endpoint import Endpoint, ensure, locate, sandbox_home, sole_server


@pytest.fixture
def places(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "config", tmp_path / "state", tmp_path / "cache", tmp_path / "models")


def server_pid(places: Paths) -> int:
    """The process that holds the state directory's server lock."""
    inode = (sandbox_home(places) / "server.lock").stat().st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if "FLOCK" in fields and fields[5].endswith(f":{inode}"):
            return int(fields[4])
    raise AssertionError("no server holds the lock")


@pytest.fixture
def stopped(places: Paths) -> Iterator[None]:
    """Ends the server that a test has started, if it still lives."""
    yield
    if locate(places):
        os.kill(server_pid(places), signal.SIGTERM)


async def test_what_is_held_survives_a_restart_of_the_server(tmp_path: Path):
    home = tmp_path / "cloud"
    async with Sandbox(quick(home, keep_hosts=True)) as cloud:
        renter = Renter(cloud)
        await renter.data("POST", "/ssh-keys", name="kept")
        instance, address = await renter.rent()
        url, port, key = cloud.url, cloud.ssh_port, cloud.api_key
        async with renter.ssh(address) as connection:
            host_key = connection.get_server_host_key().public_data
            job = "while sleep 0.05; do echo tick >> ticks; done"
            await connection.run(f"(setsid sh -c '{job}' >/dev/null 2>&1 </dev/null &)")
        await renter.http.aclose()
    async with Sandbox(quick(home)) as cloud:
        renter = Renter(cloud)
        assert (cloud.url, cloud.ssh_port, cloud.api_key) == (url, port, key)
        held = cloud.ledger()
        assert ([record.id for record in held.instances], [ip.address for ip in held.ips]) == ([instance], [address])
        assert [entry.name for entry in held.keys] == ["kept"]
        await until(lambda: cloud.cloud.machines[instance].listening)
        async with renter.ssh(address) as connection:
            assert connection.get_server_host_key().public_data == host_key
            ticking = await connection.run("a=$(wc -l < ticks); sleep 0.5; b=$(wc -l < ticks); test $b -gt $a")
            assert ticking.exit_status == 0
        await renter.http.aclose()


async def test_a_machine_whose_processes_ended_with_the_server_boots_again_with_its_disk(tmp_path: Path):
    home = tmp_path / "cloud"
    async with Sandbox(quick(home)) as cloud:
        renter = Renter(cloud)
        instance, address = await renter.rent()
        async with renter.ssh(address) as connection:
            await connection.run("touch kept")
        await renter.http.aclose()
    async with Sandbox(quick(home)) as cloud:
        renter = Renter(cloud)
        await until(lambda: cloud.cloud.machines[instance].listening)
        async with renter.ssh(address) as connection:
            assert "kept" in (await connection.run("ls")).stdout
        await renter.http.aclose()


async def test_two_that_ask_at_once_get_one_server(places: Paths, stopped: None):
    assert locate(places) is None
    first, second = await asyncio.gather(ensure(places, boot_seconds=0.1), ensure(places))
    assert first == second == locate(places)
    file = sandbox_home(places) / "endpoint.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first.api_key not in repr(first)
    assert os.getsid(server_pid(places)) != os.getsid(0)


async def test_a_server_that_holds_nothing_ends_itself_and_the_next_call_starts_another(places: Paths, stopped: None):
    await ensure(places, idle_seconds=0.3)
    await until(lambda: locate(places) is None, 15)
    assert await ensure(places) == locate(places)


async def test_a_server_that_holds_something_stays(places: Paths, stopped: None):
    endpoint = await ensure(places, idle_seconds=0.3)
    await Client(endpoint).call("POST", "/ssh-keys", name="a")
    await asyncio.sleep(1.0)
    assert locate(places) == endpoint
    await Client(endpoint).call("DELETE", "/ssh-keys/a")
    await until(lambda: locate(places) is None, 15)


async def test_an_unknown_fault_starts_no_server(places: Paths):
    with pytest.raises(UsageProblem):
        await ensure(places, faults=["no-such-thing"])
    assert locate(places) is None


def test_a_second_server_for_the_same_folder_is_refused(tmp_path: Path):
    with sole_server(tmp_path), pytest.raises(UsageProblem, match="already runs"):
        with sole_server(tmp_path):
            pass


async def test_jobs_outlive_a_server_that_is_killed_and_the_next_one_takes_them_over(places: Paths, stopped: None):
    endpoint = await ensure(places, boot_seconds=0.05)
    client = Client(endpoint)
    ip = await client.call("POST", "/ips")
    asked = {"name": "a", "flavor": "CPU-2", "image": "CPU-Ubuntu.22.04", "password": "Aa345678"}
    instance = (await client.call("POST", "/instance-operations/launch", **asked))["id"]
    await client.call("POST", f"/ips/{ip['id']}/associate", instanceId=instance)
    async with await client.ssh(ip["ip"]) as connection:
        job = "while sleep 0.05; do echo tick >> ticks; done"
        await connection.run(f"(setsid sh -c '{job}' >/dev/null 2>&1 </dev/null &)")
    os.kill(server_pid(places), signal.SIGKILL)
    await until(lambda: locate(places) is None)
    assert await ensure(places) == endpoint
    async with await client.ssh(ip["ip"]) as connection:
        ticking = await connection.run("a=$(wc -l < ticks); sleep 0.5; b=$(wc -l < ticks); test $b -gt $a")
        assert ticking.exit_status == 0
    await client.call("POST", "/instance-operations/terminate", id=instance)
    for _ in range(100):
        if not await client.call("GET", "/instances"):
            break
        await asyncio.sleep(0.05)
    assert not processes_below(sandbox_home(places) / "hosts")
    await client.call("DELETE", f"/ips/{ip['id']}")


class Client:
    """Calls of a cloud in another process."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    async def call(self, method: str, path: str, **values: object):
        place = {"project": "demo", "region": "loopback"}
        headers = {"Authorization": f"Bearer {self.endpoint.api_key}"}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
            answer = await http.request(method, self.endpoint.url + path, params=place, json=values)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def ssh(self, address: str) -> asyncssh.SSHClientConnection:
        for _ in range(200):
            try:
                return await asyncssh.connect(
                    address,
                    self.endpoint.ssh_port,
                    username="ubuntu",
                    password="Aa345678",
                    known_hosts=None,
                    client_keys=None,
                    config=None,
                )
            except OSError:
                await asyncio.sleep(0.05)
        raise AssertionError("sshd never listened")


# ------------------------------------------------------------------------------------------------- the command


def start_command(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CANOPYWAVE_", "UNITRAINER_"))}
    return subprocess.Popen(
        [sys.executable, "-c", "from unitrainer_tui.cli import main; main()", "sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**kept, "UNITRAINER_HOME": str(tmp_path / "home"), **environment},
    )


async def test_the_command_tells_a_shell_how_to_reach_it_and_ends_with_its_machines(tmp_path: Path):
    server = start_command(tmp_path, "--boot-seconds", "0.1", CANOPYWAVE_API_KEY=" cw_mine\n")
    assert server.stdout is not None
    try:
        lines = [await asyncio.to_thread(server.stdout.readline) for _ in range(3)]
        told = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        assert list(told) == ["CANOPYWAVE_API_URL", "CANOPYWAVE_API_KEY", "UNITRAINER_SANDBOX_SSH_PORT"]
        assert told["CANOPYWAVE_API_KEY"] == "cw_mine"
        places = Paths(*(tmp_path / "home" / name for name in ("config", "state", "cache", "models")))
        assert locate(places) == Endpoint(
            told["CANOPYWAVE_API_URL"], "cw_mine", int(told["UNITRAINER_SANDBOX_SSH_PORT"])
        )
        values = {"project": "demo", "region": "loopback", "name": "a", "flavor": "CPU-2", "password": "Aa345678"}
        async with httpx.AsyncClient(trust_env=False, headers={"Authorization": "Bearer cw_mine"}) as http:
            url = told["CANOPYWAVE_API_URL"]
            answer = await http.post(f"{url}/instance-operations/launch", json={**values, "image": "CPU-Ubuntu.22.04"})
            assert answer.status_code == 200
        init = sandbox_home(places) / "hosts"
        await until(lambda: list(init.glob("*/init.json")))
        server.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(server.wait, 10) == 0
        assert not await asyncio.to_thread(processes_below, init)
        assert locate(places) is None
    finally:
        server.kill()
        server.communicate()


def processes_below(folder: Path) -> list[str]:
    """Command lines of living processes that name the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in line:
            found.append(line.decode(errors="replace"))
    return found


def test_the_command_refuses_an_unknown_fault_and_names_the_nearest(tmp_path: Path):
    server = start_command(tmp_path, "--fault", "slow-boat=3")
    out, words = server.communicate(timeout=20)
    assert (server.returncode, out) == (2, "")
    assert "slow-boot" in words


def test_the_command_refuses_a_port_that_is_taken(tmp_path: Path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = start_command(tmp_path, "--port", str(taken.getsockname()[1]))
        out, words = server.communicate(timeout=20)
    assert (server.returncode, out) == (1, "")
    assert "--port" in words


def test_the_command_ends_within_a_second_or_two(tmp_path: Path):
    server = start_command(tmp_path)
    assert server.stdout is not None
    server.stdout.readline()
    started = time.monotonic()
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=10)
    assert server.returncode == 0
    assert time.monotonic() - started < 5
