"""The stages of a run in their order, each safe to begin again: done ones are not told a second time.

check → launch → address → connect → (setup ‖ upload) → train → download
          └ packing and hashing here, while the machine boots
"""

from __future__ import annotations

import asyncio
import logging

from unitrainer_tui.datasets.manifest import Manifest
from unitrainer_tui.errors import RunFailed
from unitrainer_tui.frameworks.registry import build_job, setup_plan
from unitrainer_tui.pipeline.address import ensure_address
from unitrainer_tui.pipeline.check import check_cloud, check_room
from unitrainer_tui.pipeline.collect import Collector
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.effects import end, within
from unitrainer_tui.pipeline.host_link import HostLink
from unitrainer_tui.pipeline.launch import ensure_instance, ensure_key, wait_until_active
from unitrainer_tui.pipeline.preflight import judge
from unitrainer_tui.pipeline.provenance import check_sentence, lay_beside_model, model_check
from unitrainer_tui.pipeline.release import release_twins
from unitrainer_tui.pipeline.train import JobFollower
from unitrainer_tui.ports import HostTarget, JobSpec, TransferProgress
from unitrainer_tui.runs.events import StageName, TransferEvent

log = logging.getLogger(__name__)

RESCUE_FLOOR_SECONDS = 60.0


class Stages:
    """The work of one run, by one supervisor. `link` is the connection to the machine, None while there is none."""

    def __init__(self, ctx: RunContext) -> None:
        self._ctx = ctx
        self.link: HostLink | None = None
        self._manifest: asyncio.Task[Manifest | None] | None = None
        self._twins: asyncio.Task[None] | None = None
        self._dataset_bytes = 0
        self._gpus = 0

    async def run(self) -> None:
        """Returns when the model is home. Raises what ended the work; `end_helpers` is to be called either way."""
        ctx = self._ctx
        await self._check()
        if self._undone("upload"):
            self._manifest = asyncio.create_task(ctx.data.manifest())
        address = await self._launch()
        link = await self._connect(address)
        if self._undone("setup") or self._undone("upload"):
            await link.call(lambda host: host.prepare(ctx.run))
            async with asyncio.TaskGroup() as group:
                python = group.create_task(self._setup(link))
                group.create_task(self._upload(link))
            await self._train(link, python.result())
        else:
            await self._train(link, None)
        await self._download(link)

    def _undone(self, stage: StageName) -> bool:
        return not self._ctx.record.state.stage_done(stage)

    async def _check(self) -> None:
        """Also when it was done already and nothing is launched yet: prices are not kept across supervisors."""
        ctx = self._ctx
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
            if ctx.origin.note:
                ctx.record.notice("info", ctx.origin.note)
            for warning in warnings[:20]:
                ctx.record.notice("warning", warning)
            ctx.record.done("check", reason=f"dataset {size / 1e6:.1f} MB")

    async def _launch(self) -> str:
        """The address to connect to."""
        ctx = self._ctx
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
        ctx, ssh = self._ctx, self._ctx.profile.ssh
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

    async def _connect(self, address: str) -> HostLink:
        ctx = self._ctx
        link = self.link = HostLink(ctx, self._target(address))
        if self._undone("connect"):
            ctx.record.started("connect")
            await link.first()
            ctx.record.done("connect")
        return link

    def reconnected(self) -> HostLink:
        """The connection, also for a supervisor that took over a run which only has to end. Raises RunFailed."""
        if self.link is None:
            stage = self._ctx.record.state.stages.get("address")
            told = stage.reason if stage is not None and stage.status == "done" else None
            address = told if self._ctx.cloud is not None else self._ctx.profile.cloud.address
            if not address:
                raise RunFailed("The machine's address is not known.")
            self.link = HostLink(self._ctx, self._target(address))
        return self.link

    async def end_helpers(self) -> None:
        """Ends what runs beside the stages."""
        await end(*(task for task in (self._twins,) if task is not None))
        if self._manifest is not None:
            self._manifest.cancel()

    async def _setup(self, link: HostLink) -> str:
        """The interpreter that the job runs with. Safe to repeat: what is installed stays."""
        ctx = self._ctx
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
        if (checkpoint := await ctx.data.checkpoint()) is not None:
            await link.call(lambda host: host.upload_checkpoint(ctx.run, checkpoint))
        plan = setup_plan(ctx.profile)
        environment = await link.call(lambda host: host.setup(ctx.run, plan, self._setup_line))
        if tell:
            ctx.record.done("setup", reason=environment.how)
        return environment.python

    def _setup_line(self, line: str) -> None:
        log.info("setup: %s", line)

    async def _upload(self, link: HostLink) -> None:
        ctx = self._ctx
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
        ctx = self._ctx
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
            job=build_job(ctx.profile, gpus=self._gpus, smoke=ctx.origin.smoke),
            script=ctx.framework.script,
            command=ctx.profile.training.command,
            env=ctx.profile.training.env,
            secret_env=ctx.secret_env,
            checkpoint=await ctx.data.checkpoint() is not None,
        )
        await link.call(lambda host: host.start_job(spec))
        await JobFollower(ctx, link).until_end()
        ctx.record.done("train")

    async def _download(self, link: HostLink) -> None:
        ctx = self._ctx
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
        self._keep_provenance()
        ctx.record.done("download")

    def _keep_provenance(self) -> None:
        ctx = self._ctx
        try:
            lay_beside_model(ctx)
        except OSError as problem:
            ctx.record.notice("warning", f"What belongs beside the model could not be written: {problem.strerror}.")
        if (check := model_check(ctx)) is not None:
            ctx.record.notice("info" if check.loaded else "warning", check_sentence(check))
