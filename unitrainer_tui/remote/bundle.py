"""The host's modules as one message: a constant command line starts python3, the code follows on its input."""

from __future__ import annotations

import functools
import json
import secrets
import zlib
from importlib import resources

COMMAND = (
    "exec python3 -I -c 'import sys,zlib,json;r=sys.stdin.buffer;"
    'b=json.loads(zlib.decompress(r.read(int(r.readline()))));g={};exec(b["loader"],g);g["start"](b,r)\''
)
"""Holds no value of anybody's. `-I` keeps a json.py in the user's home folder from being taken for the library's."""

ORDER = (
    "frames",
    "places",
    "facts",
    "processes",
    "telemetry",
    "verified",
    "receive",
    "outputs",
    "lease",
    "tasks",
    "agent",
)
"""What a channel needs, each after what it imports."""
DETACHED = ("runner", "environment", "detached")
"""What runs on by itself from the program file; sent along, started by file."""


@functools.cache
def _sources() -> dict[str, str]:
    folder = resources.files("unitrainer_tui.remote.host")
    return {name: folder.joinpath(f"{name}.py").read_text("utf-8") for name in (*ORDER, *DETACHED)}


@functools.cache
def _loader() -> str:
    return resources.files("unitrainer_tui.remote.host").joinpath("loader.py").read_text("utf-8")


def bundle() -> tuple[bytes, bytes]:
    """(what to send first, the marker after which the answers begin). The marker is new each time, so that nothing that
    a start-up file prints can be it."""
    marker = f"\n{secrets.token_hex(16)}\n"
    message = {"loader": _loader(), "sources": _sources(), "order": ORDER, "marker": marker}
    packed = zlib.compress(json.dumps(message).encode("utf-8"), 6)
    return f"{len(packed)}\n".encode("ascii") + packed, marker.encode("ascii")
