"""How long each stage should take on a real cloud: the founding document's estimates."""

from __future__ import annotations

# Seconds, from and to. The check is quick, and training takes what it takes.
ESTIMATES: dict[str, tuple[int, int]] = {
    "launch": (30, 120),
    "address": (5, 30),
    "connect": (5, 60),
    "setup": (180, 600),
    "upload": (60, 1800),
    "download": (10, 60),
    "cleanup": (5, 15),
}


def usual(stage: str) -> str:
    """The estimate in eight characters at the most: `30s–2m`."""
    if stage not in ESTIMATES:
        return "varies" if stage == "train" else "seconds"
    low, high = ESTIMATES[stage]
    if low >= 60:
        return f"{low // 60}–{high // 60}m"
    return f"{low}–{high}s" if high <= 60 else f"{low}s–{high // 60}m"
