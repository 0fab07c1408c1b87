"""Logs that count steps and no epochs: then the steps are what this program calls epochs.

What a toolkit prints in a form of its own is told at once. The many hand-written `step 100: loss 2.3` are `held`: they
may still turn out to be steps of epochs that are named only at their end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from unitrainer_tui.progress.facts import NOTHING, Fact, Found, Kind
from unitrainer_tui.progress.phases import phased
from unitrainer_tui.progress.toolkits import of_evaluator
from unitrainer_tui.progress.values import (
    NUMBER,
    VALIDATION,
    counted,
    looks_like_metric,
    matched,
    measured,
    of_validation,
    pairs,
)  # fmt: skip

_STEP = re.compile(
    r"(?<![\w./@-])(?:(?:global|optimi[sz]er|train(?:ing)?|current|inner)[ _-]?)?"
    r"(?:steps?|iter(?:ation)?s?|its?|updates?|up\.)(?:\s*(?:no\.?|number|num|#))?"
    r"(?:[\s:=#\[(|]*|-)(?P<step>\d{1,9})(?:\s*(?:/|of)\s*(?P<total>\d{1,9}))?[\])]?(?![\w%]|\s?/|[.,]\d|\s?(?:it|ms|sec|s)\b)",
    re.IGNORECASE,
)
# MMSegmentation: "Iter [50/160000]", "Iter(train) [   50/160000]", "Iter(val) [10/10]"
_MMENGINE = re.compile(r"Iter(?:\((train|val|test)\))?\s+\[\s*(\d{1,9})(?:/(\d{1,9}))?\]\s*(.*)$")
# Detectron2: "eta: 3:31:40  iter: 119  total_loss: 0.66", counted from 0
_DETECTRON = re.compile(r"^\s*(?:eta: \S+(?: day\S* \S+)?\s+)?iter: (\d{1,9})  (total_loss: .*)$")
# Darknet: "2534: 1.431136, 1.463985 avg loss, 0.000100 rate", and Alexey's "2534/7000: loss=1.4 hours left=9.9"
_DARKNET = re.compile(rf"^\s*(\d{{1,9}}): ({NUMBER}), ({NUMBER}) avg(?: loss)?, ({NUMBER}) rate\b")
_DARKNET_OF = re.compile(rf"^\s*(\d{{1,9}})/(\d{{1,9}}): (?:avg )?loss=({NUMBER})\b")
# Caffe: "I1226 00:10:50 1 solver.cpp:228] Iteration 5000, loss = 0.0032", "…] Test net output #0: accuracy = 0.98"
_CAFFE = re.compile(
    r"solver\.cpp:\d+\]\s+(?:Iteration (?P<step>\d{1,9})(?: \([^)]*\))?, (?P<text>Testing net|loss = .*)"
    r"|(?P<of>Test|Train) net output #\d+: (?P<name>[\w/.-]+) = (?P<value>\S+))"
)
# "Score at iteration 100 is 1.39", "val loss at step 100: 0.5"
_NAMED = re.compile(
    r"((?:\w+[ _])?(?:loss|cost|accuracy|acc|error|score|perplexity|ppl))\s+(?:at|after|for|in|on|of)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
# "Loss after 100 steps: 1.7"
_AFTER = re.compile(
    rf"((?:\w+[ _])?(?:loss|cost|accuracy|acc|error|score|perplexity|ppl))\s+after\s+(\d{{1,9}})\s+"
    rf"(?:training )?(?:steps|iterations|iters|batches|updates)\s*[:=]\s*({NUMBER})(?=[\s,;|)]|\.?$)",
    re.IGNORECASE,
)
_VALUE = re.compile(rf"^\s*(?:is\b|was\b|=|:)?\s*({NUMBER})(?=[\s,;|)]|\.?$)")
# What is told about a step without being its progress.
_ABOUT = re.compile(
    r"\b(?:best|resum\w*|restor\w*|load\w*|checkpoint\w*|ckpt|sav(?:ed?|ing)|patience|early|stop\w*|until|from|next|"
    r"every|warm\w*|config\w*|args?|max\w*|num|per(?!-step)|total|example|skip\w*|warning|download\w*|sampl(?:er|ing)|trial|calibrat\w*|finder|benchmark\w*|profil\w*|infer\w*|predict\w*|simulat\w*|budget)\b",
    re.IGNORECASE,
)
_RECIPE = re.compile(r"\s*: [A-Z]{3,} ")  # "Step 2/9 : ENV X=1", of an image that is built
_LAST_WORDS = 60
"""Characters before a step that are looked at for words that are no values."""


def recognise(line: str) -> Found:
    """A line of a log that counts steps, with what it measured there."""
    if len(line) > 2000 or line.startswith("[t-SNE]"):
        return None
    if "solver.cpp:" in line and (match := _CAFFE.search(line)):
        return _caffe(match)
    if "Iter" in line:
        if match := _MMENGINE.search(line):
            return _mmengine(match)
    if ": " in line[:24]:
        if (match := _DETECTRON.match(line)) and (metrics := measured(pairs(match[2]))):
            return Fact(Kind.VALUES, int(match[1]), metrics=metrics, base=0, iteration=True)
        if match := _DARKNET.match(line):
            metrics = {"loss": matched(match[2]), "avg loss": matched(match[3]), "rate": matched(match[4])}
            return Fact(Kind.VALUES, int(match[1]), metrics=metrics, base=1, iteration=True)
        if (match := _DARKNET_OF.match(line)) and int(match[1]) <= int(match[2]):
            metrics = {"loss": matched(match[3])}
            return Fact(Kind.VALUES, int(match[1]), int(match[2]), metrics, base=1, iteration=True)
    return _by_hand(line)


def _caffe(match: re.Match[str]) -> Found:
    if match["step"]:
        return Fact(Kind.VALUES, int(match["step"]), metrics=pairs(match["text"]), iteration=True)
    metrics = pairs(f"{match['name']} = {match['value']}")
    return Fact(Kind.EXTRA, metrics=of_validation(metrics) if match["of"] == "Test" else metrics)


def _mmengine(match: re.Match[str]) -> Found:
    phase, step, total, text = match.groups()
    metrics = measured(pairs(text))
    if phase in ("val", "test") or total is None:
        return Fact(Kind.EXTRA, metrics=of_evaluator(metrics)) if metrics else NOTHING
    return Fact(Kind.VALUES, int(step), counted(total), metrics, base=1, iteration=True) if metrics else NOTHING


def _by_hand(line: str) -> Found:
    match = _STEP.search(line)
    if match is None:
        if " after " in line and (after := _AFTER.search(line)):
            metrics = pairs(f"{after[1]}: {after[3]}")
            return Fact(Kind.VALUES, int(after[2]), metrics=metrics, iteration=True, held=True)
        return None
    before, behind = line[: match.start()], line[match.end() :]
    total = counted(match["total"] or "")
    step = int(match["step"])
    if _ABOUT.search(before[-_LAST_WORDS:]) or "{" in before or (total is not None and step > total):
        return None
    if _RECIPE.match(behind):
        return NOTHING
    named = _NAMED.search(before)
    if named is not None and (value := _VALUE.match(behind)):
        return Fact(Kind.VALUES, step, total, pairs(f"{named[1]}: {value[1]}"), iteration=True, held=True)
    metrics = measured(phased(behind))
    if not metrics or not any(map(looks_like_metric, metrics)):
        if any(map(looks_like_metric, earlier := measured(pairs(before)))):
            metrics = earlier | metrics
    elif VALIDATION.search(before):
        metrics = of_validation(metrics)
    if not _measures(line, metrics) or _ABOUT.search(_lead(behind, metrics)):
        return None
    return Fact(Kind.VALUES, step, total, metrics, iteration=True, held=True)


def _measures(line: str, metrics: Mapping[str, float]) -> bool:
    """Whether one of the values is a measurement: `accuracy target 0.9` is a plan."""
    for name in metrics:
        if looks_like_metric(name) and (
            looks_like_metric(name.rpartition(" ")[2])
            or re.search(re.escape(name.rpartition(" ")[2]) + r"\s*[:=]", line)
        ):
            return True
    return False


def _lead(behind: str, metrics: Mapping[str, float]) -> str:
    """The words between the step, or a mark behind it, and the first value."""
    first = next(iter(metrics)).lower().removeprefix("val_")
    return re.split(r"[|,;]", behind[: max(behind.lower().find(first), 0)])[-1]
