"""A supervisor that dies by SIGKILL right behind its n-th journal record.

`python -m tests.process.killed_at N RUN_DIRECTORY`.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from unitrainer_tui.runs.journal import JournalFile
from unitrainer_tui.supervisor import process


def main() -> int:
    last, run = int(sys.argv[1]), sys.argv[2]
    append, count = JournalFile.append, 0

    def counted(self: JournalFile, *arguments: Any, **options: Any) -> Any:
        nonlocal count
        written = append(self, *arguments, **options)
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return written

    JournalFile.append = counted  # type: ignore[method-assign]
    return process.main([run])


if __name__ == "__main__":
    sys.exit(main())
