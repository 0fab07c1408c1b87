from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The user's own settings change nothing here, and home is an empty folder."""
    for name in ("NO_COLOR", "UNITRAINER_THEME", "UNITRAINER_HOME", "TEXTUAL_ANIMATIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


async def until(pilot: Pilot[None], what: Callable[[], object]) -> None:
    """Lets the app work until something holds; the test's own time limit ends a wait for nothing."""
    for _ in range(1500):
        if what():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came to hold")


@pytest.fixture
def holds() -> Callable[[Pilot[None], Callable[[], object]], Awaitable[None]]:
    return until
