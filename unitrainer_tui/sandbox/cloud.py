"""The cloud itself: what the API calls do. Knows no HTTP; a refusal is a `Refusal` with the status to answer with."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import uuid
from pathlib import Path
from typing import Any

import asyncssh

from unitrainer_tui.sandbox.addresses import AddressPool
from unitrainer_tui.sandbox.catalog import CAPACITY, FLAVORS, IMAGES
from unitrainer_tui.sandbox.config import SandboxConfig
from unitrainer_tui.sandbox.faults import FaultBoard
from unitrainer_tui.sandbox.ledger import InstanceRecord, IpRecord, KeyRecord, Ledger, hash_password
from unitrainer_tui.sandbox.machine import Machine

_INSTANCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")
_KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,254}\Z")


class Refusal(Exception):
    """The call had no effect. `status` is the HTTP status of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class SandboxCloud:
    def __init__(self, config: SandboxConfig, ledger: Ledger, faults: FaultBoard) -> None:
        self.config = config
        self.ledger = ledger
        self.faults = faults
        self.machines: dict[str, Machine] = {}
        self.addresses = AddressPool(random.Random())
        self.first_launch: float | None = None
        self._deleting: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def now(self) -> float:
        return self.config.clock()

    # ------------------------------------------------------------------------------------------- start and end

    async def open(self) -> None:
        """Takes up what the ledger holds."""
        for ip in self.ledger.live_ips():
            self.addresses.hold(ip.address)
        for record in self.ledger.live_instances():
            machine = self._machine(record)
            if record.status == "BUILD":
                self._later(self._build(record, 0.0))
            elif record.task_state == "deleting":
                self._later(self._delete(record, 0.0))
            elif record.status == "ACTIVE":
                with contextlib.suppress(OSError):
                    await machine.take_over()
                await self._connect(record)

    async def close(self) -> None:
        """Stops serving. With `keep_hosts` the processes live on, else they end; the ledger and the disks stay."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for machine in self.machines.values():
            await machine.close()
            if not self.config.keep_hosts:
                await machine.processes.end()
        self.addresses.close()
        self.ledger.save()

    def _machine(self, record: InstanceRecord) -> Machine:
        machine = Machine(record, self._directory(record), self.config, self.faults)
        machine.ssh_port = self.ledger.ssh_port
        self.machines[record.id] = machine
        return machine

    def _directory(self, record: InstanceRecord) -> Path:
        return self.config.home / "hosts" / record.id[:13]

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ------------------------------------------------------------------------------------------------- what it has

    def place(self, project: str | None, region: str | None = None, *, needs_region: bool = True) -> None:
        """Checks a call's project and region."""
        if not project:
            raise Refusal(400, "project is required")
        if project not in self.config.projects:
            raise Refusal(404, f"Project {project} not found")
        if needs_region and not region:
            raise Refusal(400, "region is required")
        if region and region not in self.config.regions:
            raise Refusal(404, f"Region {region} not found")

    def free(self, flavor: str) -> int:
        """How many machines of the flavor can be launched now."""
        if flavor not in FLAVORS:
            raise Refusal(400, f"Flavor {flavor} not found")
        limited = self.faults.text("no-capacity")
        if limited is not None and limited in ("", flavor):
            return 0
        used = sum(record.flavor == flavor for record in self.ledger.live_instances())
        return max(0, self.config.capacity.get(flavor, CAPACITY) - used)

    def balance_usd(self) -> float:
        return self.config.balance_usd - self.ledger.spent_cents(self.now()) / 100

    def _shown(self, since: float) -> bool:
        """False while the fault `list-lag` hides what was made at `since`."""
        lag = self.faults.number("list-lag")
        if lag is not None and self.now() - since < lag:
            self.faults.fire("list-lag")
            return False
        return True

    def instances(self, project: str, region: str | None) -> list[InstanceRecord]:
        return [
            record
            for record in self.ledger.live_instances()
            if record.project == project and region in (None, record.region) and self._shown(record.launched_at)
        ]

    def instance(self, project: str, region: str | None, instance_id: str) -> InstanceRecord:
        for record in self.instances(project, region):
            if record.id == instance_id:
                return record
        raise Refusal(404, f"Instance {instance_id} could not be found")

    def ips(self, project: str, region: str | None) -> list[IpRecord]:
        return [
            ip
            for ip in self.ledger.live_ips()
            if ip.project == project and region in (None, ip.region) and self._shown(ip.allocated_at)
        ]

    def _ip(self, project: str, region: str | None, ip_id: str) -> IpRecord:
        for ip in self.ledger.live_ips():
            if (ip.id, ip.project, ip.region) == (ip_id, project, region):
                return ip
        raise Refusal(404, f"Floating IP {ip_id} could not be found")

    def public_ip(self, instance_id: str) -> IpRecord | None:
        return next((ip for ip in self.ledger.live_ips() if ip.instance == instance_id), None)

    # ---------------------------------------------------------------------------------------------- instances

    def launch(self, project: str, region: str, asked: dict[str, Any]) -> InstanceRecord:
        """Raises Refusal for what the real cloud would refuse."""
        name, flavor, image = (str(asked.get(key) or "") for key in ("name", "flavor", "image"))
        if not _INSTANCE_NAME.match(name):
            raise Refusal(400, "name must be 1 to 63 letters, digits, '.', '_' or '-' and begin with a letter or digit")
        if flavor not in FLAVORS:
            raise Refusal(400, f"Flavor {flavor or '(none)'} not found")
        if image not in IMAGES:
            raise Refusal(400, f"Image {image or '(none)'} not found")
        if image not in FLAVORS[flavor].images:
            raise Refusal(400, f"Image {image} does not run on flavor {flavor}")
        _check_password(asked.get("password"))
        key = self._keypair(project, region, asked.get("keypair"))
        if self.balance_usd() <= 0:
            raise Refusal(402, "Insufficient balance and no default payment method")
        if self.free(flavor) == 0:
            self.faults.fire("no-capacity")
            raise Refusal(409, f"No capacity: flavor {flavor} is sold out in region {region}")
        # On loopback, like the public addresses: every host reaches every other there, as on a private network.
        taken = {record.fixed_address for record in self.ledger.live_instances()}
        fixed = next(
            address
            for number in range(2, 65000)
            if (address := f"127.16.{number // 254}.{number % 254 + 1}") not in taken
        )
        record = InstanceRecord(
            id=str(uuid.uuid4()),
            name=name,
            project=project,
            region=region,
            flavor=flavor,
            image=image,
            password_hash=hash_password(str(asked["password"])),
            launched_at=self.now(),
            fixed_address=fixed,
            key_name=key.name if key else None,
            public_key=key.public_key if key else None,
            task_state="spawning",
        )
        self.ledger.instances[record.id] = record
        self.ledger.save()
        if self.first_launch is None:
            self.first_launch = record.launched_at
        self._machine(record)
        seconds = self.config.boot_seconds
        slow = self.faults.number("slow-boot")
        if slow is not None and self.faults.fire("slow-boot"):
            seconds = slow
        self._later(self._build(record, seconds))
        return record

    def _keypair(self, project: str, region: str, name: object) -> KeyRecord | None:
        if not name:
            return None
        for key in self.keys(project, region):
            if key.name == name:
                return key
        raise Refusal(400, f"Invalid key_name provided: {name}")

    async def _build(self, record: InstanceRecord, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if record.task_state == "deleting" or record.gone:
            return
        machine = self.machines[record.id]
        if self.faults.fire("build-error"):
            record.status, record.task_state = "ERROR", None
            record.fault = "No valid host was found. There are not enough hosts available."
            self.ledger.save()
            return
        try:
            await machine.boot()
        except OSError as error:
            self._broken(record, error)
            return
        if record.task_state == "deleting" or record.gone:
            return
        record.status, record.task_state, record.active_at = "ACTIVE", None, self.now()
        record.boots += 1
        self.ledger.save()
        await self._connect(record)
        vanish = self.faults.number("vanish")
        if vanish is not None:
            await asyncio.sleep(vanish)
            if not record.gone and self.faults.fire("vanish"):
                await self._gone(record)

    def _broken(self, record: InstanceRecord, error: OSError) -> None:
        if record.task_state != "deleting" and not record.gone:
            record.status, record.task_state, record.fault = "ERROR", None, str(error)
            self.ledger.save()

    async def restart(self, project: str, region: str, instance_id: str) -> InstanceRecord:
        record = self.instance(project, region, instance_id)
        if record.status != "ACTIVE" or record.task_state:
            raise Refusal(
                409, f"Cannot 'reboot' instance {instance_id} while it is in vm_state {record.status.lower()}"
            )
        record.task_state = "rebooting"
        self._later(self._reboot(record))
        return record

    async def _reboot(self, record: InstanceRecord) -> None:
        machine = self.machines[record.id]
        try:
            await machine.restart()
        except OSError as error:
            self._broken(record, error)
            return
        if record.task_state == "deleting" or record.gone:
            return
        record.task_state = None
        record.boots += 1
        self.ledger.save()
        await self._connect(record)

    def terminate(self, project: str, region: str, instance_id: str) -> InstanceRecord:
        record = self.instance(project, region, instance_id)
        if self.faults.fire("terminate-ignored"):
            return record
        if record.id in self._deleting:
            return record
        if record.task_state != "deleting":
            record.task_state = "deleting"
            self.ledger.save()
        seconds: float | None = self.config.delete_seconds
        if self.faults.fire("delete-stuck"):
            seconds = self.faults.number("delete-stuck")
        if seconds is not None:
            self._deleting.add(record.id)
            self._later(self._delete(record, seconds))
        return record

    async def _delete(self, record: InstanceRecord, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await self._gone(record)
        finally:
            self._deleting.discard(record.id)  # where it failed, the next terminate tries again

    async def _gone(self, record: InstanceRecord) -> None:
        """Every process ends, the disk goes, the public IP comes free; only then it is no longer billed."""
        ip = self.public_ip(record.id)
        if ip is not None:
            ip.instance = None
        machine = self.machines[record.id]
        await machine.end()
        self.machines.pop(record.id, None)
        record.status, record.task_state, record.ended_at = "DELETED", None, self.now()
        self.ledger.save()

    # ---------------------------------------------------------------------------------------------- public IPs

    def allocate(self, project: str, region: str) -> IpRecord:
        if self.faults.fire("no-ip"):
            raise Refusal(409, "No more IP addresses available on the external network")
        address = self.addresses.allocate(self.ledger.ssh_port)
        ip = IpRecord(str(uuid.uuid4()), address, project, region, self.now())
        self.ledger.ips[ip.id] = ip
        self.ledger.save()
        return ip

    async def associate(self, project: str, region: str, ip_id: str, instance_id: str) -> IpRecord:
        ip = self._ip(project, region, ip_id)
        record = self.instance(project, region, instance_id)
        if record.status in ("ERROR", "DELETED"):
            raise Refusal(409, f"Instance {instance_id} is in status {record.status}")
        if ip.instance not in (None, instance_id):
            raise Refusal(409, f"Floating IP {ip.address} is associated with another instance")
        other = self.public_ip(instance_id)
        if other is not None and other is not ip:
            raise Refusal(409, f"Instance {instance_id} has the floating IP {other.address} already")
        ip.instance = instance_id
        self.ledger.save()
        await self._connect(record)
        return ip

    async def disassociate(self, project: str, region: str, ip_id: str) -> IpRecord:
        ip = self._ip(project, region, ip_id)
        if ip.instance is None:
            raise Refusal(409, f"Floating IP {ip.address} is not associated")
        machine = self.machines.get(ip.instance)
        ip.instance = None
        self.ledger.save()
        if machine is not None:
            await machine.set_address(None)
        return ip

    def release(self, project: str, region: str, ip_id: str) -> IpRecord:
        ip = self._ip(project, region, ip_id)
        if ip.instance is not None:
            raise Refusal(409, f"Floating IP {ip.address} is still associated with an instance")
        ip.released_at = self.now()
        self.addresses.release(ip.address)
        self.ledger.save()
        return ip

    async def _connect(self, record: InstanceRecord) -> None:
        """Puts a running machine on its public address."""
        ip = self.public_ip(record.id)
        machine = self.machines.get(record.id)
        if ip is not None and machine is not None and machine.address != ip.address:
            await machine.set_address(ip.address)

    # ---------------------------------------------------------------------------------------------------- keys

    def keys(self, project: str, region: str) -> list[KeyRecord]:
        return [key for key in self.ledger.keys if (key.project, key.region) == (project, region)]

    def add_key(self, project: str, region: str, name: object, public_key: object) -> tuple[KeyRecord, str | None]:
        """The key and, when the cloud made the pair, its private half in OpenSSH's format."""
        if not isinstance(name, str) or not _KEY_NAME.match(name):
            raise Refusal(400, "Keypair name contains unsafe characters")
        if any(key.name == name for key in self.keys(project, region)):
            raise Refusal(409, f"Key pair '{name}' already exists.")
        private: str | None = None
        if public_key:
            try:
                key = asyncssh.import_public_key(str(public_key))
            except (asyncssh.KeyImportError, ValueError) as error:
                raise Refusal(400, "Keypair data is invalid") from error
            text = str(public_key).strip()
        else:
            pair = asyncssh.generate_private_key("ssh-ed25519", comment=name)
            private = pair.export_private_key().decode()
            key, text = pair, pair.export_public_key().decode().strip()
        fingerprint = key.get_fingerprint("md5").removeprefix("MD5:")
        record = KeyRecord(name, project, region, text, fingerprint)
        self.ledger.keys.append(record)
        self.ledger.save()
        return record, private

    def drop_key(self, project: str, region: str, name: str) -> None:
        for key in self.keys(project, region):
            if key.name == name:
                self.ledger.keys.remove(key)
                self.ledger.save()
                return
        raise Refusal(404, f"Keypair {name} not found")


def _check_password(password: object) -> None:
    rule = "password must have 8 to 72 printable characters with an upper and a lower case letter and a digit"
    if not isinstance(password, str) or not 8 <= len(password) <= 72 or not password.isprintable():
        raise Refusal(400, rule)
    kinds = (str.isupper, str.islower, str.isdigit)
    if not all(any(kind(letter) for letter in password) for kind in kinds):
        raise Refusal(400, rule)
