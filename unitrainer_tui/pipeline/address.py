"""A machine's public address: the one that it came with, else one that this run allocates and associates.

A free address of the project is never reused, and no second one is allocated when the answer to the first is in doubt:
an address bears no name of ours, so it is found by comparing with the list recorded in the intent. That is why the
addresses of several machines are allocated one after the other, each only when nothing about the last is in doubt.
"""

from __future__ import annotations

from unitrainer_tui.errors import CloudError, CloudRefused, CloudThrottled, CloudUnreachable, RunFailed
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.effects import ALLOCATE, ASSOCIATE, backoff, uncancelled
from unitrainer_tui.ports import Cloud, Instance, PublicIp
from unitrainer_tui.runs.state import ResourceState

ASSOCIATE_TRIES = 8
# The reason of a `created` record whose object was seen in the cloud's list.
LISTED = "listed"


async def ensure_address(ctx: RunContext, cloud: Cloud, machine: ResourceState, instance: Instance) -> str:
    """The address to connect to. For one machine of the run at a time."""
    node = machine.node
    known = ctx.record.state.address(node)
    if known is None:
        if instance.address:
            return instance.address
        if not ctx.record.state.in_doubt("public_ip", node):
            await _allocate(ctx, cloud, node)
        known = ctx.record.state.address(node)
    if known is not None and known.status == "intended":
        await _attribute(ctx, cloud, known)
        known = ctx.record.state.address(node)
    if known is None or known.status == "suspect" or not known.id:
        raise RunFailed(f"{ctx.label(node)}The machine has no public address: the call for one got no clear answer.")
    await _associate(ctx, cloud, machine, known)
    return known.address or await _address_of(ctx, cloud, known)


def told_node(node: int) -> int | None:
    """As the events of an address tell it: the first machine's need not be said."""
    return node or None


async def _allocate(ctx: RunContext, cloud: Cloud, node: int) -> None:
    listed = [ip.id for ip in await _listed(ctx, cloud)]
    # The list may lag behind: what this run has allocated for another machine is known all the same.
    ours = [ip.id for ip in ctx.record.state.all_of("public_ip") if ip.id and ip.id not in listed]
    before, told = listed + ours, told_node(node)

    async def once() -> float | None:
        ctx.record.resource("public_ip", "intended", required=True, node=told, call="allocate", known_ids=before)
        try:
            ip = await cloud.allocate_ip()
        except CloudThrottled as answer:
            ctx.record.resource("public_ip", "gone", node=told, reason="refused: asked to call less often", clear=True)
            return answer.retry_after if answer.retry_after is not None else -1.0
        except (CloudRefused, CloudUnreachable) as answer:
            ctx.record.resource("public_ip", "gone", node=told, reason=f"refused: {answer.message}", clear=True)
            raise RunFailed(f"{ctx.label(node)}No public IP could be had: {answer.message}", answer.hint) from None
        except CloudError as doubt:
            ctx.record.notice("warning", f"{doubt.message} A public IP may have been allocated: it is looked for.")
            return None
        ctx.record.resource("public_ip", "created", node=told, id=ip.id, address=ip.address or None, clear=True)
        return None

    for attempt in range(1, 6):
        wait = await uncancelled(ALLOCATE, once)
        if wait is None:
            return
        await ctx.clock.sleep(backoff(attempt) if wait < 0 else min(wait, 30.0))
    raise RunFailed(f"{ctx.label(node)}No public IP could be had: the cloud asks to be called less often.")


async def _attribute(ctx: RunContext, cloud: Cloud, intent: ResourceState) -> None:
    """After an allocate call in doubt: what appeared since the intent is ours where the project is ours alone. Else it
    stays in doubt: whether there is one, and whose it is, is found out when no machine is paid meanwhile."""
    timing = ctx.profile.timing
    settled_at = ctx.record.called_at(intent) + timing.settle_seconds
    looks = 0
    while looks < 2:
        new = new_addresses(intent, await _listed(ctx, cloud))
        if len(new) == 1 and ctx.profile.cloud.exclusive_project:
            found, node = new[0], told_node(intent.node)
            ctx.record.resource(
                "public_ip", "created", node=node, id=found.id, address=found.address, reason="new in the list"
            )
            return
        looks += ctx.clock.now() > settled_at
        await ctx.clock.sleep(timing.poll_seconds)


def new_addresses(intent: ResourceState, listed: list[PublicIp]) -> list[PublicIp]:
    """Free addresses that were not in the list recorded before the call."""
    return [ip for ip in listed if ip.id not in (intent.known_ids or ()) and ip.server is None]


def record_suspects(ctx: RunContext, new: list[PublicIp], node: int) -> None:
    told, reason = told_node(node), "appeared while our call was in doubt"
    for ip in new:
        ctx.record.resource("public_ip", "suspect", node=told, id=ip.id, address=ip.address, reason=reason)
        ctx.record.notice(
            "error",
            f"The public IP {ip.address} appeared while our call for one was in doubt: it may be ours.",
            "Release it in the console if it is nobody's, or set cloud.exclusive_project.",
        )


async def _associate(ctx: RunContext, cloud: Cloud, machine: ResourceState, ip: ResourceState) -> None:
    """Attaches the address to the machine; one address only, never another per retry. Tried for `ssh_timeout_s` at
    most: without an address there is no login either."""
    last = ""
    began = ctx.clock.monotonic()
    ip_id, machine_id = ip.id or "", machine.id or ""
    for attempt in range(1, ASSOCIATE_TRIES + 1):
        listed = await _row_of(cloud, ip_id)
        if listed is not None and listed.server == machine.name:
            return
        seen = LISTED if listed is not None else None
        told = told_node(machine.node)
        ctx.record.resource(
            "public_ip", "created", node=told, id=ip_id, address=ip.address, call="associate", reason=seen
        )
        try:
            await uncancelled(ASSOCIATE, lambda: cloud.associate_ip(ip_id, machine_id))
            return
        except CloudError as problem:
            last = problem.message
        if ctx.clock.monotonic() - began + backoff(attempt) > ctx.profile.timing.ssh_timeout_s:
            break
        await ctx.clock.sleep(backoff(attempt))
    raise RunFailed(f"{ctx.label(machine.node)}The public IP could not be attached to the machine: {last}")


async def _row_of(cloud: Cloud, ip_id: str) -> PublicIp | None:
    try:
        return next((ip for ip in await cloud.ips() if ip.id == ip_id), None)
    except CloudError:
        return None


async def _address_of(ctx: RunContext, cloud: Cloud, known: ResourceState) -> str:
    for ip in await _listed(ctx, cloud):
        if ip.id == known.id and ip.address:
            return ip.address
    raise RunFailed("The cloud does not tell the address of the public IP that it gave.")


async def _listed(ctx: RunContext, cloud: Cloud) -> list[PublicIp]:
    for attempt in range(1, 7):
        try:
            return await cloud.ips()
        except CloudError:
            if attempt == 6:
                raise
            await ctx.clock.sleep(backoff(attempt))
    raise AssertionError  # the loop returns or raises
