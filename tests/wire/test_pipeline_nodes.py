"""One run on several embedded instances: real HTTP, real SSH, real processes on each of them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from typing import Any

import pytest

from tests.wire.pipeline_case import Case, open_cloud, reached, stage_started
from unitrainer_tui.pipeline.nodes import rendezvous_port
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.events import CostEvent, ProgressEvent, ResourceEvent, StageEvent, TransferEvent
from unitrainer_tui.runs.names import parse_name
from unitrainer_tui.sandbox import Sandbox

JOB = """
echo "rank $UNITRAINER_NODE_RANK of $UNITRAINER_NODES meets at $UNITRAINER_RENDEZVOUS"
echo "job: $(tr -d '\\n' < "$UNITRAINER_JOB")"
for epoch in 1 2 3; do echo "Epoch: $epoch/3  Loss: 0.$((9 - epoch))"; sleep 0.2; done
echo "$UNITRAINER_NODE_RANK" > "$UNITRAINER_OUTPUT/rank-$UNITRAINER_NODE_RANK.txt"
cat "$UNITRAINER_DATASET/numbers.txt" > "$UNITRAINER_OUTPUT/model.bin"
"""
ENDLESS = """
echo "Epoch: 1/1000  Loss: 0.9"; echo "early $UNITRAINER_NODE_RANK" > "$UNITRAINER_OUTPUT/model.bin"; sleep 600
"""
ONE_FAILS = """
echo "Epoch: 1/1000  Loss: 0.9"; echo "early $UNITRAINER_NODE_RANK" > "$UNITRAINER_OUTPUT/model.bin"
if [ "$UNITRAINER_NODE_RANK" = 1 ]; then sleep 1; echo "no GPU on this one" >&2; exit 7; fi
sleep 600
"""


def of_nodes(count: int = 2, **more: Any) -> dict[str, Any]:
    return {"nodes": count, **more}


def launched(cloud: Sandbox) -> list[str]:
    """The flavors of the launch calls that arrived, refused ones too."""
    return [str((call.body or {}).get("flavor")) for call in cloud.ledger().calls if call.path.endswith("/launch")]


def custom(command: str) -> dict[str, Any]:
    return {"framework": "custom", "command": command, "artifacts": ["model.bin"]}


async def test_every_node_knows_its_rank_and_node_0_brings_the_model_home(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(cloud=of_nodes(3), training=custom(JOB))
        assert done.code == 0, done.result
        assert cloud.ledger().empty
        assert sum(call.path.endswith("/launch") for call in cloud.ledger().calls) == 3
    text = done.directory.log.read_text()
    port = rendezvous_port(done.directory.run)
    assert re.search(rf"^rank 0 of 3 meets at 127\.16\.\d+\.\d+:{port}$", text, re.MULTILINE)
    for node in (1, 2):
        printed = done.directory.node_log(node).read_text()
        assert f"rank {node} of 3 meets at" in printed
        assert printed.count("Epoch: ") == 3
        job = json.loads(re.search(r"^job: (.*)$", printed, re.MULTILINE)[1])  # type: ignore[index]
        assert (job["nodes"], job["node_rank"], job["rendezvous"]["port"]) == (3, node, port)
    assert len(set(re.findall(r"meets at (\S+)", text + printed))) == 1
    assert [event.epoch for event in done.events if isinstance(event, ProgressEvent)] == [1, 2, 3]
    assert (done.directory.artifacts / "rank-0.txt").read_text() == "0\n"
    assert {path.name for path in done.directory.artifacts.iterdir()} == {"rank-0.txt"}
    for stage in ("launch", "connect", "upload", "train", "download", "cleanup"):
        assert done.stages().count(f"{stage} started") == done.stages().count(f"{stage} done") == 1
    sent = [event for event in done.events if isinstance(event, TransferEvent) and event.direction == "upload"]
    assert sent[-1].bytes == sent[-1].total == 3 * (tmp_path / "data" / "numbers.txt").stat().st_size
    rates = [event.rate_usd_per_hour for event in done.events if isinstance(event, CostEvent)]
    assert max(rates) == pytest.approx(0.15)
    leaving = [
        event.seq or 0
        for event in done.events
        if isinstance(event, ResourceEvent) and event.status == "releasing" and re.search(r"-n[12]$", event.name or "")
    ]
    cleanup = next(event.seq for event in done.events if isinstance(event, StageEvent) and event.stage == "cleanup")
    assert len(leaving) == 2
    assert max(leaving) < (cleanup or 0)  # what has done its part is not paid for while the model comes home
    pinned = [done.directory.node_known_hosts(node).read_text().split()[1:] for node in range(3)]
    assert len({tuple(key) for key in pinned}) == 3


async def test_each_node_has_an_intent_and_an_address_of_its_own(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(cloud=of_nodes(), training=custom(JOB))
    told = [event for event in done.events if isinstance(event, ResourceEvent)]
    launched = [event.name for event in told if event.resource == "instance" and event.status == "intended"]
    assert [parse_name(name or "").node for name in launched] == [0, 1]  # type: ignore[union-attr]
    asked = [event for event in told if event.resource == "public_ip" and event.status == "intended"]
    assert [event.node for event in asked] == [None, 1]
    first = next(event.id for event in told if event.resource == "public_ip" and event.status == "created")
    assert first in (asked[1].known_ids or [])
    assert [event.status for event in told if event.resource == "ssh_key"] == [
        "intended",
        "created",
        "releasing",
        "gone",
    ]


async def test_a_run_of_one_machine_is_told_that_it_is_alone(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(training=custom(JOB))
    assert done.code == 0, done.result
    assert "rank 0 of 1 meets at \n" in done.directory.log.read_text()
    assert '"rendezvous": null' in done.directory.log.read_text()
    assert '"node":' not in done.directory.journal.read_text()


async def test_where_the_second_machine_is_refused_the_first_is_given_back_and_the_next_flavor_tried(tmp_path):
    async with open_cloud(tmp_path, capacity={"CPU-8": 1}) as cloud:
        done = await Case(tmp_path, cloud).run(cloud=of_nodes(flavor=["CPU-8", "CPU-2"]), training=custom(JOB))
        assert cloud.ledger().empty
        flavors = launched(cloud)
    assert done.code == 0, done.result
    assert flavors == ["CPU-8", "CPU-8", "CPU-2", "CPU-2"]
    told = [
        (e.status, parse_name(e.name or "").node, e.flavor)
        for e in done.events
        if isinstance(e, ResourceEvent) and e.resource == "instance"
    ]  # type: ignore[union-attr]
    assert told[:7] == [
        ("intended", 0, "CPU-8"),
        ("created", 0, None),
        ("intended", 1, "CPU-8"),
        ("gone", 1, None),
        ("releasing", 0, None),
        ("gone", 0, None),
        ("intended", 0, "CPU-2"),
    ]
    assert "The next flavor is tried" in done.notices()


async def test_where_no_other_flavor_is_left_the_run_ends_with_1_and_nothing_held(tmp_path):
    async with open_cloud(tmp_path, capacity={"CPU-2": 1}) as cloud:
        done = await Case(tmp_path, cloud).run(cloud=of_nodes(), training=custom(JOB))
        assert cloud.ledger().empty
        assert launched(cloud) == ["CPU-2", "CPU-2"]
    assert done.code == 1
    assert (done.result.error or "").startswith("Only 1 of 2 machines could be had: ")
    assert done.result.released


async def test_a_node_that_fails_ends_the_run_and_is_named(tmp_path):
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(cloud=of_nodes(), training=custom(ONE_FAILS))
        assert cloud.ledger().empty
    assert done.code == 1
    assert "Node 1: Training ended with exit code 7. Its last line: no GPU on this one" in (done.result.error or "")
    assert (done.directory.artifacts / "model.bin").read_text() == "early 0\n"
    assert "no GPU on this one" in done.directory.node_log(1).read_text()


async def test_a_node_that_vanishes_ends_the_run_and_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("unitrainer_tui.pipeline.host_link.RECONNECT_EVERY", 0.3)
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(cloud=of_nodes(), training=custom(ENDLESS))
        pipeline, journal = case.pipeline(directory)
        work = asyncio.create_task(pipeline.run())
        await reached(directory, lambda text: '"kind": "progress"' in text, work)
        second = pipeline.ctx.record.state.instance(1)
        assert second is not None
        await pipeline.ctx.cloud.terminate(second.id or "")  # type: ignore[union-attr]
        async with asyncio.timeout(60):
            code = await work
        journal.close()
        assert cloud.ledger().empty
    done = case.outcome(directory, code)
    assert code == 1
    assert (done.result.error or "").startswith("Node 1: The machine is gone")
    assert (done.directory.artifacts / "model.bin").read_text() == "early 0\n"


async def test_a_node_that_goes_on_after_the_first_has_ended_is_stopped_with_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr("unitrainer_tui.pipeline.train.STRAGGLER_SECONDS", 1.0)
    job = JOB + 'if [ "$UNITRAINER_NODE_RANK" = 1 ]; then echo "still at it"; sleep 600; fi\n'
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(cloud=of_nodes(), training=custom(job))
        assert cloud.ledger().empty
    assert done.code == 0, done.result
    assert "Node 1: The job still ran" in done.notices()
    assert "still at it" in done.directory.node_log(1).read_text()


async def test_a_node_that_has_failed_unseen_when_the_first_ends_is_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr("unitrainer_tui.pipeline.train.STRAGGLER_SECONDS", 1.0)
    monkeypatch.setattr("unitrainer_tui.pipeline.train.OTHERS_POLL_SECONDS", 600.0)  # as if it could not be reached
    job = JOB + 'if [ "$UNITRAINER_NODE_RANK" = 1 ]; then echo "no room on this one" >&2; exit 9; fi\n'
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(cloud=of_nodes(), training=custom(job))
        assert cloud.ledger().empty
    assert done.code == 1
    assert "Node 1: Training ended with exit code 9. Its last line: no room on this one" in (done.result.error or "")
    assert "it is stopped" not in done.notices()
    assert (done.directory.artifacts / "model.bin").exists()


@pytest.mark.parametrize("stage", ["launch", "address", "train"])
async def test_abort_gives_every_machine_back(tmp_path, stage):
    until = stage_started(stage) if stage != "train" else lambda text: '"kind": "progress"' in text
    async with open_cloud(tmp_path) as cloud:
        done = await Case(tmp_path, cloud).run(until=until, cloud=of_nodes(), training=custom(ENDLESS))
        assert cloud.ledger().empty
    assert done.code == 130, done.result
    assert done.result.released


@pytest.mark.parametrize(
    "fault",
    [
        "launch-timeout-but-created",
        "list-lag=1",
        "terminate-500=3",
        "terminate-ignored=2",
        "cut-upload=0.005",
        "wrong-password=1.5",
        "api-429=1",
        "associate-500=2",
        "release-500=2",
    ],
)
async def test_what_can_be_lived_through_is_lived_through_with_two_machines(tmp_path, fault):
    async with open_cloud(tmp_path, fault) as cloud:
        done = await Case(tmp_path, cloud).run(timing={"settle_seconds": 2.0}, cloud=of_nodes(), training=custom(JOB))
        assert cloud.ledger().empty
        assert cloud.fired[fault.partition("=")[0]] >= 1
        assert sum(call.path.endswith("/launch") for call in cloud.ledger().calls) == 2
    assert done.code == 0, done.result


DIES = """
import os, signal, sys
from unitrainer_tui.clouds.canopywave import CanopyWave
from unitrainer_tui.pipeline.recorder import Recorder
from unitrainer_tui.pipeline import train
from unitrainer_tui.supervisor.process import main

