"""What a checkpoint callback says when an epoch is over: often the only word of it, and of the value it watches."""

from __future__ import annotations

import re

from unitrainer_tui.progress.facts import Fact, Found, Kind
from unitrainer_tui.progress.values import NUMBER, matched, metric_name

_NAME = r"[`'\"]?(?P<name>[A-Za-z_][\w./@ -]{0,100}?)[`'\"]?"
# Lightning: "Epoch 3, global step 120: 'val_loss' reached 0.48 (best 0.48), saving model to …", "… was not in top 1"
_LIGHTNING = re.compile(
    rf"Epoch (?P<epoch>\d{{1,9}})(?:, (?:global )?step \d+)?: {_NAME} "
    rf"(?:reached (?P<value>{NUMBER}) \(best |was not in top \d)"
)
# Keras: "Epoch 00003: val_loss improved from 0.5 to 0.4, saving model to …", "… did not improve from 0.5"
_KERAS = re.compile(
    rf"Epoch (?P<epoch>\d{{1,9}}): {_NAME} (?:improved from \S+ to (?P<value>{NUMBER})(?=[,.]? |,?$)|did not improve)"
)


def recognise(line: str) -> Found:
    """The epoch and the watched value; it adds to an epoch of which more is known, and is one where nothing else is."""
    at = line.find("Epoch ")
    if at < 0 or ("improve" not in line and " reached " not in line and "not in top" not in line):
        return None
    for pattern, base in ((_LIGHTNING, 0), (_KERAS, 1)):
        if match := pattern.match(line, at):
            metrics = {metric_name(match["name"]): matched(match["value"])} if match["value"] else {}
            return Fact(
                Kind.VALUES, int(match["epoch"]), metrics=metrics, base=base, beside=True, iteration=True, held=True
            )
    return None
