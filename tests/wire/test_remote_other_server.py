"""The same against another SSH server than OpenSSH: asyncssh's own, as the embedded cloud has it."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh

from tests.sshd import end_tasks
from tests.wire.remote_case import RUN, command, connected, followed, ignore
from unitrainer_tui.datasets.manifest import build_manifest
from unitrainer_tui.ports import HostTarget


class Open(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == "launch-password"


@asynccontextmanager
async def server(home: Path) -> AsyncIterator[int]:
    async def shell(process: asyncssh.SSHServerProcess[bytes]) -> None:
        child = await asyncio.create_subprocess_exec(
            *("bash", "-c", process.command or "true"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"HOME": str(home), "PATH": os.environ["PATH"]},
            cwd=home,
        )
        await process.redirect(child.stdin, child.stdout, child.stderr)
        process.exit(await child.wait())
        # What asyncssh leaves to be awaited of its redirection is awaited nowhere else.
        await process.wait_closed()

    listener = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=Open,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        process_factory=shell,
        encoding=None,
    )
    try:
        yield listener.get_port()
    finally:
        listener.close()
        end_tasks(home)


async def test_upload_job_and_download_work_there_too(tmp_path: Path) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir()
    data.mkdir()
    (data / "big").write_bytes(random.Random(3).randbytes(5_000_000))
    (data / "small").write_bytes(b"small")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", RuntimeWarning)
        await _there_and_back(tmp_path, home, data)
        gc.collect()
    assert [str(one.message) for one in told if "never awaited" in str(one.message)] == []


async def _there_and_back(tmp_path: Path, home: Path, data: Path) -> None:
    async with server(home) as port:
        target = HostTarget("127.0.0.1", port, "ubuntu", password="launch-password", known_hosts=tmp_path / "known")
        async with connected(target) as host:
            assert (await host.facts()).home == str(home)
            await host.prepare(RUN)
            await host.upload_dataset(RUN, build_manifest(data), ignore)
            await host.start_job(command("cp $UNITRAINER_DATASET/big $UNITRAINER_OUTPUT/model.bin; echo copied"))
            log, look = await followed(host)
            (file,) = await host.output_files(RUN)
            got = await host.download(RUN, file, tmp_path / "model.bin", ignore)
    assert (log, look.exit_code) == (b"copied\n", 0)
    assert got.path.read_bytes() == (data / "big").read_bytes()
