# ruff: noqa: E501 (lines as people print them)
"""Loops with phases, stages and marks of their own: what is expected was read off the lines by hand, before the parser read them."""

import pytest

from tests.told_epochs import is_told

# name: the log, and of each epoch in order its number, its total and some of its values
LOOPS = {
    "a dash between the word and the number": (
        "Epoch - 1\ttrain loss: 0.51\nEpoch - 2\ttrain loss: 0.41\n",
        [(1, None, {"train loss": 0.51}), (2, None, {"train loss": 0.41})],
    ),
    "a star before the epoch": (
        "* Epoch 1, nll: 0.46, ppl: 1.42\n* Epoch 2, nll: 0.36, ppl: 1.32\n",
        [(1, None, {"nll": 0.46, "ppl": 1.42}), (2, None, {"nll": 0.36})],
    ),
    "what a finished epoch brought stands below": (
        "Finished epoch 1\n  Mean loss: 0.46\n  mIoU: 0.42\nFinished epoch 2\n  Mean loss: 0.36\n  mIoU: 0.52\n",
        [(1, None, {"Mean loss": 0.46, "mIoU": 0.42}), (2, None, {"Mean loss": 0.36, "mIoU": 0.52})],
    ),
    "a count alone, and no loss": (
        "[1/3] cost: 0.46 accuracy: 0.42\n[2/3] cost: 0.36 accuracy: 0.52\n[3/3] cost: 0.26 accuracy: 0.62\n",
        [(1, 3, {"cost": 0.46}), (2, 3, {"accuracy": 0.52}), (3, 3, {"cost": 0.26})],
    ),
    "an epoch named before its lines and behind them": (
        "at epoch 1\ntrain info: logloss loss:744.36\neval info: auc:0.6637, logloss:0.5342\nat epoch 1 , train time: 20.7 eval time: 4.0\n"
        "at epoch 2\ntrain info: logloss loss:385.66\neval info: auc:0.7137, logloss:0.5109\nat epoch 2 , train time: 19.9 eval time: 3.9\n",
        [(1, None, {"train_logloss loss": 744.36, "val_auc": 0.6637}), (2, None, {"train_logloss loss": 385.66})],
    ),
    "a phase, the epoch and a step in brackets": (
        "Train: [5][100/129]     BT 1.151 (1.161)  DT 0.027 (0.036)  Loss 2.240 (2.187)  Acc@1 75.000 (76.188)\n"
        "Train epoch 5, total time 149.19, accuracy:75.48\n"
        " * S_p: 51.55, S_e: 58.62, Score: 55.09 (Best S_p: 62.51, S_e: 53.53, Score: 58.02)\n"
        "Train: [6][100/129]     BT 1.192 (1.161)  DT 0.027 (0.034)  Loss 2.085 (2.131)  Acc@1 81.250 (77.719)\n"
        "Train epoch 6, total time 150.10, accuracy:77.40\n"
        " * S_p: 70.74, S_e: 50.13, Score: 60.43 (Best S_p: 70.74, S_e: 50.13, Score: 60.43)\n",
        [
            (5, None, {"loss": 2.187, "accuracy": 75.48, "S_p": 51.55, "Score": 55.09}),
            (6, None, {"loss": 2.131, "S_e": 50.13}),
        ],
    ),
    "two stages in brackets": (
        "[Stage1][1/2] Train Loss: 0.4588 Acc: 0.7799 | Val Loss: 0.4350 Acc: 0.8073\n"
        "[Stage1][2/2] Train Loss: 0.3252 Acc: 0.8787 | Val Loss: 0.3937 Acc: 0.7917\n"
        "[Stage2][1/3] Train Loss: 0.1241 Acc: 0.9558 | Val Loss: 0.1932 Acc: 0.9115\n"
        "[Stage2][2/3] Train Loss: 0.0641 Acc: 0.9770 | Val Loss: 0.4279 Acc: 0.8385\n",
        [
            (1, 2, {"Train Loss": 0.4588, "Val Loss": 0.435}),
            (2, 2, {"Train Loss": 0.3252}),
            (1, 3, {"Train Loss": 0.1241}),
            (2, 3, {"Val Loss": 0.4279}),
        ],
    ),
    "headers from 1, values from 0": (
        "-------第 1 轮训练开始-------\nepoch   0 | train_loss: 12.43 | test_loss: 0.51\n"
        "-------第 2 轮训练开始-------\nepoch   1 | train_loss: 5.88 | test_loss: 0.41\n"
        "-------第 3 轮训练开始-------\nepoch   2 | train_loss: 3.41 | test_loss: 0.31\n",
        [(1, None, {"train_loss": 12.43}), (2, None, {"train_loss": 5.88}), (3, None, {"train_loss": 3.41})],
    ),
    "XGBoost in R counts from 1": (
        "[1]\ttrain-auc:0.977935+0.001538\ttest-auc:0.975974+0.003405 \n[2]\ttrain-auc:0.982490+0.001667\ttest-auc:0.978905+0.004239 \n"
        "[3]\ttrain-auc:0.984583+0.000465\ttest-auc:0.980356+0.004668 \n",
        [(1, None, {"train-auc": 0.977935}), (2, None, {"test-auc": 0.978905}), (3, None, {"train-auc": 0.984583})],
    ),
    "XGBoost in Python, its head cut off": (
        "[50]\ttrain-auc:0.977935\ttest-auc:0.975974\n[51]\ttrain-auc:0.982490\ttest-auc:0.978905\n",
        [(51, None, {"train-auc": 0.977935}), (52, None, {"test-auc": 0.978905})],
    ),
    "validation every second": (
        (
            "Epoch 1/4 train_loss: 0.5\n"
            "Epoch 2/4 train_loss: 0.4\n"
            "Validation loss: 0.45 acc: 0.81\n"
            "Epoch 3/4 train_loss: 0.3\n"
            "Epoch 4/4 train_loss: 0.2\n"
            "Validation loss: 0.35 acc: 0.85\n"
        ),
        [
            (1, 4, {"train_loss": 0.5}),
            (2, 4, {"Validation loss": 0.45}),
            (3, 4, {"train_loss": 0.3}),
            (4, 4, {"Validation loss": 0.35}),
        ],
    ),
    "test at the end": (
        (
            "Epoch 1/2: loss=0.5 val_loss=0.6\n"
            "Epoch 2/2: loss=0.4 val_loss=0.5\n"
            "Loading best model from epoch 2\n"
            "Test loss: 0.55, Test acc: 0.81\n"
            "Training completed in 0h 2m 3s\n"
        ),
        [(1, 2, {"loss": 0.5}), (2, 2, {"loss": 0.4, "val_loss": 0.5})],
    ),
    "resume": (
        (
            "Resuming from checkpoint at epoch 5 (val_loss 0.4123)\n"
            "Epoch 6/8: loss=0.5\n"
            "Epoch 7/8: loss=0.4\n"
            "Epoch 8/8: loss=0.3\n"
        ),
        [(6, 8, {"loss": 0.5}), (7, 8, {"loss": 0.4}), (8, 8, {})],
    ),
    "gan batches": (
        (
            "Epoch 0 [0/500] D_loss: 1.3 G_loss: 0.7\n"
            "Epoch 0 [400/500] D_loss: 0.9 G_loss: 1.1\n"
            "Epoch 1 [0/500] D_loss: 0.8 G_loss: 1.2\n"
            "Epoch 1 [400/500] D_loss: 0.7 G_loss: 1.3\n"
        ),
        [(1, None, {"D_loss": 0.9}), (2, None, {"G_loss": 1.3})],
    ),
    "cyclegan": (
        (
            "(epoch: 1, iters: 100, time: 0.512, data: 0.123) D_A: 0.512 G_A: 0.312 cycle_A: 1.512 \n"
            "(epoch: 1, iters: 200, time: 0.512, data: 0.123) D_A: 0.412 G_A: 0.412 cycle_A: 1.312 \n"
            "End of epoch 1 / 2 \t Time Taken: 100 sec\n"
            "(epoch: 2, iters: 200, time: 0.512, data: 0.123, loss: 0.5) D_A: 0.312 G_A: 0.512 cycle_A: 1.112 \n"
            "End of epoch 2 / 2 \t Time Taken: 100 sec\n"
        ),
        [(1, 2, {"D_A": 0.412, "cycle_A": 1.312}), (2, 2, {"G_A": 0.512})],
    ),
    "epoch line w/ step after total": (
        (
            "Epoch [1/2] Train Loss: 0.5123 | Val Loss: 0.4123 | Time: 12.3s\n"
            "  -> Saved best model\n"
            "Epoch [2/2] Train Loss: 0.4123 | Val Loss: 0.3123 | Time: 12.3s\n"
            "  -> Saved best model\n"
        ),
        [(1, 2, {"Train Loss": 0.5123, "Val Loss": 0.4123}), (2, 2, {})],
    ),
    "multiple lines": (
        (
            "Epoch 1/2\n"
            "  Train - Loss: 0.5123, Acc: 81.23%\n"
            "  Val   - Loss: 0.4123, Acc: 85.23%\n"
            "  LR: 0.001\n"
            "  Time: 12.3s\n"
            "Epoch 2/2\n"
            "  Train - Loss: 0.4123, Acc: 86.23%\n"
            "  Val   - Loss: 0.3123, Acc: 87.23%\n"
            "  LR: 0.0001\n"
            "  Time: 12.3s\n"
        ),
        [
            (1, 2, {"train_loss": 0.5123, "train_Acc": 81.23, "val_loss": 0.4123, "val_Acc": 85.23}),
            (2, 2, {"val_loss": 0.3123}),
        ],
    ),
    "emoji tree": (
        (
            "📊 Epoch 1/2\n"
            "   ├─ Train Loss: 0.5123\n"
            "   ├─ Val Loss:   0.4123\n"
            "   └─ Val Acc:    81.23%\n"
            "📊 Epoch 2/2\n"
            "   ├─ Train Loss: 0.4123\n"
            "   ├─ Val Loss:   0.3123\n"
            "   └─ Val Acc:    85.23%\n"
        ),
        [(1, 2, {"Train Loss": 0.5123, "Val Loss": 0.4123, "Val Acc": 81.23}), (2, 2, {"Val Acc": 85.23})],
    ),
    "boxed": (
        (
            "╔══════════════╗\n"
            "║ Epoch 1/2    ║\n"
            "╠══════════════╣\n"
            "║ Loss: 0.5123 ║\n"
            "║ Acc:  0.8123 ║\n"
            "╚══════════════╝\n"
            "╔══════════════╗\n"
            "║ Epoch 2/2    ║\n"
            "╠══════════════╣\n"
            "║ Loss: 0.4123 ║\n"
            "║ Acc:  0.8523 ║\n"
            "╚══════════════╝\n"
        ),
        [(1, 2, {"loss": 0.5123, "Acc": 0.8123}), (2, 2, {"loss": 0.4123})],
    ),
    "train for n": (
        (
            "Training for 2 epochs\n"
            "epoch 1 train_loss 0.5123 valid_loss 0.4123\n"
            "epoch 2 train_loss 0.4123 valid_loss 0.3123\n"
        ),
        [(1, 2, {"train_loss": 0.5123, "valid_loss": 0.4123}), (2, 2, {})],
    ),
    "phase lines": (
        (
            "Epoch 1 train: loss=0.5123 acc=0.8123\n"
            "Epoch 1 valid: loss=0.4123 acc=0.8523\n"
            "Epoch 2 train: loss=0.4123 acc=0.8523\n"
            "Epoch 2 valid: loss=0.3123 acc=0.8723\n"
        ),
        [(1, None, {"train_loss": 0.5123, "val_loss": 0.4123, "val_acc": 0.8523}), (2, None, {"val_acc": 0.8723})],
    ),
    "train epoch/val epoch": (
        (
            "Train Epoch 1/2 Loss: 0.5123\n"
            "Val Epoch 1/2 Loss: 0.4123\n"
            "Train Epoch 2/2 Loss: 0.4123\n"
            "Val Epoch 2/2 Loss: 0.3123\n"
        ),
        [(1, 2, {"loss": 0.5123, "val_loss": 0.4123}), (2, 2, {"val_loss": 0.3123})],
    ),
    "[TRAIN]": (
        (
            "[TRAIN] Epoch 1 | loss 0.5123\n"
            "[VALID] Epoch 1 | loss 0.4123\n"
            "[TRAIN] Epoch 2 | loss 0.4123\n"
            "[VALID] Epoch 2 | loss 0.3123\n"
        ),
        [(1, None, {"loss": 0.5123, "val_loss": 0.4123}), (2, None, {"val_loss": 0.3123})],
    ),
    "markers": (
        (">>> Epoch 1 <<<\nloss = 0.5123\nval_loss = 0.4123\n>>> Epoch 2 <<<\nloss = 0.4123\nval_loss = 0.3123\n"),
        [(1, None, {"loss": 0.5123, "val_loss": 0.4123}), (2, None, {"val_loss": 0.3123})],
    ),
    "EPOCH: 1": (
        (
            "EPOCH: 1\n"
            "TRAIN LOSS: 0.5123  TRAIN ACC: 0.8123\n"
            "VAL LOSS: 0.4123  VAL ACC: 0.8523\n"
            "EPOCH: 2\n"
            "TRAIN LOSS: 0.4123  TRAIN ACC: 0.8623\n"
            "VAL LOSS: 0.3123  VAL ACC: 0.8723\n"
        ),
        [(1, None, {"TRAIN LOSS": 0.5123, "VAL ACC": 0.8523}), (2, None, {"VAL LOSS": 0.3123})],
    ),
    "LOSS train valid": (
        (
            "EPOCH 1:\n"
            "  batch 1000 loss: 1.9123\n"
            "  batch 15000 loss: 0.4123\n"
            "LOSS train 0.4123 valid 0.4523\n"
            "EPOCH 2:\n"
            "  batch 15000 loss: 0.3123\n"
            "LOSS train 0.3123 valid 0.3523\n"
        ),
        [(1, None, {"valid": 0.4523}), (2, None, {"valid": 0.3523})],
    ),
    "epoch column": (
        ("epoch      loss       val_loss\n1          0.5123     0.4123\n2          0.4123     0.3123\n"),
        [(1, None, {"loss": 0.5123, "val_loss": 0.4123}), (2, None, {"val_loss": 0.3123})],
    ),
    "lr column with dash row": (
        (
            " Epoch |   Loss   |   Acc\n"
            "-------+----------+---------\n"
            "     1 |   0.5123 |  0.8123\n"
            "     2 |   0.4123 |  0.8523\n"
        ),
        [(1, None, {"loss": 0.5123, "Acc": 0.8123}), (2, None, {"Acc": 0.8523})],
    ),
    "Epoch=1": (
        ("Epoch=1 Loss=0.5123 Acc=0.8123\nEpoch=2 Loss=0.4123 Acc=0.8523\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "Epoch-1": (
        ("Epoch-1 loss: 0.5123\nEpoch-2 loss: 0.4123\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "[1/10]": (
        ("[1/2] loss: 0.5123 acc: 0.8123\n[2/2] loss: 0.4123 acc: 0.8523\n"),
        [(1, 2, {"loss": 0.5123, "acc": 0.8123}), (2, 2, {"loss": 0.4123})],
    ),
    "(1/10)": (
        ("(1/2) train loss: 0.5123, val loss: 0.4123\n(2/2) train loss: 0.4123, val loss: 0.3123\n"),
        [(1, 2, {"train loss": 0.5123, "val loss": 0.4123}), (2, 2, {"val loss": 0.3123})],
    ),
    "1: loss": (
        ("1: loss=0.5123 val=0.4123\n2: loss=0.4123 val=0.3123\n3: loss=0.3123 val=0.2123\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {}), (3, None, {"loss": 0.3123})],
    ),
    "cost after": (
        (
            "Cost after epoch 0: 1.016458\n"
            "Cost after epoch 100: 0.716458\n"
            "Cost after epoch 200: 0.516458\n"
            "Parameters have been trained!\n"
            "Train Accuracy: 0.98\n"
        ),
        [(1, None, {"Cost": 1.016458}), (101, None, {"Cost": 0.716458}), (201, None, {"Cost": 0.516458})],
    ),
    "cost after iteration": (
        ("Cost after iteration 0: 0.693147\nCost after iteration 100: 0.584508\nCost after iteration 200: 0.466949\n"),
        [(1, None, {"Cost": 0.693147}), (101, None, {}), (201, None, {})],
    ),
    "epoch took": (
        ("Epoch 1 took 12.3s, loss: 0.5123\nEpoch 2 took 12.1s, loss: 0.4123\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "end of epoch": (
        ("End of epoch 1: train_loss 0.5123 val_loss 0.4123\nEnd of epoch 2: train_loss 0.4123 val_loss 0.3123\n"),
        [(1, None, {"train_loss": 0.5123}), (2, None, {})],
    ),
    "finished epoch": (
        ("Finished epoch 1 with loss 0.5123\nFinished epoch 2 with loss 0.4123\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "at epoch": (
        ("At epoch 1 loss is 0.5123\nAt epoch 2 loss is 0.4123\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "Epoch: 1, Loss: tensor": (
        (
            "Epoch: 1, Loss: tensor(0.5123, grad_fn=<NllLossBackward0>)\n"
            "Epoch: 2, Loss: tensor(0.4123, grad_fn=<NllLossBackward0>)\n"
        ),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "lists": (
        ("Epoch 1 loss: [0.5123] acc: [0.8123]\nEpoch 2 loss: [0.4123] acc: [0.8523]\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {"acc": 0.8523})],
    ),
    "epoch 1 of 10": (
        (
            "epoch 1 of 2: training loss 0.5123, validation loss 0.4123\n"
            "epoch 2 of 2: training loss 0.4123, validation loss 0.3123\n"
        ),
        [(1, 2, {"training loss": 0.5123}), (2, 2, {"validation loss": 0.3123})],
    ),
    "Epoch 1 out of": (
        ("Epoch 1 out of 2, loss 0.5123\nEpoch 2 out of 2, loss 0.4123\n"),
        [(1, 2, {"loss": 0.5123}), (2, 2, {})],
    ),
    "two stage": (
        (
            "Stage 1: training head\n"
            "Epoch 1/2 loss: 0.5\n"
            "Epoch 2/2 loss: 0.4\n"
            "Stage 2: fine-tuning\n"
            "Epoch 1/3 loss: 0.3\n"
            "Epoch 2/3 loss: 0.2\n"
            "Epoch 3/3 loss: 0.1\n"
        ),
        [(1, 2, {}), (2, 2, {}), (1, 3, {"loss": 0.3}), (2, 3, {}), (3, 3, {})],
    ),
    "early stopping": (
        (
            "Epoch 1/50 | train_loss: 0.5 | val_loss: 0.6\n"
            "Epoch 2/50 | train_loss: 0.4 | val_loss: 0.7\n"
            "EarlyStopping counter: 1 out of 2\n"
            "Epoch 3/50 | train_loss: 0.3 | val_loss: 0.8\n"
            "EarlyStopping counter: 2 out of 2\n"
            "Early stopping triggered at epoch 3\n"
            "Best epoch: 1 | val_loss: 0.6\n"
        ),
        [(1, 50, {}), (2, 50, {"val_loss": 0.7}), (3, 50, {"train_loss": 0.3, "val_loss": 0.8})],
    ),
    "validation loss decreased": (
        (
            "Epoch: 1 \tTraining Loss: 0.512300 \tValidation Loss: 0.412300\n"
            "Validation loss decreased (inf --> 0.412300).  Saving model ...\n"
            "Epoch: 2 \tTraining Loss: 0.412300 \tValidation Loss: 0.312300\n"
            "Validation loss decreased (0.412300 --> 0.312300).  Saving model ...\n"
        ),
        [(1, None, {"Training Loss": 0.5123, "Validation Loss": 0.4123}), (2, None, {})],
    ),
    "interrupted": (
        (
            "Epoch 1/10: loss 0.5\n"
            "Epoch 2/10: loss 0.4\n"
            "Epoch 3/10, step 10/100: loss 0.39\n"
            "^CTraceback (most recent call last):\n"
            '  File "train.py", line 10, in <module>\n'
            "KeyboardInterrupt\n"
        ),
        [(1, 10, {}), (2, 10, {"loss": 0.4})],
    ),
    "phase on a line of its own": (
        (
            "Epoch 1/2\n"
            "Training...\n"
            "loss: 0.5123 acc: 0.8123\n"
            "Validating...\n"
            "loss: 0.4123 acc: 0.8523\n"
            "Epoch 2/2\n"
            "Training...\n"
            "loss: 0.4023 acc: 0.8223\n"
            "Validating...\n"
            "loss: 0.3123 acc: 0.8623\n"
        ),
        [(1, 2, {"loss": 0.5123, "val_loss": 0.4123, "val_acc": 0.8523}), (2, 2, {"loss": 0.4023, "val_loss": 0.3123})],
    ),
    "paddle hapi": (
        (
            "Epoch 1/2\n"
            "step  10/938 [..............................] - loss: 2.1012 - acc: 0.2012 - ETA: 10s - 11ms/step\rstep 938/938 [==============================] - loss: 0.1012 - acc: 0.9412 - 11ms/step\n"
            "Eval begin...\n"
            "step 157/157 [==============================] - loss: 0.0512 - acc: 0.9712 - 7ms/step\n"
            "Eval samples: 10000\n"
            "Epoch 2/2\n"
            "step 938/938 [==============================] - loss: 0.0912 - acc: 0.9712 - 11ms/step\n"
            "Eval begin...\n"
            "step 157/157 [==============================] - loss: 0.0412 - acc: 0.9812 - 7ms/step\n"
            "Eval samples: 10000\n"
        ),
        [(1, 2, {"loss": 0.1012, "val_loss": 0.0512}), (2, 2, {"acc": 0.9712, "val_acc": 0.9812})],
    ),
    "validation header w/ colon": (
        (
            "Epoch 1\n"
            "Train:\n"
            "  loss: 0.5123\n"
            "Validation:\n"
            "  loss: 0.4123\n"
            "  acc: 0.8123\n"
            "Epoch 2\n"
            "Train:\n"
            "  loss: 0.4123\n"
            "Validation:\n"
            "  loss: 0.3123\n"
            "  acc: 0.8523\n"
        ),
        [
            (1, None, {"loss": 0.5123, "val_loss": 0.4123, "val_acc": 0.8123}),
            (2, None, {"loss": 0.4123, "val_loss": 0.3123}),
        ],
    ),
    "dashes": (
        (
            "Epoch 1\n"
            "---- Training ----\n"
            "Loss: 0.5123\n"
            "---- Validation ----\n"
            "Loss: 0.4123\n"
            "Epoch 2\n"
            "---- Training ----\n"
            "Loss: 0.4123\n"
            "---- Validation ----\n"
            "Loss: 0.3123\n"
        ),
        [(1, None, {"loss": 0.5123, "val_loss": 0.4123}), (2, None, {"val_loss": 0.3123})],
    ),
    "own lines of a header before": (
        (
            "==> Training epoch 1\n"
            "batch 10/10 loss 0.5123\n"
            "==> Evaluating epoch 1\n"
            "accuracy 0.8123\n"
            "==> Training epoch 2\n"
            "batch 10/10 loss 0.4123\n"
            "==> Evaluating epoch 2\n"
            "accuracy 0.8523\n"
        ),
        [(1, None, {"loss": 0.5123}), (2, None, {"loss": 0.4123})],
    ),
    "val bar desc": (
        (
            "Epoch 1/2\n"
            "Training: 100%|██████████| 10/10 [00:01<00:00,  9.5it/s, loss=0.5123, acc=0.8123]\n"
            "Validation: 100%|██████████| 3/3 [00:00<00:00, 19.5it/s, loss=0.4123, acc=0.8523]\n"
            "Epoch 2/2\n"
            "Training: 100%|██████████| 10/10 [00:01<00:00,  9.5it/s, loss=0.4523, acc=0.8623]\n"
            "Validation: 100%|██████████| 3/3 [00:00<00:00, 19.5it/s, loss=0.3123, acc=0.8723]\n"
        ),
        [(1, 2, {"loss": 0.5123, "val_loss": 0.4123, "val_acc": 0.8523}), (2, 2, {"val_loss": 0.3123})],
    ),
    "no epochs named, bars for each": (
        (
            "Train: 100%|██████████| 10/10 [00:01<00:00,  9.5it/s, loss=0.5]\n"
            "Train: 100%|██████████| 10/10 [00:01<00:00,  9.5it/s, loss=0.4]\n"
        ),
        [],
    ),
    "smp": (
        (
            "\n"
            "Epoch: 0\n"
            "train: 100%|██████████| 46/46 [00:24<00:00,  1.89it/s, dice_loss - 0.5123, iou_score - 0.4123]\n"
            "valid: 100%|██████████| 101/101 [00:10<00:00,  9.89it/s, dice_loss - 0.4123, iou_score - 0.5123]\n"
            "Model saved!\n"
            "\n"
            "Epoch: 1\n"
            "train: 100%|██████████| 46/46 [00:24<00:00,  1.89it/s, dice_loss - 0.4123, iou_score - 0.5123]\n"
            "valid: 100%|██████████| 101/101 [00:10<00:00,  9.89it/s, dice_loss - 0.3123, iou_score - 0.6123]\n"
        ),
        [(1, None, {"dice_loss": 0.5123, "val_iou_score": 0.5123}), (2, None, {"val_dice_loss": 0.3123})],
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_understood(name):
    log, expected = LOOPS[name]
    is_told(log, expected)
