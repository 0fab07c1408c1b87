"""Progress bars: tqdm, rich, Keras. Each state of a bar that is drawn over is one line here."""

from __future__ import annotations

import re

from unitrainer_tui.progress.facts import NOTHING, Fact, Found, Kind
from unitrainer_tui.progress.values import VALIDATION, looks_like_metric, of_validation, pairs

_TQDM = re.compile(
    r"(\d{1,3})%(?:\|[^|]*\||)\s*(\d{1,12})(?:\.\d+)?[kMG]?/(\d{1,12}|\?)(?:\.\d+)?[kMG]?\s*\[([^\]]*)(\]?)"
)
_TQDM_NO_TOTAL = re.compile(r"(?:^|\s)\d+(?:it|batch|ba)?\s\[\d\d:\d\d[^\]]*\]")
_RICH = re.compile(
    r"(?<![━╸╺╶─])[━╸╺╶─]{5,}+\s*(?:(\d{1,3})%|(\d{1,12})/(\d{1,12}))\s+(?:\d+:)?\d+:\d\d(?:\s+•\s+(?:[\d:]+|--:--|-:--:--))?(.*)$"
)
# Ignite's "Epoch [1/3]: [2/6]  33%|███, batch loss=0.5 [00:00<00:00]", fastai's "Epoch 1/2 : |██--| 50.00% [1/2 00:01"
_IGNITE = re.compile(r"Epoch \[(\d{1,9})/(\d{1,9})\]: \[\d+/\d+\]\s+(\d{1,3})%\|[^,|]*(.*?)(?:\[[^\]]*\]?)?$")
_FASTPROGRESS = re.compile(r"^\s*Epoch (\d{1,9})/(\d{1,9}) : (?:\|[█-]*\|\s*(\d{1,3})\.\d+% \[()|\s*$)")
_TRAINS = re.compile(
    r"^(?:train\w*(?: progress)?|fit\w*|progress|learning|(?:train(?:ing)? )?(?:steps?|iter(?:ation)?s?))?\W*$",
    re.IGNORECASE,
)
_EPOCH_RATE = re.compile(r"\d(?:s/epochs?|epochs?/s)\b|[?]epochs?/s", re.IGNORECASE)
_RATE = re.compile(r"^\s*[\d.]+\s?(?:it/s|s/it|steps/s)")
_KERAS = re.compile(r"^\s*(\d{1,9})/(\d{1,9}|Unknown)\s+(?:\[[=>.]*\]|━+|- (?=\d+m?s))\s*(.*)$")
# What a callback printed before the bar had its last state: "loss: 0.0081 - acc: 0.4266Restoring model weights from …"
_CALLBACK = re.compile(r"(?<=\d)[A-Z][a-z]+ \w.*$")
_TORCHTUNE = re.compile(r"^(\d{1,6})\|\d+\|(Loss: .*)$")
_EPOCH = re.compile(r"epochs?[\s:=#\[(]*(\d{1,9})(?:\s*(?:/|of)\s*(\d{1,9}))?", re.IGNORECASE)
_POSTFIX = re.compile(r"(?:^|[\s,])epoch=(\d{1,9})(?:/(\d{1,9}))?(?=[,\s]|$)", re.IGNORECASE)
_EPOCHS = re.compile(r"(?:^|[\s\]])(?:training |train )?epochs?\s*:?$", re.IGNORECASE)
# "3/10", "3/10 train", "[3/10] Valid", "Train 3/10", "E 3/10": the epoch, by its count alone
_COUNT = re.compile(
    r"^\W*(?:(?P<before>train(?:ing)?|val(?:id(?:ation)?|idating)?|test|eval(?:uat\w+)?|ep?)\b)?[\s:=|#-]*"
    r"[\[(]?\s*(?P<epoch>\d{1,6})\s*/\s*(?P<total>\d{1,6})\s*[\])]?[\s:|-]*"
    r"[\[(]?(?P<behind>train(?:ing)?|val(?:id(?:ation)?|idating)?|test|eval(?:uat\w+)?)?[\])]?\W*$",
    re.IGNORECASE,
)
# "E1", "Ep 1/10", "Train (E1/3)": the same by a letter, where no total need follow
_BY_LETTER = re.compile(
    r"^\W*(?:(?P<before>train(?:ing)?|val(?:id(?:ation)?)?|test|eval)\W+)?\(?ep?[ .:#=]?(?P<epoch>\d{1,6})"
    r"(?:\s*/\s*(?P<total>\d{1,6}))?\W*(?P<behind>train(?:ing)?|val(?:id(?:ation)?)?|test|eval)?\W*$",
    re.IGNORECASE,
)
# AllenNLP writes the values before its bar: "accuracy: 0.7512, loss: 0.5912 ||: 100%|"
_BEFORE = re.compile(r"^(.*\d)\s*\|\|$")
# A row of Ultralytics whose header stands before the first line of the log: "21/50  2.4G  0.51  10.5  1.5  24  800"
_ROW = re.compile(r"^\s*(\d{1,6})/(\d{1,6})\s+\d+(?:\.\d+)?[KMGT]i?B?(?:\s+[\d.]+(?:e[-+]\d+)?)+\s*:?\s*$")
# mmcv's own bar: "[>>>>>] 50/50, 163.1 task/s, elapsed: 0s, ETA:     0s", with what is printed glued behind it
_TASKS = re.compile(r"^\s*\[[> ]*\]\s*\d+/\d+, [\d.]+ task/s, elapsed: \d+s, ETA:\s*\d+s")


