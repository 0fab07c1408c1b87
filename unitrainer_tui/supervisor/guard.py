"""The second guard: on any other machine, without any state, it ends what has outlived its deadline.

Every machine of this program bears its owner and its deadline in its name, so whoever has the API key can end one
that its own supervisor never came back for. It is the one part of the program that ends machines of other
installations, and it does so only by a well-formed name whose deadline has passed. Keys and addresses bear no proof
and are left alone; an address is detached from the machine that is ended, so that its owner can release it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from unitrainer_tui.errors import CloudError, CloudNotFound
from unitrainer_tui.pipeline.effects import backoff
from unitrainer_tui.ports import Clock, Cloud, InstanceRow
from unitrainer_tui.runs.events import timestamp
from unitrainer_tui.runs.names import parse_name

Tell = Callable[[str], None]


def overdue(rows: Iterable[InstanceRow], now: float, install: str | None) -> list[InstanceRow]:
    """The machines to end: a name of this program's whole form, its deadline before `now` (Unix seconds), and of
    `install` where one is said. What is DELETED needs no end."""
    found = []
    for row in rows:
        name = parse_name(row.name)
        if name is None or row.status == "DELETED" or name.deadline >= now:
            continue
        if install is None or name.install == install:
            found.append(row)
    return found


@dataclass
class _Ending:
    """One machine that is being ended: how often it was told so, and when it is told again (monotonic seconds)."""

    name: str
    tries: int = 0
    due_at: float = float("-inf")
    absent: int = 0


@dataclass
class Guard:
    """Looks every `poll_seconds`, for ever. Nothing is kept beyond this process: another guard begins anew."""

    cloud: Cloud
    clock: Clock
    poll_seconds: float
    tell: Tell
    install: str | None = None
    ending: dict[str, _Ending] = field(default_factory=dict)
    failing: bool = False
    """The last look got no answer."""

    async def watch(self) -> None:
        while True:
            await self.look()
            await self.clock.sleep(self.poll_seconds)

    async def look(self) -> None:
        """One look at the project, and what follows from it. Never raises for what the cloud answers."""
        try:
            rows = await self.cloud.instances()
        except CloudError as problem:
            if not self.failing:
                self.tell(f"The cloud cannot be asked: {problem.sentence()} It is asked again.")
            self.failing = True
            return
        if self.failing:
            self.tell("The cloud answers again.")
        self.failing = False
        late = {row.id: row for row in overdue(rows, self.clock.now(), self.install)}
        for identity in set(self.ending) - set(late):
            self._unseen(identity)
        for identity, row in late.items():
            known = self.ending.get(identity)
            if known is None:
                name = parse_name(row.name)
                until = timestamp(name.deadline) if name is not None else "?"
                self.tell(f"{row.name} ({identity}) was to be gone by {until}: it is ended.")
                known = self.ending[identity] = _Ending(row.name)
            known.absent = 0
            if self.clock.monotonic() >= known.due_at:
                await self._end(identity, known)

    def _unseen(self, identity: str) -> None:
        """Gone is what two looks have missed: one list may be stale."""
        known = self.ending[identity]
        known.absent += 1
        if known.absent >= 2:
            del self.ending[identity]
            self.tell(f"{known.name} ({identity}) is gone, seen twice.")

    async def _end(self, identity: str, known: _Ending) -> None:
        known.tries += 1
        known.due_at = self.clock.monotonic() + backoff(known.tries)
        await self._detach(known.name)
        try:
            await self.cloud.terminate(identity)
        except CloudNotFound:
            return  # the next looks decide
        except CloudError as problem:
            if known.tries in (1, 3, 8) or known.tries % 20 == 0:
                self.tell(f"{known.name} ({identity}) is not ended yet: {problem.message} It is tried again.")

    async def _detach(self, name: str) -> None:
        try:
            attached = [ip for ip in await self.cloud.ips() if ip.server == name]
            for ip in attached:
                await self.cloud.disassociate_ip(ip.id)
                self.tell(f"The address {ip.address or ip.id} is detached from {name}; release it in the console.")
        except CloudError:
            return  # the machine is what costs; its address is looked at again with the next try
