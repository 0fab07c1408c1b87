"""kill -9 right behind a record of the journal, in a real run with real processes: whoever comes next ends it well.

A handful in the test command; every record of the run with `make sim-long`.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.figures import note
from tests.process.program import Program
from unitrainer_tui.config.profile import load_profile
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.supervisor.start import create_run

ROOT = Path(__file__).parents[2]
JOB = """
for epoch in 1 2 3 4; do echo "Epoch: $epoch/4  Loss: 0.$((9 - epoch))"; sleep 0.3; done
cat "$UNITRAINER_DATASET/numbers.txt" > "$UNITRAINER_OUTPUT/model.bin"
"""
PATIENT = """
for epoch in $(seq 1 80); do echo "Epoch: $epoch/80  Loss: 0.5"; sleep 0.2; done
echo m > "$UNITRAINER_OUTPUT/model.bin"
"""
LOG = b"".join(f"Epoch: {epoch}/4  Loss: 0.{9 - epoch}\n".encode() for epoch in range(1, 5))
# Across the run: the check, the intents, the boot, setup, training, download, giving back.
SOME = (2, 5, 9, 16, 24, 32)
# More records than such a run has: those beyond its end find it over.
MOST = 60


def killed_after(program: Program, records: int) -> RunDirectory:
    """A run whose supervisor died right behind that record, or ended before."""
    directory = create_run(load_profile(program.profile(JOB)), program.paths)
    done = subprocess.run(
        [sys.executable, "-m", "tests.process.killed_at", str(records), str(directory.path)],
        env=program.environment(),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (-signal.SIGKILL, 0), done.stderr.decode()
    return directory


def judge(program: Program, directory: RunDirectory, records: int) -> str:
    """What the run came to. Raises AssertionError where anything is lost, doubled or left."""
    before = [json.loads(line.split(" ", 1)[1]) for line in directory.journal.read_text().splitlines()]
    last = before[-1]
    assert len(before) <= records
    done = program.run("reconcile", "--wait", timeout=120)
    assert done.returncode == 0, (records, last, done.stderr)
    result = program.result(directory.run)
    assert result["released"] is True, (records, last, result)
    ledger = json.loads((program.paths.state / "sandbox" / "ledger.json").read_text())
    launched = [one for one in ledger["instances"] if f"-{directory.run}-" in one["name"]]
    assert len(launched) <= 1, (records, last)
    if not result["success"]:
        # Between an intent and its call nobody can know whether the call was sent: no second one may be.
        assert last["kind"] == "resource" and last["status"] == "intended", (records, last, result)
        return "ended without a launch" if not launched else "ended"
    model = Path(result["model_path"])
    assert hashlib.sha256(model.read_bytes()).hexdigest() == result["sha256"], (records, last)
    assert model.read_bytes() == (program.home / "data" / "numbers.txt").read_bytes(), (records, last)
    assert directory.log.read_bytes() == LOG, (records, last)
    return "model home"


@pytest.mark.parametrize("records", SOME)
def test_row_40_and_60_a_supervisor_killed_behind_a_record_is_succeeded(program: Program, records: int):
    judge(program, killed_after(program, records), records)
    assert program.holdings() == []


@pytest.mark.sim_long
@pytest.mark.parametrize("first", range(1, MOST + 1, 10))
def test_a_supervisor_killed_behind_every_record_is_succeeded(program: Program, first: int):
    came_to: dict[int, str] = {}
    for records in range(first, first + 10):
        came_to[records] = judge(program, killed_after(program, records), records)
        assert program.holdings() == []
    note("killed", **{str(records): outcome for records, outcome in came_to.items()})


def test_a_stopped_supervisor_goes_on_when_it_is_continued(program: Program):
    """SIGSTOP for longer than the link's keepalives: the job goes on, and so does the run afterwards."""
    run = program.detached(PATIENT)
    program.wait_for(run, '"epoch": 3')
    owner = program.supervisor(run)
    os.kill(owner, signal.SIGSTOP)
    try:
        # Nobody may take over a run whose owner lives; and who looks at it is not held up.
        assert program.run("reconcile", timeout=90).returncode == 0
        assert program.run("show", run).returncode == 0
        program.wait(lambda: program.holdings() != [])
    finally:
        os.kill(owner, signal.SIGCONT)
    program.wait_for(run, '"kind": "result"', 60)
    assert program.result(run)["success"] is True
    assert program.run("logs", run, "--raw").stdout.count("Epoch: ") == 80
    assert program.holdings() == []
