"""What every start of the program sets off behind itself: open runs without a supervisor get one, and the names of
closed runs are looked for again. A process of its own, so that no command waits for a cloud.

`python -m unitrainer_tui.supervisor.sweeper`; one at a time for each state directory.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import subprocess
import sys

from unitrainer_tui.config.paths import Paths, paths
from unitrainer_tui.supervisor.recover import revive
from unitrainer_tui.supervisor.sweep import sweep_closed
from unitrainer_tui.text import RedactingFilter

log = logging.getLogger("unitrainer_tui.sweeper")

LOG_BYTES = 1 << 20


def sweep_behind(where: Paths) -> None:
    """Starts the sweep where there is any run to look after. Never raises, never waits."""
    try:
        with os.scandir(where.runs) as entries:
            if next(entries, None) is None:
                return
        subprocess.Popen(
            [sys.executable, "-m", "unitrainer_tui.supervisor.sweeper"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
    except OSError:
        return  # no runs yet, or no more processes: the next start tries again


async def sweep(where: Paths) -> bool:
    """False where another sweep is under way."""
    lock = os.open(where.state / "sweep.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        for directory in await asyncio.to_thread(revive, where):
            log.warning("run %s had no supervisor: a new one takes over", directory.run)
        found = await sweep_closed(where, idle_sandbox=False)
        for words in found.told:
            log.warning("%s", words)
        return True
    finally:
        os.close(lock)


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
