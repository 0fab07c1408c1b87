"""The job on a real host: detached, followed by offset, ended with all that it started."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from tests.sshd import Sshd
from tests.wire.remote_case import RUN, RealClock, command, connected, followed
from unitrainer_tui.ports import JobSpec
from unitrainer_tui.remote import SshConnector, SshHost

STUBBORN = """
import os, signal, sys, time
if os.fork():
    time.sleep(60)
os.setsid()
if os.fork():
    os._exit(0)
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.environ.clear()
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


async def until_there(path: Path, seconds: float = 10.0) -> str:
    async with asyncio.timeout(seconds):
        while not (path.exists() and path.read_text()):
            await asyncio.sleep(0.02)
    return path.read_text()


async def start(host: SshHost, spec: JobSpec) -> None:
    await host.prepare(RUN)
    await host.start_job(spec)


async def test_a_command_runs_and_its_output_and_exit_code_come_back(sshd: Sshd) -> None:
    async with connected(sshd) as host:
        await start(host, command("echo out; echo err >&2; exit 3"))
        log, look = await followed(host)
    assert log == b"out\nerr\n"
    assert look.exit_code == 3
    assert not look.running
    assert not look.lost


async def test_a_job_that_a_signal_ends_has_128_and_the_signal_as_its_code(sshd: Sshd) -> None:
    async with connected(sshd) as host:
        await start(host, command("kill -SEGV $$"))
        _, look = await followed(host)
    assert look.exit_code == 128 + signal.SIGSEGV


async def test_a_script_runs_in_its_folder_with_its_job_beside_it(sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import json, os, helper\n"
        "job = json.load(open('job.json'))\n"
        "assert job == json.load(open(os.environ['UNITRAINER_JOB']))\n"
        "open(os.path.join(os.environ['UNITRAINER_OUTPUT'], 'model.bin'), 'w').write(helper.NAME + job['x'])\n"
        "print(os.path.isdir(os.environ['UNITRAINER_DATASET']), os.environ['EXTRA'], os.environ['TOKEN'])\n"
    )
    (tmp_path / "helper.py").write_text("NAME = 'model'\n")
    spec = JobSpec(
        RUN, "python3", {"x": "ü'$(id)"}, script=tmp_path, env={"EXTRA": "a b"}, secret_env={"TOKEN": "canary-17"}
    )
    async with connected(sshd) as host:
        await start(host, spec)
        log, look = await followed(host)
    assert (log, look.exit_code) == (b"True a b canary-17\n", 0)
    assert (sshd.home / "training/output/model.bin").read_text() == "modelü'$(id)"


async def test_no_secret_is_in_an_argument_or_a_file_of_the_host(sshd: Sshd) -> None:
    canary = "canary-secret-4711"
    async with connected(sshd) as host:
        await start(host, command("echo ready; sleep 20", secret_env={"WANDB_API_KEY": canary}))
        async with asyncio.timeout(10):
            while not (await host.poll_job(RUN, 0, 0)).log:
                await asyncio.sleep(0.02)
        arguments = b"".join(_read(path) for path in Path("/proc").glob("[0-9]*/cmdline"))
        files = b"".join(_read(path) for path in sshd.home.rglob("*") if path.is_file())
        await host.stop_job(RUN, (0.1, 0.1))
    assert canary.encode() not in arguments
    assert canary.encode() not in files


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


async def test_the_job_goes_on_when_the_connection_is_gone(sshd: Sshd) -> None:
    async with connected(sshd) as host:
        await start(host, command("for i in 1 2 3 4 5; do echo $i; sleep 0.2; done"))
        host._connection.abort()
    async with connected(sshd) as host:
        log, look = await followed(host)
    assert (log, look.exit_code) == (b"1\n2\n3\n4\n5\n", 0)


async def test_the_log_is_exact_to_the_byte_across_twenty_connections(sshd: Sshd) -> None:
    line = (
        "import sys\nfor i in range(20000): sys.stdout.buffer.write(b'%06d \\xff\\x00\\r%s\\n' % (i, b'x' * (i % 97)))"
    )
    wanted = b"".join(b"%06d \xff\x00\r%s\n" % (i, b"x" * (i % 97)) for i in range(20000))
    log = b""
    async with connected(sshd) as host:
        await start(host, command(f'python3 -c "{line}"'))
    for _ in range(20):
        async with connected(sshd) as host:
            look = await host.poll_job(RUN, len(log), 0, limit=70_001)
            log += look.log
            host._connection.abort()
    async with connected(sshd) as host:
        rest, look = await followed_from(host, len(log))
    assert log + rest == wanted
    assert look.exit_code == 0


async def followed_from(host: SshHost, offset: int) -> tuple[bytes, object]:
    log = b""
    async with asyncio.timeout(20):
        while True:
            look = await host.poll_job(RUN, offset + len(log), 0)
            log += look.log
            if not look.running and offset + len(log) == look.log_size:
                return log, look


async def test_a_run_that_was_started_is_never_started_again(sshd: Sshd) -> None:
    line = command("echo once; sleep 0.3")
    async with connected(sshd) as one, connected(sshd) as two:
        await one.prepare(RUN)
        await asyncio.gather(one.start_job(line), two.start_job(line))
        await two.start_job(line)
        await one.prepare(RUN)
        log, _ = await followed(one)
        await one.start_job(line)
        await asyncio.sleep(0.2)
        again, look = await followed(one)
    assert log == again == b"once\n"
    assert look.exit_code == 0


