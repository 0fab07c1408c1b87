"""Connecting: one attempt, bounded, with the host key pinned before any login is tried."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest

from tests.sshd import Sshd, free_port
from tests.wire.remote_case import RUN, RealClock, connected
from unitrainer_tui.errors import HostCommandFailed, HostError, HostKeyChanged, HostLoginRefused, HostUnreachable
from unitrainer_tui.ports import HostTarget
from unitrainer_tui.remote import SshConnector, connector

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(serve: Serve) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


class Refusing(asyncssh.SSHServer):
    """Counts the logins that are tried, and takes only the right password."""

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen

    def begin_auth(self, username: str) -> bool:
        self.seen.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == "right-password"


@asynccontextmanager
async def server(seen: list[str], port: int = 0) -> AsyncIterator[int]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    listener = await asyncssh.listen(
        "127.0.0.1", port, server_factory=lambda: Refusing(seen), server_host_keys=[key], reuse_address=True
    )
    try:
        yield listener.get_port()
    finally:
        listener.close()


def with_password(port: int, known_hosts: Path, password: str = "right-password") -> HostTarget:
    return HostTarget("127.0.0.1", port, "ubuntu", password=password, known_hosts=known_hosts)


async def attempt(target: HostTarget) -> None:
    host = await SshConnector(RealClock()).connect(target)
    await host.close()


async def test_the_first_connection_pins_the_host_key_for_the_user_alone(sshd: Sshd) -> None:
    async with connected(sshd):
        pass
    pinned = sshd.folder / "known_hosts"
    assert pinned.stat().st_mode & 0o777 == 0o600
    key = (sshd.folder / "host_key.pub").read_text().split()[1]
    assert pinned.read_text().split()[:3] == [f"[127.0.0.1]:{sshd.port}", "ssh-ed25519", key]
    async with connected(sshd):
        pass


async def test_a_changed_host_key_is_refused_before_any_login_is_tried(tmp_path: Path) -> None:
    seen: list[str] = []
    pinned = tmp_path / "known_hosts"
    async with server(seen) as port:
        await attempt(with_password(port, pinned))
    assert seen == ["ubuntu"]
    before = pinned.read_text()
    async with server(seen) as other:
        with pytest.raises(HostKeyChanged, match="Another machine answers"):
            await attempt(with_password(other, pinned))
    assert seen == ["ubuntu"]
    assert pinned.read_text() == before


async def test_a_wrong_password_is_a_refused_login_and_pins_nothing(tmp_path: Path) -> None:
    async with server([]) as port:
        with pytest.raises(HostLoginRefused) as told:
            await attempt(with_password(port, tmp_path / "known_hosts", "wrong-canary"))
    assert "canary" not in told.value.sentence() + repr(told.value)
    assert not (tmp_path / "known_hosts").exists()


async def test_a_key_that_is_not_known_there_is_a_refused_login(sshd: Sshd, tmp_path: Path) -> None:
    other = tmp_path / "other"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(other)
    with pytest.raises(HostLoginRefused):
        await attempt(sshd.target(private_key=other))


async def test_a_private_key_that_is_missing_here_is_named(sshd: Sshd, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="private key"):
        await attempt(sshd.target(private_key=tmp_path / "gone"))


async def test_a_closed_port_says_that_nothing_listens(tmp_path: Path) -> None:
    with pytest.raises(HostUnreachable, match="Nothing listens"):
        await attempt(with_password(free_port(), tmp_path / "known_hosts"))


async def test_an_unknown_name_is_told(tmp_path: Path) -> None:
    target = HostTarget("no-such-host.invalid", 22, "u", password="x" * 8, known_hosts=tmp_path / "k")
    with pytest.raises(HostUnreachable):
        await attempt(target)


async def test_a_server_that_says_nothing_is_left_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector, "LOGIN_S", 0.3)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with raw_server(silent) as port:
        with pytest.raises(HostUnreachable):
            await attempt(with_password(port, tmp_path / "k"))


@pytest.mark.parametrize(
    "flood",
    [b"hello there\r\n", b"x" * 9000, b"SSH-2.0-x\r\n" + b"\x7f\xff\xff\xff" * 64, b"SSH-1.5-old\r\n", b"\x00" * 512],
    ids=["endless banner", "endless line", "giant packet", "old protocol", "zeros"],
)
async def test_a_hostile_server_is_left_in_bounded_time(
    tmp_path: Path, flood: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connector, "LOGIN_S", 3.0)

    async def hostile(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(flood)
                await writer.drain()
                await asyncio.sleep(0)
        except OSError:
            pass

    started = time.monotonic()
    async with raw_server(hostile) as port:
        with pytest.raises(HostUnreachable):
            await attempt(with_password(port, tmp_path / "k"))
    assert time.monotonic() - started < 8


async def test_with_the_users_config_an_unknown_host_key_is_refused_with_the_remedy(
    sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(HostKeyChanged) as told:
        await attempt(sshd.target(user_config=True, known_hosts=None))
    assert "known_hosts" in told.value.message
    assert f"ssh -p {sshd.port}" in told.value.hint


async def test_the_users_config_names_host_port_user_and_key(
    sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir(mode=0o700)
    (tmp_path / ".ssh/config").write_text(
        f"Host gpu-box\n  HostName 127.0.0.1\n  Port {sshd.port}\n"
        f"  User {sshd.user}\n  IdentityFile {sshd.client_key}\n"
    )
    key = " ".join((sshd.folder / "host_key.pub").read_text().split()[:2])
    (tmp_path / ".ssh/known_hosts").write_text(f"[127.0.0.1]:{sshd.port} {key}\n")
    async with connected(HostTarget("gpu-box", None, None, user_config=True)) as host:
        assert (await host.facts()).home == str(sshd.home)


async def test_calls_on_a_lost_connection_say_so_in_one_sentence(sshd: Sshd) -> None:
    async with connected(sshd) as host:
        await host.facts()
        host._connection.abort()
        with pytest.raises(HostUnreachable, match="lost"):
            await host.facts()
        with pytest.raises(HostUnreachable, match="lost"):
            await host.output_files("run-1")


async def test_a_machine_without_python_is_told_as_such(sshd: Sshd) -> None:
    (sshd.home / ".bashrc").write_text("PATH=/nowhere\n")
    async with connected(sshd) as host:
        with pytest.raises(HostCommandFailed, match="no python3") as told:
            await host.facts()
    assert told.value.last_lines


async def test_start_up_files_that_never_stop_printing_are_given_up(sshd: Sshd) -> None:
    (sshd.home / ".bashrc").write_text("cat /dev/zero\n")
    async with connected(sshd) as host:
        with pytest.raises(Exception, match="print without end"):
            await host.facts()


@pytest.mark.parametrize("internal", [AssertionError(), AttributeError("send")])
async def test_a_connection_that_breaks_while_a_channel_is_opened_is_a_lost_one(
    sshd: Sshd, monkeypatch: pytest.MonkeyPatch, internal: Exception
) -> None:
    """What asyncssh itself trips over then (seen under a hundred broken connections) is no fault of the program."""
    async with connected(sshd) as host:

        async def broken(*_: object, **__: object) -> None:
            raise internal

        monkeypatch.setattr(host._connection, "create_process", broken)
        with pytest.raises(HostUnreachable, match="was lost"):
            await host.output_files(RUN)
