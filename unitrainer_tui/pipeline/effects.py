"""Calls that change something at the cloud, and how the doubt about each is resolved.

A call that spends money cannot be described without saying how its ambiguity is resolved: the type refuses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")

CANCEL_AGAIN_SECONDS = 0.5


class Ambiguity(Enum):
    """What is done when nobody knows whether a call had its effect (timeout, 5xx, garbage, crash before the record)."""

    FIND_BY_NAME = "look for our name in the list until the settle window is over; never a second call"
    COMPARE_LIST = "compare with the list recorded in the intent; what cannot be attributed is a suspect"
    REPEAT = "idempotent: the same call again does no harm"
    REPEAT_UNTIL_ABSENT = "the same call again until its object is proven absent"


@dataclass(frozen=True)
class Effect:
    name: str
    spends: bool
    ambiguity: Ambiguity

    def __post_init__(self) -> None:
        if not isinstance(self.ambiguity, Ambiguity):
            raise TypeError(f"the effect {self.name!r} does not say how its ambiguity is resolved")
        if self.spends and self.ambiguity not in (Ambiguity.FIND_BY_NAME, Ambiguity.COMPARE_LIST):
            raise TypeError(f"the effect {self.name!r} spends money and must never be repeated blindly")


LAUNCH = Effect("launch", True, Ambiguity.FIND_BY_NAME)
ALLOCATE = Effect("allocate", True, Ambiguity.COMPARE_LIST)
ADD_KEY = Effect("add-key", False, Ambiguity.REPEAT)
ASSOCIATE = Effect("associate", False, Ambiguity.REPEAT)
TERMINATE = Effect("terminate", False, Ambiguity.REPEAT_UNTIL_ABSENT)
RELEASE = Effect("release", False, Ambiguity.REPEAT_UNTIL_ABSENT)
DROP_KEY = Effect("drop-key", False, Ambiguity.REPEAT_UNTIL_ABSENT)


_under_way: ContextVar[Effect | None] = ContextVar("effect under way", default=None)


def under_way() -> Effect | None:
    """The effect that the running task is a part of."""
    return _under_way.get()


async def uncancelled(effect: Effect, call: Callable[[], Awaitable[T]]) -> T:
    """Runs an effect's call together with the record of its answer to the end, even when the caller is cancelled
    meanwhile.

    An abort in mid-launch must not lose the id that is on its way. The call bounds its own time.
    """
    before = _under_way.set(effect)
    try:
        task = asyncio.ensure_future(call())  # a task of its own, which takes the effect along
    finally:
        _under_way.reset(before)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        if not task.cancelled():
            task.exception()  # looked at: the caller is being cancelled and will not
        raise asyncio.CancelledError
    return task.result()


async def end(*tasks: asyncio.Task[None]) -> None:
    """Cancels tasks and waits until they are over.

    Once is not enough: on Python 3.11 `asyncio.wait_for`, which libraries use, can swallow a cancellation that arrives
    together with its result (python/cpython#86296), and the task would go on as if nothing had been said.
    """
    while running := {task for task in tasks if not task.done()}:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=CANCEL_AGAIN_SECONDS)


async def within(seconds: float, call: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs a call for at most so long; raises TimeoutError. For bounds that cost money when they do not hold: unlike
    `asyncio.timeout` it also ends a call that swallows its cancellation once (see `end`)."""
    task = asyncio.create_task(call())
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise TimeoutError
    finally:
        await end(task)
    task.result()


def backoff(attempt: int) -> float:
    """Seconds to wait after the `attempt`-th failure (from 1) of a call that is never given up."""
    return (1.0, 2.0, 4.0, 8.0)[attempt - 1] if attempt <= 4 else 15.0
