"""Every safety rule switched off once, in the real core: the simulator must see that it is off.

A rule that could be taken out without anybody noticing is no rule. Each sabotage patches one place of the core for the
time of one test; the product has no such switch. What caught it, and at which seed, is printed (`pytest -s`).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.sim.history import play
from tests.sim.world import Violation
from unitrainer_tui import text
from unitrainer_tui.errors import CloudError, CloudThrottled, CloudUnclear, HostError
from unitrainer_tui.pipeline import address, collect, effects, launch, release, run, train
from unitrainer_tui.pipeline.job_log import JobLog
from unitrainer_tui.pipeline.recorder import Recorder
from unitrainer_tui.pipeline.release import Proof
from unitrainer_tui.pipeline.stages import Stages
from unitrainer_tui.ports import Downloaded
from unitrainer_tui.runs.directory import RunDirectory, RunLock
from unitrainer_tui.runs.events import Event
from unitrainer_tui.runs.names import parse_name
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.supervisor import recover, sweep

SEEDS = 500
Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


# ------------------------------------------------------------------------------------------------- the eight rules


def no_intent_first(patch: Patch) -> None:
    """Rule 1: the record comes after the call."""
    real = Recorder.resource

    def resource(self: Recorder, kind: Any, status: Any, *, required: bool = False, **fields: Any) -> None:
        if status != "intended":
            real(self, kind, status, required=required, **fields)

    patch.setattr(Recorder, "resource", resource)


def no_fsync(patch: Patch) -> None:
    """Rule 1: the record is written, and not on the disk."""
    real = Recorder._write

    def write(self: Recorder, event: Event, *, sync: bool = False, required: bool = False) -> None:
        real(self, event, sync=False, required=required)

    patch.setattr(Recorder, "_write", write)


def a_second_create(patch: Patch) -> None:
    """Rule 2: a launch call without an answer is sent again, as an HTTP client with retries does."""
    patch.setattr(launch, "CloudThrottled", (CloudThrottled, CloudUnclear))
    patch.setattr(CloudUnclear, "retry_after", None, raising=False)


def a_second_address(patch: Patch) -> None:
    """Rule 2: whether an earlier call was in doubt is forgotten."""
    patch.setattr(RunState, "in_doubt", lambda *_: False)


def an_unanswered_launch_made_nothing(patch: Patch) -> None:
    """Rule 3: a doubt is resolved by hope."""
    patch.setattr(launch, "CloudUnreachable", CloudError)


def an_unanswered_allocate_made_nothing(patch: Patch) -> None:
    """Rule 3."""
    patch.setattr(address, "CloudUnreachable", CloudError)


def an_undeclared_spending_call(patch: Patch) -> None:
    """Rule 3: the launch call is no effect that says how its doubt is resolved."""
    patch.setattr(launch, "uncancelled", lambda effect, call: call())


def deleting_is_given_up(patch: Patch) -> None:
    """Rule 4: after a minute the supervisor goes home."""
    real = release._never_given_up

    async def for_a_minute(*given: Any) -> None:
        try:
            await asyncio.wait_for(real(*given), 60.0)
        except TimeoutError:
            return

    patch.setattr(release, "_never_given_up", for_a_minute)


def accepted_is_gone(patch: Patch) -> None:
    """Rule 4: a destroying call is sent once."""
    real = release._Attempts.accepted

    def accepted(self: Any) -> None:
        real(self)
        self._due_at = float("inf")

    patch.setattr(release._Attempts, "accepted", accepted)
    patch.setattr(Proof, "to_be_asked", lambda self: False)


def no_settle_window(patch: Patch) -> None:
    """Rule 5: absence is believed right after a call that was never answered."""

    def at_once(ctx: Any, resource: Any) -> Proof:
        return Proof(0.0, ctx.profile.timing.poll_seconds, resource.clear, 0.0)

    for where in (release, launch):
        patch.setattr(where, "unanswered_proof", at_once)
    patch.setattr(release, "proof_of", at_once)


def seen_once(patch: Patch) -> None:
    """Rule 5: one look is proof."""
    real = Proof.note
    patch.setattr(Proof, "note", lambda self, look, clock: real(self, look, clock) or self.sightings >= 1)


def two_looks_are_enough(patch: Patch) -> None:
    """Rule 5: two looks are proof, whatever the cloud says to the destroying call, and for however short a time."""
    real = Proof.note
    patch.setattr(Proof, "note", lambda self, look, clock: real(self, look, clock) or self.sightings >= 2)


def no_tombstones(patch: Patch) -> None:
    """Rule 6."""

    async def nobody_looks(*_: Any, **__: Any) -> None: ...

    patch.setattr(sweep, "sweep_names", nobody_looks)


def nobody_takes_over(patch: Patch) -> None:
    """Rule 7: a run whose supervisor died stays as it is."""
    patch.setattr(recover, "needs_owner", lambda state: False)


def any_name_of_the_program_is_ours(patch: Patch) -> None:
    """Rule 8: whoever's `ut-` name it is."""
    real = release._look_for_instance

    async def look(cloud: Any, machine: Any) -> Any:
        seen, bearing, deleted = await real(cloud, machine)
        return seen, bearing | {row.id for row in await cloud.instances() if parse_name(row.name)}, deleted

    patch.setattr(release, "_look_for_instance", look)


