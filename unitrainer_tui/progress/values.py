"""Numbers and `name: number` pairs in a line of text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

NUMBER = (
    r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?(?![\d,])"
    r"|[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
    r"|[-+]?(?:nan|NaN|NAN|inf|Inf|INF|infinity|Infinity)\b"
)
"""`0.5`, `1e-3`, `1,234.5`, `nan`, `-inf`, as a pattern."""
LOG_TIME = r"\s*[\[(]?(?:\d{4}[-/.]\d\d?[-/.]\d\d?[ T_]+)?\d\d?:\d\d:\d\d(?:[.,]\d+)?Z?[\])]?\s*(?:[-|:>]+\s*)?"
"""The time that a logger puts before a line, as a pattern."""
# A number is one only where nothing goes on behind it: no unit, no further digits, no "…" of a narrow terminal.
_END = r"(?=,(?!\d)|[\s;|)\]}'\"<>*•–—±-]|\+/?-|\.(?:\s|$)|\.\.++\s|\((?=[-+\d.])|$)"
# "loss", "mAP(0.50, integral)", with a range "mAP@0.50:0.95", and with a threshold "recall@thr=0.5"
_WORD = (
    r"(?:[^\W\d]\w*+@\w++=\d*+\.?\d++(?=\s*+[:=])"
    r"|[^\W\d][\w@/.'+%&^-]*+(?:\([\w.@:%/ ,-]{1,24}\)|(?<=\d):0?\.\d++(?=\s*[:=]))?)"
)
_A_WORD = re.compile(_WORD)
# Possessive, because a job may print ten thousand such lines a second.
_PAIR = re.compile(
    rf"(?<![\w.])(?P<name>{_WORD})"
    rf"(?:[\"']?\s*+(?:[:=]{{1,2}}>?|->|>>|[→➜➔⇒]|\.{{3,}}:?)\s*+[\"']?"
    rf"|(?P<space>[ \t]++(?:(?:so far )?(?:is|was)(?:[ \t]*[:=])?[ \t]++)?))"
    rf"(?:(?P<value>{NUMBER})(?P<percent>\s?%)?{_END}"
    # "9800/10000 (98%)": the share is the value
    rf"|\d++/\d++ \((?P<share>{NUMBER})\s?%\))"
    # AverageMeter's "value (average)": the average is the epoch's
    rf"(?:[ \t]?\(\s*(?P<mean>{NUMBER})\s*%?\))?"
)
_LONGEST_NAME = 120
"""Longer ones are no names; nor may they fill what is remembered."""
_PHASES = frozenset({"train", "valid", "val", "test"})
_DECIMAL = re.compile(r"[.eEnN]")
# Words that stand before a name and are no part of it.
_LEADS = re.compile(
    r"(?:complete|completed|finished|done|end|ended|ended:|in|with|and|the|results|result|"
    r"summary|took|started|ending|at|of|training:|epoch|iter|info|debug|metrics)$",
    re.IGNORECASE,
)
# Names of what counts or identifies, and of nothing that is measured.
_NOT_METRICS = re.compile(
    r"(?:[^/]*/)*(?:step|steps|batch|batches|iter|iteration|iterations|global_step|epoch|epochs|ep|rank|"
    r"seed|v_num|eta|of|to|from|is|at|in|gpu|port|pid|line|by|for|the|a|an|and|or|"
    r"took|total_steps|after|max_iter)$",
    re.IGNORECASE,
)
_METRIC = re.compile(
    r"loss|acc|map(?![a-z])|\bf1|auc|prec|recall|iou|rmse|mae\b|mse|\br2\b|score|perplexity|ppl|bleu|rouge|\bwer|\bcer|"
    r"error|err\b|dice|psnr|ssim|\bfid\b|top[-_ ]?[15]|acc@|reward|logloss|mape|\bnll|\bkl|elbo|inertia|objective$"
    r"|likelihood"
    r"|verlust|genauigkeit|fehler|perte|précision|pérdida|perdida|precisión|exactitud|потер|точност|损失|準確|准确|正确率|正確率|精度|误差|損失"
    r"|正解率|손실|정확도"
    r"|(?:^|(?:train(?:ing)?|val(?:idation)?|test|total|avg|average|mean|batch)[ _-])cost$",
    re.IGNORECASE,
)
_TRAINING = re.compile(r"(?:^|[^a-z])train(?:ing)?(?![a-z])", re.IGNORECASE)
VALIDATION = re.compile(
    r"(?:^|[^a-z])(?:val|valid|validation|validating|test|testing|eval|evaluation|evaluating|dev)(?![a-z])", re.I
)


def number(text: str) -> float | None:
    """The whole text as a number, `1,234.5`, `nan` and `inf` too, None when it is none; `1_000` is none."""
    text = text.strip().replace(",", "")
    if "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def matched(text: str) -> float:
    """The value of a text that `NUMBER` matched."""
    return float(text.replace(",", ""))


_WRAPPED = re.compile(
    rf"\b(?:tensor|array|(?:np\.|numpy\.)?float\d*)\(\s*\[?\s*({NUMBER})\s*\]?(?:,[^()]{{0,80}}(?:\([^()]*\))?)?\)"
)

# "Loss: 0,5123": a 0 before a comma is no thousand, and then the other values are written so as well.
_DECIMAL_COMMA = re.compile(r"[:=]\s?-?0,\d+(?=[\s;|%)]|$|,\s)")
_COMMA = re.compile(r"(?<=[:= ])(-?\d{1,3}),(\d+)(?=[\s;|%)]|$|,\s)")
_LISTED = re.compile(r"(?<=[A-Za-z])(\s?[:=]\s*)\[\s*([-+]?\d*\.\d+(?:[eE][-+]?\d+)?)\s*\]")  # "loss: [0.5]"
_OF_OF = re.compile(r"\b(\w{1,20})\((\w{1,20})\((\w{1,20})\)\)(?=\s?[:=])")  # "D(G(z)): 0.5 / 0.1"
_NAMED_IN_TUPLE = re.compile(rf"'([A-Za-z][\w /@.-]{{0,60}}?)[:=]?\s*',\s*(?={NUMBER})")


def unwrapped(text: str) -> str:
    """The text with `tensor(0.5, device='cuda:0')` and `np.float64(0.5)`, as print shows them, as plain numbers.

    And `('epoch 1 done', 'loss = 0.5')` or `('epoch', 1, 'loss', 0.5)`, as the print of Python 2 showed several things,
    without its quotes.
    """
    if text.startswith("('") and text.rstrip().endswith(")"):
        text = _NAMED_IN_TUPLE.sub(r"\1: ", text.strip()[1:-1]).replace("'", "")
    if "[('" in text:
        text = _NAMED_IN_TUPLE.sub(r"\1: ", text)
    if ": [" in text or "=[" in text or "= [" in text:
        text = _LISTED.sub(r"\1\2", text)
    if "0," in text and _DECIMAL_COMMA.search(text):
        text = _COMMA.sub(r"\1.\2", text)
    if "))" in text:
        text = _OF_OF.sub(r"\1_\2_\3", text)
    return _WRAPPED.sub(r"\1", text) if "(" in text else text


def metric_name(name: str) -> str:
    """The name as the log has it; only `Loss` becomes `loss`."""
    name = name.strip()
    return "loss" if name.lower() == "loss" else name[:_LONGEST_NAME]


@lru_cache(maxsize=2048)
def looks_like_metric(name: str) -> bool:
    """Whether the name is one that measures learning. Remembered: a log repeats its names."""
    return _METRIC.search(name) is not None


# "Loss after 10 steps: 1.7", "Training loss per 100 training steps: 0.5", "Training accuracy epoch: 0.9"
_NAMED_AFTER = re.compile(
    r"\b(loss|accuracy|acc|error|score|perplexity|ppl)\s+"
    r"(?:(?:after|per|at|every|for|over)\s+(?:the last )?\d{1,9}\s+"
    r"(?:training |mini-?)?(?:steps?|iterations?|iters?|batch(?:es)?|updates?)|(?:for |of |in )?(?:this |the )?epoch)"
    r"(?=\s?[:=]\s*[-+]?\d*\.\d)",
    re.IGNORECASE,
)


def named_plainly(text: str) -> str:
    """The text in which a name that says of which steps it is the mean, or that it is the epoch's, is only the name."""
    return _NAMED_AFTER.sub(r"\1", text)


