"""Tags inside a line that say whose the values behind them are: `Train: loss 0.5 | Val: loss 0.4`."""

from __future__ import annotations

import re
from enum import Enum

from unitrainer_tui.progress.values import (
    NUMBER,
    VALIDATION,
    in_order,
    looks_like_metric,
    of_training,
    of_validation,
    pairs,
    training,
)

_TAG = re.compile(
    r"(?:^|(?<=[\s|,;\[(]))[\[(]?(?P<phase>train(?:ing)?|val(?:id(?:ation)?)?|test|eval(?:uation)?)"
    r"(?:[ _](?:set|info|data|metrics?|results?|stats|phase|loop|summary))?(?:[\])]?\s*[:,\]|)>-]+|\s?(?=[\[({]))"
    rf"(?=\s*[\[({{]?\s*['\"]?[A-Za-z])(?!\s*{NUMBER}|\s*n/a)",
    re.IGNORECASE,
)
# "Train/Valid Acc: 10.1/11.5", "Gen/Dis Loss: 0.3/-0.1"
_TWO = re.compile(
    rf"\b([A-Za-z]{{1,12}})/([A-Za-z]{{1,12}})\.? ([A-Za-z]{{2,12}})\s?[:=]\s?({NUMBER})\s?%?\s?/\s?({NUMBER})"
)
# A line that only says what comes now: "Validating...", "---- Training ----", "Eval begin..."
_SWITCH = re.compile(
    r"[\W_]*(?:(?:start(?:ing|ed)?|begin(?:ning)?|running|run|perform(?:ing)?|on)[\W_]+)?"
    r"(?:(?P<train>train(?:ing)?)|(?P<val>valid(?:at(?:ion|ing|e))?|val|eval(?:uat(?:ion|ing|e))?)|(?P<test>test(?:ing)?))"
    r"(?:[\W_]+(?:begins?|start(?:s|ed|ing)?|phase|mode|results?|metrics|set|data(?:set)?|loop|step|epoch|model|network|stats|"
    r"summary|performance|on|the|for))*[\W_]*",
    re.IGNORECASE,
)
# "G/D 5.0027/0.1224"
_TWO_NAMES = re.compile(
    rf"\b([A-Za-z]\w{{0,20}})/([A-Za-z]\w{{0,20}})\s?[:=]?\s+({NUMBER})\s?/\s?({NUMBER})(?=[\s,;|)]|$)"
)
# "loss 0.5/0.4 acc 0.81/0.79": the second of two is by custom the validation's
_SECOND = re.compile(
    r"\b([A-Za-z]\w{0,20})(\s?[:=]\s?|\s)(\d+\.\d+(?:e[-+]\d+)?)\s?/\s?(\d+\.\d+(?:e[-+]\d+)?)(?=[\s,;|)]|$)"
)
# "loss: train=0.5, val=0.4", "Loss - train: 0.5, val: 0.4", "acc (train 0.8, val 0.7)"
_OF_TWO = re.compile(
    rf"\b([A-Za-z][\w-]{{0,20}})[ \t]*[:(|-]+[ \t]*(train)(?:ing)?[ \t]*[=: ][ \t]*({NUMBER})%?[ \t]*[,/|;]?[ \t]+"
    rf"(val|test|dev)(?:id(?:ation)?)?[ \t]*[=: ][ \t]*({NUMBER})(?=[\s,;|)%]|$)",
    re.IGNORECASE,
)
# "F1 (macro): 0.8", "Loss (val) 0.4", "Loss [train]: 0.5"
_OF_WHAT = re.compile(
    rf"\b([A-Za-z][\w@%-]{{0,30}})(?: \(| ?\[)([A-Za-z][\w -]{{0,20}})[)\]]"
    rf"(?=[ \t]*[:=][ \t]*(?:{NUMBER})|[ \t]+[-+]?\d*\.\d)"
)
_PHASE_WORD = re.compile(r"train(?:ing)?|val(?:id(?:ation)?)?|test|eval", re.IGNORECASE)
_SLASHED = re.compile(r"[A-Za-z]/[A-Za-z]")


