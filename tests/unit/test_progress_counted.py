# ruff: noqa: E501 (lines as people print them)
"""Epochs that a count alone tells, checkpoint callbacks, bars described by `1/5`: expected values by reading."""

import pytest

from unitrainer_tui.progress import ProgressParser

# name: the log, and of each epoch in order its number, its total and some of its values
LOGS = {
    "E behind a byte order mark": (
        "\ufeffE  1/500 | Loss:9.2106 | TrA:45.89% TrF1:45.89% | VAcc:26.25% | ETA:257.3min | BestVAcc:26.25%\n"
        "E  2/500 | Loss:0.9335 | TrA:43.35% TrF1:43.35% | VAcc:37.50% | ETA:236.7min | BestVAcc:37.50%\n",
        [(1, 500, {"loss": 9.2106, "VAcc": 26.25}), (2, 500, {"loss": 0.9335, "TrA": 43.35, "VAcc": 37.5})],
    ),
    "E glued to its number": (
        "E001 | loss 0.5123 | acc 0.8123\nE002 | loss 0.4123 | acc 0.8523\nE003 | loss 0.3123 | acc 0.8723\n",
        [(1, None, {"loss": 0.5123}), (2, None, {"acc": 0.8523}), (3, None, {"loss": 0.3123})],
    ),
    "E in brackets": (
        "[E1] loss=0.5123 acc=0.8123\n[E2] loss=0.4123 acc=0.8523\n",
        [(1, None, {"loss": 0.5123}), (2, None, {"acc": 0.8523})],
    ),
    "eph": (
        "eph 1: loss=0.5123 acc=0.8123\neph 2: loss=0.4123 acc=0.8523\n",
        [(1, None, {"loss": 0.5123}), (2, None, {"acc": 0.8523})],
    ),
    "a count and a bar": (
        "1/3 | train_loss: 0.5123 | val_loss: 0.6123\n2/3 | train_loss: 0.4123 | val_loss: 0.5123\n3/3 | train_loss: 0.3123 | val_loss: 0.4123\n",
        [(1, 3, {"train_loss": 0.5123}), (2, 3, {"val_loss": 0.5123}), (3, 3, {"val_loss": 0.4123})],
    ),
    "a row between bars": (
        "| 1/2 | loss 0.5123 | acc 0.8123 |\n| 2/2 | loss 0.4123 | acc 0.8523 |\n",
        [(1, 2, {"loss": 0.5123, "acc": 0.8123}), (2, 2, {"acc": 0.8523})],
    ),
    "a number and no more": (
        "#1 train_loss: 0.5123 val_loss: 0.6123\n#2 train_loss: 0.4123 val_loss: 0.5123\n",
        [(1, None, {"train_loss": 0.5123}), (2, None, {"val_loss": 0.5123})],
    ),
    "rounds": (
        "Round 1/2: loss=0.5123 acc=0.8123\nRound 2/2: loss=0.4123 acc=0.8523\n",
        [(1, 2, {"loss": 0.5123}), (2, 2, {"acc": 0.8523})],
    ),
    "passes": (
        "Pass 0, Cost 0.5123\nPass 1, Cost 0.4123\n",
        [(1, None, {"Cost": 0.5123}), (2, None, {"Cost": 0.4123})],
    ),
    "rounds within epochs": (
        "Epoch 1\nRound 1: loss=0.9\nRound 2: loss=0.8\nepoch loss: 0.7\nEpoch 2\nRound 1: loss=0.6\nRound 2: loss=0.5\nepoch loss: 0.4\n",
        [(1, None, {}), (2, None, {})],
    ),
    "only a checkpoint's word": (
        "Training: 0it [00:00, ?it/s]Validation: 0it [00:00, ?it/s]INFO:pytorch_lightning.utilities.rank_zero:Epoch 0, global step 66: 'val_loss' reached 0.48816 (best 0.48816), saving model to '/x/0.ckpt' as top 1\n"
        "Validation: 0it [00:00, ?it/s]INFO:pytorch_lightning.utilities.rank_zero:Epoch 1, global step 132: 'val_loss' was not in top 1\n"
        "Validation: 0it [00:00, ?it/s]INFO:pytorch_lightning.utilities.rank_zero:Epoch 2, global step 198: 'val_loss' reached 0.12661 (best 0.12661), saving model to '/x/0.ckpt' as top 1\n",
        [(1, None, {"val_loss": 0.48816}), (2, None, {}), (3, None, {"val_loss": 0.12661})],
    ),
    "a checkpoint's word of an older Lightning": (
        "Epoch 0, step 66: val_loss reached 0.48816 (best 0.48816), saving model to '/x/0.ckpt' as top 1\n"
        "Epoch 1, step 132: val_loss reached 0.38816 (best 0.38816), saving model to '/x/0.ckpt' as top 1\n",
        [(1, None, {"val_loss": 0.48816}), (2, None, {"val_loss": 0.38816})],
    ),
    "a checkpoint's word behind a bar": (
        "Epoch 0: 100%|██████| 1/1 [00:01<00:00,  0.67it/s, v_num=8]Epoch 0, global step 1: 'valid_top1_acc' reached 0.01370 (best 0.01370), saving model to '/x/a.ckpt' as top 1\n"
        "Epoch 1: 100%|██████| 1/1 [00:01<00:00,  0.67it/s, v_num=8]Epoch 1, global step 2: 'valid_top1_acc' reached 0.28767 (best 0.28767), saving model to '/x/b.ckpt' as top 1\n",
        [(1, None, {"valid_top1_acc": 0.0137}), (2, None, {"valid_top1_acc": 0.28767})],
    ),
    "a silent Keras with checkpoints": (
        "Epoch 1: val_loss improved from inf to 0.51230, saving model to best.keras\nEpoch 2: val_loss did not improve from 0.51230\n"
        "Epoch 3: val_loss improved from 0.51230 to 0.41230, saving model to best.keras\n",
        [(1, None, {"val_loss": 0.5123}), (2, None, {}), (3, None, {"val_loss": 0.4123})],
    ),
    "bars described by a fraction": (
        "1/2: 100%|██████████| 100/100 [00:00<00:00, 201.79it/s, train/acc=0.1976]\n"
        "1/2:  69%|██████▉   | 69/100 [00:00<00:00, 600.00it/s, val/acc=0.1828]1/2: 100%|██████████| 100/100 [00:00<00:00, 581.40it/s, val/acc=0.2001]\n"
        "2/2: 100%|██████████| 100/100 [00:00<00:00, 318.47it/s, train/acc=0.1975]\n"
        "2/2: 100%|██████████| 100/100 [00:00<00:00, 588.24it/s, val/acc=0.1966]training finish\n",
        [(1, 2, {"train/acc": 0.1976, "val/acc": 0.2001}), (2, 2, {"train/acc": 0.1975, "val/acc": 0.1966})],
    ),
    "bars with a fraction and a phase": (
        "[1/2] Train: 100%|██| 9/9 [00:00<00:00, 20it/s, loss=0.5123]\n[1/2] Valid: 100%|██| 9/9 [00:00<00:00, 20it/s, loss=0.4123]\n"
        "[2/2] Train: 100%|██| 9/9 [00:00<00:00, 20it/s, loss=0.3123]\n[2/2] Valid: 100%|██| 9/9 [00:00<00:00, 20it/s, loss=0.2123]\n",
        [(1, 2, {"loss": 0.5123, "val_loss": 0.4123}), (2, 2, {"loss": 0.3123, "val_loss": 0.2123})],
    ),
    "bars with a phase and a fraction": (
        "Train 1/2: 100%|██| 9/9 [00:00<00:00, 20it/s, loss=0.5123]\nVal 1/2: 100%|██| 9/9 [00:00<00:00, 20it/s, loss=0.4123]\n"
        "Train 2/2: 100%|██| 9/9 [00:00<00:00, 20it/s, loss=0.3123]\nVal 2/2: 100%|██| 9/9 [00:00<00:00, 20it/s, loss=0.2123]\n",
        [(1, 2, {"loss": 0.5123, "val_loss": 0.4123}), (2, 2, {"loss": 0.3123, "val_loss": 0.2123})],
    ),
    "an outer bar with evaluations": (
        "Epoch:   0%|          | 0/3 [00:00<?, ?it/s]\n"
        "Iteration: 100%|██████| 326/326 [01:06<00:00,  4.87it/s, loss=0.655, lr=5e-5]\n01/01/2026 17:14:21 - INFO - __main__ -     acc = 0.6657\n"
        "Epoch:  33%|███       | 1/3 [01:06<02:02, 66.96s/it]\n"
        "Iteration: 100%|██████| 326/326 [01:06<00:00,  4.87it/s, loss=0.429, lr=4e-5]\n01/01/2026 17:15:21 - INFO - __main__ -     acc = 0.7027\n"
        "Epoch:  67%|██████    | 2/3 [02:06<01:02, 66.96s/it]\n"
        "Iteration:  50%|███   | 163/326 [00:33<00:33,  4.87it/s, loss=0.329, lr=4e-5]\n01/01/2026 17:15:51 - INFO - __main__ -     acc = 0.7127\n",
        [(1, 3, {"loss": 0.655, "acc": 0.6657}), (2, 3, {"loss": 0.429, "acc": 0.7027})],
    ),
    "mmcv's bar before a line": (
        "2026-07-14 13:52:19,825 - mmcls - INFO - workflow: [('train', 1)], max: 30 epochs\n"
        "2026-07-14 13:52:30,150 - mmcls - INFO - Epoch [1][20/35]\tlr: 1.0e-02, eta: 0:08:41, time: 0.402, loss: 0.4855\n"
        "[>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>] 50/50, 163.1 task/s, elapsed: 0s, ETA:     0s2026-07-14 13:52:36,901 - mmcls - INFO - Epoch(val) [1][2]\taccuracy_top-1: 22.0000, accuracy_top-3: 38.0000\n"
        "2026-07-14 13:53:30,150 - mmcls - INFO - Epoch [2][20/35]\tlr: 1.0e-02, eta: 0:08:41, time: 0.402, loss: 0.3855\n",
        [(1, 30, {"loss": 0.4855, "accuracy_top-1": 22.0}), (2, 30, {"loss": 0.3855})],
    ),
    "a log that begins below the header": (
        "      21/50       2.4G     0.5133      10.56      1.502         24        800: 100%|██████████| 99/99 [00:35<00:00,  2.79it/s]\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██████████| 2/2 [00:00<00:00,  3.53it/s]\n"
        "                   all         26         80      0.512      0.613      0.714      0.415\n\n"
        "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
        "      22/50       2.4G     0.5033      10.16      1.402         24        800: 100%|██████████| 99/99 [00:35<00:00,  2.79it/s]\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██████████| 2/2 [00:00<00:00,  3.53it/s]\n"
        "                   all         26         80      0.522      0.623      0.724      0.425\n",
        [(21, 50, {}), (22, 50, {"box_loss": 0.5033, "mAP50": 0.724})],
    ),
    "names with a threshold": (
        "01/08 08:55:39 - mmengine - INFO - Epoch(train)  [1][4/4]  lr: 1.0e-02  loss: 1.1313  recall@thr=0.5: 0.3889  prec@thr=0.5: 0.2889  recall@top3: 0.7222\n"
        "01/08 08:55:43 - mmengine - INFO - Epoch(val) [1][8/8]    mAP/overall: 0.0123  mAP/person_movement: nan  data_time: 0.0382\n",
        [(1, None, {"loss": 1.1313, "recall@thr=0.5": 0.3889, "recall@top3": 0.7222, "mAP/overall": 0.0123})],
    ),
    "phases of a set": (
        "Train Epoch: 0 [13/261 (93%)]\tLoss: 96.577006\n\n Train set: Average loss: 72.8319\n\n\n Validation set: Average loss: 77.8820\n\n"
        "Train Epoch: 1 [13/261 (93%)]\tLoss: 36.752935\n\n Train set: Average loss: 45.6049\n\n\n Validation set: Average loss: 45.2363\n\n",
        [
            (1, None, {"train_Average loss": 72.8319, "val_Average loss": 77.882}),
            (2, None, {"train_Average loss": 45.6049, "val_Average loss": 45.2363}),
        ],
    ),
    "info of two phases": (
        "at epoch 1 train info: auc:0.5813, logloss:0.357 eval info: auc:0.5919, logloss:0.3648\nat epoch 1 , train time: 144.7 eval time: 105.6\n"
        "at epoch 2 train info: auc:0.6998, logloss:0.3054 eval info: auc:0.6838, logloss:0.3166\nat epoch 2 , train time: 143.9 eval time: 105.5\n",
        [
            (1, None, {"train_auc": 0.5813, "train_logloss": 0.357, "val_auc": 0.5919, "val_logloss": 0.3648}),
            (2, None, {"train_auc": 0.6998, "val_auc": 0.6838}),
        ],
    ),
    "the same names of two phases": (
        "Epoch 1: train loss 0.51, acc 0.81, val loss 0.61, acc 0.71\nEpoch 2: train loss 0.41, acc 0.82, val loss 0.52, acc 0.72\n",
        [
            (1, None, {"train loss": 0.51, "train_acc": 0.81, "val loss": 0.61, "val_acc": 0.71}),
            (2, None, {"train_acc": 0.82, "val_acc": 0.72}),
        ],
    ),
}


def told(log):
    parser = ProgressParser()
    records = []
    for record in parser.feed(log.encode()) + parser.finish():
        if record.partial:
            continue
        if records and records[-1].epoch == record.epoch and records[-1].metrics.items() <= record.metrics.items():
            records.pop()  # the same epoch with more of its values
        records.append(record)
    return records


@pytest.mark.parametrize("name", LOGS)
def test_a_log_is_understood(name):
    log, expected = LOGS[name]
    records = told(log)
    assert [(record.epoch, record.total_epochs) for record in records] == [row[:2] for row in expected]
    for record, (_, _, metrics) in zip(records, expected, strict=True):
        assert metrics.items() <= record.metrics.items()
