"""Tables whose header names the columns: Ultralytics (all tasks), YOLOv5, fastai, scikit-learn's boosting.

The headers are the only state: `header(line)` makes the `Columns` with which `row` reads what follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from unitrainer_tui.progress.facts import NOTHING, Fact, Found, Kind
from unitrainer_tui.progress.values import NUMBER, counted, looks_like_metric, metric_name, number

_ULTRALYTICS = re.compile(r"^\s*Epoch\s+GPU_mem\s+(\S.*)$", re.IGNORECASE)
_VALIDATION = re.compile(
    r"^\s*(?:Class\s+Images\s+(?:Instances|Labels|Targets)\s+(\S.*)|classes\s+(top1_acc\s+top5_acc.*))$"
)
_FASTAI = re.compile(r"^[\s█]*epoch\s+(train_loss\b.*|\S+.*?\s+(?:time|dur))\s*$")
# "Epoch   Train Loss   Val Loss" and "epoch,train_loss,val_loss": columns of any names, two blanks or a mark between.
_COLUMNS = re.compile(
    r"^\s*(?:epoch|ep|#?epochs?|itn|(?P<steps>step|iter(?:ation)?)s?)(?P<gap>\s{2,}|\t|\s*[,;|]\s*)(?P<titles>[A-Za-z][^:=]*)$",
    re.IGNORECASE,
)
# "Epoch Loss Accuracy", with one blank between: only names of measurements
_WORDS = re.compile(r"^\s*epochs?((?: [A-Za-z][\w@/.%()-]*){2,12})\s*$", re.IGNORECASE)
_SPACY = re.compile(r"^E\s+#\s+(\S.*?)\s*$")
_SKLEARN = re.compile(r"^\s*Iter\s+(Train Loss(?:\s+OOB Improve)?)\s+Remaining Time\s*$")
# What a notebook saved of a bar, with the header that was printed behind it.
_WIDGET = re.compile(r"^HBox\(children=.{0,400}?(?=epoch\s{2,})")
_GAP = re.compile(r"\s{2,}|\t")
_TITLE = re.compile(r"[A-Za-z][\w@/.%()+-]*(?: [A-Za-z(%][\w@/.%()+-]*){0,2}")

_PIPES = re.compile(r"^\s*\|\s*epoch\s*\|(.+)\|\s*$", re.IGNORECASE)
_PIPES_ROW = re.compile(r"^\s*\|\s*(\d{1,9})(?:\s*/\s*(\d{1,9}))?\s*\|(.+)\|\s*$")
_BORDERS = str.maketrans("│┃", "||")

_TRAIN_ROW = re.compile(r"^\s*(\d{1,9})/(\d{1,9})\s+(?:[\d.]+[KMGT]?i?B?)\s+(.*)$")
_ALL_ROW = re.compile(r"^\s*all\s+(.*)$")
_CUT_ROW = re.compile(r"^\s*…\s*:\s*(\d{1,3})%\s*[━─]")
_RESUMED = re.compile(r"Resuming training .{1,400} from epoch (\d{1,9}) to (\d{1,9}) total epochs")
_BOX = ("P", "R", "mAP50", "mAP50-95")
_PLAIN_ROW = re.compile(r"^\s*(\d{1,9})\s+(.*)$")
_PERCENT = re.compile(r"(?<![\d.])(\d{1,3})%")
_BAR = re.compile(r":\s+(\d{1,3})%[ |]")
_GROUP = re.compile(r"(\w+)\(([^()]*)\)")
# fastai's and skorch's columns that hold durations and marks.
_NO_VALUES = frozenset({"time", "dur", "cp", "epoch time", "duration", "elapsed", "eta"})
_BESIDE = _NO_VALUES | {"lr", "learning_rate"}
# Columns that count or measure no learning.
_COUNTS = frozenset({"instances", "size", "img_size", "labels", "targets"})


_DIGIT = re.compile(r"\d")
_FIRST = ("epoch", "ep", "#ep", "iter", "itn", "step", "e  ", "class", "|", "│", "┃")
"""What a header begins with, in small letters: few lines are looked at more closely."""


_PLANNED = re.compile(r"^Starting training for (\d{1,9}) epochs\b")


class YoloCount:
    """What the YOLOs with Ultralytics' table count from: Ultralytics itself from 1, YOLOv9 from 0, `0/49` to `49/49`.

    A row of epoch 0 tells, and one whose total is one less than what was planned; YOLOv9's table of validation names
    its measures without the `Box( )` around Ultralytics'.
    """

    def __init__(self) -> None:
        self._from_zero = False
        self._planned: int | None = None

    def look(self, line: str) -> None:
        """Takes what a line says of it that is no row."""
        if line.startswith("Starting ") and (match := _PLANNED.match(line)):
            self._from_zero, self._planned = False, int(match[1])
        elif "Box(" in line:
            self._from_zero = False

    def of(self, line: str, columns: Columns) -> Columns:
        """The columns for a row that may be theirs."""
        if columns.program != "yolo" or columns.base != 1 or (match := _TRAIN_ROW.match(line)) is None:
            return columns
        if int(match[1]) == 0 or (self._planned is not None and int(match[2]) == self._planned - 1):
            self._from_zero = True
        return replace(columns, base=0, total_is_last=True) if self._from_zero else columns


@dataclass(frozen=True)
class Columns:
    """What the header said. `program` is "yolo", "validation" (below it), "pipes", "sklearn" or "fastai".

    `names` without the epoch; `base` and `total_is_last` as that program counts. `mark` divides the cells. `expected`
    is the epoch of the rows below, for a terminal so narrow that it is cut off. `several`: more than one row an epoch.
    `steps`: the rows are steps of training.
    """

    program: str
    names: tuple[str, ...]
    base: int | None
    total_is_last: bool | None = False
    mark: str = ""
    expected: int = 1
    several: bool = False
    steps: bool = False


def header(line: str) -> Columns | None:
    if line.startswith("HBox("):
        line = _WIDGET.sub("", line)
    head = line[:40].lstrip(" \t█")[:9].lower()
    if not head.startswith(_FIRST) or _DIGIT.search(head):
        return None
    if match := _ULTRALYTICS.match(line):
        names = tuple(match[1].split())
        # Only YOLOv5 has an objectness loss, and it prints the last epoch's number as the total, counting from 0.
        yolov5 = any(name.lower() in ("obj", "obj_loss") for name in names)
        known = yolov5 or "Instances" in names or "train_loss" in names
        return Columns("yolo", names, 0 if yolov5 else 1 if known else None, yolov5 or not known)
    if match := _VALIDATION.match(line):
        return Columns("validation", _validation_names(match[1] or match[2]), 1)
    if match := _SKLEARN.match(line):
        return Columns("sklearn", tuple(re.split(r"\s{2,}", match[1])), 1)
    if match := _FASTAI.match(line):
        shown = tuple(match[1].split())
        # fastai shows the time and counts from 0, skorch the duration and counts from 1
        return Columns("fastai", shown, {"time": 0, "dur": 1}.get(shown[-1]))
    if match := _PIPES.match(line.translate(_BORDERS)):
        return Columns("pipes", tuple(metric_name(name) for name in match[1].split("|")), None)
    if match := _SPACY.match(line):
        return Columns("columns", ("#", *map(metric_name, _GAP.split(match[1]))), 0, several=True)
    return _by_hand(line) if len(line) < 400 else None


def _by_hand(line: str) -> Columns | None:
    """The header of a table that a program draws itself: the names are enough to know it."""
    if match := _COLUMNS.match(line):
        text = match["titles"].strip()
        mark = match["gap"].strip() or ("\t" if "\t" in match["gap"] and "\t" in text else "")
        titles = [metric_name(name) for name in (text.split(mark) if mark else _GAP.split(text))]
        measures = any(map(looks_like_metric, titles))
        if (measures or (len(titles) > 1 and not match["steps"])) and all(map(_TITLE.fullmatch, titles)):
            steps = match["steps"] is not None
            return Columns("marks" if mark else "columns", tuple(titles), None, mark=mark, steps=steps)
    elif match := _WORDS.match(line):
        titles = match[1].split()
        if all(looks_like_metric(name) or name.lower() in _BESIDE for name in titles):
            return Columns("columns", tuple(map(metric_name, titles)), None)
    return None


def resumed(line: str) -> int | None:
    """The epoch from which Ultralytics says that it goes on."""
    match = _RESUMED.search(line) if "Resuming" in line else None
    return int(match[1]) if match else None


def _validation_names(text: str) -> tuple[str, ...]:
    """`Box(P R mAP50 mAP50-95) Mask(P …)`: the box's names plain, the others' with Ultralytics' own suffix, `P(M)`."""
    text = text.split("%")[0]
    if "…" in text or text.count("(") != text.count(")"):
        return ()  # cut by a narrow terminal
    groups = _GROUP.findall(text)
    if not groups:
        # older YOLOs call the same two measures mAP@.5 and mAP@.5:.95
        cleaned = text.replace("mAP@.5:.95", "mAP50-95").replace("mAP@.5", "mAP50")
        return tuple(re.sub(r":.*$", "", cleaned).split())
    return tuple(name if group == "Box" else f"{name}({group[0]})" for group, names in groups for name in names.split())


