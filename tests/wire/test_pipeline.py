"""The seed's workflow, and every failure of it, on the embedded cloud: real HTTP, real SSH, real processes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path

import pytest

from tests.wire.pipeline_case import JOB, LONG_JOB, Case, open_cloud, reached, stage_started
from unitrainer_tui.config.profile import load_profile
from unitrainer_tui.runs.events import STAGES, NoticeEvent, ProgressEvent, TransferEvent
from unitrainer_tui.runs.origin import read_origin


async def test_a_run_brings_the_model_home_and_holds_nothing_afterwards(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run()
        assert done.code == 0, done.result
        assert cloud.ledger().empty
    assert done.result.success
    assert done.result.released
    [model] = done.models
    assert model.name.startswith("model_custom_20")
    assert model.suffix == ".bin"
    assert hashlib.sha256(model.read_bytes()).hexdigest() == done.result.sha256
    assert next(line for line in done.stages() if line.endswith("done")) == "check done"
    assert {f"{stage} done" for stage in STAGES} <= set(done.stages())
    assert [event.epoch for event in done.events if isinstance(event, ProgressEvent)] == [1, 2, 3]
    assert done.result.training is not None
    assert done.result.training.final_loss == pytest.approx(0.6)
    assert done.directory.log.read_bytes().count(b"\n") == 3
    left = {path.name for path in done.directory.path.iterdir()}
    assert not left & {"key", "key.pub", "password", "control.sock"}


async def test_sequence_numbers_have_no_gap_and_an_intent_comes_before_every_effect(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run()
        launches = [call for call in cloud.ledger().calls if call.path.endswith("/launch")]
    assert [event.seq for event in done.events] == list(range(1, len(done.events) + 1))
    assert len(launches) == 1
    for kind in ("instance", "public_ip", "ssh_key"):
        statuses = done.resources(kind)
        assert statuses[0] == "intended"
        assert statuses[-2:] == ["releasing", "gone"]


async def test_no_secret_reaches_the_run_directory_or_the_journal(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(ssh={"auth": "password", "port": cloud.ssh_port})
        assert done.code == 0, done.result
        key = cloud.api_key
    everything = b"".join(path.read_bytes() for path in done.directory.path.rglob("*") if path.is_file())
    assert key.encode() not in everything
    assert b"password" not in done.directory.journal.read_bytes()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("build-error", "could not build the machine"),
        ("no-capacity", "No capacity"),
        ("no-ip", "No public IP could be had"),
    ],
)
async def test_what_the_cloud_refuses_ends_the_run_with_1_and_nothing_held(tmp_path, fault, sentence):
    async with open_cloud(tmp_path, fault) as cloud:
        done = await Case(tmp_path, cloud).run()
        assert cloud.ledger().empty
        # The stock list tells of no capacity before a launch is even tried.
        assert cloud.fired[fault] >= 1 or fault == "no-capacity"
    assert done.code == 1
    assert sentence in (done.result.error or "")
    assert done.result.released


@pytest.mark.parametrize(
    "fault",
    [
        "slow-boot=1.5",
        "ssh-refused=1.5",
        "wrong-password=1.5",
        "launch-timeout-but-created",
        "launch-500-after-effect",
        "launch-garbage",
        "terminate-500=3",
        "terminate-ignored=1",
        "cut-upload=0.005",
        "cut-download=0.02",
        "list-lag=1",
        "api-429=1",
        "associate-500=2",
        "release-500=2",
    ],
)
async def test_what_can_be_lived_through_is_lived_through(tmp_path, fault, monkeypatch):
    async with open_cloud(tmp_path, fault) as cloud:
        # The settle window must be longer than what it is there to sit out.
        done = await Case(tmp_path, cloud).run(timing={"settle_seconds": 2.0})
        assert cloud.ledger().empty
        assert cloud.fired[fault.partition("=")[0]] >= 1
        assert sum(call.path.endswith("/launch") for call in cloud.ledger().calls) == 1
    assert done.code == 0, done.result
    assert len(done.models) == 1


async def test_a_second_flavor_is_tried_when_the_first_has_no_capacity(tmp_path):
    async with open_cloud(tmp_path, "no-capacity=CPU-8") as cloud:
        done = await Case(tmp_path, cloud).run(cloud={"flavor": ["CPU-8", "CPU-2"]})
        assert cloud.ledger().empty
    assert done.code == 0, done.result
    assert "next flavor" in done.notices() or "sold out" in done.notices()


async def test_a_revoked_api_key_is_told_and_teardown_is_tried_until_it_works_again(tmp_path):
    async with open_cloud(tmp_path, "key-revoked=1,4") as cloud:
        done = await Case(tmp_path, cloud).run()
        assert cloud.ledger().empty
        assert cloud.fired["key-revoked"] >= 1
    assert done.code == 0, done.result


async def test_when_giving_back_takes_too_long_it_says_so_with_3_and_goes_on(tmp_path):
    async with open_cloud(tmp_path, "key-revoked=1,6") as cloud:
        case = Case(tmp_path, cloud)
        timing = {"cleanup_report_s": 1.0, "poll_seconds": 0.1, "settle_seconds": 0.5, "api_timeout_s": 2}
        done = await case.run(timing=timing)
        assert cloud.ledger().empty  # the same supervisor went on until it was gone
    assert done.code == 3
    assert done.result.released is False
    assert "STILL THERE" in (done.result.closing or "")
    assert done.result.success  # the model itself is here, verified


async def test_a_job_that_fails_keeps_its_exit_code_and_last_lines(tmp_path):
    job = "echo 'Epoch: 1/3'; echo partial > $UNITRAINER_OUTPUT/last.ckpt; echo 'CUDA out of memory' >&2; exit 3"
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(training={"framework": "custom", "command": job})
        assert cloud.ledger().empty
    assert done.code == 1
    assert "exit code 3" in (done.result.error or "")
    assert "CUDA out of memory" in (done.result.error or "")
    assert (done.directory.artifacts / "last.ckpt").read_text() == "partial\n"
    assert done.models == []


@pytest.mark.parametrize("job", ["echo nothing", ": > $UNITRAINER_OUTPUT/model.bin"])
async def test_a_missing_or_empty_model_is_a_failed_run(tmp_path, job):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(
            training={"framework": "custom", "command": job, "artifacts": ["model.bin"]}
        )
        assert cloud.ledger().empty
    assert done.code == 1
    assert not done.result.success
    assert done.models == []


@pytest.mark.parametrize("stage", ["launch", "connect", "train"])
async def test_abort_gives_everything_back_with_130_at_any_stage(tmp_path, stage):
    until = stage_started(stage) if stage != "train" else lambda text: '"kind": "progress"' in text
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        done = await case.run(until=until, training={"framework": "custom", "command": LONG_JOB})
        assert cloud.ledger().empty
    assert done.code == 130, done.result
    assert done.result.released
    assert not done.result.success
    if stage == "train":
        assert (done.directory.artifacts / "model.bin").read_text() == "early\n"


async def test_the_budget_stops_training_and_what_exists_comes_home(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        done = await case.run(
            training={"framework": "custom", "command": LONG_JOB},
            limits={"usd_per_hour": 3600.0, "budget_usd": 10.0, "rescue_minutes": 0.5},
        )
        assert cloud.ledger().empty
    assert done.code == 1
    assert "budget_usd" in (done.result.error or "")
    assert (done.directory.artifacts / "model.bin").exists()
    assert done.result.spent_usd >= 8.0


async def test_a_killed_supervisor_is_succeeded_without_a_byte_lost_or_doubled(tmp_path):
    job = JOB.replace("done\n", "sleep 0.4; done\n", 1).replace("1 2 3", "1 2 3 4 5 6 7 8").replace("/3", "/8")
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(training={"framework": "custom", "command": job, "artifacts": ["model.bin"]})
        first, journal = case.pipeline(directory)
        work = asyncio.create_task(first.run())
        await reached(directory, lambda text: '"epoch": 2' in text, work)
        work.cancel()
        await asyncio.wait({work})
        journal.close()
        second, journal = case.pipeline(directory)
        code = await second.run()
        journal.close()
        assert cloud.ledger().empty
        assert sum(call.path.endswith("/launch") for call in cloud.ledger().calls) == 1
    done = case.outcome(directory, code)
    assert code == 0, done.result
    assert [event.epoch for event in done.events if isinstance(event, ProgressEvent)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert directory.log.read_bytes().count(b"Epoch: ") == 8
    assert done.stages().count("check done") == 1
    resumed = [event for event in done.events if event.kind == "stage" and getattr(event, "reason", "") == "resumed"]
    assert [event.stage for event in resumed] == ["train"]  # type: ignore[attr-defined]


async def test_transfer_and_cost_are_told_at_most_once_a_second(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run()
    for kind in ("upload", "download"):
        told = [event.time for event in done.events if isinstance(event, TransferEvent) and event.direction == kind]
        assert all(later - earlier >= 0.9 for earlier, later in zip(told, told[2:], strict=False))
    assert all(json.loads(event.to_json())["run"] == done.directory.run for event in done.events)


async def test_an_address_that_may_be_ours_is_told_and_never_touched(tmp_path):
    async with open_cloud(tmp_path, "allocate-timeout-but-created") as cloud:
        done = await Case(tmp_path, cloud).run()
        assert len(cloud.ledger().ips) == 1
        assert not cloud.ledger().instances
    assert done.code == 3
    assert done.result.released is False
    assert done.resources("public_ip")[-1] == "suspect"
    assert "PERHAPS STILL THERE" in (done.result.closing or "")


async def test_in_an_exclusive_project_the_address_that_appeared_is_ours(tmp_path):
    async with open_cloud(tmp_path, "allocate-timeout-but-created") as cloud:
        done = await Case(tmp_path, cloud).run(cloud={"exclusive_project": True})
        assert cloud.ledger().empty
    assert done.code == 0, done.result


async def test_a_silent_link_is_noticed_and_no_byte_of_the_log_is_lost(tmp_path):
    job = JOB.replace("; done\n", "; sleep 0.5; done\n", 1).replace("1 2 3", "1 2 3 4 5 6 7 8 9").replace("/3", "/9")
    async with open_cloud(tmp_path, "partition=6") as cloud:
        done = await Case(tmp_path, cloud).run(
            training={"framework": "custom", "command": job, "artifacts": ["model.bin"]}
        )
        assert cloud.ledger().empty
        assert cloud.fired["partition"] == 1
    assert done.code == 0, done.result
    assert "connection to the machine is lost" in done.notices()
    assert done.directory.log.read_bytes().count(b"Epoch: ") == 9


async def test_another_machine_at_our_address_gets_no_data_and_teardown_goes_on(tmp_path):
    async with open_cloud(tmp_path, "host-key-change=1.5") as cloud:
        done = await Case(tmp_path, cloud).run(training={"framework": "custom", "command": LONG_JOB})
        assert cloud.ledger().empty
        assert cloud.fired["host-key-change"] == 1
    assert done.code == 1
    assert "Another machine answers" in (done.result.error or "")
    assert done.result.released


async def test_a_machine_that_vanishes_ends_the_run_honestly(tmp_path, monkeypatch):
    monkeypatch.setattr("unitrainer_tui.pipeline.host_link.RECONNECT_EVERY", 0.3)
    async with open_cloud(tmp_path, "vanish=3") as cloud:
        done = await Case(tmp_path, cloud).run(training={"framework": "custom", "command": LONG_JOB})
        assert cloud.ledger().empty
        assert cloud.fired["vanish"] == 1
    assert done.code == 1
    assert "machine is gone" in (done.result.error or "")
    assert "Epoch: 1/1000" in done.directory.log.read_text()


async def test_a_full_disk_there_is_said_and_the_machine_is_given_back(tmp_path):
    data = tmp_path / "big"
    data.mkdir()
    (data / "noise.bin").write_bytes(os.urandom(8_000_000))
    async with open_cloud(tmp_path, "disk-full=5") as cloud:
        done = await Case(tmp_path, cloud).run(dataset={"path": str(data)})
        assert cloud.ledger().empty
    assert done.code == 1
    assert "disk" in (done.result.error or "").lower() or "space" in (done.result.error or "").lower()


LEAVES_ALL = (
    JOB
    + """