def pairs(text: str) -> dict[str, float]:
    """All `name: number`, `name=number` and `name 0.5` pairs; a name may have up to four words.

    Left out: counters (step, batch, epoch), numbers with a unit behind them, and numbers that something cut off.
    """
    return dict(in_order(text))


# "Validation  Accuracy: 0.9": a phase and its name, two blanks apart
_APART = re.compile(r"\b(train(?:ing)?|val(?:id(?:ation)?)?|test)  +(?=[a-z])", re.IGNORECASE)


def in_order(text: str) -> list[tuple[str, float]]:
    """The same with names that come again."""
    found: list[tuple[str, float]] = []
    end = 0
    if "  " in text:
        text = _APART.sub(r"\1 ", text)
    if ".. " in text and text.endswith(".."):
        text = text.rstrip(".")  # dots between the values; else they stand for what a terminal cut off
    for match in _PAIR.finditer(text):
        word = match["name"]
        spelled = _spelled(text[max(end, match.start() - 100) : match.start()], word[-_LONGEST_NAME:])
        end = match.end()
        if spelled is None or len(spelled[0]) >= _LONGEST_NAME:
            continue
        name, last = spelled
        if match["space"] is not None:
            # Without a separator only what looks like a measurement counts: a decimal, under a known kind of name.
            if match["value"] is None or not _DECIMAL.search(match["value"]):
                continue
            if last.lower() == "lr" or (found and last.lower() in _PHASES):  # "LOSS train 0.5 valid 0.4"
                name = last
            elif not looks_like_metric(name):
                continue
        value = number(_mean(match["mean"], match["value"]) or match["value"] or match["share"])
        if value is not None:
            found.append((name, value))
    return found


