"""`ssh RUN` with OpenSSH's own client, and `runs prune`."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.process.program import ENDLESS, SHORT, Program
from unitrainer_tui.clock import SystemClock
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.supervisor.prune import old_runs

DAY = 86400.0

needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH's client is not installed")


@needs_ssh
def test_a_command_runs_on_the_runs_machine_with_its_key_and_pinned_host_key(program: Program):
    run = program.detached(ENDLESS)
    program.wait_for(run, '"stage": "train", "status": "started"')
    done = program.run("ssh", run[:4], "echo", "$UNITRAINER_NOTHING", "at", "$HOME")
    assert done.returncode == 0, done.stderr
    assert f"at {program.paths.state}" in done.stdout
    assert program.run("ssh", run, "exit", "7").returncode == 7
    known = RunDirectory(program.paths.run(run)).known_hosts
    words = known.read_text().split()
    other = "AAAAC3NzaC1lZDI1NTE5AAAAIBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
    known.write_text(" ".join([*words[:2], other]) + "\n")
    refused = program.run("ssh", run, "echo", "reached")
    assert refused.returncode == 255
    assert "reached" not in refused.stdout, "another machine answers: nothing is sent to it"
    known.write_text(" ".join(words) + "\n")
    assert program.run("stop", run, timeout=60).returncode == 0
    gone = program.run("ssh", run, "true")
    assert gone.returncode == 2
    assert "holds no machine" in gone.stderr


def test_only_closed_runs_that_are_old_enough_are_removed(program: Program):
    old = program.detached(SHORT)
    program.wait_for(old, '"kind": "result"')
    program.wait(lambda: not old_runs(program.paths, SystemClock().now(), 0) and "closed" in closed(program, old))
    now = SystemClock().now()
    assert old_runs(program.paths, now + 6 * DAY, 0) == [], "its names are still watched"
    [found] = old_runs(program.paths, now + 8 * DAY, 0)
    assert found.directory.run == old
    assert old_runs(program.paths, now + 8 * DAY, 30 * DAY) == []
    done = program.run("runs", "prune", "--days", "0", "--yes")
    assert done.returncode == 0
    assert program.paths.run(old).is_dir(), "younger than the time for which names are watched"
    live = program.detached(ENDLESS)
    program.wait_for(live, '"stage": "train", "status": "started"')
    assert [run.directory.run for run in old_runs(program.paths, now + 400 * DAY, 0)] == [old]
    from unitrainer_tui.supervisor.prune import remove

    remove(found)
    assert not program.paths.run(old).exists()
    assert os.listdir(program.paths.runs) == [live]
    assert program.run("stop", live, timeout=60).returncode == 0


def closed(program: Program, run: str) -> str:
    from unitrainer_tui.runs.journal import read_journal
    from unitrainer_tui.runs.state import fold

    return "closed" if fold(read_journal(program.paths.run(run) / "journal.jsonl")).closed else "open"
