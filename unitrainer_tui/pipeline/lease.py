"""The opt-in guard T3: each rented machine ends itself when this run's supervisor is silent for too long."""

from __future__ import annotations

import logging

from unitrainer_tui.errors import HostError, HostKeyChanged, RunFailed, UnitrainerError
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.host_link import HostLink
from unitrainer_tui.ports import Lease, LeaseWord
from unitrainer_tui.runs.names import parse_name
from unitrainer_tui.text import safe

log = logging.getLogger(__name__)

MOST_SECONDS_BETWEEN = 30.0
SECONDS_TO_START = 2.0


async def keep_lease(ctx: RunContext, link: HostLink) -> None:
    """Asks after one machine until it is cancelled. Raises nothing: what is amiss is told when it begins or changes."""
    machine = ctx.record.state.instance(link.node)
    if ctx.grant_lease is None or machine is None or machine.id is None:
        return
    minutes, told, started = ctx.profile.limits.lease_minutes or 0.0, "", False
    name = parse_name(machine.name or "")
    while True:
        now = ctx.clock.now()
        deadline = name.deadline if name is not None else now + ctx.profile.limits.max_hours * 3600
        lease = ctx.grant_lease(machine.id, minutes, max(1.0, deadline - now))
        try:
            word = await _beat(ctx, link, lease)
            if not word.runs and started:
                raise HostError("its process on the machine does not stay; it is started again.")
            if word.reaches is False:
                raise HostError(f"the machine cannot reach the cloud's API ({safe(word.reason, limit=120)}).")
            started = not word.runs
            if word.reaches and told != "held":
                told = "held"
                ctx.record.notice(
                    "info",
                    f"{ctx.label(link.node)}Lease: the machine ends itself when this run's supervisor is silent for "
                    f"{minutes:g} minutes, or at the run's deadline.",
                )
        except (RunFailed, HostKeyChanged):
            return
        except Exception as problem:
            words = problem.message if isinstance(problem, UnitrainerError) else _senseless(problem)
            if words != told:
                ctx.record.notice("warning", f"{ctx.label(link.node)}The lease does not hold: {safe(words)}")
            told = words
        # One that was just started is asked after soon: whether it stays, and whether the cloud answers it.
        await ctx.clock.sleep(min(MOST_SECONDS_BETWEEN if told and not started else SECONDS_TO_START, minutes * 10))


def _senseless(problem: Exception) -> str:
    log.exception("the lease is not kept", exc_info=problem)
    return f"the machine's answer makes no sense ({type(problem).__name__})."


async def _beat(ctx: RunContext, link: HostLink, lease: Lease) -> LeaseWord:
    return await link.call(lambda host: host.keep_lease(ctx.run, lease))