def _mean(mean: str | None, value: str | None) -> str | None:
    """What is in parentheses behind a value, unless it is a difference: `0.51(-0.01)`, `0.51 (+0.02)`."""
    if mean is None or mean[0] == "+" or (mean[0] == "-" and (value or "")[:1] != "-"):
        return None
    return mean


_TIMES = re.compile(
    r"^(?:data_?time|\w*[_ ]time|time|dt|bt|data|memory|mem|max[ _]mem|.*ms/batch|it/s|s/it|batch_cost|reader_cost|ips"
    r"|tok(?:ens)?/s(?:ec)?|consumed samples|elapsed.*|global batch size|loss[ _]?scale"
    r"|number of (?:skipped|nan) iterations)$",
    re.IGNORECASE,
)


def measured(metrics: Mapping[str, float]) -> dict[str, float]:
    """The values without those that tell how fast it went."""
    return {name: value for name, value in metrics.items() if not _TIMES.match(name)}


@lru_cache(maxsize=4096)
def _spelled(before: str, word: str) -> tuple[str, str] | None:
    """The whole name that ends in `word`, and that last word; None where it counts or identifies."""
    words = [*_words_before(before), word.rstrip(".").strip("'")]
    while len(words) > 1 and _LEADS.match(words[0].rstrip(".")):
        del words[0]
    if _NOT_METRICS.match(words[-1]) or _LEADS.match(words[0]):
        return None
    return metric_name(" ".join(words)), metric_name(words[-1])


def _words_before(text: str) -> list[str]:
    """The up to three words that stand right before a name, one blank apart, and belong to it."""
    words: list[str] = []
    if text.endswith(" "):
        for word in reversed(text[-100:-1].split(" ")):
            bare = word.lstrip("([{|*\t,:;")
            if len(words) == 3 or not _A_WORD.fullmatch(bare) or (bare.endswith(".") and len(bare) > 6):
                break  # the third also where a sentence ends, "Val." does not
            words.insert(0, bare)
            if bare != word:
                break
    return words


# What is measured on a validation set and nowhere else: the name says enough.
_EVALUATION = re.compile(
    r"(?:^|[_/ ])(?:m?AP|m?AR)(?:[@_\d(.:]|$)|(?:^|[_/ ])(?:bleu|rouge|meteor|cider|EPE)", re.IGNORECASE
)


@lru_cache(maxsize=2048)
def _of_validation(name: str) -> str:
    words = name.replace("_", " ")
    told = VALIDATION.search(words) or _TRAINING.search(words) or _EVALUATION.search(name)
    return name if told else f"val_{name}"


def of_validation(metrics: Mapping[str, float]) -> dict[str, float]:
    """Names for values of a validation line: `val_` before those that do not say themselves whose they are."""
    return {_of_validation(name): value for name, value in metrics.items()}


@lru_cache(maxsize=2048)
def _of_training(name: str) -> str:
    words = name.replace("_", " ")
    told = VALIDATION.search(words) or _TRAINING.search(words) or not looks_like_metric(name)
    return name if told else f"train_{name}"


def of_training(metrics: Mapping[str, float]) -> dict[str, float]:
    """Names for what a training line measured: `train_` before those that do not say themselves whose they are."""
    return {_of_training(name): value for name, value in metrics.items()}


def training(name: str) -> bool:
    """Whether the name says that it is of the training data."""
    return _TRAINING.search(name.replace("_", " ")) is not None


def counted(text: str) -> int | None:
    """A count of at most nine digits, None for what is longer: no training has that many epochs."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
