"""What a logger, a launcher or a cluster puts before a line, taken off it."""

from __future__ import annotations

import re

_STAMP = (
    r"[\[(]?(?:(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?(?:[-/.]\d{2,4})?|[A-Z][a-z]{2} +\d\d?)[ T_,]+)?"
    r"\d\d?:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
)
# Where a logger names the place in the program: "yolox.core.trainer:188 - ", "[logging.py:96:log_dist] ", "org.x.Y - ".
_PLACE = (
    r"(?:\[[\w./-]+:\d+(?::\w+)?\]\s*|[\w.<>/]+(?::[\w<>]+)?:\d+\s+-\s+|\w+(?:\.\w+)+(?:\s+-\s+|:(?=\S))"
    r"|(?:root|__main__|tensorflow):)"
)
_LEVEL = re.compile(rf"^[^=|{{}}%]{{0,90}}?(?:\| *)?(?<![\w.-])(?:INFO|DEBUG|NOTICE)\b\s*[\]:|)-]*\s*{_PLACE}?")
_PLAIN = re.compile(
    rf"^{_STAMP} [\w.-]+\]:?\s*"
    rf"|^{_STAMP}(?:[\])]\s*(?:[-|:>]+\s+)?|\s+(?:stdout F\s+)?(?:[-|:>]+\s+)?|\s*(?:[-|>]+|:)\s*|(?=[A-Za-z]))"
    r"|^\d{13} [\w.-]+ (?:info|error|warn(?:ing)?|debug)\s"
    r"|^\([A-Z]\w+ pid=\d+[^)]{0,80}\)\s"  # Ray
    r"|^\[LibSVM\]"
)
# A cursor movement whose escape was lost when the output was saved.
_LOST_ESCAPES = re.compile(r"^\s*(?:\[A)+(?=[\w\[ ])")
_MAY_BEGIN = frozenset("[(0123456789JFMASOND ")
_NAMES_PROGRESS = re.compile(r"epoch|loss|step|iter", re.IGNORECASE)


def without_prefix(line: str) -> str:
    """The line as the program printed it: without the time, level and place of a logger, or the name of a machine."""
    if line[:1] == "[" or line[:1] == " ":
        line = _LOST_ESCAPES.sub("", line)
    head = line[:120]
    if ("INFO" in head or "DEBUG" in head or "NOTICE" in head) and (match := _LEVEL.match(line)) is not None:
        if not _NAMES_PROGRESS.search(match[0].partition("INFO")[0]):
            return line[match.end() :]
    elif line[:1] in _MAY_BEGIN and (match := _PLAIN.match(line)) is not None:
        return line[match.end() :]
    return line
