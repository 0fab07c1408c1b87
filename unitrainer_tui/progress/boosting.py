"""XGBoost, LightGBM, CatBoost and scikit-learn's boosting: one line a round, and the round is the epoch.

XGBoost (not R's) and CatBoost count from 0, LightGBM and scikit-learn from 1 (read off their real output,
tests/fixtures/logs).
"""

from __future__ import annotations

import re

from unitrainer_tui.progress.facts import NOTHING, Fact, Found, Kind
from unitrainer_tui.progress.values import NUMBER, counted, matched

_ROUND = re.compile(
    r"^(?:[\d:.,\s\[\]TZs|-]+\s|.{0,80}\b(?:INFO|DEBUG)\b[\]:\s|-]*)?\[(\d{1,9})\]\s+(?=\S+[: ])(.*:.*)$"
)
_XGBOOST_CELL = re.compile(rf"([A-Za-z][\w.@()-]*-[\w.@:()+-]*?):({NUMBER})(?:\+({NUMBER}))?(?=\s|$)")
_CELL = re.compile(rf"([^\W\d][^:\t]*?)\s?:\s*({NUMBER})(?:\s\+\s({NUMBER}))?(?:\s\(\d+\))?(?=\t|\s{{2,}}|$)")
_LIGHTGBM_CLI = re.compile(rf"Iteration:\s?(\d{{1,9}}), (\S+ \S+(?: \S+)?)\s?: ({NUMBER})(?=\s|$)")
# CatBoost 0.6 and before: "0:      learn 0.6355974416passed: 17.4 sec", "0: learn 0.63 test 0.64 bestTest 0.64"
_CATBOOST_CELL = re.compile(rf"(?<!\S)((?:learn|test)\d*):?\s+({NUMBER})(?=\s|$|passed:)")
_CATBOOST = re.compile(r"^\s*(\d{1,9}):\s+(learn|test)\d*(?::\s|\s+[-+\d.])")
# A notebook's picture of a widget, glued before the first round: "MetricVisualizer(layout=Layout(…))0:\tlearn: 0.6"
_WIDGET = re.compile(r"^[A-Z]\w{2,40}\([^\t]{0,400}\)(?=\d{1,9}:\tlearn: )")
_CATBOOST_SEARCH = re.compile(r"^\s*\d+:\s+loss:\s+\S+\s+best:\s")  # a grid's candidates, no rounds
_HIST_BOOSTING = re.compile(
    rf"^\s*\[(\d{{1,9}})/(\d{{1,9}})\] (?:\d+|\w+) trees?,.*?"
    rf"(?:train loss: ({NUMBER}))?(?:, val loss: ({NUMBER}))?, in "
)


def recognise(line: str) -> Found:
    """`[3]\\ttrain-rmse:0.1`, `[3]\\tvalid_0's l2: 0.1`, `3:\\tlearn: 0.1`, `[1/9] 1 tree, … train loss: 0.1`."""
    if "]" in line and (match := _ROUND.search(line)):
        return _round(int(match[1]), match[2])
    if "learn: " in line:
        line = _WIDGET.sub("", line)
    if match := _CATBOOST.match(line):
        return _round_of(int(match[1]), _catboost_cells(line[match.start(2) :]), base=0)
    if "best:" in line and _CATBOOST_SEARCH.match(line):
        return NOTHING
    if match := _HIST_BOOSTING.match(line):
        losses = {"train loss": match[3], "val loss": match[4]}
        metrics = {name: matched(value) for name, value in losses.items() if value}
        return _round_of(int(match[1]), metrics, base=1, total=counted(match[2]))
    if match := _LIGHTGBM_CLI.search(line):
        # several lines a round, one for each metric
        return Fact(Kind.VALUES, epoch=int(match[1]), metrics={match[2]: matched(match[3])}, base=1)
    return None


def _round(epoch: int, text: str) -> Found:
    found: dict[str, float] = {}
    for name, mean, deviation in _XGBOOST_CELL.findall(text):
        found[name] = matched(mean)
        if deviation:
            found[f"{name}-std"] = matched(deviation)
    if found:
        # R's XGBoost counts from 1; a log of Python's begins with its round 0, or later where its head is cut off.
        return _round_of(epoch, found, base=None if epoch == 1 else 0)
    cells = _cells(text)
    if not any(" " in name for name in cells):  # LightGBM: the data set and the metric
        return None
    return _round_of(epoch, cells, base=1)


def _cells(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, mean, deviation in _CELL.findall(text):
        value = matched(mean)
        if name != "best":
            found[name[:120]] = value
            if deviation:
                found[f"{name[:120]} std"] = matched(deviation)
    return found


def _catboost_cells(text: str) -> dict[str, float]:
    """`learn: 0.1  test: 0.2 best: 0.2 (3)`: its names are known, so one blank between the cells is enough."""
    return {name: matched(value) for name, value in _CATBOOST_CELL.findall(text)}


def _round_of(epoch: int, metrics: dict[str, float], *, base: int | None, total: int | None = None) -> Found:
    if not metrics:
        return NOTHING
    return Fact(Kind.VALUES, epoch=epoch, total=total, metrics=metrics, base=base, whole=True)
