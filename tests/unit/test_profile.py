"""Profiles: what they may say, and how their faults are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from unitrainer_tui.config.profile import Profile, dump_profile, load_profile
from unitrainer_tui.errors import ProfileProblem

MINIMAL = """
[cloud]
project = "p"
region = "r"
flavor = "H100-4"
image = "GPU-Ubuntu.22.04"
[training]
framework = "yolo"
[dataset]
path = "data"
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "profile.toml"
    path.write_text(text)
    return path


def test_defaults_are_those_of_the_contract(tmp_path):
    profile = load_profile(write(tmp_path, MINIMAL))
    assert (profile.limits.max_hours, profile.limits.rescue_minutes, profile.limits.free_mb) == (24, 30, 200)
    timing = profile.timing
    assert (timing.poll_seconds, timing.boot_timeout_s, timing.ssh_timeout_s, timing.settle_seconds) == (
        5,
        900,
        300,
        60,
    )
    assert (timing.api_timeout_s, timing.keepalive_s, timing.cleanup_report_s) == (30, 10, 120)
    assert (profile.ssh.user_or_default, profile.ssh.port_or_default, profile.ssh.auth) == ("ubuntu", 22, "key")
    assert profile.dataset.path == tmp_path / "data"


def test_what_is_written_is_read_back_the_same(tmp_path):
    profile = load_profile(write(tmp_path, MINIMAL), {"training.options": "{lr0 = 0.01, name = 'x'}"})
    assert load_profile(write(tmp_path, dump_profile(profile))) == profile


@pytest.mark.parametrize(
    ("line", "key", "near"),
    [
        ("[limits]\nmax_hour = 3", "limits.max_hour", "max_hours"),
        ("[timing]\npol_seconds = 3", "timing.pol_seconds", "poll_seconds"),
        ("[outputs]\nx = 3", "outputs", "output"),
        ("[ssh]\nepochs = 3", "ssh.epochs", "[training]"),
    ],
)
def test_an_unknown_key_names_the_nearest_or_its_place(tmp_path, line, key, near):
    with pytest.raises(ProfileProblem) as problem:
        load_profile(write(tmp_path, f"{MINIMAL}\n{line}\n"))
    assert key in problem.value.message
    assert near in problem.value.message


@pytest.mark.parametrize(
    ("override", "key"),
    [
        ({"training.epochs": "0"}, "training.epochs"),
        ({"training.framework": "keras"}, "training.framework"),
        ({"cloud.flavor": ""}, "cloud.flavor"),
        ({"limits.max_hours": "-1"}, "limits.max_hours"),
        ({"ssh.auth": "telepathy"}, "ssh.auth"),
        ({"training.command": "ls"}, "training.command"),
        ({"training.env_from": "['A B']"}, "training.env_from"),
        ({"dataset.validation": "1.5"}, "dataset.validation"),
    ],
)
def test_a_value_that_does_not_hold_is_told_with_its_key(tmp_path, override, key):
    with pytest.raises(ProfileProblem) as problem:
        load_profile(write(tmp_path, MINIMAL), override)
    assert key in problem.value.message


def test_fractions_are_allowed(tmp_path):
    profile = load_profile(write(tmp_path, MINIMAL), {"limits.max_hours": "0.01", "timing.poll_seconds": "0.2"})
    assert profile.limits.max_hours == 0.01


def test_a_bare_word_is_a_string(tmp_path):
    assert load_profile(write(tmp_path, MINIMAL), {"training.model": "yolov11n"}).training.model == "yolov11n"


def test_yolo_needs_every_gpu_of_the_flavor_and_others_none(tmp_path):
    profile = load_profile(write(tmp_path, MINIMAL))
    assert profile.gpus_needed("H100-4") == 4
    assert load_profile(write(tmp_path, MINIMAL), {"training.gpus": "0"}).gpus_needed("H100-4") == 0
    assert load_profile(write(tmp_path, MINIMAL), {"training.framework": "sklearn"}).gpus_needed("H100-4") == 0


def test_every_key_is_explained_or_explains_itself():
    schema = Profile.model_json_schema()
    assert schema["properties"]["limits"]
    assert "Counted from launch" in schema["$defs"]["LimitsSection"]["properties"]["max_hours"]["description"]
