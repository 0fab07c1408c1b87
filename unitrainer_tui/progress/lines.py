"""Bytes in pieces of any size to lines of text, in bounded memory."""

from __future__ import annotations

import codecs
import re

LONGEST = 64 * 1024
"""Bytes of a line that is looked at; longer ones are skipped: no progress line is that long."""

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?")


_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Utf8:
    """The bytes of an output as UTF-8: one that begins with the mark of UTF-16, as PowerShell's `>` writes, is decoded.

    All other bytes pass as they are. The same bytes in any split give the same bytes.
    """

    def __init__(self) -> None:
        self._begin: bytes | None = b""  # None once the first two bytes are known
        self._decoder: codecs.IncrementalDecoder | None = None

    def feed(self, data: bytes, final: bool = False) -> bytes:
        if self._begin is not None:
            data = self._begin + data
            if len(data) < 2 and not final and data in (b"", b"\xff", b"\xfe"):
                self._begin = data
                return b""
            self._begin = None
            if (encoding := _UTF_16.get(data[:2])) is not None:
                self._decoder = codecs.getincrementaldecoder(encoding)("replace")
                data = data[2:]
        return data if self._decoder is None else self._decoder.decode(data, final).encode("utf-8")


class Lines:
    """Cuts at line feeds, carriage returns and backspaces: each state of a bar that is drawn over is a line of its own.

    Empty lines are left out. The same bytes in any split give the same lines.
    """

    def __init__(self) -> None:
        self._utf8 = Utf8()
        self._rest = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        return self._cut(self._utf8.feed(data))

    def _cut(self, data: bytes) -> list[bytes]:
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
        lines = self._cut(self._utf8.feed(b"", final=True))
        last, self._rest = bytes(self._rest), bytearray()
        return [*lines, last] if last else lines


def text(line: bytes) -> str:
    """The line without colours and cursor movements; what is no UTF-8 becomes U+FFFD."""
    decoded = line.decode("utf-8", "replace")
    decoded = decoded.removeprefix("\ufeff")  # the mark of a file that an editor saved
    if "\x1b" in decoded:
        decoded = _ANSI.sub("", decoded)
    if "#011" in decoded:
        decoded = decoded.replace("#011", "\t")  # as a syslog daemon writes a tab
    return decoded
