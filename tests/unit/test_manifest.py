"""What is sent: which names and kinds of files are taken, which are refused, and that what is read is what is told."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest

from unitrainer_tui.datasets import manifest as module
from unitrainer_tui.datasets.manifest import build_manifest
from unitrainer_tui.errors import DatasetProblem


def faults_of(root: Path, **options: bool) -> list[str]:
    with pytest.raises(DatasetProblem) as told:
        build_manifest(root, **options)
    return list(told.value.faults)


def test_files_are_sorted_and_told_with_size_and_hash(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b/two").write_bytes(b"22")
    (tmp_path / "a").write_bytes(b"1")
    seen: list[tuple[int, int]] = []
    made = build_manifest(tmp_path, on_progress=lambda size, files: seen.append((size, files)))
    assert [(entry.path, entry.size) for entry in made.files] == [("a", 1), ("b/two", 2)]
    assert made.files[1].sha256 == hashlib.sha256(b"22").hexdigest()
    assert made.size == 3
    assert seen[-1] == (3, 2)
    assert made.local_path(made.files[1]) == tmp_path / "b/two"


def test_the_digest_names_the_content_and_not_the_time(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    first = build_manifest(tmp_path).digest
    os.utime(tmp_path / "a", (1, 1))
    assert build_manifest(tmp_path).digest == first
    (tmp_path / "a").rename(tmp_path / "b")
    assert build_manifest(tmp_path).digest != first


def test_a_single_file_is_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(b"x")
    made = build_manifest(tmp_path / "table.csv")
    assert [entry.path for entry in made.files] == ["table.csv"]
    assert made.local_path(made.files[0]) == tmp_path / "table.csv"


def test_empty_folders_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    assert build_manifest(tmp_path).empty_folders == ("a/b",)


@pytest.mark.parametrize("name", [b"a b", "ü名".encode(), b"\xff\xfe", b"-rf", b"$(x)", b"'\"\\", b"...", b"~"])
def test_odd_names_are_taken_as_they_are(tmp_path: Path, name: bytes) -> None:
    (tmp_path / os.fsdecode(name)).write_bytes(b"x")
    (entry,) = build_manifest(tmp_path).files
    assert os.fsencode(entry.path) == name


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", "a\x7fb", "a\x9bb", "a\rb", "a\tb"])
def test_control_characters_in_names_are_refused_and_shown_harmlessly(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    (fault,) = faults_of(tmp_path)
    assert "control characters" in fault
    assert fault.isprintable()


def test_a_control_character_in_a_folders_name_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "a\nb").mkdir()
    assert "control characters" in faults_of(tmp_path)[0]


def test_what_is_no_file_is_refused_and_every_fault_is_listed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "sock"))
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "me").symlink_to("me")
    faults = faults_of(tmp_path, follow_outside=True)
    assert sorted(fault.partition(":")[0] for fault in faults) == ["fifo", "gone", "me", "null", "sock"]


def test_links_inside_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/x").write_bytes(b"x")
    (tmp_path / "also").symlink_to("real")
    (tmp_path / "y").symlink_to("real/x")
    assert [entry.path for entry in build_manifest(tmp_path).files] == ["also/x", "real/x", "y"]


def test_a_link_that_leads_back_up_is_a_loop(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/up").symlink_to("..")
    assert "leads back" in faults_of(tmp_path)[0]


def test_a_link_that_leaves_the_root_needs_leave(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"o")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/link").symlink_to("../outside")
    assert "follow_outside" in faults_of(tmp_path / "root")[0]
    (entry,) = build_manifest(tmp_path / "root", follow_outside=True).files
    assert entry.sha256 == hashlib.sha256(b"o").hexdigest()


def test_a_neighbour_with_a_longer_name_is_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root-2").write_bytes(b"o")
    (tmp_path / "root/link").symlink_to("../root-2")
    assert faults_of(tmp_path / "root")


def test_a_root_that_is_a_link_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/x").write_bytes(b"x")
    (tmp_path / "real/y").symlink_to("x")
    (tmp_path / "link").symlink_to("real")
    assert len(build_manifest(tmp_path / "link").files) == 2


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_what_cannot_be_read_is_listed(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    (tmp_path / "x").chmod(0)
    assert "cannot be read" in faults_of(tmp_path)[0]


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetProblem, match="cannot be read"):
        build_manifest(tmp_path / "nothing")


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"x" * 10)
    original = os.fstat
    calls = []

    def growing(descriptor: int) -> os.stat_result:
        found = original(descriptor)
        calls.append(descriptor)
        if calls.count(descriptor) == 1:
            with (tmp_path / "x").open("ab") as file:
                file.write(b"more")
        return found

    monkeypatch.setattr(module.os, "fstat", growing)
    assert "changed while" in faults_of(tmp_path)[0]
