"""The stages of a run in their order, each safe to begin again: done ones are not told a second time.

check → launch → address → connect → (setup ‖ upload) → train → download
          └ packing and hashing here, while the machine boots

A run of several machines goes through the same stages: each is begun once and done when it is done on all of them. What
training leaves is fetched from the first, node 0; the others are given back as soon as they have trained.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from unitrainer_tui.datasets.manifest import Manifest
from unitrainer_tui.errors import CloudRefused, NothingLaunched, RunFailed, UnitrainerError, UsageProblem
from unitrainer_tui.frameworks.registry import setup_plan
from unitrainer_tui.pipeline.address import ensure_address
from unitrainer_tui.pipeline.check import check_cloud, check_room, others_on_sale
from unitrainer_tui.pipeline.collect import Collector
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.effects import end, within
from unitrainer_tui.pipeline.host_link import HostLink
from unitrainer_tui.pipeline.jobs import Ready, job_specs
from unitrainer_tui.pipeline.launch import ensure_key, ensure_machines, wait_until_active
from unitrainer_tui.pipeline.lease import keep_lease
from unitrainer_tui.pipeline.nodes import added_up
from unitrainer_tui.pipeline.preflight import judge
from unitrainer_tui.pipeline.provenance import check_sentence, lay_beside_model, model_check
from unitrainer_tui.pipeline.release import release_machines, release_twins
from unitrainer_tui.pipeline.train import follow_jobs
from unitrainer_tui.ports import HostTarget, Instance, TransferProgress
from unitrainer_tui.runs.events import StageName, TransferEvent

log = logging.getLogger(__name__)

T = TypeVar("T")

RESCUE_FLOOR_SECONDS = 60.0
# One slow answer of the machine may take three minutes, and a heartbeat waits for its turn behind it.
SHORT_LEASE_MINUTES = 5.0
# Between the addresses of several machines, in the reason of the address stage.
_AND = ", "


class Stages:
    """The work of one run, by one supervisor. `links` are the connections to its machines in the order of their nodes,
    none while there is no machine."""

    def __init__(self, ctx: RunContext) -> None:
        self._ctx = ctx
        self.links: list[HostLink] = []
        self._manifest: asyncio.Task[Manifest | None] | None = None
        self._releasing: list[asyncio.Task[None]] = []
        """What is given back while the run goes on: twins, and machines that have done their part."""
        self._leases: dict[int, asyncio.Task[None]] = {}
        """By node: what asks after a machine that ends itself else."""
        self._others: asyncio.Task[None] | None = None
        self._dataset_bytes = 0
        self._meeting: list[str] = [""]
        """The machines' addresses as they see each other."""

    async def run(self) -> None:
        """Returns when the model is home. Raises what ended the work; `end_helpers` is to be called either way."""
        ctx = self._ctx
        if not self._undone("train"):
            self.give_back_others()
        await self._check()
        if self._undone("upload"):
            self._manifest = asyncio.create_task(ctx.data.manifest())
        links = await self._connect(await self._launch())
        if self._undone("setup") or self._undone("upload"):
            await self._on_each(links, lambda link: link.call(lambda host: host.prepare(ctx.run)))
            async with asyncio.TaskGroup() as group:
                ready = group.create_task(self._setup(links))
                group.create_task(self._upload(links))
            await self._train(links, ready.result())
        else:
            await self._train(links, None)
        self.give_back_others()
        await self._download(links[0])

    def _needed(self) -> range:
        """The nodes whose machines have still to work."""
        return self._ctx.nodes if self._undone("train") else range(1)

    def give_back_others(self) -> None:
        """Gives the machines of all nodes but the first back, beside what follows: nothing is fetched from them."""
        state, cloud = self._ctx.record.state, self._ctx.cloud
        others = [other for node in self._ctx.nodes[1:] if (other := state.instance(node)) is not None]
        if cloud is None or not others or (self._others is not None and not self._others.done()):
            return

        async def give_back() -> None:
            await end(*(lease for node, lease in self._leases.items() if node))
            await asyncio.gather(*(link.close() for link in self.links[1:]))
            await release_machines(self._ctx, cloud, others)

        self._others = asyncio.create_task(give_back())
        self._releasing.append(self._others)

    def give_back_all_but_first(self) -> None:
        """While the first machine is kept nothing else is paid for, whatever was under way when the work ended."""
        state, cloud = self._ctx.record.state, self._ctx.cloud
        self.give_back_others()
        if cloud is not None and (first := state.instance()) is not None and first.id:
            self._releasing.append(asyncio.create_task(release_twins(self._ctx, cloud, [first])))

    async def _on_each(self, links: Sequence[HostLink], work: Callable[[HostLink], Awaitable[T]]) -> list[T]:
        """Side by side; the first failure ends the others, and says which node it was."""

        async def one(link: HostLink) -> T:
            try:
                return await work(link)
            except UnitrainerError as problem:
                label = self._ctx.label(link.node)
                problem.message = f"{label}{problem.message.removeprefix(label)}"
                raise

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(link)) for link in links]
        return [task.result() for task in tasks]

    def _undone(self, stage: StageName) -> bool:
        return not self._ctx.record.state.stage_done(stage)

    async def _check(self) -> None:
        """Also when it was done already and nothing is launched yet: prices are not kept across supervisors."""
        ctx = self._ctx
        tell = self._undone("check")
        machines = [machine for node in self._needed() if (machine := ctx.record.state.instance(node)) is not None]
        if not tell and (len(machines) == len(self._needed()) or ctx.cloud is None):
            return
        if tell:
            ctx.record.started("check")
        size, warnings = await ctx.data.check()
        self._dataset_bytes = size
        check_room(ctx.profile, ctx.framework, ctx.files.free_bytes())
        if tell:
            self._check_models_directory()
        if ctx.cloud is not None:
            try:
                plan = await check_cloud(ctx.profile, ctx.cloud, ctx.clock)
                ctx.prices, ctx.offers = plan.prices, plan.offers
                warnings = (*warnings, *plan.warnings)
            except NothingLaunched:
                if not any(machine.wanted for machine in machines):  # else their flavor is the one to go on with
                    raise
        if tell:
            if (minutes := ctx.profile.limits.lease_minutes) is not None and minutes < SHORT_LEASE_MINUTES:
                ctx.record.notice(
                    "warning",
                    f"limits.lease_minutes = {minutes:g} is short: a slow link can end a machine that works well.",
                    f"Give it {SHORT_LEASE_MINUTES:g} or more.",
                )
            if lost := ctx.files.lost_guarantee():
                ctx.record.notice("warning", lost)
            if ctx.origin.note:
                ctx.record.notice("info", ctx.origin.note)
            for warning in warnings[:20]:
                ctx.record.notice("warning", warning)
            ctx.record.done("check", reason=f"dataset {size / 1e6:.1f} MB")

    def _check_models_directory(self) -> None:
        """Before anything is paid: a model that has trained must find its place here."""
        try:
            self._ctx.files.try_models_directory()
        except OSError as problem:
            where = problem.filename or "the models directory"
            raise UsageProblem(
                f"No model can be written here: {where}: {problem.strerror}.",
                "Make it writable, or set output.models_dir to another folder.",
            ) from None

    async def _launch(self) -> list[str]:
        """The addresses to connect to, in the order of the nodes."""
        ctx = self._ctx
        if ctx.cloud is None:
            for stage in ("launch", "address"):
                if self._undone(stage):
                    ctx.record.skipped(stage, "a machine that you already have")
            return [ctx.profile.cloud.address or ""]
        if self._undone("launch"):
            ctx.record.started("launch")
        if ctx.profile.ssh.auth == "key":
            await ensure_key(ctx, ctx.cloud)
        cloud = ctx.cloud
        try:
            machines = await ensure_machines(ctx, cloud, self._needed())
        except CloudRefused as answer:
            if answer.status not in (401, 402, 403) and (others := others_on_sale(ctx.offers, list(ctx.prices))):
                answer.hint = f"{answer.hint} {others}".strip()
            raise
        self._releasing.append(asyncio.create_task(release_twins(ctx, cloud, machines)))
        async with asyncio.TaskGroup() as group:
            active = [group.create_task(wait_until_active(ctx, cloud, machine)) for machine in machines]
        instances: list[Instance] = [task.result() for task in active]
        if self._undone("launch"):
            ctx.record.done("launch")
        if self._undone("address"):
            ctx.record.started("address")
        pairs = zip(machines, instances, strict=True)
        addresses = [await ensure_address(ctx, cloud, machine, instance) for machine, instance in pairs]
        if self._undone("address"):
            ctx.record.done("address", reason=_AND.join(addresses))
        self._meeting = [known.private or public for known, public in zip(instances, addresses, strict=True)]
        return addresses

    def _target(self, address: str, node: int) -> HostTarget:
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
            known_hosts=ctx.files.known_hosts_path(node),
            keepalive_s=ctx.profile.timing.keepalive_s,
        )

    async def _connect(self, addresses: Sequence[str]) -> list[HostLink]:
        ctx = self._ctx
        links = self.links = self._linked(addresses)
        if self._undone("connect"):
            ctx.record.started("connect")
            await self._on_each(links, HostLink.first)
            ctx.record.done("connect")
        self._hold_leases()
        return links

    def _hold_leases(self) -> None:
        """Also in a rescue, whose work begins when that of the stages has ended."""
        for link in self.links:
            known = self._leases.get(link.node)
            if known is None or known.done():
                self._leases[link.node] = asyncio.create_task(keep_lease(self._ctx, link))

    def _linked(self, addresses: Sequence[str]) -> list[HostLink]:
        return [HostLink(self._ctx, self._target(address, node), node) for node, address in enumerate(addresses)]

    def reconnected(self) -> list[HostLink]:
        """The connections, also for a supervisor that took over a run which only has to end. Raises RunFailed."""
        if not self.links:
            stage = self._ctx.record.state.stages.get("address")
            told = stage.reason if stage is not None and stage.status == "done" else None
            address = told if self._ctx.cloud is not None else self._ctx.profile.cloud.address
            if not address:
                raise RunFailed("The machine's address is not known.")
            self.links = self._linked(address.split(_AND))
        self._hold_leases()
        return self.links

    async def end_helpers(self) -> None:
        """Ends what runs beside the stages."""
        await end(*self._releasing, *self._leases.values())
        if self._manifest is not None:
            self._manifest.cancel()

    async def _setup(self, links: Sequence[HostLink]) -> list[Ready]:
        """What the job finds on each machine. Safe to repeat: what is installed stays."""
        ctx = self._ctx
        tell = self._undone("setup")
        if tell:
            ctx.record.started("setup")
        source = await ctx.data.source()
        ready = await self._on_each(links, lambda link: self._setup_one(link, source))
        if tell:
            ctx.record.done("setup", reason=ready[0].how)
        return ready

    async def _setup_one(self, link: HostLink, source: Manifest | None) -> Ready:
        ctx, label = self._ctx, self._ctx.label(link.node)
        machine = ctx.record.state.instance(link.node)
        gpus = ctx.profile.gpus_needed(machine.flavor if machine is not None else None)
        facts = await link.call(lambda host: host.facts())
        judge(facts, gpus=gpus, dataset_bytes=self._dataset_bytes)
        if source is not None:
            await link.call(lambda host: host.upload_source(ctx.run, source))
        if (checkpoint := await ctx.data.checkpoint()) is not None:
            await link.call(lambda host: host.upload_checkpoint(ctx.run, checkpoint))

        def line(text: str) -> None:
            log.info("%ssetup: %s", label, text)

        plan = setup_plan(ctx.profile)
        environment = await link.call(lambda host: host.setup(ctx.run, plan, line))
        if link.node == 0:
            try:
                ctx.files.keep_environment(environment.installed)
            except OSError as problem:
                log.warning("the machine's package versions could not be kept: %s", problem)
        found = len(facts.gpus) if ctx.profile.training.gpus == "auto" else gpus
        return Ready(environment.python, environment.how, found)

    async def _upload(self, links: Sequence[HostLink]) -> None:
        ctx = self._ctx
        if not self._undone("upload"):
            return
        ctx.record.started("upload")
        manifest = await self._manifest if self._manifest is not None else None
        if manifest is None:
            ctx.record.done("upload", reason="no dataset")
            return
        began = ctx.clock.monotonic()
        told: dict[int, TransferProgress] = {}

        def tell(node: int, of_node: TransferProgress) -> None:
            told[node] = of_node
            progress = added_up(told, len(links), manifest.size, len(manifest.files))
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

        async def send(link: HostLink) -> None:
            await link.call(lambda host: host.upload_dataset(ctx.run, manifest, lambda done: tell(link.node, done)))

        await self._on_each(links, send)
        ctx.record.done("upload", reason=f"{len(manifest.files)} files, verified on the machine")

    async def _train(self, links: Sequence[HostLink], ready: Sequence[Ready] | None) -> None:
        ctx = self._ctx
        if not self._undone("train"):
            return
        if ready is None:
            ready = await self._setup(links)  # done by another supervisor: this only asks where the interpreter is
        missing = [name for name in ctx.profile.training.env_from if name not in ctx.secret_env]
        if missing and ctx.record.state.stages.get("train") is None:
            raise RunFailed(f"training.env_from: {missing[0]} is not set.", f"Export {missing[0]}, then run it again.")
        ctx.record.started("train")
        specs = job_specs(ctx, ready, self._meeting, goes_on=await ctx.data.checkpoint() is not None)
        await links[0].call(lambda host: host.start_job(specs[0]))
        await self._on_each(links[1:], lambda link: link.call(lambda host: host.start_job(specs[link.node])))
        await follow_jobs(ctx, links)
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
