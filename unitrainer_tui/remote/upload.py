"""Sends a manifest's files as one stream and returns when the host has verified all of them."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from unitrainer_tui.datasets.manifest import Manifest
from unitrainer_tui.errors import DatasetProblem, HostError
from unitrainer_tui.ports import OnProgress, TransferProgress
from unitrainer_tui.remote.blocks import Gauge, ahead, blocks, prefix_hash
from unitrainer_tui.remote.channel import Channel
from unitrainer_tui.remote.host.frames import ABORT, BLOCK, END

TRIES = 3
"""Rounds for files that arrive otherwise than they were sent."""


async def upload(
    open_channel: Callable[[], Awaitable[Channel]],
    run: str,
    into: str,
    manifest: Manifest,
    on_progress: OnProgress | None = None,
    *,
    eager: bool = True,
) -> None:
    """`into` is "dataset", "source" or "checkpoint". `open_channel` gives a Channel, once for each round.

    `eager`: the host most likely has nothing of it, so the stream begins before the host has said what it lacks, which
    saves a round trip and the start of its python. Raises DatasetProblem when a local file is not what the manifest
    says, HostDiskFull, HostError.
    """
    listing = asyncio.create_task(asyncio.to_thread(_listing, manifest))
    for _ in range(TRIES):
        async with await open_channel() as channel:
            talk = Upload(channel, run, into, manifest, on_progress)
            try:
                if await talk.go(await listing, eager):
                    return
            except _HasSome:
                pass
        eager = False
    raise HostError("Files arrive damaged on the machine again and again.", "Its disk or memory may be failing.")


class _HasSome(Exception):
    """An eager stream goes to a host that has a part of it already."""


def _listing(manifest: Manifest) -> bytes:
    rows = []
    for entry in manifest.files:
        try:
            executable = bool(manifest.local_path(entry).stat().st_mode & 0o100)
        except OSError:
            executable = False  # gone by now: told when its turn to be sent comes
        rows.append([entry.path, entry.size, entry.mtime_ns, entry.sha256, executable])
    return zlib.compress(json.dumps(rows).encode("ascii"), 1)


class Upload:
    def __init__(
        self, channel: Channel, run: str, into: str, manifest: Manifest, on_progress: OnProgress | None
    ) -> None:
        self.channel = channel
        self.manifest = manifest
        self.request: dict[str, Any] = {
            "ask": "receive",
            "run": run,
            "into": into,
            "digest": manifest.digest,
            "folders": list(manifest.empty_folders),
        }
        self.on_progress = on_progress
        self.total = manifest.size
        self.damaged: list[int] = []

    async def go(self, listing: bytes, eager: bool) -> bool:
        """One round. False when the host found files damaged and dropped them; _HasSome when eager was wrong."""
        everything = list(range(len(self.manifest.files)))
        self.channel.send({**self.request, "eager": eager}, listing)
        await self.channel.drain()
        if eager and everything:
            await self._send(everything, 0, asyncio.create_task(self._hear(everything)))
            return not self.damaged
        needed, partial = await self._needed()
        if needed:
            offset = await self._offset(needed[0], partial)
            self.channel.send({"resume": bool(offset)})
            await self._send(needed, offset, asyncio.create_task(self._hear()))
        else:
            await self._hear()
        return not self.damaged

    async def _needed(self) -> tuple[list[int], dict[str, Any] | None]:
        answer, _ = await self.channel.answer()
        self._tell(answer)
        needed = [index for first, end in answer["needed"] for index in range(first, end)]
        if not self._sound(needed):
            raise HostError("The machine asks for files that are not in the manifest.")
        return needed, answer["partial"]

    async def _offset(self, index: int, partial: dict[str, Any] | None) -> int:
        """Where to go on in the first file: where the host's part of it ends, if that is a part of ours."""
        if not partial or partial["index"] != index:
            return 0
        entry, size = self.manifest.files[index], int(partial["offset"])
        ours = await asyncio.to_thread(prefix_hash, self.manifest, entry, size)
        return size if ours == partial["sha256"] else 0

    def _sound(self, needed: Sequence[int]) -> bool:
        return not needed or (needed[0] >= 0 and needed[-1] < len(self.manifest.files))

    async def _send(self, needed: list[int], offset: int, hearing: asyncio.Task[None]) -> None:
        try:
            await self._stream(needed, offset, hearing)
        except DatasetProblem:
            # The host keeps what it has verified so far.
            self.channel.write(BLOCK.pack(ABORT, 0))
            raise
        except OSError:
            await hearing  # the host closed the stream: it has said why
            raise
        finally:
            hearing.cancel()
            # What it heard last is of no interest once the stream has failed for another reason.
            hearing.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _stream(self, needed: list[int], offset: int, hearing: asyncio.Task[None]) -> None:
        gauge = Gauge()
        stream = ahead(blocks(self.manifest, needed, offset, gauge))
        try:
            async for block in stream:
                if hearing.done():
                    break
                self.channel.write(block)
                before = time.monotonic()
                await self._drain(hearing)
                gauge.wrote(len(block), time.monotonic() - before)
        finally:
            await stream.aclose()  # type: ignore[attr-defined]
        if not hearing.done():
            self.channel.write(BLOCK.pack(END, 0))
        await hearing

    async def _drain(self, hearing: asyncio.Task[None]) -> None:
        """Waits for room in the channel, or for the host to say that it cannot go on."""
        draining = asyncio.ensure_future(self.channel.drain())
        try:
            await asyncio.wait({draining, hearing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not draining.done():
                draining.cancel()
        if draining.done() and not draining.cancelled():
            draining.result()

    async def _hear(self, eager: Sequence[int] = ()) -> None:
        """What the host tells of its progress, until it is done. `eager`: what is being sent without having asked."""
        if eager and await self._needed() != (eager, None):
            raise _HasSome
        while True:
            answer, _ = await self.channel.answer()
            self._tell(answer)
            if answer.get("done"):
                self.damaged = answer["bad"]
                return

    def _tell(self, answer: dict[str, Any]) -> None:
        if self.on_progress is not None:
            self.on_progress(TransferProgress(answer["bytes"], self.total, answer["files"], len(self.manifest.files)))
