"""The embedded cloud's API, call by call, with a plain HTTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import httpx
import pytest

from tests.wire.sandbox_renter import PASSWORD, Renter, quick, until
from unitrainer_tui.sandbox import Sandbox


class Clock:
    """Unix seconds that stand still until a test moves them."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def renter(tmp_path: Path, clock: Clock) -> AsyncIterator[Renter]:
    config = quick(
        tmp_path / "cloud",
        clock=clock,
        projects=("demo", "other"),
        regions=("loopback", "sequoia"),
        capacity={"H100-8": 1},
    )
    async with Sandbox(config) as cloud:
        renter = Renter(cloud)
        yield renter
        await renter.http.aclose()


GOOD = {"name": "ut-a", "flavor": "CPU-2", "image": "CPU-Ubuntu.22.04", "password": PASSWORD}


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer cw_wrong"}, {"Authorization": "Basic x"}])
async def test_a_call_without_the_key_is_refused(renter: Renter, header: dict[str, str]):
    async with httpx.AsyncClient(trust_env=False, headers=header) as stranger:
        answer = await stranger.get(renter.cloud.url + "/projects")
    assert answer.status_code == 401
    assert "error" in answer.json()


async def test_the_catalogue_has_the_documented_shapes(renter: Renter):
    assert await renter.data("GET", "/projects") == ["demo", "other"]
    assert await renter.data("GET", "/regions") == ["loopback", "sequoia"]
    assert {"GPU-Ubuntu.22.04", "GPU-Ubuntu.24.04", "CPU-Ubuntu.22.04"} <= set(await renter.data("GET", "/images"))
    flavors = {row["flavor"]: row for row in await renter.data("GET", "/instance-types")}
    assert set(flavors["H100-4"]) == {"flavor", "name", "images", "price", "priceHour", "specs"}
    assert (flavors["H100-4"]["price"], flavors["H100-4"]["priceHour"]) == (900, "$2.25")
    assert (await renter.data("GET", "/flavor-availability", flavor="H100-8"))["available"] is True
    assert (await renter.data("GET", "/account/balance"))["balance"] == 100.0


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"project": "nobody"}, 404),
        ({"project": ""}, 400),
        ({"region": "mars"}, 404),
        ({"region": None}, 400),
        ({"flavor": "H900-1"}, 400),
        ({"image": "Windows"}, 400),
        ({"flavor": "H100-1"}, 400),
        ({"name": ""}, 400),
        ({"name": "a b"}, 400),
        ({"password": "short1A"}, 400),
        ({"password": "alllowercase1"}, 400),
        ({"password": None}, 400),
        ({"keypair": "unknown"}, 400),
    ],
)
async def test_a_launch_that_the_cloud_would_refuse_is_refused(renter: Renter, wrong: dict[str, object], status: int):
    answer = await renter.call("POST", "/instance-operations/launch", **{**GOOD, **wrong})
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert renter.cloud.ledger().empty


async def test_what_is_sold_out_is_refused(renter: Renter):
    big = {**GOOD, "flavor": "H100-8", "image": "GPU-Ubuntu.22.04"}
    await renter.launch(**big)
    answer = await renter.call("POST", "/instance-operations/launch", **big)
    assert answer.status_code == 409
    assert "capacity" in answer.json()["error"].lower()
    assert (await renter.data("GET", "/flavor-availability", flavor="H100-8"))["available"] is False


async def test_an_instance_lives_as_documented_from_launch_to_absence(renter: Renter):
    answer = await renter.data("POST", "/instance-operations/launch", **GOOD)
    assert list(answer) == ["id"]
    instance = answer["id"]
    server = await renter.data("GET", f"/instances/{instance}")
    assert (server["status"], server["addresses"], server["accessIPv4"]) == ("BUILD", {}, "")
    await renter.active(instance)
    server = await renter.data("GET", f"/instances/{instance}")
    assert (server["status"], server["OS-EXT-STS:task_state"], server["name"]) == ("ACTIVE", None, "ut-a")
    [addresses] = server["addresses"].values()
    assert [entry["OS-EXT-IPS:type"] for entry in addresses] == ["fixed"]
    assert addresses[0]["addr"].startswith("127.16.")
    address = await renter.address(instance)
    server = await renter.data("GET", f"/instances/{instance}")
    [addresses] = server["addresses"].values()
    assert {"addr": address, "version": 4, "OS-EXT-IPS:type": "floating"} in addresses
    [row] = await renter.data("GET", "/instances")
    assert set(row) == {"id", "name", "flavor", "region", "status", "publicIp", "launchedAt", "role", "paymentMode"}
    assert (row["status"], row["publicIp"]) == ("active", address)
    assert await renter.data("GET", "/instances/running") == [row]
    assert (await renter.call("GET", "/instances", region="sequoia")).json() == {"data": []}
    await renter.data("POST", "/instance-operations/terminate", id=instance)
    await until(lambda: not renter.cloud.ledger().instances)
    assert await renter.data("GET", "/instances") == []
    assert (await renter.call("GET", f"/instances/{instance}")).status_code == 404
    assert (await renter.call("POST", "/instance-operations/terminate", id=instance)).status_code == 404


