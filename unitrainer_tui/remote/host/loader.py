"""Makes the modules that came over the channel importable, then runs one of them.

The command line that starts it is constant; everything else arrives on standard input:
one line with a length, then that many bytes of zlib-compressed JSON (bundle.py writes it).
"""

from __future__ import annotations

import os
import sys
import types
from typing import Any, BinaryIO

PACKAGE = "unitrainer_host"


def start(bundle: dict[str, Any], stdin: BinaryIO) -> None:
    """Runs the bundle's agent on this channel. What start-up files printed stands before the marker."""
    package = types.ModuleType(PACKAGE)
    package.__path__ = []
    package.SOURCES = bundle["sources"]  # type: ignore[attr-defined]
    sys.modules[PACKAGE] = package
    for name in bundle["order"]:
        module = types.ModuleType(f"{PACKAGE}.{name}")
        module.__package__ = PACKAGE
        sys.modules[module.__name__] = module
        setattr(package, name, module)
        exec(compile(bundle["sources"][name], f"{name}.py", "exec"), module.__dict__)
    # The channel keeps descriptor 1 for itself: a child that prints must not write into the answers.
    answers = os.fdopen(os.dup(1), "wb", 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    answers.write(bundle["marker"].encode("ascii"))
    sys.modules[f"{PACKAGE}.agent"].serve(stdin, answers)
