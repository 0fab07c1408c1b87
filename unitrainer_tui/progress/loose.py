"""Values in shapes that are read only where a line has named its epoch: elsewhere they would be anything.

`loss(0.5)`, `loss - 0.5`, `loss | 0.5`, `loss,0.5`, `loss [0.5]`, `loss ~ 0.5`, `80.5% accuracy`, `train 0.5 val 0.4`.
"""

from __future__ import annotations

import re

from unitrainer_tui.progress.values import NUMBER, looks_like_metric, matched, metric_name

_NAME = r"[^\W\d][\w@/.+-]*(?: [^\W\d][\w@/.+-]*){0,2}"
# A decimal, or a whole number of percent: counts are not measured.
_VALUE = rf"(?P<value>{NUMBER})(?P<percent>\s?%)?"
_BEHIND = re.compile(
    rf"(?<![\w.])(?P<name>{_NAME})\s*(?:\(\s*|\[\s*|[,;|~–—-]\s*|\s-+\s+|\s+of\s+|\s*[^\w\s,;()\[\]{{}}.%:=-]+\s*)"
    rf"{_VALUE}(?![\w.])(?!\s?/)"
)
_BEFORE = re.compile(
    rf"(?<![\w.,:=-])(?P<value>{NUMBER})(?P<percent>\s?%)?\s+(?:of )?(?P<name>{_NAME})(?=\s*(?:[,;|)\].!]|and\b|$))"
)
# "train 0.51 val 0.62": the losses of two phases
_PHASES = re.compile(
    rf"\b(?P<train>train(?:ing)?)[ \t]+(?P<value>{NUMBER})(?=[\s,;|/]+(?:val|valid|validation|test|dev|eval)\b)"
    rf"[\s,;|/]+(?P<val>val|valid|validation|test|dev|eval)[ \t]+(?P<other>{NUMBER})(?=[\s,;|)]|$)"
    r"(?! ?(?:s|sec|min|ms)\b)",
    re.IGNORECASE,
)
_NOTHING_BEHIND = re.compile(r"^\W*(?:s|sec|secs|seconds|ms|min|minutes|it/s|MB|GB)\b", re.IGNORECASE)
_LONGEST = 400


def values(text: str) -> dict[str, float]:
    """What `text`, the part of a line behind its epoch, measures."""
    if len(text) > _LONGEST:
        return {}
    if (match := _PHASES.search(text)) is not None and "." in match["value"] + match["other"]:
        return {match["train"]: matched(match["value"]), match["val"]: matched(match["other"])}
    for pattern in (_BEFORE, _BEHIND) if text.lstrip(" \t:,|>-")[:1].isdigit() else (_BEHIND, _BEFORE):
        found = {
            metric_name(match["name"]): matched(match["value"])
            for match in pattern.finditer(text)
            if looks_like_metric(match["name"])
            and ("." in match["value"] or match["percent"] or not match["value"].isdigit())
            and not _NOTHING_BEHIND.match(text[match.end() :])
        }
        if found:
            return found
    return {}
