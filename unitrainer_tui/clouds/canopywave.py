"""The CanopyWave API as the Cloud port. The embedded cloud is this same adapter with another URL.

Nothing here retries, and the transport resends nothing: whether a call may be repeated is the pipeline's decision.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from unitrainer_tui import __version__
from unitrainer_tui.clouds import answers
from unitrainer_tui.config.profile import flavor_gpus
from unitrainer_tui.errors import (
    CloudError,
    CloudNotFound,
    CloudRefused,
    CloudThrottled,
    CloudUnauthorized,
    CloudUnclear,
    CloudUnreachable,
)
from unitrainer_tui.ports import Instance, InstanceRow, LaunchRequest, Lease, Offer, PublicIp
from unitrainer_tui.text import safe

BASE_URL = "https://cloud-api.canopywave.io/api/v1"
# No answer of this API is anywhere near so long; a longer one is not read on.
ANSWER_LIMIT = 8 << 20

# (a part of the cloud's text, the plain sentence, what to do); source: CANOPYWAVE, traps.
_KNOWN = (
    (
        "no default payment method",
        "The account has no payment method.",
        "Add one in the CanopyWave console, then run again.",
    ),
    (
        "project network not found",
        "The project has no network yet.",
        "Open the project once in the CanopyWave console to make one.",
    ),
    ("quota", "The account's quota does not allow this machine.", "Ask CanopyWave to raise it, or take a smaller one."),
    ("capacity", "The cloud has no free machine of this flavor.", "Try another flavor or region, or later."),
    ("no valid host", "The cloud has no free machine of this flavor.", "Try another flavor or region, or later."),
    ("out of stock", "The cloud has no free machine of this flavor.", "Try another flavor or region, or later."),
    ("insufficient balance", "The account's balance is too low.", "Top it up in the CanopyWave console."),
    ("insufficient fund", "The account's balance is too low.", "Top it up in the CanopyWave console."),
    ("insufficient credit", "The account's balance is too low.", "Top it up in the CanopyWave console."),
    ("insufficient", "The cloud has not enough of this flavor left.", "Try another flavor or region, or later."),
)


class CanopyWave:
    """One project in one region. `timeout_s` bounds each call as a whole."""

    def __init__(
        self,
        api_key: str,
        project: str,
        region: str,
        *,
        base_url: str = BASE_URL,
        timeout_s: float = 30.0,
        allow_private: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._where = {"project": project, "region": region}
        self._project = project
        self._key = api_key.strip()
        self._timeout = timeout_s
        self._allow_private = allow_private
        # trust_env=False: no proxy or netrc of the environment sees the key; retries=0: no POST is sent twice.
        self._http = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {api_key.strip()}", "User-Agent": f"unitrainer-tui/{__version__}"},
            timeout=httpx.Timeout(timeout_s),
            trust_env=False,
            follow_redirects=False,
            transport=transport or httpx.AsyncHTTPTransport(retries=0),
        )

    async def close(self) -> None:
        await self._http.aclose()

    # ------------------------------------------------------------------------------------------ what is on sale

    async def projects(self) -> list[str]:
        return answers.names(await self._get("projects"), "project")

    async def regions(self) -> list[str]:
        return answers.names(await self._get("regions", project=self._project), "region")

    async def images(self) -> list[str]:
        return answers.names(await self._get("images", project=self._project), "image")

    async def offers(self) -> list[Offer]:
        found = []
        for row in answers.rows(await self._get("instance-types", project=self._project)):
            name = answers.text(row.get("flavor")) if isinstance(row, Mapping) else ""
            if (known := answers.offer(row, flavor_gpus(name))) is not None:
                found.append(known)
        return found

    async def stock(self, flavor: str) -> bool | None:
        return answers.stock(await self._get("flavor-availability", **self._where, flavor=flavor), flavor)

    # ------------------------------------------------------------------------------------------------ instances

    async def instances(self) -> list[InstanceRow]:
        listed = await self._list("instances", **self._where)
        return [row for item in listed if (row := answers.instance_row(item)) is not None]

    async def instance(self, instance_id: str) -> Instance:
        body = await self._get(f"instances/{quote(instance_id, safe='')}", **self._where)
        found = answers.instance(body, allow_private=self._allow_private)
        if found is None:
            raise CloudUnclear("The cloud's answer about the instance holds none.", raw=_raw(body))
        return found

    async def launch(self, request: LaunchRequest) -> str:
        body = {
            **self._where,
            "name": request.name,
            "flavor": request.flavor,
            "image": request.image,
            "password": request.password,
        }
        if request.keypair:
            body["keypair"] = request.keypair
        answer = await self._call("POST", "instance-operations/launch", json_body=body)
        instance_id = answers.launched_id(answer)
        if instance_id is None:
            raise CloudUnclear("The cloud's answer to the launch holds no id.", raw=_raw(answer))
        return instance_id

    def lease(self, instance_id: str, minutes: float, seconds_left: float) -> Lease:
        """What the instance needs to end itself, the API key among it."""
        url = str(self._http.base_url)
        return Lease(url, self._project, self._where["region"], instance_id, minutes, seconds_left, self._key)

    async def terminate(self, instance_id: str) -> None:
        await self._call("POST", "instance-operations/terminate", json_body={**self._where, "id": instance_id})

    # --------------------------------------------------------------------------------------------------- keys

    async def keys(self) -> list[str]:
        listed = await self._list("ssh-keys", **self._where)
        return [name for item in listed if (name := answers.key_name(item))]

    async def add_key(self, name: str, public_key: str) -> None:
        await self._call("POST", "ssh-keys", json_body={**self._where, "name": name, "publicKey": public_key})

    async def drop_key(self, name: str) -> None:
        await self._call("DELETE", f"ssh-keys/{quote(name, safe='')}", params=self._where)

    # ----------------------------------------------------------------------------------------------- addresses

    async def ips(self) -> list[PublicIp]:
        listed = await self._list("ips", **self._where)
        return [ip for item in listed if (ip := answers.public_ip(item)) is not None]

    async def allocate_ip(self) -> PublicIp:
        answer = await self._call("POST", "ips", json_body=dict(self._where))
        ip = answers.public_ip(answers.payload(answer))
        if ip is None:
            raise CloudUnclear("The cloud's answer to the new public IP holds no id.", raw=_raw(answer))
        return ip

    async def associate_ip(self, ip_id: str, instance_id: str) -> None:
        body = {**self._where, "instanceId": instance_id}
        await self._call("POST", f"ips/{quote(ip_id, safe='')}/associate", json_body=body)

    async def disassociate_ip(self, ip_id: str) -> None:
        await self._call("DELETE", f"ips/{quote(ip_id, safe='')}/disassociate", params=self._where)

    async def release_ip(self, ip_id: str) -> None:
        await self._call("DELETE", f"ips/{quote(ip_id, safe='')}", params=self._where)

    # ------------------------------------------------------------------------------------------------ the wire

    async def _get(self, path: str, **params: str) -> Any:
        return await self._call("GET", path, params=params)

    async def _list(self, path: str, **params: str) -> list[Any]:
        """A list from which what is missing is absent. Any other shape proves nothing: CloudUnclear."""
        body = await self._get(path, **params)
        if not answers.is_list(body):
            raise CloudUnclear(f"The cloud's answer to GET /{path} is not a list.", raw=_raw(body))
        return answers.rows(body)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json_body: Mapping[str, str] | None = None,
    ) -> Any:
        what = f"{method} /{path.split('/')[0]}"
        try:
            async with asyncio.timeout(self._timeout):
                status, headers, content = await self._send(method, path, params, json_body)
        except TimeoutError:
            raise CloudUnclear(f"The cloud did not answer {what} within {self._timeout:g} s.") from None
        except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
            host = self._http.base_url.host
            raise CloudUnreachable(
                f"The cloud at {host} cannot be reached ({safe(str(problem))[:120] or 'no connection'}).",
                "Check the network and cloud.api_url.",
            ) from None
        except httpx.HTTPError as problem:
            raise CloudUnclear(f"The connection to the cloud broke in {what} ({type(problem).__name__}).") from None
        return _judge(what, status, headers, content)

    async def _send(
        self, method: str, path: str, params: Mapping[str, str] | None, json_body: Mapping[str, str] | None
    ) -> tuple[int, httpx.Headers, bytes]:
        async with self._http.stream(method, path, params=params, json=json_body) as response:
            content = bytearray()
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > ANSWER_LIMIT:
                    break
            return response.status_code, response.headers, bytes(content)


def _judge(what: str, status: int, headers: Mapping[str, str], content: bytes) -> Any:
    """The payload of a success; everything else as the error that says whether the call may have had its effect."""
    text = content.decode("utf-8", "replace")
    try:
        body = json.loads(text) if text.strip() else None
    except ValueError:
        body = text
    if 200 <= status < 300:
        if isinstance(body, str) and text.strip():
            raise CloudUnclear(f"The cloud's answer to {what} is not JSON.", status=status, raw=_raw(text))
        if isinstance(body, Mapping) and body.get("error"):
            raise CloudUnclear(
                f"The cloud answered {what} with an error: {safe(answers.error_text(body))[:200]}",
                status=status,
                raw=_raw(body),
            )
        return body
    raise _refusal(what, status, headers, answers.error_text(body))


def _refusal(what: str, status: int, headers: Mapping[str, str], words: str) -> CloudError:
    raw = str(safe(words))
    said = f": {raw[:200]}" if raw else ""
    if status == 429:
        return CloudThrottled(
            f"The cloud asks to be called less often ({what}).", raw=raw, retry_after=_retry_after(headers)
        )
    if status == 401:
        return CloudUnauthorized(
            f"The cloud does not accept the API key (401{said}).", "Check CANOPYWAVE_API_KEY.", status=status, raw=raw
        )
    if status == 403:
        return CloudUnauthorized(
            f"The API key may not do this: {what} (403{said}).", "Check the key's rights.", status=status, raw=raw
        )
    if status < 400 or status == 408 or status >= 500:
        return CloudUnclear(f"The cloud answered {what} with {status}{said}.", status=status, raw=raw)
    for part, sentence, hint in _KNOWN:
        if part in raw.lower():
            return CloudRefused(sentence, hint, status=status, raw=raw)
    if status == 402:
        return CloudRefused(
            f"The cloud asks for payment first (402{said}).",
            "Check balance and payment method.",
            status=status,
            raw=raw,
        )
    if status == 404:
        return CloudNotFound(f"The cloud does not know it: {what} (404{said}).", status=status, raw=raw)
    return CloudRefused(f"The cloud refused {what} ({status}{said}).", status=status, raw=raw)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None  # a date is allowed there too; the caller's own backoff then holds


def _raw(body: Any) -> str:
    return str(safe(body if isinstance(body, str) else json.dumps(body, default=str)))[:500]