def row(line: str, columns: Columns, validation: Columns | None) -> Found:
    """A row of the open table, or of the validation table below it; None for a line that is none."""
    if columns.program == "yolo":
        if match := _TRAIN_ROW.match(line):
            return _yolo_row(int(match[1]), counted(match[2]), match[3], columns)
        if match := _ALL_ROW.match(line):
            return _all_row(match[1], columns, validation)
        if match := _CUT_ROW.match(line):
            within = min(int(match[1]) / 100, 1.0)
            return Fact(Kind.STEP, columns.expected, base=columns.base, within=within, bar=True)
        return None
    if columns.program == "pipes":
        return _pipes_row(line, columns)
    if columns.program == "marks":
        return (
            _cells_row([cell.strip() for cell in line.split(columns.mark)], columns) if columns.mark in line else None
        )
    if columns.program == "columns":
        return _spaced_row(line, columns) if line[:40].lstrip()[:1].isdigit() else None
    match = _PLAIN_ROW.match(line)
    if match is None:
        return None
    cells = match[2].split()
    wanted = [name for name in columns.names if name not in _NO_VALUES]
    values = [number(cell) for cell in cells[: len(wanted)]]
    if len(values) < len(wanted) or len(cells) > len(columns.names) + 1 or all(value is None for value in values):
        return NOTHING
    metrics = {name: value for name, value in zip(wanted, values, strict=True) if value is not None}
    return Fact(Kind.VALUES, int(match[1]), metrics=metrics, base=columns.base, whole=True)


