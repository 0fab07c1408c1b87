"""A connection that is lost for good ends the run, and is not proven lost a second time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from unitrainer_tui.errors import HostLoginRefused, HostUnreachable, RunFailed
from unitrainer_tui.pipeline.host_link import HostLink
from unitrainer_tui.ports import HostTarget


class Clock:
    """Sleeping takes no time and moves the clock."""

    def __init__(self) -> None:
        self.time = 0.0

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


class Refuses:
    def __init__(self) -> None:
        self.tries = 0

    async def connect(self, target: HostTarget) -> Any:
        self.tries += 1
        raise HostLoginRefused("The login is refused.")


async def test_a_login_that_is_refused_for_good_ends_the_run_and_a_rescue_does_not_wait_for_it_again():
    clock, connector = Clock(), Refuses()
    timing = SimpleNamespace(ssh_timeout_s=60.0)
    state = SimpleNamespace(instance=lambda node: None)
    ctx: Any = SimpleNamespace(
        clock=clock,
        connector=connector,
        cloud=None,
        label=lambda node: "",
        profile=SimpleNamespace(timing=timing),
        record=SimpleNamespace(state=state, notice=lambda *words: None),
    )
    link = HostLink(ctx, HostTarget("203.0.113.1", 22, "ubuntu"))

    async def look(host: Any) -> None:
        raise HostUnreachable("never reached")

    with pytest.raises(RunFailed, match="no longer accepts"):
        await link.call(look)
    assert 60.0 < clock.time < 70.0
    tries = connector.tries
    with pytest.raises(RunFailed, match="no longer accepts"):
        await link.call(look)
    assert connector.tries == tries
