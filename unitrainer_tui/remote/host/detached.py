"""What runs from the program file that stays on the host: `host.pyz run|environment|lease FOLDER`."""

from __future__ import annotations

import sys


def main() -> None:
    what, folder = sys.argv[1], sys.argv[2]
    if what == "run":
        from . import runner

        runner.main(folder)
    elif what == "environment":
        from . import environment

        sys.exit(environment.main(folder))
    elif what == "lease":
        from . import lease

        sys.exit(lease.main(folder))
