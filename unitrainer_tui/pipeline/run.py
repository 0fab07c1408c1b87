"""One run from its check to its result: the stages (stages.py), what ends them early, rescue, clean-up, the result.

Every way out, success, failure, abort, limit, goes through the same clean-up. A run that another supervisor left in
the middle is taken up from the journal: done stages are not told again, the one in progress starts again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from unitrainer_tui.config.policy import end_action
from unitrainer_tui.copies import part_of
from unitrainer_tui.errors import DatasetProblem, NothingLaunched, RunFailed, UnitrainerError, UsageProblem
from unitrainer_tui.pipeline.collect import Collector
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.effects import end, within
from unitrainer_tui.pipeline.host_link import HostLink
from unitrainer_tui.pipeline.leak_proof import hold_again, last_look, ours_in, proof_lines
from unitrainer_tui.pipeline.money import limit_reached, seconds_to_limit
from unitrainer_tui.pipeline.outcome import closing_words, result_of
from unitrainer_tui.pipeline.release import release_all
from unitrainer_tui.pipeline.stages import Stages
from unitrainer_tui.pipeline.train import STOP_SECONDS, LimitReached, stop_and_drain
from unitrainer_tui.ports import Cloud
from unitrainer_tui.runs.events import STAGES, CostEvent
from unitrainer_tui.text import safe

log = logging.getLogger(__name__)


class Pipeline:
    def __init__(self, ctx: RunContext) -> None:
        self.ctx = ctx
        self._stages = Stages(ctx)
        self._stop = asyncio.Event()
        self._no_rescue = asyncio.Event()
        self._proof: list[str] | None = None

    # ---------------------------------------------------------------------------------------------- from outside

    def request_stop(self, *, rescue: bool = True) -> None:
        """Abort and terminate; in the journal when this returns. Asking twice changes nothing but `rescue`: a rescue
        that is under way ends when it is no longer wanted. Where clean-up has begun there is nothing left to stop."""
        state = self.ctx.record.state
        if state.stages.get("cleanup") is not None or state.result is not None:
            return
        if state.keep_until is not None:  # its work is over: nothing is aborted, the machine goes
            self._keep_no_longer()
            self._stop.set()
            return
        if not state.abort_requested or (state.rescue and not rescue):
            words = "Stop requested: the job is stopped, what exists is brought home, the machine is given back."
            self.ctx.record.decide("abort", words, level="warning", rescue=rescue)
        self._stop.set()
        if not rescue:
            self._no_rescue.set()

    async def run(self) -> int:
        """The run's exit code. Returns when everything is proven gone, however long that takes."""
        state = self.ctx.record.state
        costs = asyncio.create_task(self._tell_costs())
        try:
            if state.result is None and state.stages.get("cleanup") is None:
                try:
                    await self._attempt()
                    await self._keep()
                except Exception as problem:  # whatever it is, the machine is given back
                    self._note_failure(problem)
            await self._cleanup()
            await self._write_all()
        finally:
            await end(costs)
        result = self.ctx.record.state.result
        return (result.exit_code or 0) if result is not None else 1

    async def _write_all(self) -> None:
        """A run is over when its end is on the disk: where there is no room this process waits for it."""
        while not self.ctx.record.flush():
            await self.ctx.clock.sleep(5.0)

    # ----------------------------------------------------------------------------------------- the work and its end

    async def _attempt(self) -> None:
        self._tell_damage()
        state = self.ctx.record.state
        if state.abort_requested:
            self._stop.set()
        if state.failure is None and state.limit is None and not state.abort_requested:
            await self._work_until_stopped()
        for stage in STAGES:
            known = self.ctx.record.state.stages.get(stage)
            if known is not None and known.status == "started" and stage not in ("download", "cleanup"):
                self.ctx.record.failed(stage, self._why())
        await self._rescue()

    def _tell_damage(self) -> None:
        """A record that is lost may have been an intent. Where all machines are known the run goes on; else nothing
        more is launched, and what bears the run's name is looked for when it is given back."""
        ctx, state = self.ctx, self.ctx.record.state
        if not ctx.damaged or state.failure is not None:
            return
        count = f"{ctx.damaged} record" + ("s" if ctx.damaged > 1 else "")
        words = f"{count} of the journal cannot be read; a copy is kept as journal.jsonl.damaged."
        nodes = range(1) if state.stage_done("train") else ctx.nodes
        machines = [state.instance(node) for node in nodes]
        # Records that lie side by side are lost together: the address may be known, and not whose it is.
        if state.stage_done("address") and (ctx.cloud is None or all(known and known.id for known in machines)):
            ctx.record.notice("error", f"{words} All machines are known, so the run goes on.")
        else:
            ctx.record.decide("fail", f"{words} They may have told of a machine, so the run ends here.")

    async def _work_until_stopped(self) -> None:
        work = asyncio.create_task(self._stages.run())
        watch = asyncio.create_task(self._watch())
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(work, watch)
            await self._stages.end_helpers()
        if watch.done() and not watch.cancelled() and (problem := watch.exception()) is not None:
            raise problem
        if not work.cancelled() and (problem := work.exception()) is not None:
            self._note_failure(problem)

    def _note_failure(self, problem: BaseException) -> None:
        problem = _first_of_group(problem)
        if isinstance(problem, LimitReached):
            self.ctx.record.decide("limit", problem.message, level="warning")
            return
        if not isinstance(problem, UnitrainerError):
            log.error("unexpected", exc_info=problem)
            problem = RunFailed(
                f"The program itself failed ({type(problem).__name__}).", "The details are in the run's supervisor.log."
            )
        for fault in problem.faults[:20] if isinstance(problem, DatasetProblem) else ():
            self.ctx.record.notice("error", str(safe(fault)))
        fields: dict[str, Any] = {"hint": problem.hint or None}
        if isinstance(problem, UsageProblem | NothingLaunched) and not self.ctx.record.state.resources:
            fields["exit_code"] = problem.exit_code
        self.ctx.record.decide("fail", problem.message, **fields)

    async def _watch(self) -> None:
        """Returns when the user wants it to end or a limit is reached."""
        ctx = self.ctx
        while True:
            left = seconds_to_limit(ctx.profile.limits, ctx.meter, ctx.clock.now())
            # The launch may begin at any moment, and the budget's time with it.
            longest = 30.0 if ctx.meter.started is not None else 1.0
            try:
                async with asyncio.timeout(min(longest, max(0.05, left))):
                    await self._stop.wait()
                return
            except TimeoutError:
                pass
            if (reason := limit_reached(ctx.profile.limits, ctx.meter, ctx.clock.now())) is not None:
                ctx.record.decide("limit", f"Stopped: {reason}.", level="warning")
                return

    def _why(self) -> str:
        state = self.ctx.record.state
        if state.failure:
            return state.failure
        return "aborted by the user" if state.abort_requested else state.limit or "interrupted"

    # ------------------------------------------------------------------------------------------ rescue and clean-up

    async def _rescue(self) -> None:
        """Brings home what a run that did not end well has left, within the rescue time. Never raises."""
        ctx, state = self.ctx, self.ctx.record.state
        train, download = state.stages.get("train"), state.stages.get("download")
        if train is None or (download is not None and download.status == "done"):
            return
        if state.abort_requested and not state.rescue:
            await self._stop_on_own_machine()
            ctx.record.skipped("download", "the user wants nothing rescued")
            return
        bound = ctx.profile.limits.rescue_minutes * 60
        if bound <= 0:
            await self._stop_on_own_machine()
            ctx.record.skipped("download", "limits.rescue_minutes is 0")
            return
        if download is None or download.status != "started":
            ctx.record.started("download", reason="rescue")

        async def bring_home() -> None:
            link, *others = self._stages.reconnected()
            leaving = asyncio.create_task(self._leave_others(others if train.status != "done" else []))
            try:
                if train.status != "done":
                    await stop_and_drain(ctx, link)
                await Collector(ctx, link, rescue=ctx.record.state.model_path is None).run()
                await leaving
            finally:
                await end(leaving)
                await self._stages.end_helpers()

        async def unless_unwanted() -> None:
            home, unwanted = asyncio.create_task(bring_home()), asyncio.create_task(_said(self._no_rescue))
            try:
                await asyncio.wait({home, unwanted}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await end(home, unwanted)
            if home.cancelled():
                raise RunFailed("The user wants nothing more rescued.")
            home.result()

        try:
            await within(bound, unless_unwanted)
            if train.status == "done" and state.failure is not None:
                ctx.record.failed("download", state.failure)
            else:
                ctx.record.done("download", reason="rescued to the run's artifacts")
        except TimeoutError:
            ctx.record.failed("download", f"not everything could be fetched within {bound / 60:g} minutes")
        except UnitrainerError as problem:
            ctx.record.failed("download", problem.message)
        except Exception as problem:
            log.exception("the rescue failed")
            ctx.record.failed("download", f"what is left could not be brought home ({safe(str(problem))[:200]})")

    async def _keep(self) -> None:
        """The end policy: a machine that the user wants to look at stays for a while. A limit, an abort, or a machine
        that was never reached leave nothing to keep."""
        ctx, state = self.ctx, self.ctx.record.state
        unreached = not state.stage_done("connect") or state.instance() is None
        if ctx.cloud is None or unreached or state.abort_requested or state.limit is not None:
            return
        if state.keep_until is None:
            finished = state.failure is None
            if end_action(ctx.profile, finished=finished, watched=ctx.watched()) != "keep":
                return
            minutes = ctx.profile.end.keep_minutes
            how = "finished" if finished else "failed"
            ctx.record.decide(
                "keep",
                f"The run's work is over ({how}); the machine is kept, and paid for, for {minutes:g} minutes more. "
                f"`unitrainer-tui ssh {ctx.run}` opens a shell there, `unitrainer-tui stop {ctx.run}` gives it back.",
                level="warning",
                keep_until=ctx.clock.now() + minutes * 60,
            )
        self._stages.reconnected()
        self._stages.give_back_all_but_first()
        try:
            while (left := self._seconds_kept()) > 0:
                try:
                    async with asyncio.timeout(min(left, 5.0)):
                        await self._stop.wait()
                    break
                except TimeoutError:
                    pass
        finally:
            await self._stages.end_helpers()  # a machine that is given back is asked after no more
        self._keep_no_longer()

    def _keep_no_longer(self) -> None:
        if self.ctx.record.state.keep_until != 0:
            self.ctx.record.decide("keep", "The machine is kept no longer.", level="info", keep_until=0.0)

    def _seconds_kept(self) -> float:
        ctx, now = self.ctx, self.ctx.clock.now()
        if limit_reached(ctx.profile.limits, ctx.meter, now) is not None:
            return 0.0
        return (ctx.record.state.keep_until or 0.0) - now

    async def _leave_others(self, links: Sequence[HostLink]) -> None:
        await asyncio.gather(*(self._stop_quietly(link) for link in links))
        self._stages.give_back_others()

    async def _stop_quietly(self, link: HostLink) -> None:
        """Ends the job of a node that is not the first and brings the rest of its log here, as far as that works: its
        machine goes in any case."""
        try:
            await within(STOP_SECONDS, lambda: stop_and_drain(self.ctx, link))
        except (TimeoutError, UnitrainerError, OSError) as problem:
            log.warning("stopping the job of node %d: %s", link.node, problem or "no answer")

    async def _stop_on_own_machine(self) -> None:
        """A rented machine takes its job along when it goes; on the user's own one the job would go on for ever."""
        if self.ctx.cloud is not None:
            return

        async def stop() -> None:
            await self._stages.reconnected()[0].call(lambda host: host.stop_job(self.ctx.run))

        try:
            await within(STOP_SECONDS, stop)
        except (TimeoutError, UnitrainerError, OSError) as problem:
            self.ctx.record.notice("error", f"The job on the machine may still be running: {problem or 'no answer'}")

    async def _cleanup(self) -> None:
        ctx = self.ctx
        if ctx.record.state.result is None and not ctx.record.state.stage_done("cleanup"):
            ctx.record.started("cleanup")
        if ctx.cloud is not None:
            releasing = asyncio.create_task(self._give_back(ctx.cloud))
            try:
                await self._leave_host()
                await asyncio.wait({releasing}, timeout=ctx.profile.timing.cleanup_report_s)
                if not releasing.done() and ctx.record.state.result is None:
                    ctx.record.failed("cleanup", closing_words(ctx.record.state))
                    ctx.record.result(result_of(ctx))
                await releasing
            finally:
                await end(releasing)
        else:
            await self._leave_host()
        self._remove_local_secrets()
        state = ctx.record.state
        if state.result is None:
            if state.remaining:
                ctx.record.failed("cleanup", closing_words(state))
            elif not ctx.record.state.stage_done("cleanup"):
                ctx.record.notice("info", closing_words(state))
                ctx.record.done("cleanup")
            self._tell_cost_now()
            ctx.record.result(result_of(ctx, self._proof))
        elif not state.remaining:
            ctx.record.notice("info", closing_words(state))

    async def _give_back(self, cloud: Cloud) -> None:
        """Returns when everything is proven gone and a last look at the project has found nothing of the run."""
        ctx = self.ctx
        if not ctx.record.state.resources and not ctx.damaged:
            return
        while True:
            await release_all(ctx, cloud)
            project = await last_look(cloud)
            found = [] if isinstance(project, str) else ours_in(project, ctx.record.state, ctx.install)
            if not found:
                break
            hold_again(ctx, found)
        self._proof = proof_lines(ctx.record.state, project, ctx.install)
        ctx.record.notice("info", f"Leak proof: {'; '.join(self._proof)}.")

    async def _leave_host(self) -> None:
        links, self._stages.links = self._stages.links, []
        if links and self.ctx.cloud is None:
            try:
                await within(20, lambda: links[0].call(lambda host: host.remove_secrets(self.ctx.run)))
            except Exception as problem:
                log.warning("leaving the machine", exc_info=problem)
                self.ctx.record.notice("warning", f"The machine was left as it is: {safe(str(problem))[:200]}")
        await asyncio.gather(*(_closed(link) for link in links))

    def _remove_local_secrets(self) -> None:
        try:
            self.ctx.files.remove_secrets()
            if (name := self.ctx.record.state.model_name) is not None:
                part_of(self.ctx.files.model(name)).unlink(missing_ok=True)
        except OSError as problem:
            self.ctx.record.notice("warning", f"A file of the run could not be removed: {problem}")

    # ------------------------------------------------------------------------------------------------------- money

    async def _tell_costs(self) -> None:
        ctx = self.ctx
        while True:
            meter = ctx.meter
            if meter.started is not None and ctx.record.state.result is None:
                self._tell_cost_now()
            # Every second at first, then whenever a twentieth more has passed, at least every ten seconds.
            await ctx.clock.sleep(min(10.0, max(1.0, meter.hours(ctx.clock.now()) * 180)))

    def _tell_cost_now(self) -> None:
        ctx, meter, now = self.ctx, self.ctx.meter, self.ctx.clock.now()
        if meter.started is None:
            return
        progress = ctx.record.state.progress
        projected = meter.projected(now, progress.eta_seconds if progress is not None else None)
        ctx.record.cost(
            CostEvent(
                spent_usd=round(meter.spent(now), 4),
                rate_usd_per_hour=round(meter.usd_per_hour, 4),
                projected_usd=round(projected, 4) if projected is not None else None,
            )
        )


async def _closed(link: HostLink) -> None:
    try:
        await link.close()
    except Exception:
        log.exception("closing the connection failed")


async def _said(event: asyncio.Event) -> None:
    await event.wait()


def _first_of_group(problem: BaseException) -> BaseException:
    """The failure that the others follow from: TaskGroup wraps it."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem
