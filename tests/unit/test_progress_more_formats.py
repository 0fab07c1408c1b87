# ruff: noqa: E501 (lines as the programs print them)
"""Short logs in the form of public ones, each with variants: what is expected was read off the lines by hand."""

import math

import pytest

from unitrainer_tui.progress import ProgressParser

# name: the log, and of each epoch in order its number, its total and some of its values
FORMATS = {
    "Chainer's report": (
        "epoch       main/loss   validation/main/loss  main/accuracy  validation/main/accuracy  elapsed_time\n"
        "1           0.5123      0.4123                0.8512         0.8712                    3.21\n"
        "2           0.4123      0.3123                0.8812         0.8912                    6.42\n",
        [(1, None, {"main/loss": 0.5123, "validation/main/accuracy": 0.8712}), (2, None, {"main/loss": 0.4123})],
    ),
    "spaCy 3": (
        "============================= Training pipeline =============================\n"
        "ℹ Initial learn rate: 0.001\n"
        "E    #       LOSS TOK2VEC  LOSS NER  ENTS_F  ENTS_P  ENTS_R  SCORE \n"
        "---  ------  ------------  --------  ------  ------  ------  ------\n"
        "  0       0          0.00     26.50    0.73    0.39    5.43    0.01\n"
        "  0     200         33.58    847.68   10.88   44.44    6.20    0.11\n"
        "  1     400         70.88    267.65   33.50   45.95   26.36    0.33\n"
        "✔ Saved pipeline to output directory\n",
        [(1, None, {"LOSS NER": 847.68, "ENTS_F": 10.88}), (2, None, {"LOSS TOK2VEC": 70.88, "SCORE": 0.33})],
    ),
    "spaCy 2": (
        "Itn  Tag Loss    Tag %    NER Loss   NER F    Token %  CPU WPS\n"
        "---  ---------  --------  ---------  ------  --------  -------\n"
        "  1      0.000     0.000   1034.101  61.539   100.000    16000\n"
        "  2      0.000     0.000    834.101  65.250   100.000    16000\n",
        [(1, None, {"NER Loss": 1034.101, "NER F": 61.539}), (2, None, {"NER Loss": 834.101})],
    ),
    "YOLOv6": (
        "Training start...\n\n     Epoch  iou_loss   l1_loss  obj_loss  cls_loss\n"
        "  0% 0/4 [00:00<?, ?it/s]\n      0/99     4.583     3.153     11.44     1.808:  50% 2/4 [00:13<00:00,  3.28s/it]\r"
        "      0/99     4.500     3.100     11.40     1.800: 100% 4/4 [00:13<00:00,  3.28s/it]\n"
        "Inferencing model in val datasets.: 100% 2/2 [00:01<00:00,  1.04it/s]\n\nEvaluating speed.\n\n"
        "Epoch: 0 | mAP@0.5: 0.25 | mAP@0.50:0.95: 0.125\n\n     Epoch  iou_loss   l1_loss  obj_loss  cls_loss\n"
        "      1/99     3.988     2.417     7.039     2.213: 100%|██████████| 4/4 [00:03<00:00,  1.00it/s]\n",
        [(1, 100, {"iou_loss": 4.5, "cls_loss": 1.8, "mAP@0.5": 0.25}), (2, 100, {"iou_loss": 3.988})],
    ),
    "YOLOv6 with a learning rate": (
        "     Epoch        lr  iou_loss  dfl_loss  cls_loss\n"
        "      0/9   0.00333     1.583     0.153     1.808: 100%|██████████| 4/4 [00:13<00:00,  3.28s/it]\n"
        "     Epoch        lr  iou_loss  dfl_loss  cls_loss\n"
        "      1/9   0.00667     1.388     0.117     1.213: 100%|██████████| 4/4 [00:03<00:00,  1.00it/s]\n",
        [(1, 10, {"lr": 0.00333, "iou_loss": 1.583}), (2, 10, {"cls_loss": 1.213})],
    ),
    "a table with one blank": (
        "Epoch Train_Loss Val_Loss Val_Acc Time\n1 0.5 0.4 0.8 3.1\n2 0.3 0.2 0.9 3.1\n",
        [(1, None, {"Train_Loss": 0.5, "Val_Acc": 0.8}), (2, None, {"Val_Loss": 0.2})],
    ),
    "values on the lines below": (
        "Epoch 1/25 (device=cuda)\n  step 00020: loss=0.7674\n  step 00040: loss=0.6534\n  Val | mean=13.03 median=1.00 ±1=75.86%\n"
        "Epoch 2/25 (device=cuda)\n  step 00020: loss=0.5674\n  step 00040: loss=0.5534\n  Val | mean=5.24 median=0.50 ±1=96.55%\n",
        [(1, 25, {"loss": 0.6534, "val_mean": 13.03}), (2, 25, {"loss": 0.5534, "val_mean": 5.24})],
    ),
    "indented lines of two phases": (
        "Epoch 1:\n\tTrain: loss = 0.5, acc = 0.8\n\tValid: loss = 0.4, acc = 0.9\nEpoch 2:\n\tTrain: loss = 0.3, acc = 0.85\n\tValid: loss = 0.2, acc = 0.95\n",
        [(1, None, {"train_loss": 0.5, "val_loss": 0.4}), (2, None, {"train_acc": 0.85, "val_acc": 0.95})],
    ),
    "the word is": (
        "Start training!\nStarting epoch 0 current lr is 0.001\n"
        "Epoch 0, Step 25, total used time 47.7 (s), avg loss so far is 0.0395\n"
        "Epoch 0, val loss is 0.0477, val mse is 0.0242.\nEpoch 0, test mse is 0.0170.\nStarting epoch 1 current lr is 0.001\n"
        "Epoch 1, val loss is 0.0452, val mse is 0.0219.\nEpoch 1, test mse is 0.0148.\n",
        [(1, None, {"val loss": 0.0477, "val mse": 0.0242, "test mse": 0.017}), (2, None, {"val loss": 0.0452})],
    ),
    "arrows": (
        "Epoch 1/2 -> loss -> 0.5, acc -> 0.8\nEpoch 2/2 -> loss => 0.4, acc => 0.9\n",
        [(1, 2, {"loss": 0.5, "acc": 0.8}), (2, 2, {"loss": 0.4, "acc": 0.9})],
    ),
    "Catalyst": (
        "1/2 * Epoch (train):   0%|          | 0/40 [00:00<?, ?it/s]\n"
        "train (1/2) accuracy: 0.17 | accuracy/std: 0.06 | loss: 2.604 | lr: 0.001 | momentum: 0.9\n"
        "1/2 * Epoch (valid):   0%|          | 0/40 [00:00<?, ?it/s]\n"
        "valid (1/2) accuracy: 0.20 | accuracy/std: 0.07 | loss: 2.194 | lr: 0.001 | momentum: 0.9\n* Epoch (1/2) lr: 0.001 | momentum: 0.9\n"
        "train (2/2) accuracy: 0.28 | accuracy/std: 0.07 | loss: 2.150 | lr: 0.001 | momentum: 0.9\n"
        "valid (2/2) accuracy: 0.32 | accuracy/std: 0.07 | loss: 2.094 | lr: 0.001 | momentum: 0.9\n* Epoch (2/2) lr: 0.001 | momentum: 0.9\n",
        [(1, 2, {"loss": 2.604, "val_loss": 2.194}), (2, 2, {"loss": 2.15, "val_accuracy": 0.32})],
    ),
    "YOLOv5 behind a host": (
        "1667819020445 host-1 error       Epoch    GPU_mem   box_loss   obj_loss   cls_loss  Instances       Size\n"
        "1667819020446 host-1 error         0/1      11.5G     0.1146    0.03521   0.01234         13        640: 100%|██████████| 171/171 [01:59<00:00,  1.43it/s]\n"
        "1667819397465 host-1 error                  Class     Images  Instances          P          R      mAP50   mAP50-95: 100%|██████████| 9/9 [00:06<00:00,  1.40it/s]\n"
        "1667819401237 host-1 info                    all        311       1000      0.001      0.002   2.16e-05   4.85e-06\n"
        "1667819520446 host-1 error         1/1      11.5G     0.1039    0.03482   0.01134         13        640: 100%|██████████| 171/171 [01:59<00:00,  1.43it/s]\n",
        [(1, 2, {"box_loss": 0.1146, "mAP50": 2.16e-05}), (2, 2, {"obj_loss": 0.03482})],
    ),
    "a kubernetes prefix": (
        "2026-01-01T10:00:00.123456789Z stdout F [0]\ttrain-rmse:0.5\n2026-01-01T10:00:01.123456789Z stdout F [1]\ttrain-rmse:0.4\n",
        [(1, None, {"train-rmse": 0.5}), (2, None, {"train-rmse": 0.4})],
    ),
    "a Ray worker": (
        "(RayTrainWorker pid=4242, ip=10.0.0.1) Epoch 1/2 loss: 0.5\n(RayTrainWorker pid=4242, ip=10.0.0.1) Epoch 2/2 loss: 0.4\n",
        [(1, 2, {"loss": 0.5}), (2, 2, {"loss": 0.4})],
    ),
    "OpenPCDet": (
        "epochs:   0%|          | 0/89 [00:00<?, ?it/s]\ntrain:   0%|          | 0/464 [00:00<?, ?it/s]\x1b[A2026-01-01 10:00:00,554   INFO  Train:    2/90 (  2%) [   0/464 (  0%)]  Loss: 1.190 (1.19)  LR: 1.9e-04  Time cost: 00:04/32:19 [00:05/47:24:50]\n"
        "2026-01-01 10:06:00,554   INFO  Train:    2/90 (  2%) [ 463/464 (100%)]  Loss: 1.059 (1.13)  LR: 2.7e-04  Time cost: 06:58/00:00 [06:59/10:14:23]\n"
        "epochs:   1%|          | 1/89 [06:59<10:15:26, 419.62s/it]\n"
        "2026-01-01 10:12:00,554   INFO  Train:    3/90 (  3%) [ 463/464 (100%)]  Loss: 1.016 (1.07)  LR: 2.8e-04  Time cost: 06:58/00:00 [06:59/10:14:23]\n",
        [(2, 90, {"loss": 1.13}), (3, 90, {"loss": 1.07})],
    ),
    "a pretraining from 0 and a fine-tuning from 1": (
        "".join(f"Pre-training layer 0, epoch {n}, cost  0.{9 - n}\n" for n in range(4))
        + "epoch 1, minibatch 120/120, validation error 8.7 %\nepoch 2, minibatch 120/120, validation error 8.6 %\n",
        [(1, None, {"cost": 0.9}), (2, None, {"cost": 0.8}), (3, None, {"cost": 0.7}), (4, None, {"cost": 0.6}),
         (1, None, {"validation error": 8.7}), (2, None, {"validation error": 8.6})],
    ),
    "ESPnet": (
        "[host] 2026-01-01 10:00:00,464 (trainer:243) INFO: 1epoch results: [train] iter_time=0.164, loss=480.386, loss_att=191.6, acc=1.0e-04, time=1 minute and 43.19 seconds, total_count=49, [valid] loss=479.955, acc=1.03e-04, cer=1.01, time=50.5 seconds, total_count=49, [att_plot] time=3.2 seconds\n"
        "[host] 2026-01-01 10:00:00,067 (trainer:286) INFO: The best model has been updated: valid.acc\n"
        "[host] 2026-01-01 10:04:00,464 (trainer:243) INFO: 2epoch results: [train] iter_time=0.164, loss=380.386, acc=1.0e-04, [valid] loss=379.955, acc=1.03e-04\n",
        [(1, None, {"train_loss": 480.386, "val_loss": 479.955}), (2, None, {"train_loss": 380.386})],
    ),
    "MMCV 1": (
        "2026-01-01 10:00:00,426 - mmdet - INFO - Epoch [1][400/449]\tlr: 9.9e-04, eta: 2:00:35, time: 0.404, data_time: 0.053, memory: 6764, loss_cls: 0.3, loss: 0.75\n"
        "2026-01-01 10:00:00,259 - mmdet - INFO - Epoch(val) [1][449]\tbbox_mAP: 0.0530, bbox_mAP_50: 0.1620, bbox_mAP_copypaste: 0.053 0.162 0.031 -1.000\n"
        "2026-01-01 10:00:00,426 - mmdet - INFO - Epoch [2][400/449]\tlr: 9.9e-04, eta: 2:00:35, time: 0.404, data_time: 0.053, memory: 6764, loss_cls: 0.2, loss: 0.65\n"
        "2026-01-01 10:00:00,259 - mmdet - INFO - Epoch(val) [2][449]\taccuracy_top-1: 71.2, accuracy_top-5: 90.1\n",
        [(1, None, {"loss": 0.75, "bbox_mAP": 0.053}), (2, None, {"loss": 0.65, "accuracy_top-1": 71.2})],
    ),
    "PaddleDetection": (
        "[01/01 10:00:00] ppdet.engine INFO: Epoch: [0] [140/540] learning_rate: 0.0104 loss_bbox: 0.419 loss: 1.971 eta: 0:02:06 batch_cost: 0.2786 data_cost: 0.1273 ips: 28.7 images/s\n"
        "[01/01 10:00:00] ppdet.engine INFO: Epoch: [0] [520/540] learning_rate: 0.0104 loss_bbox: 0.319 loss: 1.871 eta: 0:02:06 batch_cost: 0.2786 data_cost: 0.1273 ips: 28.7 images/s\n"
        "[01/01 10:00:00] ppdet.metrics.metrics INFO: Accumulating evaluatation results...\n[01/01 10:00:00] ppdet.metrics.metrics INFO: mAP(0.50, 11point) = 80.81%\n"
        "[01/01 10:00:00] ppdet.engine INFO: Epoch: [1] [520/540] learning_rate: 0.0104 loss_bbox: 0.219 loss: 1.771 eta: 0:02:06 batch_cost: 0.2786 data_cost: 0.1273 ips: 28.7 images/s\n",
        [(1, None, {"loss": 1.871, "mAP(0.50, 11point)": 80.81}), (2, None, {"loss": 1.771})],
    ),
    "a starred evaluation": (
        "2026-01-01 10:00:00,957 [trainer.py:209] INFO Epoch: [0][1100/1108]\tTime 0.737 (0.829)\tLoss 8.609 (14.430)\tEPE 6.559 (11.472)\n"
        "2026-01-01 10:00:00,957 [trainer.py:309] INFO  * EPE 5.529\n"
        "2026-01-01 10:00:00,957 [trainer.py:209] INFO Epoch: [1][1100/1108]\tTime 0.737 (0.829)\tLoss 6.609 (7.430)\tEPE 4.559 (5.472)\n"
        "2026-01-01 10:00:00,957 [trainer.py:309] INFO  * EPE 3.5 D1 0.25\n",
        [(1, None, {"loss": 14.43, "EPE": 5.529}), (2, None, {"loss": 7.43, "EPE": 3.5})],
    ),
    "older YOLO, the row of all classes behind its bar": (
        "     Epoch   gpu_mem      GIoU       obj       cls     total   targets  img_size\n"
        "     0/299     1.23G      6.75      1.64       1.9      10.3        12       640: 100%|██████████| 4/4 [01:02<00:00, 17.77s/it]\n"
        "               Class    Images   Targets         P         R   mAP@0.5        F1: 100%|██████████| 4/4 [01:03<00:00, 15.86s/it]                 all        58       174         0         0  2.31e-05         0\n"
        "     1/299     1.23G      6.04      1.54       1.8      9.38        12       640: 100%|██████████| 4/4 [01:02<00:00, 17.77s/it]\n",
        [(1, 300, {"GIoU": 6.75, "total": 10.3, "mAP@0.5": 2.31e-05}), (2, 300, {"GIoU": 6.04})],
    ),
    "the Trainer 5.x just behind an epoch's end": (
        "{'loss': '0.7349', 'learning_rate': '0.0001702', 'epoch': '0.9843'}\n"
        "{'eval_loss': '0.7417', 'eval_runtime': '30.28', 'epoch': '1'}\n"
        "{'loss': '0.7296', 'learning_rate': '0.0001687', 'epoch': '1.002'}\n"
        "{'loss': '0.6854', 'learning_rate': '0.0001656', 'epoch': '1.996'}\n{'eval_loss': '0.7', 'epoch': '2'}\n"
        "{'train_runtime': '12', 'train_loss': '0.7', 'epoch': '2'}\n",
        [(1, None, {"loss": 0.7349, "eval_loss": 0.7417}), (2, None, {"loss": 0.6854, "eval_loss": 0.7})],
    ),
    "epochs without values": (
        "2026-01-01 10:00:00,490 - INFO - > max_epochs: 2\n"
        "2026-01-01 10:00:01,490 - ignite.engine.engine.SupervisedTrainer - INFO - Engine run resuming from iteration 0, epoch 0 until 2 epochs\n"
        "2026-01-01 10:00:02,490 - ignite.engine.engine.SupervisedTrainer - INFO - Epoch[1] Complete. Time taken: 00:00:05.5\n"
        "2026-01-01 10:00:03,490 - ignite.engine.engine.SupervisedTrainer - INFO - Epoch[2] Complete. Time taken: 00:00:05.5\n"
        "2026-01-01 10:00:04,490 - ignite.engine.engine.SupervisedTrainer - INFO - Engine run complete. Time taken: 00:00:12.1\n",
        [(1, 2, {}), (2, 2, {})],
    ),
    "a test behind the last epoch": (
        "Epoch 1: Loss = 0.46, Accuracy = 0.87\nEpoch 2: Loss = 0.24, Accuracy = 0.93\nRunning in testing mode...\nAccuracy = 0.91\n",
        [(1, None, {"loss": 0.46, "Accuracy": 0.87}), (2, None, {"loss": 0.24, "Accuracy": 0.93})],
    ),
    "an inference behind the training": (
        "".join(f"epoch: {n} done, AUC: 0.9{n},loss:0.{9 - n}, epoch time: 1104.06 s\n" for n in range(1, 5))
        + "start load model from output/3\nepoch: 3, batch_id: 0, AUC: 0.5, avg_reader_cost: 0.0005 sec\nepoch: 3 done, AUC: 0.51, epoch time: 71.3 s\n",
        [(1, None, {"AUC": 0.91, "loss": 0.8}), (2, None, {}), (3, None, {"AUC": 0.93}), (4, None, {"AUC": 0.94, "loss": 0.5})],
    ),
    "dicts of two phases": (
        "[Epoch 1/2] train: {'loss': 0.5, 'acc': 0.8} val: {'loss': 0.4, 'acc': 0.9}\n[Epoch 2/2] train: {'loss': 0.3, 'acc': 0.85} val: {'loss': 0.2, 'acc': 0.95}\n",
        [(1, 2, {"train_loss": 0.5, "val_loss": 0.4}), (2, 2, {"train_acc": 0.85, "val_acc": 0.95})],
    ),
    "a total in parentheses": ("Epoch 1 (of 5): loss=0.5\nEpoch 2 (of 5): loss=0.4\n", [(1, 5, {"loss": 0.5}), (2, 5, {"loss": 0.4})]),
    "an underscore": ("epoch_1 train_loss:0.5 valid_loss:0.4\nepoch_2 train_loss:0.4 valid_loss:0.3\n", [(1, None, {"train_loss": 0.5}), (2, None, {"valid_loss": 0.3})]),
    "a rank in the line": (
        "Rank 0, Epoch 1, Loss 0.5\nRank 1, Epoch 1, Loss 0.7\nRank 0, Epoch 2, Loss 0.4\nRank 1, Epoch 2, Loss 0.8\n",
        [(1, None, {"loss": 0.5}), (2, None, {"loss": 0.4})],
    ),
    "a bar whose unit is the epoch": (
        "Training:   0%|          | 0/2 [00:00<?, ?epoch/s]\rTraining:  50%|#####     | 1/2 [00:01<00:01,  1.00s/epoch, loss=0.5, val_loss=0.4]\r"
        "Training: 100%|##########| 2/2 [00:02<00:00,  1.00s/epoch, loss=0.4, val_loss=0.3]\n",
        [(1, 2, {"loss": 0.5}), (2, 2, {"val_loss": 0.3})],
    ),
    "a bar and nothing else": (
        " 33%|###       | 1/3 [00:01<00:02,  1.00s/it, loss=0.5]\r 67%|######    | 2/3 [00:02<00:01,  1.00s/it, loss=0.4]\r100%|##########| 3/3 [00:03<00:00,  1.00s/it, loss=0.3]\n",
        [(1, 3, {"loss": 0.5}), (2, 3, {"loss": 0.4}), (3, 3, {"loss": 0.3})],
    ),
    "bars that begin again and name nothing": (
        " 50%|#####     | 1/2 [00:01<00:01,  1.00s/it, loss=0.5]\r100%|##########| 2/2 [00:02<00:00,  1.00s/it, loss=0.4]\n"
        " 50%|#####     | 1/2 [00:01<00:01,  1.00s/it, loss=0.3]\r100%|##########| 2/2 [00:02<00:00,  1.00s/it, loss=0.2]\n",
        [],
    ),
    "a bar that evaluates": ("Evaluating:  50%|##   | 1/2 [00:01<00:01, loss=0.5]\rEvaluating: 100%|#####| 2/2 [00:02<00:00, loss=0.4]\n", []),
    "an epoch among a bar's values": (
        "100%|##########| 10/10 [00:01<00:00, 10it/s, epoch=1, loss=0.5]\n100%|##########| 10/10 [00:01<00:00, 10it/s, epoch=2, loss=0.4]\n",
        [(1, None, {"loss": 0.5}), (2, None, {"loss": 0.4})],
    ),
    "JSON records of steps": (
        '{"step": 10, "loss": 0.5}\n{"step": 20, "loss": 0.4}\njson_stats: {"iter": 30, "loss": 0.3, "lr": 0.01}\n',
        [(10, None, {"loss": 0.5}), (20, None, {"loss": 0.4}), (30, None, {"loss": 0.3})],
    ),
    "dicts of steps": ("{'step': 10, 'loss': 0.5}\n{'step': 20, 'loss': 0.4}\n", [(10, None, {"loss": 0.5}), (20, None, {"loss": 0.4})]),
    "one JSON record of a step": ('{"step": 10, "loss": 0.5}\n', []),
    "a plan in the settings": (
        "Namespace(batch_size=64, epochs=14, warmup_epochs=3, gamma=0.7)\nTrain Epoch: 1 [0/60000 (0%)]\tLoss: 2.3\nTrain Epoch: 1 [59520/60000 (99%)]\tLoss: 0.5\n"
        "Train Epoch: 2 [59520/60000 (99%)]\tLoss: 0.4\n",
        [(1, 14, {"loss": 0.5}), (2, 14, {"loss": 0.4})],
    ),
    "a plan on a line": ("num_epochs: 30\nEpoch 1 | loss 0.5\nEpoch 2 | loss 0.4\n", [(1, 30, {"loss": 0.5}), (2, 30, {"loss": 0.4})]),
    "a plan that the lines know better": ("epochs: 100\nEpoch 1/2 loss 0.5\nEpoch 2/2 loss 0.4\n", [(1, 2, {"loss": 0.5}), (2, 2, {"loss": 0.4})]),
    "a plan and no training": ("Namespace(epochs=10, lr=0.1, loss='mse')\nepochs: 10\npython train.py --epochs 10 --loss=0.5\n", []),
    "a recipe": ("Step 1: prepare data (loss of 0.5% of samples)\nStep 2: train, accuracy target 0.9\nStep 3: evaluate, error budget 0.1\n", []),
    "a search for a learning rate": ("LR finder: iteration 10, loss 0.5\nLR finder: iteration 20, loss 0.4\nWarmup iteration 1/10 loss 0.5\nWarmup iteration 2/10 loss 0.4\n", []),
    "a calibration": ("Calibration step 1/3: error 0.5\nCalibration step 2/3: error 0.4\nCalibration step 3/3: error 0.4\n", []),
    "KMeans": ("Initialization complete\nIteration 0, inertia 1077.0.\nIteration 1, inertia 977.5.\nConverged at iteration 1: strict convergence.\n",
        [(1, None, {"inertia": 1077.0}), (2, None, {"inertia": 977.5})]),
    "is and a colon": (
        "epoch: 0,  loss is: 2.504, acc is: 0.0708\nepoch: 1,  loss is: 0.258, acc is: 0.9146\n",
        [(1, None, {"loss": 2.504, "acc": 0.0708}), (2, None, {"loss": 0.258})],
    ),
    "a tuple that Python 2 printed": (
        "('epoch 1 done', 'acc = 0.6187,loss = 0.8858')\n('epoch 2 done', 'acc = 0.6175,loss = 0.8854')\n",
        [(1, None, {"acc": 0.6187, "loss": 0.8858}), (2, None, {"loss": 0.8854})],
    ),
    "dicts that count from 0": (
        "{'epoch': 0, 'loss': 0.5}\n{'epoch': 1, 'loss': 0.4}\n",
        [(1, None, {"loss": 0.5}), (2, None, {"loss": 0.4})],
    ),
    "dicts with a capital": (
        "{'Epoch': 1, 'Avg Loss': '0.8336'}\n{'Epoch': 2, 'Avg Loss': '0.7150'}\n",
        [(1, None, {"Avg Loss": 0.8336}), (2, None, {"Avg Loss": 0.715})],
    ),
    "a Trainer that logs nothing before its end": (
        "100% 8/8 [00:11<00:00,  1.40s/it]\n{'train_runtime': 11.2, 'train_samples_per_second': 0.7, 'train_loss': 1.527, 'epoch': 1.0}\n",
        [(1, None, {"train_loss": 1.527})],
    ),
    "an engine that evaluates": (
        "INFO:ignite.engine.engine.SupervisedEvaluator:Engine run resuming from iteration 0, epoch 0 until 1 epochs\n"
        "INFO:ignite.engine.engine.SupervisedEvaluator:Epoch[1] Complete. Time taken: 00:01:24.338\n",
        [],
    ),
    "an epoch among the settings": ("epoch:15\nitersize:1\nloss_weights:[1.0, 1.0]\n", []),
    "a first epoch that never ended": ("10:00:00 INFO Starting training for 10 epoch(s)\n10:00:01 INFO Epoch 1/10\n", []),
    "batches without a value that is known": (
        "Epoch0 [0/200] Stage A = 39.11(39.11)\nEpoch0 [199/200] Stage A = 9.11(9.11)\nEpoch1 [199/200] Stage A = 8.11(8.11)\n",
        [(1, None, {}), (2, None, {})],
    ),
    "two values with a slash": (
        "Epoch: 001/002 | Batch 000/469 | Gen/Dis Loss: 0.33/-0.25\nEpoch: 001/002 | Batch 468/469 | Gen/Dis Loss: 0.5/0.75\n"
        "Epoch: 002/002 | Batch 468/469 | Gen/Dis Loss: 0.4/0.7\nEpoch: 002/002 | Train/Valid Acc: 69.91%/59.60%\n",
        [(1, 2, {"Gen Loss": 0.5, "Dis Loss": 0.75}), (2, 2, {"Train Acc": 69.91, "Valid Acc": 59.6})],
    ),
    "a phase and a comma": (
        "12:00:00 INFO Epoch: 1, \t Iter: 150/188, \t Loss: 1.6, \t Acc: 26.5\n12:00:01 INFO Epoch: 1, \t Valid, Loss: 1.5, \t Acc: 31.0\n"
        "12:00:02 INFO Epoch: 2, \t Iter: 150/188, \t Loss: 1.4, \t Acc: 36.5\n12:00:03 INFO Epoch: 2, \t Valid, Loss: 1.3, \t Acc: 41.0\n",
        [(1, None, {"loss": 1.6, "val_loss": 1.5}), (2, None, {"Acc": 36.5, "val_Acc": 41.0})],
    ),
    "a range in a name": (
        "Epoch: 0 | mAP@0.5: 0.25 | mAP@0.50:0.95: 0.125\nEpoch: 1 | mAP@0.5: 0.35 | mAP@.5:.95: 0.225\n",
        [(1, None, {"mAP@0.5": 0.25, "mAP@0.50:0.95": 0.125}), (2, None, {"mAP@.5:.95": 0.225})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_a_log_is_understood(name):
    log, expected = FORMATS[name]
    parser = ProgressParser()
    told = []
    for record in parser.feed(log.encode()) + parser.finish():
        if record.partial:
            continue
        if told and told[-1].epoch == record.epoch:
            told.pop()  # the same epoch with more of its values
        told.append(record)
    assert [(record.epoch, record.total_epochs) for record in told] == [row[:2] for row in expected]
    for record, (_, _, values) in zip(told, expected, strict=True):
        assert not any(map(math.isnan, values.values()))
        assert values.items() <= record.metrics.items()


def test_catboosts_cells_may_be_one_blank_apart():
    parser = ProgressParser()
    log = b"0:\tlearn: 0.9541 test: 0.8333 best: 0.8333 (0) total: 12ms remaining: 1s\n1:      learn: 0.9  test: 0.8 best: 0.8 (1)\n"
    records = [record for record in parser.feed(log) + parser.finish() if not record.partial]
    assert [(one.epoch, one.metrics) for one in records] == [
        (1, {"learn": 0.9541, "test": 0.8333}),
        (2, {"learn": 0.9, "test": 0.8}),
    ]
