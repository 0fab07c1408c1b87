"""Lines that begin with a count and measure something: `[001/030] Train Acc: 0.5`, `3: loss=0.5`, `Round 3 | loss 0.5`.

Whether the count is an epoch or a step, the log alone tells: most are `held` until it is known that it has no epochs.
"""

from __future__ import annotations

import re

from unitrainer_tui.progress.facts import Fact, Found, Kind
from unitrainer_tui.progress.phases import phased
from unitrainer_tui.progress.values import LOG_TIME, counted, looks_like_metric, measured, of_validation

# "[001/030] Train Acc: 0.5", "[ Valid | 001/030 ] loss = 0.5": padded with zeros, or a phase says so; else steps
_PADDED = re.compile(
    r"^\s*\[\s*(?:(?P<phase>train|valid|val|test)\s*\|\s*)?(?P<epoch>\d{1,6})\s*/\s*(?P<total>\d{1,6})\s*\]\W*(?P<text>[a-z].*)$",
    re.IGNORECASE,
)
# "E  3/500 | Loss: 0.5", "e3: loss=0.5", "[E3] loss 0.5", "eph 3, acc 0.5": a letter or two that stand for the word
_SHORT = re.compile(
    r"^\W*(?:e|eph|epo?)\.?[\s:=#_\[(]*(?P<epoch>\d{1,6})(?:\s*(?:/|of)\s*(?P<total>\d{1,6}))?(?P<text>[\s|:,;\])>-].*)$",
    re.IGNORECASE,
)
# "Round 3: loss=0.5", "Cycle 3/10, acc 0.5": other words for one round of training
_ROUND = re.compile(
    r"^\W*(?:round|rnd|cycle|pass|episode|generation|era)\s*(?:no\.?|number)?[\s:=#_\[(]*(?P<epoch>\d{1,9})"
    r"(?:\s*(?:/|of)\s*(?P<total>\d{1,9}))?(?P<text>[\s|:,;\])>-].*)$",
    re.IGNORECASE,
)
# "[3/200] loss: 0.5", "3: loss=0.5", "3/200 | loss 0.5", "#3 loss: 0.5", "3 epoch, loss: 0.5"
_BARE = re.compile(
    r"^[\s|]*(?:[\[(]\s*(?P<epoch>\d{1,9})(?:\s*/\s*(?P<total>\d{1,9}))?\s*[\])]|#?(?P<plain>\d{1,9})(?:\s*/\s*(?P<of>\d{1,9}))?"
    r"(?=[\s:|,)]))\W*(?P<text>[a-z].*)$",
    re.IGNORECASE,
)
# "Train: [5][100/129]  Loss 2.2": the epoch, and a step of it
_OF_PHASE = re.compile(
    r"^\W*(?P<phase>train(?:ing)?|val(?:id(?:ation)?)?|test|eval)\W*\[\s*(?P<epoch>\d{1,6})(?:\s*/\s*(?P<total>\d{1,6}))?\s*\]"
    r"\s*\[\s*(?P<done>\d{1,9})\s*/\s*(?P<of>\d{1,9})\s*\](?P<text>.*)$",
    re.IGNORECASE,
)
# "[Stage1][1/5] Train Loss": which of several trainings, before the count
_PART = re.compile(
    r"^\s*[\[(](?:stage|phase|fold|part|run|seed|model|split|trial|task)[\s_:#-]*\d{1,4}[\])]\s*(?=[\[(])",
    re.IGNORECASE,
)
_MEASURES = re.compile(r"loss|cost")  # what only training has
_COUNTS = frozenset(" \t[(|#0123456789")
_WORDS = frozenset("eErRcCpPgG[(<*=-# \t")
_TIME = re.compile(rf"^{LOG_TIME}")
_LONGEST = 600


def recognise(line: str) -> Found:
    """A line that begins with a count."""
    if len(line) > _LONGEST or "Epoch" in line[:40]:
        return None
    text = _TIME.sub("", line) if ":" in line[:30] else line
    text = _PART.sub("", text)
    first = text[:1]
    if "][" in text[:40].replace(" ", "") and (match := _OF_PHASE.match(text)):
        return _step_of_phase(match)
    if first in _COUNTS:
        if (match := _PADDED.match(text)) and (fact := _padded(match)) is not None:
            return fact
        if (match := _BARE.match(text)) and "poch" not in (low := text.lower()) and _MEASURES.search(low):
            return _held(match, int(match["epoch"] or match["plain"]), counted(match["total"] or match["of"] or ""))
    if first in _WORDS:
        if match := _SHORT.match(text):
            total = counted(match["total"] or "")
            values = measured(phased(match["text"]))
            if total is not None and int(match["epoch"]) <= total and any(map(looks_like_metric, values)):
                return Fact(Kind.VALUES, int(match["epoch"]), total, values)
            return _held(match, int(match["epoch"]), total, values)
        if match := _ROUND.match(text):
            return _held(match, int(match["epoch"]), counted(match["total"] or ""))
    return None


def _step_of_phase(match: re.Match[str]) -> Found:
    done, of, total = int(match["done"]), int(match["of"]), counted(match["total"] or "")
    metrics = measured(phased(match["text"]))
    if done > of or not of or not any(map(looks_like_metric, metrics)):
        return None
    if not match["phase"].lower().startswith("train"):
        return Fact(Kind.STEP, int(match["epoch"]), total, of_validation(metrics))
    return Fact(Kind.STEP, int(match["epoch"]), total, metrics, within=done / of)


def _padded(match: re.Match[str]) -> Found:
    printed, total = match["epoch"], match["total"]
    padded = len(printed) == len(total) > 1
    if not (padded or match["phase"]) or int(printed) > int(total):
        return None
    metrics = phased(match["text"])
    if not any(map(looks_like_metric, metrics)):
        return None
    if (match["phase"] or "train").lower() != "train":
        metrics = of_validation(metrics)
    return Fact(
        Kind.VALUES, int(printed), int(total), metrics, iteration=True,
        held=not (printed.startswith("0") or match["phase"]),
    )  # fmt: skip


def _held(match: re.Match[str], count: int, total: int | None, values: dict[str, float] | None = None) -> Found:
    metrics = measured(phased(match["text"])) if values is None else values
    if (total is not None and count > total) or not any(map(looks_like_metric, metrics)):
        return None
    if match.re is _BARE and not any(_MEASURES.search(name.lower()) for name in metrics):
        return None
    return Fact(Kind.VALUES, count, total, metrics, iteration=True, held=True)