def split(line: str) -> tuple[Found, str]:
    """What the bar in the line says, and the text behind it: a bar has no line end, so the next print follows it."""
    if ("%|" in line or "% " in line) and (match := _TQDM.search(line)):
        fact = _tqdm(line[: match.start()], match)
        return fact, line[match.end() :] if match[5] else ""
    if "task/s" in line and (tasks := _TASKS.match(line)):
        return NOTHING, line[tasks.end() :]
    if "it [" in line and (unbounded := _TQDM_NO_TOTAL.search(line)):
        return NOTHING, line[unbounded.end() :]
    if "%|" in line:
        if len(line) < 400 and (match := _IGNITE.search(line)):
            return _counted(match), ""
        return NOTHING, ""  # a bar that a narrow terminal cut
    if " : " in line and (match := _FASTPROGRESS.match(line)):
        return _counted(match), ""
    if "━" in line and (match := _RICH.search(line)):
        return _rich(line[: match.start()], match), ""
    if match := _KERAS.match(line):
        return _keras(match), ""
    return None, line


def _tqdm(description: str, match: re.Match[str]) -> Found:
    inner, glued, _ = match[4].partition("`Trainer.fit")
    if not match[5] or glued:  # a narrow terminal cut it: the last value may have lost digits
        inner = inner.rpartition(",")[0]
    if " - " in inner and "=" not in inner:
        inner = inner.replace(" - ", "=")  # segmentation_models_pytorch: "dice_loss - 0.52"
    values = pairs(inner.replace(", ", " , "))
    done, total = int(match[2]), int(match[3]) if match[3].isdigit() else 0
    within = min(done / total, 1.0) if total else None
    description = description.strip().removesuffix(":")
    if description.endswith("||") and (before := _BEFORE.match(description)) is not None:
        values, description = {**pairs(before[1].replace(", ", " , ")), **values}, ""
    if (_EPOCHS.search(description) or _EPOCH_RATE.search(inner)) and total:
        if done == 0:
            return Fact(Kind.TOTAL, total=total, redrawn=True)
        # The bar shows a finished epoch's values first; what it shows later under the same count is the next one's.
        return Fact(
            Kind.VALUES, done, total, values, base=1, total_is_last=False, whole=True, overall=within, last=True,
            redrawn=True,
        )  # fmt: skip
    if tune := _TORCHTUNE.match(description):
        return Fact(Kind.STEP, int(tune[1]), metrics=pairs(tune[2]), base=1, within=within, bar=True)
    if (epoch := _EPOCH.search(description)) is None and (named := _POSTFIX.search(inner)) is not None:
        total_epochs = int(named[2]) if named[2] else None
        return Fact(Kind.STEP, int(named[1]), total_epochs, values, within=within, bar=True, redrawn=True)
    if epoch is None and (row := _ROW.match(description)) is not None:
        return Fact(Kind.STEP, int(row[1]), int(row[2]), base=1, total_is_last=False, within=within, bar=True)
    if epoch is None and (count := _COUNT.match(description) or _BY_LETTER.match(description)) is not None:
        return _of_count(count, values, within)
    if epoch is None:
        return _part(description, values, within, done, total)
    values = {**pairs(description[epoch.end() :]), **values}
    lightning = "v_num=" in inner
    values.pop("v_num", None)
    validation = VALIDATION.search(description) is not None
    return Fact(
        Kind.STEP,
        int(epoch[1]),
        int(epoch[2]) if epoch[2] else None,
        of_validation(values) if validation else values,
        base=0 if lightning else None,
        within=None if validation else within,
        bar=not validation,
        redrawn=True,
    )