async def test_stop_ends_a_double_forked_child_that_ignores_every_polite_signal(sshd: Sshd, tmp_path: Path) -> None:
    script, seen = tmp_path / "stubborn.py", tmp_path / "pid"
    script.write_text(STUBBORN)
    async with connected(sshd) as host:
        await start(host, command(f"python3 {script} {seen}"))
        pid = int(await until_there(seen))
        await host.stop_job(RUN, (0.2, 0.2))
        look = await host.poll_job(RUN, 0, 0)
    assert not is_alive(pid)
    assert not look.running
    assert look.exit_code is not None


async def test_stop_lets_a_job_save_its_work_at_the_first_signal(sshd: Sshd) -> None:
    line = "trap 'echo saved; exit 7' INT; echo ready; while true; do sleep 0.05; done"
    async with connected(sshd) as host:
        await start(host, command(line))
        async with asyncio.timeout(10):
            while not (await host.poll_job(RUN, 0, 0)).log:
                await asyncio.sleep(0.02)
        await host.stop_job(RUN)
        log, look = await followed(host)
    assert log == b"ready\nsaved\n"
    assert look.exit_code == 7


async def test_stop_works_when_the_runner_was_killed(sshd: Sshd, tmp_path: Path) -> None:
    async with connected(sshd) as host:
        await start(host, command(f"sleep 61 & echo $! > {tmp_path}/pid; wait"))
        pid = int(await until_there(tmp_path / "pid"))
        status = (sshd.run_folder(RUN) / "job/status.json").read_text()
        os.kill(int(status.partition('"runner": ')[2].partition(",")[0]), signal.SIGKILL)
        async with asyncio.timeout(5):
            while not (await host.poll_job(RUN, 0, 0)).lost:
                await asyncio.sleep(0.02)
        assert is_alive(pid)
        await host.stop_job(RUN, (0.1, 0.1))
    assert not is_alive(pid)


async def test_what_a_job_leaves_in_the_background_ends_with_it(sshd: Sshd, tmp_path: Path) -> None:
    async with connected(sshd) as host:
        await start(host, command(f"sleep 62 & echo $! > {tmp_path}/pid; exit 5"))
        _, look = await followed(host)
    assert look.exit_code == 5
    assert not is_alive(int((tmp_path / "pid").read_text()))


async def test_a_background_process_that_prints_without_end_does_not_keep_the_run_open(sshd: Sshd) -> None:
    async with connected(sshd) as host:
        await start(host, command("yes & exit 0"))
        async with asyncio.timeout(15):
            while (look := await host.poll_job(RUN, 0, 0, limit=1)).running:
                await asyncio.sleep(0.05)
    assert look.exit_code == 0


async def test_telemetry_comes_once_each_and_in_order(sshd: Sshd) -> None:
    async with connected(sshd) as host:
        await start(host, command("sleep 2.5"))
        offset, records = 0, []
        async with asyncio.timeout(20):
            while True:
                look = await host.poll_job(RUN, 0, offset)
                offset = look.telemetry_offset
                records += look.telemetry
                if not look.running:
                    break
                await asyncio.sleep(0.1)
    assert 1 <= len(records) <= 3
    assert {"at", "gpus", "cpu", "memory", "disk_free"} <= set(records[0])
    assert [record["at"] for record in records] == sorted({record["at"] for record in records})


async def test_a_log_that_somebody_truncates_is_a_new_generation(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected(sshd) as host:
        await start(host, command("echo long enough; sleep 30"))
        async with asyncio.timeout(20):
            while not (before := await host.poll_job(RUN, 0, 0)).log:
                await asyncio.sleep(0.02)
            os.truncate(sshd.run_folder(RUN) / "job/log.raw", 0)
            while (await host.poll_job(RUN, 0, 0)).generation == before.generation:
                await asyncio.sleep(0.1)
        await host.stop_job(RUN, (0.1, 0.1))


async def test_ten_thousand_lines_a_second_are_followed_without_falling_behind(sshd: Sshd) -> None:
    line = (
        "import time\nfor i in range(20): print('line of a chatty job\\n' * 1000, end='', flush=True); time.sleep(0.1)"
    )
    async with connected(sshd) as host:
        await start(host, command(f'python3 -c "{line}"'))
        started = time.monotonic()
        log, _ = await followed(host)
    assert log.count(b"\n") == 20_000
    assert time.monotonic() - started < 10


async def test_noise_from_start_up_files_disturbs_nothing(sshd: Sshd) -> None:
    (sshd.home / ".bashrc").write_text("echo Welcome; head -c 300000 /dev/urandom; echo noise >&2\n")
    async with connected(sshd) as host:
        await start(host, command("echo fine"))
        log, _ = await followed(host)
        assert (await host.facts()).home == str(sshd.home)
    assert log == b"fine\n"


async def test_facts_tell_what_the_machine_is(sshd: Sshd) -> None:
    async with connected(sshd) as host:
        facts = await host.facts()
    assert facts.home == str(sshd.home)
    assert facts.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert facts.cpus >= 1
    assert facts.memory > 1 << 28
    assert facts.disk_free > 0
    assert facts.python


async def test_prepare_leaves_a_real_folder_of_the_users_alone(sshd: Sshd) -> None:
    mine = sshd.home / "training/dataset"
    mine.mkdir(parents=True)
    (mine / "keep").write_text("mine")
    async with connected(sshd) as host:
        await host.prepare(RUN)
        await host.prepare("run-2")
    assert (mine / "keep").read_text() == "mine"
    assert (sshd.home / "training/output").readlink() == sshd.run_folder("run-2") / "output"


async def test_an_id_that_leads_elsewhere_is_refused(sshd: Sshd) -> None:
    async with connected(sshd) as host:
        with pytest.raises(Exception, match="run id"):
            await host.prepare("../../etc")


def test_the_connector_is_made_with_a_clock() -> None:
    assert SshConnector(RealClock()).clock.now() > 0
