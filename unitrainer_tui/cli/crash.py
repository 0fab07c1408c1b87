"""What is done with an error that nobody expected: one sentence for the user, the traceback into a file, no locals."""

from __future__ import annotations

import errno
import os
import time
import traceback
from pathlib import Path

from unitrainer_tui import __version__
from unitrainer_tui.text import REDACTOR

# Of a program that crashes again and again only the newest part is kept.
KEPT_BYTES = 256 << 10


def sentence(problem: BaseException, log: Path) -> str:
    """What to tell. A file that cannot be read or written is named, everything else is ours to mend."""
    written = _keep(problem, log)
    details = f" The details are in {log}." if written else ""
    if isinstance(problem, OSError) and problem.filename is not None:
        name = os.fsdecode(problem.filename) if isinstance(problem.filename, bytes) else str(problem.filename)
        hint = {
            errno.ENOSPC: "Make room there.",
            errno.EDQUOT: "Make room there.",
            errno.EROFS: "Set UNITRAINER_HOME to a place that can be written.",
            errno.EACCES: "Check who owns it.",
        }.get(problem.errno or 0, "Check it.")
        return f"{name}: {problem.strerror}. {hint}{details}"
    return (
        f"The program itself failed ({type(problem).__name__}); runs go on and are looked after by their supervisors."
        f"{details}"
    )


def _keep(problem: BaseException, log: Path) -> bool:
    """The traceback, secrets taken out, behind the earlier ones. Whether it could be written."""
    lines = traceback.format_exception(type(problem), problem, problem.__traceback__)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    text = REDACTOR.redact(f"{stamp} unitrainer-tui {__version__}\n{''.join(lines)}\n")
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        before = log.read_bytes()[-KEPT_BYTES:] if log.exists() else b""
        fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(before + text.encode("utf-8", "replace"))
    except OSError:
        return False
    return True
