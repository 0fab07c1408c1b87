"""Lines in other languages than English: their word for an epoch, and the marks of East Asian scripts."""

from __future__ import annotations

import re

_MARKS = str.maketrans("：，；（）【】｜＝％／～", ":,;()[]|=%/~")
# "第 3 轮", "第3个epoch", "第3/10轮", "エポック 3/10", "轮次: 3", "Эпоха 3"
_ORDINAL = re.compile(
    r"第\s*(\d{1,9}(?:\s*/\s*\d{1,9})?)\s*(?:个\s*epoch|輪|轮次?|回合|个?周期|エポック|回目)", re.IGNORECASE
)
_WORD = re.compile(
    r"(?:训练|訓練|当前|目前)?(?:轮次|轮数|輪次|周期|世代)|エポック数?|에포크|에폭|эпоха|époque|época", re.IGNORECASE
)
_CHINESE = re.compile("[训訓测測验驗迭学]")
# "-------第 1 轮训练开始-------", "训练次数：100, Loss：0.5", "整体测试集上的Loss: 0.4"
_WORDS = (
    (re.compile(r"(?:的|次)?(?:开始训练|訓練開始|训练开始|学習開始)了?"), " started "),
    (re.compile(r"训练次数|訓練次數|训练步数|迭代次数"), " step "),
    (re.compile(r"(?:整体|整個|在)?(?:测试|測試)集(?:整体)?(?:上)?的?\s*"), " test "),
    (re.compile(r"(?:整体|整個|在)?(?:验证|驗證)集(?:整体)?(?:上)?的?\s*"), " val "),
    (re.compile(r"(?:整体|整個|在)?(?:训练|訓練)集(?:整体)?(?:上)?的?\s*"), " train "),
)


def in_english(line: str) -> str:
    """The line with its word for an epoch as `Epoch` and its marks as those of ASCII."""
    line = line.translate(_MARKS)
    line = _ORDINAL.sub(r" Epoch \1 ", line)
    for pattern, word in _WORDS if _CHINESE.search(line) else ():
        line = pattern.sub(word, line)
    return _WORD.sub("Epoch ", line, count=1) if "poch" not in line else line
