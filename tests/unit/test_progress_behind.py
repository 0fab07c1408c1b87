# ruff: noqa: E501 (lines as people print them)
"""What only looks as if it numbered an epoch, and bars whose phase the lines around them tell."""

import time

import pytest

from tests.told_epochs import is_told, told
from unitrainer_tui.progress.prefixes import without_prefix

BAR = "100%|██████████| 10/10 [00:01<00:00,  9.5it/s, loss={}]\n"
LOGS = {
    "the end of an epoch, counted otherwise than its header": (
        "EPOCH: 1/3\nTrain loss: 0.5, val loss: 0.6\nEnd of epoch 0.\nEPOCH: 2/3\nTrain loss: 0.4, val loss: 0.5\nEnd of epoch 1.\n"
        "EPOCH: 3/3\nTrain loss: 0.3, val loss: 0.4\nEnd of epoch 2.\n",
        [(1, 3, {"Train loss": 0.5}), (2, 3, {"Train loss": 0.4}), (3, 3, {"Train loss": 0.3})],
    ),
    "a checkpoint that is completed late": (
        "Epoch 1: loss 0.5\nEpoch 2: loss 0.4\nCompleted epoch 1.\nEpoch 3: loss 0.3\n",
        [(1, None, {"loss": 0.5}), (2, None, {"loss": 0.4}), (3, None, {"loss": 0.3})],
    ),
    "a plan": (
        "After epoch 20:\n  lr is 0.1\nEpoch 1: loss 0.5\nEpoch 2: loss 0.4\n",
        [(1, None, {"loss": 0.5}), (2, None, {"loss": 0.4})],
    ),
    "a training bar behind an evaluation": (
        "Epoch 1\nTraining: 50%|█████     | 5/10 [00:01<00:01,  9.5it/s, loss=0.5]\nEvaluating...\n"
        "Eval: 100%|██████████| 3/3 [00:00<00:00, 19.5it/s, loss=0.6]\nTraining: "
        + BAR.format(0.3)
        + "Epoch 2\nTraining: "
        + BAR.format(0.2),
        [(1, None, {"loss": 0.3, "val_loss": 0.6}), (2, None, {"loss": 0.2})],
    ),
    "nameless bars, by their length": (
        "Epoch 1\n"
        + BAR.format(0.5)
        + "Evaluating...\n100%|██████████| 3/3 [00:00<00:00, 19.5it/s, loss=0.6]\n"
        + BAR.format(0.3)
        + "Epoch 2\n"
        + BAR.format(0.2),
        [(1, None, {"loss": 0.3, "val_loss": 0.6}), (2, None, {"loss": 0.2})],
    ),
    "bars by a letter inside epochs": (
        "Epoch 4\nE1: "
        + BAR.format(0.5)
        + "E2: "
        + BAR.format(0.4)
        + "Epoch 4 done: loss 0.4\nEpoch 5\nE1: "
        + BAR.format(0.3)
        + "Epoch 5 done: loss 0.3\n",
        [(4, None, {"loss": 0.4}), (5, None, {"loss": 0.3})],
    ),
    "a second training whose values count from 1": (
        "Epoch 1\nepoch 0 | loss: 0.5\nEpoch 2\nepoch 1 | loss: 0.4\nStage 2: fine tuning\nEpoch 1\nepoch 1 | loss: 0.3\n"
        "Epoch 2\nepoch 2 | loss: 0.2\n",
        [(1, None, {"loss": 0.5}), (2, None, {"loss": 0.4}), (1, None, {"loss": 0.3}), (2, None, {"loss": 0.2})],
    ),
    "headers from 0, steps from 1": (
        "Epoch: 0\n[1,   100] loss: 2.5\n[1,   200] loss: 2.1\nTotal loss: 7.9\nEpoch: 1\n[2,   100] loss: 1.5\n[2,   200] loss: 1.1\nTotal loss: 5.9\n",
        [(1, None, {"loss": 2.1}), (2, None, {"loss": 1.1})],
    ),
    "two blanks inside a name": (
        "Epoch: 1 \tTraining Loss: 0.5 \tTraining Accuracy: 0.96 \tValidation Loss: 0.6 \tValidation  Accuracy: 0.97\n",
        [(1, None, {"Training Accuracy": 0.96, "Validation Accuracy": 0.97})],
    ),
    "the best so far at the end of an evaluation": (
        "train epoch: 0 - step: 10 - loss: 0.7\ntrain epoch: 0 - step: 20 - loss: 0.6\n"
        "dev step: 20 - loss: 0.29, precision: 0.42, f1: 0.43 current best 0.00000\ntrain epoch: 1 - step: 30 - loss: 0.5\n"
        "dev step: 30 - loss: 0.19, precision: 0.52, f1: 0.53 current best 0.43000\n",
        [(1, None, {"val_loss": 0.29, "val_f1": 0.43}), (2, None, {"val_f1": 0.53})],
    ),
    "validation in the middle of a Chinese sentence": (
        "第1轮训练完成，验证集损失: 0.5\n第2轮训练完成，验证集损失: 0.4\n",
        [(1, None, {"val 损失": 0.5}), (2, None, {"val 损失": 0.4})],
    ),
}


@pytest.mark.parametrize("name", LOGS)
def test_a_log_is_understood(name: str) -> None:
    log, expected = LOGS[name]
    is_told(log, expected)


@pytest.mark.parametrize(
    "line",
    [
        "[{n}/100] psnr: 30.1, ssim: 0.9",
        "({n}/60) rmse= 0.31 mae= 0.25 sample.png",
        "{n}/80 | precision 0.9 | recall 0.8 | f1 0.85",
    ],
)
def test_an_evaluation_picture_by_picture_is_no_training(line: str) -> None:
    assert not told("".join(line.format(n=n) + "\n" for n in range(1, 60)))


def test_a_line_of_blanks_costs_no_more_than_its_length() -> None:
    begun = time.process_time()
    without_prefix('{"' + " " * 60_000 + '.py:"}')
    assert time.process_time() - begun < 1.0
