"""Bringing home what training left: the model first, then everything else that it wrote."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from unitrainer_tui.copies import damaged_of
from unitrainer_tui.errors import HostDiskFull, HostError, HostFileChanged, HostUnreachable, RunFailed, UnitrainerError
from unitrainer_tui.frameworks.artifacts import choose_model, is_small, model_filename
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.effects import backoff
from unitrainer_tui.pipeline.host_link import HostLink
from unitrainer_tui.ports import Downloaded, RemoteFile, TransferProgress
from unitrainer_tui.runs.events import NoticeEvent, TransferEvent
from unitrainer_tui.text import safe

log = logging.getLogger(__name__)

FETCH_TRIES = 3


class Collector:
    """One download: `rescue` when the run has failed or was aborted. Then nothing becomes a model of that name, and
    what cannot be fetched is said instead of raised."""

    def __init__(self, ctx: RunContext, link: HostLink, *, rescue: bool) -> None:
        self._ctx = ctx
        self._link = link
        self._rescue = rescue
        self._bytes_before = 0
        self._files_before = 0
        self._total = 0
        self._count = 0
        self._began = ctx.clock.monotonic()

    async def run(self) -> None:
        """Raises RunFailed when there is no model, or an empty one, or it cannot be brought here whole."""
        ctx = self._ctx
        files = await self._link.call(lambda host: host.output_files(ctx.run))
        spec = ctx.framework
        model = choose_model(spec.model_patterns, files, newest_fallback=spec.newest_fallback)
        if model is None and not self._rescue:
            empty = [file.path for file in files if file.size == 0]
            left = f" ({empty[0]} is empty)" if empty else ""
            raise RunFailed(f"Training ended well but left no model{left}.", "Look at the log for where it was saved.")
        wanted = [
            file for file in files if file is not model and (ctx.profile.output.keep_checkpoints or is_small(file))
        ]
        if self._rescue and model is not None:
            wanted.insert(0, model)
        # Small things first: results and metrics are here before gigabytes of checkpoints are begun.
        wanted.sort(key=lambda file: file.size)
        chosen = [model, *wanted] if model is not None and not self._rescue else wanted
        self._total, self._count = sum(file.size for file in chosen), len(chosen)
        if model is not None and not self._rescue and ctx.record.state.model_path is None:
            await self._fetch_model(model)
        for file in wanted:
            await self._fetch_artifact(file)

    def target_name(self, model: RemoteFile, moment: float) -> str:
        """`model_<framework>_<time>.<ext>`: one that is not taken yet (Unix seconds in)."""
        taken = self._ctx.files.model_names()
        while (name := model_filename(self._ctx.profile.training.framework, moment, model.path)) in taken:
            moment += 1
        return name

    async def _fetch_model(self, model: RemoteFile) -> None:
        ctx = self._ctx
        name = ctx.record.state.model_name
        if name is None:
            # On the disk before the first byte: a download that is taken up again goes on with the same file.
            name = self.target_name(model, ctx.record.state.stages["download"].started_at)
            words = f"The model is {_shown(model.path)}; it comes home as {name}."
            ctx.record.emit(
                NoticeEvent(level="info", message=words, model_name=name, model_source=model.path), sync=True
            )
        path = ctx.files.model(name)
        if ctx.files.holds_artifact(model.path, model.size, model.mtime_ns):
            # Brought here while training went on: the machine only says whether its bytes are the same.
            try:
                await asyncio.to_thread(ctx.files.begin_with_artifact, model.path, path)
            except OSError as problem:
                log.warning("the copy of the model here is not used: %s", problem)
        try:
            got = await self._fetch(model, path)
        except UnitrainerError:
            # The rescue that follows keeps what there is among the run's artifacts: none of it is a model.
            damaged_of(path).unlink(missing_ok=True)
            raise
        if got.size == 0:
            raise RunFailed("The model is empty.")
        notice = NoticeEvent(
            level="info", message=f"Model verified: {got.path}", model_path=str(got.path), sha256=got.sha256
        )
        ctx.record.emit(notice, sync=True)
        ctx.files.drop_artifact(model.path)

    async def _fetch_artifact(self, file: RemoteFile) -> None:
        if self._ctx.files.holds_artifact(file.path, file.size, file.mtime_ns):
            self._count_in(file)
            return
        aside: Path | None = None
        try:
            to = self._ctx.files.artifact(file.path)
            aside = damaged_of(to)
            await self._go_on_with_the_model(file)
            await self._fetch(file, to)
        except (HostUnreachable, RunFailed):
            raise
        except (HostError, OSError) as problem:
            words = problem.message if isinstance(problem, HostError) else str(problem.strerror)
            kept = f" What came of it is kept as {aside}." if aside is not None and aside.is_file() else ""
            self._ctx.record.notice("warning", f"{_shown(file.path)} was not brought home: {words}{kept}")
            self._files_before += 1

    async def _go_on_with_the_model(self, file: RemoteFile) -> None:
        """A rescue's time is short: what the download before it has brought of the model is not sent again."""
        state = self._ctx.record.state
        if state.model_name is None or state.model_path is not None or state.model_source != file.path:
            return
        try:
            await asyncio.to_thread(self._ctx.files.go_on_as_artifact, state.model_name, file.path)
        except (OSError, HostError) as problem:
            log.warning("what came of the model is not used: %s", problem)

    async def _fetch(self, file: RemoteFile, path: Path) -> Downloaded:
        for attempt in range(1, FETCH_TRIES + 1):
            try:
                got = await self._fetch_once(file, path)
            except HostUnreachable:
                raise
            except HostDiskFull:
                raise
            except HostError as problem:
                if attempt == FETCH_TRIES:
                    raise
                self._ctx.record.notice("warning", f"{_shown(file.path)}: {problem.message} It is fetched again.")
                await self._ctx.clock.sleep(backoff(attempt))
                if isinstance(problem, HostFileChanged):
                    file = await self._listed_anew(file)
            else:
                self._count_in(file)
                return got
        raise AssertionError  # the loop returns or raises

    async def _fetch_once(self, file: RemoteFile, path: Path) -> Downloaded:
        return await self._link.call(lambda host: host.download(self._ctx.run, file, path, self._tell))

    async def _listed_anew(self, file: RemoteFile) -> RemoteFile:
        files = await self._link.call(lambda host: host.output_files(self._ctx.run))
        return next((one for one in files if one.path == file.path), file)

    def _count_in(self, file: RemoteFile) -> None:
        self._bytes_before += file.size
        self._files_before += 1
        self._tell(TransferProgress(0, 0, 0, 0))

    def _tell(self, progress: TransferProgress) -> None:
        now = self._ctx.clock.monotonic()
        done = min(self._bytes_before + progress.bytes, self._total)
        self._ctx.record.transfer(
            TransferEvent(
                direction="download",
                bytes=done,
                total=self._total,
                files=self._files_before,
                total_files=self._count,
                rate=round(done / max(now - self._began, 0.001), 1),
            )
        )


def _shown(path: str) -> str:
    return safe(path)
