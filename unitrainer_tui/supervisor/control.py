"""The supervisor's Unix socket: one JSON line in, one JSON line out, 0600 in a directory of the user's."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

LINE_LIMIT = 64 * 1024
ANSWER_SECONDS = 10.0

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class ControlServer:
    """Answers requests with what `handler` returns. A request that it cannot read gets `{"error": …}`."""

    def __init__(self, path: Path, handler: Handler) -> None:
        self._path = path
        self._handler = handler
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Takes the socket's place: the lock says that no other owner lives, so a file there is a dead one's."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=LINE_LIMIT)
        finally:
            os.umask(before)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                line = await reader.readline()
                answer = self._answer(line)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (TimeoutError, OSError, ValueError):
            pass  # a viewer that went away or never spoke
        finally:
            writer.close()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
        except ValueError:
            return {"error": "not JSON"}
        if not isinstance(request, dict):
            return {"error": "not a JSON object"}
        return self._handler(request)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)


async def ask(path: Path, request: dict[str, Any], timeout_s: float = ANSWER_SECONDS) -> dict[str, Any]:
    """One request. Raises OSError (TimeoutError is one) when nobody answers."""
    async with asyncio.timeout(timeout_s):
        reader, writer = await asyncio.open_unix_connection(str(path), limit=LINE_LIMIT)
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
        finally:
            writer.close()
    try:
        answer = json.loads(line)
    except ValueError:
        raise ConnectionError("the supervisor went away") from None
    return answer if isinstance(answer, dict) else {}
