"""The cloud's HTTP face, call by call as CanopyWave documents it: `{"data": …}` or a status and `{"error": …}`."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from unitrainer_tui import __version__
from unitrainer_tui.sandbox.catalog import FLAVORS, IMAGES, IP_CENTS_PER_HOUR
from unitrainer_tui.sandbox.cloud import Refusal, SandboxCloud
from unitrainer_tui.sandbox.ledger import Call, InstanceRecord

PREFIX = "/api/v1"
_SILENCE_SECONDS = 600.0
"""How long a call that is never answered stays open."""
_LOGGED = 20_000
"""Calls that the log keeps, the newest."""


class Asked:
    """A call's parameters: those of the query and, over them, those of the JSON body."""

    def __init__(self, request: Request, values: dict[str, Any]) -> None:
        self.path = request.path_params
        self.values = values

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    @property
    def project(self) -> str:
        return self.text("project")

    @property
    def region(self) -> str:
        return self.text("region")


Handler = Callable[[Asked], Awaitable[Any]]


class Api:
    """`called` is told of each authorised call; `log` holds every call, the passwords taken out."""

    def __init__(self, cloud: SandboxCloud, api_key: str, called: Callable[[], None]) -> None:
        self.cloud = cloud
        self.api_key = api_key
        self.called = called
        self.log: deque[Call] = deque(maxlen=_LOGGED)

    def application(self) -> Starlette:
        calls: list[tuple[str, str, Handler]] = [
            ("GET", "/projects", self.projects),
            ("GET", "/regions", self.regions),
            ("GET", "/images", self.images),
            ("GET", "/instance-types", self.types),
            ("GET", "/flavor-availability", self.availability),
            ("GET", "/account/balance", self.balance),
            ("GET", "/billing", self.billing),
            ("GET", "/instances", self.instances),
            ("GET", "/instances/running", self.running),
            ("GET", "/instances/{id}", self.instance),
            ("POST", "/instance-operations/launch", self.launch),
            ("POST", "/instance-operations/restart", self.restart),
            ("POST", "/instance-operations/terminate", self.terminate),
            ("GET", "/ssh-keys", self.keys),
            ("POST", "/ssh-keys", self.add_key),
            ("DELETE", "/ssh-keys/{name}", self.drop_key),
            ("GET", "/ips", self.ips),
            ("POST", "/ips", self.allocate),
            ("POST", "/ips/{id}/associate", self.associate),
            ("DELETE", "/ips/{id}/disassociate", self.disassociate),
            ("DELETE", "/ips/{id}", self.release),
        ]
        routes = [
            Route(PREFIX + path, self._endpoint(handler, path), methods=[method]) for method, path, handler in calls
        ]
        routes.append(Route(PREFIX + "/sandbox", self.about, methods=["GET"]))
        return Starlette(routes=routes, exception_handlers={404: _no_such_call, 405: _no_such_call})

    headers = (("Server-Name", "unitrainer-sandbox"),)
    """On every answer: a client that looks for its own server knows it by this."""

    async def about(self, request: Request) -> Response:
        """For a client that knows the URL only. Needs no key and tells no secret."""
        cloud = self.cloud
        return JSONResponse(
            {
                "data": {
                    "ssh_port": cloud.ledger.ssh_port,
                    "version": __version__,
                    "faults": cloud.faults.armed(),
                    "fired": dict(cloud.faults.fired),
                }
            }
        )

    # ------------------------------------------------------------------------------------- around every call

    def _endpoint(self, handler: Handler, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            asked: dict[str, Any] = dict(request.query_params)
            broken = False
            try:
                content = json.loads(body) if body.strip() else {}
            except ValueError:
                content, broken = {}, True
            if isinstance(content, dict):
                asked |= content
            response = await self._answer(request, handler, name, Asked(request, asked), broken)
            shown = {key: value for key, value in asked.items() if key != "password"}
            self.log.append(
                Call(request.method, request.url.path, shown, self.cloud.now(), response.status_code if response else 0)
            )
            return response if response is not None else await _never(request)

        return endpoint

    async def _answer(
        self, request: Request, handler: Handler, name: str, asked: Asked, broken: bool
    ) -> Response | None:
        """None: the call is never answered."""
        faults = self.cloud.faults
        if not self._authorised(request):
            return _error(401, "Unauthorized: the API key is missing, wrong or revoked")
        self.called()
        if faults.fire("api-429"):
            return JSONResponse({"error": "Too many requests"}, 429, {"Retry-After": "1"})
        if faults.fire("api-500"):
            return _error(500, "Internal server error")
        if broken:
            return _error(400, "The body is not valid JSON")
        before = {"terminate": "terminate-500", "associate": "associate-500", "release": "release-500"}
        fault = before.get(handler.__name__)
        if fault and faults.fire(fault):
            return _error(500, "Internal server error")
        try:
            data = await handler(asked)
        except Refusal as refusal:
            return _error(refusal.status, str(refusal))
        if handler.__name__ == "launch":
            if faults.fire("launch-timeout-but-created"):
                return None
            if faults.fire("launch-500-after-effect"):
                return _error(500, "Internal server error")
            if faults.fire("launch-garbage"):
                return HTMLResponse("<html><head><title>502</title></head><body>Please come again later.</body></html>")
        if handler.__name__ == "allocate" and faults.fire("allocate-timeout-but-created"):
            return None
        return JSONResponse({"data": data})

    def _authorised(self, request: Request) -> bool:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(key.strip().encode(), self.api_key.encode()):
            return False
        revoked, first = self.cloud.faults.span("key-revoked"), self.cloud.first_launch
        if revoked is not None and first is not None and revoked[0] <= self.cloud.now() - first < revoked[1]:
            return not self.cloud.faults.fire("key-revoked")
        return True

    # ------------------------------------------------------------------------------------------------ catalogue

    async def projects(self, asked: Asked) -> Any:
        return list(self.cloud.config.projects)

    async def regions(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, needs_region=False)
        return list(self.cloud.config.regions)

    async def images(self, asked: Asked) -> Any:
        if asked.project:
            self.cloud.place(asked.project, needs_region=False)
        return list(IMAGES)

    async def types(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, needs_region=False)
        return [flavor.row() for flavor in FLAVORS.values()]

    async def availability(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        return {"flavor": asked.text("flavor"), "available": self.cloud.free(asked.text("flavor")) > 0}

    async def balance(self, asked: Asked) -> Any:
        return {"balance": round(self.cloud.balance_usd(), 4), "currency": "USD"}

    async def billing(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, needs_region=False)
        now = self.cloud.now()
        return [
            *(
                {
                    "resource": "instance",
                    "id": record.id,
                    "name": record.name,
                    "seconds": round(record.billed_seconds(now), 3),
                    "centsPerHour": FLAVORS[record.flavor].cents_per_hour,
                    "cents": round(record.cents(now), 4),
                }
                for record in self.cloud.ledger.instances.values()
                if record.project == asked.project
            ),
            *(
                {
                    "resource": "public_ip",
                    "id": ip.id,
                    "name": ip.address,
                    "seconds": round((ip.released_at or now) - ip.allocated_at, 3),
                    "centsPerHour": IP_CENTS_PER_HOUR,
                    "cents": round(ip.cents(now), 4),
                }
                for ip in self.cloud.ledger.ips.values()
                if ip.project == asked.project
            ),
        ]

    # ------------------------------------------------------------------------------------------------ instances

    def _row(self, record: InstanceRecord) -> dict[str, Any]:
        ip = self.cloud.public_ip(record.id)
        return {
            "id": record.id,
            "name": record.name,
            "flavor": record.flavor,
            "region": record.region,
            "status": record.status.lower(),
            "publicIp": ip.address if ip else "",
            "launchedAt": _iso(record.launched_at),
            "role": "owner",
            "paymentMode": "on-demand",
        }

    async def instances(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region or None, needs_region=False)
        return [self._row(record) for record in self.cloud.instances(asked.project, asked.region or None)]

    async def running(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        records = self.cloud.instances(asked.project, asked.region)
        return [self._row(record) for record in records if record.status == "ACTIVE"]

    async def instance(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        record = self.cloud.instance(asked.project, asked.region, asked.path["id"])
        addresses = []
        if record.status == "ACTIVE":
            addresses.append({"addr": record.fixed_address, "version": 4, "OS-EXT-IPS:type": "fixed"})
            ip = self.cloud.public_ip(record.id)
            if ip is not None:
                addresses.append({"addr": ip.address, "version": 4, "OS-EXT-IPS:type": "floating"})
        shown: dict[str, Any] = {
            "id": record.id,
            "name": record.name,
            "status": record.status,
            "addresses": {f"{record.project}-network": addresses} if addresses else {},
            "accessIPv4": "",
            "accessIPv6": "",
            "OS-EXT-STS:task_state": record.task_state,
            "OS-EXT-STS:vm_state": {"BUILD": "building"}.get(record.status, record.status.lower()),
            "key_name": record.key_name,
            "security_groups": [{"name": "default"}],
            "flavor": {"original_name": record.flavor},
            "created": _iso(record.launched_at),
        }
        if record.fault:
            shown["fault"] = {"code": 500, "message": record.fault}
        return shown

    async def launch(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        return {"id": self.cloud.launch(asked.project, asked.region, asked.values).id}

    async def restart(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        return {"id": (await self.cloud.restart(asked.project, asked.region, asked.text("id"))).id}

    async def terminate(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        return {"id": self.cloud.terminate(asked.project, asked.region, asked.text("id")).id}

    # ----------------------------------------------------------------------------------------------------- keys

    async def keys(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        return [
            {"keypair": {"name": key.name, "fingerprint": key.fingerprint, "public_key": key.public_key}}
            for key in self.cloud.keys(asked.project, asked.region)
        ]

    async def add_key(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        key, private = self.cloud.add_key(
            asked.project, asked.region, asked.values.get("name"), asked.values.get("publicKey")
        )
        return {"publicKey": key.public_key, **({"privateKey": private} if private else {})}

    async def drop_key(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        self.cloud.drop_key(asked.project, asked.region, asked.path["name"])
        return {"name": asked.path["name"]}

    # ----------------------------------------------------------------------------------------------- public IPs

    async def ips(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        names = {record.id: record.name for record in self.cloud.ledger.instances.values()}
        return [
            {
                "id": ip.id,
                "ip": ip.address,
                "server": names.get(ip.instance) if ip.instance else None,
                "status": "ACTIVE" if ip.instance else "DOWN",
            }
            for ip in self.cloud.ips(asked.project, asked.region)
        ]

    async def allocate(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        ip = self.cloud.allocate(asked.project, asked.region)
        return {"id": ip.id, "ip": ip.address}

    async def associate(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        ip = await self.cloud.associate(asked.project, asked.region, asked.path["id"], asked.text("instanceId"))
        return {"instanceId": ip.instance, "ipId": ip.id, "portId": f"port-{ip.instance}"}

    async def disassociate(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        return {"id": (await self.cloud.disassociate(asked.project, asked.region, asked.path["id"])).id}

    async def release(self, asked: Asked) -> Any:
        self.cloud.place(asked.project, asked.region)
        return {"id": self.cloud.release(asked.project, asked.region, asked.path["id"]).id}


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)


async def _no_such_call(request: Request, error: Exception) -> Response:
    return _error(getattr(error, "status_code", 404), f"{request.method} {request.url.path}: no such call")


async def _never(request: Request) -> Response:
    """Waits until the client gives up."""
    waited = 0.0
    while waited < _SILENCE_SECONDS and not await request.is_disconnected():
        await asyncio.sleep(0.1)
        waited += 0.1
    return _error(504, "Gateway timeout")


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
