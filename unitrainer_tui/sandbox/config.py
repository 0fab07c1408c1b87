"""What an embedded cloud is started with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_SSH_PORT = 22022
"""Tried first by the `sandbox` command and by `ensure`; any free port where it is taken."""


@dataclass
class SandboxConfig:
    """`home` is the folder that everything of this cloud lives in: ledger, host keys, the hosts' home directories.

    `port` and `ssh_port`: 0 takes the ones of the last start where they are free, else any. `api_key` None keeps the
    one of the last start, else makes one. `faults` are `(name, value)` pairs or `NAME[=VALUE]` texts.
    `idle_seconds`: the server ends itself when it has held nothing and nobody has called for so long; None never.
    `keep_hosts`: instances' processes live on when this server ends, for the next one to take over.
    """

    home: Path
    port: int = 0
    ssh_port: int = 0
    ssh_port_first: int = 0
    """Tried before any free port where `ssh_port` and the last start say nothing."""
    api_key: str | None = field(default=None, repr=False)
    boot_seconds: float = 2.0
    sshd_seconds: float = 0.3
    """From ACTIVE until the machine's sshd listens."""
    delete_seconds: float = 0.2
    """From an accepted terminate until the instance is gone."""
    faults: Iterable[str | tuple[str, str | None]] = ()
    seed: int = 0
    projects: tuple[str, ...] = ("demo",)
    regions: tuple[str, ...] = ("loopback",)
    capacity: Mapping[str, int] = field(default_factory=dict)
    """Flavor: how many at once. Flavors that are not named have `catalog.CAPACITY`."""
    balance_usd: float = 100.0
    idle_seconds: float | None = None
    keep_hosts: bool = False
    namespaces: bool = True
    """Give each host a process namespace of its own where the kernel allows it."""
    image_python: Path | None = None
    """The interpreter that the image has, with whatever is installed there; None takes the one that runs this cloud."""
    clock: Callable[[], float] = time.time
    """Unix seconds; what the bills go by."""
