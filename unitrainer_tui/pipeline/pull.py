"""Checkpoints come home while the job still trains: a machine that vanishes takes about one interval along, more where
the link is slow for what there is.

The copies lie in the run's artifacts under their own names; the download at the end fetches what has changed since.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence

from unitrainer_tui.errors import (
    HostDiskFull,
    HostError,
    HostFileChanged,
    HostKeyChanged,
    HostUnreachable,
    UnitrainerError,
)
from unitrainer_tui.frameworks.artifacts import choose_model, is_small, looks_like_a_model, matches
from unitrainer_tui.frameworks.registry import FrameworkSpec
from unitrainer_tui.pipeline.context import RunContext
from unitrainer_tui.pipeline.host_link import HostLink
from unitrainer_tui.ports import RemoteFile
from unitrainer_tui.text import safe

log = logging.getLogger(__name__)

# A file that is the same in two looks so far apart is not being written.
STILL_SECONDS = 3.0
# A slow link pulls no more than a fifth of the time: the job may need it too.
REST = 4.0


async def pull_checkpoints(ctx: RunContext, link: HostLink) -> None:
    """Every `output.checkpoint_minutes` until it is cancelled. Raises nothing that a pull meets: whoever follows the
    job meets it too, and the download at the end asks for everything again."""
    interval = ctx.profile.output.checkpoint_minutes * 60
    if not interval or not ctx.profile.output.keep_checkpoints:
        return
    pause, told = interval, ""
    while True:
        await ctx.clock.sleep(pause)
        began = ctx.clock.monotonic()
        try:
            await _pull(ctx, link)
            told = ""
        except Exception as problem:  # a list that makes no sense ends no training, and not the looks after it either
            words = _words(problem)
            if words != told:
                ctx.record.notice("warning", f"Not all checkpoints were brought home: {safe(words)} Training goes on.")
            told = words
        pause = max(interval, REST * (ctx.clock.monotonic() - began))


async def _pull(ctx: RunContext, link: HostLink) -> None:
    first = await link.call(lambda host: host.output_files(ctx.run))
    if not [file for file in wanted(first, ctx.framework.checkpoints) if not _is_home(ctx, file)]:
        return
    await ctx.clock.sleep(STILL_SECONDS)
    second = await link.call(lambda host: host.output_files(ctx.run))
    still = set(first) & set(second)
    came: list[RemoteFile] = []
    failed: list[str] = []
    reserve = ctx.profile.limits.free_mb * 1e6 + room_for_the_model(second, ctx.framework)
    for file in wanted(second, ctx.framework.checkpoints):
        if file not in still or _is_home(ctx, file):
            continue
        if ctx.files.free_bytes() - file.size < reserve:
            ctx.record.notice(
                "warning",
                f"{safe(file.path)} ({file.size / 1e6:.1f} MB) is left on the machine for now: there is no room here.",
                hint="Make room: it is fetched at the next look.",
            )
            continue
        try:
            if await _fetch(ctx, link, file):
                came.append(file)
        except (HostUnreachable, HostKeyChanged, HostDiskFull):
            raise
        except (HostError, OSError) as problem:
            failed.append(f"{file.path}: {_words(problem)}")  # the others come all the same
    for path in superseded(came, ctx.files.artifacts(), [file.path for file in second]):
        ctx.files.drop_artifact(path)
    if models := [file for file in came if looks_like_a_model(file.path)]:
        names = ", ".join(f"{safe(file.path)} ({file.size / 1e6:.1f} MB)" for file in models[:3])
        more = f" and {len(models) - 3} more" if len(models) > 3 else ""
        ctx.record.notice("info", f"Safe here while training goes on: {names}{more}.")
    if failed:
        raise HostError(failed[0])


def _words(problem: Exception) -> str:
    if isinstance(problem, UnitrainerError):
        return problem.message
    if isinstance(problem, OSError):
        return str(problem.strerror)
    log.exception("checkpoints were not brought home", exc_info=problem)
    return f"the machine's answer makes no sense ({type(problem).__name__})."


async def _fetch(ctx: RunContext, link: HostLink, file: RemoteFile) -> bool:
    """Whether it came. A file that changes while it is read waits for the next look."""
    try:
        to = ctx.files.artifact(file.path)
        await link.call(lambda host: host.download(ctx.run, file, to, lambda progress: None))
    except HostFileChanged:
        return False
    return True


def _is_home(ctx: RunContext, file: RemoteFile) -> bool:
    return ctx.files.holds_artifact(file.path, file.size, file.mtime_ns)


# ------------------------------------------------------------------------------------------------ what is worth it


def wanted(files: Sequence[RemoteFile], checkpoints: Sequence[str]) -> list[RemoteFile]:
    """What to bring home of a training that goes on, small files first: everything small, and the newest of each
    series (`epoch-10.pt`, `epoch-20.pt`). `checkpoints` are the framework's patterns, none: whatever the job writes.
    Empty files are no checkpoints."""
    whole = [file for file in files if file.size > 0]
    small = [file for file in whole if is_small(file)]
    newest: dict[str, RemoteFile] = {}
    for file in whole:
        if file in small or (checkpoints and not matches(file.path, checkpoints)):
            continue
        series = series_of(file.path)
        if series not in newest or (file.mtime_ns, file.path) > (newest[series].mtime_ns, newest[series].path):
            newest[series] = file
    return sorted([*small, *newest.values()], key=lambda file: (file.size, file.path))


def room_for_the_model(files: Sequence[RemoteFile], framework: FrameworkSpec) -> int:
    """Bytes that no checkpoint may take: at the end the model needs them here, beside the copies that are here then."""
    model = choose_model(framework.model_patterns, files, newest_fallback=framework.newest_fallback)
    if model is not None:
        return model.size
    return max((file.size for file in files if looks_like_a_model(file.path)), default=0)


def superseded(came: Iterable[RemoteFile], home: Iterable[str], there: Iterable[str]) -> list[str]:
    """Of the models at home those that the job itself has removed since, where a newer one of the same series came."""
    series, present = {series_of(file.path) for file in came}, set(there)
    return [path for path in home if path not in present and looks_like_a_model(path) and series_of(path) in series]


def series_of(path: str) -> str:
    """Files whose names differ in numbers only are one series."""
    return re.sub(r"\d+", "#", path)
