"""One key after the other: what is typed ahead lands where it was meant to, however fast it comes.

Textual hands each key to the widget that has the focus at that moment. A letter is taken there; a binding's key goes
up to the app first. Of keys that come in one packet (a slow link, a paste, fast fingers) the letters therefore overtake
the bindings before them: "down, x" put the x into the field that was left. Here a key waits until the one before it has
done all that it does.
"""

from __future__ import annotations

from collections import deque
from functools import partial

from textual import events
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.timer import Timer

WAIT = 0.5
"""Seconds after which the next key goes on in any case: a widget that is gone returns nothing."""


class KeyPassed(Message):
    """Goes the way of a key, from the widget with the focus up to the app, behind the key and what it set off."""

    def __init__(self, key: events.Event, trip: int) -> None:
        super().__init__()
        self.key = key
        self.trip = trip


class KeyOrderApp(App[None]):
    """An app that takes keys and pastes one by one."""

    def __init__(self) -> None:
        super().__init__()
        self._under_way: events.Event | None = None
        self._way: MessagePump | None = None
        self._waiting: deque[events.Event] = deque()
        self._late: Timer | None = None

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste):
            await super().on_event(event)
        elif self._at_an_end:
            pass  # typed behind the key that ended the program: there is no screen left for it
        elif event.is_forwarded:
            await super().on_event(event)  # it came back: its binding has run by now
        elif self._under_way is None:
            await self._take(event)
        else:
            self._waiting.append(event)
            if self._late is None:
                self._late = self.set_timer(WAIT, partial(self._done, self._under_way), name="late key")

    @property
    def _at_an_end(self) -> bool:
        return self._exit or not self.screen_stack

    async def _take(self, event: events.Event) -> None:
        self._under_way = event
        self._way = self.focused or self.screen
        await super().on_event(event)
        if not self._follow(event, 1):
            self._forget()

    def _follow(self, key: events.Event, trip: int) -> bool:
        """Whether a message could be sent behind the key."""
        return self._way is not None and self._way.post_message(KeyPassed(key, trip))

    async def on_key_passed(self, message: KeyPassed) -> None:
        message.stop()
        # Once more: what the key has set off (a button pressed, a line chosen) is under way behind the first.
        if message.key is self._under_way and not (message.trip == 1 and self._follow(message.key, 2)):
            await self._done(message.key)

    async def _done(self, event: events.Event) -> None:
        if event is not self._under_way:
            return
        self._forget()
        while self._waiting and self._under_way is None and not self._at_an_end:
            await self._take(self._waiting.popleft())
        if self._waiting and self._under_way is not None:
            self._late = self.set_timer(WAIT, partial(self._done, self._under_way), name="late key")

    def _forget(self) -> None:
        self._under_way = self._way = None
        if self._late is not None:
            self._late.stop()
            self._late = None