def _cells_row(cells: list[str], columns: Columns) -> Found:
    """A row of a table that the program drew by hand: an epoch, and just as many cells as the header has names."""
    epoch, _, total = cells[0].partition("/")
    if len(cells) != len(columns.names) + 1 or counted(epoch) is None:
        return None
    values = {name: number(cell.removesuffix("%")) for name, cell in zip(columns.names, cells[1:], strict=True)}
    metrics = {name: value for name, value in values.items() if value is not None and name.lower() not in _NO_VALUES}
    metrics.pop("#", None)
    if not metrics:
        return None
    return Fact(
        Kind.VALUES, int(epoch), counted(total), metrics, base=columns.base, whole=not columns.several,
        iteration=columns.steps,
    )  # fmt: skip


def _spaced_row(line: str, columns: Columns) -> Found:
    """Cells with blanks between them; YOLOv6 draws a bar behind them."""
    bar = _BAR.search(line) if "%" in line else None
    if bar is None:
        return _cells_row(line.split(), columns)
    fact = _cells_row(line[: bar.start()].split(), columns)
    if not isinstance(fact, Fact):
        return fact
    return replace(fact, kind=Kind.STEP, whole=False, within=min(int(bar[1]), 100) / 100, bar=True)


def _pipes_row(line: str, columns: Columns) -> Found:
    match = _PIPES_ROW.match(line.translate(_BORDERS))
    if match is None:
        return None
    cells = match[3].split("|")
    if len(cells) != len(columns.names):
        return None
    values = {name: number(cell.strip().removesuffix("%")) for name, cell in zip(columns.names, cells, strict=True)}
    metrics = {name: value for name, value in values.items() if value is not None}
    return Fact(Kind.VALUES, int(match[1]), counted(match[2] or ""), metrics, whole=True) if metrics else NOTHING


def _yolo_row(epoch: int, total: int | None, text: str, columns: Columns) -> Found:
    """A state of a training row. A narrow terminal cuts its end off: a number counts with a blank behind it."""
    metrics: dict[str, float] = {}
    cells = re.findall(rf"\s*({NUMBER})(?=\s|:)", text.partition(":")[0] + (":" if ":" in text else ""))
    for name, cell in zip(columns.names, cells, strict=False):
        value = number(cell)
        if value is not None and name.lower() not in _COUNTS:
            metrics[name] = value
    percent = _PERCENT.search(text)
    within = min(int(percent[1]), 100) / 100 if percent else None
    kind = Kind.VALUES if within is None and ":" not in text else Kind.STEP
    return Fact(
        kind,
        epoch,
        total,
        metrics,
        base=columns.base,
        total_is_last=columns.total_is_last,
        within=within,
        bar=kind is Kind.STEP,
    )


def _all_row(text: str, training: Columns, validation: Columns | None) -> Found:
    """The row of all classes. A narrow terminal cuts its header, never the row: the task then says what it holds."""
    values = [number(cell) for cell in text.split()]
    for names in (validation.names if validation else (), _usual(training.names, len(values))):
        if names and len(values) in (len(names), len(names) + 2):
            measured = zip(names, values[-len(names) :], strict=True)
            return Fact(Kind.EXTRA, metrics={name: value for name, value in measured if value is not None})
    return NOTHING


def _usual(losses: tuple[str, ...], count: int) -> tuple[str, ...]:
    """What Ultralytics measures for the task that has these losses, in a row of so many cells."""
    if count == 2:
        return ("top1_acc", "top5_acc")
    group = "M" if "seg_loss" in losses else "P"
    return _BOX + tuple(f"{name}({group})" for name in _BOX) if count == 10 else _BOX if count == 6 else ()
