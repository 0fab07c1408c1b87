"""The terminal itself: is there one, its title, and how to leave it when it is taken away."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from unitrainer_tui.text import safe

HANGUP_CODE, TERMINATED_CODE = 129, 143

# Mouse off, focus and paste reports off, keyboard protocol back, cursor shown, main screen.
_RESET = (
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l\x1b[?1004l\x1b[?2004l\x1b[<u"
    b"\x1b[?25h\x1b[?1049l"
)


def terminal_problem() -> str | None:
    """Why the screens cannot run here, as one sentence that names the plain command; None when they can.

    Textual draws on stderr and reads stdin.
    """
    instead = "use `unitrainer-tui runs`, `run PROFILE` or `attach RUN --json`, which need no terminal."
    if not sys.stdin.isatty():
        return f"The screens need a terminal on standard input: {instead}"
    if not sys.__stderr__ or not sys.__stderr__.isatty():
        return f"The screens draw on standard error, which is no terminal here: {instead}"
    if os.environ.get("TERM", "") in ("dumb", ""):
        return f"TERM is {os.environ.get('TERM') or 'not set'}, a terminal that cannot draw screens: {instead}"
    return None


def window_title(text: str) -> str:
    """The sequence that sets the terminal's title. `text` may be foreign."""
    return f"\x1b]2;{safe(text, limit=120)}\x07"


PUSH_TITLE, POP_TITLE = "\x1b[22;2t", "\x1b[23;2t"


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """Within it, SIGHUP and SIGTERM end the process immediately, even while a dead terminal blocks the writer.

    A viewer owns nothing: the supervisor goes on. Staying alive without a terminal would spin at 100 % of a core, also
    where SIGHUP came in ignored (nohup), so both are handled in any case. After SIGTERM the terminal is put in order.
    A terminal that is not this session's own (setsid, some containers) sends no signal when it goes: it is watched.
    """
    descriptor = sys.stdin.fileno() if sys.stdin.isatty() else None
    before: list[Any] | None = termios.tcgetattr(descriptor) if descriptor is not None else None

    def hung_up(number: int, frame: FrameType | None) -> None:
        os._exit(HANGUP_CODE)

    def terminated(number: int, frame: FrameType | None) -> None:
        try:
            # A terminal that does not read must not hold this up.
            os.set_blocking(2, False)
            os.write(2, _RESET)
            if descriptor is not None and before is not None:
                termios.tcsetattr(descriptor, termios.TCSANOW, before)
            os.set_blocking(2, True)
        except OSError:
            pass  # there is no terminal left to put in order
        os._exit(TERMINATED_CODE)

    saved = {signal.SIGHUP: signal.getsignal(signal.SIGHUP), signal.SIGTERM: signal.getsignal(signal.SIGTERM)}
    signal.signal(signal.SIGHUP, hung_up)
    signal.signal(signal.SIGTERM, terminated)
    left = threading.Event()
    if descriptor is not None:
        threading.Thread(target=_watch, args=(descriptor, left), name="terminal", daemon=True).start()
    try:
        yield
    finally:
        left.set()
        for number, handler in saved.items():
            signal.signal(number, handler)


def _watch(descriptor: int, left: threading.Event) -> None:
    """Ends the process when the terminal is gone. Sleeps until then: no event is asked for but the hang-up, which the
    kernel always tells."""
    watched = select.poll()
    watched.register(descriptor, 0)
    while not left.is_set():
        try:
            told = watched.poll()
        except (OSError, ValueError):
            return
        if any(event & (select.POLLHUP | select.POLLERR) for _, event in told):
            if not left.is_set():
                os._exit(HANGUP_CODE)
        elif told:
            return  # the descriptor is no terminal any more
