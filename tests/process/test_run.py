"""`run` and its kin as a user or a script meets them: exit codes, streams, signals, lost terminals, kill -9."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess

from tests.process.program import ENDLESS, SHORT, STEADY, Program
from unitrainer_tui.runs.directory import RunDirectory, is_owned
from unitrainer_tui.sandbox import endpoint

KINDS = {"stage", "resource", "transfer", "log", "progress", "telemetry", "cost", "notice", "result"}


def test_a_run_prints_only_events_ends_with_0_and_leaves_the_cloud_empty(program: Program):
    done = program.run("run", str(program.profile(SHORT)), "--json", "--yes")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert {event["kind"] for event in events} <= KINDS
    assert all(event["run"] and event["at"].endswith("Z") for event in events)
    numbered = [event["seq"] for event in events if event["kind"] not in ("log", "telemetry")]
    assert numbered == list(range(1, len(numbered) + 1))
    assert events[-1]["kind"] == "result"
    assert events[-1]["released"] is True
    assert next(event["text"] for event in events if event["kind"] == "log") == "Epoch: 1/3  Loss: 0.8"
    assert program.holdings() == []


def test_what_show_and_logs_tell_is_what_happened(program: Program):
    run = program.detached(SHORT)
    program.wait_for(run, '"kind": "result"')
    assert program.run("logs", "last", "--raw").stdout == "".join(f"Epoch: {n}/3  Loss: 0.{9 - n}\n" for n in (1, 2, 3))
    assert program.result(run[:4])["success"] is True
    listed = json.loads(program.run("runs", "--json").stdout)
    assert (listed["run"], listed["status"], listed["live"]) == (run, "done", False)


def test_two_viewers_at_once_see_the_same_whole_history(program: Program):
    run = program.detached(STEADY)
    first = program.start("attach", run, "--json")
    program.wait_for(run, '"epoch": 5')
    second = program.start("attach", run, "--json")
    seen = []
    for viewer in (first, second):
        out, err = viewer.communicate(timeout=60)
        assert viewer.returncode == 0, err
        events = [json.loads(line) for line in out.splitlines()]
        seen.append([event for event in events if event["kind"] not in ("log", "telemetry")])
        assert sum(event["kind"] == "log" for event in events) == 40
    assert seen[0] == seen[1]
    assert seen[0] == program.events(run)


def test_the_first_interrupt_aborts_and_waits_until_all_is_gone(program: Program):
    viewer = program.start("run", str(program.profile(ENDLESS)), "--json", "--yes")
    assert viewer.stdout is not None
    run = json.loads(viewer.stdout.readline())["run"]
    program.wait_for(run, '"kind": "progress"')
    viewer.send_signal(signal.SIGINT)
    viewer.communicate(timeout=60)
    assert viewer.returncode == 130
    assert program.holdings() == []
    assert program.result(run)["released"] is True
    assert (program.paths.run(run) / "artifacts" / "model.bin").read_text() == "early\n"


def test_the_second_interrupt_leaves_and_the_supervisor_goes_on(program: Program):
    viewer = program.start("run", str(program.profile(ENDLESS)), "--json", "--yes")
    assert viewer.stdout is not None
    run = json.loads(viewer.stdout.readline())["run"]
    program.wait_for(run, '"kind": "progress"')
    viewer.send_signal(signal.SIGINT)
    program.wait_for(run, '"decision": "abort"')
    viewer.send_signal(signal.SIGTERM)
    _, err = viewer.communicate(timeout=20)
    assert viewer.returncode == 3
    assert "supervisor goes on" in err
    program.wait_for(run, '"kind": "result"')
    assert program.holdings() == []


def test_stop_returns_0_when_everything_is_gone(program: Program):
    run = program.detached(ENDLESS)
    program.wait_for(run, '"kind": "progress"')
    done = program.run("stop", run)
    assert done.returncode == 0, done.stderr
    assert program.holdings() == []
    assert program.result(run)["exit_code"] == 130
    assert program.run("stop", run).returncode == 0  # a second time there is nothing left to do


def test_a_closed_terminal_leaves_the_run_alone(program: Program):
    profile = program.profile(STEADY)
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(program.command()[0], program.command("run", str(profile), "--json", "--yes"), program.environment())
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(terminal, 1)
    run = json.loads(line)["run"]
    program.wait_for(run, '"epoch": 2')
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 129
    program.wait_for(run, '"kind": "result"')
    assert program.result(run)["success"] is True
    assert program.holdings() == []


def test_after_kill_9_reconcile_takes_over_from_the_journal(program: Program):
    run = program.detached(STEADY)
    program.wait_for(run, '"epoch": 3')
    os.kill(program.supervisor(run), signal.SIGKILL)
    done = program.run("reconcile")
    assert done.returncode == 0, done.stderr
    program.wait_for(run, '"kind": "result"')
    result = program.result(run)
    assert result["success"] is True, result
    epochs = [
        event["epoch"] for event in program.events(run) if event["kind"] == "progress" and not event.get("partial")
    ]
    assert epochs == list(range(1, 41))
    assert program.run("logs", run, "--raw").stdout.count("Epoch: ") == 40
    assert program.holdings() == []


def test_a_supervisor_that_dies_under_a_foreground_run_is_revived_by_it(program: Program):
    viewer = program.start("run", str(program.profile(STEADY)), "--json", "--yes")
    assert viewer.stdout is not None
    run = json.loads(viewer.stdout.readline())["run"]
    program.wait_for(run, '"epoch": 3')
    os.kill(program.supervisor(run), signal.SIGKILL)
    _, err = viewer.communicate(timeout=60)
    assert viewer.returncode == 0, err
    assert program.holdings() == []


def test_a_reboot_ends_the_supervisor_without_touching_the_machine(program: Program):
    run = program.detached(ENDLESS)
    program.wait_for(run, '"kind": "progress"')
    os.kill(program.supervisor(run), signal.SIGTERM)
    program.wait(lambda: not is_owned(RunDirectory(program.paths.run(run))))
    assert any("ut-" in str(one) for one in program.holdings())
    assert program.run("stop", run).returncode == 0
    assert program.holdings() == []


def test_the_api_key_stands_in_no_file_of_the_run_and_on_no_command_line(program: Program):
    run = program.detached(STEADY)
    program.wait_for(run, '"epoch": 2')
    known = endpoint.locate(program.paths)
    assert known is not None
    lines = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert known.api_key not in lines
    program.wait_for(run, '"kind": "result"')
    for path in program.paths.run(run).rglob("*"):
        assert not path.is_file() or known.api_key.encode() not in path.read_bytes()
