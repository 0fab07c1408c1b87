# ruff: noqa: E501 (lines as the programs print them)
"""Formats, each as its program prints it, with the epochs, totals and values that a reader takes from it."""

import math

import pytest

from unitrainer_tui.progress import ProgressParser

NAN, INF = math.nan, math.inf

FORMATS = {
    "steps within epochs": (
        "Epoch [1/2], Step [100/600], Loss: 0.9\n"
        "Epoch [1/2], Step [600/600], Loss: 0.5\n"
        "Epoch [2/2], Step [100/600], Loss: 0.4\n"
        "Epoch [2/2], Step [600/600], Loss: 0.3\n"
        "Test Accuracy: 97.5%\n",
        [
            (1, 2, {"loss": 0.5}),
            (2, 2, {"loss": 0.3, "Test Accuracy": 97.5}),
        ],
    ),
    "the MNIST example": (
        "Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.300039\n"
        "Train Epoch: 1 [59520/60000 (99%)]\tLoss: 0.1\n"
        "\n"
        "Test set: Average loss: 0.0512, Accuracy: 9832/10000 (98%)\n"
        "\n"
        "Train Epoch: 2 [0/60000 (0%)]\tLoss: 0.2\n",
        [
            (1, None, {"loss": 0.1, "val_Average loss": 0.0512, "val_Accuracy": 98.0}),
        ],
    ),
    "the transfer learning tutorial, from 0": (
        "Epoch 0/2\n"
        "----------\n"
        "train Loss: 0.6 Acc: 0.7\n"
        "val Loss: 0.3 Acc: 0.9\n"
        "\n"
        "Epoch 1/2\n"
        "----------\n"
        "train Loss: 0.5 Acc: 0.8\n"
        "val Loss: 0.2 Acc: 0.95\n"
        "\n"
        "Epoch 2/2\n"
        "----------\n"
        "train Loss: 0.4 Acc: 0.85\n"
        "val Loss: 0.1 Acc: 0.97\n"
        "\n"
        "Training complete in 1m 2s\n"
        "Best val Acc: 0.970000\n",
        [
            (1, 3, {"train Loss": 0.6, "train_Acc": 0.7, "val Loss": 0.3, "val_Acc": 0.9}),
            (2, 3, {"train Loss": 0.5, "train_Acc": 0.8, "val Loss": 0.2, "val_Acc": 0.95}),
            (3, 3, {"train Loss": 0.4, "train_Acc": 0.85, "val Loss": 0.1, "val_Acc": 0.97}),
        ],
    ),
    "the PyTorch quickstart": (
        "Epoch 1\n"
        "-------------------------------\n"
        "loss: 2.303494  [   64/60000]\n"
        "loss: 2.294637  [ 6464/60000]\n"
        "Test Error: \n"
        " Accuracy: 49.8%, Avg loss: 2.15 \n"
        "\n"
        "Epoch 2\n"
        "-------------------------------\n"
        "loss: 2.1  [   64/60000]\n"
        "Test Error: \n"
        " Accuracy: 55.8%, Avg loss: 1.9 \n"
        "\n"
        "Done!\n",
        [
            (1, None, {"loss": 2.294637, "Accuracy": 49.8, "Avg loss": 2.15}),
            (2, None, {"loss": 2.1, "Accuracy": 55.8, "Avg loss": 1.9}),
        ],
    ),
    "Ultralytics detection": (
        "Starting training for 2 epochs...\n"
        "\n"
        "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
        "\r        1/2         0G      1.1      3.2      1.4         13        640:   0%|          | 0/4 [00:00<?, ?it/s]\r        1/2      2.1G      1.234      3.21      1.456         13        640: 100%|##########| 4/4 [00:01<00:00,  3.5it/s]\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|##########| 2/2 [00:00<00:00]\n"
        "                   all          4         17      0.593      0.617      0.7      0.5\n"
        "\n"
        "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
        "        2/2      2.1G      1.1      3.1      1.4         13        640: 100% ━━━━━━━━━━━━ 4/4 2.1it/s 1.9s\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100% ━━━━━━━━━━━━ 2/2 3.0it/s 0.5s\n"
        "                   all          4         17      0.6      0.62      0.71      0.51\n"
        "\n"
        "2 epochs completed in 0.003 hours.\n"
        "Validating runs/best.pt...\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|##########| 2/2 [00:00<00:00]\n"
        "                   all          4         17      0.9      0.9      0.9      0.9\n"
        "                person          4         17      0.9      0.9      0.9      0.9\n",
        [
            (
                1,
                2,
                {
                    "box_loss": 1.234,
                    "cls_loss": 3.21,
                    "dfl_loss": 1.456,
                    "P": 0.593,
                    "R": 0.617,
                    "mAP50": 0.7,
                    "mAP50-95": 0.5,
                },
            ),
            (
                2,
                2,
                {
                    "box_loss": 1.1,
                    "cls_loss": 3.1,
                    "dfl_loss": 1.4,
                    "P": 0.6,
                    "R": 0.62,
                    "mAP50": 0.71,
                    "mAP50-95": 0.51,
                },
            ),
        ],
    ),
    "YOLOv5, from 0": (
        "      Epoch    GPU_mem   box_loss   obj_loss   cls_loss  Instances       Size\n"
        "        0/2      0G      0.04      0.05      0.02         13        640: 100%|##########| 4/4 [00:01<00:00,  3.5it/s]\n"
        "                 Class     Images  Instances          P          R      mAP50   mAP50-95: 100%|##########| 2/2 [00:00<00:00]\n"
        "                   all        128        929      0.6       0.5      0.6       0.4\n"
        "        1/2      0G      0.03      0.04      0.01         13        640: 100%|##########| 4/4 [00:01<00:00,  3.5it/s]\n"
        "                 Class     Images  Instances          P          R      mAP50   mAP50-95: 100%|##########| 2/2 [00:00<00:00]\n"
        "                   all        128        929      0.7       0.5      0.6       0.4\n",
        [
            (
                1,
                3,
                {
                    "box_loss": 0.04,
                    "obj_loss": 0.05,
                    "cls_loss": 0.02,
                    "P": 0.6,
                    "R": 0.5,
                    "mAP50": 0.6,
                    "mAP50-95": 0.4,
                },
            ),
            (
                2,
                3,
                {
                    "box_loss": 0.03,
                    "obj_loss": 0.04,
                    "cls_loss": 0.01,
                    "P": 0.7,
                    "R": 0.5,
                    "mAP50": 0.6,
                    "mAP50-95": 0.4,
                },
            ),
        ],
    ),
    "Lightning in a terminal": (
        "Epoch 0:   0%|          | 0/4 [00:00<?, ?it/s]\rEpoch 0: 100%|##########| 4/4 [00:00<00:00, 50it/s, v_num=0, train_loss=0.5]\rValidation: |          | 0/? [00:00<?, ?it/s]\rValidation DataLoader 0: 100%|###| 4/4 [00:00<00:00, 300it/s]\rEpoch 0: 100%|##########| 4/4 [00:00<00:00, 50it/s, v_num=0, train_loss=0.5, val_loss=0.4]\rEpoch 1: 100%|##########| 4/4 [00:00<00:00, 50it/s, v_num=0, train_loss=0.3, val_loss=0.2]\n"
        "`Trainer.fit` stopped: `max_epochs=2` reached.\n"
        "Epoch 1: 100%|##########| 4/4 [00:00<00:00, 50it/s, v_num=0, train_loss=0.3, val_loss=0.2]\n",
        [
            (1, None, {"train_loss": 0.5, "val_loss": 0.4}),
            (2, 2, {"train_loss": 0.3, "val_loss": 0.2}),
        ],
    ),
    "fastai": (
        "epoch     train_loss  valid_loss  accuracy  time    \n"
        "0         0.512345    0.412345    0.9       00:12     \n"
        "1         0.412345    0.312345    0.95      00:12     \n",
        [
            (1, None, {"train_loss": 0.512345, "valid_loss": 0.412345, "accuracy": 0.9}),
            (2, None, {"train_loss": 0.412345, "valid_loss": 0.312345, "accuracy": 0.95}),
        ],
    ),
    "nanoGPT": (
        "step 0: train loss 4.2874, val loss 4.2823\n"
        "iter 0: loss 4.2664, time 1434.71ms, mfu -100.00%\n"
        "iter 10: loss 3.1, time 34.71ms, mfu 3.00%\n",
        [
            (1, None, {"train loss": 4.2874, "val loss": 4.2823, "loss": 4.2664}),
            (11, None, {"loss": 3.1}),
        ],
    ),
    "MMEngine": (
        "11/23 12:00:00 - mmengine - INFO - Epoch(train)  [1][10/50]  lr: 1.0000e-02  eta: 0:01:00  time: 0.1  data_time: 0.01  memory: 100  loss: 0.6  loss_cls: 0.3\n"
        "11/23 12:00:00 - mmengine - INFO - Epoch(train)  [1][50/50]  lr: 1.0000e-02  eta: 0:01:00  time: 0.1  data_time: 0.01  memory: 100  loss: 0.5  loss_cls: 0.2\n"
        "11/23 12:00:00 - mmengine - INFO - Saving checkpoint at 1 epochs\n"
        "11/23 12:00:00 - mmengine - INFO - Epoch(val)  [1][10/10]    accuracy/top1: 80.0  data_time: 0.02  time: 0.1\n"
        "11/23 12:00:00 - mmengine - INFO - Epoch(train)  [2][50/50]  lr: 1.0000e-02  eta: 0:01:00  time: 0.1  data_time: 0.01  memory: 100  loss: 0.4  loss_cls: 0.2\n",
        [
            (1, None, {"lr": 0.01, "loss": 0.5, "loss_cls": 0.2, "accuracy/top1": 80.0}),
            (2, None, {"lr": 0.01, "loss": 0.4, "loss_cls": 0.2}),
        ],
    ),
    "timm": (
        "Train: 0 [   0/ 100 (  0%)]  Loss: 6.95 (6.95)  Time: 0.5s, 100.00/s  (0.5s, 100/s)  LR: 1.000e-05  Data: 0.1 (0.1)\n"
        "Train: 0 [  99/ 100 (100%)]  Loss: 6.91 (6.92)  Time: 0.5s, 100.00/s  (0.5s, 100/s)  LR: 1.000e-05  Data: 0.1 (0.1)\n"
        "Test: [   0/10]  Time: 0.1 (0.1)  Loss:   6.5 ( 6.6)  Acc@1:   1.0 (  2.0)  Acc@5:   5.0 (  6.0)\n"
        "Test: [  10/10]  Time: 0.1 (0.1)  Loss:   6.4 ( 6.5)  Acc@1:   1.5 (  2.5)  Acc@5:   5.0 (  6.5)\n"
        "Current checkpoints:\n"
        " ('./output/train/checkpoint-0.pth.tar', 2.5)\n"
        "\n"
        "Train: 1 [   0/ 100 (  0%)]  Loss: 6.5 (6.5)  Time: 0.5s\n"
        "*** Best metric: 2.5 (epoch 0)\n",
        [
            (1, None, {"loss": 6.92, "LR": 1e-05, "val_loss": 6.5, "val_Acc@1": 2.5, "val_Acc@5": 6.5}),
        ],
    ),
    "the ImageNet example": (
        "Epoch: [0][  1/100]\tTime  0.5 (  0.6)\tData  0.1 (  0.1)\tLoss 6.9e+00 (7.0e+00)\tAcc@1   0.00 (  0.10)\tAcc@5   0.00 (  0.50)\n"
        "Test: [ 1/10]\tTime  0.1 (  0.1)\tLoss 6.5e+00 (6.6e+00)\tAcc@1   1.00 (  2.00)\tAcc@5   0.00 (  0.50)\n"
        " *   Acc@1 2.100 Acc@5 6.500\n"
        "Epoch: [1][  1/100]\tTime  0.5 (  0.6)\tLoss 6.1e+00 (6.2e+00)\n",
        [
            (1, None, {"loss": 7.0, "Acc@1": 0.1, "Acc@5": 0.5, "val_loss": 6.6, "val_Acc@1": 2.1, "val_Acc@5": 6.5}),
            (2, None, {"loss": 6.2}),
        ],
    ),
    "the language model example": (
        "| epoch   1 |   200/ 2983 batches | lr 5.00 | ms/batch 31.27 | loss  8.06 | ppl  3168.80\n"
        "| end of epoch   1 | time: 96.43s | valid loss  5.83 | valid ppl   340.84\n"
        "| epoch   2 |   200/ 2983 batches | lr 4.75 | ms/batch 31.27 | loss  5.9 | ppl   370.1\n",
        [
            (1, None, {"lr": 5.0, "loss": 8.06, "ppl": 3168.8, "valid loss": 5.83, "valid ppl": 340.84}),
            (2, None, {"lr": 4.75, "loss": 5.9, "ppl": 370.1}),
        ],
    ),
    "the CIFAR tutorial": (
        "[1,  2000] loss: 2.190\n"
        "[1, 12000] loss: 1.300\n"
        "[2,  2000] loss: 1.200\n"
        "Finished Training\n"
        "Accuracy of the network on the 10000 test images: 55 %\n",
        [
            (1, None, {"loss": 1.3}),
            (2, None, {"loss": 1.2}),
        ],
    ),
    "a logger with NaN and infinity": (
        "2026-01-01 10:00:00,123 - INFO - Epoch 1/3 - train_loss: 0.5, val_loss: 0.4 - time: 3.2s\n"
        "2026-01-01 10:00:00,123 - INFO - Epoch 2/3 - train_loss: nan, val_loss: inf - time: 3.2s\n"
        "2026-01-01 10:00:00,123 - INFO - Epoch 3/3 - train_loss: 1e-3, val_loss: -0.4 - time: 3.2s\n",
        [
            (1, 3, {"train_loss": 0.5, "val_loss": 0.4}),
            (2, 3, {"train_loss": NAN, "val_loss": INF}),
            (3, 3, {"train_loss": 0.001, "val_loss": -0.4}),
        ],
    ),
    "train and val tags": (
        "Epoch: 01 | Train: loss 0.5 acc 0.8 | Val: loss 0.4 acc 0.9\n"
        "Epoch 2 complete, loss=0.3\n"
        "Epoch 3 finished in 3.2s. Train Loss: 0.2 Train Acc: 93.2%\n"
        "  Val Loss: 0.35 | Val Acc: 91.00%\n",
        [
            (1, None, {"train_loss": 0.5, "train_acc": 0.8, "val_loss": 0.4, "val_acc": 0.9}),
            (2, None, {"loss": 0.3}),
            (3, None, {"Train Loss": 0.2, "Train Acc": 93.2}),
            (3, None, {"Train Loss": 0.2, "Train Acc": 93.2, "Val Loss": 0.35, "Val Acc": 91.0}),
        ],
    ),
    "the VAE example": (
        "====> Epoch: 1 Average loss: 164.2\n====> Test set loss: 127.2\n====> Epoch: 2 Average loss: 121.1\n",
        [
            (1, None, {"Average loss": 164.2, "Test set loss": 127.2}),
            (2, None, {"Average loss": 121.1}),
        ],
    ),
    "numbers that a narrow terminal cut": (
        "Epoch 1/5:  40%|##  | 4/10 [00:01<00:01, 4it/s, acc=0.5, loss=0.3\rEpoch 1/5 loss: 0.1…\n"
        "Epoch 2/5 loss: 0.25 acc: 0.1...\n",
        [
            (1, 5, {"acc": 0.5}),
            (2, 5, {"loss": 0.25}),
        ],
    ),
    "several ranks": (
        "[rank0]: Epoch 1/2 loss: 0.5\n"
        "[rank1]: Epoch 1/2 loss: 0.6\n"
        "[rank0]: Epoch 2/2 loss: 0.4\n"
        "[rank1]: Epoch 2/2 loss: 0.7\n",
        [
            (1, 2, {"loss": 0.5}),
            (2, 2, {"loss": 0.4}),
        ],
    ),
    "text behind a bar": (
        "  0%|          | 0/3 [00:00<?, ?it/s]Epoch 1/3 loss: 0.5\n"
        " 33%|###       | 1/3 [00:00<00:00, 5it/s]Epoch 2/3 loss: 0.4\n",
        [
            (1, 3, {"loss": 0.5}),
            (2, 3, {"loss": 0.4}),
        ],
    ),
    "Keras with checkpoints": (
        "Epoch 1/2\n"
        "10/10 [==============================] - ETA: 0s - loss: 0.6\r\n"
        "Epoch 1: val_loss improved from inf to 0.7, saving model to x.keras\r10/10 [==============================] - 1s 3ms/step - loss: 0.6 - val_loss: 0.7\n"
        "Epoch 2/2\n"
        "10/10 [==============================] - 1s 3ms/step - loss: 0.5 - val_loss: 0.65\n",
        [
            (1, 2, {"loss": 0.6, "val_loss": 0.7}),
            (2, 2, {"loss": 0.5, "val_loss": 0.65}),
        ],
    ),
    "headers alone": (
        "Epoch 1/3\nEpoch 2/3\nEpoch 3/3\n",
        [
            (1, 3, {}),
            (2, 3, {}),
            (3, 3, {}),
        ],
    ),
    "a count from 0 with the count as total": (
        "Epoch [0/10] loss: 0.5\nEpoch [1/10] loss: 0.4\n",
        [
            (1, 10, {"loss": 0.5}),
            (2, 10, {"loss": 0.4}),
        ],
    ),
    "the TensorFlow tutorial": (
        "Epoch 1, Loss: 0.5, Accuracy: 90.5, Test Loss: 0.4, Test Accuracy: 91\n"
        "Epoch 2, Loss: 0.4, Accuracy: 91.5, Test Loss: 0.3, Test Accuracy: 92\n",
        [
            (1, None, {"loss": 0.5, "Accuracy": 90.5, "Test Loss": 0.4, "Test Accuracy": 91.0}),
            (2, None, {"loss": 0.4, "Accuracy": 91.5, "Test Loss": 0.3, "Test Accuracy": 92.0}),
        ],
    ),
    "Ultralytics segmentation": (
        "      Epoch    GPU_mem   box_loss   seg_loss   cls_loss   dfl_loss  Instances       Size\n"
        "        1/1         0G      1.1      2.2      3.2      1.4         13        640: 100%|##########| 4/4 [00:01<00:00,  3.5it/s]\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95)     Mask(P          R      mAP50  mAP50-95): 100%|##########| 2/2 [00:00<00:00]\n"
        "                   all          4         17      0.593      0.617      0.7      0.5      0.5      0.6      0.7      0.4\n",
        [
            (
                1,
                1,
                {
                    "box_loss": 1.1,
                    "seg_loss": 2.2,
                    "cls_loss": 3.2,
                    "dfl_loss": 1.4,
                    "P": 0.593,
                    "R": 0.617,
                    "mAP50": 0.7,
                    "mAP50-95": 0.5,
                    "P(M)": 0.5,
                    "R(M)": 0.6,
                    "mAP50(M)": 0.7,
                    "mAP50-95(M)": 0.4,
                },
            ),
        ],
    ),
    "Ultralytics classification": (
        "      Epoch    GPU_mem       loss  Instances       Size\n"
        "        1/2         0G      2.4         16        224: 100%|##########| 10/10 [00:01<00:00,  3.5it/s]\n"
        "               classes   top1_acc   top5_acc: 100%|##########| 5/5 [00:00<00:00]\n"
        "                   all      0.1        0.5\n"
        "        2/2         0G      2.3         16        224: 100%|##########| 10/10 [00:01<00:00,  3.5it/s]\n"
        "               classes   top1_acc   top5_acc: 100%|##########| 5/5 [00:00<00:00]\n"
        "                   all      0.2        0.6\n",
        [
            (1, 2, {"loss": 2.4, "top1_acc": 0.1, "top5_acc": 0.5}),
            (2, 2, {"loss": 2.3, "top1_acc": 0.2, "top5_acc": 0.6}),
        ],
    ),
    "JSON lines": (
        '{"type": "progress", "data": {"epoch": 1, "total_epochs": 3, "progress": 0.33, "metrics": {"loss": 0.5, "mAP": 0.2}}}\n'
        '{"type": "progress", "data": {"epoch": 2, "totalEpochs": 3, "loss": NaN}}\n'
        '{"type": "log", "data": {"epoch": 9}}\n'
        '{"type": "progress", "data": {"epoch": 3, "total_epochs": 3, "fraction": 1.0, "metrics": {"loss": 0.3}}}\n'
        '{"type": "progress", "data": {"epoch": 3, "total_epochs": 3, "fraction": 1.0, "metrics": {"loss": 0.3}}}\n',
        [
            (1, 3, {"loss": 0.5, "mAP": 0.2}),
            (2, 3, {"loss": NAN}),
            (3, 3, {"loss": 0.3}),
        ],
    ),
    "JSON lines within an epoch": (
        '{"type":"progress","data":{"epoch":0,"total_epochs":2,"progress":0}}\n'
        '{"type":"progress","data":{"epoch":1,"total_epochs":2,"progress":0.25,"metrics":{"loss":0.9}}}\n'
        '{"type":"progress","data":{"epoch":1,"total_epochs":2,"progress":0.5,"metrics":{"loss":0.5}}}\n'
        '{"type":"progress","data":{"epoch":2,"total_epochs":2,"progress":100,"metrics":{"loss":0.4,"acc":"0.5","x":null,"b":true}}}\n',
        [
            (1, 2, {"loss": 0.5}),
            (2, 2, {"loss": 0.4, "acc": 0.5}),
        ],
    ),
    "plain JSON records from 0": (
        '{"epoch": 0, "loss": 0.5, "val_loss": 0.4}\n{"epoch": 1, "loss": 0.4, "val_loss": 0.3}\n',
        [
            (1, None, {"loss": 0.5, "val_loss": 0.4}),
            (2, None, {"loss": 0.4, "val_loss": 0.3}),
        ],
    ),
    "structured log records": (
        '{"level":"info","message":"Epoch 1/2 loss: 0.5","ts":1}\n'
        '{"level":"info","message":"Epoch 2/2 loss: 0.4","ts":1}\n',
        [
            (1, 2, {"loss": 0.5}),
            (2, 2, {"loss": 0.4}),
        ],
    ),
    "Ultralytics in a narrow terminal": (
        "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
        "\r        1/2      2.1G      1.234      3.2\n"
        "\r        1/2      2.1G      1.235      3.2\n"
        "        2/2      2.1G      1.135      3.1\n",
        [
            (1, 2, {"box_loss": 1.235}),
            (2, 2, {"box_loss": 1.135}),
        ],
    ),
    "two trainings of one line an epoch": (
        "Epoch 1/1 loss: 0.5\nStage 2\nEpoch 1/2 loss: 0.4\nEpoch 2/2 loss: 0.3\n",
        [
            (1, 1, {"loss": 0.5}),
            (1, 2, {"loss": 0.4}),
            (2, 2, {"loss": 0.3}),
        ],
    ),
    "fastai frozen and unfrozen": (
        "epoch     train_loss  valid_loss  time    \n"
        "0         0.5         0.4         00:01     \n"
        "epoch     train_loss  valid_loss  time    \n"
        "0         0.3         0.2         00:01     \n"
        "1         0.2         0.1         00:01     \n",
        [
            (1, None, {"train_loss": 0.5, "valid_loss": 0.4}),
            (1, None, {"train_loss": 0.3, "valid_loss": 0.2}),
            (2, None, {"train_loss": 0.2, "valid_loss": 0.1}),
        ],
    ),
    "colours and CRLF": (
        "\x1b[32mEpoch\x1b[0m \x1b[1m1/2\x1b[0m - loss: \x1b[31m0.5\x1b[0m\r\nEpoch 2/2 - loss: 0.4\r\n",
        [
            (1, 2, {"loss": 0.5}),
            (2, 2, {"loss": 0.4}),
        ],
    ),
    "torchvision's meters": (
        "Epoch: [0]  [  0/100]  eta: 0:01:40  lr: 0.000100  class_error: 100.00  loss: 40.1 (40.1)  loss_ce: 4.5 (4.5)  time: 1.0  data: 0.1  max mem: 5000\n"
        "Epoch: [0]  [ 99/100]  eta: 0:00:01  lr: 0.000100  class_error: 90.00  loss: 30.1 (35.1)  loss_ce: 3.5 (4.0)  time: 1.0  data: 0.1  max mem: 5000\n"
        "Epoch: [0] Total time: 0:01:40 (1.0 s / it)\n"
        "Averaged stats: lr: 0.000100  loss: 30.1 (35.1)\n"
        "Test:  [ 0/50]  eta: 0:00:10  loss: 20 (20.5)\n"
        "Epoch: [1]  [  0/100]  eta: 0:01:40  lr: 0.000100  loss: 30.0 (30.0)\n",
        [
            (1, None, {"lr": 0.0001, "class_error": 90.0, "loss": 35.1, "loss_ce": 4.0, "val_loss": 20.5}),
        ],
    ),
    "indented lines and a kill": (
        "   Epoch 1/3\n"
        "   Train Loss: 0.9 | Train Acc: 50%\n"
        "   Val Loss: 0.8 | Val Acc: 55%\n"
        "   Epoch 2/3\n"
        "   Train Loss: 0.7 | Train Acc: 60%\n"
        "   Val Loss: 0.6 | Val Acc: 65%\n"
        "Epoch 3/3\n"
        "killed\n",
        [
            (1, 3, {"Train Loss": 0.9, "Train Acc": 50.0, "Val Loss": 0.8, "Val Acc": 55.0}),
            (2, 3, {"Train Loss": 0.7, "Train Acc": 60.0, "Val Loss": 0.6, "Val Acc": 65.0}),
        ],
    ),
    "bars for train and val": (
        "Epoch 1/2 [Train]: 100%|###| 5/5 [00:01<00:00, 5it/s, loss=0.5]\n"
        "Epoch 1/2 [Val]: 100%|###| 2/2 [00:01<00:00, 5it/s, loss=0.4]\n"
        "Epoch 2/2 [Train]: 100%|###| 5/5 [00:01<00:00, 5it/s, loss=0.3]\n"
        "Epoch 2/2 [Val]: 100%|###| 2/2 [00:01<00:00, 5it/s, loss=0.2]\n",
        [
            (1, 2, {"loss": 0.5, "val_loss": 0.4}),
            (2, 2, {"loss": 0.3, "val_loss": 0.2}),
        ],
    ),
    "XGBoost with times and a second training": (
        "[10:00:00] WARNING: x\n"
        "[0]\ttrain-mlogloss:1.0\tvalid-mlogloss:1.1\n"
        "[12:00:01] [1]\ttrain-mlogloss:0.9\tvalid-mlogloss:nan\n"
        "Will train until validation_0-auc hasn't improved in 10 rounds.\n"
        "[0]\tvalidation_0-auc:0.9\n",
        [
            (1, None, {"train-mlogloss": 1.0, "valid-mlogloss": 1.1}),
            (2, None, {"train-mlogloss": 0.9, "valid-mlogloss": NAN}),
            (1, None, {"validation_0-auc": 0.9}),
        ],
    ),
    "LightGBM's command line": (
        "[LightGBM] [Info] Iteration:1, training l2 : 0.5\n"
        "[LightGBM] [Info] Iteration:1, valid_1 l2 : 0.6\n"
        "[LightGBM] [Info] Iteration:2, training l2 : 0.4\n",
        [
            (1, None, {"training l2": 0.5, "valid_1 l2": 0.6}),
            (2, None, {"training l2": 0.4}),
        ],
    ),
    "LightGBM's older cv": (
        "[1]\tcv_agg's l2: 0.5 + 0.01\n[10]\tcv_agg's valid l2: 0.4 + 0.01\n",
        [
            (1, None, {"cv_agg's l2": 0.5, "cv_agg's l2 std": 0.01}),
            (10, None, {"cv_agg's valid l2": 0.4, "cv_agg's valid l2 std": 0.01}),
        ],
    ),
    "times and speeds beside values": (
        "Epoch 1/3, loss: 0.5, ETA: 0:10:00, lr: 1e-4, 3.2 it/s\n"
        "Epoch 2/3, loss: 0.4, ETA: 0:10:00, lr: 1e-4, 3.2 it/s\n",
        [
            (1, 3, {"loss": 0.5, "lr": 0.0001}),
            (2, 3, {"loss": 0.4, "lr": 0.0001}),
        ],
    ),
    "a resumed training": (
        "Resuming training from epoch 4\nEpoch 5/10 loss: 0.5\nEpoch 6/10 loss: 0.4\n",
        [
            (5, 10, {"loss": 0.5}),
            (6, 10, {"loss": 0.4}),
        ],
    ),
    "epochs of a count": (
        "Epoch 1 of 3: loss 0.5\n>> epoch 2 of 3 <<\nloss = 0.4\n",
        [
            (1, 3, {"loss": 0.5}),
            (2, 3, {"loss": 0.4}),
        ],
    ),
    "skorch": (
        "  epoch    train_loss    valid_acc    valid_loss     dur\n"
        "-------  ------------  -----------  ------------  ------\n"
        "      1        0.6905       0.6150        0.6749  0.1057\n"
        "      2        0.6648       0.6450        0.6633  0.0231\n",
        [
            (1, None, {"train_loss": 0.6905, "valid_acc": 0.615, "valid_loss": 0.6749}),
            (2, None, {"train_loss": 0.6648, "valid_acc": 0.645, "valid_loss": 0.6633}),
        ],
    ),
    "a GAN with two losses": (
        "[Epoch 0/200] [Batch 0/938] [D loss: 0.69] [G loss: 0.70]\n"
        "[Epoch 0/200] [Batch 937/938] [D loss: 0.60] [G loss: 0.80]\n"
        "[Epoch 1/200] [Batch 937/938] [D loss: 0.50] [G loss: 0.90]\n",
        [
            (1, 200, {"D loss": 0.6, "G loss": 0.8}),
            (2, 200, {"D loss": 0.5, "G loss": 0.9}),
        ],
    ),
    "the DCGAN example": (
        "[0/5][0/1583]\tLoss_D: 1.7\tLoss_G: 5.4\tD(x): 0.5\tD(G(z)): 0.6 / 0.01\n"
        "[1/5][0/1583]\tLoss_D: 1.5\tLoss_G: 5.2\tD(x): 0.5\tD(G(z)): 0.6 / 0.01\n",
        [
            (1, 5, {"Loss_D": 1.7, "Loss_G": 5.4, "D(x)": 0.5, "D_G_z": 0.6}),
            (2, 5, {"Loss_D": 1.5, "Loss_G": 5.2, "D(x)": 0.5, "D_G_z": 0.6}),
        ],
    ),
    "fairseq": (
        "2026-01-01 | INFO | train | epoch 001 | loss 5.4 | nll_loss 4.1 | ppl 17.2 | wps 1000 | lr 0.0001\n"
        "2026-01-01 | INFO | valid | epoch 001 | valid on 'valid' subset | loss 5.0 | ppl 15\n",
        [
            (1, None, {"loss": 5.4, "nll_loss": 4.1, "ppl": 17.2, "lr": 0.0001, "val_loss": 5.0}),
        ],
    ),
    "Keras 2 and older": (
        "Train on 100 samples, validate on 20 samples\n"
        "Epoch 1/2\n"
        "\r 10/100 [==>...........................] - ETA: 1s - loss: 0.9 - acc: 0.1\r100/100 [==============================] - 0s 1ms/sample - loss: 0.7 - acc: 0.2 - val_loss: 0.6 - val_acc: 0.3\n"
        "Epoch 2/2\n"
        "100/100 - 0s - loss: 0.5 - acc: 0.4 - val_loss: 0.4 - val_acc: 0.5\n"
        "20/20 - 0s - loss: 0.4\n",
        [
            (1, 2, {"loss": 0.7, "acc": 0.2, "val_loss": 0.6, "val_acc": 0.3}),
            (2, 2, {"loss": 0.5, "acc": 0.4, "val_loss": 0.4, "val_acc": 0.5}),
        ],
    ),
    "the Trainer 4.x": (
        "***** Running training *****\n"
        "  Num examples = 16\n"
        "  Num Epochs = 2\n"
        "  Total optimization steps = 8\n"
        "{'loss': 0.5, 'learning_rate': 5e-05, 'epoch': 0.5}\n"
        "{'loss': 0.4, 'learning_rate': 4e-05, 'epoch': 1.0}\n"
        "{'eval_loss': nan, 'eval_accuracy': 0.8, 'epoch': 1.0}\n"
        "{'loss': 0.3, 'epoch': 2.0}\n"
        "{'train_runtime': 1.0, 'train_loss': 0.4, 'epoch': 2.0}\n"
        "{'eval_loss': 0.3, 'epoch': 2.0}\n",
        [
            (1, 2, {"loss": 0.4, "learning_rate": 4e-05, "eval_loss": NAN, "eval_accuracy": 0.8}),
            (2, 2, {"loss": 0.3}),
        ],
    ),
    "RT-DETR": (
        "      Epoch    GPU_mem  giou_loss   cls_loss    l1_loss  Instances       Size\n"
        "        1/1      5.1G      1.234      3.21      1.456         13        640: 100%|##########| 4/4 [00:01<00:00,  3.5it/s]\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|##########| 2/2 [00:00<00:00]\n"
        "                   all          4         17      0.593      0.617      0.7      0.5\n",
        [
            (
                1,
                1,
                {
                    "giou_loss": 1.234,
                    "cls_loss": 3.21,
                    "l1_loss": 1.456,
                    "P": 0.593,
                    "R": 0.617,
                    "mAP50": 0.7,
                    "mAP50-95": 0.5,
                },
            ),
        ],
    ),
    "Ultralytics pose": (
        "      Epoch    GPU_mem   box_loss  pose_loss  kobj_loss   cls_loss   dfl_loss  Instances       Size\n"
        "        1/1      5.1G      1 2 3 4 5         13        640: 100%|##########| 4/4 [00:01<00:00,  3.5it/s]\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95)     Pose(P          R      mAP50  mAP50-95): 100%|##########| 2/2 [00:00<00:00]\n"
        "                   all          4         17      0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8\n",
        [
            (
                1,
                1,
                {
                    "box_loss": 1.0,
                    "pose_loss": 2.0,
                    "kobj_loss": 3.0,
                    "cls_loss": 4.0,
                    "dfl_loss": 5.0,
                    "P": 0.1,
                    "R": 0.2,
                    "mAP50": 0.3,
                    "mAP50-95": 0.4,
                    "P(P)": 0.5,
                    "R(P)": 0.6,
                    "mAP50(P)": 0.7,
                    "mAP50-95(P)": 0.8,
                },
            ),
        ],
    ),
    "Ultralytics when it diverges": (
        "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
        "        1/1      5.1G        nan        nan        nan         13        640: 100%|##########| 4/4 [00:01<00:00,  3.5it/s]\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|##########| 2/2 [00:00<00:00]\n"
        "                   all          4         17      0 0 0 0\n",
        [
            (
                1,
                1,
                {"box_loss": NAN, "cls_loss": NAN, "dfl_loss": NAN, "P": 0.0, "R": 0.0, "mAP50": 0.0, "mAP50-95": 0.0},
            ),
        ],
    ),
    "YOLOv5 classification": (
        "     Epoch   GPU_mem  train_loss    val_loss    top1_acc    top5_acc\n"
        "       1/2        0G        2.31        2.30        0.10        0.55: 100%|##########| 4/4 [00:01<00:00,  3.5it/s]\n"
        "       2/2        0G        2.21        2.20        0.20        0.65: 100%|##########| 4/4 [00:01<00:00,  3.5it/s]\n",
        [
            (1, 2, {"train_loss": 2.31, "val_loss": 2.3, "top1_acc": 0.1, "top5_acc": 0.55}),
            (2, 2, {"train_loss": 2.21, "val_loss": 2.2, "top1_acc": 0.2, "top5_acc": 0.65}),
        ],
    ),
    "early stopping": (
        "Epoch 1/10 - loss: 0.5\n"
        "Epoch 2/10 - loss: 0.4\n"
        "Early stopping at epoch 2/10\n"
        "Restoring model weights from the end of the best epoch: 1.\n"
        "Final test loss: 0.4\n",
        [
            (1, 10, {"loss": 0.5}),
            (2, 10, {"loss": 0.4}),
        ],
    ),
    "emoji": (
        "🚀 Epoch 1/2 | 📉 Loss: 0.5 | 🎯 Acc: 0.9\n🚀 Epoch 2/2 | 📉 Loss: 0.4 | 🎯 Acc: 0.95\n",
        [
            (1, 2, {"loss": 0.5, "Acc": 0.9}),
            (2, 2, {"loss": 0.4, "Acc": 0.95}),
        ],
    ),
    "a table with borders": (
        "| Epoch | Train Loss | Val Loss |\n"
        "|-------|------|-----|\n"
        "|   1   |  0.50 | 0.40 |\n"
        "|   2   |  0.30 | 0.20 |\n",
        [
            (1, None, {"Train Loss": 0.5, "Val Loss": 0.4}),
            (2, None, {"Train Loss": 0.3, "Val Loss": 0.2}),
        ],
    ),
    "thousands": (
        "Epoch 1/2 loss: 1,234.5 acc: 0.5\n",
        [
            (1, 2, {"loss": 1234.5, "acc": 0.5}),
        ],
    ),
    "steps on lines of their own": (
        "Epoch 1/2\nStep 10/100 loss: 0.9\nStep 100/100 loss: 0.5\nEpoch 2/2\nStep 100/100 loss: 0.4\n",
        [
            (1, 2, {"loss": 0.5}),
            (2, 2, {"loss": 0.4}),
        ],
    ),
    "summaries and durations": (
        "Epoch 1 Summary: train_loss=0.5 val_loss=0.4\n"
        "Epoch 1 took 3.2s\n"
        "Epoch 2 Summary: train_loss=0.4 val_loss=0.3\n",
        [
            (1, None, {"train_loss": 0.5, "val_loss": 0.4}),
            (2, None, {"train_loss": 0.4, "val_loss": 0.3}),
        ],
    ),
    "tqdm.write": (
        "\r 10%|#         | 1/10 [00:00<00:01, 9it/s]\r                                            \rEpoch 1: loss=0.5\n"
        "\r 20%|##        | 2/10 [00:00<00:01, 9it/s]\r      \rEpoch 2: loss=0.4\n",
        [
            (1, None, {"loss": 0.5}),
            (2, None, {"loss": 0.4}),
        ],
    ),
    "SpeechBrain": (
        "epoch: 1, lr: 1.00e-03 - train loss: 5.2 - valid loss: 4.1, valid PER: 80.5\n"
        "epoch: 2, lr: 1.00e-03 - train loss: 3.2 - valid loss: 3.1, valid PER: 60.5\n",
        [
            (1, None, {"lr": 0.001, "train loss": 5.2, "valid loss": 4.1, "valid PER": 80.5}),
            (2, None, {"lr": 0.001, "train loss": 3.2, "valid loss": 3.1, "valid PER": 60.5}),
        ],
    ),
    "a dict behind the epoch": (
        "epoch 0: {'accuracy': 0.68, 'f1': 0.81}\nepoch 1: {'accuracy': 0.78, 'f1': 0.85}\n",
        [
            (1, None, {"accuracy": 0.68, "f1": 0.81}),
            (2, None, {"accuracy": 0.78, "f1": 0.85}),
        ],
    ),
    "loguru": (
        "2026-01-01 10:00:00.123 | INFO     | __main__:train:45 - Epoch 1/2 | loss=0.5\n"
        "2026-01-01 10:00:00.123 | INFO     | __main__:train:45 - Epoch 2/2 | loss=0.4\n",
        [
            (1, 2, {"loss": 0.5}),
            (2, 2, {"loss": 0.4}),
        ],
    ),
    "Python's logging": (
        "INFO:root:Epoch 1/2: loss 0.5\nINFO:__main__:[Epoch 2/2] loss: 0.4 val_loss: 0.3\n",
        [
            (1, 2, {"loss": 0.5}),
            (2, 2, {"loss": 0.4, "val_loss": 0.3}),
        ],
    ),
    "parentheses": (
        "(Epoch 1 / 2) train acc: 0.5; val_acc: 0.4\n(Epoch 2 / 2) train acc: 0.6; val_acc: 0.5\n",
        [
            (1, 2, {"train acc": 0.5, "val_acc": 0.4}),
            (2, 2, {"train acc": 0.6, "val_acc": 0.5}),
        ],
    ),
    "variations of the seed's line": (
        "Epoch: 1/10  Loss: 0.543 (best) \n"
        "Epoch 2/10: loss=0.4 saved best model\n"
        "Epoch 3/10 checkpoints kept: 3\n"
        "Epoch   4/10\tloss 0.3\t|\tacc 91.2 %\n",
        [
            (1, 10, {"loss": 0.543}),
            (2, 10, {"loss": 0.4}),
            (4, 10, {"loss": 0.3, "acc": 91.2}),
        ],
    ),
}

