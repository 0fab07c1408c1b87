"""Lines that people print: `Epoch: 1/10  Loss: 0.543`, `Epoch [1/10], Step [5/60], Loss: 0.5`, `Val loss: 0.4`."""

from __future__ import annotations

import re

from unitrainer_tui.progress import loose
from unitrainer_tui.progress.facts import NOTHING, Fact, Found, Kind
from unitrainer_tui.progress.phases import phased
from unitrainer_tui.progress.values import (
    LOG_TIME,
    NUMBER,
    VALIDATION,
    looks_like_metric,
    named_plainly,
    of_training,
    of_validation,
    pairs,
)

_EPOCH = re.compile(
    r"(?:^|(?<=[^\w'\"`./-]))(?:epoch(?:e(?=\s))?(?P<many>s?)|epoca|epoque|ep(?=\.?[\s:=#\[(]*\d{1,6}(?:\s?/|[\s,:|)\]-])))\.?[\s_]*(?:no\.?|num(?:ber)?|idx|index|\((?P<phase>train|val|test)\))?(?:[\s:=#\[({|_]*|-|\s-\s)"
    r"(?P<epoch>\d{1,9})(?:st|nd|rd|th)?(?:\s*(?:/|\(?(?:out )?of)\s*(?P<total>\d{1,9}))?(?P<close>[\])}]*)"
    r"(?![\w/%'\"`]|[.-]\d|\.[a-z]{2,5}\b)",
    re.IGNORECASE,
)
# "3 epoch, loss: 0.5", "[3rd epoch] loss 0.5", "3/10 epochs: loss=0.5"
_NUMBER_FIRST = re.compile(
    r"^[\s\[(<|*#=-]*(\d{1,6})(?:(?:st|nd|rd|th)?[\s-]*epoch\b|\s*/\s*(\d{1,6})[\s-]*epochs?\b)[\])>]*", re.IGNORECASE
)
# A function that is called with an epoch, in a traceback; and a settings object that is shown.
_CALL = re.compile(r"(?:(?:^|[\s=.])[a-z_][a-z0-9_]*|Namespace|Config|Arguments|Args|Options|Params)\([^()]*$")
# Sentences about a training: "In epoch 5 the loss of 0.3 was reached in the paper".
_PROSE = re.compile(
    r"\b(?:we|our|paper|was reached|were|reported|because|which|however|therefore|table|figure|section|according)\b",
    re.IGNORECASE,
)
# "Epochs: 3 | avg. loss: 0.42": there `Epochs` counts, though it mostly is a setting
_MEASURED_PLAINLY = re.compile(
    r"^\W*epochs\s*[: ]\s*\d{1,6}\s*[|,;\t-].*?\b(?:loss|acc(?:uracy)?)\s?[:=]\s?\d+\.\d", re.IGNORECASE
)
_SEED = re.compile(r"^Epoch: \d+/\d+\s+Loss: ")
# What is told about an epoch without being its progress.
_ABOUT = re.compile(
    r"\b(?:best|resum\w*|restor\w*|reload\w*|load(?:ed|ing)?|checkpoint\w*|ckpt|sav(?:ed?|ing)|patience|early|stop\w*|"
    r"until|from|kept|keep\w*|next|schedul\w*|warm\w*|expect\w*|plan\w*|would|will|every|delet\w*|remov\w*|prun\w*|"
    r"config\w*|args?|exceed\w*|skip\w*|estimat\w*|example|usage|improv\w*|reduc\w*|adjust\w*|setting|did not|since|"
    r"page|version|cannot|failed|retry\w*|wait\w*|last)\b",
    re.IGNORECASE,
)
# A checkpoint callback on what it monitors: "Epoch 00001: val_loss improved from …", "'val_loss' reached 0.5".
_MONITORED = re.compile(
    r"^[\W_]*+(?:global step \d++\W++)?[\w/.-]++['\"]?\s+(?:reached|improved|was not|did not)\b", re.IGNORECASE
)
# "Loss after epoch 5: 0.3"
_NAMED_BEFORE = re.compile(
    r"\b((?:\w+[ _])?(?:loss|cost|accuracy|acc|error|score|perplexity|ppl))"
    r"(?:\s+(?:in|at|for|of|after|on)|\s*[(\[])\s*$",
    re.IGNORECASE,
)
_VALUE_BEHIND = re.compile(rf"^\s*(?:is\b|=|:)\s*({NUMBER})\s?%?(?=[\s,;|)]|\.?$)")
# "Validation loss after 3 epochs was 0.15": a count of epochs that are over, whatever the log counts from
_AFTER = re.compile(
    rf"^\W*((?:\w+ ){{0,2}}(?:loss|cost|accuracy|acc|error|score|perplexity|ppl|f1))\s+after\s+(\d{{1,6}})\s+epochs?"
    rf"\s*(?:was|is|:|=|:=)\s*({NUMBER})\s?%?\W*$",
    re.IGNORECASE,
)
# "ave: 87.35", alone on its line
_MEAN = re.compile(rf"^\W*(?P<name>ave|avg|average|mean)\s*[:=]\s*(?P<value>{NUMBER})\s?%?\s*$", re.IGNORECASE)
_STATUS = re.compile(
    r"^[\W_]*(?:start\w*|begin\w*|began|complet\w*|finish\w*|done|end\w*|train\w*|valid\w*|val|eval\w*|test\w*|took|in|"
    r"time|elapsed|summary|results?|running|phase|lr|\d)\b",
    re.IGNORECASE,
)
_OVER = re.compile(r"\W*(?:finished|completed|done(?: with)?|end(?:ed)?(?: of)?|after)\W*", re.IGNORECASE)
_BEGINS = re.compile(
    r"^[\W_]*(?:start\w*|begin\w*|began|train\w*|processing|running|at|in)?(?:\s+of)?[\W_]*$", re.IGNORECASE
)
# "Epoch 1/25 (device=cuda)", "Epoch 3/10 [lr=0.1]"
_REMARK = re.compile(r"^[\s:,-]*[(\[][^()\[\]]{1,80}[)\]][\s:.-]*$")
# "Epoch 3 0.5123 0.8123", "Epoch 3: [0.5123, 0.8123]"
_NAMELESS = re.compile(rf"(?:[\s,;|:\[(]+(?:{NUMBER}))*[\s,;|:\[(]+-?\d+\.\d+(?:[\s,;|:]+(?:{NUMBER}))*[\s)\]]*")
# Words behind an epoch without a total that tell where it stands.
_BEGUN = re.compile(r"^[\W_]*(?:start(?:ed|ing|s)?|begin(?:s|ning)?|began|training)\b[\W_]*$", re.IGNORECASE)
_ENDED = re.compile(
    r"^[\W_]*(?:(?:epoch|train(?:ing)?)[\s_]+)?(?:is\s+)?(?:time|took|duration|elapsed|finish(?:ed)?|complete[d]?|done|ended|end|"
    r"summary|results?)\b",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"(?:\b(?:step|(?:mini[- ]?)?batch|iter(?:ation)?|it)(?:es|s)?\b"
    r"[\s:=#\[(]*(?P<a>\d{1,12})(?:\s*(?:/|of)\s*(?P<b>\d{1,12}))?"
    r"|[\[(|]\s*(?P<c>\d{1,12})\s*/\s*(?P<d>\d{1,12})|\[\s*(?P<e>\d{1,12})\s*\])",
    re.IGNORECASE,
)
_BEGINS_WITH_EPOCH = re.compile(r"^[\W_]*epoch[\s:=#\[(]*\d{1,9}\b", re.IGNORECASE)
_LOG_PREFIX = re.compile(
    r"^.{0,80}?\b(?:INFO|DEBUG|NOTICE)\b[\]:\s|-]*|^\[[IWE] [^\]]{0,40}\]\s*"
    rf"|^{LOG_TIME}"
)
_TAGGED = re.compile(
    r"^\W*(?:train(?:ing)?|val(?:id(?:ation)?)?|test|eval(?:uation)?|dev)\s*[\])]?\s*[|:>\])-]+\s*[A-Za-z]",
    re.IGNORECASE,
)
_SUMMARY = re.compile(
    r"\b(?:best|final|overall|target|minimum|maximum|previous|baseline|early|patience|improv\w*|threshold|expected|"
    r"using|config\w*|weights?|criterion|restor\w*|sav(?:ed?|ing))\b|took",
    re.IGNORECASE,
)
# "Score: 55.09 (Best S_p: 62.51, S_e: 53.53)", "f1: 0.42840 current best 0.00000"
_SO_FAR = re.compile(rf"\(\s*best\b[^()]*\)|\scurrent best (?:{NUMBER})\s*$", re.IGNORECASE)
# "train took 12.7 sec | loss = 0.4"
_TOOK = re.compile(
    r"^(\W*(?:train(?:ing)?|val(?:id(?:ation)?)?|test|eval(?:uation)?)) (?:took|in) [\d.:]+ ?[a-z]{0,7}(?=\s?[|,;:-])",
    re.I,
)
_PHASE_START = re.compile(
    r"^[\W_]*(?:(?:train|val|valid|validation|test|eval|evaluation|dev|results?|set|error|metrics?|epoch|average|avg|"
    r"mean|on)\b[\W_]*)*$",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\W*(?:training (?:is )?(?:complete|finished|done|over)\b|finished training\b|\d+ epochs completed in\b"
    r"|(?:epoch \d{1,9}\W+)?early[- ]?stopp(?:ing|ed)(?:\W*$| at\b| after\b| triggered\b| activated\b| training at\b))",
    re.IGNORECASE,
)
_TOTALS = re.compile(
    r"(?:(?:starting training|training) for |scheduled epochs: |\b(?:total|max)[ _]epochs: \"?|, max: (?=\d+ epochs$))"
    r"(\d{1,9})\b"
    r"|`max_epochs=(\d{1,9})` reached",
    re.IGNORECASE,
)
# A setting that is told before training: "num_epochs: 30", "Namespace(epochs=14, …)", "--epochs 10"
_PLANNED = re.compile(
    r"(?:^|(?<!\d)[\s(,{'\">])(?:--)?(?:(?:num|n|max|total|num_train|train)[_ -])?epochs"
    r"['\"]?(?:\s*[:=]\s*['\"]?|\s)(\d{1,6})"
    r"(?![\w.])(?!\s*/)"
)
_STAGE = re.compile(
    r"^[^\w]*(?:(?:training|starting|running|begin)\s+)?(?:k-?)?(?:fold|trial|stage|seed|split|repeat|experiment|repetition)"
    r"\s*(?:no\.?|number)?[\s:=#\[(]*\d{1,6}\b",
    re.IGNORECASE,
)


def stage(line: str) -> bool:
    """Whether the line begins another training of the same kind: `Fold 2/5`, `Trial 3 started`, `Stage 2: …`."""
    return _STAGE.match(_LOG_PREFIX.sub("", line)) is not None and not pairs(line)


def recognise(line: str) -> Found:
    """A line that names its epoch; look-alikes (checkpoints, dates, plans, settings) say nothing."""
    if _ENDS.match(line) and "for epoch" not in line.lower():
        return Fact(Kind.END)
    if "pochs" in line and (match := _TOTALS.search(line)):
        return Fact(Kind.TOTAL, total=int(match[1] or match[2]), last=match[2] is not None)
    if " after " in line and (over := _AFTER.match(line)) is not None and int(over[2]) > 0:
        if _SUMMARY.search(over[1]):
            return NOTHING
        return Fact(Kind.EXTRA, int(over[2]), metrics=pairs(f"{over[1]}: {over[3]}"), base=1)
    if "poch" in line[:24].lower() and (first := _NUMBER_FIRST.match(line)) is not None:
        line = f"Epoch {first[1]}{'/' + first[2] if first[2] else ''}:{line[first.end() :]}"
    match = _EPOCH.search(line)
    counts = match is not None and match["many"] and not match["total"] and _MEASURED_PLAINLY.search(line)
    if "pochs" in line and not counts and (match is None or match["many"]) and (planned := _PLANNED.search(line)):
        return Fact(Kind.TOTAL, total=int(planned[1]))
    if match is None:
        return Fact(Kind.STAGE) if stage(line) else None
    before, behind = line[: match.start()], line[match.end() :]
    total = int(match["total"]) if match["total"] else None
    epoch = int(match["epoch"])
    if match["many"] and total is None and not counts:
        return NOTHING  # "epochs: 10" is a setting
    if total is not None and (total == 0 or epoch > total or match["phase"] == "test"):
        return NOTHING  # the last: MMEngine's "Epoch(test) [50/79]" counts batches
    prefix = _LOG_PREFIX.sub("", before) if before else ""
    if prefix and (_ABOUT.search(prefix) or "{" in prefix or ("(" in prefix and _CALL.search(prefix))):
        return NOTHING
    if _MONITORED.match(behind):
        return NOTHING
    metrics = phased(behind) or loose.values(behind)
    if total is None and "o" not in match[0].lower() and (prefix.strip("[(# \t") or not metrics):
        return None  # "ep" alone is a word for an epoch only where a line begins with it and tells what it brought
    phase = (match["phase"] or "").lower()
    validation = phase in ("val", "test") or (prefix != "" and VALIDATION.search(prefix) is not None)
    if not metrics and _PHASE_START.match(prefix) is None and (earlier := pairs(prefix)):
        metrics = {name: value for name, value in earlier.items() if looks_like_metric(name)}
        validation = False  # the names before the epoch say it themselves
    if prefix and (value := _VALUE_BEHIND.match(behind)) and (named := _NAMED_BEFORE.search(prefix[-60:])):
        metrics = pairs(f"{named[1]}: {value[1]}") | metrics
    if metrics and not _told(behind, metrics):
        return NOTHING
    if metrics and (prefix or line.endswith(".")) and _PROSE.search(line):
        return NOTHING
    if validation:
        metrics = of_validation(metrics)
    if counts and metrics:
        return Fact(Kind.VALUES, epoch, metrics=metrics, successive=True)
    if metrics:
        return _values(line, behind, epoch, total, metrics, validation)
    return _bare(prefix, behind, epoch, total, match[0])


def _told(behind: str, metrics: dict[str, float]) -> bool:
    """Whether the pairs are the epoch's: `checkpoints kept: 3` and `reducing lr to 0.1` are not."""
    first = next(iter(metrics))
    if looks_like_metric(first):
        lead = behind[: max(behind.lower().find(first.lower().removeprefix("val_")), 0)]
    else:
        lead = behind.split(":")[0].split("=")[0]
    return _ABOUT.search(lead) is None


def _values(line: str, behind: str, epoch: int, total: int | None, metrics: dict[str, float], validation: bool) -> Fact:
    step = _STEP.search(behind)
    if step is None or validation:
        seeds = _SEED.match(line) is not None
        return Fact(Kind.VALUES, epoch, total, metrics, whole=seeds)
    done, of = step["a"] or step["c"], step["b"] or step["d"]
    within = min(int(done) / int(of), 1.0) if done and of and int(of) else None
    return Fact(Kind.STEP, epoch, total, metrics, within=within)


def _bare(prefix: str, behind: str, epoch: int, total: int | None, mark: str) -> Found:
    words = re.search(r"[A-Za-z]{2,}", behind)
    if total is None:
        alone = "=" in mark and not prefix.strip() and not behind.strip()
        if _OVER.fullmatch(prefix.strip()) and not re.search(r"\w", behind):
            return Fact(Kind.VALUES, epoch, behind=True)  # what it brought may stand below
        if ("=" in mark and not alone) or "-" in mark.replace(" - ", " ") or not _BEGINS.match(prefix):
            return NOTHING
        if len(behind) < 120 and _NAMELESS.fullmatch(behind):
            return Fact(Kind.VALUES, epoch)
        colon = alone or (mark.startswith("epoch:") and not prefix.strip())
        if not re.search(r"\w", behind) or _BEGUN.match(behind) or _remark(behind):
            return Fact(Kind.HEADER, epoch, successive=colon)
        if _STEP.match(behind.lstrip(" \t|,:-")):
            return Fact(Kind.STEP, epoch)
        return Fact(Kind.VALUES, epoch) if _ENDED.match(behind) else NOTHING
    if words is None or _BEGINS.match(behind) or _remark(behind):
        if _STEP.search(behind):
            return Fact(Kind.STEP, epoch, total)
        ended = re.search(r"\b(?:finish|complet|end|done)", prefix, re.IGNORECASE)
        return Fact(Kind.VALUES if ended else Kind.HEADER, epoch, total)
    if _STEP.match(behind.lstrip(" \t|,:-")):
        return Fact(Kind.STEP, epoch, total)
    return Fact(Kind.VALUES, epoch, total) if _STATUS.match(behind) else NOTHING


def _remark(behind: str) -> bool:
    return _REMARK.match(behind) is not None and _ABOUT.search(behind) is None


def names_an_epoch(line: str) -> bool:
    """Whether the line begins with an epoch's number, though it says nothing of its progress."""
    return _BEGINS_WITH_EPOCH.match(line) is not None


def mean(line: str) -> Found:
    """A mean alone on its line, of which only an announcement above says that it is measured: `ave: 87.35`."""
    match = _MEAN.match(line) if len(line) < 80 else None
    if match is None or "." not in match["value"]:
        return None
    return Fact(Kind.EXTRA, metrics=pairs(f"{match['name']}: {match['value']}"))


def extra(line: str) -> Found:
    """A line without an epoch whose values belong to the open one: `Validation loss: 0.4`, `loss: 2.3 [64/600]`."""
    if len(line) > 600:
        return None  # prose
    text = _LOG_PREFIX.sub("", line)
    if text.lstrip()[:1] in ('"', "'"):
        return None  # a line of a printed JSON object: a summary
    text = _TOOK.sub(r"\1", named_plainly(_SO_FAR.sub("", text) if "est" in text else text))
    metrics = phased(text)
    if not metrics or _SUMMARY.search(text):
        return None
    if not any(map(looks_like_metric, metrics)):
        # "Val | mean=13.03 median=1.00": a tag in front says that these are measured
        if len(metrics) < 2 or _TAGGED.match(text) is None or all(map(float.is_integer, metrics.values())):
            return None
    names = re.search(rf"[A-Za-z_*][^:=]*?(?=\s*[:=]|\s+{NUMBER})", text)
    lead = names[0] if names else ""
    if len(lead.split()) > 4:
        return None  # prose
    if re.match(r"^\W*(?:val|valid|validation|test|eval|evaluation|dev)\b", text, re.IGNORECASE):
        metrics = of_validation(metrics)
    elif re.match(r"^\W*train(?:ing)?\b", text, re.IGNORECASE):
        metrics = of_training(metrics)
    if step := _STEP.search(text):
        done, of = step["a"] or step["c"], step["b"] or step["d"]
        return Fact(Kind.STEP, metrics=metrics, within=min(int(done) / max(int(of), 1), 1.0) if done and of else None)
    return Fact(Kind.EXTRA, metrics=metrics)
