"""A run's files here: names that the job chose meet names that are ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.files import LocalRunFiles


@pytest.fixture
def files(tmp_path: Path) -> LocalRunFiles:
    directory = RunDirectory(tmp_path / "run")
    directory.path.mkdir()
    return LocalRunFiles(directory, tmp_path / "models", lambda path: "")


def test_a_file_of_the_job_s_own_that_is_named_like_half_a_download_is_no_half_of_another(files: LocalRunFiles):
    for name in ("weights.bin", "weights.bin.part", "weights.bin.damaged", "deep.part/weights.bin"):
        files.artifact(name).write_text(name)
    whole = files.artifact("weights.bin")
    half = whole.with_name("weights.bin.part")
    assert not half.exists()
    half.write_text("half")
    files.remove_secrets()
    assert not half.exists()
    assert len(files.artifacts()) == 4
    for name in ("weights.bin.part", "weights.bin.damaged", "deep.part/weights.bin"):
        assert files.artifact(name).read_text() == name


def test_a_folder_of_a_name_that_ends_in_part_keeps_no_half_download_from_going(files: LocalRunFiles):
    root = files.artifact("x").parent
    (root / "kept.part").mkdir()
    (root / "x.part").write_text("half")
    files.remove_secrets()
    assert not (root / "x.part").exists()


def test_what_was_a_file_and_is_a_folder_now_finds_its_place_and_nothing_is_lost(files: LocalRunFiles):
    files.artifact("state").write_text("first")
    files.artifact("state/last.pt").write_text("second")
    files.artifact("state").write_text("third")
    assert files.artifact("state").read_text() == "third"
    assert files.artifact("state.earlier").read_text() == "first"
    assert files.artifact("state.earlier2/last.pt").read_text() == "second"


def test_a_question_makes_no_folder(files: LocalRunFiles, tmp_path: Path):
    assert not files.holds_artifact("deep/deeper/last.pt", 1, 1)
    assert not (tmp_path / "run" / "artifacts").exists()