LOOK_ALIKES = [
    "Epoch 3/10 checkpoints kept",
    "Date 3/10/2026, version 1.2/3, page 1/10",
    "Epoch 3/10/2026",
    "epochs: 10, lr: 0.01",
    "Resuming from epoch 3/10",
    "Best epoch: 3/10 loss: 0.4",
    "Saved checkpoint epoch_3.pt loss: 0.3",
    "[12:00:01] step 3/10 loss: 0.2",
    "Early stopping at epoch 5",
    'INFO expected format "Epoch 1/10 Loss: 0.5"',
    "Epochs=10 batch=16",
    "[1/10] Downloading loss.py",
    "[3] http://x: 5",
    "Epoch 5: ReduceLROnPlateau reducing learning rate to 0.0005.",
    "Epochs: 10",
    "epoch=3",
    "{'epoch': 3}",
    '{"epoch": 3}',
    '{"type": "log", "data": {"epoch": 3, "loss": 1}}',
    '>>> config = {"epoch": 100, "lr": 0.02, "batch": 32}',
    "[CV 1/5] END ..C=1; total time=   0.0s",
    "Downloading: 100%|###| 10/10 [00:01<00:00, loss=1]",
    "Train on 100 samples for 10 epochs",
    "Training for 3 epochs, loss: mse",
    "building tree 3 of 10",
    "Stopped at epoch 3/10: loss 0.5 is nan",
    "Loading epoch 3/10 loss: 0.5",
    "'Epoch 3/10 loss: 0.5'",
    "Epoch 12/10 loss: 0.5",
    "lr scheduler: epoch 3/10 -> lr: 0.1 will be used",
    "[3]\thttp://host:80",
    "12:00:01: learn: 3",
]


def epochs(log):
    parser = ProgressParser()
    records = parser.feed(log.encode()) + parser.finish()
    return [(record.epoch, record.total_epochs, record.metrics) for record in records if not record.partial]


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_understood(name):
    log, expected = FORMATS[name]
    assert repr(epochs(log)) == repr([(epoch, total, dict(values)) for epoch, total, values in expected])


@pytest.mark.parametrize("line", LOOK_ALIKES)
def test_a_look_alike_is_no_progress(line):
    assert epochs(line + "\n") == []
