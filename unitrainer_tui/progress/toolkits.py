"""Toolkits with lines of their own: MMEngine, timm, the ImageNet example, nanoGPT, scikit-learn's iterations."""

from __future__ import annotations

import re
from collections.abc import Mapping

from unitrainer_tui.progress.facts import NOTHING, Fact, Found, Kind
from unitrainer_tui.progress.phases import phased
from unitrainer_tui.progress.values import (
    LOG_TIME,
    NUMBER,
    counted,
    looks_like_metric,
    matched,
    measured,
    of_validation,
    pairs,
)

_MMENGINE = re.compile(r"Epoch\((train|val|test)\)\s+\[\s*(\d{1,9})\]\[\s*(\d{1,9})(?:/(\d{1,9}))?\]\s*(.*)$")
_OF_TRAINING_TOO = re.compile(r"loss|^(?:acc|accuracy|top\d_acc)$", re.IGNORECASE)
_TIMM = re.compile(
    r"^(?:.*\s)?Train:\s+(\d{1,9})(?:/(\d{1,9}) \(\s*\d+%\))?\s+\[\s*(\d{1,12})/\s*(\d{1,12})\s*\(\s*\d+%\)\](.*)$"
)
# Swin and its heirs: "Train: [0/300][1250/1251]\teta 0:00:01 lr 0.000050\tloss 6.53 (6.73)", counted from 0
_SWIN = re.compile(r"^\s*Train:? \[(\d{1,9})/(\d{1,9})\]\[(\d{1,9})/(\d{1,9})\]\s+(.*)$")
_METERS = re.compile(r"Epoch: \[\s*(\d{1,9})\]\s*\[\s*(\d{1,9})/\s*(\d{1,9})\](.*)$")
_TEST = re.compile(r"(?:^|\s)(?:Test|Val): ?\s*(?:\(\w+\): )?\[\s*(\d{1,12})/\s*(\d{1,12})\](.*)$")
# "* Acc@1 71.2 Acc@5 90.1", "* EPE 5.5": the end of an evaluation
_STARRED = re.compile(r"^\s*\*\s+([A-Za-z].{0,200})$")
_STARRED_PAIR = re.compile(rf"([A-Za-z][\w@./-]*)[ :=]+({NUMBER})\s?%?(?=[\s,|;]|$)")
# Catalyst: "valid (1/3) accuracy: 0.5 | loss: 0.4"
_CATALYST = re.compile(r"^(train|valid|val|test) \((\d{1,9})/(\d{1,9})\)\s+([A-Za-z].*)$")
_ESPNET = re.compile(r"^(\d{1,9})epoch results: (.*)$")
_BATCH = re.compile(r"^\[(\d{1,9}),\s*(\d{1,9})\] (loss: .*)$")
_DCGAN = re.compile(r"^\[(\d{1,9})/(\d{1,9})\]\s?\[\s*(\d{1,9})/(\d{1,9})\]\s+([A-Za-z].*)$")
# The evaluation also behind a line feed that was written "/n" or "n".
_NANOGPT = re.compile(r"^(?:\[?iter (\d{1,9})(?::|\]) (loss[ =].*)|(?:\s*[\\/]?n)?step (\d{1,9}): (train loss .*))$")
# torch_snippets, and loops that tell how far they are: "EPOCH: 2.610  trn_loss: 0.9", "Epoch 1.25 | loss 0.5"
_FRACTIONAL = re.compile(
    r"^\W*epoch[\s:=]*(\d{1,6}\.\d{1,6})(?:\s*/\s*(\d{1,6})(?:\.0+)?)?(?=[\s,;|\])])(.*)$", re.IGNORECASE
)
# gensim: an epoch that is over, without a loss
_GENSIM = re.compile(r"^(?:.*: )?EPOCH(?: -)? (\d{1,9}) ?: training on \d+ raw words")
# Marian: "Ep. 1 : Up. 1000 : Sen. 64,123 : Cost 7.12 : Time 100s", "[valid] Ep. 1 : Up. 1000 : bleu : 12.3 : new best"
_MARIAN = re.compile(
    rf"^(\[valid\] )?Ep\. (\d{{1,9}}) : Up\. \d+ : (?:Sen\. [\d,]+ : )?(\w[\w-]*)(?: :)? ({NUMBER})(?= )"
)
# NVIDIA's DLLogger, whose epochs and steps are a tuple: "DLL 2026-01-01 10:00:00.1 - (0, 10) loss : 4.5 lr : 0.1"
_DLLOGGER = re.compile(r"^DLL \S+ \S+ - \((\d{1,9}),(?: (\d{1,9}))?(?:, \d{1,9})*\) (.*)$")
# StyleGAN: "tick 3     kimg 12.0     time 1m 40s      sec/tick 26.1    …"
_STYLEGAN = re.compile(r"^tick (\d{1,9})\s+kimg ([\d.]+)\s+(?:lod \S+\s+)?(?:minibatch \S+\s+)?time ")
_SKLEARN = re.compile(r"^Iteration (\d{1,9}), (loss = (?:\d+\.\d{8}|nan|inf))$")
_TIME = re.compile(rf"^{LOG_TIME}")


