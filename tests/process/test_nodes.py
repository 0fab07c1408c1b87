"""A run of several machines from the command line: what it says beforehand, what a kill leaves of it, its end."""

from __future__ import annotations

import json
import os
import signal

from tests.process.program import ENDLESS, SHORT, Program

TWO = ("--set", "cloud.nodes=2")


def test_two_machines_are_held_by_their_run_and_given_back_by_stop_after_a_kill(program: Program):
    run = program.detached(ENDLESS, *TWO)
    program.wait_for(run, '"kind": "progress"')
    os.kill(program.supervisor(run), signal.SIGKILL)
    profile = str(program.home / "profile.toml")
    rows = [json.loads(line) for line in program.run("audit", profile, "--json").stdout.splitlines()]
    assert [row["resource"] for row in rows] == ["instance", "instance", "ssh_key", "public_ip", "public_ip"]
    assert {(row["owner"], row["run"]) for row in rows} == {("run", run)}
    done = program.run("stop", run)
    assert done.returncode == 0, done.stderr
    assert program.holdings() == []
    assert program.run("audit", profile).returncode == 0
    assert program.result(run)["exit_code"] == 130


def test_the_output_of_each_machine_is_shown_as_it_comes_and_afterwards(program: Program):
    command = """
for n in 1 2 3; do echo "node $UNITRAINER_NODE_RANK says $n"; sleep 0.2; done
echo x > "$UNITRAINER_OUTPUT/model.bin"
"""
    run = program.detached(command, *TWO)
    lines = {node: "".join(f"node {node} says {n}\n" for n in (1, 2, 3)) for node in (0, 1)}
    assert program.run("logs", run, "-f", "--node", "1").stdout == lines[1]
    assert program.run("logs", run, "-f", "--node", "1", "--raw").stdout == lines[1]
    assert program.run("logs", run).stdout == lines[0]
    assert program.run("logs", run, "--node", "1").stdout == lines[1]
    assert program.run("logs", run, "--node", "1", "--raw").stdout == lines[1]
    other = program.run("logs", run, "--node", "2")
    assert other.returncode == 2
    assert f"run {run} has 2 machines, nodes 0 to 1" in other.stderr
    assert f"machines: 2 (`logs {run} --node 1` and on" in program.run("show", run).stdout


def test_a_dry_run_says_what_all_machines_cost(program: Program):
    profile = str(program.profile(SHORT))
    said = program.run("run", profile, *TWO, "--dry-run").stdout
    assert "Rents 2 × CPU-2 at $0.10/h" in said
    assert json.loads(program.run("run", profile, *TWO, "--dry-run", "--json").stdout)["usd_per_hour"] == {"CPU-2": 0.1}


def test_what_trains_on_one_machine_refuses_several_in_one_sentence(program: Program):
    profile = str(program.profile(SHORT))
    own = program.run("run", profile, *TWO, "--set", "cloud.provider=host", "--set", "cloud.address=127.0.0.1")
    assert own.returncode == 2
    assert 'provider = "host" is the one machine that you have' in own.stderr
    text = (program.home / "profile.toml").read_text()
    table = text[: text.index("[training]")] + '[training]\nframework = "sklearn"\n' + text[text.index("[dataset]") :]
    (program.home / "profile.toml").write_text(table)
    other = program.run("run", profile, *TWO)
    assert other.returncode == 2
    assert "sklearn trains on one machine, not on 2" in other.stderr
