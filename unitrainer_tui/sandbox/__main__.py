"""The server that `endpoint.ensure` starts: `python -m unitrainer_tui.sandbox`, detached, ends itself when idle."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from unitrainer_tui.errors import UnitrainerError
from unitrainer_tui.sandbox.config import SandboxConfig
from unitrainer_tui.sandbox.serve import serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="unitrainer_tui.sandbox", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--idle", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--boot-seconds", type=float, default=SandboxConfig.boot_seconds)
    parser.add_argument("--fault", action="append", default=[])
    given = parser.parse_args()
    config = SandboxConfig(
        home=given.home,
        faults=given.fault,
        seed=given.seed,
        boot_seconds=given.boot_seconds,
        idle_seconds=given.idle,
        keep_hosts=True,
    )
    try:
        asyncio.run(serve(config, lambda endpoint: print(f"serving {endpoint.url}", file=sys.stderr, flush=True)))
    except (UnitrainerError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
