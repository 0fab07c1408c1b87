"""Lines of a job's log, as a terminal leaves them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

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
from unitrainer_tui.text import MARK, SafeText, safe, unstacked


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
            text = unstacked(text)
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
            self._above.clear()  # the rows hold what of it can still be reached
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
