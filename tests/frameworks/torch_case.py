"""Running a training script's folder as a host does, with an interpreter that has PyTorch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest


def torch_python() -> str:
    said = os.environ.get("UNITRAINER_TEST_TORCH_PYTHON")
    if not said:
        pytest.skip("UNITRAINER_TEST_TORCH_PYTHON names no interpreter with torch")
    return said


def needs(python: str, *modules: str) -> None:
    """Skips the test where the interpreter lacks one of them."""
    for name in modules:
        code = f"import importlib.util as u, sys; sys.exit(u.find_spec({name!r}) is None)"
        if subprocess.run([python, "-c", code], check=False).returncode:
            pytest.skip(f"{python} has no {name}")


def place(script: Path, folder: Path, **job: Any) -> Path:
    """The script's folder as a host has it, with its job."""
    shutil.copytree(script, folder / "job", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    (folder / "job/job.json").write_text(json.dumps(job))
    return folder / "job"


def surroundings(dataset: Path, output: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UNITRAINER_", "PYTHONPATH"))}
    # One thread each: several tests on few cores would wait for each other.
    return {
        "OMP_NUM_THREADS": "1",
        **kept,
        "UNITRAINER_DATASET": str(dataset),
        "UNITRAINER_OUTPUT": str(output),
        **more,
    }


def run(python: str, job: Path, dataset: Path, *command: str, **more: str) -> tuple[int, str]:
    """(exit code, all that was written). The output is beside the job's folder, in out/."""
    done = subprocess.run(
        [python, *(command or ("train.py",))],
        cwd=job,
        env=surroundings(dataset, job.parent / "out", **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def told(output: str, kind: str = "progress") -> list[dict[str, Any]]:
    return [json.loads(line)["data"] for line in output.splitlines() if line.startswith(f'{{"type": "{kind}"')]