echo '{"model_check": {"loaded": true, "predicted": 32, "seconds": 0.5}}' > "$UNITRAINER_OUTPUT/metrics.json"
"""
)


async def test_what_is_needed_to_train_it_again_lies_beside_the_model(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(training={"command": LEAVES_ALL, "seed": 5})
    assert done.code == 0
    model = Path(done.result.model_path)
    beside = model.parent / "details" / model.stem
    assert sorted(path.name for path in beside.iterdir()) == [
        "environment.json",
        "metrics.json",
        "profile.toml",
        "results.csv",
        "run.json",
    ]
    # The command left no results.csv: it is made of the progress that was told.
    assert (beside / "results.csv").read_text().splitlines() == [
        "epoch,loss,mAP",
        "1,0.8,0.1",
        "2,0.7,0.2",
        "3,0.6,0.3",
    ]
    environment = json.loads((beside / "environment.json").read_text())
    assert environment["seed"] == 5
    assert {"python", "packages"} <= set(environment)
    assert json.loads((beside / "run.json").read_text())["sha256"] == done.result.sha256
    assert load_profile(beside / "profile.toml").training.command == LEAVES_ALL
    assert done.result.model_check.predicted == 32
    assert "The machine loaded the saved model again and predicted 32 samples." in done.notices()


async def test_a_models_directory_that_takes_no_file_is_said_before_anything_is_paid(tmp_path):
    (tmp_path / "models").write_text("a file where the models were to go")
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run()
        assert not [call for call in cloud.ledger().calls if call.method == "POST"]
    assert done.code == 2
    assert str(tmp_path / "models") in (done.result.error or "")


@pytest.mark.parametrize("said", ["NaN", "-Infinity", "1e999", "1" + 400 * "0", "true", '"soon"', "[" * 90000])
async def test_no_figure_of_the_model_check_keeps_the_run_from_its_end(tmp_path, said):
    check = f"""echo '{{"model_check": {{"loaded": true, "predicted": {said}, "seconds": {said}}}}}'"""
    command = JOB + check + ' > "$UNITRAINER_OUTPUT/metrics.json"'
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(training={"command": command})
        assert cloud.ledger().empty
    assert done.code == 0, done.notices()
    assert done.result.model_check is None or done.result.model_check.seconds is None
    assert "The program itself failed" not in done.notices()


async def test_half_a_character_in_the_name_of_a_metric_costs_nothing(tmp_path):
    line = """echo '{"epoch": 4, "epochs": 4, "loss": 0.5, "half \\ud800": 1.0}'"""
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(training={"command": JOB + line})
    assert done.code == 0
    assert "The program itself failed" not in done.notices()
    model = Path(done.result.model_path)
    assert (model.parent / "details" / model.stem / "results.csv").read_text().startswith("epoch,loss,mAP,half ?\n")


STOPS_HALFWAY = """
if [ -n "$UNITRAINER_CHECKPOINT" ]; then
    first=$(($(cat "$UNITRAINER_CHECKPOINT/deep/state.txt") + 1))
