"""The one gate between foreign bytes and the screen: SafeText, redaction.

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
from urllib.parse import quote, quote_plus

from unitrainer_tui.drawn_rows import narrow

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


def unstacked(text: str) -> str:
    """The text with at most three marks on each letter."""
    return _STACK.sub(r"\1", text)


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
    text = unstacked(_BROKEN.sub("\ufffd", text)).expandtabs(TAB)
    return SafeText(text if len(text) <= limit else text[: limit - 1] + MARK)


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
