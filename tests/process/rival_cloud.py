"""A second, independent cloud for the tests: the API as documented, over plain HTTP, written without the embedded one.

Its instances are a real OpenSSH sshd on loopback, which accepts whatever key was registered through `POST /ssh-keys`.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.sshd import Sshd

PROJECT, REGION, IMAGE, FLAVOR = "my-ml-project", "sequoia", "GPU-Ubuntu.22.04", "CPU-2"
KEY = "cw_rival-canary-4711"
# An address that is not loopback would not reach the sshd: every public address of this cloud is 127.0.0.x.


@dataclass
class Answer:
    """What goes over the wire. `body` is JSON, or text where it is a str; `drop` closes without an answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False


def ok(data: Any) -> Answer:
    return Answer(200, {"data": data})


def error(status: int, words: str, **headers: str) -> Answer:
    return Answer(status, {"error": words}, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass
class Call:
    at: float
    what: str
    query: dict[str, str]
    body: dict[str, Any]


@dataclass
class RivalCloud:
    """`faults` holds functions by route (`POST launch`, `POST ips`, …): each sees the call and a function that does the
    real thing; what it returns is answered."""

    sshd: Sshd
    instances: dict[str, dict[str, Any]] = field(default_factory=dict)
    ips: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    faults: dict[str, Callable[[Call, Callable[[], Answer]], Answer]] = field(default_factory=dict)
    boot_seconds: float = 0.3
    key: str = KEY
    prices: dict[str, Any] = field(default_factory=lambda: {FLAVOR: 100, "CPU-4": 200})
    stock: dict[str, Any] = field(default_factory=dict)
    public_at_boot: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    url: str = ""

    def count(self, what: str) -> int:
        return sum(call.what == what for call in self.calls)

    def holds(self) -> list[Any]:
        """Everything that is still there."""
        return [*self.instances.values(), *self.ips.values(), *self.keys]

    # ------------------------------------------------------------------------------------------------- the routes

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any], token: str) -> Answer:
        parts = [unquote(part) for part in path.split("/") if part]
        what = f"{method} {parts[-1] if parts[:1] == ['instance-operations'] else self._short(parts)}"
        call = Call(time.monotonic(), what, query, body)
        with self.lock:
            self.calls.append(call)
            authorized = token == f"Bearer {self.key}"
        if not authorized:
            return error(401, "invalid api key")

        def real() -> Answer:
            with self.lock:
                return self._route(method, parts, query, body)

        fault = self.faults.get(what)
        return fault(call, real) if fault else real()

    @staticmethod
    def _short(parts: list[str]) -> str:
        if len(parts) > 1 and parts[0] in ("instances", "ips", "ssh-keys"):
            return "/".join([parts[0], "ID", *parts[2:]])
        return "/".join(parts)

    def _route(self, method: str, parts: list[str], query: dict[str, str], body: dict[str, Any]) -> Answer:
        where = query if method in ("GET", "DELETE") else body
        if parts == ["projects"]:
            return ok([PROJECT, "another"])
        if where.get("project", PROJECT) != PROJECT:
            return error(403, "no such project")
        match method, parts:
            case "GET", ["regions"]:
                return ok([REGION, "elsewhere"])
            case "GET", ["images"]:
                return ok([IMAGE, "CPU-Ubuntu.22.04"])
            case "GET", ["instance-types"]:
                return ok([self._type(name, price) for name, price in self.prices.items()])
            case "GET", ["flavor-availability"]:
                return ok(self.stock.get(query.get("flavor", ""), {"status": "available"}))
            case "GET", ["account", "balance"]:
                return ok({"balance": 10})
            case "GET", ["instances"]:
                return ok([self._row(server) for server in self.instances.values()])
            case "GET", ["instances", name]:
                found = self.instances.get(name)
                return ok(self._server(found)) if found else error(404, "instance not found")
            case "POST", ["instance-operations", "launch"]:
                return self._launch(body)
            case "POST", ["instance-operations", "terminate"]:
                if body.get("id") not in self.instances:
                    return error(404, "instance not found")
                gone = self.instances.pop(body["id"])
                for ip in self.ips.values():
                    if ip["server"] == gone["name"]:
                        ip.update(server=None, status="DOWN")
                return ok({"id": gone["id"]})
            case "GET", ["ssh-keys"]:
                return ok(
                    [{"keypair": {"name": n, "fingerprint": "aa:bb", "public_key": k}} for n, k in self.keys.items()]
                )
            case "POST", ["ssh-keys"]:
                if body["name"] in self.keys:
                    return error(409, "key exists")
                self.keys[body["name"]] = body["publicKey"]
                with (self.sshd.folder / "client_key.pub").open("a") as file:
                    file.write(body["publicKey"].strip() + "\n")
                return ok({"publicKey": body["publicKey"]})
            case "DELETE", ["ssh-keys", name]:
                return ok({"name": name}) if self.keys.pop(name, None) else error(404, "no such key")
            case "GET", ["ips"]:
                return ok(list(self.ips.values()))
            case "POST", ["ips"]:
                return self._allocate()
            case "POST", ["ips", name, "associate"]:
                server = self.instances.get(body.get("instanceId", ""))
                if name not in self.ips or server is None:
                    return error(404, "not found")
                self.ips[name].update(server=server["name"], status="ACTIVE")
                return ok({"instanceId": server["id"], "ipId": name, "portId": "p1"})
            case "DELETE", ["ips", name, "disassociate"]:
                if name not in self.ips:
                    return error(404, "not found")
                self.ips[name].update(server=None, status="DOWN")
                return ok({"id": name})
            case "DELETE", ["ips", name]:
                if name not in self.ips:
                    return error(404, "not found")
                if self.ips[name]["server"]:
                    return error(409, "still attached")
                del self.ips[name]
                return ok({"id": name})
        return error(404, f"no route {method} /{'/'.join(parts)}")

    @staticmethod
    def _type(name: str, price: Any) -> dict[str, Any]:
        row = {"flavor": name, "name": name, "images": [IMAGE], "specs": {"vcpus": 2}}
        return row if price is None else {**row, "price": price, "priceHour": f"${price / 100:.2f}"}

    def _launch(self, body: dict[str, Any]) -> Answer:
        for name in ("region", "project", "name", "flavor", "image", "password"):
            if not body.get(name):
                return error(400, f"{name} is missing")
        if body.get("keypair") and body["keypair"] not in self.keys:
            return error(400, "no such keypair")
        server = self.add(body["name"], flavor=body["flavor"])
        server["keypair"] = body.get("keypair")
        if self.public_at_boot:
            server["public"] = "127.0.0.1"
        return ok({"id": server["id"]})

    def add(self, name: str, flavor: str = FLAVOR, status: str | None = None) -> dict[str, Any]:
        identity = f"00000000-0000-4000-8000-{next(self.numbers):012d}"
        server: dict[str, Any] = {
            "id": identity,
            "name": name,
            "flavor": flavor,
            "born": time.monotonic(),
            "forced": status,
        }
        self.instances[identity] = server
        return server

    def _allocate(self) -> Answer:
        number = next(self.numbers)
        ip = {"id": f"ip-{number}", "ip": "127.0.0.1", "server": None, "status": "DOWN"}
        self.ips[ip["id"]] = ip  # type: ignore[index]
        return ok({"id": ip["id"], "ip": ip["ip"]})

    def _status(self, server: dict[str, Any]) -> str:
        if server["forced"]:
            return str(server["forced"])
        return "ACTIVE" if time.monotonic() - server["born"] >= self.boot_seconds else "BUILD"

    def _public(self, server: dict[str, Any]) -> str | None:
        held = [ip["ip"] for ip in self.ips.values() if ip["server"] == server["name"]]
        return held[0] if held else server.get("public")

    def _row(self, server: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": server["id"],
            "name": server["name"],
            "flavor": server["flavor"],
            "region": REGION,
            "status": self._status(server).lower(),
            "publicIp": self._public(server) or "",
            "launchedAt": "2025-01-01T00:00:00Z",
            "role": "owner",
            "paymentMode": "hourly",
        }

    def _server(self, server: dict[str, Any]) -> dict[str, Any]:
        addresses = [{"addr": "172.16.0.252", "version": 4, "OS-EXT-IPS:type": "fixed"}]
        if self._status(server) == "ACTIVE" and (public := self._public(server)):
            addresses.append({"addr": public, "version": 4, "OS-EXT-IPS:type": "floating"})
        return {
            "id": server["id"],
            "name": server["name"],
            "status": self._status(server),
            "addresses": {"private-net": addresses},
            "accessIPv4": "",
            "OS-EXT-STS:task_state": None,
            "key_name": server.get("keypair"),
            "security_groups": [{"name": "default"}],
        }


def serve(cloud: RivalCloud) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(length)
            path = parts.path.removeprefix("/api/v1")
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = json.loads(content) if content else {}
            answer = cloud.answer(self.command, path, query, body, self.headers.get("Authorization", ""))
            if answer.delay:
                time.sleep(answer.delay)
            if answer.drop:
                self.close_connection = True
                return
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            data = text.encode()
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_DELETE = _handle

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    cloud.url = f"http://127.0.0.1:{server.server_address[1]}/api/v1"
    return server


@pytest.fixture
def rival(sshd: Sshd) -> Iterator[RivalCloud]:
    cloud = RivalCloud(sshd)
    server = serve(cloud)
    yield cloud
    server.shutdown()
    server.server_close()
