"""What the embedded cloud tells beyond CanopyWave's API: the port on which its machines' sshd listen."""

from __future__ import annotations

import httpx

from unitrainer_tui.clouds import answers
from unitrainer_tui.errors import CloudUnreachable


async def ssh_port_at(url: str, timeout_s: float = 10.0) -> int:
    """Asks the embedded cloud at `url`; 22 where something else answers. Raises CloudUnreachable."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=timeout_s) as http:
            answer = await http.get(f"{url.rstrip('/')}/sandbox")
        facts = answers.payload(answer.json()) if answer.status_code == 200 else {}
    except httpx.HTTPError as problem:
        raise CloudUnreachable(
            f"The embedded cloud at {url} cannot be reached ({type(problem).__name__}).",
            "Start it: unitrainer-tui sandbox",
        ) from None
    except ValueError:
        facts = {}
    port = facts.get("ssh_port") if isinstance(facts, dict) else None
    return port if isinstance(port, int) and 0 < port < 65536 else 22
