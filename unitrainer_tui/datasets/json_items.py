"""A JSON file of any size, item by item: one object at its top whose long arrays are never held whole.

COCO's annotations of 118,000 pictures are 450 MB; read in one piece they would take some 3 GB of memory.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20
# One item (a picture, an annotation) may be so long; anything longer is not what it says it is.
LARGEST_ITEM = 64 << 20
_SPACE = re.compile(r"[ \t\r\n]*")


class BadJson(Exception):
    """`code` is malformed-json or bad-encoding, `line` and `column` count from 1."""

    def __init__(self, why: str, line: int, column: int, code: str = "malformed-json") -> None:
        super().__init__(why)
        self.why = why
        self.line = line
        self.column = column
        self.code = code


def json_items(path: Path) -> Iterator[tuple[str, Any, int]]:
    """(key, item, line) for each item of an array at the top and for each other value there.

    Raises BadJson, OSError."""
    with path.open("rb") as stream:
        yield from _Reader(stream).pairs()


class _Reader:
    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.decode = codecs.getincrementaldecoder("utf-8-sig")("strict")
        self.parse = json.JSONDecoder().raw_decode
        self.text = ""
        self.at = 0
        self.ended = False
        self.line = 1
        self.counted = 0  # newlines before this place of `text` are in `line`
        self.column_base = 0

    def pairs(self) -> Iterator[tuple[str, Any, int]]:
        self.expect("{", "the file must hold one JSON object")
        if self.peek() == "}":
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise self.bad("a key must be a string")
            self.expect(":", "a colon is missing")
            if self.peek() == "[":
                self.at += 1
                yield from self.items(key)
            else:
                line = self.here()
                yield key, self.value(), line
            if self.peek() == "}":
                return
            self.expect(",", "a comma or } is missing")

    def items(self, key: str) -> Iterator[tuple[str, Any, int]]:
        if self.peek() == "]":
            self.at += 1
            return
        while True:
            self.peek()
            line = self.here()
            yield key, self.value(), line
            if self.peek() == "]":
                self.at += 1
                return
            self.expect(",", "a comma or ] is missing")

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = self.parse(self.text, self.at)
                if end < len(self.text) or self.ended:  # else a number may go on
                    self.at = end
                    return value
            except RecursionError:
                raise self.bad("nested too deeply") from None
            except json.JSONDecodeError as problem:
                cut = problem.pos >= len(self.text) - 64 or problem.msg.startswith("Unterminated string")
                if self.ended or not cut or len(self.text) - self.at > LARGEST_ITEM:
                    self.at = problem.pos
                    why = "it ends too early" if self.ended and cut else problem.msg[:1].lower() + problem.msg[1:]
                    raise self.bad(why) from None
            except ValueError as problem:  # a number of thousands of digits
                raise self.bad(str(problem)) from None
            self.more()

    def peek(self) -> str:
        """The next character that is not blank, "" at the end of the file."""
        while True:
            found = _SPACE.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if self.ended:
                return ""
            self.more()

    def expect(self, char: str, otherwise: str) -> None:
        if self.peek() != char:
            raise self.bad("it ends too early" if self.at >= len(self.text) and self.text else otherwise)
        self.at += 1

    def more(self) -> None:
        data = self.stream.read(max(_CHUNK, len(self.text) - self.at))
        self.here()
        try:
            text = self.decode.decode(data, final=not data)
        except UnicodeDecodeError as problem:
            self.at = len(self.text)
            line = self.here() + problem.object[: problem.start].count(b"\n")
            raise BadJson(f"is not UTF-8 text ({problem.reason})", line, 1, "bad-encoding") from None
        self.ended = not data
        if self.at:
            cut = self.text.rfind("\n", 0, self.at)
            self.column_base = self.column_base + self.at if cut < 0 else self.at - cut - 1
        self.text = self.text[self.at :] + text
        self.at = self.counted = 0

    def here(self) -> int:
        """The line of the present place."""
        if self.at > self.counted:
            self.line += self.text.count("\n", self.counted, self.at)
            self.counted = self.at
        return self.line

    def bad(self, why: str) -> BadJson:
        line = self.here()
        cut = self.text.rfind("\n", 0, self.at)
        column = self.at + 1 + self.column_base if cut < 0 else self.at - cut
        return BadJson(why, line, column)
