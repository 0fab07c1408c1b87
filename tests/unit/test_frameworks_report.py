"""What the scripts tell, as the program reads it."""

from __future__ import annotations

import json
import math
import signal

import pytest

from unitrainer_tui.frameworks.shared.report import Interrupts, report, write_json
from unitrainer_tui.progress import ProgressParser


def test_a_value_that_is_no_number_reaches_the_curve_as_a_gap(capsys):
    report(3, 10, {"loss": math.nan, "val_loss": math.inf, "accuracy": 0.5})
    printed = capsys.readouterr().out
    assert "NaN" not in printed and json.loads(printed), "strict JSON"
    [record] = ProgressParser().feed(printed.encode())
    assert (record.epoch, record.total_epochs, record.metrics["accuracy"]) == (3, 10, 0.5)
    assert math.isnan(record.metrics["loss"])
    assert math.isinf(record.metrics["val_loss"])


@pytest.mark.parametrize("behind_bar", [False, True])
def test_a_line_of_progress_is_a_line_of_its_own(capsys, behind_bar):
    report(1, 2, {"loss": 0.25}, behind_bar=behind_bar)
    lines = capsys.readouterr().out.split("\n")
    assert lines[-1] == ""
    assert json.loads(lines[-2])["data"]["metrics"] == {"loss": 0.25}
    assert len(lines) == (3 if behind_bar else 2)


def test_metrics_json_holds_no_value_that_strict_readers_refuse(tmp_path):
    write_json(tmp_path / "metrics.json", {"best": math.nan, "all": [1.0, math.inf], "deep": {"x": -math.inf}})
    text = (tmp_path / "metrics.json").read_text()
    assert json.loads(text) == {"best": None, "all": [1.0, None], "deep": {"x": None}}


def test_an_interrupt_waits_for_what_must_be_whole():
    interrupts = Interrupts()
    done = []
    try:
        with pytest.raises(KeyboardInterrupt):
            with interrupts.held():
                signal.raise_signal(signal.SIGINT)
                done.append("whole")
        assert done == ["whole"]
        with interrupts.held():
            pass  # told once: what follows an interrupt is not interrupted again
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
