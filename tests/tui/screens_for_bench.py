"""Started by bench/tui.py: the live screen with a job that talks as jobs do (`steady`), or 10,000 lines a second
(`flood`), or that has printed a million lines (`million`)."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from recordings import RUN, training_recording
from scripted_client import ScriptedClient

from unitrainer_tui.app import run_app
from unitrainer_tui.runs.events import CostEvent, Event, Gpu, LogEvent, ProgressEvent, TelemetryEvent

LINE = "  step  loss 0.1234  lr 0.00100  some more words on the line"


class TalkingClient(ScriptedClient):
    what = "steady"

    async def attach(
        self, run: str, *, log: bool = True, telemetry: bool = True, log_tail: int | None = None
    ) -> AsyncIterator[Event]:
        for event in self.recorded[run]:
            yield event
        begin, sent, second = time.monotonic(), 0, 0
        rate = {"steady": 20, "flood": 10_000, "million": 200_000}[self.what]
        most = 1_000_000 if self.what == "million" else 1 << 60
        while True:
            passed = time.monotonic() - begin
            due = min(int(passed * rate), most)
            while sent < due:
                sent += 1
                last = "THE LAST LINE" if sent == most else LINE
                yield LogEvent(text=f"{sent:>9}{last}", offset=sent)
            if int(passed) > second:
                second = int(passed)
                share = min(0.99, 0.6 + second / 1000)
                yield TelemetryEvent(gpus=[Gpu(index=0, utilization=90 + second % 7)], cpu=30 + second % 5, memory=12)
                yield CostEvent(spent_usd=1 + second * 0.0025, rate_usd_per_hour=9.0, projected_usd=1.6)
                yield ProgressEvent(
                    epoch=7, total_epochs=10, fraction=share, metrics={"loss": 0.4 - second / 9999}, partial=True
                )
            await asyncio.sleep(0.02)


def main(what: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        client = TalkingClient(Path(home), {RUN: training_recording().events})
        client.what = what
        run_app(client, open_run=RUN)


if __name__ == "__main__":
    main(sys.argv[1])
