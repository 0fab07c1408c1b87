"""Python's collector of garbage, kept out of the way of keys.

A look at everything costs 20 to 80 ms in which no key is answered (measured; 75 ms more before what is loaded was
spared), and opening a screen is what makes it due: it fell on the very key that opened one. So a look that is due
waits until nobody has pressed a key for a while.
"""

from __future__ import annotations

import gc

QUIET_SECONDS = 0.25
BETWEEN_SECONDS = 10.0
"""Under 10,000 log lines a second one is due about every second."""
DUE = 10
"""Looks at the younger objects after which Python looks at all of them, by its own default."""
AT_THE_LATEST = 100
"""The same where keys never leave a quiet moment, or no live run is on the screen."""


def spare_what_is_loaded() -> None:
    """Once, when all is loaded that stays."""
    if not _spared():
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, AT_THE_LATEST)


def _spared() -> bool:
    """Not asked of `gc.get_freeze_count`, which counts them one by one, for milliseconds."""
    return gc.get_threshold()[2] == AT_THE_LATEST


class QuietCollector:
    """Looks at everything if that is due, nobody is pressing keys, and the last look was a while ago."""

    def __init__(self) -> None:
        self._looked_at = 0.0

    def look(self, now: float, last_key_at: float) -> bool:
        """Both in seconds of a monotonic clock. True when there was a look."""
        quiet = now - last_key_at >= QUIET_SECONDS and now - self._looked_at >= BETWEEN_SECONDS
        if not quiet or gc.get_count()[2] < DUE or not _spared():
            return False
        self._looked_at = now
        gc.collect()
        return True
