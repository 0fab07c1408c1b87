"""The installed command against a cloud and machines that the project's own rehearsal had no part in."""

from __future__ import annotations

import json
import os
import subprocess
import zlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.process.program import ENDLESS, SHORT, Program
from tests.process.rival_cloud import FLAVOR, IMAGE, KEY, PROJECT, REGION, Answer, RivalCloud, error
from unitrainer_tui.runs.events import unix_seconds

pytestmark = pytest.mark.sshd

PROFILE = """
name = "rival"
[cloud]
provider = "canopywave"
project = "{project}"
region = "{region}"
flavor = {flavor}
image = "{image}"
[ssh]
user = "{user}"
port = {port}
[training]
framework = "custom"
artifacts = ["model.bin"]
command = '''{command}'''
[dataset]
path = "data"
[limits]
rescue_minutes = 0.5
[timing]
poll_seconds = 0.2
settle_seconds = 1
boot_timeout_s = 8
ssh_timeout_s = 10
api_timeout_s = 2
cleanup_report_s = 5
"""


@dataclass
class Renter:
    program: Program
    cloud: RivalCloud

    def profile(self, command: str = SHORT, *, flavor: str = f'"{FLAVOR}"', extra: str = "") -> Path:
        path = self.program.profile(command)
        path.write_text(
            PROFILE.format(
                project=PROJECT,
                region=REGION,
                flavor=flavor,
                image=IMAGE,
                user=self.cloud.sshd.user,
                port=self.cloud.sshd.port,
                command=command,
            )
            + extra
        )
        return path

    def run(
        self, *arguments: str, profile: Path | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        path = profile or self.profile()
        return self.program.run("run", str(path), "--json", "--yes", *arguments, timeout=timeout)


@pytest.fixture
def renter(program: Program, rival: RivalCloud) -> Renter:
    program.env = {
        "CANOPYWAVE_API_URL": rival.url,
        "CANOPYWAVE_API_KEY": f" {KEY}\n",
        "HOME": str(program.home),
    }
    return Renter(program, rival)


def events(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_plain_run_keeps_every_promise(renter: Renter):
    stranger = renter.cloud.add("somebody-elses", status="ACTIVE")
    foreign = {"id": "ip-foreign", "ip": "9.9.9.9", "server": None, "status": "DOWN"}
    renter.cloud.ips["ip-foreign"] = foreign
    done = renter.run()
    assert done.returncode == 0, done.stderr
    told = events(done)
    numbered = [event["seq"] for event in told if event["kind"] not in ("log", "telemetry")]
    assert numbered == list(range(1, len(numbered) + 1))
    assert [event["kind"] for event in told].count("result") == 1
    assert told[-1]["kind"] == "result"
    assert (told[-1]["success"], told[-1]["released"], told[-1]["error"]) == (True, True, None)
    assert renter.cloud.holds() == [stranger, foreign]
    for direction in ("upload", "download"):
        transfers = [event for event in told if event["kind"] == "transfer" and event["direction"] == direction]
        times = [unix_seconds(event["at"]) for event in transfers]
        assert all(later - earlier > 0.99 for earlier, later in pairwise(times))
        last = transfers[-1]
        assert (last["bytes"], last["files"]) == (last["total"], last["total_files"])
    folder = renter.program.paths.run(told[0]["run"])
    for line in (folder / "journal.jsonl").read_bytes().splitlines():
        assert line[:9] == b"%08x " % zlib.crc32(line[9:])
    assert {file.name: file.stat().st_mode & 0o077 for file in folder.rglob("*") if file.stat().st_mode & 0o077} == {}
    assert not [file for file in renter.program.home.rglob("*") if file.suffix in (".part", ".sock")]
    assert not (folder / "key").exists() and not (folder / "password").exists()
    assert [file for file in folder.rglob("*") if file.is_file() and KEY.encode() in file.read_bytes()] == []


def test_an_answer_lost_after_the_launch_means_one_post_and_the_machine_found_by_name(renter: Renter):
    renter.cloud.faults["POST launch"] = lambda _, real: (real(), Answer(drop=True))[1]
    done = renter.run()
    assert done.returncode == 0, done.stderr
    assert renter.cloud.count("POST launch") == 1
    assert renter.cloud.holds() == []


def test_a_refused_launch_says_that_there_was_no_machine(renter: Renter):
    renter.cloud.faults["POST launch"] = lambda *_: error(402, "no default payment method")
    done = renter.run()
    assert done.returncode == 1
    assert "No machine was launched" in done.stderr and "terminated" not in done.stderr
    result = events(done)[-1]
    assert (result["released"], result["model_path"], result["sha256"]) == (True, None, None)
    assert renter.cloud.holds() == []


def test_an_address_that_cannot_be_attached_ends_the_run_within_the_time_for_the_login(renter: Renter):
    renter.cloud.faults["POST ips/ID/associate"] = lambda *_: error(500, "broken")
    done = renter.run("--set", "timing.ssh_timeout_s=2")
    assert done.returncode == 1
    assert renter.cloud.count("POST ips") == 1
    assert renter.cloud.count("POST ips/ID/associate") == 2
    assert renter.cloud.holds() == []


def test_a_terminate_call_that_is_accepted_and_ignored_is_sent_again_soon(renter: Renter):
    ignored = iter([True])
    renter.cloud.faults["POST terminate"] = lambda _, real: (
        Answer(200, {"data": {}}) if next(ignored, False) else real()
    )
    done = renter.run("--set", "timing.cleanup_report_s=20")
    assert done.returncode == 0, done.stderr
    # The first was ignored, the second had its effect; another asks the cloud whether it says so itself.
    assert renter.cloud.count("POST terminate") in (2, 3)
    assert renter.cloud.holds() == []


def test_two_sightings_of_absence_are_a_poll_apart_even_after_a_failed_terminate(renter: Renter):
    """The call has its effect, its answer says otherwise, and the next try is due before the next poll."""
    renter.cloud.faults["POST terminate"] = lambda _, real: (real(), error(500, "broken"))[1]
    done = renter.run("--set", "timing.poll_seconds=2")
    assert done.returncode == 0, done.stderr
    gone = next(n for n, call in enumerate(renter.cloud.calls) if call.what == "POST terminate")
    looks = [call.at for call in renter.cloud.calls[gone:] if call.what == "GET instances"]
    assert looks[-1] - looks[0] >= 1.9


def test_a_small_budget_ends_the_training_when_it_is_reached_not_at_the_next_half_minute(renter: Renter):
    renter.cloud.prices[FLAVOR] = 20_000  # $200 an hour: the training's share is spent after 3 s
    done = renter.run("--set", "limits.budget_usd=0.2", profile=renter.profile(ENDLESS))
    assert done.returncode == 1
    assert "limits.budget_usd" in done.stderr
    assert events(done)[-1]["spent_usd"] < 1.0
    assert renter.cloud.holds() == []


def test_every_fault_of_a_dataset_is_listed(renter: Renter):
    profile = renter.profile()
    for name in ("first", "second"):
        os.mkfifo(profile.parent / "data" / name)
    done = renter.run(profile=profile)
    assert done.returncode == 2
    notices = " ".join(event["message"] for event in events(done) if event["kind"] == "notice")
    assert "first: is a FIFO" in notices and "second: is a FIFO" in notices
    assert renter.cloud.count("POST launch") == 0


def test_a_project_that_is_closed_to_us_does_not_hide_what_the_others_hold(renter: Renter):
    # Both are refused at their check; what counts is that their projects are known from now on.
    profile = renter.profile()
    os.mkfifo(profile.parent / "data" / "pipe")
    for project in (PROJECT, "closed"):
        renter.run("--detach", "--set", f"cloud.project={project}", profile=profile)
    orphan = renter.cloud.add(f"ut-{(renter.program.paths.state / 'install-id').read_text().strip()}-zzzzzzzzzz-tp0xr0")
    done = renter.program.run("audit")
    assert done.returncode == 3
    assert orphan["name"] in done.stdout
    assert "closed/" in done.stderr and "403" in done.stderr


def test_any_start_of_the_program_ends_what_appears_after_a_run_was_closed(renter: Renter):
    done = renter.run()
    assert done.returncode == 0, done.stderr
    name = next(event["name"] for event in events(done) if event.get("resource") == "instance")
    late = renter.cloud.add(name, status="ACTIVE")
    renter.program.run("show", "last")
    assert late in renter.cloud.holds(), "what only reads never sweeps"
    assert renter.program.run("runs").returncode == 0
    renter.program.wait(lambda: renter.cloud.holds() == [], 20)
    # The closed run's own journal tells of it, behind its result.
    renter.program.wait(lambda: "is gone, absent twice" in renter.program.run("show", "last", "--json").stdout, 20)
    told = events(renter.program.run("show", "last", "--json"))
    behind = told[[event["kind"] for event in told].index("result") + 1 :]
    assert [event["kind"] for event in behind] == ["notice", "notice"]
    assert f"{name} ({late['id']}) belongs to no open run" in behind[0]["message"]
