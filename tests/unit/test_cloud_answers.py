"""Every shape of answer that the cloud is known to send, and what a status proves about the call's effect."""

from __future__ import annotations

import json

import httpx
import pytest

from unitrainer_tui.clouds import answers
from unitrainer_tui.clouds.canopywave import CanopyWave
from unitrainer_tui.errors import (
    CloudNotFound,
    CloudRefused,
    CloudThrottled,
    CloudUnauthorized,
    CloudUnclear,
    CloudUnreachable,
)
from unitrainer_tui.ports import LaunchRequest

FIXED = {"addr": "172.16.0.252", "version": 4, "OS-EXT-IPS:type": "fixed"}
FLOATING = {"addr": "203.0.113.45", "version": 4, "OS-EXT-IPS:type": "floating"}
REQUEST = LaunchRequest("ut-x", "H100-4", "GPU-Ubuntu.22.04", "Password-1_abcdefghijkl")


def cloud(*replies: httpx.Response | Exception, sent: list[httpx.Request] | None = None) -> CanopyWave:
    queue = list(replies)

    def answer(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request)
        reply = queue.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    return CanopyWave("cw_test_key\n", "p", "r", transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ({"addresses": {"net": [FIXED]}}, None),
        ({"addresses": {"net": [FIXED, FLOATING]}, "ip": "8.8.8.8"}, "203.0.113.45"),
        ({"addresses": {"net": [FIXED]}, "accessIPv4": "8.8.8.8"}, "8.8.8.8"),
        ({"ip": "172.16.0.9", "publicIp": "8.8.4.4"}, "8.8.4.4"),
        ({"addresses": {"net": [FIXED]}, "accessIPv4": ""}, None),
        ({"ip": None, "addresses": None}, None),
        ({"ip": "not an address", "addresses": {"net": "odd"}}, None),
    ],
)
def test_addresses_are_believed_in_the_documented_order(server, address):
    assert answers.believed_address(server, allow_private=False) == address


def test_a_private_address_is_believed_only_where_the_profile_allows_it():
    assert answers.believed_address({"addresses": {"net": [FIXED]}}, allow_private=True) == "172.16.0.252"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"data": {"id": "a"}}, "a"),
        ({"id": "a", "status": "BUILD"}, "a"),
        ({"data": {"instance": {"id": "a"}}}, "a"),
        ({"data": [{"id": "a"}]}, "a"),
        ({"data": {}}, None),
        ({"data": None}, None),
        ("ok", None),
    ],
)
def test_the_launched_id_is_found_wherever_it_stands(body, found):
    assert answers.launched_id(body) == found


def test_the_higher_of_two_prices_counts():
    offer = answers.offer({"flavor": "H200-8", "price": 1800, "priceHour": "$3.00"}, gpus=8)
    assert offer is not None
    assert offer.usd_per_hour == 24.0
    assert answers.offer({"flavor": "H100-4", "price": 900, "priceHour": "2.25 / GPU"}, 4).usd_per_hour == 9.0  # type: ignore[union-attr]
    assert answers.offer({"flavor": "X"}, 1).usd_per_hour is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ({"data": {"available": True}}, True),
        ({"available": False}, False),
        ({"status": "Available"}, True),
        ({"status": "sold out"}, False),
        ({"free": 0}, False),
        ({"data": [{"flavor": "F", "count": 3}]}, True),
        ({"status": "maybe"}, None),
        ({}, None),
        (None, None),
        ("<html>", None),
    ],
)
def test_stock_that_is_not_clear_is_unknown(body, known):
    assert answers.stock(body, "F") is known


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, CloudRefused),
        (401, CloudUnauthorized),
        (402, CloudRefused),
        (403, CloudUnauthorized),
        (404, CloudNotFound),
        (410, CloudNotFound),
        (408, CloudUnclear),
        (409, CloudRefused),
        (429, CloudThrottled),
        (500, CloudUnclear),
        (502, CloudUnclear),
        (302, CloudUnclear),
    ],
)
async def test_a_status_says_whether_the_launch_may_have_had_its_effect(status, kind):
    with pytest.raises(kind) as problem:
        await cloud(httpx.Response(status, json={"error": "words"})).launch(REQUEST)
    assert type(problem.value) is kind


