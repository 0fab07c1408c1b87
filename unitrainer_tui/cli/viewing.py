"""Watching a run from the command line: what is printed, and what the signals mean.

A foreground `run`: the first Ctrl-C or SIGTERM aborts as `stop` does and waits until all is gone; the second leaves at
once, and the supervisor goes on. SIGHUP, and Ctrl-C in `attach`, only leave the viewer.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from unitrainer_tui.cli.lines import line_of
from unitrainer_tui.client import Client
from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.runs.events import Event, NoticeEvent, ResultEvent
from unitrainer_tui.text import safe

HANGUP = 129
HEARD_SECONDS = 5.0


class Printer:
    """Prints events until nobody reads them any more; the run is then still watched to its end."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._broken = False

    def __call__(self, event: Event) -> None:
        if self._as_json and isinstance(event, NoticeEvent) and not event.seq:
            # Words of this viewer, not an event of the run: in the stream it would be one without a number.
            print(f"unitrainer-tui: {safe(event.message)}", file=sys.stderr, flush=True)
            return
        text = event.to_json() if self._as_json else line_of(event)
        if text is None or self._broken:
            return
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            self._broken = True
            # Python would complain about the same pipe once more at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def watch(client: Client, run: str, show: Callable[[Event], None], *, owns: bool, node: int = 0) -> int:
    """Shows the run until its result. `owns`: a foreground `run`, whose Ctrl-C aborts. `node`: whose log, of several
    machines. The exit code."""
    loop = asyncio.get_running_loop()
    leave: asyncio.Future[int] = loop.create_future()
    stopping: list[asyncio.Task[None]] = []

    def end(code: int) -> None:
        if not leave.done():
            leave.set_result(code)

    def interrupt() -> None:
        if not owns:
            end(130)
        elif stopping:
            print(
                f"Leaving. The supervisor goes on giving back; see: unitrainer-tui attach {run}",
                file=sys.stderr,
                flush=True,
            )
            end(3)
        else:
            print("Stopping: the machine is being given back. Once more leaves at once.", file=sys.stderr, flush=True)
            stopping.append(asyncio.create_task(_ask_to_stop(client, run)))

    for number, action in (
        (signal.SIGINT, interrupt),
        (signal.SIGTERM, interrupt if owns else lambda: end(143)),
        (signal.SIGHUP, lambda: end(HANGUP)),
    ):
        loop.add_signal_handler(number, action)

    async def follow() -> int:
        async for event in client.attach(run, node=node):
            show(event)
            if isinstance(event, ResultEvent):
                if event.error:
                    words = " ".join(part for part in (event.error, event.hint, event.closing) if part)
                    print(f"unitrainer-tui: {safe(words)}", file=sys.stderr, flush=True)
                return event.exit_code if event.exit_code is not None else (0 if event.success else 1)
        return 1

    following = asyncio.create_task(follow())
    await asyncio.wait({following, leave}, return_when=asyncio.FIRST_COMPLETED)
    if leave.done():
        following.cancel()
        if stopping:  # what was said about giving back is true only when the supervisor has heard it
            await asyncio.wait(stopping, timeout=HEARD_SECONDS)
            if not stopping[0].done():
                print(
                    f"unitrainer-tui: no supervisor has heard the stop yet. Say it again: unitrainer-tui stop {run}",
                    file=sys.stderr,
                    flush=True,
                )
        return leave.result()
    return following.result()


async def _ask_to_stop(client: Client, run: str) -> None:
    try:
        await client.request_stop(run)
    except UnitrainerError as problem:
        print(f"unitrainer-tui: {problem.sentence()}", file=sys.stderr, flush=True)
