"""Full and read-only disks, real ones: small file systems in memory, mounted by the test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.process.program import Program

JOB = """
for e in $(seq 1 {epochs}); do echo "Epoch: $e/{epochs}  Loss: 0.5"; sleep 0.2; done
head -c 5000000 /dev/zero > "$UNITRAINER_OUTPUT/model.bin"
"""


@contextmanager
def small_disk(where: Path, size: str) -> Iterator[Path]:
    """A file system of that size. Skips the test where mounting is not allowed."""
    where.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(where)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("mounting needs root")
    try:
        yield where
    finally:
        subprocess.run(["umount", "--lazy", str(where)], check=True)


def fill(disk: Path) -> Path:
    """Takes the last byte of it."""
    filler = disk / "filler"
    with filler.open("wb") as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 20))
            file.flush()
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"0")
    assert shutil.disk_usage(disk).free < 4096
    return filler


def profile(program: Program, models: Path) -> str:
    """Before a launch room is asked for: the estimated model of a command, 200 MB, and limits.free_mb."""
    path = program.profile(JOB.format(epochs=15))
    lowered = path.read_text().replace("rescue_minutes = 0.5", "rescue_minutes = 0.5\nfree_mb = 1")
    path.write_text(f"{lowered}\n[output]\nmodels_dir = '{models}'\n")
    return str(path)


def test_row_56_no_room_here_for_the_model_saves_it_beside_the_run_and_says_so(program: Program):
    with small_disk(program.home / "small", "230m") as disk:
        viewer = program.start("run", profile(program, disk), "--json", "--yes")
        assert viewer.stdout is not None
        run = json.loads(viewer.stdout.readline())["run"]
        program.wait_for(run, '"epoch": 2')
        fill(disk)
        _, err = viewer.communicate(timeout=90)
        assert viewer.returncode == 1, err
        assert "disk here is full" in err
        assert "output.models_dir" in err
        assert [entry.name for entry in disk.iterdir()] == ["filler"]
    # What was trained is home all the same.
    assert (program.paths.run(run) / "artifacts" / "model.bin").stat().st_size == 5_000_000
    assert program.result(run)["released"] is True
    assert program.holdings() == []


def test_a_disk_that_fills_up_under_the_state_directory_leaks_no_machine(program: Program):
    """The journal cannot be written from mid-training on: training ends, the machine goes, and when there is room again
    the journal tells it all."""
    with small_disk(program.home / "state", "230m") as disk:
        (program.home / "elsewhere").mkdir()
        done = program.run("run", profile(program, program.home / "elsewhere"), "--detach", "--json", "--yes")
        assert done.returncode == 0, done.stderr
        run = json.loads(done.stdout)["run"]
        program.wait_for(run, '"epoch": 2')
        before = program.holdings()
        assert any("ut-" in str(one) for one in before)
        filler = fill(disk)
        # The machine is given back although nothing can be written down.
        program.wait(lambda: not any("ut-" in str(one) for one in program.holdings()), 60)
        filler.unlink()
        program.wait_for(run, '"kind": "result"', 40)
        result = program.result(run)
        assert result["released"] is True
        seqs = [event["seq"] for event in program.events(run) if "seq" in event]
        assert seqs == list(range(1, len(seqs) + 1))


def test_row_05_a_state_directory_that_is_read_only_is_refused_in_one_sentence(program: Program):
    path = program.profile("true")
    with small_disk(program.home / "state", "1m") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        done = program.run("run", str(path), "--yes")
        assert done.returncode == 2
        assert "cannot be written: Read-only file system" in done.stderr
        assert "UNITRAINER_HOME" in done.stderr
        for command in ("runs", "doctor", "reconcile"):
            told = program.run(command)
            assert "Traceback" not in told.stderr + told.stdout, command
        assert "CANNOT BE WRITTEN" in program.run("doctor").stdout
    assert os.listdir(program.home / "state") == []
