"""The messages on a channel: a JSON header and a body of bytes, each with its length in front. Used at both ends."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

LENGTHS = struct.Struct(">II")
"""Length of the header, length of the body; bytes, big-endian."""

BLOCK = struct.Struct(">BI")
"""In a stream of data: the kind of the block and the length of what follows; bytes."""

RAW, PACKED, END, ABORT = range(4)
"""Kinds of blocks: bytes as they are, bytes packed by zlib, the end of the stream, the sender gave up."""


class Closed(Exception):
    """The other end is gone."""


def pack(header: dict[str, Any], body: bytes = b"") -> bytes:
    """One message as bytes. Names that are not UTF-8 travel as JSON's escaped surrogates."""
    head = json.dumps(header).encode("ascii")
    return LENGTHS.pack(len(head), len(body)) + head + body


def read_exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if data is None or len(data) != size:
        raise Closed
    return data


def read_message(stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """The next message. Raises Closed at the end of the stream."""
    header_size, body_size = LENGTHS.unpack(read_exactly(stream, LENGTHS.size))
    header = json.loads(read_exactly(stream, header_size).decode("ascii"))
    return header, read_exactly(stream, body_size)


def write_message(stream: BinaryIO, header: dict[str, Any], body: bytes = b"") -> None:
    """Writes one message whole, also to an unbuffered stream that takes only a part at a time."""
    write_all(stream, pack(header, body))


def write_all(stream: BinaryIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        written = stream.write(rest)
        rest = rest[written if written is not None else 0 :]