else
    first=1
fi
for epoch in $(seq $first 4); do
    echo "Epoch: $epoch/4  Loss: 0.$((9 - epoch))"
    mkdir -p "$UNITRAINER_OUTPUT/deep"; echo $epoch > "$UNITRAINER_OUTPUT/deep/state.txt"
    if [ $epoch = 2 ]; then exit 7; fi
done
cp "$UNITRAINER_OUTPUT/deep/state.txt" "$UNITRAINER_OUTPUT/model.bin"
"""


async def test_a_run_like_one_that_failed_goes_on_from_its_checkpoint(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        failed = await case.run(training={"command": STOPS_HALFWAY})
        assert failed.code == 1
        assert "exit code 7" in failed.result.error
        again = await case.run(like=failed.directory.run, training={"command": STOPS_HALFWAY})
        assert cloud.ledger().empty
    assert again.code == 0, again.result
    epochs = [event.epoch for event in again.events if isinstance(event, ProgressEvent) and not event.partial]
    assert epochs == [3, 4]
    assert f"The checkpoint of run {failed.directory.run}, which ended after epoch 2, goes along." in again.notices()
    assert read_origin(again.directory).like == failed.directory.run


SAYS_WHERE_IT_STARTS = """
echo "hello" > "$UNITRAINER_OUTPUT/model.bin"; echo x > "$UNITRAINER_OUTPUT/state.txt"
if [ -n "$UNITRAINER_CHECKPOINT" ]; then
    echo '{"type": "start", "data": {"after": 0, "message": "Nothing is left of it: training starts anew."}}'
    echo '{"type": "start", "data": {"after": 7, "message": "said twice"}}'
    echo "Epoch: 1/1  Loss: 0.5"
else
    echo "Epoch: 1/1  Loss: 0.9"; exit 5
fi
"""


async def test_what_the_job_says_of_the_checkpoint_is_told_once_and_kept_beside_the_model(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        failed = await case.run(training={"command": SAYS_WHERE_IT_STARTS})
        again = await case.run(like=failed.directory.run, training={"command": SAYS_WHERE_IT_STARTS})
    assert (failed.code, again.code) == (1, 0)
    said = [event for event in again.events if isinstance(event, NoticeEvent) and event.started_after is not None]
    assert [(event.started_after, event.message) for event in said] == [
        (0, "Nothing is left of it: training starts anew.")
    ]
    model = Path(again.result.model_path)
    told = json.loads((model.parent / "details" / model.stem / "run.json").read_text())
    assert (told["like"], told["note"], told["after"]) == (failed.directory.run, said[0].message, 0)


async def test_a_run_like_one_that_left_nothing_begins_anew_and_says_so(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        failed = await case.run(training={"command": "exit 3"})
        again = await case.run(like=failed.directory.run)
    assert again.code == 0
    assert "left no checkpoint: this one begins anew" in again.notices()