@pytest.mark.parametrize("body", [b"<html>ok</html>", b"", b"{}", b'{"data": {}}', b'{"error": "odd"}', b"\xff\xfe"])
async def test_a_2xx_without_an_id_is_in_doubt(body):
    with pytest.raises(CloudUnclear):
        await cloud(httpx.Response(200, content=body)).launch(REQUEST)


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (httpx.ReadTimeout("slow"), CloudUnclear),
        (httpx.ReadError("reset"), CloudUnclear),
        (httpx.RemoteProtocolError("closed"), CloudUnclear),
        (httpx.ConnectError("refused"), CloudUnreachable),
    ],
)
async def test_only_a_connection_that_was_never_made_proves_that_nothing_happened(problem, kind):
    with pytest.raises(kind):
        await cloud(problem).launch(REQUEST)


async def test_a_launch_is_sent_once_with_the_documented_fields():
    sent: list[httpx.Request] = []
    with pytest.raises(CloudUnclear):
        await cloud(httpx.ReadError("reset"), sent=sent).launch(REQUEST)
    [request] = sent
    assert request.headers["authorization"] == "Bearer cw_test_key"
    body = json.loads(request.content)
    assert set(body) == {"project", "region", "name", "flavor", "image", "password"}


async def test_a_list_in_another_shape_proves_no_absence():
    with pytest.raises(CloudUnclear):
        await cloud(httpx.Response(200, json={"data": None})).instances()
    with pytest.raises(CloudUnclear):
        await cloud(httpx.Response(200, json={"data": {"message": "try later"}})).ips()


async def test_rows_are_read_in_the_documented_and_the_seen_shape():
    row = {"id": "1", "name": "n", "flavor": "H100-4", "region": "r", "status": "active", "publicIp": "8.8.8.8"}
    [found] = await cloud(httpx.Response(200, json=[row])).instances()
    assert (found.status, found.address) == ("ACTIVE", "8.8.8.8")
    assert await cloud(httpx.Response(200, json={"data": [{"keypair": {"name": "k"}}]})).keys() == ["k"]
    [ip] = await cloud(httpx.Response(200, json={"data": [{"id": "7", "ip": "1.2.3.4", "server": None}]})).ips()
    assert (ip.address, ip.server) == ("1.2.3.4", None)


async def test_retry_after_is_read():
    with pytest.raises(CloudThrottled) as problem:
        await cloud(httpx.Response(429, headers={"Retry-After": "7"})).projects()
    assert problem.value.retry_after == 7


@pytest.mark.parametrize(
    "words", ["no default payment method", "Project network not found", "Quota exceeded for cores"]
)
async def test_known_refusals_get_a_plain_sentence_with_what_to_do(words):
    with pytest.raises(CloudRefused) as problem:
        await cloud(httpx.Response(400, json={"message": words})).launch(REQUEST)
    assert problem.value.hint
    assert words not in problem.value.message
    assert problem.value.raw == words


async def test_control_bytes_of_an_error_do_not_get_through():
    with pytest.raises(CloudRefused) as problem:
        await cloud(httpx.Response(422, json={"error": "\x1b]0;title\x07bad\x9b31m"})).launch(REQUEST)
    assert all(char.isprintable() for char in problem.value.sentence())


async def test_the_password_and_the_key_stand_in_no_representation():
    adapter = cloud()
    assert "cw_test_key" not in repr(adapter)
    assert "Password" not in repr(REQUEST)


async def test_an_answer_that_is_nested_too_deep_is_an_unclear_one():
    with pytest.raises(CloudUnclear, match="not JSON"):
        await cloud(httpx.Response(200, content=b"[" * 200_000)).instances()
