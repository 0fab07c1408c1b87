"""What frameworks really printed (tests/fixtures/logs), read against what they really trained.

The truth beside each log comes out of the program that ran (its history, its callbacks, its own variables), never out
of the parser. `python tests/fixtures/logs/scoring.py` prints where the parser fails.
"""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

LOGS = Path(__file__).parents[1] / "fixtures" / "logs"
SPEC = importlib.util.spec_from_file_location("scoring", LOGS / "scoring.py")
scoring = sys.modules["scoring"] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(scoring)

ALL = sorted(LOGS.glob("*.log"))
# What a narrow terminal cut may be found elsewhere in the log, and rich may break one cell into two lines.
CUT = {"lightning_rich.tty40": 0.5, "lightning_tqdm_1.tty80": 0.8, "lightning_early_stop_1.tty80": 0.8}


@pytest.mark.parametrize("log", ALL, ids=lambda log: log.stem)
def test_a_real_log_is_read_as_it_was_trained(log):
    result = scoring.score(log)
    floor = CUT.get(log.stem, 0.9 if ".tty" in log.name else 1.0)
    assert result.share >= floor, "\n".join(result.faults)


def test_the_corpus_is_read_nearly_perfectly():
    shares = [scoring.score(log).share for log in ALL]
    assert sum(shares) / len(shares) >= 0.99


@pytest.mark.parametrize("log", [log for log in ALL if "pipe" in log.name], ids=lambda log: log.stem)
def test_the_truth_can_be_read_in_the_log(log):
    """So that no score is high because the truth is empty: each value is compared, only look-alikes have none."""
    truth = json.loads(log.with_suffix(".json").read_text())
    values = sum(len(metrics) for _, _, metrics in truth["epochs"])
    result = scoring.score(log)
    assert result.points >= 2 * len(truth["epochs"]) + values
    assert truth["epochs"] or log.stem in ("loop_look_alikes.pipe", "lightgbm_no_metric.pipe")
