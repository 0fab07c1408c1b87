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


def in_english(line: str) -> str:
    """The line with its word for an epoch as `Epoch` and its marks as those of ASCII."""
    line = line.translate(_MARKS)
    line = _ORDINAL.sub(r" Epoch \1 ", line)
    return _WORD.sub("Epoch ", line, count=1) if "poch" not in line else line
