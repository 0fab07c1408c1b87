"""Each fault of the embedded cloud acts as its line in the registry says, and is counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import httpx
import pytest

from tests.wire.sandbox_renter import PASSWORD, Renter, quick, until
from unitrainer_tui.sandbox import Sandbox


@pytest.fixture
async def renter(tmp_path: Path) -> AsyncIterator[Renter]:
    async with Sandbox(quick(tmp_path / "cloud")) as cloud:
        renter = Renter(cloud)
        yield renter
        await renter.http.aclose()


async def launch_answer(renter: Renter, **values: object) -> httpx.Response:
    asked = {"name": "ut-a", "flavor": "CPU-2", "image": "CPU-Ubuntu.22.04", "password": PASSWORD, **values}
    return await renter.call("POST", "/instance-operations/launch", **asked)


async def test_no_capacity_refuses_the_named_flavor_only(renter: Renter):
    renter.cloud.set_fault("no-capacity", "CPU-2")
    assert (await launch_answer(renter)).status_code == 409
    assert (await renter.data("GET", "/flavor-availability", flavor="CPU-2"))["available"] is False
    assert (await launch_answer(renter, flavor="CPU-8")).status_code == 200
    assert renter.cloud.fired["no-capacity"] == 1


async def test_build_error_ends_in_error_with_a_reason(renter: Renter):
    renter.cloud.set_fault("build-error")
    instance = await renter.launch()
    await until(lambda: renter.cloud.ledger().instances[0].status == "ERROR")
    server = await renter.data("GET", f"/instances/{instance}")
    assert (server["status"], "No valid host" in server["fault"]["message"]) == ("ERROR", True)
    assert [row["status"] for row in await renter.data("GET", "/instances")] == ["error"]
    await renter.data("POST", "/instance-operations/terminate", id=instance)
    await until(lambda: renter.cloud.ledger().empty)


async def test_slow_boot_stays_in_build(renter: Renter):
    renter.cloud.set_fault("slow-boot", 0.5)
    instance = await renter.launch()
    await asyncio.sleep(0.2)
    assert (await renter.data("GET", f"/instances/{instance}"))["status"] == "BUILD"
    await renter.active(instance)


async def test_no_ip_refuses_to_allocate(renter: Renter):
    renter.cloud.set_fault("no-ip")
    assert (await renter.call("POST", "/ips")).status_code == 409
    assert not renter.cloud.ledger().ips


async def test_ssh_refused_opens_its_port_late(renter: Renter):
    renter.cloud.set_fault("ssh-refused", 0.6)
    instance = await renter.launch()
    await renter.active(instance)
    started = time.monotonic()
    address = await renter.address(instance)
    with pytest.raises(ConnectionRefusedError):
        await renter.ssh(address)
    await until(lambda: renter.cloud.cloud.machines[instance].listening)
    assert time.monotonic() - started > 0.3
    async with renter.ssh(address):
        pass


async def test_a_launch_that_is_never_answered_has_made_the_instance(renter: Renter):
    renter.cloud.set_fault("launch-timeout-but-created")
    with pytest.raises(httpx.ReadTimeout):
        async with httpx.AsyncClient(base_url=renter.cloud.url, headers=renter.http.headers, timeout=0.3) as hasty:
            asked = {"name": "ut-a", "flavor": "CPU-2", "image": "CPU-Ubuntu.22.04", "password": PASSWORD}
            await hasty.post("/instance-operations/launch", json={**renter.place, **asked})
    assert [row["name"] for row in await renter.data("GET", "/instances")] == ["ut-a"]
    assert (await launch_answer(renter)).status_code == 200


@pytest.mark.parametrize(("fault", "status"), [("launch-500-after-effect", 500), ("launch-garbage", 200)])
async def test_a_launch_with_a_useless_answer_has_made_the_instance(renter: Renter, fault: str, status: int):
    renter.cloud.set_fault(fault)
    answer = await launch_answer(renter)
    assert answer.status_code == status
    assert "ut-a" not in answer.text
    assert len(renter.cloud.ledger().instances) == 1
    assert renter.cloud.fired == {fault: 1}


async def test_list_lag_shows_what_was_made_late(renter: Renter):
    renter.cloud.set_fault("list-lag", 0.4)
    instance = await renter.launch()
    assert await renter.data("GET", "/instances") == []
    assert (await renter.call("GET", f"/instances/{instance}")).status_code == 404
    await asyncio.sleep(0.45)
    assert len(await renter.data("GET", "/instances")) == 1


async def test_terminate_500_has_no_effect_n_times(renter: Renter):
    renter.cloud.set_fault("terminate-500", 2)
    instance = await renter.launch()
    codes = [(await renter.call("POST", "/instance-operations/terminate", id=instance)).status_code for _ in range(3)]
    assert codes == [500, 500, 200]
    await until(lambda: renter.cloud.ledger().empty)


async def test_terminate_ignored_says_yes_and_does_nothing(renter: Renter):
    renter.cloud.set_fault("terminate-ignored")
    instance, _ = await renter.rent()
    await renter.data("POST", "/instance-operations/terminate", id=instance)
    await asyncio.sleep(0.2)
    assert (await renter.data("GET", f"/instances/{instance}"))["status"] == "ACTIVE"
    await renter.data("POST", "/instance-operations/terminate", id=instance)
    await until(lambda: not renter.cloud.ledger().instances)


async def test_delete_stuck_stays_deleting_until_the_fault_is_over(renter: Renter):
    renter.cloud.set_fault("delete-stuck")
    instance = await renter.launch()
    await renter.data("POST", "/instance-operations/terminate", id=instance)
    await asyncio.sleep(0.2)
    assert (await renter.data("GET", f"/instances/{instance}"))["OS-EXT-STS:task_state"] == "deleting"
    renter.cloud.clear_faults()
    await renter.data("POST", "/instance-operations/terminate", id=instance)
    await until(lambda: renter.cloud.ledger().empty)


async def test_cut_upload_ends_the_connection_once_in_mid_stream(renter: Renter):
    _, address = await renter.rent()
    renter.cloud.set_fault("cut-upload", 2)
    content = bytes(5_000_000)
    async with renter.ssh(address) as connection:
        assert (await connection.run("cat > f", input=content, encoding=None)).exit_status is None
    async with renter.ssh(address) as connection:
        size = int((await connection.run("wc -c < f")).stdout)
        assert 0 < size < 5_000_000
        assert (await connection.run("cat > f", input=content, encoding=None)).exit_status == 0
    assert renter.cloud.fired == {"cut-upload": 1}


async def test_cut_download_ends_the_connection_once_in_mid_stream(renter: Renter):
    _, address = await renter.rent()
    renter.cloud.set_fault("cut-download", 2)
    async with renter.ssh(address) as connection:
        ended = await connection.run("head -c 5000000 /dev/zero", encoding=None)
        assert (ended.exit_status, len(ended.stdout) < 5_000_000) == (None, True)
    async with renter.ssh(address) as connection:
        assert len((await connection.run("head -c 5000000 /dev/zero", encoding=None)).stdout) == 5_000_000


async def test_partition_silences_the_link_after_a_job_was_left_and_loses_nothing(renter: Renter):
    _, address = await renter.rent()
    renter.cloud.set_fault("partition", 1.0)
    async with renter.ssh(address) as connection:
        await connection.run("true")
        assert not renter.cloud.fired
        await connection.run("(setsid sleep 30 >/dev/null 2>&1 </dev/null &)")
        await until(lambda: renter.cloud.fired["partition"])
        started = time.monotonic()
        told = await connection.run("echo over", timeout=10)
        assert told.stdout == "over\n"
        assert time.monotonic() - started > 0.5


async def test_a_full_disk_fails_commands_and_sftp_alike(renter: Renter):
    renter.cloud.set_fault("disk-full", 3)
    _, address = await renter.rent()
    async with renter.ssh(address) as connection:
        ended = await connection.run("cat > f", input=bytes(5_000_000), encoding=None)
        assert ended.exit_status == 1
        assert b"No space left" in ended.stderr
        await connection.run("rm f")
        async with connection.start_sftp_client() as sftp:
            with pytest.raises(asyncssh.SFTPError):
                async with sftp.open("g", "wb") as file:
                    for _ in range(5):
                        await file.write(bytes(1_000_000))
            assert 0 < (await sftp.stat("g")).size <= 3_200_000


async def test_host_key_change_cuts_the_link_and_answers_with_another_key(renter: Renter):
    _, address = await renter.rent()
    renter.cloud.set_fault("host-key-change", 0.1)
    async with renter.ssh(address) as connection:
        before = connection.get_server_host_key().public_data
        await asyncio.wait_for(connection.wait_closed(), 5)
    async with renter.ssh(address) as connection:
        assert connection.get_server_host_key().public_data != before


async def test_wrong_password_refuses_every_login_for_its_time(renter: Renter):
    _, address = await renter.rent()
    renter.cloud.set_fault("wrong-password", 0.3)
    with pytest.raises(asyncssh.PermissionDenied):
        await renter.ssh(address)
    await asyncio.sleep(0.35)
    async with renter.ssh(address):
        pass


async def test_key_revoked_answers_401_after_the_first_launch(renter: Renter):
    renter.cloud.set_fault("key-revoked", "0.2,0.3")
    await renter.launch()
    assert (await renter.call("GET", "/instances")).status_code == 200
    await asyncio.sleep(0.25)
    assert (await renter.call("GET", "/instances")).status_code == 401
    await asyncio.sleep(0.3)
    assert (await renter.call("GET", "/instances")).status_code == 200


async def test_api_429_says_when_to_come_again(renter: Renter):
    renter.cloud.set_fault("api-429", 2)
    answers = [await renter.call("GET", "/projects") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "1"


async def test_api_500_has_no_effect(renter: Renter):
    renter.cloud.set_fault("api-500")
    assert (await launch_answer(renter)).status_code == 500
    assert renter.cloud.ledger().empty


async def test_an_ip_whose_allocation_is_never_answered_exists(renter: Renter):
    renter.cloud.set_fault("allocate-timeout-but-created")
    with pytest.raises(httpx.ReadTimeout):
        async with httpx.AsyncClient(base_url=renter.cloud.url, headers=renter.http.headers, timeout=0.3) as hasty:
            await hasty.post("/ips", json=renter.place)
    assert len(await renter.data("GET", "/ips")) == 1


async def test_associate_and_release_fail_without_effect_n_times(renter: Renter):
    renter.cloud.set_fault("associate-500", 1)
    renter.cloud.set_fault("release-500", 1)
    instance = await renter.launch()
    ip = (await renter.data("POST", "/ips"))["id"]
    assert (await renter.call("POST", f"/ips/{ip}/associate", instanceId=instance)).status_code == 500
    assert renter.cloud.ledger().ips[0].instance is None
    assert (await renter.call("DELETE", f"/ips/{ip}")).status_code == 500
    assert len(renter.cloud.ledger().ips) == 1
    assert (await renter.call("DELETE", f"/ips/{ip}")).status_code == 200


async def test_an_instance_can_vanish(renter: Renter):
    renter.cloud.set_fault("vanish", 0.2)
    instance = await renter.launch()
    await renter.active(instance)
    await until(lambda: renter.cloud.ledger().empty)
    assert (await renter.call("GET", f"/instances/{instance}")).status_code == 404


async def test_what_has_fired_is_told_over_http(renter: Renter):
    renter.cloud.set_fault("api-500")
    await renter.call("GET", "/projects")
    async with httpx.AsyncClient(trust_env=False) as stranger:
        told = (await stranger.get(renter.cloud.url + "/sandbox")).json()["data"]
    assert (told["fired"], told["faults"]) == ({"api-500": 1}, {})
