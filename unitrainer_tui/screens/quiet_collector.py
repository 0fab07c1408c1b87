"""Python's collector of garbage, kept out of the way of keys.

A look at everything costs 20 to 80 ms in which no key is answered (measured; 75 ms more before what is loaded was
spared), and opening a screen is what makes it due: it fell on the very key that opened one. So a look that is due
waits until nobody has pressed a key for a while.
"""

from __future__ import annotations

import gc

QUIET_SECONDS = 0.25
DUE = 10
"""Looks at the younger objects after which Python looks at all of them, by its own default."""
AT_THE_LATEST = 100
"""The same where keys never leave a quiet moment, or no live run is on the screen."""


def spare_what_is_loaded() -> None:
    """Once, when all is loaded that stays."""
    if not gc.get_freeze_count():
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, AT_THE_LATEST)


def collect_when_quiet(seconds_since_key: float) -> bool:
    """A look at everything if one is due and nobody is pressing keys. True when there was one."""
    if seconds_since_key < QUIET_SECONDS or not gc.get_freeze_count() or gc.get_count()[2] < DUE:
        return False
    gc.collect()
    return True