def what_is_new_is_ours(patch: Patch) -> None:
    """Rule 8: an address that appeared is taken for ours in a shared project too."""

    real = release._resolve_allocation

    async def claim(ctx: Any, cloud: Any, intent: Any) -> None:
        section = ctx.profile.cloud.model_copy(update={"exclusive_project": True})
        await real(replace(ctx, profile=ctx.profile.model_copy(update={"cloud": section})), cloud, intent)

    patch.setattr(release, "_resolve_allocation", claim)


# ---------------------------------------------------------------------------------------------- the other promises


def status_out_of_the_log(patch: Patch) -> None:
    """A line that looks like our record ends the training."""
    real = JobLog.step

    async def step(self: JobLog, idle: Any = None) -> Any:
        poll, more = await real(self, idle)
        if b'"exit_code": 0' in b"".join(self._ctx.files.read_log(self.node)):
            poll = replace(poll, running=False, exit_code=0)
        return poll, more

    patch.setattr(JobLog, "step", step)


def no_sanitiser(patch: Patch) -> None:
    """Foreign text goes to the screen as it is."""

    def as_it_is(said: str | bytes, **_: Any) -> str:
        return said.decode("utf-8", "replace") if isinstance(said, bytes) else said

    for where in (text, collect, run):
        patch.setattr(where, "safe", as_it_is)


def no_host_key(patch: Patch) -> None:
    """The host key is not pinned for the run."""
    real = Stages._target
    patch.setattr(Stages, "_target", lambda *given: replace(real(*given), known_hosts=None))


def no_hash_check(patch: Patch) -> None:
    """A download whose hash differs is taken as it is."""
    real = collect.Collector._fetch

    async def fetch(self: Any, file: Any, path: Path) -> Downloaded:
        try:
            return await real(self, file, path)
        except HostError:
            return Downloaded(path, file.size, "00" * 32)

    patch.setattr(collect.Collector, "_fetch", fetch)
    patch.setattr(collect, "FETCH_TRIES", 1)


def the_log_is_read_from_its_start(patch: Patch) -> None:
    """The offset is not taken from what is stored here."""
    real = JobLog.__init__

    def begin(self: Any, *given: Any, **named: Any) -> None:
        real(self, *given, **named)
        self._offset = 0

    patch.setattr(JobLog, "__init__", begin)


def no_limits(patch: Patch) -> None:
    """Nobody looks at max_hours and budget_usd."""
    patch.setattr(run, "limit_reached", lambda *_: None)
    patch.setattr(run, "seconds_to_limit", lambda *_: 3600.0)


def the_machine_goes_before_the_model(patch: Patch) -> None:
    """Clean-up begins when training has ended."""
    real = Stages._download

    async def download(self: Any, link: Any) -> None:
        giving = asyncio.create_task(release.release_all(self._ctx, self._ctx.cloud))
        try:
            await real(self, link)
        finally:
            await effects.end(giving)

    patch.setattr(Stages, "_download", download)


