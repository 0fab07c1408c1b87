"""The job on a real host: detached, followed by offset, ended with all that it started."""

from __future__ import annotations

from tests.sshd import Sshd
from tests.wire.remote_case import RUN, command, connected, followed


async def test_a_command_runs_and_its_output_and_exit_code_come_back(sshd: Sshd) -> None:
    async with connected(sshd) as host:
        await host.prepare(RUN)
        await host.start_job(command("echo out; echo err >&2; exit 3"))
        log, look = await followed(host)
        assert log == b"out\nerr\n"
        assert look.exit_code == 3
        assert not look.running
        assert not look.lost
