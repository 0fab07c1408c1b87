"""The end policy and who counts as watching."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from unitrainer_tui.config.policy import end_action, end_words, guard_words
from unitrainer_tui.config.profile import Profile, parse_profile
from unitrainer_tui.runs.directory import RunDirectory, is_watched, watching


def profile(**sections: dict[str, Any]) -> Profile:
    table: dict[str, Any] = {
        "cloud": {"provider": "sandbox"},
        "training": {"framework": "custom", "command": "true"},
        **sections,
    }
    return parse_profile(table)


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize("watched", [True, False])
def test_terminate_is_the_default_in_all_four_cases(finished: bool, watched: bool):
    assert end_action(profile(), finished=finished, watched=watched) == "terminate"


@pytest.mark.parametrize(
    ("key", "watched", "finished"),
    [
        ("finished", True, True),
        ("failed", True, False),
        ("unattended_finished", False, True),
        ("unattended_failed", False, False),
    ],
)
def test_each_of_the_four_has_a_key_of_its_own(key: str, watched: bool, finished: bool):
    kept = profile(end={key: "keep"})
    cases = [(w, f) for w in (True, False) for f in (True, False)]
    assert [(w, f) for w, f in cases if end_action(kept, watched=w, finished=f) == "keep"] == [(watched, finished)]
    assert "KEPT for 60 minutes, and paid for" in end_words(kept)
    assert "KEPT" not in end_words(profile())


def test_the_guard_is_told_with_its_price():
    assert guard_words(profile()).startswith("T1, this machine")
    assert "your API key is on the rented machine" in guard_words(profile(limits={"lease_minutes": 15}))


def test_a_run_is_watched_while_a_process_follows_it_and_no_longer(tmp_path: Path):
    directory = RunDirectory(tmp_path)
    assert not is_watched(directory)
    code = (
        "import sys, time; from pathlib import Path\n"
        "from unitrainer_tui.runs.directory import RunDirectory, watching\n"
        "with watching(RunDirectory(Path(sys.argv[1]))): print('on', flush=True); time.sleep(60)\n"
    )
    viewers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) for _ in range(2)]
    for viewer in viewers:
        assert viewer.stdout is not None
        assert viewer.stdout.readline() == b"on\n"
    assert is_watched(directory)
    os.kill(viewers[0].pid, signal.SIGKILL)
    viewers[0].wait()
    assert is_watched(directory)
    os.kill(viewers[1].pid, signal.SIGKILL)
    viewers[1].wait()
    assert not is_watched(directory)
    with watching(directory), watching(directory):
        assert is_watched(directory)
    assert not is_watched(directory)
