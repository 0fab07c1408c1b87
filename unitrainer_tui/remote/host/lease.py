"""Ends this very machine when nobody has asked after it for too long, or when its run's deadline has passed.

A task of its own under runner.py. In its folder it finds `plan.json`; `beat` is touched by every question of the owner.
The API key is in its environment alone, in no file. It ends only with the machine.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from typing import Any

KEY = "UNITRAINER_LEASE_KEY"
LOOK = 1.0
AGAIN = 15.0
TIMEOUT = 30.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key goes to nobody but the cloud."""

    def redirect_request(self, *_: Any) -> None:
        return None


def main(folder: str) -> int:
    with open(os.path.join(folder, "plan.json"), encoding="utf-8") as file:
        plan = json.load(file)
    key = os.environ.pop(KEY)
    print(f"lease: {plan['minutes']:g} minutes", flush=True)
    reason = wait(os.path.join(folder, "beat"), plan["minutes"] * 60, plan["seconds_left"])
    while True:
        print(f"{reason}: {terminate(plan, key)}", flush=True)
        time.sleep(AGAIN)  # accepted is not gone: it is asked for until this process goes with the machine


def wait(beat: str, patience: float, left: float) -> str:
    """Returns the reason to end. Only this machine's monotonic clock counts: one that is set ends nothing."""
    began = last = time.monotonic()
    seen = None
    while True:
        now = time.monotonic()
        try:
            changed = os.stat(beat).st_mtime_ns
        except OSError:
            changed = None
        if changed != seen:
            seen, last = changed, now
        if now - last > patience:
            return "nobody asked after this machine"
        if now - began > left:
            return "the run's deadline has passed"
        time.sleep(min(LOOK, patience / 4))


def terminate(plan: dict[str, Any], key: str) -> str:
    """One call, and what came of it in a few words."""
    body = {"project": plan["project"], "region": plan["region"], "id": plan["instance"]}
    request = urllib.request.Request(
        plan["url"].rstrip("/") + "/instance-operations/terminate",
        data=json.dumps(body).encode("utf-8"),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        method="POST",
    )
    opener = urllib.request.build_opener(_NoRedirect(), urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            return f"terminate answered {answer.status}"
    except Exception as problem:
        return f"terminate failed ({type(problem).__name__})"


def touch(folder: str) -> None:
    """The heartbeat: a later time than before, whatever the clock says."""
    path = os.path.join(folder, "beat")
    try:
        later = os.stat(path).st_mtime_ns + 1_000_000
        os.utime(path, ns=(later, later))
    except FileNotFoundError:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(path, "wb"):
            pass
