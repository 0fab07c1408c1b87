"""Sends a manifest's files as one stream and returns when the host has verified all of them."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections.abc import Callable, Sequence
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
    open_channel: Callable[[], Any], run: str, into: str, manifest: Manifest, on_progress: OnProgress | None = None
) -> None:
    """`into` is "dataset" or "source". `open_channel` gives a Channel, once for each round.

    Raises DatasetProblem when a local file is not what the manifest says, HostDiskFull, HostError.
    """
    for _ in range(TRIES):
        async with await open_channel() as channel:
            if await Upload(channel, run, into, manifest, on_progress).go():
                return
    raise HostError("Files arrive damaged on the machine again and again.", "Its disk or memory may be failing.")


class Upload:
    def __init__(
        self, channel: Channel, run: str, into: str, manifest: Manifest, on_progress: OnProgress | None
    ) -> None:
        self.channel = channel
        self.manifest = manifest
        self.request = {
            "ask": "receive",
            "run": run,
            "into": into,
            "digest": manifest.digest,
            "folders": list(manifest.empty_folders),
        }
        self.on_progress = on_progress
        self.total = manifest.size
        self.damaged: list[int] = []

    async def go(self) -> bool:
        """One round. False when the host found files damaged and dropped them."""
        self.channel.send(self.request, await asyncio.to_thread(self._listing))
        await self.channel.drain()
        answer, _ = await self.channel.answer()
        self._tell(answer)
        needed = [index for first, end in answer["needed"] for index in range(first, end)]
        if not self._sound(needed):
            raise HostError("The machine asks for files that are not in the manifest.")
        if needed:
            await self._send_needed(needed, answer["partial"])
        else:
            answer, _ = await self.channel.answer()
            return not answer["bad"]
        return not self.damaged

    def _sound(self, needed: Sequence[int]) -> bool:
        return not needed or (needed[0] >= 0 and needed[-1] < len(self.manifest.files))

    def _listing(self) -> bytes:
        rows = []
        for entry in self.manifest.files:
            try:
                executable = bool(self.manifest.local_path(entry).stat().st_mode & 0o100)
            except OSError:
                executable = False  # gone by now: told when its turn to be sent comes
            rows.append([entry.path, entry.size, entry.mtime_ns, entry.sha256, executable])
        return zlib.compress(json.dumps(rows).encode("ascii"), 1)

    async def _send_needed(self, needed: list[int], partial: dict[str, Any] | None) -> None:
        offset = 0
        if partial and partial["index"] == needed[0]:
            entry = self.manifest.files[needed[0]]
            there = await asyncio.to_thread(prefix_hash, self.manifest, entry, partial["offset"])
            offset = partial["offset"] if there == partial["sha256"] else 0
        self.channel.send({"resume": bool(offset)})
        hearing = asyncio.create_task(self._hear())
        try:
            await self._stream(needed, offset, hearing)
        except (OSError, DatasetProblem) as problem:
            if isinstance(problem, DatasetProblem):
                # The host keeps what it has verified so far.
                self.channel.write(BLOCK.pack(ABORT, 0))
                hearing.cancel()
            else:
                await hearing  # the host closed the stream: it has said why
            raise
        finally:
            if not hearing.done():
                hearing.cancel()

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

    async def _hear(self) -> None:
        """What the host tells of its progress, until it is done."""
        while True:
            answer, _ = await self.channel.answer()
            self._tell(answer)
            if answer.get("done"):
                self.damaged = answer["bad"]
                return

    def _tell(self, answer: dict[str, Any]) -> None:
        if self.on_progress is not None:
            self.on_progress(TransferProgress(answer["bytes"], self.total, answer["files"], len(self.manifest.files)))
