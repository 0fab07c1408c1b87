# ruff: noqa: E501 (lines as the programs print them)
"""What frameworks print between or below epochs: evaluations, best results, callbacks, a next stage."""

import pytest

from unitrainer_tui.progress import ProgressParser


def records(log):
    parser = ProgressParser()
    return parser.feed(log.encode()) + parser.finish()


def told(log):
    return [(r.epoch, r.total_epochs, r.metrics) for r in records(log) if not r.partial]


def test_mmengine_whose_log_has_only_evaluations():
    log = (
        "2024/02/02 17:01:00 - mmengine - INFO - Epoch(val) [1][ 50/625]    eta: 0:02:00  time: 0.2048  data_time: 0.0028  memory: 3982\n"
        "2024/02/02 17:02:00 - mmengine - INFO - Epoch(val) [1][625/625]    coco/bbox_mAP: 0.2940  coco/bbox_mAP_50: 0.4100  data_time: 0.0028  time: 0.2048\n"
        "2024/02/03 06:32:38 - mmengine - INFO - Epoch(val) [2][625/625]    coco/bbox_mAP: 0.3050  coco/bbox_mAP_50: 0.4280  data_time: 0.0024  time: 0.2051\n"
    )
    assert told(log) == [
        (1, None, {"coco/bbox_mAP": 0.294, "coco/bbox_mAP_50": 0.41}),
        (2, None, {"coco/bbox_mAP": 0.305, "coco/bbox_mAP_50": 0.428}),
    ]


def test_mmengine_evaluates_an_epoch_that_it_trained():
    log = (
        "06/17 00:44:29 - mmengine - INFO - Epoch(train) [1][90/90]  lr: 1.0e-02  time: 0.5  loss: 0.5\n"
        "06/17 00:45:29 - mmengine - INFO - Epoch(val) [1][10/10]  accuracy/top1: 61.5  loss: 0.25\n"
    )
    assert told(log) == [(1, None, {"lr": 0.01, "loss": 0.5, "accuracy/top1": 61.5, "val_loss": 0.25})]


def test_mmengine_by_iterations_with_a_table_of_classes():
    log = (
        "06/17 00:45:23 - mmengine - INFO - Iter(train) [ 100/1000]  lr: 9.9779e-03  eta: 0:08:35  time: 0.5766  loss: 0.0705  decode.acc_seg: 85.6354\n"
        "06/17 00:45:23 - mmengine - INFO - Saving checkpoint at 100 iterations\n"
        "06/17 00:46:22 - mmengine - INFO - per class results:\n"
        "+------------+-------+-------+\n|   Class    |  IoU  |  Acc  |\n+------------+-------+-------+\n|    red     | 43.82 | 49.18 |\n+------------+-------+-------+\n"
        "06/17 00:46:22 - mmengine - INFO - Iter(val) [11/11]    aAcc: 70.2600  mIoU: 22.5000  mAcc: 28.8900  data_time: 0.0373  time: 5.0632\n"
        "06/17 00:47:19 - mmengine - INFO - Iter(train) [ 200/1000]  lr: 9.9557e-03  eta: 0:07:37  time: 0.5676  loss: 0.0727  decode.acc_seg: 72.9767\n"
    )
    found = told(log)[-2:]
    assert [(epoch, total) for epoch, total, _ in found] == [(100, 1000), (200, 1000)]
    assert found[0][2] == {
        "lr": 0.0099779, "loss": 0.0705, "decode.acc_seg": 85.6354, "aAcc": 70.26, "mIoU": 22.5, "mAcc": 28.89,
    }  # fmt: skip
    assert "mIoU" not in found[1][2]


def test_the_best_epoch_below_an_evaluation_is_not_a_new_one():
    log = "".join(
        f"Epoch: [{epoch}]  [15/16]  eta: 0:00:01  lr: 0.000010  loss: {loss} ({loss})  loss_vfl: 0.2398 (0.2365)\n"
        "Averaged stats: \n"
        " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = -1.000\n"
        "best_stat: {'epoch': 0, 'coco_eval_bbox': -1.0}\n"
        for epoch, loss in ((0, 37.5), (1, 35.25))
    )
    assert [(epoch, metrics["loss"], "coco_eval_bbox" in metrics) for epoch, _, metrics in told(log)] == [
        (1, 37.5, False),
        (2, 35.25, False),
    ]


def test_a_second_stage_of_keras_tells_its_length_with_its_first_header():
    bar = "320/320 ━━━━━━━━━━━━━━━━━━━━ 9s 2ms/step - loss: {0} - val_loss: 0.5\n"
    log = "Epoch 1/2\n" + bar.format(0.75) + "Epoch 2/2\n" + bar.format(0.625) + "Epoch 2: early stopping\nEpoch 3/5\n"
    assert [(epoch, total) for epoch, total, _ in told(log)] == [(1, 2), (2, 2)]
    last = records(log)[-1]
    assert (last.epoch, last.total_epochs, last.partial, last.metrics) == (3, 5, True, {})


def test_keras_whose_callback_prints_into_the_bar():
    log = (
        "Epoch 1/5\n"
        "320/320 [==============================] - 1898s 6s/step - loss: 0.0120 - dice_coef: 0.4978 - lr: 0.0010\n"
        "Epoch 2/5\n"
        "320/320 [==============================] - ETA: 0s - loss: 0.0081 - dice_coef: 0.4266Restoring model weights from the end of the best epoch: 1.\n"
        "320/320 [==============================] - 1585s 5s/step - loss: 0.0081 - dice_coef: 0.4266 - lr: 0.0010\n"
        "Epoch 2: early stopping\n"
    )
    assert told(log)[-1] == (2, 5, {"loss": 0.0081, "dice_coef": 0.4266, "lr": 0.001})


def test_another_bar_of_keras_with_other_values_is_an_evaluation():
    log = (
        "Epoch 1/1\n"
        "320/320 [==============================] - 1585s 5s/step - loss: 0.0081 - acc: 0.4266\n"
        "80/80 [==============================] - 15s 5s/step - loss: 0.0099 - acc: 0.4000 - auc: 0.5\n"
    )
    assert told(log)[-1] == (1, 1, {"loss": 0.0081, "acc": 0.4266})


def test_catboost_behind_the_text_of_its_widget():
    log = (
        "MetricVisualizer(layout=Layout(align_self='stretch', height='500px'))0:\tlearn: 0.6863111\ttest: 0.6863214\tbest: 0.6863214 (0)\ttotal: 211ms\tremaining: 17m 34s\n"
        "200:\tlearn: 0.3846671\ttest: 0.3854402\tbest: 0.3854402 (200)\ttotal: 26.5s\tremaining: 10m 32s\n"
    )
    assert told(log) == [
        (1, None, {"learn": 0.6863111, "test": 0.6863214}),
        (201, None, {"learn": 0.3846671, "test": 0.3854402}),
    ]


@pytest.mark.parametrize("slip", ["", " n", "/n", "\\n"])
def test_nanogpt_whose_line_feed_is_misspelled(slip):
    log = (
        "step 0: train loss 10.9148, val loss 10.9483\niter 10: loss 9.7894, time 9969.65ms\n"
        f"{slip}step 20: train loss 4.5258, val loss 4.4009\nsaving checkpoint to out\niter 20: loss 4.4450, time 9.41ms\n"
    )
    found = told(log)[-1]
    assert found[0] == 21
    assert found[2]["train loss"] == 4.5258
    assert found[2]["val loss"] == 4.4009
