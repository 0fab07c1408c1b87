"""The one gate between foreign bytes and the screen: SafeText, lines of a log, redaction.

Whatever a job, a cloud, a file name or an instance name says goes through `safe` before it is shown, logged or put
into an event. Markup look-alikes (`[bold]`) stay as they are: who shows the text does so with markup off.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import shlex
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from unitrainer_tui.drawn_rows import (
    BEGUN_MOVE,
    LONGEST_MOVE,
    MOVE,
    REACH,
    DrawnRow,
    columns,
    erased,
    moves_far,
    narrow,
    written,
)

LIMIT = 20_000
"""Characters of one text that `safe` lets through by default."""

MARK = "…"
TAB = 8

# Sequences, removed whole. The alternatives are, in order: CSI; the strings (OSC, DCS, SOS, PM, APC), which an absent
# terminator ends with the line; every other escape. \udc9b is the byte 0x9B where it is no part of UTF-8.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|[\x9b\udc9b])[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_BREAK = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
# What takes no column or moves others: the remaining controls, soft hyphen, bidi marks, overrides and isolates,
# zero-width characters, variation selectors, interlinear marks, tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_BROKEN = re.compile("[\ud800-\udfff\ufffe\uffff]")
# More than three marks on one letter reach into the lines above and below.
_STACK = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)


class SafeText(str):
    """Text that went through `safe`: no control character, no escape sequence, nothing that moves columns.

    A `"\\n"` is in it only where `safe` was called with `multiline`. Slices and sums of it are plain `str` again.
    """

    __slots__ = ()


def safe(text: str | bytes, *, limit: int = LIMIT, multiline: bool = False) -> SafeText:
    """Foreign text, made harmless for a terminal. Never raises; `safe(safe(x)) == safe(x)`.

    `limit` counts characters; what is longer ends with "…". Tabs become spaces up to the next multiple of eight.
    Line breaks become one space each, or `"\\n"` with `multiline`. Invalid UTF-8 becomes U+FFFD.
    """
    limit = max(limit, 1)
    if isinstance(text, bytes):
        text = text[: 4 * limit + 4096].decode("utf-8", "surrogateescape")
    if text.isprintable() and narrow(text):  # most lines of most logs, and bars of blocks
        return SafeText(text if len(text) <= limit else text[: limit - 1] + MARK)
    text = text[: 4 * limit + 4096]
    text = _SEQUENCE.sub("", text)
    text = _BREAK.sub("\n" if multiline else " ", text)
    text = _UNSEEN.sub("", text)
    text = _STACK.sub(r"\1", _BROKEN.sub("\ufffd", text)).expandtabs(TAB)
    return SafeText(text if len(text) <= limit else text[: limit - 1] + MARK)


# ------------------------------------------------------------------------------------------------------ log lines


class Line(NamedTuple):
    """One line of log.raw: `offset` of its first byte, `end` behind its line break, `text` as a terminal leaves it.

    `drawn`: it belongs to a display that is drawn over, such as several progress bars, and takes the place of the line
    that was told before with the same offset, if one was.
    """

    offset: int
    end: int
    text: SafeText
    drawn: bool = False


class LineSplitter:
    """Cuts log.raw, in pieces of any size, into lines as a terminal leaves them.

    A carriage return goes back to the line's start, and what comes then is written over it. What moves the cursor up
    reaches the last `REACH` lines, which are told once more as far as they changed, marked as `drawn`: at the end of a
    piece, so that a bar that moves a thousand times within it costs a line or two. Colours are removed. Of a line
    longer than `limit` bytes the beginning is kept with a mark that says how much is missing, so memory is bounded by
    `limit`, whatever comes. The same bytes in any split give the same lines, where they are drawn over those that stay
    in the end (`settled`).
    """

    def __init__(self, offset: int = 0, limit: int = 8192) -> None:
        self._limit = max(limit, 16)
        self._position = offset
        self._held = b""  # the beginning of a sequence at the end of a piece
        self._lines: list[Line] = []
        self._above: deque[Line] = deque(maxlen=REACH - 1)  # while nothing is drawn over
        self._remembered = 0  # so many of the lines are in it
        self._drawing = False  # from a move up to the next line that begins and ends below the display
        self._rows: list[DrawnRow] = []  # what is drawn over, or the line that was begun
        self._row = 0
        self._column = 0
        self._written = bytearray()  # at the cursor and not in the row yet, at most limit bytes
        self._written_length = 0

    def feed(self, data: bytes) -> list[Line]:
        """The lines that `data` completes or draws over."""
        lines: list[Line] = []
        self._lines, self._remembered = lines, 0
        data, self._held = self._held + data, b""
        if b"\x1b" in data and (begun := BEGUN_MOVE.search(data, max(0, len(data) - LONGEST_MOVE))):
            data, self._held = data[: begun.start()], data[begun.start() :]
        moves = moves_far(data)
        limit, position = self._limit, self._position
        *complete, rest = data.split(b"\n")
        for piece in complete:
            end = position + len(piece) + 1
            if piece.endswith(b"\r"):
                piece = piece[:-1]
            if not self._rows and len(piece) <= limit and b"\r" not in piece and not (moves and moves_far(piece)):
                lines.append(Line(position, end, safe(piece, limit=limit)))
                position = end
            else:
                self._position = position
                self._write(piece)
                self._position = position = end
                self._break()
        self._position = position
        if rest:
            self._write(rest)
        if self._drawing:
            self._tell_drawn(still_drawing=True)
        self._remember()
        return lines

    def finish(self) -> list[Line]:
        """The last line, when no line break ends it."""
        self._lines, self._remembered = [], 0
        if self._held:
            self._write(self._held)
            self._held = b""
        if self._drawing:
            self._tell_drawn(still_drawing=True)
        last = self._rows[-1] if self._rows else None
        if last is not None and last.told is None and self._row == len(self._rows) - 1 and self._position > last.offset:
            last.told = text = self._text()
            self._lines.append(Line(last.offset, self._position, text, self._drawing))
        return self._lines

    def pending(self) -> SafeText:
        """What the unfinished line shows now: a bar that is drawn over and over."""
        return self._text() if self._rows else SafeText()

    # ------------------------------------------------------------------------------------------------- the cursor

    def _write(self, piece: bytes) -> None:
        if not self._rows:
            self._rows, self._row, self._column = [DrawnRow(self._position, self._position)], 0, 0
        start = 0
        for move in MOVE.finditer(piece):
            self._put(piece[start : move.start()])
            self._into_row()
            self._move(move)
            self._position += move.end() - move.start()
            start = move.end()
        self._put(piece[start:])

    def _put(self, piece: bytes) -> None:
        if piece:
            self._rows[self._row].begun = True
            self._position += len(piece)
            self._written_length += len(piece)
            if room := self._limit - len(self._written):
                self._written += piece[:room]

    def _text(self, new: str | None = None) -> SafeText:
        """The cursor's row, with what is not in it yet."""
        row = self._rows[self._row]
        text = written(row.text, self._column, self._new_text() if new is None else new)
        if not narrow(text):  # marks of several pieces may have come together
            text = _STACK.sub(r"\1", text)
        return SafeText(text[: 2 * self._limit])

    def _new_text(self) -> str:
        missing = self._written_length - len(self._written)
        data = bytes(self._written)
        if missing:  # a letter that the cut went through is left out
            data = re.sub(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z", b"", data)
        text = safe(data, limit=self._limit)
        return f"{text}{MARK} (+{missing} bytes)" if missing else text

    def _into_row(self) -> None:
        if self._written_length:
            new = self._new_text()
            self._rows[self._row].text = self._text(new)
            self._column = min(self._limit, self._column + columns(new))
            self._written.clear()
            self._written_length = 0

    def _move(self, move: re.Match[bytes]) -> None:
        """The cursor, or erasing: what no terminal knows changes nothing."""
        if move[2] is None:
            self._column = 0 if move[0] == b"\r" else max(0, self._column - 1)
            return
        kind, number = move[2], int(move[1] or 0)
        steps, row = max(1, number), self._rows[self._row]
        if kind in b"AF":
            self._go(-steps)
        elif kind in b"BE":
            self._go(steps)
        elif kind in b"CDG":
            column = {b"C": self._column + steps, b"D": self._column - steps, b"G": steps - 1}[kind]
            self._column = min(self._limit, max(0, column))
        elif number == 0:
            row.text = erased(row.text, self._column)
            if kind == b"J":
                for below in self._rows[self._row + 1 :]:
                    below.text = ""
        elif kind == b"K" and number == 1:
            row.text = written(row.text, 0, " " * (self._column + 1)).rstrip()
        elif kind == b"K" and number == 2:
            row.text = ""
        if kind in b"EF":
            self._column = 0

    def _go(self, rows: int) -> None:
        if rows < 0 and not self._drawing:
            self._remember()
            if not self._above:
                return
            above = [DrawnRow(line.offset, line.end, line.text, line.text, True) for line in self._above]
            self._rows = above + self._rows
            self._row += len(above)
            self._drawing = True
        self._row = min(max(0, self._row + rows), len(self._rows) - 1)

    def _break(self) -> None:
        """A line break: the row below, a new one where the cursor is in the last."""
        self._into_row()
        self._column = 0
        row = self._rows[self._row]
        if self._row < len(self._rows) - 1:
            self._row += 1
            return
        row.end = self._position
        if not self._drawing:
            self._lines.append(Line(row.offset, row.end, SafeText(row.text)))
            self._rows = []
        elif row.told is None:
            self._tell_drawn(still_drawing=False)
            self._drawing = False
            self._above.extend(Line(row.offset, row.end, SafeText(row.text)) for row in self._rows)
            self._remembered = len(self._lines)
            self._rows = []
        else:
            self._rows.append(DrawnRow(self._position, self._position))
            self._row += 1
            if len(self._rows) > REACH:
                self._tell(self._rows.pop(0), drawn=True)
                self._row -= 1

    # ------------------------------------------------------------------------------------------------ what is told

    def _tell_drawn(self, *, still_drawing: bool) -> None:
        if still_drawing:
            self._rows[-1].end = self._position
        for index, row in enumerate(self._rows):
            ended = index < len(self._rows) - 1 or not still_drawing
            if ended or row.begun:
                self._tell(row, drawn=still_drawing or row.told is not None, cursor=index == self._row)

    def _tell(self, row: DrawnRow, *, drawn: bool, cursor: bool = False) -> None:
        text = self._text() if cursor and self._written_length else SafeText(row.text)
        if text != row.told:
            row.told = text
            self._lines.append(Line(row.offset, row.end, text, drawn))

    def _remember(self) -> None:
        if not self._drawing:
            self._above.extend(self._lines[max(self._remembered, len(self._lines) - REACH) :])
        self._remembered = len(self._lines)


def settled(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines as they are in the end, each of them once: held back for as long as they can be drawn over."""
    held: dict[int, Line] = {}
    for line in lines:
        held[line.offset] = line
        if len(held) > 2 * REACH:
            yield held.pop(next(iter(held)))
    yield from held.values()


def safe_lines(data: bytes, *, offset: int = 0) -> list[Line]:
    """All lines of `data` as they are in the end, the last one too when nothing ends it."""
    splitter = LineSplitter(offset)
    return list(settled(splitter.feed(data) + splitter.finish()))


# ------------------------------------------------------------------------------------------------------- secrets

SHORTEST_SECRET = 6
"""Shorter secrets are not registered: they would blank ordinary words out of every log."""

_SHELL_SPECIAL = re.compile(r"([^A-Za-z0-9_@%+=:,./-])")


def _base64_cores(data: bytes) -> set[str]:
    """What is certain of the Base64 of any text that holds `data`, for each of the three ways that it can lie."""
    cores = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + data).decode()
        core = encoded[-(-8 * shift // 6) : 8 * (shift + len(data)) // 6]
        cores |= {core, core.replace("+", "-").replace("/", "_")}
    return cores


def _escaped(secret: str) -> set[str]:
    """JSON, in JSON once more, and Python's repr as str and as bytes, without their outer quotes."""
    once = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    twice = {json.dumps(form)[1:-1] for form in once}
    reprs = {repr(secret)[1:-1], repr(secret.encode("utf-8", "surrogatepass"))[2:-1]}
    return once | twice | reprs | {form.replace("/", "\\/") for form in once}


def _encodings(secret: str) -> set[str]:
    data = secret.encode("utf-8", "surrogatepass")
    urls = {quote(data, safe=""), quote(data), quote_plus(data)}
    urls |= {re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), url) for url in urls}
    quoted = shlex.quote(secret)
    shell = {
        quoted if quoted == secret else quoted[1:-1],
        secret.replace("'", "'\\''"),
        _SHELL_SPECIAL.sub(r"\\\1", secret),
    }
    hexes = {data.hex(), data.hex().upper()}
    lines = {line.strip() for line in secret.splitlines() if not line.startswith("-----")}
    forms = {secret} | urls | shell | hexes | _base64_cores(data) | _escaped(secret) | lines
    return {form for form in forms if len(form) >= SHORTEST_SECRET}


