"""What every start of the program sets off behind itself, as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tests.process.program import SHORT, Program
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


def test_a_run_in_its_first_seconds_is_left_to_the_supervisor_that_its_starter_brings(program: Program):
    directory = made(program)
    sweep(program)
    time.sleep(2)
    assert not directory.lock.exists()  # nobody came before it, with an environment that lacks what the run needs
    os.utime(directory.profile, (0, 0))
    sweep(program)
    program.wait_for(directory.run, '"kind": "result"')
    assert program.result(directory.run)["exit_code"] == 0


def test_reconcile_takes_over_a_run_whose_starter_died_before_it_brought_a_supervisor(program: Program):
    directory = made(program)
    done = program.run("reconcile", "--wait")
    assert done.returncode == 0, done.stderr
    assert program.result(directory.run)["exit_code"] == 0
