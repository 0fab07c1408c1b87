"""What is wrong is said in one sentence with the exit code of the contract, before anything is launched."""

from __future__ import annotations

import pytest

from tests.process.program import SHORT, Program


def refused(program: Program, *arguments: str, code: int = 2) -> str:
    done = program.run(*arguments)
    assert done.returncode == code, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
    return done.stderr


def test_an_unknown_key_names_the_nearest_one(program: Program):
    profile = program.profile(SHORT, "[output]\nmodel_dir = 'x'\n")
    words = refused(program, "run", str(profile), "--yes")
    assert "output.model_dir" in words
    assert "models_dir" in words


def test_broken_toml_names_the_line(program: Program):
    profile = program.profile(SHORT)
    profile.write_text("[cloud\n")
    assert "line 1" in refused(program, "run", str(profile))


def test_a_profile_that_is_not_there(program: Program):
    assert "no profile" in refused(program, "run", "nothing-like-it")


def test_a_dataset_that_is_not_there(program: Program):
    words = refused(program, "run", str(program.profile(SHORT)), "--dataset", str(program.home / "nowhere"), "--json")
    assert "nowhere" in words


def test_a_value_that_does_not_fit(program: Program):
    assert "training.epochs" in refused(program, "run", str(program.profile(SHORT)), "--set", "training.epochs=none")


def test_money_is_not_spent_without_being_asked(program: Program):
    changes = ["cloud.provider=canopywave", "cloud.project=p", "cloud.region=r", "cloud.flavor=H100-1", "cloud.image=i"]
    settings = [word for change in changes for word in ("--set", change)]
    assert "--yes" in refused(program, "run", str(program.profile(SHORT)), *settings)


def test_without_an_api_key_nothing_is_launched(program: Program):
    changes = ["cloud.provider=canopywave", "cloud.project=p", "cloud.region=r", "cloud.flavor=H100-1", "cloud.image=i"]
    settings = [word for change in changes for word in ("--set", change)]
    assert "CANOPYWAVE_API_KEY" in refused(program, "run", str(program.profile(SHORT)), "--yes", *settings)


def test_a_secrets_file_that_others_can_read_is_refused(program: Program):
    program.paths.config.mkdir(parents=True)
    program.paths.secrets.write_text('[canopywave]\napi_key = "cw_0123456789"\n')
    program.paths.secrets.chmod(0o644)
    changes = ["cloud.provider=canopywave", "cloud.project=p", "cloud.region=r", "cloud.flavor=H100-1", "cloud.image=i"]
    settings = [word for change in changes for word in ("--set", change)]
    words = refused(program, "run", str(program.profile(SHORT)), "--yes", *settings)
    assert "chmod 600" in words
    assert "cw_0123456789" not in words


@pytest.mark.parametrize("command", ["attach", "show", "logs", "stop", "resume"])
def test_a_run_that_does_not_exist_is_4(program: Program, command: str):
    refused(program, command, "zzzzzzzzzz", code=4)


def test_a_detached_run_whose_check_fails_says_so(program: Program):
    words = refused(program, "run", str(program.profile(SHORT)), "--detach", "--json", "--set", "cloud.flavor=H900-1")
    assert "H900-1" in words


def test_a_socket_in_the_dataset_is_refused_with_its_name(program: Program):
    import socket

    profile = program.profile(SHORT)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(program.home / "data" / "s"))
        words = refused(program, "run", str(profile), "--yes")
    assert "s" in words


def test_guard_once_ends_when_nothing_is_overdue(program: Program):
    done = program.run("guard", str(program.profile("true")), "--once")
    assert done.returncode == 0, done.stderr
    assert "Guarding demo/loopback" in done.stderr


def test_revivers_are_not_installed_for_a_key_that_only_this_shell_has(program: Program):
    program.env = {"CANOPYWAVE_API_KEY": "cw_abcdef"}
    done = program.run("doctor", "--install-revivers")
    assert done.returncode == 2
    assert "where no timer can find it" in done.stderr
    assert "cw_abcdef" not in done.stdout + done.stderr
