"""The opt-in guard T3: each rented machine ends itself when this run's supervisor is silent for too long."""

from __future__ import annotations

from unitrainer_tui.errors import HostKeyChanged, RunFailed, UnitrainerError
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.host_link import HostLink
from unitrainer_tui.ports import Lease
from unitrainer_tui.runs.names import parse_name
from unitrainer_tui.text import safe

MOST_SECONDS_BETWEEN = 30.0


async def keep_lease(ctx: RunContext, link: HostLink) -> None:
    """Asks after one machine until it is cancelled. Raises nothing: what is amiss is told once."""
    machine = ctx.record.state.instance(link.node)
    if ctx.grant_lease is None or machine is None or machine.id is None:
        return
    minutes, told = ctx.profile.limits.lease_minutes or 0.0, ""
    name = parse_name(machine.name or "")
    while True:
        now = ctx.clock.now()
        deadline = name.deadline if name is not None else now + ctx.profile.limits.max_hours * 3600
        lease = ctx.grant_lease(machine.id, minutes, max(1.0, deadline - now))
        try:
            await _beat(ctx, link, lease)
            if told != "held":
                told = "held"
                ctx.record.notice(
                    "info",
                    f"{ctx.label(link.node)}Lease: the machine ends itself when this run's supervisor is silent for "
                    f"{minutes:g} minutes, or at the run's deadline.",
                )
        except (RunFailed, HostKeyChanged):
            return
        except UnitrainerError as problem:
            if problem.message != told:
                words = safe(problem.message)
                ctx.record.notice("warning", f"{ctx.label(link.node)}The lease does not hold: {words}")
            told = problem.message
        await ctx.clock.sleep(min(MOST_SECONDS_BETWEEN, minutes * 10))


async def _beat(ctx: RunContext, link: HostLink, lease: Lease) -> None:
    await link.call(lambda host: host.keep_lease(ctx.run, lease))
