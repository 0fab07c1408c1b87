# ruff: noqa: E501 (lines as people print them)
"""Loops whose values come in unusual places and shapes: what is expected was read off the lines by hand, before the parser read them."""

import pytest

from tests.told_epochs import is_told

# name: the log, and of each epoch in order its number, its total and some of its values
LOOPS = {
    "confusing mean after": (
        (
            "Epoch 1 loss 0.5\n"
            "Epoch 2 loss 0.4\n"
            "Average loss over 2 epochs: 0.45\n"
            "Min loss: 0.4 at epoch 2\n"
            "Total time: 12.3s\n"
        ),
        [(1, None, {"loss": 0.5}), (2, None, {"loss": 0.4})],
    ),
    "epoch, batch, comma": (
        (
            "Epoch: 1, Batch: 1, Loss: 2.3\n"
            "Epoch: 1, Batch: 100, Loss: 1.3\n"
            "Epoch: 2, Batch: 1, Loss: 1.2\n"
            "Epoch: 2, Batch: 100, Loss: 0.9\n"
        ),
        [(1, None, {"loss": 1.3}), (2, None, {"loss": 0.9})],
    ),
    "epoch steps only last": (
        (
            "Train - Epoch 1, Batch: 0, Loss: 2.3\n"
            "Train - Epoch 1, Batch: 900, Loss: 0.3\n"
            "Test Avg. Loss: 0.0512, Accuracy: 0.9812\n"
            "Train - Epoch 2, Batch: 900, Loss: 0.2\n"
            "Test Avg. Loss: 0.0412, Accuracy: 0.9852\n"
        ),
        [(1, None, {"loss": 0.3, "val_Accuracy": 0.9812}), (2, None, {"val_Accuracy": 0.9852})],
    ),
    "val every epoch in dict": (
        (
            "Epoch 1/2\n"
            "train: {'loss': 0.5123, 'acc': 0.8123}\n"
            "val: {'loss': 0.4123, 'acc': 0.8523}\n"
            "Epoch 2/2\n"
            "train: {'loss': 0.4123, 'acc': 0.8523}\n"
            "val: {'loss': 0.3123, 'acc': 0.8723}\n"
        ),
        [(1, 2, {"train_loss": 0.5123, "val_loss": 0.4123}), (2, 2, {"val_acc": 0.8723})],
    ),
    "namedtuple": (
        (
            "EpochResult(epoch=1, train_loss=0.5123, val_loss=0.4123)\n"
            "EpochResult(epoch=2, train_loss=0.4123, val_loss=0.3123)\n"
        ),
        [(1, None, {"train_loss": 0.5123}), (2, None, {"val_loss": 0.3123})],
    ),
    "json with total": (
        (
            '{"epoch": 1, "epochs": 2, "train": {"loss": 0.5123}, "val": {"loss": 0.4123}}\n'
            '{"epoch": 2, "epochs": 2, "train": {"loss": 0.4123}, "val": {"loss": 0.3123}}\n'
        ),
        [(1, 2, {"train/loss": 0.5123, "val/loss": 0.4123}), (2, 2, {"val/loss": 0.3123})],
    ),
    "wandb style dict": (
        (
            "{'train/loss': 0.5123, 'train/epoch': 1.0, 'val/loss': 0.4123}\n"
            "{'train/loss': 0.4123, 'train/epoch': 2.0, 'val/loss': 0.3123}\n"
        ),
        [(1, None, {"train/loss": 0.5123, "val/loss": 0.4123}), (2, None, {"val/loss": 0.3123})],
    ),
    "ordereddict": (
        (
            "Epoch 1: OrderedDict([('loss', 0.5123), ('acc', 0.8123)])\n"
            "Epoch 2: OrderedDict([('loss', 0.4123), ('acc', 0.8523)])\n"
        ),
        [(1, None, {"loss": 0.5123}), (2, None, {"acc": 0.8523})],
    ),
    "epoch seconds": (
        ("Epoch 1: 12.3s, loss=0.5123\nEpoch 2: 12.1s, loss=0.4123\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "columns no names": (
        ("Epoch 1 0.5123 0.8123\nEpoch 2 0.4123 0.8523\n"),
        [(1, None, {}), (2, None, {})],
    ),
    "loss first": (
        ("Loss: 0.5123 Epoch: 1\nLoss: 0.4123 Epoch: 2\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {"loss": 0.4123})],
    ),
    "step of total in epochs header": (
        (
            "Epoch 1/2 (step 100/200): loss 0.5\n"
            "Epoch 1/2 (step 200/200): loss 0.4\n"
            "Epoch 2/2 (step 200/200): loss 0.3\n"
        ),
        [(1, 2, {"loss": 0.4}), (2, 2, {"loss": 0.3})],
    ),
    "percent in epoch": (
        (
            "Epoch 1/2 [50%] loss: 0.5\rEpoch 1/2 [100%] loss: 0.4\n"
            "Epoch 2/2 [50%] loss: 0.35\rEpoch 2/2 [100%] loss: 0.3\n"
        ),
        [(1, 2, {"loss": 0.4}), (2, 2, {"loss": 0.3})],
    ),
    "hashes bar": (
        (
            "Epoch 1/2 [##########          ] 50% loss: 0.5\rEpoch 1/2 [####################] 100% loss: 0.4\n"
            "Epoch 2/2 [####################] 100% loss: 0.3\n"
        ),
        [(1, 2, {"loss": 0.4}), (2, 2, {"loss": 0.3})],
    ),
    "lightning json": (
        (
            "[epoch 1] train/loss=0.5123 val/loss=0.4123 lr=1.0e-03\n"
            "[epoch 2] train/loss=0.4123 val/loss=0.3123 lr=1.0e-03\n"
        ),
        [(1, None, {"train/loss": 0.5123}), (2, None, {"val/loss": 0.3123})],
    ),
    "seconds per epoch": (
        ("Epoch 1: loss 0.5123 (12.3 s/epoch)\nEpoch 2: loss 0.4123 (12.3 s/epoch)\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "star lines": (
        ("*** Epoch 1 ***\nTrain loss 0.5123\n*** Epoch 2 ***\nTrain loss 0.4123\n"),
        [(1, None, {"Train loss": 0.5123}), (2, None, {"Train loss": 0.4123})],
    ),
    "Epoch: 1 / 10": (
        ("Epoch: 1 / 2 | loss: 0.5123\nEpoch: 2 / 2 | loss: 0.4123\n"),
        [(1, 2, {"loss": 0.5123}), (2, 2, {})],
    ),
    "epochs plural": (
        ("Epochs: 1/2, Loss: 0.5123\nEpochs: 2/2, Loss: 0.4123\n"),
        [(1, 2, {"loss": 0.5123}), (2, 2, {})],
    ),
    "epoch num": (
        ("epoch_num: 1, loss: 0.5123\nepoch_num: 2, loss: 0.4123\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "current epoch": (
        ("Current epoch: 1, loss: 0.5123\nCurrent epoch: 2, loss: 0.4123\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "epoch idx": (
        ("Epoch idx: 0, loss: 0.5123\nEpoch idx: 1, loss: 0.4123\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {"loss": 0.4123})],
    ),
    "iter epoch": (
        ("Iter 100 Epoch 1 loss 0.5123\nIter 200 Epoch 2 loss 0.4123\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "step then epoch": (
        ("step: 100, epoch: 1, loss: 0.5123\nstep: 200, epoch: 2, loss: 0.4123\nstep: 300, epoch: 3, loss: 0.3123\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {}), (3, None, {})],
    ),
    "total batches": (
        (
            "Epoch 1 Iter 100/500 loss_d 0.5 loss_g 1.5\n"
            "Epoch 1 Iter 500/500 loss_d 0.4 loss_g 1.6\n"
            "Epoch 2 Iter 500/500 loss_d 0.3 loss_g 1.7\n"
        ),
        [(1, None, {"loss_d": 0.4}), (2, None, {"loss_g": 1.7})],
    ),
    "mean±std line": (
        ("Epoch 1 | MAE 0.5123 | RMSE 0.6123 | R2 0.7123\nEpoch 2 | MAE 0.4123 | RMSE 0.5123 | R2 0.8123\n"),
        [(1, None, {"MAE": 0.5123, "RMSE": 0.6123, "R2": 0.7123}), (2, None, {})],
    ),
    "pearson": (
        (
            "Epoch 1 val pearson=0.5123 spearman=0.4123 mcc=0.3123 kappa=0.2123\n"
            "Epoch 2 val pearson=0.6123 spearman=0.5123 mcc=0.4123 kappa=0.3123\n"
        ),
        [(1, None, {}), (2, None, {})],
    ),
    "hits after": (
        (
            "Epoch 1 average loss: 0.5123\n"
            "Valid (raw): MRR: 0.2123, Hits@1: 0.1123\n"
            "Epoch 2 average loss: 0.4123\n"
            "Valid (raw): MRR: 0.3123, Hits@1: 0.2123\n"
        ),
        [(1, None, {"average loss": 0.5123}), (2, None, {})],
    ),
    "recbole": (
        (
            "01 Jan 10:00    INFO  epoch 0 training [time: 1.23s, train loss: 12.3456]\n"
            "01 Jan 10:00    INFO  epoch 0 evaluating [time: 0.12s, valid_score: 0.012300]\n"
            "01 Jan 10:00    INFO  valid result: \n"
            "recall@10 : 0.0123    mrr@10 : 0.0112    ndcg@10 : 0.0111    hit@10 : 0.0212    precision@10 : 0.0021\n"
            "01 Jan 10:00    INFO  Saving current: saved/BPR.pth\n"
            "01 Jan 10:00    INFO  epoch 1 training [time: 1.13s, train loss: 10.3456]\n"
            "01 Jan 10:00    INFO  epoch 1 evaluating [time: 0.12s, valid_score: 0.022300]\n"
        ),
        [(1, None, {"train loss": 12.3456}), (2, None, {"train loss": 10.3456})],
    ),
    "nerf": (
        ("[TRAIN] Iter: 100 Loss: 0.0512 PSNR: 13.12\n[TRAIN] Iter: 200 Loss: 0.0412 PSNR: 14.12\n"),
        [(100, None, {"loss": 0.0512, "PSNR": 13.12}), (200, None, {})],
    ),
    "fasttext": (
        (
            "Read 0M words\n"
            "Number of words:  1000\n"
            "Progress:  50.0% words/sec/thread:   10000 lr:  0.050000 avg.loss:  2.312345 ETA:   0h 0m 5s\rProgress: 100.0% words/sec/thread:   10000 lr:  0.000000 avg.loss:  2.112345 ETA:   0h 0m 0s\n"
        ),
        [],
    ),
    "h2o": (
        ("gbm Model Build progress: |███████████████████████████████████████████████| (done) 100%\n"),
        [],
    ),
    "loss after steps in epochs": (
        "Epoch: 0\nLoss after 0 steps: 2.1177\nLoss after 30 steps: 1.1514\n\nEpoch: 1\nLoss after 40 steps: 0.9882\n",
        [(1, None, {"loss": 1.1514}), (2, None, {"loss": 0.9882})],
    ),
    "loss after steps alone": (
        "Loss after 100 steps: 2.1177\nLoss after 200 steps: 1.1177\n",
        [(100, None, {"loss": 2.1177}), (200, None, {"loss": 1.1177})],
    ),
    "a mean over steps and over the epoch": (
        "Training epoch: 1\nTraining loss per 100 training steps: 2.2575\nTraining loss per 100 training steps: 0.4154\n"
        "Training loss epoch: 0.0598\nTraining accuracy epoch: 0.9512\n",
        [(1, None, {"Training loss": 0.0598, "Training accuracy": 0.9512})],
    ),
    "a header above each evaluation": (
        "Epoch: 1/2\nLoss: 6.7\nEpoch: 1/2\nLoss: 5.7\nEpoch: 2/2\nLoss: 4.7\nEpoch: 2/2\nLoss: 3.7\n",
        [(1, 2, {"loss": 5.7}), (2, 2, {"loss": 3.7})],
    ),
    "a part of an epoch": (
        "EPOCH: 0.500\ttrn_loss: 2.9\t(1.1s - 3.3s remaining)\rEPOCH: 1.000\ttrn_loss: 2.4\tval_loss: 1.6\t(2.1s - 2.1s remaining)\n"
        "EPOCH: 1.500\ttrn_loss: 1.9\t(3.1s - 1.1s remaining)\rEPOCH: 2.000\ttrn_loss: 1.4\tval_loss: 1.2\t(4.2s - 0.0s remaining)\n",
        [(1, None, {"trn_loss": 2.4, "val_loss": 1.6}), (2, None, {"trn_loss": 1.4, "val_loss": 1.2})],
    ),
    "a part of the epochs with a total": (
        "Epoch 0.50/2 loss 0.9\nEpoch 1.00/2 loss 0.8\nEpoch 1.50/2 loss 0.7\nEpoch 2.00/2 loss 0.6\n",
        [(1, 2, {"loss": 0.8}), (2, 2, {"loss": 0.6})],
    ),
    "two names and two values": (
        "Epoch 001 | Avg Losses >> G/D 5.0027/0.1224\nEpoch 002 | Avg Losses >> G/D 5.1134/0.1100\n",
        [(1, None, {"G": 5.0027, "D": 0.1224}), (2, None, {"G": 5.1134})],
    ),
    "two marks": (
        "Epoch 051 | D Loss >> -0.4696\nEpoch 052 | D Loss >> -0.4512\n",
        [(51, None, {"D Loss": -0.4696}), (52, None, {"D Loss": -0.4512})],
    ),
    "epochs that count": (
        "Epochs: 0 | epoch avg. loss: 0.42 | validation avg. loss: 0.15\nEpochs: 1 | epoch avg. loss: 0.14 | validation avg. loss: 0.14\n",
        [(1, None, {"validation avg. loss": 0.15}), (2, None, {"validation avg. loss": 0.14})],
    ),
    "phases that took a while": (
        "Epoch 1 ====\nlr=[1e-05]\ntrain took 12.69 sec | loss = 0.4752 | top1_acc = 82.2222  \nvalid took 2.02 sec | loss = 0.4284 | top1_acc = 80.0000  \n"
        "Epoch 2 ====\nlr=[1e-05]\ntrain took 12.73 sec | loss = 0.4562 | top1_acc = 86.6667  \nvalid took 1.99 sec | loss = 0.2811 | top1_acc = 100.0000  \n",
        [
            (1, None, {"train_loss": 0.4752, "val_loss": 0.4284}),
            (2, None, {"train_top1_acc": 86.6667, "val_top1_acc": 100.0}),
        ],
    ),
    "a loop around Keras": (
        "epoch 1\nEpoch 1/1\n10/10 [==============================] - 1s - loss: 1.9\nsome text\n"
        "epoch 2\nEpoch 1/1\n10/10 [==============================] - 1s - loss: 1.6\nsome text\n",
        [(1, None, {"loss": 1.9}), (2, None, {"loss": 1.6})],
    ),
    "a comma right before a name": (
        "epoch 0/2:,recons loss: 0.153782,perc_loss: 0.505703,\nepoch 1/2:,recons loss: 0.143782,perc_loss: 0.405703,\n",
        [(1, 2, {"recons loss": 0.153782, "perc_loss": 0.505703}), (2, 2, {"recons loss": 0.143782})],
    ),
    "a list without names": (
        "Epoch 1: [0.2479, 0.9303]\nEpoch 2: [0.1479, 0.9403]\n",
        [(1, None, {}), (2, None, {})],
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_understood(name):
    log, expected = LOOPS[name]
    is_told(log, expected)
