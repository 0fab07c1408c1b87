"""The lease on the host: started where it does not run, and kept by asking after it."""

from __future__ import annotations

import json

from unitrainer_tui.ports import Lease, LeaseWord
from unitrainer_tui.remote.host.lease import KEY, REACHED
from unitrainer_tui.remote.job import Ask


async def keep(ask: Ask, run: str, lease: Lease) -> LeaseWord:
    """One heartbeat. Where the lease does not run it is started, and the next heartbeat tells whether it stayed.
    Raises HostError where it cannot be started."""
    answer, _ = await ask({"ask": "beat", "run": run})
    if answer.get("alive") is True:
        said = str(answer.get("reach") or "")
        return LeaseWord(True, said == REACHED if said else None, "" if said == REACHED else said)
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
    return LeaseWord(False)
