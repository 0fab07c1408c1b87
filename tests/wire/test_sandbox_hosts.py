"""Machines of the embedded cloud: real SSH clients, real commands, nothing left behind."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from tests.wire.sandbox_renter import PASSWORD, Renter, quick, until
from unitrainer_tui.sandbox import Sandbox


@pytest.fixture
async def renter(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Renter]:
    namespaces = getattr(request, "param", "namespaces") == "namespaces"
    async with Sandbox(quick(tmp_path / "cloud", namespaces=namespaces)) as cloud:
        renter = Renter(cloud)
        yield renter
        await renter.http.aclose()


both_ways = pytest.mark.parametrize("renter", ["namespaces", "subreaper"], indirect=True)
"""With a process namespace for each machine, and as where the kernel does not allow one."""


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


async def test_a_stream_arrives_byte_for_byte_up_to_its_end(renter: Renter):
    _, address = await renter.rent()
    content = os.urandom(20_000_000)
    async with renter.ssh(address) as connection:
        for _ in range(2):
            async with connection.create_process("cat > f; sha256sum f; cat f", encoding=None) as process:
                process.stdin.write(content)
                process.stdin.write_eof()
                told = await process.stdout.readline()
                assert told.split()[0].decode() == hashlib.sha256(content).hexdigest()
                assert await process.stdout.read() == content


@both_ways
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


async def test_many_commands_at_once_each_get_their_own_answer(renter: Renter):
    _, address = await renter.rent()
    async with renter.ssh(address) as connection:
        lines = [f"sleep 0.0{number % 7}; echo 'ünï {number}'; exit {number}" for number in range(40)]
        answers = await asyncio.gather(*(connection.run(line, timeout=20) for line in lines))
    assert [(answer.exit_status, answer.stdout) for answer in answers] == [
        (number, f"ünï {number}\n") for number in range(40)
    ]


@both_ways
async def test_a_detached_job_survives_its_connection(renter: Renter):
    _, address = await renter.rent()
    async with renter.ssh(address) as connection:
        await connection.run("setsid sh -c 'sleep 0.3; echo done > result' >/dev/null 2>&1 </dev/null &", check=True)
    async with renter.ssh(address) as connection:
        told = await connection.run("while [ ! -s result ]; do sleep 0.05; done; cat result", timeout=10)
    assert told.stdout == "done\n"


@both_ways
async def test_a_signal_reaches_the_command_and_how_it_died_is_told(renter: Renter):
    _, address = await renter.rent()
    async with renter.ssh(address) as connection, connection.create_process("echo up; sleep 60") as process:
        await process.stdout.readline()
        process.send_signal("TERM")
        ended = await process.wait(timeout=10)
    assert ended.exit_signal is not None
    assert ended.exit_signal[0] == "TERM"


async def test_a_command_that_ignores_its_input_does_not_stall_the_client(renter: Renter):
    _, address = await renter.rent()
    async with renter.ssh(address) as connection:
        ended = await connection.run("exit 3", input=b"x" * 4_000_000, encoding=None, timeout=10)
    assert ended.exit_status == 3


async def test_sftp_starts_in_the_home_and_sees_what_commands_see(renter: Renter, tmp_path: Path):
    _, address = await renter.rent()
    async with renter.ssh(address) as connection, connection.start_sftp_client() as sftp:
        home = (await connection.run("pwd")).stdout.strip()
        assert await sftp.realpath(".") == home
        async with sftp.open("a file", "wb") as file:
            await file.write(b"\0\xff" * 1000)
        assert (await connection.run("wc -c < 'a file'")).stdout.strip() == "2000"
        assert (await sftp.stat(f"{home}/a file")).size == 2000
        assert sorted(await sftp.listdir(".")) == [".", "..", "a file", "tmp"]


async def test_only_the_launch_password_and_the_registered_key_open_the_door(renter: Renter):
    key, stranger = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    await renter.data("POST", "/ssh-keys", name="mine", publicKey=key.export_public_key().decode())
    _, address = await renter.rent(keypair="mine")
    async with renter.ssh(address, password=None, client_keys=[key]) as connection:
        assert (await connection.run("whoami")).exit_status == 0
    for wrong in ({"password": PASSWORD + "x"}, {"password": None, "client_keys": [stranger]}, {"username": "root"}):
        with pytest.raises(asyncssh.PermissionDenied):
            await renter.ssh(address, **wrong)


async def test_a_machine_is_reachable_only_while_its_address_is_associated(renter: Renter):
    instance, address = await renter.rent()
    ip = (await renter.data("GET", "/ips"))[0]["id"]
    async with renter.ssh(address) as connection:
        await renter.data("DELETE", f"/ips/{ip}/disassociate")
        await asyncio.wait_for(connection.wait_closed(), 5)
    with pytest.raises(OSError):
        await renter.ssh(address)
    await renter.data("POST", f"/ips/{ip}/associate", instanceId=instance)
    await until(lambda: renter.cloud.cloud.machines[instance].listening)
    async with renter.ssh(address) as connection:
        assert (await connection.run("true")).exit_status == 0


@both_ways
async def test_a_restart_ends_the_processes_and_keeps_disk_and_host_key(renter: Renter):
    instance, address = await renter.rent()
    machine = renter.cloud.cloud.machines[instance]
    async with renter.ssh(address) as connection:
        boot = "cat /proc/sys/kernel/random/boot_id"
        before = (await connection.run(f"touch kept; (setsid sleep 60 >/dev/null 2>&1 </dev/null &); {boot}")).stdout
        host_key = connection.get_server_host_key().public_data
    await renter.data("POST", "/instance-operations/restart", id=instance)
    record = renter.cloud.cloud.ledger.instances[instance]
    await until(lambda: record.task_state is None and machine.listening)
    async with renter.ssh(address) as connection:
        assert connection.get_server_host_key().public_data == host_key
        after = await connection.run(f"ls; {boot}")
        assert "kept" in after.stdout
        if machine.processes.namespaces:
            assert after.stdout.splitlines()[-1] != before.strip()
            assert "sleep" not in (await connection.run("ps -e")).stdout


@pytest.mark.skipif(not shutil.which("scp"), reason="needs OpenSSH's scp")
async def test_the_openssh_programs_work_with_it(renter: Renter, tmp_path: Path):
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "key").touch(mode=0o600)
    key.write_private_key(tmp_path / "key")
    (tmp_path / "sent").write_bytes(os.urandom(300_000))
    await renter.data("POST", "/ssh-keys", name="mine", publicKey=key.export_public_key().decode())
    _, address = await renter.rent(keypair="mine")
    lenient = ["-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-F/dev/null", "-i", tmp_path / "key"]

    async def run(program: str, *arguments: object) -> tuple[int | None, bytes]:
        words = [program, *lenient, f"-oPort={renter.cloud.ssh_port}", *arguments]
        process = await asyncio.create_subprocess_exec(*map(str, words), stdout=-1, stderr=-1)
        out, _ = await process.communicate()
        return process.returncode, out

    assert (await run("scp", tmp_path / "sent", f"ubuntu@{address}:there"))[0] == 0
    assert (await run("scp", f"ubuntu@{address}:there", tmp_path / "back"))[0] == 0
    assert (tmp_path / "back").read_bytes() == (tmp_path / "sent").read_bytes()
    assert await run("ssh", f"ubuntu@{address}", "wc -c < there; exit 9") == (9, b"300000\n")
