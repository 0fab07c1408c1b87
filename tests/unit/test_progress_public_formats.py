# ruff: noqa: E501 (lines as the programs print them)
"""Lines that programs print which cannot run here, short transcriptions of public logs.

What is expected was written down by hand from the lines, before the parser read them.
"""

import pytest

from unitrainer_tui.progress import ProgressParser

FORMATS = {
    "MXNet": (
        "2019-08-21 14:12:02,902 INFO Epoch[0] Batch [300]\tSpeed: 585.87 samples/sec\taccuracy=0.949375\n"
        "2019-08-21 14:12:14,902 INFO Epoch[0] Train-accuracy=0.945112\n"
        "2019-08-21 14:12:14,903 INFO Epoch[0] Time cost=85.392\n"
        '2019-08-21 14:12:15,386 INFO Saved checkpoint to "resnet18_v2-0072.params"\n'
        "2019-08-21 14:12:18,987 INFO Epoch[0] Validation-accuracy=0.769030\n"
        "2019-08-21 14:13:44,753 INFO Epoch[1] Train-accuracy=0.946094\n"
        "2019-08-21 14:13:48,753 INFO Epoch[1] Validation-accuracy=0.775800\n",
        [(1, None, {"val_accuracy": 0.76903}), (2, None, {"val_accuracy": 0.7758})],
    ),
    "YOLOX": (
        "2021-10-11 14:38:09 | INFO     | yolox.core.trainer:188 - ---> start train epoch1\n"
        "2021-10-11 14:38:12 | INFO     | yolox.core.trainer:246 - epoch: 1/80, iter: 10/57, mem: 6736Mb, iter_time: 2.817s, total_loss: 14.5, iou_loss: 3.9, lr: 6.156e-08, size: 640, ETA: 3:34:03\n"
        "2021-10-11 14:38:12 | INFO     | yolox.core.trainer:246 - epoch: 1/80, iter: 50/57, mem: 6736Mb, iter_time: 0.306s, total_loss: 14.9, iou_loss: 3.8, lr: 2.462e-07, size: 640, ETA: 1:58:38\n"
        "2021-10-11 14:38:49 | INFO     | yolox.core.trainer:352 - Save weights to ./YOLOX_outputs/yolox_voc_s\n"
        "2021-10-11 14:38:49 | INFO     | yolox.core.trainer:203 - ---> start train epoch2\n"
        "2021-10-11 14:38:52 | INFO     | yolox.core.trainer:246 - epoch: 2/80, iter: 50/57, mem: 6736Mb, iter_time: 0.306s, total_loss: 13.9, iou_loss: 3.6, lr: 2.462e-07, size: 640, ETA: 1:58:38\n",
        [(1, 80, {"total_loss": 14.9, "iou_loss": 3.8}), (2, 80, {"total_loss": 13.9, "iou_loss": 3.6})],
    ),
    "flair": (
        "2019-02-19 18:37:07,467 epoch 1 - iter 0/249 - loss 0.04735912\n"
        "2019-02-19 18:37:11,947 epoch 1 - iter 240/249 - loss 0.03491753\n"
        "2019-02-19 18:37:12,096 ------------------------------------\n"
        "2019-02-19 18:37:12,097 EPOCH 1 done: loss 0.0350 - lr 0.1000 - bad epochs 0\n"
        "2019-02-19 18:37:12,571 DEV  : loss 0.03877527 - f-score 0.5586 - acc 0.5586\n"
        "2019-02-19 18:37:18,467 epoch 2 - iter 240/249 - loss 0.02491753\n"
        "2019-02-19 18:37:22,097 EPOCH 2 done: loss 0.0250 - lr 0.1000 - bad epochs 0\n"
        "2019-02-19 18:37:22,571 DEV  : loss 0.02877527 - f-score 0.6586 - acc 0.6586\n",
        [(1, None, {"loss": 0.035, "val_loss": 0.03877527}), (2, None, {"loss": 0.025, "val_loss": 0.02877527})],
    ),
    "MMDetection 2": (
        "2020-05-21 04:01:33,217 - mmdet - INFO - Epoch [1][50/678]\tlr: 0.00020, eta: 1 day, 16:44:26, time: 1.413, loss_cls: 0.6978, acc: 92.1875, loss: 3.0130\n"
        "2020-05-21 04:21:33,217 - mmdet - INFO - Epoch [1][650/678]\tlr: 0.00020, eta: 1 day, 16:44:26, time: 1.413, loss_cls: 0.5978, acc: 93.1875, loss: 2.0130\n"
        "2020-05-21 04:22:24,750 - mmdet - INFO - Saving checkpoint at 1 epochs\n"
        "2020-05-21 04:22:54,750 - mmdet - INFO - Epoch(val) [1][500]\tbbox_mAP: 0.1230, bbox_mAP_50: 0.2500\n"
        "2020-05-21 04:41:33,217 - mmdet - INFO - Epoch [2][650/678]\tlr: 0.00020, eta: 1 day, 16:44:26, time: 1.413, loss_cls: 0.4978, acc: 94.1875, loss: 1.0130\n"
        "2020-05-21 04:42:54,750 - mmdet - INFO - Epoch(val) [2][500]\tbbox_mAP: 0.2230, bbox_mAP_50: 0.3500\n",
        [
            (1, None, {"loss": 2.013, "acc": 93.1875, "bbox_mAP": 0.123}),
            (2, None, {"loss": 1.013, "acc": 94.1875, "bbox_mAP": 0.223}),
        ],
    ),
    "torchtune": (
        "1|10|Loss: 1.2345: 10%|█ | 10/100 [00:10<01:30, 1.0it/s]\r"
        "1|100|Loss: 1.0345: 100%|██ | 100/100 [01:40<00:00, 1.0it/s]\n"
        "2|200|Loss: 0.9345: 100%|██ | 100/100 [01:40<00:00, 1.0it/s]\n",
        [(1, None, {"loss": 1.0345}), (2, None, {"loss": 0.9345})],
    ),
    "segmentation models": (
        "\nEpoch: 0\n"
        "train: 100%|██████████| 10/10 [00:10<00:00,  1.00it/s, dice_loss - 0.52, iou_score - 0.43]\n"
        "valid: 100%|██████████| 5/5 [00:03<00:00,  1.50it/s, dice_loss - 0.42, iou_score - 0.53]\n"
        "Model saved!\n"
        "\nEpoch: 1\n"
        "train: 100%|██████████| 10/10 [00:10<00:00,  1.00it/s, dice_loss - 0.32, iou_score - 0.63]\n"
        "valid: 100%|██████████| 5/5 [00:03<00:00,  1.50it/s, dice_loss - 0.30, iou_score - 0.65]\n",
        [
            (1, None, {"dice_loss": 0.52, "iou_score": 0.43, "val_dice_loss": 0.42, "val_iou_score": 0.53}),
            (2, None, {"dice_loss": 0.32, "iou_score": 0.63, "val_dice_loss": 0.30, "val_iou_score": 0.65}),
        ],
    ),
    "MONAI": (
        "----------\nepoch 1/4\n1/16, train_loss: 0.6234\n16/16, train_loss: 0.5234\nepoch 1 average loss: 0.5734\n"
        "----------\nepoch 2/4\n16/16, train_loss: 0.4234\nepoch 2 average loss: 0.4734\nsaved new best metric model\n"
        "current epoch: 2 current mean dice: 0.6543\nbest mean dice: 0.6543 at epoch: 2\n",
        [
            (1, 4, {"train_loss": 0.5234, "average loss": 0.5734}),
            (2, 4, {"train_loss": 0.4234, "average loss": 0.4734}),
        ],
    ),
    "nnU-Net": (
        "2024-01-01 10:00:00.000000: Epoch 0\n"
        "2024-01-01 10:00:00.000000: Current learning rate: 0.01\n"
        "2024-01-01 10:00:40.000000: train_loss -0.1234\n"
        "2024-01-01 10:00:40.000000: val_loss -0.2234\n"
        "2024-01-01 10:00:40.000000: Pseudo dice [0.5, 0.6]\n"
        "2024-01-01 10:00:40.000000: Epoch time: 40.12 s\n"
        "2024-01-01 10:00:40.000000: Epoch 1\n"
        "2024-01-01 10:01:20.000000: train_loss -0.3234\n"
        "2024-01-01 10:01:20.000000: val_loss -0.4234\n",
        [
            (1, None, {"train_loss": -0.1234, "val_loss": -0.2234}),
            (2, None, {"train_loss": -0.3234, "val_loss": -0.4234}),
        ],
    ),
    "the translation tutorial of TensorFlow": (
        "Epoch 1 Batch 0 Loss 4.4865\nEpoch 1 Batch 100 Loss 2.2000\nEpoch 1 Loss 2.0445\nTime taken for 1 epoch 95.8 sec\n\n"
        "Epoch 2 Batch 0 Loss 1.5000\nEpoch 2 Loss 1.3000\nTime taken for 1 epoch 85.8 sec\n",
        [(1, None, {"loss": 2.0445}), (2, None, {"loss": 1.3})],
    ),
    "Keras 2 without bars": (
        "Epoch 1/2\n - 3s - loss: 0.5123 - acc: 0.9012 - val_loss: 0.4123 - val_acc: 0.9123\n\n"
        "Epoch 00001: val_loss improved from inf to 0.41230, saving model to weights.hdf5\n"
        "Epoch 2/2\n - 2s - loss: 0.4123 - acc: 0.9112 - val_loss: 0.3123 - val_acc: 0.9223\n\n"
        "Epoch 00002: val_loss improved from 0.41230 to 0.31230, saving model to weights.hdf5\nEpoch 00002: early stopping\n",
        [(1, 2, {"loss": 0.5123, "val_acc": 0.9123}), (2, 2, {"loss": 0.4123, "val_acc": 0.9223})],
    ),
    "a rank behind the time": (
        "[2024-01-01 10:00:00,123][rank0] Epoch 1/2 loss: 0.5\n[2024-01-01 10:00:00,124][rank1] Epoch 1/2 loss: 0.7\n"
        "2024-01-01 10:00:01 INFO [rank 0] Epoch 2/2 loss: 0.4\n2024-01-01 10:00:01 INFO [rank 1] Epoch 2/2 loss: 0.8\n",
        [(1, 2, {"loss": 0.5}), (2, 2, {"loss": 0.4})],
    ),
    "workers of a launcher": (
        "worker-0: Epoch 1/2 loss: 0.5\nworker-1: Epoch 1/2 loss: 0.6\nworker-1: Epoch 2/2 loss: 0.3\nworker-0: Epoch 2/2 loss: 0.4\n",
        [(1, 2, {"loss": 0.5}), (2, 2, {"loss": 0.4})],
    ),
    "Optuna": (
        "[I 2024-01-01 10:00:00,123] Trial 0 started\nEpoch 1/1 loss: 0.5\n"
        "[I 2024-01-01 10:00:01,123] Trial 0 finished with value: 0.5 and parameters: {'lr': 0.1}. Best is trial 0 with value: 0.5.\n"
        "[I 2024-01-01 10:00:01,124] Trial 1 started\nEpoch 1/1 loss: 0.4\n",
        [(1, 1, {"loss": 0.5}), (1, 1, {"loss": 0.4})],
    ),
    "Lightning's checkpoint callback": (
        "Epoch 0, global step 100: 'val_loss' reached 0.50000 (best 0.50000), saving model to '/x/epoch=0-step=100.ckpt' as top 1\n"
        "Epoch 1, global step 200: 'val_loss' was not in top 1\n",
        [(1, None, {"val_loss": 0.5}), (2, None, {})],
    ),
    "JSON lines of two splits": (
        '{"epoch": 1, "split": "train", "loss": 0.5}\n{"epoch": 1, "split": "val", "loss": 0.4}\n'
        '{"epoch": 2, "split": "train", "loss": 0.3}\n{"epoch": 2, "split": "val", "loss": 0.2}\n',
        [(1, None, {"loss": 0.5, "val_loss": 0.4}), (2, None, {"loss": 0.3, "val_loss": 0.2})],
    ),
    "a test behind an early stop": (
        "[Epoch 1] train_loss: 0.5 | val_loss: 0.4 | time: 3.1s\n[Epoch 2] train_loss: 0.4 | val_loss: 0.3 | time: 3.1s\n"
        "Early stopping triggered after 2 epochs\nval_loss: 0.9 | acc: 0.9\n",
        [(1, None, {"train_loss": 0.5, "val_loss": 0.4}), (2, None, {"train_loss": 0.4, "val_loss": 0.3})],
    ),
    "batches in brackets within epochs": (
        "== Epoch 1/2 ==\n[1/100] loss: 0.9\n[100/100] loss: 0.5\n-> val loss: 0.6, val acc: 65.0%\n"
        "== Epoch 2/2 ==\n[100/100] loss: 0.4\n-> val loss: 0.5, val acc: 72.0%\n",
        [(1, 2, {"loss": 0.5, "val loss": 0.6, "val acc": 65.0}), (2, 2, {"loss": 0.4, "val acc": 72.0})],
    ),
    "YOLOv7, whose table is printed late": (
        "     Epoch   gpu_mem       box       obj       cls     total    labels  img_size\n"
        "      0/1     55.1G   0.05461   0.01017   0.03715    0.1019        26      1856: 100%|██████████| 295/295 [12:51<00:00,  2.62s/it]\n"
        "               Class      Images      Labels           P           R      mAP@.5  mAP@.5:.95: 100%|██████████| 50/50 [01:15<00:00,  1.52s/it]\n\n"
        "     Epoch   gpu_mem       box       obj       cls     total    labels  img_size\n"
        "                 all         787        2054       0.874     0.00923     0.00909     0.00684\n"
        "      1/1     70.1G   0.05069   0.01035   0.03706    0.0981        14      1856: 100%|██████████| 295/295 [12:39<00:00,  2.57s/it]\n"
        "               Class      Images      Labels           P           R      mAP@.5  mAP@.5:.95: 100%|██████████| 50/50 [01:10<00:00,  1.42s/it]\n"
        "                 all         787        2054       0.882      0.0104      0.0118     0.00862\n",
        [
            (1, 2, {"box": 0.05461, "P": 0.874, "mAP50": 0.00909, "mAP50-95": 0.00684}),
            (2, 2, {"box": 0.05069, "P": 0.882, "mAP50": 0.0118, "mAP50-95": 0.00862}),
        ],
    ),
    "a loss per epoch and nothing else": (
        "Loss in epoch 0  =  2.16241826098016\nLoss in epoch 1  =  1.2776704367170943\n",
        [(1, None, {"loss": 2.16241826098016}), (2, None, {"loss": 1.2776704367170943})],
    ),
    "seconds and arrows": (
        "Epoch 1/10 (12.3s): loss 0.543 -> val_loss 0.432\n>>> Epoch 2/10 => loss: 0.443 | val_loss: 0.332\n",
        [(1, 10, {"loss": 0.543, "val_loss": 0.432}), (2, 10, {"loss": 0.443, "val_loss": 0.332})],
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_public_log_is_understood(name):
    log, expected = FORMATS[name]
    parser = ProgressParser()
    told = []
    for record in parser.feed(log.encode()) + parser.finish():
        if record.partial:
            continue
        if told and told[-1].epoch == record.epoch and told[-1].metrics.items() <= record.metrics.items():
            told.pop()  # the same epoch with more of its values
        told.append(record)
    assert [(record.epoch, record.total_epochs) for record in told] == [row[:2] for row in expected]
    for record, (_, _, values) in zip(told, expected, strict=True):
        assert values.items() <= record.metrics.items()


@pytest.mark.parametrize("name", FORMATS)
def test_a_public_log_in_a_terminal_says_the_same(name):
    def told(data):
        parser = ProgressParser()
        return repr(parser.feed(data) + parser.finish())

    log = FORMATS[name][0].encode()
    assert told(log.replace(b"\n", b"\r\n")) == told(log)
