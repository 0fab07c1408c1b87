"""What a logger, a launcher or a cluster puts before a line, taken off it."""

from __future__ import annotations

import re

_STAMP = (
    r"[\[(]?(?:(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d{8}(?=[-_T ]\d\d:)"
    r"|\d\d?[-/.]\d\d?(?:[-/.]\d{2,4})?|[A-Z][a-z]{2} +\d\d?)[ T_,-]+)?"
    r"\d\d?:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
)
# Where a logger names the place in the program: "yolox.core.trainer:188 - ", "[logging.py:96:log_dist] ", "org.x.Y - ".
_PLACE = (
    r"(?:\[[\w./-]+:\d+(?::\w+)?\]\s*|[\w.<>/]+(?::[\w<>]+)?:\d+\s+-\s+|\w+(?:\.\w+)+(?:\s+-\s+|:(?=\S))"
    r"|(?:root|__main__|tensorflow):)"
)
_LEVEL = re.compile(rf"(?:INFO|DEBUG)\b\s*[\]:|)-]*\s*{_PLACE}?")
# No logger writes these before the level; and a line's own words are none of a logger's.
_NOT_BEFORE = re.compile(r"[={}%]|epoch|loss|step|iter|[\w.-]$|\|.*\|", re.IGNORECASE)
_PLAIN = re.compile(
    rf"^{_STAMP} [\w.-]+\]:?\s*"
    rf"|^{_STAMP}(?:[\])]\s*(?:[-|:>]+\s+)?|\s+(?:stdout F\s+)?(?:[-|:>]+\s+)?|\s*(?:[-|>]+|:)\s*|(?=[A-Za-z]))"
    r"|^\d{13} [\w.-]+ (?:info|error|warn(?:ing)?|debug)\s"
    r"|^\([A-Z]\w+ pid=\d+[^)]{0,80}\)\s"  # Ray
    r"|^\[LibSVM\]"
)
# A cursor movement whose escape was lost when the output was saved.
_LOST_ESCAPES = re.compile(r"^\s*(?:\[A)+(?=[\w\[ ])")
# Where rich's handler names the place in the program: at the right edge of the line.
_PLACE_BEHIND = re.compile(r"(?<! ) {2,}\w+\.py:\d+\s*$")
_MAY_BEGIN = frozenset("[(0123456789JFMASOND ")
_FURTHEST = 120
"""Characters in which a logger has said the level."""


def without_prefix(line: str) -> str:
    """The line as the program printed it: without the time, level and place of a logger, or the name of a machine."""
    if line[:1] == "[" or line[:1] == " ":
        line = _LOST_ESCAPES.sub("", line)
    if ".py:" in line:
        line = _PLACE_BEHIND.sub("", line)
    at = line.find("INFO", 0, _FURTHEST)
    if at < 0:
        at = line.find("DEBUG", 0, _FURTHEST)
    if at >= 0:
        if _NOT_BEFORE.search(line, 0, at) is None and (match := _LEVEL.match(line, at)) is not None:
            return line[match.end() :]
    elif line[:1] in _MAY_BEGIN and (match := _PLAIN.match(line)) is not None:
        return line[match.end() :]
    return line
