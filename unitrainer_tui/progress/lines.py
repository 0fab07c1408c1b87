"""Bytes in pieces of any size to lines of text, in bounded memory."""

from __future__ import annotations

import re

LONGEST = 64 * 1024
"""Bytes of a line that is looked at; longer ones are skipped: no progress line is that long."""

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?")


class Lines:
    """Cuts at line feeds, carriage returns and backspaces: each state of a bar that is drawn over is a line of its own.

    Empty lines are left out. The same bytes in any split give the same lines.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        *complete, rest = data.replace(b"\r", b"\n").replace(b"\b", b"\n").split(b"\n")
        if complete:
            if self._skipping:
                complete[0] = b""
                self._skipping = False
            elif self._rest:
                complete[0] = bytes(self._rest) + complete[0]
            self._rest.clear()
        if not self._skipping:
            self._rest += rest
            if len(self._rest) > LONGEST:
                self._rest.clear()
                self._skipping = True
        return [line for line in complete if line and len(line) <= LONGEST]

    def finish(self) -> list[bytes]:
        last, self._rest = bytes(self._rest), bytearray()
        return [last] if last else []


def text(line: bytes) -> str:
    """The line without colours and cursor movements; what is no UTF-8 becomes U+FFFD."""
    decoded = line.decode("utf-8", "replace")
    decoded = decoded.removeprefix("\ufeff")  # the mark of a file that an editor saved
    if "\x1b" in decoded:
        decoded = _ANSI.sub("", decoded)
    if "#011" in decoded:
        decoded = decoded.replace("#011", "\t")  # as a syslog daemon writes a tab
    return decoded
