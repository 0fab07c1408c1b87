"""Ends this very machine when nobody has asked after it for too long, or when its run's deadline has passed.

A task of its own under runner.py. In its folder it finds `plan.json`; `beat` is touched by every question of the owner.
`reach` says whether the cloud answers here: a lease that cannot call is none, and its owner is told in time.
The API key is in its environment alone, in no file. It ends only with the machine.
"""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

KEY = "UNITRAINER_LEASE_KEY"
LOOK = 1.0
AGAIN = 15.0
TIMEOUT = 30.0
PROVEN_FOR = 600.0
REACHED = "ok"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key goes to nobody but the cloud."""

    def redirect_request(self, *_: Any) -> None:
        return None


def main(folder: str) -> int:
    with open(os.path.join(folder, "plan.json"), encoding="utf-8") as file:
        plan = json.load(file)
    key = os.environ.pop(KEY)
    print(f"lease: {plan['minutes']:g} minutes", flush=True)
    try:
        os.unlink(os.path.join(folder, "reach"))  # the word of a lease before this one
    except FileNotFoundError:
        pass
    threading.Thread(target=prove, args=(folder, plan, key), daemon=True).start()
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


def prove(folder: str, plan: dict[str, Any], key: str) -> None:
    """Asks the cloud for this machine, again and again: what came of it stands in `reach`."""
    while True:
        said = reach(plan, key)
        fresh = os.path.join(folder, "reach.new")
        try:
            with open(fresh, "w", encoding="utf-8") as file:
                file.write(said)
            os.replace(fresh, os.path.join(folder, "reach"))
        except OSError:
            pass  # a full disk: the owner is told nothing new
        time.sleep(PROVEN_FOR if said == REACHED else AGAIN)


def reach(plan: dict[str, Any], key: str) -> str:
    """ "ok", or in a few words why the cloud cannot be called from here."""
    where = urllib.parse.urlencode({"project": plan["project"], "region": plan["region"]})
    try:
        _call(plan, key, f"/instances/{urllib.parse.quote(plan['instance'], safe='')}?{where}")
    except urllib.error.HTTPError as refused:
        return f"it answers {refused.code}"
    except Exception as problem:
        return str(getattr(problem, "reason", "") or type(problem).__name__)
    return REACHED


def terminate(plan: dict[str, Any], key: str) -> str:
    """One call, and what came of it in a few words."""
    body = {"project": plan["project"], "region": plan["region"], "id": plan["instance"]}
    try:
        status = _call(plan, key, "/instance-operations/terminate", json.dumps(body).encode("utf-8"))
        return f"terminate answered {status}"
    except Exception as problem:
        return f"terminate failed ({type(problem).__name__})"


def _call(plan: dict[str, Any], key: str, path: str, body: bytes | None = None) -> int:
    """The status of the answer. Raises URLError, of which HTTPError is one, and OSError."""
    request = urllib.request.Request(
        plan["url"].rstrip("/") + path,
        data=body,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        method="GET" if body is None else "POST",
    )
    opener = urllib.request.build_opener(_NoRedirect(), urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=TIMEOUT) as answer:
        return int(answer.status)


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
