"""The screens with a recording, for a person's own eyes: `python tests/tui/watch.py [WHAT]`.

WHAT is training (the default), done, failed, remains, replay, home, empty or flood.

`flood` sends 10,000 log lines a second and prints, at the end, how long key presses waited for their answer.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from recordings import RUN, done_recording, failed_recording, training_recording
from scripted_client import ScriptedClient

from unitrainer_tui.app import UnitrainerApp, run_app
from unitrainer_tui.runs.events import LogEvent
from unitrainer_tui.screens.terminal import leaving_at_once


class FloodingClient(ScriptedClient):
    """Sends 10,000 lines a second in pieces of a fiftieth of a second."""

    async def attach(self, run: str, *, log: bool = True, telemetry: bool = True):  # type: ignore[no-untyped-def, override]
        for event in self.recorded[run]:
            yield event
        begin, sent = time.monotonic(), 0
        while True:
            due = int((time.monotonic() - begin) * 10_000)
            while sent < due:
                sent += 1
                yield LogEvent(
                    text=f"{sent:>9}  step  loss 0.1234  lr 0.00100  some more words on the line", offset=sent
                )
            await asyncio.sleep(0.02)


def main(what: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        kind = FloodingClient if what == "flood" else ScriptedClient
        recorder = {
            "done": done_recording,
            "failed": failed_recording,
            "remains": lambda: failed_recording(remains=True),
        }.get(what, training_recording)()
        client = kind(Path(home), {} if what == "empty" else {RUN: recorder.events})
        if what == "replay":
            client.recorded = {RUN: done_recording().events}
            client.pace = 0.05
        if what == "signals":
            print(run_app(client, open_run=RUN).text())
            return
        ahead = time.time() - recorder.clock
        app = UnitrainerApp(
            client, open_run=None if what in ("empty", "home") else RUN, now=lambda: time.time() - ahead
        )
        begin = time.monotonic()
        with leaving_at_once():
            app.run()
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(app.exit_report().text())
        if what == "flood":
            share = (used.ru_utime + used.ru_stime) / (time.monotonic() - begin)
            print(f"{share:.0%} of a core, {used.ru_maxrss / 1024:.0f} MB resident")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "training")