def recognise(line: str) -> Found:
    if match := _MMENGINE.search(line):
        return _mmengine(match)
    if "Train:" in line and (match := _TIMM.match(line)):
        within = min(int(match[3]) / max(int(match[4]), 1), 1.0)
        total = counted(match[2] or "")  # timm tells none and counts from 0
        base = 0 if total is None else 1
        return Fact(Kind.STEP, int(match[1]), total, measured(pairs(match[5])), base=base, within=within)
    if "Train" in line[:12] and (match := _SWIN.match(line)):
        within = min(int(match[3]) / max(int(match[4]), 1), 1.0)
        metrics = measured(pairs(match[5]))
        return Fact(Kind.STEP, int(match[1]), int(match[2]), metrics, base=0, total_is_last=False, within=within)
    if match := _METERS.search(line):
        within = min(int(match[2]) / max(int(match[3]), 1), 1.0)
        return Fact(Kind.STEP, int(match[1]), metrics=measured(pairs(match[4])), within=within)
    if "[" in line and (match := _TEST.search(line)):
        return Fact(Kind.EXTRA, metrics=of_validation(measured(pairs(match[3]))))
    text = _TIME.sub("", line) if ":" in line[:30] else line
    if "*" in text[:12] and "poch" not in text[:24] and (match := _STARRED.match(text)):
        found = {name: matched(value) for name, value in _STARRED_PAIR.findall(match[1])}
        if found and not _STARRED_PAIR.sub("", match[1]).strip(" ,|;\t"):  # nothing but values
            return Fact(Kind.EXTRA, metrics=of_validation(measured(found)))
    if "(" in text[:8] and (match := _CATALYST.match(text)):
        metrics = pairs(match[4])
        return Fact(
            Kind.VALUES,
            int(match[2]),
            int(match[3]),
            metrics if match[1] == "train" else of_validation(metrics),
            base=1,
        )
    if "epoch results" in text and (match := _ESPNET.match(text)):
        return Fact(Kind.VALUES, int(match[1]), metrics=measured(phased(match[2])), base=1)
    if text.startswith("DLL ") and (match := _DLLOGGER.match(text)):
        kind = Kind.STEP if match[2] else Kind.VALUES
        return Fact(kind, int(match[1]), metrics=measured(phased(match[3])))
    if text.startswith("tick ") and (match := _STYLEGAN.match(text)):
        return Fact(Kind.VALUES, int(match[1]), metrics={"kimg": matched(match[2])}, base=0, iteration=True)
    if match := _BATCH.match(text):
        return Fact(Kind.STEP, int(match[1]), metrics=pairs(match[3]))
    if (match := _DCGAN.match(text)) and (metrics := measured(pairs(match[5]))):
        within = min(int(match[3]) / max(int(match[4]), 1), 1.0)
        return Fact(Kind.STEP, int(match[1]), int(match[2]), metrics, within=within)
    if match := _NANOGPT.match(text):
        metrics = measured(pairs(match[2] or match[4]))
        return Fact(Kind.VALUES, int(match[1] or match[3]), metrics=metrics, base=0, iteration=True)
    if (match := _FRACTIONAL.match(text)) and (metrics := measured(phased(match[3]))):
        return fractional(float(match[1]), counted(match[2] or ""), metrics)
    if "raw words" in text and (match := _GENSIM.match(text)):
        return Fact(Kind.VALUES, int(match[1]))
    if "Ep. " in text[:12] and (match := _MARIAN.match(text)):
        metrics = {match[3]: matched(match[4])}
        if match[1]:
            return Fact(Kind.EXTRA, metrics=of_validation(metrics))
        return Fact(Kind.STEP, int(match[2]), metrics=metrics, base=1)
    if match := _SKLEARN.match(text):
        return Fact(Kind.VALUES, int(match[1]), metrics=pairs(match[2]), base=1)
    return None


def fractional(epoch: float, total: int | None, metrics: Mapping[str, float]) -> Found:
    """What is told at a part of an epoch: 2.5 lies within the third, 2.0 ends the second."""
    if not any(map(looks_like_metric, metrics)):
        return NOTHING
    if epoch >= 1 and epoch.is_integer():
        return Fact(Kind.VALUES, int(epoch), total, metrics, base=1, total_is_last=False)
    done = int(epoch)
    return Fact(Kind.STEP, done + 1, total, metrics, base=1, total_is_last=False, within=epoch - done)


def _mmengine(match: re.Match[str]) -> Found:
    phase, epoch, done, total, text = match.groups()
    metrics = measured(pairs(text))
    if phase == "train" and total:
        return Fact(Kind.STEP, int(epoch), metrics=metrics, base=1, within=min(int(done) / max(int(total), 1), 1.0))
    if not metrics:
        return NOTHING
    # A log of evaluations alone has its epochs from them: the last line of each one tells what it measured.
    whole = phase == "val" and (total is None or int(done) >= int(total))
    return Fact(Kind.EXTRA, int(epoch) if whole else None, metrics=of_evaluator(metrics), base=1 if whole else None)


def of_evaluator(metrics: Mapping[str, float]) -> dict[str, float]:
    """What MMEngine's evaluator measured: its names are its own, but for those that training has too."""
    shared = {name: value for name, value in metrics.items() if _OF_TRAINING_TOO.search(name)}
    return {name: value for name, value in metrics.items() if name not in shared} | of_validation(shared)
