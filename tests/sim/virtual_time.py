"""An event loop whose time is virtual: it never sleeps, it jumps to the next timer. Hours pass in milliseconds.

It does what the core needs of a loop and no more: tasks, futures and timers are asyncio's own.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

EPOCH = 1_790_000_000.0


class Stuck(Exception):
    """Nothing is left to wait for, and yet somebody waits."""


class _Handle:
    """A call that is due, or will be at `at`."""

    __slots__ = ("args", "at", "call", "context")

    def __init__(self, call: Callable[..., object], args: tuple[Any, ...], context: Any, at: float = 0.0) -> None:
        self.call: Callable[..., object] | None = call
        self.args, self.context, self.at = args, context, at

    def cancel(self) -> None:
        self.call = None

    def cancelled(self) -> bool:
        return self.call is None

    def when(self) -> float:
        return self.at


class VirtualLoop(asyncio.AbstractEventLoop):
    """One for a whole world: `now` goes on through all processes that live in it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._ready: deque[_Handle] = deque()
        self._timers: list[tuple[float, int, _Handle]] = []
        self._count = 0
        self.tasks: set[asyncio.Task[Any]] = set()
        """Those that were begun since the last process ended."""

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Any = None) -> Any:
        handle = _Handle(callback, args, context or contextvars.copy_context())
        self._ready.append(handle)
        return handle

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any, context: Any = None) -> Any:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Callable[..., object], *args: Any, context: Any = None) -> Any:
        handle = _Handle(callback, args, context or contextvars.copy_context(), when)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Coroutine[Any, Any, T], *, name: str | None = None, context: Any = None) -> Any:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name, context=context)
        self.tasks.add(task)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What a dead process left unlooked at is nobody's any more."""

    def forget(self) -> None:
        """A process has ended, and whatever it still waited for with it."""
        self._ready.clear()
        self._timers.clear()
        self.tasks.clear()

    def end_tasks(self) -> None:
        """Ends what a history that broke off has left, as far as it lets itself be ended."""
        asyncio.events._set_running_loop(self)
        try:
            for _ in range(50):
                running = [task for task in self.tasks if not task.done()]
                for task in running:
                    task.cancel()
                for _ in range(20):
                    if self._ready:
                        self._turn()
                if not running:
                    return
        finally:
            asyncio.events._set_running_loop(None)
            self.forget()

    def run_until_complete(self, work: Any) -> Any:
        """Raises what the work raises, and Stuck where it waits for something that can never come."""
        asyncio.events._set_running_loop(self)
        try:
            task = self.create_task(work)
            while not task.done():
                self._turn()
            return task.result()
        finally:
            asyncio.events._set_running_loop(None)

    def _turn(self) -> None:
        ready, timers = self._ready, self._timers
        while timers and timers[0][2].call is None:
            heapq.heappop(timers)
        if not ready:
            if not timers:
                raise Stuck("every task waits for something that can never come")
            self.now = max(self.now, timers[0][0])
        while timers and timers[0][0] <= self.now:
            ready.append(heapq.heappop(timers)[2])
        for _ in range(len(ready)):
            handle = ready.popleft()
            if handle.call is not None:
                handle.context.run(handle.call, *handle.args)