def a_failed_node_is_no_failure(patch: Patch) -> None:
    """How the job ended on the other nodes does not matter."""

    async def never_fails(ctx: Any, link: Any, idle: Any) -> None:
        try:
            await real(ctx, link, idle)
        except HostError:
            return

    real = train._until_end
    patch.setattr(train, "_until_end", never_fails)


SABOTAGES: dict[str, tuple[Callable[[Patch], None], set[str]]] = {
    "rule 1, no intent first": (no_intent_first, {"I1"}),
    "rule 1, no fsync": (no_fsync, {"I1"}),
    "rule 2, a second create": (a_second_create, {"I2"}),
    "rule 2, a second address": (a_second_address, {"I2"}),
    "rule 3, an unanswered launch made nothing": (an_unanswered_launch_made_nothing, {"I2", "P1"}),
    "rule 3, an unanswered allocate made nothing": (an_unanswered_allocate_made_nothing, {"P1"}),
    "rule 3, an undeclared spending call": (an_undeclared_spending_call, {"rule 3"}),
    "rule 4, deleting is given up": (deleting_is_given_up, {"I4", "P1"}),
    "rule 4, accepted is gone": (accepted_is_gone, {"I4", "P1"}),
    "rule 5, no settle window": (no_settle_window, {"I4", "P1"}),
    "rule 5, seen once": (seen_once, {"I4", "P1"}),
    "rule 5, two looks are enough": (two_looks_are_enough, {"I4", "P1"}),
    "rule 6, no tombstones": (no_tombstones, {"P1"}),
    "rule 7, nobody takes over": (nobody_takes_over, {"P1"}),
    "rule 8, any name of the program is ours": (any_name_of_the_program_is_ours, {"I3"}),
    "rule 8, what is new is ours": (what_is_new_is_ours, {"I3"}),
    "status out of the log": (status_out_of_the_log, {"success"}),
    "no sanitiser": (no_sanitiser, {"I9"}),
    "no host key": (no_host_key, {"P4"}),
    "no hash check": (no_hash_check, {"I7"}),
    "the log is read from its start": (the_log_is_read_from_its_start, {"I8"}),
    "no limits": (no_limits, {"I10"}),
    "the machine goes before the model": (the_machine_goes_before_the_model, {"P5"}),
    "a failed node is no failure": (a_failed_node_is_no_failure, {"success"}),
}


@pytest.mark.parametrize("name", SABOTAGES)
def test_the_simulator_sees_that_a_rule_is_off(name: str, monkeypatch: pytest.MonkeyPatch):
    sabotage, invariants = SABOTAGES[name]
    sabotage(monkeypatch)
    for seed in range(SEEDS):
        try:
            play(seed)
        except Violation as violation:
            first = str(violation).partition("\n")[0]
            caught = re.search(r"\b([PI]\d+|rule 3):|(success), and", first)
            assert caught is not None, first
            print(f"{name}: caught at seed {seed} by {caught[1] or caught[2]}")
            assert (caught[1] or caught[2]) in invariants, first
            return
    pytest.fail(f"{name}: not seen in {SEEDS} histories")


# ------------------------------------------------- what a simulation of one process at a time cannot see by its nature


def spending_without_a_declaration_is_refused() -> None:
    """Rule 3 in the type."""
    with pytest.raises(TypeError):
        effects.Effect("rent a ship", True, None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        effects.Effect("rent a ship", True, effects.Ambiguity.REPEAT)


def two_owners_are_refused(folder: Path) -> None:
    """I6: the lock decides."""
    first, second = RunLock(RunDirectory(folder)), RunLock(RunDirectory(folder))
    try:
        assert first.acquire()
        assert not second.acquire()
    finally:
        first.release()
        second.release()


def test_the_type_refuses_a_spending_step_without_a_declaration(monkeypatch: pytest.MonkeyPatch):
    spending_without_a_declaration_is_refused()
    monkeypatch.setattr(effects.Effect, "__post_init__", lambda self: None)
    with pytest.raises(pytest.fail.Exception):
        spending_without_a_declaration_is_refused()


def test_the_lock_refuses_a_second_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    two_owners_are_refused(tmp_path)
    monkeypatch.setattr(RunLock, "acquire", lambda self, patience_s=0.0: True)
    with pytest.raises(AssertionError):
        two_owners_are_refused(tmp_path)
