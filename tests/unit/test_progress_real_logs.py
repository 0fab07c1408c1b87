"""What frameworks really printed (tests/fixtures/logs, with the scripts that ran them)."""

from pathlib import Path

import pytest

from unitrainer_tui.progress import ProgressParser

LOGS = Path(__file__).parents[1] / "fixtures" / "logs"

# log: (total, one value of each epoch by name, all names of the last epoch)
EXPECTED = {
    "xgboost_train": (
        None,
        "train-rmse",
        [156.64626, 137.97507, 124.1101, 113.04484],
        {"train-rmse", "validation-rmse"},
    ),
    "xgboost_cv": (None, "test-rmse", [171.84689, 159.67322, 145.1135], None),
    "lightgbm_train": (None, "valid_0's l2", [43522.2, 39585.6, 37007.3, 34486.6, 31812.4], None),
    "lightgbm_cv": (None, "valid's l2", [33612.7, 31378.2, 29216.0], None),
    "catboost_train": (None, "test", [204.5520281, 176.6390139, 151.6765669, 142.8189532], {"learn", "test"}),
    "sklearn_gradient_boosting": (None, "Train Loss", [1.2151, 1.0738, 0.9564, 0.8568], {"Train Loss"}),
    "sklearn_gradient_boosting_subsample": (None, "OOB Improve", [0.1539, 0.14, 0.1163], None),
    "sklearn_hist_gradient_boosting": (3, "val loss", [14714.59601, 13548.97014, 12563.56221], None),
    "sklearn_mlp": (None, "loss", [0.34307203, 0.34139664, 0.33973887], {"loss", "Validation score"}),
    "sklearn_sgd": (None, "Avg. loss", [1.439277, 1.840057, 1.386449], None),
    "keras_bars": (3, "val_loss", [3.8068, 2.9138, 2.2287], {"loss", "mae", "val_loss", "val_mae"}),
    "keras_lines": (3, "loss", [5.805, 4.5606, 3.5928], {"loss", "mae", "val_loss", "val_mae"}),
    "hugging_face": (None, "eval_loss", [0.2892, 0.289, 0.2889], {"loss", "grad_norm", "learning_rate", "eval_loss"}),
    "tqdm_in_epoch": (2, "loss", [0.333, 0.167], {"loss"}),
    "tqdm_epochs": (3, "loss", [1.0, 0.5, 0.333], {"loss"}),
}


def epochs(log):
    parser = ProgressParser()
    records = parser.feed((LOGS / f"{log}.log").read_bytes()) + parser.finish()
    return [record for record in records if not record.partial]


@pytest.mark.parametrize("log", EXPECTED)
def test_a_real_log_gives_its_epochs(log):
    total, name, values, names = EXPECTED[log]
    records = epochs(log)
    assert [record.epoch for record in records] == list(range(1, len(values) + 1))
    assert {record.total_epochs for record in records} == {total}
    assert [record.metrics[name] for record in records] == values
    assert names is None or set(records[-1].metrics) == names


def test_lightnings_rich_bar_in_a_pipe_shows_the_last_epoch_only():
    (last,) = epochs("lightning")
    assert (last.epoch, last.total_epochs, last.metrics) == (3, 3, {"train_loss": 0.028, "val_loss": 0.023})


def test_every_log_here_is_expected_somewhere():
    assert {log.stem for log in LOGS.glob("*.log")} == {*EXPECTED, "lightning"}