async def test_a_public_ip_is_held_until_it_is_released(renter: Renter):
    instance = await renter.launch()
    ip = await renter.data("POST", "/ips")
    assert set(ip) == {"id", "ip"}
    assert await renter.data("GET", "/ips") == [{**ip, "server": None, "status": "DOWN"}]
    answer = await renter.data("POST", f"/ips/{ip['id']}/associate", instanceId=instance)
    assert (answer["instanceId"], answer["ipId"], bool(answer["portId"])) == (instance, ip["id"], True)
    assert await renter.data("GET", "/ips") == [{**ip, "server": "ut-test", "status": "ACTIVE"}]
    assert (await renter.call("DELETE", f"/ips/{ip['id']}")).status_code == 409
    assert (await renter.call("POST", "/ips/none/associate", instanceId=instance)).status_code == 404
    assert (await renter.call("POST", f"/ips/{ip['id']}/associate", instanceId="none")).status_code == 404
    assert await renter.data("DELETE", f"/ips/{ip['id']}/disassociate") == {"id": ip["id"]}
    assert await renter.data("DELETE", f"/ips/{ip['id']}") == {"id": ip["id"]}
    assert (await renter.call("DELETE", f"/ips/{ip['id']}")).status_code == 404
    assert await renter.data("GET", "/ips") == []


async def test_a_terminated_instance_leaves_its_ip_idle_and_billed(renter: Renter, clock: Clock):
    instance, _ = await renter.rent()
    await renter.data("POST", "/instance-operations/terminate", id=instance)
    await until(lambda: not renter.cloud.ledger().instances)
    [ip] = await renter.data("GET", "/ips")
    assert ip["server"] is None
    before = renter.cloud.ledger().spent_usd
    clock.now += 3600
    assert renter.cloud.ledger().spent_usd > before


async def test_two_ips_never_have_the_same_address(renter: Renter):
    addresses = [(await renter.data("POST", "/ips"))["ip"] for _ in range(20)]
    assert len(set(addresses)) == 20
    assert all(address.startswith("127.") for address in addresses)


async def test_keys_are_registered_listed_and_dropped(renter: Renter):
    key = asyncssh.generate_private_key("ssh-ed25519")
    public = key.export_public_key().decode().strip()
    assert await renter.data("POST", "/ssh-keys", name="a", publicKey=public) == {"publicKey": public}
    [entry] = await renter.data("GET", "/ssh-keys")
    assert set(entry["keypair"]) == {"name", "fingerprint", "public_key"}
    assert (await renter.call("POST", "/ssh-keys", name="a", publicKey=public)).status_code == 409
    assert (await renter.call("POST", "/ssh-keys", name="b", publicKey="rubbish")).status_code == 400
    made = await renter.data("POST", "/ssh-keys", name="made")
    assert asyncssh.import_private_key(made["privateKey"]).public_data
    assert await renter.data("DELETE", "/ssh-keys/a") == {"name": "a"}
    assert (await renter.call("DELETE", "/ssh-keys/a")).status_code == 404


async def test_the_bill_goes_by_clock_and_price_until_the_instance_is_gone(renter: Renter, clock: Clock):
    instance = await renter.launch(flavor="H100-4", image="GPU-Ubuntu.22.04")
    clock.now += 1800
    assert renter.cloud.ledger().spent_usd == pytest.approx(4.50)
    assert (await renter.data("GET", "/account/balance"))["balance"] == pytest.approx(95.5)
    renter.cloud.cloud.ledger.instances[instance].status = "SHUTOFF"
    clock.now += 1800
    assert renter.cloud.ledger().billed_seconds == 3600
    [line] = await renter.data("GET", "/billing")
    assert (line["cents"], line["centsPerHour"]) == (pytest.approx(900), 900)
    await renter.data("POST", "/instance-operations/terminate", id=instance)
    await until(lambda: not renter.cloud.ledger().instances)
    clock.now += 3600
    assert renter.cloud.ledger().spent_usd == pytest.approx(9.0)


async def test_without_money_nothing_is_launched(renter: Renter, clock: Clock):
    await renter.launch(flavor="H100-8", image="GPU-Ubuntu.22.04")
    clock.now += 3600 * 24
    assert (await renter.call("POST", "/instance-operations/launch", **GOOD)).status_code == 402


async def test_the_log_of_calls_never_holds_a_password(renter: Renter):
    await renter.launch()
    calls = renter.cloud.ledger().calls
    assert [(call.method, call.path, call.status) for call in calls] == [
        ("POST", "/api/v1/instance-operations/launch", 200)
    ]
    assert calls[0].body["name"] == "ut-test"
    assert PASSWORD not in repr(calls)
    assert PASSWORD not in (renter.cloud.config.home / "ledger.json").read_text()


async def test_a_client_that_knows_the_url_only_learns_the_ssh_port(renter: Renter):
    async with httpx.AsyncClient(trust_env=False) as stranger:
        told = (await stranger.get(renter.cloud.url + "/sandbox")).json()["data"]
        missing = await stranger.get(renter.cloud.url + "/nothing")
    assert told["ssh_port"] == renter.cloud.ssh_port
    assert renter.cloud.api_key not in str(told)
    assert (missing.status_code, list(missing.json())) == (404, ["error"])


async def test_projects_and_regions_do_not_see_each_other(renter: Renter):
    instance = await renter.launch()
    ip = (await renter.data("POST", "/ips"))["id"]
    assert await renter.data("GET", "/instances", project="other") == []
    assert (await renter.call("GET", f"/instances/{instance}", region="sequoia")).status_code == 404
    assert (await renter.call("DELETE", f"/ips/{ip}", project="other")).status_code == 404
