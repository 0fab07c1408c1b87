"""One attempt to connect, with a bound on time and size, and with nothing but the login that was given."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import asyncssh

from unitrainer_tui.errors import HostError, HostKeyChanged, HostUnreachable
from unitrainer_tui.ports import Clock, HostTarget
from unitrainer_tui.remote.host_key import PinnedKey
from unitrainer_tui.remote.reasons import connect_failure
from unitrainer_tui.remote.ssh_host import SshHost

CONNECT_S = 15.0
"""For the TCP connection."""
LOGIN_S = 30.0
"""For the handshake and the login after it."""
BANNERS = 64
"""Messages before the login that a server may send."""
CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
)
"""AES-GCM first: measured 1.6 times as fast here as asyncssh's first choice."""

# asyncssh tells every request at INFO. Nothing secret is in them, and nothing of them is wanted.
logging.getLogger("asyncssh").setLevel(logging.WARNING)


class _Gate(asyncssh.SSHClient):
    """Decides on the host key, before any login is tried."""

    def __init__(self, pinned: PinnedKey) -> None:
        self.pinned = pinned
        self.changed = False
        self.seen: asyncssh.SSHKey | None = None
        self.banners = 0
        self.connection: asyncssh.SSHClientConnection | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self.connection = conn

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.seen = key
        self.changed = not self.pinned.accepts(key)
        return not self.changed

    def auth_banner_received(self, msg: str, lang: str) -> None:
        self.banners += 1
        if self.banners > BANNERS and self.connection is not None:
            self.connection.abort()


class _Known(asyncssh.SSHClient):
    """With the user's own known_hosts nothing is decided here; asked at all means that the key is not in it."""

    def __init__(self) -> None:
        self.unknown = False

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.unknown = True
        return False


class SshConnector:
    """`HostConnector` on asyncssh."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._sent_before: set[str] = set()
        """Places and digests of datasets whose upload began: after a lost connection the host has a part of them."""

    async def connect(self, target: HostTarget) -> SshHost:
        """One attempt, of at most CONNECT_S + LOGIN_S seconds.

        Raises HostUnreachable, HostLoginRefused (both worth another), HostKeyChanged (never).
        """
        place = target.address if target.port in (None, 22) else f"{target.address}:{target.port}"
        connect = _as_the_user if target.user_config else _as_the_run
        try:
            async with asyncio.timeout(CONNECT_S + LOGIN_S):
                connection = await connect(target, place)
        except Exception as problem:
            # asyncssh and the resolver raise many kinds; all of them mean that no connection came about.
            raise connect_failure(problem, place) from None
        return SshHost(connection, place, self.clock, self._sent_before)


def _common(target: HostTarget) -> dict[str, Any]:
    return {
        "connect_timeout": CONNECT_S,
        "login_timeout": LOGIN_S,
        "keepalive_interval": target.keepalive_s,
        "keepalive_count_max": 3,
        "compression_algs": None,
        "agent_forwarding": False,
        "x11_forwarding": False,
    }


async def _as_the_run(target: HostTarget, place: str) -> asyncssh.SSHClientConnection:
    """With the run's key or password alone: no config, no agent, no key of the user's."""
    pinned = PinnedKey(target.known_hosts)
    gate = _Gate(pinned)
    port = target.port or 22
    if target.private_key is None and target.password is None:
        raise HostUnreachable(f"There is neither a key nor a password to log in at {place} with.")
    try:
        connection = await asyncssh.connect(
            target.address,
            port,
            client_factory=lambda: gate,
            config=None,
            username=target.user or "ubuntu",
            client_keys=[_private_key(target.private_key)] if target.private_key else None,
            password=target.password,
            agent_path=None,
            known_hosts=([], [], []),
            server_host_key_algs=pinned.algorithms(),
            encryption_algs=CIPHERS,
            preferred_auth=_methods(target),
            gss_auth=False,
            gss_kex=False,
            **_common(target),
        )
    except Exception:
        if gate.changed:
            raise HostKeyChanged(
                f"Another machine answers at {place}: its host key is not the one of this run.",
                "Nothing was sent to it.",
            ) from None
        raise
    if gate.seen is not None:
        pinned.pin(gate.seen, target.address, port)
    return connection


def _private_key(file: Path) -> asyncssh.SSHKey:
    try:
        return asyncssh.read_private_key(file)
    except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        raise HostError(f"The run's private key {file} cannot be read.", "It was made when the run started.") from None


def _methods(target: HostTarget) -> list[str]:
    keys = ["publickey"] if target.private_key else []
    return keys + (["password", "keyboard-interactive"] if target.password is not None else [])


async def _as_the_user(target: HostTarget, place: str) -> asyncssh.SSHClientConnection:
    """As the user's own `ssh` would: their config, agent, keys and known_hosts."""
    gate = _Known()
    options: dict[str, Any] = {}
    if target.user:
        options["username"] = target.user
    if target.port:
        options["port"] = target.port
    if target.private_key:
        options["client_keys"] = [str(target.private_key)]
    if target.password is not None:
        options["password"] = target.password
    try:
        return await asyncssh.connect(target.address, client_factory=lambda: gate, **options, **_common(target))
    except asyncssh.HostKeyNotVerifiable:
        by_hand = f"-p {target.port} {target.address}" if target.port not in (None, 22) else target.address
        raise HostKeyChanged(
            f"The host key of {place} is not in your known_hosts, or is another one than there.",
            f"Log in once with `ssh {by_hand}`, compare the fingerprint, and start again.",
        ) from None
