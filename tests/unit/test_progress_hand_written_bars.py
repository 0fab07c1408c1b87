# ruff: noqa: E501 (lines as people print them)
"""Loops with bars, behind loggers and launchers, of lesser toolkits: what is expected was read off the lines by hand, before the parser read them."""

import pytest

from tests.told_epochs import is_told, told

# name: the log, and of each epoch in order its number, its total and some of its values
LOOPS = {
    "values before a bar whose picture a notebook left out": (
        (
            "EPOCH: 0\n"
            "Loss=1.1374 Batch_id=195 Accuracy=43.46: 100% 196/196 [00:18<00:00, 10.67it/s]\n"
            "\nTest set: Average loss: 0.0049, Accuracy: 5669/10000 (56.69%)\n\n"
            "EPOCH: 1\n"
            "Loss=0.9907 Batch_id=195 Accuracy=64.23: 100% 196/196 [00:19<00:00, 10.02it/s]\n"
            "\nTest set: Average loss: 0.0033, Accuracy: 7091/10000 (70.91%)\n"
        ),
        [
            (1, None, {"loss": 1.1374, "Accuracy": 43.46, "val_Accuracy": 56.69}),
            (2, None, {"loss": 0.9907, "Accuracy": 64.23, "val_Accuracy": 70.91}),
        ],
    ),
    "what Lightning's test returns is no epoch's": (
        (
            "Epoch 1: 100%|██████████| 10/10 [01:17<00:00,  7.72s/it, v_num=0, val_loss=1.15, loss=1.64]`Trainer.fit` stopped: `max_epochs=2` reached.\n"
            "Testing DataLoader 0: 100%|██████████| 1/1 [00:00<00:00,  6.17it/s]\n"
            "[{'loss': 1.0564, 'kl_loss': 0.0368}]\n"
        ),
        [(2, 2, {"loss": 1.64, "val_loss": 1.15})],
    ),
    "a notebook's widget before the table": (
        (
            "HBox(children=(IntProgress(value=0, description='Epoch', max=2, style=ProgressStyle(description_width='initial…epoch      trn_loss   val_loss   accuracy                     \n"
            "    0      0.039119   0.03037    0.99096   \n"
            "    1      0.045341   0.030126   0.99032                      \n"
        ),
        [(1, None, {"trn_loss": 0.039119, "accuracy": 0.99096}), (2, None, {"val_loss": 0.030126})],
    ),
    "Chinese words around the numbers": (
        (
            "-------第 1 轮训练开始-------\n训练次数：100, Loss：1.98\n训练次数：200, Loss：1.61\n"
            "整体测试集上的Loss: 262.6\n整体测试集上的正确率: 0.38\n模型已保存\n"
            "-------第 2 轮训练开始-------\n训练次数：300, Loss：1.25\n整体测试集上的Loss: 252.6\n整体测试集上的正确率: 0.48\n"
        ),
        [(1, None, {"loss": 1.61, "test Loss": 262.6, "test 正确率": 0.38}), (2, None, {"loss": 1.25})],
    ),
    "bars that name the epoch by a letter": (
        (
            "E1:  50%|█████     | 2/4 [00:01<00:01,  9.5it/s, loss=0.61]\rE1: 100%|██████████| 4/4 [00:02<00:00,  9.5it/s, loss=0.51]\n"
            "E2: 100%|██████████| 4/4 [00:02<00:00,  9.5it/s, loss=0.41]\n"
        ),
        [(1, None, {"loss": 0.51}), (2, None, {"loss": 0.41})],
    ),
    "a phase and a letter": (
        (
            "Train (E1/2) 100%|██████████| 4/4 [00:02<00:00,  9.5it/s, loss=0.51]\n"
            "Val (E1/2) 100%|██████████| 4/4 [00:02<00:00,  9.5it/s, loss=0.41]\n"
            "Train (E2/2) 100%|██████████| 4/4 [00:02<00:00,  9.5it/s, loss=0.31]\n"
            "Val (E2/2) 100%|██████████| 4/4 [00:02<00:00,  9.5it/s, loss=0.21]\n"
        ),
        [(1, 2, {"loss": 0.51, "val_loss": 0.41}), (2, 2, {"loss": 0.31, "val_loss": 0.21})],
    ),
    "AllenNLP, values before the bar": (
        (
            "2021-01-01 10:00:00,000 - INFO - allennlp.training.trainer - Epoch 0/1\n"
            "2021-01-01 10:00:00,000 - INFO - allennlp.training.trainer - Training\n"
            "accuracy: 0.5512, loss: 0.6912 ||:  50%|#####     | 50/100 [00:06<00:06,  8.12it/s]\r"
            "accuracy: 0.7512, loss: 0.5912 ||: 100%|##########| 100/100 [00:12<00:00,  8.12it/s]\n"
            "2021-01-01 10:00:13,000 - INFO - allennlp.training.trainer - Validating\n"
            "accuracy: 0.8012, loss: 0.4912 ||: 100%|##########| 10/10 [00:01<00:00,  8.12it/s]\n"
            "2021-01-01 10:00:20,000 - INFO - allennlp.training.trainer - Epoch 1/1\n"
            "accuracy: 0.7712, loss: 0.5512 ||: 100%|##########| 100/100 [00:12<00:00,  8.12it/s]\n"
        ),
        [
            (1, 2, {"accuracy": 0.7512, "loss": 0.5912, "val_accuracy": 0.8012, "val_loss": 0.4912}),
            (2, 2, {"accuracy": 0.7712, "loss": 0.5512}),
        ],
    ),
    "rich's handler names the place at the edge": (
        (
            "[12:00:01] Epoch 1 train_loss=0.51 val_loss=0.41                 train.py:45\n"
            "[12:00:02] Epoch 2 train_loss=0.41 val_loss=0.31                 train.py:45\n"
        ),
        [(1, None, {"train_loss": 0.51, "val_loss": 0.41}), (2, None, {"train_loss": 0.41})],
    ),
    "two values by a slash": (
        "epoch 1 loss 0.51/0.41 acc 0.81/0.71\nepoch 2 loss 0.41/0.31 acc 0.85/0.75\n",
        [
            (1, None, {"loss": 0.51, "val_loss": 0.41, "acc": 0.81, "val_acc": 0.71}),
            (2, None, {"loss": 0.41, "val_loss": 0.31}),
        ],
    ),
    "train and valid bars named": (
        (
            "Epoch 1/2 [Train]: 100%|██████████| 10/10 [00:01<00:00,  9.5it/s, loss=0.5123]\n"
            "Epoch 1/2 [Valid]: 100%|██████████| 3/3 [00:00<00:00, 19.5it/s, loss=0.4123]\n"
            "Epoch 2/2 [Train]: 100%|██████████| 10/10 [00:01<00:00,  9.5it/s, loss=0.4523]\n"
            "Epoch 2/2 [Valid]: 100%|██████████| 3/3 [00:00<00:00, 19.5it/s, loss=0.3123]\n"
        ),
        [(1, 2, {"loss": 0.5123, "val_loss": 0.4123}), (2, 2, {"val_loss": 0.3123})],
    ),
    "bars then summary": (
        (
            "Epoch 1/2\n"
            "Train: 100%|██████████| 10/10 [00:01<00:00,  9.5it/s, loss=0.5123]\n"
            "Val: 100%|██████████| 3/3 [00:00<00:00, 19.5it/s, loss=0.4123]\n"
            "Epoch 1/2 -> train_loss: 0.5523, val_loss: 0.4323\n"
            "Epoch 2/2\n"
            "Train: 100%|██████████| 10/10 [00:01<00:00,  9.5it/s, loss=0.4123]\n"
            "Val: 100%|██████████| 3/3 [00:00<00:00, 19.5it/s, loss=0.3123]\n"
            "Epoch 2/2 -> train_loss: 0.4523, val_loss: 0.3323\n"
        ),
        [(1, 2, {"train_loss": 0.5523, "val_loss": 0.4323}), (2, 2, {"val_loss": 0.3323})],
    ),
    "evaluating bar then numbers": (
        (
            "Epoch 1/2:  50%|█████     | 5/10 [00:01<00:01,  5.0it/s]\rEpoch 1/2: 100%|██████████| 10/10 [00:02<00:00,  5.0it/s]\n"
            "Evaluating: 100%|██████████| 3/3 [00:00<00:00, 19.5it/s]\n"
            "Epoch 1: train_loss=0.5123, val_loss=0.4123, val_acc=0.8123\n"
            "Epoch 2/2: 100%|██████████| 10/10 [00:02<00:00,  5.0it/s]\n"
            "Evaluating: 100%|██████████| 3/3 [00:00<00:00, 19.5it/s]\n"
            "Epoch 2: train_loss=0.4123, val_loss=0.3123, val_acc=0.8523\n"
        ),
        [(1, 2, {"val_acc": 0.8123}), (2, 2, {"val_acc": 0.8523})],
    ),
    "nameless bars": (
        (
            "100%|██████████| 10/10 [00:01<00:00,  9.5it/s]\n"
            "Epoch 1, train loss: 0.5123\n"
            "100%|██████████| 3/3 [00:01<00:00,  9.5it/s]\n"
            "val loss: 0.4123\n"
            "100%|██████████| 10/10 [00:01<00:00,  9.5it/s]\n"
            "Epoch 2, train loss: 0.4123\n"
            "100%|██████████| 3/3 [00:01<00:00,  9.5it/s]\n"
            "val loss: 0.3123\n"
        ),
        [(1, None, {"train loss": 0.5123, "val loss": 0.4123}), (2, None, {"val loss": 0.3123})],
    ),
    "outer bar with write": (
        (
            " 0%|          | 0/3 [00:00<?, ?it/s]\r  0%|          | 0/3 [00:00<?, ?it/s]Epoch 1: loss 0.5123\n"
            "\r 33%|███▎      | 1/3 [00:01<00:02,  1.0s/it]\rEpoch 2: loss 0.4123\n"
            "\r 67%|██████▋   | 2/3 [00:02<00:01,  1.0s/it]Epoch 3: loss 0.3123\n"
            "\r100%|██████████| 3/3 [00:03<00:00,  1.0s/it]\n"
        ),
        [(1, None, {"loss": 0.5123}), (2, None, {"loss": 0.4123}), (3, None, {"loss": 0.3123})],
    ),
    "fractional hf epochs over one line": (
        (
            "{'loss': 2.5, 'learning_rate': 4e-05, 'epoch': 0.32}\n"
            "{'loss': 2.1, 'learning_rate': 3e-05, 'epoch': 0.64}\n"
            "{'loss': 2.0, 'learning_rate': 2e-05, 'epoch': 0.96}\n"
            "{'eval_loss': 1.9, 'eval_runtime': 5.0, 'epoch': 1.0}\n"
            "{'loss': 1.8, 'learning_rate': 1e-05, 'epoch': 1.28}\n"
            "{'loss': 1.7, 'learning_rate': 1e-06, 'epoch': 1.92}\n"
            "{'eval_loss': 1.6, 'eval_runtime': 5.0, 'epoch': 2.0}\n"
            "{'train_runtime': 100.0, 'train_loss': 2.0, 'epoch': 2.0}\n"
        ),
        [(1, None, {"loss": 2.0, "eval_loss": 1.9}), (2, None, {"loss": 1.7, "eval_loss": 1.6})],
    ),
    "logging root": (
        ("INFO:root:Epoch 1/2: loss 0.5123\nINFO:root:Epoch 2/2: loss 0.4123\n"),
        [(1, 2, {"loss": 0.5123}), (2, 2, {})],
    ),
    "glog": (
        (
            "I0101 10:00:00.123456 140 train.py:50] Epoch 1/2: loss 0.5123\n"
            "I0101 10:00:01.123456 140 train.py:50] Epoch 2/2: loss 0.4123\n"
        ),
        [(1, 2, {"loss": 0.5123}), (2, 2, {})],
    ),
    "bracket file": (
        (
            "[2024-01-01 10:00:00][train.py][line:50][INFO] Epoch 1: loss 0.5123\n"
            "[2024-01-01 10:00:01][train.py][line:50][INFO] Epoch 2: loss 0.4123\n"
        ),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "compose": (
        ("trainer_1  | Epoch 1/2 loss: 0.5123\ntrainer_1  | Epoch 2/2 loss: 0.4123\n"),
        [(1, 2, {"loss": 0.5123}), (2, 2, {})],
    ),
    "compose keras": (
        (
            "trainer-1  | Epoch 1/2\n"
            "trainer-1  | 10/10 - 1s - loss: 0.5123 - accuracy: 0.8123 - 1s/epoch - 100ms/step\n"
            "trainer-1  | Epoch 2/2\n"
            "trainer-1  | 10/10 - 1s - loss: 0.4123 - accuracy: 0.8523 - 1s/epoch - 100ms/step\n"
        ),
        [(1, 2, {"loss": 0.5123, "accuracy": 0.8123}), (2, 2, {"loss": 0.4123})],
    ),
    "k8s": (
        (
            "2024-01-01T10:00:00.123456789Z Epoch 1/2\n"
            "2024-01-01T10:00:00.123456789Z 10/10 [==============================] - 1s 10ms/step - loss: 0.5123\n"
            "2024-01-01T10:00:01.123456789Z Epoch 2/2\n"
            "2024-01-01T10:00:02.123456789Z 10/10 [==============================] - 1s 10ms/step - loss: 0.4123\n"
        ),
        [(1, 2, {"loss": 0.5123}), (2, 2, {"loss": 0.4123})],
    ),
    "systemd": (
        (
            "Jan 01 10:00:00 host python[123]: Epoch 1/2 loss: 0.5123\n"
            "Jan 01 10:00:01 host python[123]: Epoch 2/2 loss: 0.4123\n"
        ),
        [(1, 2, {"loss": 0.5123}), (2, 2, {})],
    ),
    "srun -l": (
        (
            "0: Epoch 1/2 loss: 0.5123\n"
            "1: Epoch 1/2 loss: 0.6123\n"
            "0: Epoch 2/2 loss: 0.4123\n"
            "1: Epoch 2/2 loss: 0.4523\n"
        ),
        [(1, 2, {"loss": 0.5123}), (2, 2, {"loss": 0.4123})],
    ),
    "loguru": (
        (
            "2024-01-01 10:00:00.123 | INFO     | __main__:train:50 - Epoch 1/2 | loss=0.5123\n"
            "2024-01-01 10:00:00.123 | SUCCESS  | __main__:train:50 - Epoch 2/2 | loss=0.4123\n"
        ),
        [(1, 2, {"loss": 0.5123}), (2, 2, {})],
    ),
    "structlog": (
        (
            "2024-01-01 10:00:00 [info     ] epoch done                     epoch=1 loss=0.5123 val_loss=0.6123\n"
            "2024-01-01 10:00:01 [info     ] epoch done                     epoch=2 loss=0.4123 val_loss=0.5123\n"
        ),
        [(1, None, {"loss": 0.5123, "val_loss": 0.6123}), (2, None, {})],
    ),
    "logfmt": (
        (
            'time="2024-01-01T10:00:00Z" level=info msg="epoch finished" epoch=1 loss=0.5123\n'
            'time="2024-01-01T10:00:01Z" level=info msg="epoch finished" epoch=2 loss=0.4123\n'
        ),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "names": (
        (
            "Epoch 1 Loss/train: 0.5123 AUC(ROC): 0.7123 mAP@0.5: 0.6123 Top-1: 61.2 F1-score: 0.5923 Hits@10: 0.8123 ndcg@10: 0.4123\n"
            "Epoch 2 Loss/train: 0.4123 AUC(ROC): 0.7523 mAP@0.5: 0.6523 Top-1: 65.2 F1-score: 0.6123 Hits@10: 0.8523 ndcg@10: 0.4523\n"
        ),
        [
            (
                1,
                None,
                {
                    "Loss/train": 0.5123,
                    "AUC(ROC)": 0.7123,
                    "mAP@0.5": 0.6123,
                    "Top-1": 61.2,
                    "F1-score": 0.5923,
                    "Hits@10": 0.8123,
                    "ndcg@10": 0.4123,
                },
            ),
            (2, None, {}),
        ],
    ),
    "plus minus": (
        ("Epoch 1: loss 0.5123 ± 0.0112, acc 0.8123±0.0123\nEpoch 2: loss 0.4123 ± 0.0112, acc 0.8523±0.0123\n"),
        [(1, None, {"loss": 0.5123, "acc": 0.8123}), (2, None, {"acc": 0.8523})],
    ),
    "spaced percent": (
        ("Epoch 1 : Loss = 5.123E-1 Accuracy = 81.23 %\nEpoch 2 : Loss = 4.123E-1 Accuracy = 85.23 %\n"),
        [(1, None, {"loss": 0.5123, "Accuracy": 81.23}), (2, None, {})],
    ),
    "negative": (
        ("Epoch 1 ELBO: -123.45 KL: 1.2e+01\nEpoch 2 ELBO: -103.45 KL: 1.1e+01\n"),
        [(1, None, {"ELBO": -123.45, "KL": 12.0}), (2, None, {})],
    ),
    "eta": (
        (
            "Epoch 1/2 | ETA: 0:05:12 | loss: 0.5123 | acc: 81.23%\n"
            "Epoch 2/2 | ETA: 0:00:00 | loss: 0.4123 | acc: 85.23%\n"
        ),
        [(1, 2, {"loss": 0.5123, "acc": 81.23}), (2, 2, {})],
    ),
    "flux": (
        ("[ Info: Epoch 1: loss = 0.5123, acc = 0.8123\n[ Info: Epoch 2: loss = 0.4123, acc = 0.8523\n"),
        [(1, None, {"loss": 0.5123}), (2, None, {})],
    ),
    "saga": (
        (
            "Epoch 1, change: 1.00000000\n"
            "Epoch 2, change: 0.51234567\n"
            "Epoch 3, change: 0.11234567\n"
            "convergence after 3 epochs took 0 seconds\n"
        ),
        [(1, None, {"change": 1.0}), (2, None, {"change": 0.51234567}), (3, None, {})],
    ),
    "gensim": (
        (
            "2024-01-01 10:00:00,123 : INFO : EPOCH 0: training on 1000 raw words (800 effective words) took 0.1s, 8000 effective words/s\n"
            "2024-01-01 10:00:01,123 : INFO : EPOCH 1: training on 1000 raw words (800 effective words) took 0.1s, 8000 effective words/s\n"
            "2024-01-01 10:00:02,123 : INFO : EPOCH 2: training on 1000 raw words (800 effective words) took 0.1s, 8000 effective words/s\n"
        ),
        [(1, None, {}), (2, None, {}), (3, None, {})],
    ),
    "gensim old": (
        (
            "2024-01-01 10:00:00,123 : INFO : EPOCH - 1 : training on 1000 raw words (800 effective words) took 0.1s, 8000 effective words/s\n"
            "2024-01-01 10:00:01,123 : INFO : EPOCH - 2 : training on 1000 raw words (800 effective words) took 0.1s, 8000 effective words/s\n"
        ),
        [(1, None, {}), (2, None, {})],
    ),
    "estimator": (
        (
            "INFO:tensorflow:loss = 2.31, step = 1\n"
            "INFO:tensorflow:global_step/sec: 200.1\n"
            "INFO:tensorflow:loss = 0.51, step = 101 (0.500 sec)\n"
            "INFO:tensorflow:loss = 0.31, step = 201 (0.500 sec)\n"
            "INFO:tensorflow:Saving checkpoints for 201 into /tmp/model.ckpt.\n"
            "INFO:tensorflow:Loss for final step: 0.21.\n"
        ),
        [(1, None, {"loss": 2.31}), (101, None, {"loss": 0.51}), (201, None, {"loss": 0.31})],
    ),
    "object detection": (
        (
            "INFO:tensorflow:Step 100 per-step time 0.512s\n"
            "I0101 10:00:00.123456 140 model_lib_v2.py:698] Step 100 per-step time 0.512s loss=0.812\n"
            "I0101 10:00:10.123456 140 model_lib_v2.py:698] Step 200 per-step time 0.512s loss=0.712\n"
        ),
        [(100, None, {"loss": 0.812}), (200, None, {"loss": 0.712})],
    ),
    "slim": (
        (
            "INFO:tensorflow:global step 100: loss = 0.5123 (0.200 sec/step)\n"
            "INFO:tensorflow:global step 200: loss = 0.4123 (0.200 sec/step)\n"
        ),
        [(100, None, {"loss": 0.5123}), (200, None, {"loss": 0.4123})],
    ),
    "torchtitan": (
        (
            "[rank0]:[titan] 2024-01-01 10:00:00,123 - root - INFO - \x1b[31mstep:  1  \x1b[32mloss:  8.1234  \x1b[33mmemory: 10.01GiB(12.01%)  \x1b[34mtps: 1,000  \x1b[35mmfu: 30.12%\x1b[39m\n"
            "[rank0]:[titan] 2024-01-01 10:00:01,123 - root - INFO - \x1b[31mstep: 10  \x1b[32mloss:  7.1234  \x1b[33mmemory: 10.01GiB(12.01%)  \x1b[34mtps: 1,000  \x1b[35mmfu: 30.12%\x1b[39m\n"
        ),
        [(1, None, {"loss": 8.1234}), (10, None, {"loss": 7.1234})],
    ),
    "litgpt": (
        (
            "Epoch 1 | iter 1 step 0 | loss train: 2.123, val: n/a | iter time: 100.12 ms\n"
            "Epoch 1 | iter 16 step 1 | loss train: 2.023, val: n/a | iter time: 100.12 ms (step)\n"
            "Epoch 2 | iter 32 step 2 | loss train: 1.823, val: 1.9 | iter time: 100.12 ms (step)\n"
        ),
        [(1, None, {"loss train": 2.023}), (2, None, {"loss train": 1.823, "val": 1.9})],
    ),
    "mlx": (
        (
            "Starting training..., iters: 30\n"
            "Iter 1: Val loss 2.812, Val took 10.123s\n"
            "Iter 10: Train loss 2.112, Learning Rate 1.000e-05, It/sec 0.512, Tokens/sec 200.123, Trained Tokens 1000, Peak mem 10.123 GB\n"
            "Iter 20: Train loss 1.912, Learning Rate 1.000e-05, It/sec 0.512, Tokens/sec 200.123, Trained Tokens 2000, Peak mem 10.123 GB\n"
            "Iter 30: Val loss 1.812, Val took 10.123s\n"
            "Iter 30: Train loss 1.712, Learning Rate 1.000e-05, It/sec 0.512, Tokens/sec 200.123, Trained Tokens 3000, Peak mem 10.123 GB\n"
        ),
        [
            (1, None, {"Val loss": 2.812}),
            (10, None, {"Train loss": 2.112}),
            (20, None, {}),
            (30, None, {"Train loss": 1.712, "Val loss": 1.812}),
        ],
    ),
    "llm.c": (
        (
            "val loss 11.012345\n"
            "step    1/19560 | loss 11.012345 (+nanz)| norm 15.3412 (+nanz)| lr 4.29e-07 | 2000.12 ms | 40.1% bf16 MFU | 200000 tok/s\n"
            "step    2/19560 | loss 10.912345 (+nanz)| norm 14.3412 (+nanz)| lr 8.57e-07 | 500.12 ms | 40.1% bf16 MFU | 200000 tok/s\n"
        ),
        [(1, 19560, {"loss": 11.012345}), (2, 19560, {"loss": 10.912345})],
    ),
    "super gradients": (
        (
            "Train epoch 0: 100%|██████████| 10/10 [00:10<00:00,  1.0s/it, PPYoloELoss/loss=2.12, PPYoloELoss/loss_cls=1.12, gpu_mem=5.1]\n"
            "Validating: 100%|██████████| 3/3 [00:01<00:00,  2.0it/s]\n"
            "===========================================================\n"
            "SUMMARY OF EPOCH 0\n"
            "├── Train\n"
            "│   ├── Ppyoloeloss/loss_cls = 1.12\n"
            "│   └── Ppyoloeloss/loss = 2.12\n"
            "└── Validation\n"
            "    ├── Ppyoloeloss/loss = 1.92\n"
            "    ├── Map@0.50 = 0.512\n"
            "    └── F1@0.50 = 0.412\n"
            "\n"
            "===========================================================\n"
            "Train epoch 1: 100%|██████████| 10/10 [00:10<00:00,  1.0s/it, PPYoloELoss/loss=2.02, PPYoloELoss/loss_cls=1.02, gpu_mem=5.1]\n"
            "===========================================================\n"
            "SUMMARY OF EPOCH 1\n"
            "├── Train\n"
            "│   └── Ppyoloeloss/loss = 2.02\n"
            "│       ├── Epoch N-1      = 2.12 (↘ -0.1)\n"
            "│       └── Best until now = 2.12 (↘ -0.1)\n"
            "└── Validation\n"
            "    ├── Ppyoloeloss/loss = 1.82\n"
            "    │   ├── Epoch N-1      = 1.92 (↘ -0.1)\n"
            "    │   └── Best until now = 1.92 (↘ -0.1)\n"
            "    └── Map@0.50 = 0.612\n"
            "        ├── Epoch N-1      = 0.512 (↗ 0.1)\n"
            "        └── Best until now = 0.512 (↗ 0.1)\n"
        ),
        [
            (1, None, {"PPYoloELoss/loss": 2.12, "Map@0.50": 0.512}),
            (2, None, {"PPYoloELoss/loss": 2.02, "Map@0.50": 0.612}),
        ],
    ),
    "gluon": (
        (
            "[Epoch 0] Training: accuracy=0.5123\n"
            "[Epoch 0] Speed: 1000.12 samples/sec\tTime cost=10.123\n"
            "[Epoch 0] Validation: accuracy=0.6123\n"
            "[Epoch 1] Training: accuracy=0.6123\n"
            "[Epoch 1] Validation: accuracy=0.7123\n"
        ),
        [(1, None, {"train_accuracy": 0.5123, "val_accuracy": 0.6123}), (2, None, {"val_accuracy": 0.7123})],
    ),
    "gluon 2": (
        (
            "[Epoch 0] train=0.512300 val=0.612300 loss=1.5 time: 10.123\n"
            "[Epoch 1] train=0.612300 val=0.712300 loss=1.2 time: 10.123\n"
        ),
        [(1, None, {"train": 0.5123, "val": 0.6123}), (2, None, {"loss": 1.2})],
    ),
    "kfold": (
        (
            "FOLD 1\n"
            "--------------------------------\n"
            "Epoch 1/2 loss: 0.5123\n"
            "Epoch 2/2 loss: 0.4123\n"
            "Fold 1 accuracy: 0.8123\n"
            "FOLD 2\n"
            "--------------------------------\n"
            "Epoch 1/2 loss: 0.5223\n"
            "Epoch 2/2 loss: 0.4223\n"
            "Fold 2 accuracy: 0.8223\n"
            "Mean accuracy: 0.8173\n"
        ),
        [(1, 2, {"loss": 0.5123}), (2, 2, {"loss": 0.4123}), (1, 2, {"loss": 0.5223}), (2, 2, {"loss": 0.4223})],
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_understood(name):
    log, expected = LOOPS[name]
    is_told(log, expected)


def test_the_place_that_a_handler_names_is_no_value():
    log = "[12:00:01] Epoch 1 train_loss=0.51 val_loss=0.41                 train.py:45\n"
    assert told(log)[0].metrics == {"train_loss": 0.51, "val_loss": 0.41}
