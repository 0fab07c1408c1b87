"""What every start of the program sets off behind itself, as a process of its own."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time

from tests.process.program import ENDLESS, SHORT, Program
from unitrainer_tui.config.profile import load_profile
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.supervisor.start import create_run


def sweep(program: Program) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "unitrainer_tui.supervisor.sweeper"], env=program.environment(), timeout=60, check=False
    )
    assert done.returncode == 0


def made(program: Program) -> RunDirectory:
    """A run whose supervisor is still to be started."""
    return create_run(load_profile(program.profile(SHORT)), program.paths)


def ago(directory: RunDirectory, seconds: float) -> None:
    """As if it had been made so long ago."""
    os.utime(directory.profile, times=(time.time() - seconds,) * 2)


def test_a_run_in_its_first_seconds_is_left_to_the_supervisor_that_its_starter_brings(program: Program):
    directory = made(program)
    sweep(program)
    time.sleep(2)
    assert not directory.lock.exists()  # nobody came before it, with an environment that lacks what the run needs
    ago(directory, 60)
    sweep(program)
    program.wait_for(directory.run, '"kind": "result"')
    assert program.result(directory.run)["exit_code"] == 0


def test_a_run_that_nobody_began_is_not_launched_hours_later_by_a_mere_start(program: Program):
    directory = made(program)
    ago(directory, 3600)
    sweep(program)
    program.wait_for(directory.run, '"kind": "result"')
    result = program.result(directory.run)
    assert (result["success"], result["exit_code"], result["released"]) == (False, 1, True)
    assert "never begun" in result["error"]
    assert '"intended"' not in directory.journal.read_text()


def test_a_damaged_journal_is_not_taken_for_a_run_that_never_began(program: Program):
    directory = made(program)
    ago(directory, 3600)
    directory.journal.write_bytes(b'{"seq":1,"kind":"st\x00ge"}\n')
    sweep(program)
    program.wait_for(directory.run, '"kind": "result"')
    assert "never begun" not in directory.journal.read_text(errors="replace")


def test_a_run_that_cannot_be_read_keeps_no_other_from_its_supervisor(program: Program):
    closed, other = made(program), made(program)
    closed.journal.mkdir()  # as unreadable for root as for anybody
    for directory in (closed, other):
        ago(directory, 60)
    sweep(program)
    program.wait_for(other.run, '"kind": "result"')
    listed = program.run("runs", "--json")
    assert listed.returncode == 0
    assert closed.run in listed.stdout
    assert other.run in listed.stdout


def test_reconcile_takes_over_a_run_whose_starter_died_before_it_brought_a_supervisor(program: Program):
    directory = made(program)
    done = program.run("reconcile", "--wait")
    assert done.returncode == 0, done.stderr
    assert program.result(directory.run)["exit_code"] == 0


def test_a_sweep_that_does_not_end_keeps_no_open_run_from_its_new_supervisor(program: Program):
    run = program.detached(ENDLESS)
    program.wait_for(run, '"kind": "progress"')
    with (program.paths.state / "sweep.lock").open("w") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)  # as one that is at a machine which will not go
        os.kill(program.supervisor(run), signal.SIGKILL)
        program.run("audit", str(program.home / "profile.toml"))
        program.wait_for(run, "a new one takes over")
    assert program.run("stop", run).returncode == 0
    assert program.holdings() == []


def test_no_command_waits_for_the_libraries_of_the_sweep(program: Program):
    made(program)
    look = "import sys; from unitrainer_tui.cli.main import _sweep_behind; _sweep_behind(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", look], env=program.environment(), capture_output=True, text=True, timeout=60, check=True
    )
    assert not {"httpx", "asyncssh", "pydantic", "asyncio"} & set(done.stdout.split())
    program.wait((program.paths.state / "sweep.lock").exists)  # it was set off all the same