moment, launch, resource = sys.argv[2], CanopyWave.launch, Recorder.resource

def die():
    os.kill(os.getpid(), signal.SIGKILL)

async def launch_and_die(self, request):
    second = request.name.endswith("-n1")
    if second and moment == "before the call":
        die()
    answer = await launch(self, request)
    if second and moment == "after the call":
        die()
    return answer

def resource_and_die(self, kind, status, **fields):
    if moment == "before the intent" and status == "intended" and str(fields.get("name")).endswith("-n1"):
        die()
    resource(self, kind, status, **fields)
    if moment == "giving back" and kind == "instance" and status == "releasing":
        die()

stop = train.stop_and_drain

async def stop_and_die(ctx, link):
    await stop(ctx, link)
    die()

CanopyWave.launch, Recorder.resource = launch_and_die, resource_and_die
if moment == "one is stopped":
    train.STRAGGLER_SECONDS, train.stop_and_drain = 1.0, stop_and_die
sys.exit(main([sys.argv[1]]))
"""


async def killed_at(moment: str, directory: RunDirectory, cloud: Sandbox) -> None:
    """A supervisor of its own process that is ended by kill -9 at that moment."""
    mine = {
        "UNITRAINER_HOME": str(directory.path.parents[2]),
        "CANOPYWAVE_API_KEY": cloud.api_key,
        "CANOPYWAVE_API_URL": cloud.url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DIES, str(directory.path), moment, env={**os.environ, **mine}
    )
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL


async def test_who_takes_over_while_the_first_machine_is_given_back_finishes_that_and_tries_the_next_flavor(tmp_path):
    async with open_cloud(tmp_path, capacity={"CPU-8": 1}) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(cloud=of_nodes(flavor=["CPU-8", "CPU-2"]), training=custom(JOB))
        await killed_at("giving back", directory, cloud)
        assert len(cloud.ledger().instances) == 1
        cloud.config.capacity = {"CPU-8": 0}
        pipeline, journal = case.pipeline(directory)
        async with asyncio.timeout(60):
            code = await pipeline.run()
        journal.close()
        assert cloud.ledger().empty
        assert launched(cloud) == ["CPU-8", "CPU-8", "CPU-2", "CPU-2"]
    assert code == 0, case.outcome(directory, code).result


async def test_who_takes_over_knows_that_a_job_was_stopped_and_did_not_fail(tmp_path):
    job = JOB + 'if [ "$UNITRAINER_NODE_RANK" = 1 ]; then echo "still at it"; sleep 600; fi\n'
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(cloud=of_nodes(), training=custom(job))
        await killed_at("one is stopped", directory, cloud)
        pipeline, journal = case.pipeline(directory)
        async with asyncio.timeout(60):
            code = await pipeline.run()
        journal.close()
        assert cloud.ledger().empty
    done = case.outcome(directory, code)
    assert code == 0, done.result
    assert "Node 1: The job still ran" in done.notices()


@pytest.mark.parametrize("moment", ["before the intent", "before the call", "after the call"])
async def test_a_supervisor_killed_between_the_launches_is_succeeded(tmp_path, moment):
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(cloud=of_nodes(), training=custom(JOB))
        await killed_at(moment, directory, cloud)
        assert len(cloud.ledger().instances) == (2 if moment == "after the call" else 1)
        pipeline, journal = case.pipeline(directory)
        async with asyncio.timeout(60):
            code = await pipeline.run()
        journal.close()
        assert cloud.ledger().empty
        launches = sum(call.path.endswith("/launch") for call in cloud.ledger().calls)
    done = case.outcome(directory, code)
    if moment == "before the call":
        # Nobody can know that the call was never sent: it is looked for and not sent again.
        assert (code, launches) == (1, 1)
        assert "Node 1: The launch call got no clear answer" in (done.result.error or "")
    else:
        assert (code, launches) == (0, 2), done.result
        assert "rank 1 of 2" in directory.node_log(1).read_text()


async def test_a_killed_supervisor_is_succeeded_without_a_byte_of_any_log_lost(tmp_path):
    job = JOB.replace("1 2 3;", "1 2 3 4 5 6 7 8;").replace("/3", "/8").replace("sleep 0.2", "sleep 0.4")
    async with open_cloud(tmp_path) as cloud:
        case = Case(tmp_path, cloud)
        directory = case.new_run(cloud=of_nodes(), training=custom(job))
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
        assert sum(call.path.endswith("/launch") for call in cloud.ledger().calls) == 2
    assert code == 0, case.outcome(directory, code).result
    for node in (0, 1):
        assert directory.node_log(node).read_bytes().count(b"Epoch: ") == 8
