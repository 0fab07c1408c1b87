"""The lease on the host: started where it does not run, and kept by asking after it."""

from __future__ import annotations

import json

from unitrainer_tui.ports import Lease
from unitrainer_tui.remote.host.lease import KEY
from unitrainer_tui.remote.job import Ask


async def keep(ask: Ask, run: str, lease: Lease) -> None:
    """One heartbeat. Raises HostError where the lease does not run and cannot be started."""
    answer, _ = await ask({"ask": "beat", "run": run})
    if answer["alive"]:
        return
    plan = {
        "url": lease.url,
        "project": lease.project,
        "region": lease.region,
        "instance": lease.instance,
        "minutes": lease.minutes,
        "seconds_left": lease.seconds_left,
    }
    body = json.dumps(plan).encode("utf-8")
    request = {
        "ask": "start",
        "run": run,
        "task": "lease",
        "again": True,
        "files": [["plan.json", len(body), False]],
        "argv": ["{python}", "-I", "{host}", "lease", "{task}"],
        "cwd": "task",
        "env": {},
        "path_first": "",
        "telemetry": False,
        "secret": {KEY: lease.api_key},
    }
    await ask(request, body)
