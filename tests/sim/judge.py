"""The invariants of FAULTS that can only be judged when a history is at rest; the others are where they are broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sim.disk import CANARY
from tests.sim.hostile_cloud import PRICE, Machine, Thing
from tests.sim.hostile_host import printed
from tests.sim.world import Violation
from unitrainer_tui.runs.state import RunState

if TYPE_CHECKING:
    from tests.sim.history import History

# Boot, a look, a call that hangs: what may stand between a limit and the first terminate call.
SLACK_SECONDS = 240.0


def excused(history: History, thing: Thing) -> bool:
    """Whether a run may have closed although it is there; the tombstones must find it. That is: a machine or a key of a
    call that was never answered, whose effect comes later than the settle window or was hidden by stale lists (it bears
    our name); and what the cloud itself denied for longer than from one look to the next."""
    if thing.id in history.cloud.denied:
        return True
    if not thing.in_doubt:
        return False
    if isinstance(thing, Machine):
        return thing.id not in {resource.id for resource in history.disk.state.resources.values()}
    return thing.id.startswith("ut-")


def suspects(history: History) -> set[str]:
    return {resource.id or "" for resource in history.disk.state.remaining if resource.status == "suspect"}


def left_over(history: History) -> list[str]:
    """What is ours and there, or will be, and that the user was not told of."""
    return [identity for identity in history.cloud.held() if identity not in suspects(history)]


def at_the_end(history: History, code: int) -> None:
    """When the supervisor has ended for good."""
    disk, plan, state = history.disk, history.plan, history.disk.state
    if state.result is None:
        raise Violation("P1: the supervisor ended and the run has no result")
    if any(r.status != "suspect" for r in state.remaining):
        raise Violation("I4: the supervisor ended while something is still to be given back")
    things = {thing.id: thing for thing in history.cloud.things()}
    if left := [identity for identity in left_over(history) if not excused(history, things[identity])]:
        raise Violation(f"P1: closed, and yet there is {left}")
    if code != state.result.exit_code:
        raise Violation(f"P3: the exit code {code} is not the result's {state.result.exit_code}")
    if plan.damage is None and sum(b'"kind": "result"' in line for line in disk.lines) != 1:
        raise Violation("P3: not one result")
    _success(history, state)
    _logs(history)
    _money(history)
    written = b"".join(disk.lines) + b"".join(bytes(log) for log in disk.logs.values())
    if CANARY.encode() in written:
        raise Violation("I9: the secret is in the journal")


def _success(history: History, state: RunState) -> None:
    """A run that succeeded has trained on every node, ended well on all of them, and its model is here."""
    hosts, line, nodes = history.hosts, history.plan.line, history.plan.nodes
    for machine_id, job in hosts.jobs.items():
        if job.starts > 1:
            raise Violation(f"the job on {machine_id} was started {job.starts} times")
    if state.result is None or not state.result.success:
        return
    if not history.disk.models:
        raise Violation("I7: success without a model")
    if line.exit_code:
        raise Violation("success, and the job of node 0 had failed")
    first = [job for identity, job in hosts.jobs.items() if history.cloud.machines[identity].node == 0 and job.starts]
    if any(job.ended_at(line.seconds_on(0)) > history.world.now for job in first):
        raise Violation("success, and the job of node 0 never ended")
    started = [history.cloud.machines[identity].node for identity, job in hosts.jobs.items() if job.starts]
    if sorted(started) != list(range(nodes)):
        raise Violation(f"success, and the job ran on the nodes {sorted(started)} of {nodes}")
    if nodes > 1:
        history.world.fired.add("success on several nodes")
        untold = any(b"How the job ended there is not known" in record for record in history.disk.lines)
        if untold:
            history.world.fired.add("the end of another node's job is never told")
        if line.others_code and line.seconds_on(1) <= line.job_seconds and not untold:
            raise Violation("success, and the job of another node had failed before")


def _logs(history: History) -> None:
    for node, stored in history.disk.logs.items():
        if not printed(history.plan.line.epochs).startswith(bytes(stored)):
            raise Violation(f"I8: the stored log of node {node} is not a prefix of the job's")
    if log_bytes_lost(history):
        raise Violation("I8: the run succeeded and its log is not here whole")


def log_bytes_lost(history: History) -> int:
    """Of the log of node 0 of a run that succeeded: what its job had printed and is not stored here."""
    state, damaged = history.disk.state, history.plan.damage is not None
    if state.result is None or not state.result.success or damaged or history.plan.full:
        return 0
    job = next((j for i, j in history.hosts.jobs.items() if history.cloud.machines[i].node == 0 and j.starts), None)
    if job is None or history.world.fired["power loss"]:
        return 0
    return len(printed(history.plan.line.epochs)) - len(history.disk.logs.get(0, b""))


def _money(history: History) -> None:
    plan = history.plan
    deaf = sum(span.end - span.start for span in [*plan.moods.outages, *plan.moods.revoked])
    for machine in history.cloud.machines.values():
        if machine.ours and machine.first_terminate is not None and not machine.in_doubt:
            paid = machine.first_terminate - machine.born - history.down - deaf
            if paid > plan.max_hours * 3600 + 2 * 120.0 + SLACK_SECONDS:
                raise Violation(f"I10: {paid:.0f} s were paid, ${paid / 3600 * PRICE:.2f}")
    result = history.disk.state.result
    if result is not None and result.spent_usd < 0:
        raise Violation("I10: negative cost")


def after_the_tombstones(history: History) -> None:
    """Seven days later."""
    if left := left_over(history):
        raise Violation(f"P1: seven days after its end there is {left}")
    for identity, machine in history.cloud.machines.items():
        if not machine.ours and machine.gone_at != float("inf"):
            raise Violation(f"P2: {identity} is not ours and was destroyed")
