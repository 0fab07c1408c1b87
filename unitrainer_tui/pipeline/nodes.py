"""Several machines of one run: each one's place in it, where they meet, and how their transfers add up. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unitrainer_tui.ports import TransferProgress

# Where torchrun meets by default, and how many ports from there on runs are spread over: two runs whose first machines
# share an address (the embedded cloud) hardly ever want the same one. All lie below Linux's ephemeral ports (32768).
RENDEZVOUS_PORT = 29400
RENDEZVOUS_PORTS = 3000


@dataclass(frozen=True)
class Place:
    """One machine's place among `nodes`: its number `rank` from 0, and `host` and `port` of the first one, as the
    others see it (None where there is only one)."""

    nodes: int
    rank: int
    host: str | None = None
    port: int | None = None

    def as_job(self) -> dict[str, Any]:
        """Its part of job.json."""
        meeting = {"host": self.host, "port": self.port} if self.host is not None else None
        return {"nodes": self.nodes, "node_rank": self.rank, "rendezvous": meeting}

    def as_environment(self) -> dict[str, str]:
        """The same for a command of the user's."""
        return {
            "UNITRAINER_NODES": str(self.nodes),
            "UNITRAINER_NODE_RANK": str(self.rank),
            "UNITRAINER_RENDEZVOUS": f"{self.host}:{self.port}" if self.host is not None else "",
        }


def places(run: str, hosts: Sequence[str], port: int | None = None) -> list[Place]:
    """The place of each machine; `hosts` are their addresses as the others see them, that of node 0 first. `port` is
    the profile's, where it says one."""
    if len(hosts) == 1:
        return [Place(1, 0)]
    port = port or rendezvous_port(run)
    return [Place(len(hosts), rank, hosts[0], port) for rank in range(len(hosts))]


def rendezvous_port(run: str) -> int:
    """A run's own port: the same for whoever takes the run over."""
    return RENDEZVOUS_PORT + int(run, 36) % RENDEZVOUS_PORTS


def added_up(told: Mapping[int, TransferProgress], nodes: int, total: int, files: int) -> TransferProgress:
    """One progress out of what each node has told so far; of one that is silent yet all `total` bytes are to come."""
    of_each = [told.get(node, TransferProgress(0, total, 0, files)) for node in range(nodes)]
    return TransferProgress(
        bytes=sum(one.bytes for one in of_each),
        total=sum(one.total for one in of_each),
        files=sum(one.files for one in of_each),
        total_files=sum(one.total_files for one in of_each),
    )