class Phase(Enum):
    """Whose the values on lines without an epoch are."""

    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"


_SWITCH_IN_EPOCH = re.compile(
    r"[\W_]*(?:(?P<val>valid(?:at(?:ion|ing|e))?|val|eval(?:uat(?:ion|ing|e))?)|(?P<test>test(?:ing)?))"
    r"[\W_]+epoch[\s:=#\[(]*\d{1,9}(?:\s*/\s*\d{1,9})?[\W_]*",
    re.IGNORECASE,
)


def switched_within(line: str) -> Phase | None:
    """The phase that a line announces together with its epoch, and says nothing else: `Test Epoch: 5 ...`."""
    if len(line) > 100 or (match := _SWITCH_IN_EPOCH.fullmatch(line)) is None:
        return None
    return Phase.VALIDATION if match["val"] else Phase.TEST


def switched(line: str) -> Phase | None:
    """The phase that a line announces which says nothing else."""
    if len(line) > 100 or (match := _SWITCH.fullmatch(line)) is None:
        return None
    return Phase.TRAINING if match["train"] else Phase.VALIDATION if match["val"] else Phase.TEST


def _said_before(match: re.Match[str]) -> str:
    """`Loss (val)` as `val Loss`, `F1 (macro)` as `F1_macro`; what is no measurement stays."""
    name, of = match[1], match[2]
    if not looks_like_metric(name):
        return match[0]
    if _PHASE_WORD.fullmatch(of):
        return f"{of}_{name}"
    return f"{name}_{of.replace(' ', '_')}"


def _tells(text: str) -> bool:
    """Whether the text says anywhere whose values it holds."""
    return training(text) or VALIDATION.search(text.replace("_", " ")) is not None


def _as_two(match: re.Match[str]) -> str:
    name, _, first, second = match.groups()
    return f"{name}: {first} , val_{name}: {second}" if looks_like_metric(name) else match[0]


def _carried(text: str) -> dict[str, float]:
    """`train loss 0.5 acc 0.9, val loss 0.4 acc 0.8`: a name that comes again is of the phase of the name before it."""
    found = in_order(text)
    names = [name for name, _ in found]
    if len(set(names)) == len(names):
        return dict(found)
    values: dict[str, float] = {}
    of = None
    for name, value in found:
        if training(name):
            of = of_training
        elif VALIDATION.search(name.replace("_", " ")):
            of = of_validation
        again = names.count(name) > 1 and of is not None
        values.update(of({name: value}) if again and of is not None else {name: value})
    return values


def phased(text: str) -> dict[str, float]:
    """All pairs; behind a tag such as `Val:` or `(val)` names that do not say so get `val_`."""
    if "/" in text and _SLASHED.search(text):
        text = _TWO.sub(r"\1 \3: \4 , \2 \3: \5", text)
        text = _TWO_NAMES.sub(r"; \1: \3 , \2: \4", text)
    elif "/" in text and not _tells(text):
        text = _SECOND.sub(_as_two, text)
    lower = text.lower()
    if "(" in text or "[" in text:
        text = _OF_WHAT.sub(_said_before, text)
    if "train" in lower and ("val" in lower or "test" in lower or "dev" in lower):
        text = _OF_TWO.sub(r"\2_\1: \3 , \4_\1: \5", text)
    tagged = any(phase in lower for phase in ("val", "test", "train"))
    tags = list(_TAG.finditer(text)) if tagged else []
    if not tags:
        if not tagged:
            return pairs(text)
        return _carried(text)
    found = pairs(text[: tags[0].start()])
    ends = [tag.start() for tag in tags[1:]] + [len(text)]
    for tag, end in zip(tags, ends, strict=True):
        part = pairs(text[tag.end() : end])
        train = tag["phase"].lower().startswith("train")
        found.update(of_training(part) if train else of_validation(part))
    return found
