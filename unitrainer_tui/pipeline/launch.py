"""From the profile to machines that run: the key, the launch calls, the wait until ACTIVE.

One create per node: an answer 4xx proves that nothing was made and permits another call; after anything else without an
id the run only looks for its name, for as long as the call may still take effect. All machines of a run are of one
flavor: where not all of them can be had, those that came are given back before another flavor is tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unitrainer_tui.errors import (
    CloudError,
    CloudNotFound,
    CloudRefused,
    CloudThrottled,
    CloudUnauthorized,
    CloudUnreachable,
    RunFailed,
)
from unitrainer_tui.pipeline.address import LISTED
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.effects import ADD_KEY, LAUNCH, backoff, uncancelled
from unitrainer_tui.pipeline.release import Look, release_machines, unanswered_proof
from unitrainer_tui.ports import Cloud, Instance, LaunchRequest
from unitrainer_tui.runs.state import ResourceState

# 429 on launch: at most so many calls and seconds.
THROTTLED_TRIES = 5
THROTTLED_SECONDS = 120.0
GONE_STATES = {"DELETED"}


async def ensure_key(ctx: RunContext, cloud: Cloud) -> None:
    """Registers the run's public key under the run's name. Repeating it does no harm."""
    known = ctx.record.state.resource("ssh_key")
    if known is not None and known.status == "created":
        return
    name = ctx.name()
    public = ctx.files.make_key()
    # Asked for by a supervisor before this one: whatever is answered now, that call may have had its effect.
    in_doubt = known is not None
    ctx.record.resource("ssh_key", "intended", required=True, name=name, call="add-key")

    async def add() -> None:
        nonlocal in_doubt
        for attempt in range(1, 5):
            try:
                await cloud.add_key(name, public)
                break
            except CloudRefused as refusal:
                # 409: an earlier try of ours was not told to us. Nobody else uses this name.
                if refusal.status == 409 or (attempt > 1 and name in await cloud.keys()):
                    break
                if not isinstance(refusal, CloudThrottled):
                    if not in_doubt:
                        ctx.record.resource("ssh_key", "gone", name=name, reason="refused")
                    raise
                await ctx.clock.sleep(min(refusal.retry_after or backoff(attempt), 30.0))
            except CloudError as problem:
                in_doubt = in_doubt or not isinstance(problem, CloudUnreachable)
                if attempt == 4:
                    raise
                await ctx.clock.sleep(backoff(attempt))
        else:
            raise RunFailed("The cloud does not take the run's SSH key: it asks to be called less often.")
        seen = LISTED if await _has_key(cloud, name) else None
        ctx.record.resource("ssh_key", "created", name=name, clear=True, reason=seen)

    await uncancelled(ADD_KEY, add)


async def _has_key(cloud: Cloud, name: str) -> bool:
    try:
        return name in await cloud.keys()
    except CloudError:
        return False


async def ensure_machines(ctx: RunContext, cloud: Cloud, nodes: Sequence[int]) -> list[ResourceState]:
    """The machines of these nodes in their order: known already, found by their names after a call in doubt, or
    launched now, one after the other and all of one flavor. Raises the last refusal when no flavor could be had."""
    known = _wanted(ctx, nodes)
    if len(known) < len(nodes):
        # What a supervisor before this one was giving back, to try another flavor, is not worked with any more.
        releasing = [r for r in ctx.record.state.all_of("instance") if r.status == "releasing"]
        await release_machines(ctx, cloud, releasing, patient=True)
    flavors = flavors_to_try(known, ctx.prices)
    for flavor, following in zip(flavors, [*list(flavors)[1:], None], strict=True):
        try:
            return [await _ensure_machine(ctx, cloud, node, flavor, flavors[flavor]) for node in nodes]
        except CloudUnauthorized:
            raise
        except CloudRefused as answer:
            came = _wanted(ctx, nodes)
            if came:
                answer.message = f"Only {len(came)} of {len(nodes)} machines could be had: {answer.message}"
            # 402: no other flavor is free of charge.
            if following is None or answer.status == 402:
                raise
            if any(ctx.record.state.in_doubt("instance", machine.node) for machine in came):
                raise  # no second call may be sent for that node, and without it the set is never whole
            ctx.record.notice("warning", f"{flavor}: {answer.message} The next flavor is tried.")
            await release_machines(ctx, cloud, came, patient=True)
    raise RunFailed("No machine was launched: there is no flavor to try.")


def flavors_to_try(known: Sequence[ResourceState], prices: Mapping[str, float]) -> dict[str, float]:
    """Dollars an hour of each flavor, in order: first that of the machines that the run has already."""
    if not known:
        return dict(prices)
    flavor, price = known[0].flavor or "", known[0].usd_per_hour
    return {flavor: price if price is not None else prices.get(flavor, 0.0)} | {
        other: price for other, price in prices.items() if other != flavor
    }


def _wanted(ctx: RunContext, nodes: Sequence[int]) -> list[ResourceState]:
    """The machine of each node that has one, or whose launch call is still to be answered."""
    machines = [ctx.record.state.instance(node) for node in nodes]
    return [machine for machine in machines if machine is not None and machine.wanted]


async def _ensure_machine(ctx: RunContext, cloud: Cloud, node: int, flavor: str, price: float) -> ResourceState:
    """One node's machine. A call in doubt is settled before the next node's is sent."""
    known = ctx.record.state.instance(node)
    if known is None and not ctx.record.state.in_doubt("instance", node):
        await _launch(ctx, cloud, node, flavor, price)
        known = ctx.record.state.instance(node)
    if known is not None and known.status == "intended":
        await _find(ctx, cloud, known)
        known = ctx.record.state.instance(node)
    if known is None or not known.id:
        raise RunFailed(
            f"{ctx.label(node)}The launch call got no clear answer and no machine appeared.",
            "The name is watched for 7 days; run it again when you like.",
        )
    return known


async def _launch(ctx: RunContext, cloud: Cloud, node: int, flavor: str, price: float) -> None:
    name = ctx.name(node)
    by_key = ctx.profile.ssh.auth == "key"
    request = LaunchRequest(
        name=name,
        flavor=flavor,
        image=ctx.profile.cloud.image or "",
        password=ctx.files.make_password(keep=not by_key),
        keypair=ctx.name() if by_key else None,
    )
    began = ctx.clock.monotonic()

    async def once() -> float | None:
        """The seconds to wait before the same call may be sent again; None when the machine is there or in doubt."""
        ctx.record.resource(
            "instance",
            "intended",
            required=True,
            name=name,
            call="launch",
            flavor=flavor,
            usd_per_hour=price,
        )
        try:
            instance_id = await cloud.launch(request)
        except CloudThrottled as answer:
            ctx.record.resource("instance", "gone", name=name, reason="refused: asked to call less often", clear=True)
            return answer.retry_after if answer.retry_after is not None else -1.0
        except (CloudRefused, CloudUnreachable) as answer:
            ctx.record.resource("instance", "gone", name=name, reason=f"refused: {answer.message}", clear=True)
            raise
        except CloudError as doubt:
            ctx.record.notice(
                "warning", f"{doubt.message} The machine may exist: it is looked for by its name, {name}."
            )
            return None
        ctx.record.resource("instance", "created", name=name, id=instance_id, clear=True)
        return None

    for attempt in range(1, THROTTLED_TRIES + 1):
        wait = await uncancelled(LAUNCH, once)
        if wait is None:
            return
        wait = backoff(attempt) if wait < 0 else wait
        if ctx.clock.monotonic() - began + wait > THROTTLED_SECONDS:
            break
        if attempt < THROTTLED_TRIES:
            await ctx.clock.sleep(wait)
    raise RunFailed("The cloud asks to be called less often and no launch was accepted.", "Try again in some minutes.")


async def _find(ctx: RunContext, cloud: Cloud, intent: ResourceState) -> None:
    """After a call in doubt: looks for the name until it is there, or is proven to have made nothing."""
    timing = ctx.profile.timing
    proof = unanswered_proof(ctx, intent)
    give_up_at = ctx.record.called_at(intent) + max(timing.boot_timeout_s, timing.settle_seconds)
    # A machine of another flavor that bore the name before and is proven gone is not what this call has made.
    before = {known.id for known in ctx.record.state.all_of("instance", intent.node)}
    while True:
        try:
            listed = [row for row in await cloud.instances() if row.name == intent.name and row.id not in before]
            rows = [row for row in listed if row.status not in GONE_STATES]
        except CloudError:
            proof.note(Look.UNKNOWN, ctx.clock)
            if ctx.clock.now() > give_up_at:
                return
            await ctx.clock.sleep(proof.pause(timing.poll_seconds))
            continue
        if rows:
            first, *others = sorted(rows, key=lambda row: row.id)
            ctx.record.resource("instance", "created", name=intent.name, id=first.id, reason="found by its name")
            for other in others:
                ctx.record.resource("instance", "created", name=intent.name, id=other.id, reason="bears our name too")
                ctx.record.notice("error", f"A second machine bears this run's name: {other.id}. It is given back.")
            return
        if proof.note(Look.ABSENT, ctx.clock):
            ctx.record.resource("instance", "gone", name=intent.name, reason="never appeared, absent twice")
            return
        await ctx.clock.sleep(timing.poll_seconds)


async def wait_until_active(ctx: RunContext, cloud: Cloud, machine: ResourceState) -> Instance:
    """Polls until the instance is ACTIVE. Raises RunFailed when it ends in ERROR, vanishes or takes too long."""
    timing, label = ctx.profile.timing, ctx.label(machine.node)
    began = ctx.record.called_at(machine)
    settled_at = ctx.record.called_at(machine) + timing.settle_seconds
    absent = 0
    last = "BUILD"
    refused = False
    while True:
        try:
            found = await cloud.instance(machine.id or "")
            absent, last = 0, found.status
            if found.status == "ACTIVE":
                return found
            if found.status == "ERROR":
                raise RunFailed(
                    f"{label}The cloud could not build the machine{f': {found.fault}' if found.fault else ''}.",
                    "Try another flavor, image or region.",
                )
            if found.status in ("DELETED", "SOFT_DELETED", "SHUTOFF", "SUSPENDED", "STOPPED"):
                absent = 2 if found.status != "DELETED" else absent + 1
        except CloudNotFound:
            # Right after the launch this proves nothing: the list may lag behind.
            absent = absent + 1 if ctx.clock.now() > settled_at else 0
        except CloudUnauthorized as problem:
            if not refused:
                ctx.record.notice("error", problem.message, problem.hint)
            refused = True
        except CloudError as problem:
            last = problem.message
        if absent >= 2:
            raise RunFailed(f"{label}The machine is gone or was stopped by somebody else while it booted ({last}).")
        if ctx.clock.now() - began > timing.boot_timeout_s:
            raise RunFailed(
                f"{label}The machine did not become ACTIVE within {timing.boot_timeout_s:g} s (last: {last}).",
                "Try another flavor or region, or raise timing.boot_timeout_s.",
            )
        await ctx.clock.sleep(timing.poll_seconds)