class Redactor:
    """Replaces each registered secret by `‹name›`, in whatever common encoding it appears. Safe between threads.

    Encodings: plain, URL-quoted, Base64 (standard and URL alphabet, at each of its three alignments, so also inside
    `user:secret`), hexadecimal, JSON (also JSON inside JSON), shell-quoted, repr; a secret of several lines (a private
    key) also by each of its lines. Secrets shorter than six characters are not registered.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def __repr__(self) -> str:
        return f"<Redactor of {len(set(self._names.values()))} secrets>"

    def register(self, secret: str, name: str) -> None:
        """From now on `secret` reads `‹name›`. Registering it again changes nothing."""
        if len(secret) < SHORTEST_SECRET:
            return
        shown = safe(name, limit=60).replace("‹", "").replace("›", "")
        with self._lock:
            for form in _encodings(secret):
                self._names.setdefault(form, shown)
            # Marks that stand already come first, so that redacting twice is redacting once; then the longest form.
            marks = sorted({f"‹{mark}›" for mark in self._names.values()})
            forms = sorted(self._names, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, [*marks, *forms])))

    def redact(self, text: str) -> str:
        pattern = self._pattern
        return text if pattern is None else pattern.sub(self._mark, text)

    def _mark(self, match: re.Match[str]) -> str:
        name = self._names.get(match[0])
        return match[0] if name is None else f"‹{name}›"


REDACTOR = Redactor()
"""The process's own: whoever reads a secret registers it here before using it."""


class RedactingFilter(logging.Filter):
    """Takes the registered secrets out of a log record: message, arguments, traceback and stack.

    Belongs on handlers: a logger's filter does not see the records of the loggers below it.
    """

    def __init__(self, redactor: Redactor = REDACTOR) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # arguments that do not fit the format: logging's own fault report
            message = f"{record.msg} {record.args!r}"
        record.msg, record.args = self._redactor.redact(message), None
        if record.exc_info:
            record.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_info = None  # its exception still carries the secret; the text is what formatters print
        if record.exc_text:
            record.exc_text = self._redactor.redact(record.exc_text)
        if record.stack_info:
            record.stack_info = self._redactor.redact(record.stack_info)
        return True
