"""One run from its check to its result: the order of the stages, what overlaps, and what follows when one fails.

    check → launch → address → connect → (setup ‖ upload) → train → download → cleanup → result
              └ packing and hashing here, while the machine boots

Every way out, success, failure, abort, limit, goes through the same clean-up. A run that another supervisor left in
the middle is taken up from the journal: done stages are not told again, the one in progress starts again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from unitrainer_tui.datasets.manifest import Manifest
from unitrainer_tui.errors import DatasetProblem, NothingLaunched, RunFailed, UnitrainerError, UsageProblem
from unitrainer_tui.frameworks.registry import build_job, setup_plan
from unitrainer_tui.pipeline.address import ensure_address
from unitrainer_tui.pipeline.check import check_cloud, check_room
from unitrainer_tui.pipeline.collect import Collector
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.effects import end, within
from unitrainer_tui.pipeline.host_link import HostLink
from unitrainer_tui.pipeline.launch import ensure_instance, ensure_key, wait_until_active
from unitrainer_tui.pipeline.money import limit_reached, seconds_to_limit
from unitrainer_tui.pipeline.outcome import closing_words, result_of
from unitrainer_tui.pipeline.preflight import judge
from unitrainer_tui.pipeline.release import release_all, release_twins
from unitrainer_tui.pipeline.train import JobFollower, LimitReached
from unitrainer_tui.ports import HostTarget, JobSpec, TransferProgress
from unitrainer_tui.runs.events import STAGES, CostEvent, StageName, TransferEvent
from unitrainer_tui.text import safe

log = logging.getLogger(__name__)

RESCUE_FLOOR_SECONDS = 60.0
STOP_SECONDS = 60.0


class Pipeline:
    def __init__(self, ctx: RunContext) -> None:
        self.ctx = ctx
        self._link: HostLink | None = None
        self._stop = asyncio.Event()
        self._no_rescue = asyncio.Event()
        self._manifest: asyncio.Task[Manifest | None] | None = None
        self._twins: asyncio.Task[None] | None = None
        self._dataset_bytes = 0
        self._gpus = 0

    # ---------------------------------------------------------------------------------------------- from outside

    def request_stop(self, *, rescue: bool = True) -> None:
        """Abort and terminate; in the journal when this returns. Asking twice changes nothing but `rescue`: a rescue
        that is under way ends when it is no longer wanted. Where clean-up has begun there is nothing left to stop."""
        state = self.ctx.record.state
        if state.stages.get("cleanup") is not None or state.result is not None:
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
                except Exception as problem:  # whatever it is, the machine is given back
                    self._note_failure(problem)
            await self._cleanup()
            await self._write_all()
        finally:
            await end(costs)
            if self._manifest is not None:
                self._manifest.cancel()
        result = self.ctx.record.state.result
        return (result.exit_code or 0) if result is not None else 1

    async def _write_all(self) -> None:
        """A run is over when its end is on the disk: where there is no room this process waits for it."""
        while not self.ctx.record.flush():
            await self.ctx.clock.sleep(5.0)

    # ----------------------------------------------------------------------------------------- the work and its end

    async def _attempt(self) -> None:
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

    async def _work_until_stopped(self) -> None:
        work = asyncio.create_task(self._work())
        watch = asyncio.create_task(self._watch())
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(work, watch, *([self._twins] if self._twins is not None else []))
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

    # ------------------------------------------------------------------------------------------------- the stages

    def _undone(self, stage: StageName) -> bool:
        return not self.ctx.record.state.stage_done(stage)

    async def _work(self) -> None:
        ctx = self.ctx
        await self._check()
        if self._undone("upload"):
            self._manifest = asyncio.create_task(ctx.data.manifest())
        address = await self._launch()
        await self._connect(address)
        link = self._linked()
        if self._undone("setup") or self._undone("upload"):
            await link.call(lambda host: host.prepare(ctx.run))
            async with asyncio.TaskGroup() as group:
                python = group.create_task(self._setup(link))
                group.create_task(self._upload(link))
            await self._train(link, python.result())
        else:
            await self._train(link, None)
        await self._download(link)

    async def _check(self) -> None:
        """Also when it was done already and nothing is launched yet: prices are not kept across supervisors."""
        ctx = self.ctx
        tell = self._undone("check")
        if not tell and (ctx.record.state.resource("instance") is not None or ctx.cloud is None):
            return
        if tell:
            ctx.record.started("check")
        size, warnings = await ctx.data.check()
        self._dataset_bytes = size
        check_room(ctx.profile, ctx.framework, ctx.files.free_bytes())
        if ctx.cloud is not None:
            plan = await check_cloud(ctx.profile, ctx.cloud, ctx.clock)
            ctx.prices = plan.prices
            warnings = (*warnings, *plan.warnings)
        if tell:
            for warning in warnings[:20]:
                ctx.record.notice("warning", warning)
            ctx.record.done("check", reason=f"dataset {size / 1e6:.1f} MB")

    async def _launch(self) -> str:
        """The address to connect to."""
        ctx = self.ctx
        if ctx.cloud is None:
            for stage in ("launch", "address"):
                if self._undone(stage):
                    ctx.record.skipped(stage, "a machine that you already have")
            return ctx.profile.cloud.address or ""
        if self._undone("launch"):
            ctx.record.started("launch")
        if ctx.profile.ssh.auth == "key":
            await ensure_key(ctx, ctx.cloud)
        machine = await ensure_instance(ctx, ctx.cloud)
        self._twins = asyncio.create_task(release_twins(ctx, ctx.cloud, machine))
        instance = await wait_until_active(ctx, ctx.cloud, machine)
        if self._undone("launch"):
            ctx.record.done("launch")
        if self._undone("address"):
            ctx.record.started("address")
        address = await ensure_address(ctx, ctx.cloud, machine, instance)
        if self._undone("address"):
            ctx.record.done("address", reason=address)
        return address

    def _target(self, address: str) -> HostTarget:
        ctx, ssh = self.ctx, self.ctx.profile.ssh
        if ctx.cloud is None:
            return HostTarget(
                address=address,
                port=ssh.port,
                user=ssh.user,
                known_hosts=None,
                user_config=True,
                keepalive_s=ctx.profile.timing.keepalive_s,
            )
        by_key = ssh.auth == "key"
        return HostTarget(
            address=address,
            port=ssh.port_or_default,
            user=ssh.user_or_default,
            private_key=ctx.files.key_path() if by_key else None,
            password=None if by_key else ctx.files.password(),
            known_hosts=ctx.files.known_hosts_path(),
            keepalive_s=ctx.profile.timing.keepalive_s,
        )

    async def _connect(self, address: str) -> None:
        ctx = self.ctx
        self._link = HostLink(ctx, self._target(address))
        if self._undone("connect"):
            ctx.record.started("connect")
            await self._link.first()
            ctx.record.done("connect")

    def _linked(self) -> HostLink:
        if self._link is None:
            raise RunFailed("There is no connection to the machine.")
        return self._link

    async def _setup(self, link: HostLink) -> str:
        """The interpreter that the job runs with. Safe to repeat: what is installed stays."""
        ctx = self.ctx
        tell = self._undone("setup")
        if tell:
            ctx.record.started("setup")
        machine = ctx.record.state.resource("instance")
        gpus = ctx.profile.gpus_needed(machine.flavor if machine is not None else None)
        facts = await link.call(lambda host: host.facts())
        judge(facts, gpus=gpus, dataset_bytes=self._dataset_bytes)
        self._gpus = len(facts.gpus) if ctx.profile.training.gpus == "auto" else gpus
        if (source := await ctx.data.source()) is not None:
            await link.call(lambda host: host.upload_source(ctx.run, source))
        plan = setup_plan(ctx.profile)
        environment = await link.call(lambda host: host.setup(ctx.run, plan, self._setup_line))
        if tell:
            ctx.record.done("setup", reason=environment.how)
        return environment.python

    def _setup_line(self, line: str) -> None:
        log.info("setup: %s", line)

    async def _upload(self, link: HostLink) -> None:
        ctx = self.ctx
        if not self._undone("upload"):
            return
        ctx.record.started("upload")
        manifest = await self._manifest if self._manifest is not None else None
        if manifest is None:
            ctx.record.done("upload", reason="no dataset")
            return
        began = ctx.clock.monotonic()

        def tell(progress: TransferProgress) -> None:
            seconds = max(ctx.clock.monotonic() - began, 0.001)
            ctx.record.transfer(
                TransferEvent(
                    direction="upload",
                    bytes=progress.bytes,
                    total=progress.total,
                    files=progress.files,
                    total_files=progress.total_files,
                    rate=round(progress.bytes / seconds, 1),
                )
            )

        await link.call(lambda host: host.upload_dataset(ctx.run, manifest, tell))
        ctx.record.done("upload", reason=f"{len(manifest.files)} files, verified on the machine")

    async def _train(self, link: HostLink, python: str | None) -> None:
        ctx = self.ctx
        if not self._undone("train"):
            return
        if python is None:
            python = await self._setup(link)  # done by another supervisor: this only asks where the interpreter is
        missing = [name for name in ctx.profile.training.env_from if name not in ctx.secret_env]
        if missing and ctx.record.state.stages.get("train") is None:
            raise RunFailed(f"training.env_from: {missing[0]} is not set.", f"Export {missing[0]}, then run it again.")
        ctx.record.started("train")
        spec = JobSpec(
            run=ctx.run,
            python=python,
            job=build_job(ctx.profile, gpus=self._gpus),
            script=ctx.framework.script,
            command=ctx.profile.training.command,
            env=ctx.profile.training.env,
            secret_env=ctx.secret_env,
        )
        await link.call(lambda host: host.start_job(spec))
        await JobFollower(ctx, link).until_end()
        ctx.record.done("train")

    async def _download(self, link: HostLink) -> None:
        ctx = self.ctx
        if not self._undone("download"):
            return
        ctx.record.started("download")
        bound = max(ctx.profile.limits.rescue_minutes * 60, RESCUE_FLOOR_SECONDS)
        collector = Collector(ctx, link, rescue=False)
        try:
            await within(bound, collector.run)
        except TimeoutError:
            if ctx.record.state.model_path is None:
                raise RunFailed(f"The model could not be brought home within {bound / 60:.0f} minutes.") from None
            ctx.record.notice("warning", "Not everything beside the model was brought home in the time allowed.")
        ctx.record.done("download")

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
            link = self._link or await self._reconnect()
            if train.status != "done":
                await link.call(lambda host: host.stop_job(ctx.run))
                await JobFollower(ctx, link).drain()
            await Collector(ctx, link, rescue=ctx.record.state.model_path is None).run()

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

    async def _stop_on_own_machine(self) -> None:
        """A rented machine takes its job along when it goes; on the user's own one the job would go on for ever."""
        if self.ctx.cloud is not None:
            return

        async def stop() -> None:
            link = self._link = self._link or await self._reconnect()
            await link.call(lambda host: host.stop_job(self.ctx.run))

        try:
            await within(STOP_SECONDS, stop)
        except (TimeoutError, UnitrainerError, OSError) as problem:
            self.ctx.record.notice("error", f"The job on the machine may still be running: {problem or 'no answer'}")

    async def _reconnect(self) -> HostLink:
        """For a supervisor that took over a run which only has to end."""
        stage = self.ctx.record.state.stages.get("address")
        cloud_address = stage.reason if stage is not None and stage.status == "done" else None
        address = cloud_address if self.ctx.cloud is not None else self.ctx.profile.cloud.address
        if not address:
            raise RunFailed("The machine's address is not known.")
        return HostLink(self.ctx, self._target(address))

    async def _cleanup(self) -> None:
        ctx = self.ctx
        if ctx.record.state.result is None and self._undone("cleanup"):
            ctx.record.started("cleanup")
        if ctx.cloud is not None:
            releasing = asyncio.create_task(release_all(ctx, ctx.cloud))
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
            elif self._undone("cleanup"):
                ctx.record.notice("info", closing_words(state))
                ctx.record.done("cleanup")
            self._tell_cost_now()
            ctx.record.result(result_of(ctx))
        elif not state.remaining:
            ctx.record.notice("info", closing_words(state))

    async def _leave_host(self) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        if self.ctx.cloud is None:
            try:
                await within(20, lambda: link.call(lambda host: host.remove_secrets(self.ctx.run)))
            except Exception as problem:
                log.warning("leaving the machine", exc_info=problem)
                self.ctx.record.notice("warning", f"The machine was left as it is: {safe(str(problem))[:200]}")
        try:
            await link.close()
        except Exception:
            log.exception("closing the connection failed")

    def _remove_local_secrets(self) -> None:
        try:
            self.ctx.files.remove_secrets()
            if (name := self.ctx.record.state.model_name) is not None:
                self.ctx.files.model(f"{name}.part").unlink(missing_ok=True)
        except OSError as problem:
            self.ctx.record.notice("warning", f"A file of the run could not be removed: {problem}")

    # ------------------------------------------------------------------------------------------------------- money

    async def _tell_costs(self) -> None:
        ctx = self.ctx
        while True:
            meter = ctx.meter
            if meter.started is not None and ctx.record.state.result is None:
                self._tell_cost_now()
            # A long run is told of every ten seconds, a short one every second.
            await ctx.clock.sleep(min(10.0, max(1.0, meter.hours(ctx.clock.now()) * 36)))

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


async def _said(event: asyncio.Event) -> None:
    await event.wait()


def _first_of_group(problem: BaseException) -> BaseException:
    """The failure that the others follow from: TaskGroup wraps it."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem
