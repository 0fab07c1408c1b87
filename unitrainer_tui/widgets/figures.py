"""Numbers as people read them: durations, money, bytes, rates. Pure functions, fixed widths where columns need them."""

from __future__ import annotations

import math
from pathlib import Path


def duration(seconds: float | None) -> str:
    """`0.4s`, `42s`, `3m 12s`, `1h 04m`, `2d 03h`; a dash where there is no number."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return "–"
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, second = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m {second:02d}s"
    hours, minute = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}h {minute:02d}m"
    days, hour = divmod(hours, 24)
    return f"{days}d {hour:02d}h"


def usd(amount: float | None) -> str:
    """`$1.23`, `$1,234.50`; under a cent with four digits, because a rehearsal costs fractions of one."""
    if amount is None or not math.isfinite(amount):
        return "–"
    if 0 < abs(amount) < 0.01:
        return f"${amount:.4f}"
    return f"${amount:,.2f}"


def usd_per_hour(rate: float | None) -> str:
    return "–" if rate is None else f"{usd(rate)}/h"


def size(count: float | None) -> str:
    """Bytes in powers of 1000, as disks and links are sold: `812 GB`, `4.2 MB`."""
    if count is None or not math.isfinite(count):
        return "–"
    value = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(value) < 999.5 or unit == "TB":
            digits = 1 if unit != "B" and abs(value) < 9.95 else 0
            return f"{value:,.{digits}f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def gib(mib: float | None) -> str:
    """GPU memory, told in MiB, as GiB with one digit."""
    return "–" if mib is None else f"{mib / 1024:.1f}"


def percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}%"


def metric(value: float | None) -> str:
    """A metric with about four figures that matter: `0.2340`, `12.4`, `1.2e-05`."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    magnitude = abs(value)
    if magnitude >= 100_000 or magnitude < 0.0005:
        return f"{value:.1e}"
    if magnitude >= 100:
        return f"{value:.1f}"
    return f"{value:.2f}" if magnitude >= 10 else f"{value:.4f}"


def plural(count: int, noun: str, many: str | None = None) -> str:
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def home_relative(path: str | Path) -> str:
    """A path with the home directory written as `~`."""
    text = str(path)
    home = str(Path.home())
    return "~" + text[len(home) :] if home != "/" and (text == home or text.startswith(home + "/")) else text


def shortened(text: str, width: int) -> str:
    """At most `width` characters: the middle goes, because both ends of a path or a run's id tell something."""
    if len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    left = (width - 1) // 3
    return f"{text[:left]}…{text[len(text) - (width - 1 - left) :]}"