def _of_count(match: re.Match[str], values: dict[str, float], within: float | None) -> Found:
    """A bar described by `3/10` or `E3` and at most a phase; without either a word or a measurement it counts other
    things."""
    phase = (match["before"] or match["behind"] or "").lower()
    total = int(match["total"]) if match["total"] else None
    if (total is not None and int(match["epoch"]) > total) or not (phase or any(map(looks_like_metric, values))):
        return NOTHING
    validation = VALIDATION.search(phase) is not None or any(VALIDATION.search(name) for name in values)
    return Fact(
        Kind.STEP,
        int(match["epoch"]),
        total,
        of_validation(values) if validation else values,
        within=None if validation else within,
        bar=not validation,
        redrawn=True,
        lesser=total is None,
    )


def _counted(match: re.Match[str]) -> Fact:
    within = min(int(match[3]) / 100, 1.0) if match[3] else None
    values = pairs(match[4].replace(", ", " , ")) if match[4] else {}
    return Fact(Kind.STEP, int(match[1]), int(match[2]), values, base=1, within=within, bar=within is not None)


def _part(description: str, values: dict[str, float], within: float | None, done: int, total: int) -> Found:
    """A bar that names no epoch belongs to the one that is open. Its values may stand before it: "Loss=0.5 100%|"."""
    if not values:
        values = {name: value for name, value in pairs(description).items() if looks_like_metric(name)}
    if not values or re.search(
        r"sanity|predict|download|load|scan|epoch|\bbest|\bsaved?\b", description, re.IGNORECASE
    ):
        return NOTHING
    if VALIDATION.search(description):
        return Fact(Kind.EXTRA, metrics=of_validation(values)) if within == 1.0 else NOTHING
    alone = total > 1 and done > 0 and _TRAINS.search(description) and any(map(looks_like_metric, values))
    return Fact(Kind.STEP, metrics=values, within=within, step=done if alone else None, steps=total if alone else None)


def _rich(description: str, match: re.Match[str]) -> Found:
    epoch = _EPOCH.search(description)
    if epoch is None:
        return NOTHING
    percent, done, total, tail = match.groups()
    within = int(percent) / 100 if percent else int(done) / max(int(total), 1)
    values = pairs(_RATE.sub(" ", tail))
    lightning = (
        "it/s" in tail or "v_num" in tail or "…" in tail
    )  # counts from 0 and shows the last epoch's number as the total
    values.pop("v_num", None)
    return Fact(
        Kind.STEP,
        int(epoch[1]),
        int(epoch[2]) if epoch[2] else None,
        values,
        base=0 if lightning else None,
        total_is_last=True if lightning else None,
        within=min(within, 1.0),
        bar=True,
        redrawn=True,
    )


def _keras(match: re.Match[str]) -> Found:
    values = pairs(_CALLBACK.sub("", match[3]).replace(" - ", " , "))
    if not values:
        return NOTHING
    total = int(match[2]) if match[2].isdigit() else 0
    within = min(int(match[1]) / total, 1.0) if total else None
    return Fact(Kind.STEP, metrics=values, within=within, bar=True, closing=True)
