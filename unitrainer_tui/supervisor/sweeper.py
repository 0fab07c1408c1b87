"""What every start of the program sets off behind itself: open runs without a supervisor get one, and the names of
closed runs are looked for again. A process of its own, so that no command waits for a cloud.

`python -m unitrainer_tui.supervisor.sweeper`; one at a time for each state directory. A machine that will not go keeps
one of them at it; open runs get their supervisor from the next one all the same.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unitrainer_tui.config.paths import Paths, paths
from unitrainer_tui.supervisor.recover import revive
from unitrainer_tui.supervisor.sweep import Swept, sweep_closed
from unitrainer_tui.text import RedactingFilter

log = logging.getLogger("unitrainer_tui.sweeper")

LOG_BYTES = 1 << 20
# Between the end of one sweep and the next, and the length of one round.
PAUSE_SECONDS = 5.0
ROUND_SECONDS = 600.0


@contextmanager
def _alone(file: Path) -> Iterator[int | None]:
    """The file's descriptor, locked; None where another process has the lock."""
    lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield lock
    finally:
        os.close(lock)


async def sweep(where: Paths) -> bool:
    """False where another process looks for what closed runs have left."""
    with _alone(where.state / "revive.lock") as lock:
        if lock is not None:
            for directory in await asyncio.to_thread(revive, where):
                log.warning("run %s had no supervisor: a new one takes over", directory.run)
    with _alone(where.state / "sweep.lock") as lock:
        if lock is None:
            return False
        # Commands that follow one another closely (watch, a script) must not use up the cloud's patience.
        since = time.time() - os.fstat(lock).st_mtime
        if os.fstat(lock).st_size and 0 <= since < PAUSE_SECONDS:
            await asyncio.sleep(PAUSE_SECONDS - since)
        for words in (await _swept(where)).told:
            log.warning("%s", words)
        os.pwrite(lock, b"swept\n", 0)
        return True


async def _swept(where: Paths) -> Swept:
    """In rounds: what was closed while something would not go is looked for too."""
    while True:
        try:
            async with asyncio.timeout(ROUND_SECONDS):
                return await sweep_closed(where, idle_sandbox=False)
        except TimeoutError:
            log.warning("something that is ours is still there after %g s: it is tried on", ROUND_SECONDS)


def main() -> int:
    where = paths()
    file = where.state / "sweep.log"
    try:
        if file.exists() and file.stat().st_size > LOG_BYTES:
            file.replace(file.with_suffix(".log.old"))
        file.touch(mode=0o600)
        handler: logging.Handler = logging.FileHandler(file)
    except OSError:
        handler = logging.NullHandler()
    handler.addFilter(RedactingFilter())
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", handlers=[handler], force=True)
    try:
        asyncio.run(sweep(where))
    except Exception:
        log.exception("the sweep failed")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
