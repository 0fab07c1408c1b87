"""Weights before training: what counts as whole, and a download that says nothing more is given up."""

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from unitrainer_tui.frameworks import yolo as yolo_room
from unitrainer_tui.frameworks.shared.fetching import take, watched, whole


def test_a_file_of_weights_is_told_from_an_error_page(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as file:
        file.writestr("data.pkl", b"x")
    (tmp_path / "old.pt").write_bytes(b"\x80\x02pickle")
    (tmp_path / "page.pt").write_bytes(b"<html>not found</html>")
    (tmp_path / "empty.pt").write_bytes(b"")
    header = b'{"a":{}}'
    (tmp_path / "b.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    (tmp_path / "cut.safetensors").write_bytes((1000).to_bytes(8, "little") + header)
    found = {path.name for path in tmp_path.iterdir() if whole(path)}
    assert found == {"a.pt", "old.pt", "b.safetensors"}
    assert not whole(tmp_path / "nowhere.pt")


def test_a_download_that_says_nothing_more_is_ended(tmp_path):
    began = time.monotonic()
    sleeping = [sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(60)"]
    code, said = watched(sleeping, tmp_path, {}, quiet_s=0.5)
    assert code == 124
    assert "nothing arrived" in said
    assert time.monotonic() - began < 20


def test_a_slow_download_that_goes_on_is_waited_for(tmp_path):
    dripping = (
        "import os, time\n"
        "for _ in range(8):\n"
        "    with open(os.path.join(os.environ['INTO'], 'w.pt'), 'ab') as file: file.write(b'x' * 10)\n"
        "    time.sleep(0.3)\n"
        "print('all of it')"
    )
    code, said = watched([sys.executable, "-c", dripping], tmp_path, {"INTO": str(tmp_path)}, quiet_s=2)
    assert (code, said) == (0, "all of it")


def test_a_download_that_never_comes_to_its_end_is_ended_with_all_that_it_started(tmp_path):
    trickling = (
        "import os, subprocess, sys\n"
        'drip = \'import time\\nwhile True:\\n open("w.pt", "ab").write(b"x"); time.sleep(0.05)\'\n'
        "child = subprocess.Popen([sys.executable, '-c', drip], cwd=os.environ['INTO'])\n"
        "open(os.path.join(os.environ['INTO'], 'pid'), 'w').write(str(child.pid))\n"
        "child.wait()"
    )
    argv = [sys.executable, "-c", trickling]
    code, said = watched(argv, tmp_path, {"INTO": str(tmp_path)}, quiet_s=20, longest_s=3)
    assert (code, said) == (124, "not all of it arrived in 3 seconds")
    time.sleep(0.3)
    held = (tmp_path / "w.pt").stat().st_size
    time.sleep(0.5)
    assert (tmp_path / "w.pt").stat().st_size == held


def test_what_has_arrived_is_there_whole_under_its_name(tmp_path):
    (tmp_path / "part").write_bytes(b"weights")
    take(tmp_path / "part", tmp_path / "w.pt")
    assert os.listdir(tmp_path) == ["w.pt"]


@pytest.mark.parametrize("code", [0, 2, 7])
def test_the_exit_code_and_the_last_line_are_told(tmp_path, code):
    argv = [sys.executable, "-c", f"print('first'); print('error: last'); raise SystemExit({code})"]
    assert watched(argv, tmp_path, {}) == (code, "error: last")


# In place of Ultralytics, which has no internet here: the names that it offers, and a download.
ULTRALYTICS = """
import zipfile
GITHUB_ASSETS_NAMES = frozenset(["yolo11n.pt", "yolov5nu.pt"])
def attempt_download_asset(file):
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data.pkl", b"weights")
"""


def fetch(tmp_path: Path, *names: str) -> subprocess.CompletedProcess[str]:
    room = tmp_path / "room/ultralytics/utils"
    room.mkdir(parents=True, exist_ok=True)
    for folder in (room.parent, room):
        (folder / "__init__.py").write_text("")
    (room / "downloads.py").write_text(ULTRALYTICS)
    script = Path(yolo_room.__file__).parent / "fetch.py"
    command = [sys.executable, str(script), str(tmp_path / "weights"), *names]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "room")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_weights_arrive_whole_under_their_name_and_are_found_the_next_time(tmp_path):
    first = fetch(tmp_path, "yolo11n", "yolov5n")
    assert first.returncode == 0, first.stderr
    assert sorted(os.listdir(tmp_path / "weights")) == ["yolo11n.pt", "yolov5nu.pt"]
    assert "have arrived" in first.stdout
    second = fetch(tmp_path, "yolo11n")
    assert "are there" in second.stdout
    assert "Downloading" not in second.stdout


def test_a_name_that_is_not_offered_is_refused_with_the_nearest(tmp_path):
    done = fetch(tmp_path, "yolo11nn")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "did you mean 'yolo11n'?" in done.stderr
    assert os.listdir(tmp_path / "weights") == []


def test_a_broken_file_of_an_earlier_run_is_fetched_again(tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/yolo11n.pt").write_bytes(b"<html>")
    assert fetch(tmp_path, "yolo11n").returncode == 0
    assert whole(tmp_path / "weights/yolo11n.pt")
