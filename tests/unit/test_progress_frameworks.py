# ruff: noqa: E501 (lines as the programs print them)
"""Frameworks' lines in short, with pipes' and terminals' line ends: what is expected was read off them by hand."""

import pytest

from tests.told_epochs import is_told

# name: the log, and of each epoch in order its number, its total and some of its values
FORMATS = {
    "lightning 1.2 with Validating": (
        (
            "Validation sanity check: 0it [00:00, ?it/s]\rValidation sanity check:   0%|          | 0/2 [00:00<?, ?it/s]\r                                                                      \rTraining: 0it [00:00, ?it/s]\rEpoch 0:   0%|          | 0/1000 [00:00<?, ?it/s] \rEpoch 0:  94%|█████████▍| 938/1000 [00:10<00:00, 93.1it/s, loss=0.234, v_num=0]\n"
            "Validating: 0it [00:00, ?it/s]\x1b[A\n"
            "Validating:   0%|          | 0/62 [00:00<?, ?it/s]\x1b[A\rEpoch 0:  97%|█████████▋| 970/1000 [00:10<00:00, 93.1it/s, loss=0.234, v_num=0]\n"
            "\rEpoch 0: 100%|██████████| 1000/1000 [00:11<00:00, 88.1it/s, loss=0.234, v_num=0, val_loss=0.210, val_acc=0.940]\n"
            "                                                             \x1b[A\rEpoch 0:   0%|          | 0/1000 [00:00<?, ?it/s, loss=0.234, v_num=0, val_loss=0.210, val_acc=0.940]\rEpoch 1:   0%|          | 0/1000 [00:00<?, ?it/s, loss=0.234, v_num=0, val_loss=0.210, val_acc=0.940]\rEpoch 1:  94%|█████████▍| 938/1000 [00:10<00:00, 93.1it/s, loss=0.134, v_num=0, val_loss=0.210, val_acc=0.940]\n"
            "Validating: 0it [00:00, ?it/s]\x1b[A\n"
            "\rEpoch 1: 100%|██████████| 1000/1000 [00:11<00:00, 88.1it/s, loss=0.134, v_num=0, val_loss=0.110, val_acc=0.960]\rEpoch 1: 100%|██████████| 1000/1000 [00:11<00:00, 88.1it/s, loss=0.134, v_num=0, val_loss=0.110, val_acc=0.960]\n"
        ),
        [(1, None, {"loss": 0.234, "val_loss": 0.21, "val_acc": 0.94}), (2, None, {"loss": 0.134, "val_loss": 0.11})],
    ),
    "lightning 2 newlines and ckpt lines": (
        (
            "Epoch 0: 100%|██████████| 938/938 [00:10<00:00, 93.12it/s, v_num=0, train_loss=0.234]\n"
            "Validation: |          | 0/? [00:00<?, ?it/s]\n"
            "Validation DataLoader 0: 100%|██████████| 40/40 [00:00<00:00, 120.1it/s]\n"
            "Epoch 0: 100%|██████████| 938/938 [00:11<00:00, 83.12it/s, v_num=0, train_loss=0.234, val_loss=0.201, train_loss_epoch=0.300]\n"
            "Epoch 0, global step 938: 'val_loss' reached 0.20100 (best 0.20100), saving model to '/x/epoch=0-step=938.ckpt' as top 1\n"
            "Epoch 1: 100%|██████████| 938/938 [00:11<00:00, 83.12it/s, v_num=0, train_loss=0.134, val_loss=0.101, train_loss_epoch=0.200]\n"
            "Epoch 1, global step 1876: 'val_loss' reached 0.10100 (best 0.10100), saving model to '/x/epoch=1-step=1876.ckpt' as top 1\n"
            "`Trainer.fit` stopped: `max_epochs=2` reached.\n"
        ),
        [(1, None, {"train_loss": 0.234, "val_loss": 0.201}), (2, 2, {"val_loss": 0.101})],
    ),
    "lightning earlystopping lines": (
        (
            "Epoch 0: 100%|██████████| 10/10 [00:01<00:00,  9.1it/s, v_num=1, val_loss=0.500]\n"
            "Metric val_loss improved. New best score: 0.500\n"
            "Epoch 1: 100%|██████████| 10/10 [00:01<00:00,  9.1it/s, v_num=1, val_loss=0.400]\n"
            "Metric val_loss improved by 0.100 >= min_delta = 0.0. New best score: 0.400\n"
            "Monitored metric val_loss did not improve in the last 3 records. Best score: 0.400. Signaling Trainer to stop.\n"
        ),
        [(1, None, {"val_loss": 0.5}), (2, None, {"val_loss": 0.4})],
    ),
    "lightning ddp": (
        (
            "Initializing distributed: GLOBAL_RANK: 0, MEMBER: 1/2\n"
            "----------------------------------------------------------------------------------------------------\n"
            "distributed_backend=nccl\n"
            "All distributed processes registered. Starting with 2 processes\n"
            "\n"
            "Epoch 0: 100%|██████████| 469/469 [00:10<00:00, 43.1it/s, v_num=3, train/loss_step=0.234, val/loss=0.201]\n"
            "Epoch 1: 100%|██████████| 469/469 [00:10<00:00, 43.1it/s, v_num=3, train/loss_step=0.134, val/loss=0.101]\n"
        ),
        [(1, None, {"train/loss_step": 0.234, "val/loss": 0.201}), (2, None, {"val/loss": 0.101})],
    ),
    "lightning test table after": (
        (
            "Epoch 0: 100%|██████████| 10/10 [00:01<00:00,  9.1it/s, v_num=1, train_loss=0.500]\n"
            "Epoch 1: 100%|██████████| 10/10 [00:01<00:00,  9.1it/s, v_num=1, train_loss=0.400]\n"
            "`Trainer.fit` stopped: `max_epochs=2` reached.\n"
            "Testing DataLoader 0: 100%|██████████| 79/79 [00:00<00:00, 150.2it/s]\n"
            "────────────────────────────────────────\n"
            "       Test metric             DataLoader 0\n"
            "────────────────────────────────────────\n"
            "        test_acc            0.9712\n"
            "        test_loss           0.0912\n"
            "────────────────────────────────────────\n"
        ),
        [(1, None, {"train_loss": 0.5}), (2, 2, {"train_loss": 0.4})],
    ),
    "rtdetr": (
        (
            "      Epoch    GPU_mem  giou_loss   cls_loss    l1_loss  Instances       Size\n"
            "        1/2      5.12G     0.9123     1.2123     0.8123         12        640: 100%|██████████| 8/8 [00:04<00:00,  1.9it/s]\n"
            "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██████████| 2/2 [00:01<00:00,  1.5it/s]\n"
            "                   all        128        929      0.512      0.412      0.401      0.301\n"
            "\n"
            "      Epoch    GPU_mem  giou_loss   cls_loss    l1_loss  Instances       Size\n"
            "        2/2      5.12G     0.7123     1.0123     0.6123         12        640: 100%|██████████| 8/8 [00:04<00:00,  1.9it/s]\n"
            "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██████████| 2/2 [00:01<00:00,  1.5it/s]\n"
            "                   all        128        929      0.612      0.512      0.501      0.401\n"
        ),
        [
            (1, 2, {"giou_loss": 0.9123, "l1_loss": 0.8123, "mAP50": 0.401}),
            (2, 2, {"cls_loss": 1.0123, "mAP50-95": 0.401}),
        ],
    ),
    "rtdetr pytorch (lyuwenyu)": (
        (
            "Epoch: [0]  [   0/7330]  eta: 4:05:12  lr: 0.000010  loss: 45.5012 (45.5012)  loss_vfl: 0.3 (0.3)  time: 2.0  data: 0.5  max mem: 9000\n"
            "Epoch: [0]  [7329/7330]  eta: 0:00:01  lr: 0.000010  loss: 20.5012 (25.5012)  loss_vfl: 0.9 (0.8)  time: 0.5  data: 0.01  max mem: 9100\n"
            "Epoch: [0] Total time: 1:05:12 (0.5337 s / it)\n"
            "Averaged stats: lr: 0.000010  loss: 20.5012 (25.5012)  loss_vfl: 0.9 (0.8)\n"
            "Test:  [  0/625]  eta: 0:05:12    time: 0.5  data: 0.3  max mem: 9100\n"
            " IoU metric: bbox\n"
            " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.312\n"
            " Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 0.487\n"
            "Epoch: [1]  [7329/7330]  eta: 0:00:01  lr: 0.000010  loss: 18.5012 (19.5012)  loss_vfl: 0.7 (0.75)  time: 0.5  data: 0.01  max mem: 9100\n"
            "Epoch: [1] Total time: 1:05:12 (0.5337 s / it)\n"
            "Averaged stats: lr: 0.000010  loss: 18.5012 (19.5012)  loss_vfl: 0.7 (0.75)\n"
        ),
        [(1, None, {"loss": 25.5012, "loss_vfl": 0.8}), (2, None, {"loss": 19.5012})],
    ),
    "timm": (
        (
            "Train: 0 [   0/390 (  0%)]  Loss: 2.34 (2.34)  Time: 1.512s,   84.66/s  (1.512s,   84.66/s)  LR: 1.000e-05  Data: 0.5 (0.5)\n"
            "Train: 0 [ 389/390 (100%)]  Loss: 2.10 (2.21)  Time: 0.112s, 1140.66/s  (0.112s, 1140.66/s)  LR: 1.000e-05  Data: 0.01 (0.01)\n"
            "Test: [   0/78]  Time: 0.5 (0.5)  Loss:   1.9012 (1.9012)  Acc@1:  30.1 ( 30.1)  Acc@5:  80.1 ( 80.1)\n"
            "Test: [  78/78]  Time: 0.1 (0.1)  Loss:   1.8012 (1.8512)  Acc@1:  31.2500 ( 33.5100)  Acc@5:  80.1 ( 82.1000)\n"
            "Current checkpoints:\n"
            " ('./output/train/checkpoint-0.pth.tar', 33.51)\n"
            "\n"
            "Train: 1 [ 389/390 (100%)]  Loss: 1.80 (1.91)  Time: 0.112s, 1140.66/s  (0.112s, 1140.66/s)  LR: 1.000e-05  Data: 0.01 (0.01)\n"
            "Test: [  78/78]  Time: 0.1 (0.1)  Loss:   1.5012 (1.5512)  Acc@1:  41.2500 ( 43.5100)  Acc@5:  90.1 ( 92.1000)\n"
            "Current checkpoints:\n"
            " ('./output/train/checkpoint-1.pth.tar', 43.51)\n"
            " ('./output/train/checkpoint-0.pth.tar', 33.51)\n"
            "\n"
            "*** Best metric: 43.51 (epoch 1)\n"
        ),
        [(1, None, {"loss": 2.21, "val_Acc@1": 33.51}), (2, None, {"loss": 1.91, "val_loss": 1.5512})],
    ),
    "mmdet old": (
        (
            "2021-01-01 10:00:00,123 - mmdet - INFO - Epoch [1][50/7330]\tlr: 9.890e-04, eta: 5 days, 1:02:03, time: 0.512, data_time: 0.050, memory: 4000, loss_rpn_cls: 0.6, loss: 1.9012\n"
            "2021-01-01 11:00:00,123 - mmdet - INFO - Epoch [1][7300/7330]\tlr: 2.000e-02, eta: 4 days, 1:02:03, time: 0.512, data_time: 0.050, memory: 4000, loss_rpn_cls: 0.2, loss: 0.9012\n"
            "[>>>>>>>>>>>>>>] 5000/5000, 20.1 task/s, elapsed: 250s, ETA:     0s2021-01-01 11:05:00,123 - mmdet - INFO - Evaluating bbox...\n"
            "Loading and preparing results...\n"
            "DONE (t=1.2s)\n"
            " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.212\n"
            "2021-01-01 11:06:00,123 - mmdet - INFO - Epoch(val) [1][7330]\tbbox_mAP: 0.2120, bbox_mAP_50: 0.3910\n"
            "2021-01-01 12:00:00,123 - mmdet - INFO - Epoch [2][7300/7330]\tlr: 2.000e-02, eta: 4 days, 1:02:03, time: 0.512, data_time: 0.050, memory: 4000, loss_rpn_cls: 0.1, loss: 0.7012\n"
            "2021-01-01 12:06:00,123 - mmdet - INFO - Epoch(val) [2][7330]\tbbox_mAP: 0.2520, bbox_mAP_50: 0.4310\n"
        ),
        [(1, None, {"loss": 0.9012, "bbox_mAP": 0.212}), (2, None, {"loss": 0.7012, "bbox_mAP_50": 0.431})],
    ),
    "mmengine": (
        (
            "01/01 10:00:00 - mmengine - INFO - Epoch(train)   [1][ 50/469]  lr: 1.0000e-02  eta: 0:05:12  time: 0.0512  data_time: 0.0050  memory: 300  loss: 1.9012\n"
            "01/01 10:00:10 - mmengine - INFO - Exp name: resnet18_20240101_100000\n"
            "01/01 10:00:20 - mmengine - INFO - Epoch(train)   [1][469/469]  lr: 1.0000e-02  eta: 0:04:12  time: 0.0512  data_time: 0.0050  memory: 300  loss: 0.9012\n"
            "01/01 10:00:21 - mmengine - INFO - Saving checkpoint at 1 epochs\n"
            "01/01 10:00:25 - mmengine - INFO - Epoch(val) [1][79/79]    accuracy/top1: 61.2000  accuracy/top5: 91.2000  data_time: 0.0050  time: 0.0100\n"
            "01/01 10:00:40 - mmengine - INFO - Epoch(train)   [2][469/469]  lr: 1.0000e-02  eta: 0:04:12  time: 0.0512  data_time: 0.0050  memory: 300  loss: 0.7012\n"
            "01/01 10:00:45 - mmengine - INFO - Epoch(val) [2][79/79]    accuracy/top1: 71.2000  accuracy/top5: 95.2000  data_time: 0.0050  time: 0.0100\n"
        ),
        [(1, None, {"loss": 0.9012, "accuracy/top1": 61.2}), (2, None, {"loss": 0.7012, "accuracy/top5": 95.2})],
    ),
    "hf bars and dicts on one line": (
        (
            "  0%|          | 0/30 [00:00<?, ?it/s]\r 33%|███▎      | 10/30 [00:05<00:10,  1.9it/s]{'loss': 0.6912, 'grad_norm': 1.5, 'learning_rate': 3.3e-05, 'epoch': 1.0}\n"
            "\r 33%|███▎      | 10/30 [00:05<00:10,  1.9it/s]\n"
            "\r  0%|          | 0/2 [00:00<?, ?it/s]\x1b[A\n"
            "\r100%|██████████| 2/2 [00:00<00:00, 15.1it/s]\x1b[A{'eval_loss': 0.5912, 'eval_accuracy': 0.7123, 'eval_runtime': 0.5, 'eval_samples_per_second': 100.0, 'eval_steps_per_second': 4.0, 'epoch': 1.0}\n"
            "\r 67%|██████▋   | 20/30 [00:10<00:05,  1.9it/s]{'loss': 0.4912, 'grad_norm': 1.2, 'learning_rate': 1.6e-05, 'epoch': 2.0}\n"
            "{'eval_loss': 0.3912, 'eval_accuracy': 0.8123, 'eval_runtime': 0.5, 'eval_samples_per_second': 100.0, 'eval_steps_per_second': 4.0, 'epoch': 2.0}\n"
            "100%|██████████| 30/30 [00:15<00:00,  1.9it/s]{'loss': 0.2912, 'grad_norm': 1.0, 'learning_rate': 0.0, 'epoch': 3.0}\n"
            "{'eval_loss': 0.2912, 'eval_accuracy': 0.9123, 'eval_runtime': 0.5, 'eval_samples_per_second': 100.0, 'eval_steps_per_second': 4.0, 'epoch': 3.0}\n"
            "{'train_runtime': 15.2, 'train_samples_per_second': 60.0, 'train_steps_per_second': 1.9, 'train_loss': 0.4912, 'epoch': 3.0}\n"
            "100%|██████████| 30/30 [00:15<00:00,  1.9it/s]\n"
        ),
        [
            (1, None, {"loss": 0.6912, "eval_loss": 0.5912}),
            (2, None, {"eval_accuracy": 0.8123}),
            (3, None, {"loss": 0.2912, "eval_loss": 0.2912}),
        ],
    ),
    "trl": (
        (
            "{'loss': 1.9123, 'grad_norm': 0.5, 'learning_rate': 0.0002, 'num_tokens': 12345.0, 'mean_token_accuracy': 0.6123, 'epoch': 0.5}\n"
            "{'loss': 1.5123, 'grad_norm': 0.5, 'learning_rate': 0.0001, 'num_tokens': 22345.0, 'mean_token_accuracy': 0.6523, 'epoch': 1.0}\n"
            "{'loss': 1.3123, 'grad_norm': 0.5, 'learning_rate': 5e-05, 'num_tokens': 32345.0, 'mean_token_accuracy': 0.6823, 'epoch': 1.5}\n"
            "{'loss': 1.2123, 'grad_norm': 0.5, 'learning_rate': 0.0, 'num_tokens': 42345.0, 'mean_token_accuracy': 0.7023, 'epoch': 2.0}\n"
            "{'train_runtime': 100.0, 'train_samples_per_second': 1.0, 'train_steps_per_second': 0.1, 'train_loss': 1.4, 'num_tokens': 42345.0, 'epoch': 2.0}\n"
        ),
        [(1, None, {"loss": 1.5123, "mean_token_accuracy": 0.6523}), (2, None, {"loss": 1.2123})],
    ),
    "trl dpo": (
        (
            "{'loss': 0.6931, 'grad_norm': 4.5, 'learning_rate': 5e-07, 'rewards/chosen': 0.0, 'rewards/rejected': 0.0, 'rewards/accuracies': 0.0, 'rewards/margins': 0.0, 'logps/chosen': -300.5, 'logits/chosen': -2.5, 'epoch': 0.5}\n"
            "{'loss': 0.5931, 'grad_norm': 4.5, 'learning_rate': 5e-07, 'rewards/chosen': 0.1, 'rewards/rejected': -0.1, 'rewards/accuracies': 0.7, 'rewards/margins': 0.2, 'logps/chosen': -299.5, 'logits/chosen': -2.4, 'epoch': 1.0}\n"
        ),
        [(1, None, {"loss": 0.5931, "rewards/accuracies": 0.7, "rewards/margins": 0.2})],
    ),
    "setfit/st": (
        (
            "{'embedding_loss': 0.3112, 'grad_norm': 1.5, 'learning_rate': 2e-05, 'epoch': 0.02}\n"
            "{'embedding_loss': 0.0112, 'grad_norm': 0.5, 'learning_rate': 0.0, 'epoch': 1.0}\n"
            "{'eval_embedding_loss': 0.0212, 'eval_embedding_runtime': 5.0, 'epoch': 1.0}\n"
        ),
        [(1, None, {"embedding_loss": 0.0112, "eval_embedding_loss": 0.0212})],
    ),
    "keras named outputs": (
        (
            "Epoch 1/2\n"
            "\x1b[1m1/4\x1b[0m \x1b[32m━━━━━\x1b[0m\x1b[37m━━━━━━━━━━━━━━━\x1b[0m \x1b[1m3s\x1b[0m 1s/step - age_loss: 0.5 - age_mae: 0.6 - loss: 1.2\x08\x08\x08\r\x1b[1m4/4\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m1s\x1b[0m 20ms/step - age_loss: 0.4123 - age_mae: 0.5123 - loss: 1.1123 - sex_binary_accuracy: 0.7123 - sex_loss: 0.7000 - val_age_loss: 0.3123 - val_age_mae: 0.4123 - val_loss: 0.9123 - val_sex_binary_accuracy: 0.8123 - val_sex_loss: 0.6000 - learning_rate: 0.0010\n"
            "Epoch 2/2\n"
            "\x1b[1m4/4\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m0s\x1b[0m 20ms/step - age_loss: 0.3123 - age_mae: 0.4123 - loss: 0.9123 - sex_binary_accuracy: 0.7523 - sex_loss: 0.6000 - val_age_loss: 0.2123 - val_age_mae: 0.3123 - val_loss: 0.7123 - val_sex_binary_accuracy: 0.8523 - val_sex_loss: 0.5000 - learning_rate: 1.0000e-04\n"
        ),
        [
            (1, 2, {"age_mae": 0.5123, "val_loss": 0.9123, "learning_rate": 0.001}),
            (2, 2, {"loss": 0.9123, "val_sex_loss": 0.5, "learning_rate": 0.0001}),
        ],
    ),
    "keras checkpoints": (
        (
            "Epoch 1/3\n"
            "10/10 - 1s - 100ms/step - accuracy: 0.7012 - loss: 0.6012 - val_accuracy: 0.7512 - val_loss: 0.5512\n"
            "Epoch 2/3\n"
            "\n"
            "Epoch 2: val_loss improved from 0.55120 to 0.45120, saving model to best.keras\n"
            "10/10 - 0s - 10ms/step - accuracy: 0.7512 - loss: 0.5012 - val_accuracy: 0.8012 - val_loss: 0.4512\n"
            "Epoch 3/3\n"
            "\n"
            "Epoch 3: val_loss did not improve from 0.45120\n"
            "10/10 - 0s - 10ms/step - accuracy: 0.8012 - loss: 0.4012 - val_accuracy: 0.7912 - val_loss: 0.4612\n"
            "Epoch 3: early stopping\n"
            "Restoring model weights from the end of the best epoch: 2.\n"
        ),
        [(1, 3, {"loss": 0.6012, "val_loss": 0.5512}), (2, 3, {"val_accuracy": 0.8012}), (3, 3, {"val_loss": 0.4612})],
    ),
    "tf2 keras": (
        (
            "Epoch 1/2\n"
            "1875/1875 [==============================] - 5s 2ms/step - loss: 0.2955 - accuracy: 0.9135 - val_loss: 0.1455 - val_accuracy: 0.9535\n"
            "Epoch 2/2\n"
            "1875/1875 [==============================] - 5s 2ms/step - loss: 0.1455 - accuracy: 0.9535 - val_loss: 0.1155 - val_accuracy: 0.9635\n"
            "313/313 - 0s - loss: 0.0755 - accuracy: 0.9775 - 500ms/epoch - 2ms/step\n"
        ),
        [(1, 2, {"loss": 0.2955, "val_accuracy": 0.9535}), (2, 2, {"loss": 0.1455, "val_loss": 0.1155})],
    ),
    "keras train on": (
        (
            "Train on 60000 samples, validate on 10000 samples\n"
            "Epoch 1/2\n"
            "60000/60000 [==============================] - 5s 84us/step - loss: 0.2955 - acc: 0.9135 - val_loss: 0.1455 - val_acc: 0.9535\n"
            "Epoch 2/2\n"
            "60000/60000 [==============================] - 5s 84us/sample - loss: 0.1455 - acc: 0.9535 - val_loss: 0.1155 - val_acc: 0.9635\n"
            "Test loss: 0.1155\n"
            "Test accuracy: 0.9635\n"
        ),
        [(1, 2, {"acc": 0.9135, "val_loss": 0.1455}), (2, 2, {"loss": 0.1455, "val_acc": 0.9635})],
    ),
    "keras old bar 40 wide in notebook w/o cr": (
        (
            "Epoch 1/2\n"
            " 32/100 [========>.....................] - ETA: 1s - loss: 0.9 - acc: 0.5\n"
            "100/100 [==============================] - 2s - loss: 0.8012 - acc: 0.6012     \n"
            "Epoch 2/2\n"
            "100/100 [==============================] - 2s - loss: 0.7012 - acc: 0.7012     \n"
        ),
        [(1, 2, {"loss": 0.8012, "acc": 0.6012}), (2, 2, {"loss": 0.7012})],
    ),
    "xgb cv": (
        (
            "[0]\ttrain-rmse:0.50123+0.01012\ttest-rmse:0.60123+0.02012\n"
            "[1]\ttrain-rmse:0.40123+0.01012\ttest-rmse:0.50123+0.02012\n"
        ),
        [(1, None, {"train-rmse": 0.50123, "test-rmse": 0.60123}), (2, None, {})],
    ),
    "xgb multi+best": (
        (
            "[0]\tvalidation_0-logloss:0.5\tvalidation_1-logloss:0.6\n"
            "Multiple eval metrics have been passed: 'validation_1-logloss' will be used for early stopping.\n"
            "\n"
            "Will train until validation_1-logloss hasn't improved in 10 rounds.\n"
            "[1]\tvalidation_0-logloss:0.4\tvalidation_1-logloss:0.5\n"
            "Stopping. Best iteration:\n"
            "[0]\tvalidation_0-logloss:0.5\tvalidation_1-logloss:0.6\n"
        ),
        [(1, None, {"validation_0-logloss": 0.5}), (2, None, {"validation_1-logloss": 0.5})],
    ),
    "xgb logged": (
        (
            "2024-01-01 10:00:00 INFO [0]\ttrain-auc:0.5\teval-auc:0.6\n"
            "2024-01-01 10:00:00 INFO [1]\ttrain-auc:0.7\teval-auc:0.8\n"
        ),
        [(1, None, {"train-auc": 0.5}), (2, None, {"eval-auc": 0.8})],
    ),
    "xgb tracker": (
        ("[10:00:00] [0]\ttrain-mlogloss:1.5\n[10:00:00] [1]\ttrain-mlogloss:1.4\n"),
        [(1, None, {"train-mlogloss": 1.5}), (2, None, {})],
    ),
    "xgb sagemaker": (
        (
            "[2024-01-01:10:00:00:INFO] Running distributed xgboost training.\n"
            "[10:00:00] src/tree/updater_prune.cc:74: tree pruning end, 1 roots, 20 extra nodes, 10 pruned nodes, max_depth=5\n"
            "[0]#011train-error:0.15#011validation-error:0.16\n"
            "[1]#011train-error:0.14#011validation-error:0.15\n"
        ),
        [(1, None, {"train-error": 0.15, "validation-error": 0.16}), (2, None, {})],
    ),
    "lgb cv": (
        ("[1]\tcv_agg's binary_logloss: 0.512345 + 0.0123\n[2]\tcv_agg's binary_logloss: 0.412345 + 0.0113\n"),
        [(1, None, {"cv_agg's binary_logloss": 0.512345}), (2, None, {})],
    ),
    "lgb cv 4": (
        (
            "[LightGBM] [Info] Start training from score 0.5\n"
            "[1]\tcv_agg's valid l2: 0.512345 + 0.0123\n"
            "[2]\tcv_agg's valid l2: 0.412345 + 0.0113\n"
        ),
        [(1, None, {"cv_agg's valid l2": 0.512345}), (2, None, {})],
    ),
    "lgb train": (
        (
            "[LightGBM] [Info] Total Bins 2000\n"
            "Training until validation scores don't improve for 50 rounds\n"
            "[100]\ttraining's auc: 0.812345\tvalid_1's auc: 0.712345\n"
            "[200]\ttraining's auc: 0.912345\tvalid_1's auc: 0.722345\n"
            "Early stopping, best iteration is:\n"
            "[150]\ttraining's auc: 0.852345\tvalid_1's auc: 0.732345\n"
        ),
        [(100, None, {"training's auc": 0.812345}), (200, None, {"valid_1's auc": 0.722345})],
    ),
    "lgb spaces": (
        (
            "[10]\ttrain's rmse: 0.5\tvalid's rmse: 0.6\n"
            "Did not meet early stopping. Best iteration is:\n"
            "[10]\ttrain's rmse: 0.5\tvalid's rmse: 0.6\n"
        ),
        [(10, None, {"train's rmse": 0.5})],
    ),
    "lgb old binary": (
        ("[1]\tvalid_0's binary_logloss: 0.68\n[2]\tvalid_0's binary_logloss: 0.67\n"),
        [(1, None, {}), (2, None, {"valid_0's binary_logloss": 0.67})],
    ),
    "catboost": (
        (
            "Learning rate set to 0.0512\n"
            "0:\tlearn: 0.6512345\ttest: 0.6612345\tbest: 0.6612345 (0)\ttotal: 10ms\tremaining: 10s\n"
            "100:\tlearn: 0.3512345\ttest: 0.4612345\tbest: 0.4612345 (100)\ttotal: 1s\tremaining: 9s\n"
            "\n"
            "bestTest = 0.4612345\n"
            "bestIteration = 100\n"
            "\n"
            "Shrink model to first 101 iterations.\n"
        ),
        [(1, None, {"learn": 0.6512345, "test": 0.6612345}), (101, None, {"test": 0.4612345})],
    ),
    "catboost cv folds": (
        (
            "Training on fold [0/3]\n"
            "0:\tlearn: 0.65\ttest: 0.66\tbest: 0.66 (0)\ttotal: 1ms\tremaining: 2ms\n"
            "1:\tlearn: 0.55\ttest: 0.56\tbest: 0.56 (1)\ttotal: 1ms\tremaining: 2ms\n"
            "\n"
            "bestTest = 0.56\n"
            "bestIteration = 1\n"
            "\n"
            "Training on fold [1/3]\n"
            "0:\tlearn: 0.64\ttest: 0.65\tbest: 0.65 (0)\ttotal: 1ms\tremaining: 2ms\n"
            "1:\tlearn: 0.54\ttest: 0.55\tbest: 0.55 (1)\ttotal: 1ms\tremaining: 2ms\n"
        ),
        [(1, None, {"learn": 0.65}), (2, None, {}), (1, None, {"learn": 0.64}), (2, None, {"test": 0.55})],
    ),
    "catboost spaces": (
        (
            "0:      learn: 0.6512345        test: 0.6612345 best: 0.6612345 (0)     total: 10ms     remaining: 10s\n"
            "1:      learn: 0.5512345        test: 0.5612345 best: 0.5612345 (1)     total: 10ms     remaining: 10s\n"
        ),
        [(1, None, {"learn": 0.6512345, "test": 0.6612345}), (2, None, {})],
    ),
    "gbr": (
        (
            "      Iter       Train Loss   Remaining Time \n"
            "         1        6543.1234            1.50s\n"
            "         2        5543.1234            1.40s\n"
            "        10        3543.1234            1.00s\n"
        ),
        [(1, None, {"Train Loss": 6543.1234}), (2, None, {}), (10, None, {})],
    ),
    "sgd": (
        (
            "-- Epoch 1\n"
            "Norm: 12.50, NNZs: 20, Bias: -0.100000, T: 1000, Avg. loss: 0.512345\n"
            "Total training time: 0.00 seconds.\n"
            "-- Epoch 2\n"
            "Norm: 10.50, NNZs: 20, Bias: -0.110000, T: 2000, Avg. loss: 0.412345\n"
            "Total training time: 0.00 seconds.\n"
            "Convergence after 2 epochs took 0.00 seconds\n"
        ),
        [(1, None, {"Avg. loss": 0.512345}), (2, None, {"Avg. loss": 0.412345})],
    ),
    "perceptron objective": (
        (
            "-- Epoch 1\n"
            "Norm: 1.20, NNZs: 4, Bias: 0.100000, T: 100, Objective: 0.512345\n"
            "Total training time: 0.00 seconds.\n"
            "-- Epoch 2\n"
            "Norm: 1.20, NNZs: 4, Bias: 0.100000, T: 200, Objective: 0.412345\n"
            "Total training time: 0.00 seconds.\n"
        ),
        [(1, None, {}), (2, None, {})],
    ),
    "mlp": (
        (
            "Iteration 1, loss = 2.30123456\n"
            "Validation score: 0.512345\n"
            "Iteration 2, loss = 2.20123456\n"
            "Validation score: 0.612345\n"
            "Training loss did not improve more than tol=0.000100 for 10 consecutive epochs. Stopping.\n"
        ),
        [(1, None, {"loss": 2.30123456}), (2, None, {"loss": 2.20123456, "Validation score": 0.612345})],
    ),
    "fastai text": (
        (
            "epoch     train_loss  valid_loss  accuracy  time    \n"
            "0         0.512345    0.412345    0.812345  00:12     \n"
            "1         0.412345    0.312345    0.852345  00:12     \n"
        ),
        [(1, None, {"train_loss": 0.512345}), (2, None, {"accuracy": 0.852345})],
    ),
    "fastai md": (
        (
            "| epoch | train_loss | valid_loss | error_rate | time |\n"
            "|---|---|---|---|---|\n"
            "| 0 | 0.512345 | 0.412345 | 0.112345 | 00:12 |\n"
            "| 1 | 0.412345 | 0.312345 | 0.102345 | 00:12 |\n"
        ),
        [(1, None, {"train_loss": 0.512345}), (2, None, {"error_rate": 0.102345})],
    ),
    "skorch": (
        (
            "  epoch    train_loss    valid_acc    valid_loss     dur\n"
            "-------  ------------  -----------  ------------  ------\n"
            "      1        \x1b[36m0.6868\x1b[0m       \x1b[32m0.6000\x1b[0m        \x1b[35m0.6740\x1b[0m  0.0302\n"
            "      2        \x1b[36m0.6706\x1b[0m       0.5900        \x1b[35m0.6587\x1b[0m  0.0205\n"
        ),
        [(1, None, {"train_loss": 0.6868}), (2, None, {"valid_loss": 0.6587})],
    ),
    "accelerate nlp": (
        (
            "epoch 0: {'accuracy': 0.7012, 'f1': 0.8112}\n"
            "epoch 1: {'accuracy': 0.7912, 'f1': 0.8512}\n"
            "epoch 2: {'accuracy': 0.8212, 'f1': 0.8712}\n"
        ),
        [(1, None, {"accuracy": 0.7012}), (2, None, {"f1": 0.8512}), (3, None, {})],
    ),
    "accelerate perplexity": (
        (
            "01/01/2024 10:00:00 - INFO - __main__ - ***** Running training *****\n"
            "01/01/2024 10:00:00 - INFO - __main__ -   Num examples = 100\n"
            "01/01/2024 10:00:00 - INFO - __main__ -   Num Epochs = 2\n"
            "01/01/2024 10:10:00 - INFO - __main__ - epoch 0: perplexity: 20.5 eval_loss: 3.02\n"
            "01/01/2024 10:20:00 - INFO - __main__ - epoch 1: perplexity: 18.5 eval_loss: 2.92\n"
        ),
        [(1, 2, {"perplexity": 20.5}), (2, 2, {"eval_loss": 2.92})],
    ),
    "diffusers epochs": (
        (
            "Epoch 0: 100%|██████████| 10/10 [00:10<00:00,  1.0s/it, ema_decay=0.9, loss=0.512, lr=1e-5, step=10]\n"
            "Epoch 1: 100%|██████████| 10/10 [00:10<00:00,  1.0s/it, ema_decay=0.9, loss=0.412, lr=1e-5, step=20]\n"
        ),
        [(1, None, {"loss": 0.512}), (2, None, {"loss": 0.412})],
    ),
    "nanoGPT": (
        (
            "step 0: train loss 10.9881, val loss 10.9874\n"
            "iter 0: loss 10.9882, time 50000.00ms, mfu -100.00%\n"
            "iter 1: loss 10.5882, time 300.00ms, mfu -100.00%\n"
            "step 2: train loss 9.9881, val loss 9.9874\n"
            "saving checkpoint to out\n"
            "iter 2: loss 9.9882, time 300.00ms, mfu 20.00%\n"
        ),
        [
            (1, None, {"loss": 10.9882, "val loss": 10.9874}),
            (2, None, {"loss": 10.5882}),
            (3, None, {"train loss": 9.9881}),
        ],
    ),
    "yolov5": (
        (
            "\n"
            "      Epoch    GPU_mem   box_loss   obj_loss   cls_loss  Instances       Size\n"
            "        0/2      3.45G    0.04512    0.06712    0.01712        212        640: 100%|██████████| 8/8 [00:04<00:00,  1.9it/s]\n"
            "                 Class     Images  Instances          P          R      mAP50   mAP50-95: 100%|██████████| 4/4 [00:01<00:00,  2.5it/s]\n"
            "                   all        128        929      0.712      0.612      0.701      0.471\n"
            "\n"
            "      Epoch    GPU_mem   box_loss   obj_loss   cls_loss  Instances       Size\n"
            "        1/2      3.45G    0.04412    0.06612    0.01612        200        640: 100%|██████████| 8/8 [00:04<00:00,  1.9it/s]\n"
            "                 Class     Images  Instances          P          R      mAP50   mAP50-95: 100%|██████████| 4/4 [00:01<00:00,  2.5it/s]\n"
            "                   all        128        929      0.722      0.622      0.711      0.481\n"
        ),
        [(1, 3, {"box_loss": 0.04512, "mAP50": 0.701}), (2, 3, {"obj_loss": 0.06612, "mAP50-95": 0.481})],
    ),
    "yolov7": (
        (
            "\n"
            "     Epoch   gpu_mem       box       obj       cls     total    labels  img_size\n"
            "       0/2      5.1G   0.06512   0.01212   0.02312    0.1004        20       640: 100%|██████████| 8/8 [00:04<00:00,  1.9it/s]\n"
            "               Class      Images      Labels           P           R      mAP@.5  mAP@.5:.95: 100%|██████████| 4/4 [00:01<00:00,  2.5it/s]\n"
            "                 all         128         929       0.112       0.212       0.101       0.051\n"
            "       1/2      5.1G   0.05512   0.01112   0.02212    0.0904        20       640: 100%|██████████| 8/8 [00:04<00:00,  1.9it/s]\n"
            "               Class      Images      Labels           P           R      mAP@.5  mAP@.5:.95: 100%|██████████| 4/4 [00:01<00:00,  2.5it/s]\n"
            "                 all         128         929       0.212       0.312       0.201       0.151\n"
        ),
        [(1, 3, {"box": 0.06512, "total": 0.1004, "mAP50": 0.101}), (2, 3, {"mAP50-95": 0.151})],
    ),
    "ultralytics 8.3.200 bar": (
        (
            "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
            "\x1b[K        1/3      1.51G      1.212      2.812      1.312         14        640: 12% ━─────────── 1/8 1.2it/s 0.5s<5.8s\r\x1b[K        1/3      1.51G      1.112      2.712      1.212         14        640: 100% ━━━━━━━━━━━━ 8/8 2.1it/s 3.8s\n"
            "\x1b[K                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100% ━━━━━━━━━━━━ 4/4 2.0it/s 2.0s\n"
            "                   all        128        929      0.612      0.512      0.601      0.441\n"
            "\n"
            "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
            "\x1b[K        2/3      1.51G      1.012      2.612      1.112         14        640: 100% ━━━━━━━━━━━━ 8/8 2.1it/s 3.8s\n"
            "                   all        128        929      0.622      0.522      0.611      0.451\n"
        ),
        [(1, 3, {"box_loss": 1.112, "mAP50": 0.601}), (2, 3, {"dfl_loss": 1.112, "mAP50-95": 0.451})],
    ),
    "paddle": (
        (
            "[2021/01/01 10:00:00] ppdet.engine INFO: Epoch: [0] [   0/1000] learning_rate: 0.000333 loss_rpn_cls: 0.69 loss: 3.01 eta: 10:00:00 batch_cost: 1.0 data_cost: 0.1 ips: 2.0 images/s\n"
            "[2021/01/01 10:10:00] ppdet.engine INFO: Epoch: [0] [ 980/1000] learning_rate: 0.010000 loss_rpn_cls: 0.29 loss: 1.01 eta: 9:00:00 batch_cost: 1.0 data_cost: 0.1 ips: 2.0 images/s\n"
            "[2021/01/01 10:20:00] ppdet.engine INFO: Epoch: [1] [ 980/1000] learning_rate: 0.010000 loss_rpn_cls: 0.19 loss: 0.81 eta: 9:00:00 batch_cost: 1.0 data_cost: 0.1 ips: 2.0 images/s\n"
        ),
        [(1, None, {"loss": 1.01}), (2, None, {"loss": 0.81})],
    ),
    "fairseq": (
        (
            "2021-01-01 10:00:00 | INFO | train_inner | epoch 001:    100 / 1000 loss=10.5, nll_loss=9.9, ppl=900.1, wps=1000, ups=1, wpb=1000, bsz=10, num_updates=100, lr=1e-05, gnorm=1.5, train_wall=10, wall=11\n"
            "2021-01-01 10:10:00 | INFO | valid | epoch 001 | valid on 'valid' subset | loss 8.5 | nll_loss 7.9 | ppl 240.1 | wps 0 | wpb 1000 | bsz 10 | num_updates 1000\n"
            "2021-01-01 10:10:01 | INFO | fairseq.checkpoint_utils | Saved checkpoint checkpoints/checkpoint1.pt (epoch 1 @ 1000 updates, score 8.5) (writing took 1.5 seconds)\n"
            "2021-01-01 10:10:02 | INFO | fairseq_cli.train | end of epoch 1 (average epoch stats below)\n"
            "2021-01-01 10:10:02 | INFO | train | epoch 001 | loss 9.5 | nll_loss 8.9 | ppl 480.1 | wps 1000 | ups 1 | num_updates 1000 | lr 1e-04 | gnorm 1.2 | train_wall 100 | wall 110\n"
            "2021-01-01 10:20:00 | INFO | valid | epoch 002 | valid on 'valid' subset | loss 7.5 | nll_loss 6.9 | ppl 120.1 | wps 0 | wpb 1000 | bsz 10 | num_updates 2000\n"
            "2021-01-01 10:20:02 | INFO | train | epoch 002 | loss 8.5 | nll_loss 7.9 | ppl 240.1 | wps 1000 | ups 1 | num_updates 2000 | lr 1e-04 | gnorm 1.2 | train_wall 100 | wall 110\n"
        ),
        [(1, None, {"loss": 9.5, "val_loss": 8.5}), (2, None, {"loss": 8.5, "val_loss": 7.5})],
    ),
    "speechbrain": (
        (
            "speechbrain.utils.train_logger - epoch: 1, lr: 1.00e-03 - train loss: 5.12 - valid loss: 4.12, valid CER: 50.1, valid WER: 80.1\n"
            "speechbrain.utils.train_logger - epoch: 2, lr: 1.00e-03 - train loss: 4.12 - valid loss: 3.12, valid CER: 40.1, valid WER: 70.1\n"
        ),
        [(1, None, {"train loss": 5.12, "valid WER": 80.1}), (2, None, {"valid loss": 3.12})],
    ),
    "pytorch geometric bar": (
        (
            "Epoch 01: 100%|██████████| 90941/90941 [00:50<00:00, 1800.0it/s]\n"
            "Epoch 01, Loss: 0.8123, Approx. Train: 0.7812\n"
            "Train: 0.8123, Val: 0.7912, Test: 0.7712\n"
            "Epoch 02: 100%|██████████| 90941/90941 [00:50<00:00, 1800.0it/s]\n"
            "Epoch 02, Loss: 0.5123, Approx. Train: 0.8512\n"
            "Train: 0.8523, Val: 0.8212, Test: 0.7912\n"
        ),
        [(1, None, {"loss": 0.8123}), (2, None, {"loss": 0.5123})],
    ),
    "rllib/sb3": (
        (
            "---------------------------------\n"
            "| rollout/           |          |\n"
            "|    ep_len_mean     | 22.5     |\n"
            "|    ep_rew_mean     | 22.5     |\n"
            "| time/              |          |\n"
            "|    fps             | 1000     |\n"
            "|    iterations      | 1        |\n"
            "|    time_elapsed    | 2        |\n"
            "|    total_timesteps | 2048     |\n"
            "---------------------------------\n"
        ),
        [],
    ),
    "detectron2": (
        (
            "[01/01 10:00:00 d2.utils.events]:  eta: 0:10:00  iter: 19  total_loss: 2.5  loss_cls: 1.1  time: 0.5  data_time: 0.1  lr: 0.0001  max_mem: 4000M\n"
            "[01/01 10:00:10 d2.utils.events]:  eta: 0:09:00  iter: 39  total_loss: 2.1  loss_cls: 0.9  time: 0.5  data_time: 0.1  lr: 0.0002  max_mem: 4000M\n"
        ),
        [(20, None, {"total_loss": 2.5}), (40, None, {"loss_cls": 0.9})],
    ),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["pipe", "terminal"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_framework_is_understood(name, end):
    log, expected = FORMATS[name]
    is_told(log.replace("\n", end), expected)
