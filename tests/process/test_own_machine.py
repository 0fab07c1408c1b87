"""provider = "host": a machine that the user already has, over a real OpenSSH sshd and the user's own ssh config."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.process.program import SHORT, STEADY, Program
from tests.sshd import Sshd
from unitrainer_tui.config.samples import samples

OWN = """
name = "own"
[cloud]
provider = "host"
address = "trainer"
[training]
framework = "custom"
artifacts = ["model.bin"]
command = '''{command}'''
[dataset]
path = "data"
"""


@pytest.fixture
def reachable(program: Program, sshd: Sshd) -> Program:
    """The user's ssh config knows the machine as `trainer`; its host key is known."""
    ssh = program.home / ".ssh"
    ssh.mkdir(mode=0o700)
    (ssh / "config").write_text(
        f"Host trainer\n  HostName 127.0.0.1\n  Port {sshd.port}\n"
        f"  User {sshd.user}\n  IdentityFile {sshd.client_key}\n"
    )
    host_key = (sshd.folder / "host_key.pub").read_text().split()
    (ssh / "known_hosts").write_text(f"[127.0.0.1]:{sshd.port} {host_key[0]} {host_key[1]}\n")
    program.env = {"HOME": str(program.home), "SSH_AUTH_SOCK": ""}
    return program


def own_profile(program: Program, command: str) -> Path:
    path = program.profile(command)
    path.write_text(OWN.format(command=command))
    return path


@pytest.mark.sshd
def test_a_run_on_an_own_machine_rents_nothing_and_brings_the_model_home(reachable: Program, sshd: Sshd):
    done = reachable.run("run", str(own_profile(reachable, SHORT)), "--json")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert not [event for event in events if event["kind"] == "resource"]
    skipped = [event["stage"] for event in events if event["kind"] == "stage" and event["status"] == "skipped"]
    assert skipped == ["launch", "address"]
    result = events[-1]
    assert (result["success"], result["released"], result["spent_usd"]) == (True, True, 0.0)
    assert Path(result["model_path"]).read_bytes() == (reachable.home / "data" / "numbers.txt").read_bytes()
    assert (sshd.run_folder(result["run"]) / "job" / "log.raw").read_text().count("Epoch") == 3


@pytest.mark.sshd
def test_an_unknown_host_key_is_refused_with_the_remedy(reachable: Program):
    (reachable.home / ".ssh" / "known_hosts").write_text("")
    profile = own_profile(reachable, SHORT)
    done = reachable.run("run", str(profile), "--json", "--set", "timing.ssh_timeout_s=3")
    assert done.returncode == 1
    assert "known_hosts" in done.stderr


@pytest.mark.sshd
def test_stop_ends_the_job_there_and_leaves_the_machine(reachable: Program, sshd: Sshd):
    done = reachable.run("run", str(own_profile(reachable, STEADY)), "--detach", "--json")
    run = json.loads(done.stdout)["run"]
    reachable.wait_for(run, '"epoch": 3')
    assert reachable.run("stop", run).returncode == 0
    assert reachable.result(run)["exit_code"] == 130
    assert (sshd.run_folder(run) / "job" / "exit_code").exists()


@pytest.mark.sshd
def test_stop_without_rescue_ends_the_job_there_too(reachable: Program, sshd: Sshd):
    done = reachable.run("run", str(own_profile(reachable, STEADY)), "--detach", "--json")
    run = json.loads(done.stdout)["run"]
    reachable.wait_for(run, '"epoch": 2')
    assert reachable.run("stop", run, "--no-rescue").returncode == 0
    assert (sshd.run_folder(run) / "job" / "exit_code").exists()


@pytest.mark.sshd
def test_the_demo_s_data_and_model_through_a_real_sshd(reachable: Program):
    text = samples()["demo"].read_text()
    folder = reachable.home / "sample"
    shutil.copytree(samples()["demo"].parent / "data", folder / "data")
    cloud = text[text.index("[cloud]") : text.index("[training]")]
    profile = folder / "demo.toml"
    profile.write_text(text.replace(cloud, '[cloud]\nprovider = "host"\naddress = "trainer"\n'))
    # The machine's own python3 need not have scikit-learn: setup then makes an environment there.
    done = reachable.run("run", str(profile), "--json", "--set", "training.epochs=3", timeout=240)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["training"]["epochs"] == 3
    assert Path(result["model_path"]).suffix == ".skops"
