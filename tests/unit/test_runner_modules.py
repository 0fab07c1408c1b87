"""The modules that run on the host: old interpreters understand them, and their parts do what they say."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from unitrainer_tui.errors import UsageProblem
from unitrainer_tui.ports import JobSpec
from unitrainer_tui.remote import bundle, job
from unitrainer_tui.remote.blocks import Gauge
from unitrainer_tui.remote.host import places, processes, receive, telemetry
from unitrainer_tui.remote.reasons import printable
from unitrainer_tui.remote.setup import _Lines

HOST = Path(receive.__file__).parent


@pytest.mark.parametrize("path", sorted(HOST.glob("*.py")), ids=lambda path: path.name)
def test_a_host_module_is_python_3_8_and_imports_nothing_but_the_standard_library(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [str(node.module)]
        for name in names:
            assert name.partition(".")[0] in sys.stdlib_module_names


def test_every_host_module_is_sent() -> None:
    sent = {*bundle.ORDER, *bundle.DETACHED, "loader", "__init__"}
    assert sent == {path.stem for path in HOST.glob("*.py")}


def test_the_command_line_is_constant_and_survives_any_shell_quoting() -> None:
    assert bundle.COMMAND.count("'") == 2
    assert not set("!`$\\\n") & set(bundle.COMMAND)


@pytest.mark.parametrize("late", [False, True])
def test_the_dataset_takes_its_place_though_setup_prepares_the_folders_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    places.prepare("run-1")
    target = tmp_path / "training/cache/datasets/abc/data"
    target.mkdir(parents=True)
    (target / "one").write_text("1")
    beside = ["another process"]

    def prepare_beside(then: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: object) -> None:
            if late and beside:
                beside.clear()
                places.prepare("run-1")
            then(*arguments)
            if not late and beside:
                beside.clear()
                places.prepare("run-1")

        return call

    # Between the removal of the empty folder and the link that takes its name, or before the link is looked at.
    name = "symlink" if late else "rmdir"
    monkeypatch.setattr(places.os, name, prepare_beside(getattr(places.os, name)))
    places.point_dataset("run-1", str(target))
    assert (tmp_path / "training/runs/run-1/dataset/one").read_text() == "1"
    assert (tmp_path / "training/dataset/one").read_text() == "1"


def test_needed_files_are_told_as_ranges() -> None:
    assert receive.ranges([0, 1, 2, 5, 7, 8]) == [[0, 3], [5, 6], [7, 9]]
    assert receive.ranges([]) == []


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a"])
def test_a_path_that_leads_out_is_refused_by_the_receiver(path: str) -> None:
    with pytest.raises(ValueError, match="leads out"):
        receive.Entry(path, 0, 0, "", False)


def test_gpus_are_read_with_what_a_card_does_not_tell_left_open() -> None:
    table = (
        "0, 97, 71234, 81559, 64, 512.33, NVIDIA H100 80GB HBM3\n1, [N/A], 0, 81559, [Not Supported], 70, Name, odd\n"
    )
    first, second = telemetry.parse_gpus(table)
    assert first == {
        "index": 0,
        "name": "NVIDIA H100 80GB HBM3",
        "utilization": 97.0,
        "memory_used": 71234.0,
        "memory_total": 81559.0,
        "temperature": 64.0,
        "power": 512.33,
    }
    assert second["utilization"] is None
    assert second["name"] == "Name, odd"
    assert telemetry.parse_gpus("No devices were found\n") == []


def test_descendants_are_found_at_any_depth() -> None:
    alive = {10: (1, 10), 11: (10, 10), 12: (11, 12), 13: (12, 13), 20: (1, 20)}
    assert processes.below(10, alive) == {11, 12, 13}


def test_compression_pays_only_while_the_link_is_the_slow_part(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("unitrainer_tui.remote.blocks.time.monotonic", lambda: now[0])
    gauge = Gauge()
    gauge.packed(50_000_000, 1.0)
    gauge.wrote(4_000_000, 1.9)
    now[0] = 2.0
    assert gauge.compression_pays(0.3)  # 2 MB/s on the link, 50 MB/s packing
    assert not gauge.compression_pays(0.95)
    gauge.wrote(196_000_000, 0.0)
    assert not gauge.compression_pays(0.3)  # 100 MB/s on the link


def test_a_job_is_either_a_script_or_a_command(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="either"):
        job.start_request(JobSpec("r", "python3", {}))
    with pytest.raises(UsageProblem, match=r"train\.py"):
        job.start_request(JobSpec("r", "python3", {}, script=tmp_path))


def test_a_command_travels_as_a_file_and_never_in_an_argument() -> None:
    request, body = job.start_request(JobSpec("r", "/venv/bin/python", {"a": 1}, command="echo $(id) 'x'"))
    assert request["argv"] == ["bash", "{task}/command.sh"]
    assert body.startswith(b"echo $(id) 'x'\n")
    assert request["path_first"] == "/venv/bin"


def test_foreign_text_is_printable_and_short() -> None:
    assert printable("a\x1b[31m\nb\u202e c") == "a [31m b c"
    assert len(printable("x" * 1000)) == 300


def test_setup_lines_are_cut_wherever_the_pieces_end() -> None:
    heard: list[str] = []
    lines = _Lines(heard.append)
    for piece in (b"one\ntw", b"o\r\n10%\r50%\r10", b"0%\n", b"\n", b"end"):
        lines.feed(piece)
    lines.finish()
    assert heard == ["one", "two", "100%", "end"]
    assert lines.last == tuple(heard)
