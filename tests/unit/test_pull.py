"""What is brought home while training goes on."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest

from unitrainer_tui.frameworks.registry import _SPECS
from unitrainer_tui.pipeline.pull import series_of, superseded, wanted
from unitrainer_tui.ports import RemoteFile
from unitrainer_tui.remote.host import frames, outputs

MB = 1_000_000


def paths(files: list[RemoteFile]) -> list[str]:
    return [file.path for file in files]


def test_of_a_series_only_the_newest_comes_and_small_files_come_first():
    files = [
        RemoteFile("ckpt/epoch-9.pt", 900 * MB, 90),
        RemoteFile("ckpt/epoch-10.pt", 900 * MB, 100),
        RemoteFile("best.pt", 800 * MB, 95),
        RemoteFile("results.csv", 4000, 101),
        RemoteFile("plots/1.png", 30_000, 1),
        RemoteFile("plots/2.png", 20_000, 2),
        RemoteFile("empty.pt", 0, 200),
    ]
    assert paths(wanted(files, ())) == ["results.csv", "plots/2.png", "plots/1.png", "best.pt", "ckpt/epoch-10.pt"]


def test_a_framework_s_own_patterns_leave_large_files_of_other_kinds_on_the_machine():
    files = [
        RemoteFile("training_run/weights/last.pt", 6 * MB, 5),
        RemoteFile("training_run/weights/epoch3.pt", 6 * MB, 4),
        RemoteFile("training_run/results.csv", 900, 5),
        RemoteFile("cache.npy", 3000 * MB, 1),
    ]
    assert paths(wanted(files, _SPECS["yolo"].checkpoints)) == [
        "training_run/results.csv",
        "training_run/weights/last.pt",
    ]


def test_an_older_checkpoint_goes_here_when_it_went_there_and_a_newer_one_came():
    newer = [RemoteFile("checkpoint-200/model.safetensors", 1, 2)]
    home = ["checkpoint-100/model.safetensors", "checkpoint-200/model.safetensors", "best.pt", "results.csv"]
    assert superseded(newer, home, ["checkpoint-200/model.safetensors"]) == ["checkpoint-100/model.safetensors"]
    # A machine that lists nothing takes nothing away from here.
    assert superseded([], home, []) == []
    # What is still there stays here too.
    assert superseded(newer, home, ["checkpoint-100/model.safetensors", "checkpoint-200/model.safetensors"]) == []


def test_names_that_differ_in_numbers_are_one_series():
    assert series_of("epoch=3-step=120.ckpt") == series_of("epoch=10-step=4000.ckpt") == "epoch=#-step=#.ckpt"


class Answers(io.BytesIO):
    """A channel whose first block is followed by a write to the file that is being read."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file: Path | None = file

    def write(self, data: Any) -> int:
        written = super().write(data)
        if self.file is not None and len(data) > outputs.PIECE:
            with self.file.open("r+b") as there:
                there.seek(10)
                there.write(b"changed in place")
            os.utime(self.file)
            self.file = None
        return written


@pytest.mark.parametrize("changes", [True, False])
def test_a_file_that_is_written_to_while_it_is_read_is_not_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: bool
):
    monkeypatch.setattr(outputs, "run_folder", lambda run: str(tmp_path))
    file = tmp_path / "output" / "last.pt"
    file.parent.mkdir()
    file.write_bytes(b"x" * 1_000_000)
    os.utime(file, ns=(5, 5))
    answers = Answers(file)
    if not changes:
        answers.file = None
    request = {"run": "r", "path": "last.pt", "size": 1_000_000, "mtime_ns": 5, "offset": 0, "sha256": ""}
    outputs.deliver(answers, request)
    assert (frames.BLOCK.pack(frames.ABORT, 0) in answers.getvalue()) == changes
    assert (frames.BLOCK.pack(frames.END, 0) in answers.getvalue()) != changes
