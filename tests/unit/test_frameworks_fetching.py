"""Weights before training: what counts as whole, and a download that says nothing more is given up."""

import os
import sys
import time
import zipfile

import pytest

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


def test_what_has_arrived_is_there_whole_under_its_name(tmp_path):
    (tmp_path / "part").write_bytes(b"weights")
    take(tmp_path / "part", tmp_path / "w.pt")
    assert os.listdir(tmp_path) == ["w.pt"]


@pytest.mark.parametrize("code", [0, 2, 7])
def test_the_exit_code_and_the_last_line_are_told(tmp_path, code):
    argv = [sys.executable, "-c", f"print('first'); print('error: last'); raise SystemExit({code})"]
    assert watched(argv, tmp_path, {}) == (code, "error: last")
