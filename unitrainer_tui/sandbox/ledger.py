"""What the embedded cloud holds and what it has billed, kept in one JSON file that is replaced as a whole.

All times are Unix seconds of the sandbox's clock. Passwords are kept as salted hashes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from unitrainer_tui.config.paths import write_private
from unitrainer_tui.sandbox.catalog import FLAVORS, IP_CENTS_PER_HOUR

Record = TypeVar("Record")


def hash_password(password: str) -> str:
    salt = secrets.token_hex(8)
    return salt + "$" + hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 5000).hex()


def password_matches(password: str, stored: str) -> bool:
    salt, _, digest = stored.partition("$")
    return hmac.compare_digest(
        hashlib.pbkdf2_hmac("sha256", password.encode("utf-8", "replace"), salt.encode(), 5000).hex(), digest
    )


@dataclass
class InstanceRecord:
    """`status` as Nova tells it: BUILD, ACTIVE, ERROR, SHUTOFF, DELETED. `boots` counts its starts."""

    id: str
    name: str
    project: str
    region: str
    flavor: str
    image: str
    password_hash: str = field(repr=False)
    launched_at: float
    fixed_address: str
    key_name: str | None = None
    public_key: str | None = None
    status: str = "BUILD"
    task_state: str | None = None
    active_at: float | None = None
    ended_at: float | None = None
    fault: str | None = None
    boots: int = 0

    @property
    def gone(self) -> bool:
        return self.ended_at is not None

    def billed_seconds(self, now: float) -> float:
        """From launch until gone, whatever the status in between."""
        return max(0.0, (self.ended_at if self.ended_at is not None else now) - self.launched_at)

    def cents(self, now: float) -> float:
        return FLAVORS[self.flavor].cents_per_hour * self.billed_seconds(now) / 3600


@dataclass
class IpRecord:
    """`instance` is the id of the one that it is associated with."""

    id: str
    address: str
    project: str
    region: str
    allocated_at: float
    instance: str | None = None
    released_at: float | None = None

    @property
    def gone(self) -> bool:
        return self.released_at is not None

    def cents(self, now: float) -> float:
        """Billed while it is allocated, idle or not."""
        return IP_CENTS_PER_HOUR * max(0.0, (self.released_at or now) - self.allocated_at) / 3600


@dataclass
class KeyRecord:
    name: str
    project: str
    region: str
    public_key: str
    fingerprint: str


@dataclass(frozen=True)
class Call:
    """One API call as it came in: the body without the password. `status` of the answer, 0 when none was given."""

    method: str
    path: str
    body: dict[str, Any]
    time: float
    status: int


@dataclass
class Ledger:
    """Records of what is gone stay in it: the bill needs them, and a test can ask what there ever was."""

    instances: dict[str, InstanceRecord] = field(default_factory=dict)
    ips: dict[str, IpRecord] = field(default_factory=dict)
    keys: list[KeyRecord] = field(default_factory=list)
    api_key: str = field(default="", repr=False)
    port: int = 0
    ssh_port: int = 0
    file: Path | None = None

    def live_instances(self) -> list[InstanceRecord]:
        return [record for record in self.instances.values() if not record.gone]

    def live_ips(self) -> list[IpRecord]:
        return [record for record in self.ips.values() if not record.gone]

    @property
    def empty(self) -> bool:
        """Nothing is held: no instance, no public IP, no key."""
        return not (self.live_instances() or self.live_ips() or self.keys)

    def spent_cents(self, now: float) -> float:
        bills = [record.cents(now) for record in self.instances.values()]
        return sum(bills) + sum(record.cents(now) for record in self.ips.values())

    def save(self) -> None:
        if self.file is None:
            return
        stored = {
            "version": 1,
            "api_key": self.api_key,
            "port": self.port,
            "ssh_port": self.ssh_port,
            "instances": [asdict(record) for record in self.instances.values()],
            "ips": [asdict(record) for record in self.ips.values()],
            "keys": [asdict(record) for record in self.keys],
        }
        write_private(self.file, json.dumps(stored, indent=1))

    @classmethod
    def load(cls, file: Path) -> Ledger:
        """What the last server left, or an empty one."""
        try:
            stored = json.loads(file.read_text())
        except FileNotFoundError:
            return cls(file=file)
        return cls(
            instances={record["id"]: _record(InstanceRecord, record) for record in stored["instances"]},
            ips={record["id"]: _record(IpRecord, record) for record in stored["ips"]},
            keys=[_record(KeyRecord, record) for record in stored["keys"]],
            api_key=stored["api_key"],
            port=stored["port"],
            ssh_port=stored["ssh_port"],
            file=file,
        )


def _record(kind: type[Record], stored: dict[str, Any]) -> Record:
    names = {entry.name for entry in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in stored.items() if name in names})
