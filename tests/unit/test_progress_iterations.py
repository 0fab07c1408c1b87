# ruff: noqa: E501 (lines as the programs print them)
"""Logs that count steps and no epochs: each step is told as an epoch; steps within epochs never are."""

import pytest

from unitrainer_tui.progress import ProgressParser


def told(log):
    parser = ProgressParser()
    last = {}
    for record in parser.feed(log.encode()) + parser.finish():
        if not record.partial:
            last[record.epoch] = record
    return last


# name: lines of three steps, the epochs that they are, the total, and a value of the second
STEPS = {
    "step, comma": (
        "step 0001, loss: 9.50, norm: 10.6, lr: 1.2e-04, time: 449.89ms, tokens/sec: 36418.0\n"
        "step 0002, loss: 9.24, norm: 7.3, lr: 1.8e-04, time: 452.99ms, tokens/sec: 36168.9\n"
        "step 0003, loss: 9.10, norm: 6.6, lr: 2.4e-04, time: 468.84ms, tokens/sec: 34945.9\n",
        (1, 2, 3), None, {"loss": 9.24, "norm": 7.3},
    ),
    "step and pipes": (
        "step 10 | loss 3.5000 | lr 1e-3 | 20.1ms\nstep 20 | loss 3.2500 | lr 1e-3 | 20.1ms\nstep 30 | loss 3.1 | lr 1e-3\n",
        (10, 20, 30), None, {"loss": 3.25},
    ),
    "steps of a total": (
        "Step 50/150: train_loss=0.9\nStep 100/150: train_loss=0.8\nStep 150/150: train_loss=0.7\n",
        (50, 100, 150), 150, {"train_loss": 0.8},
    ),
    "steps in brackets": (
        "[Step 100/300] loss: 0.9 acc: 60.0%\n[Step 200/300] loss: 0.8 acc: 65.0%\n[Step 300/300] loss: 0.7 acc: 70%\n",
        (100, 200, 300), 300, {"loss": 0.8, "acc": 65.0},
    ),
    "key=value behind a logger": (
        "2026-01-01 10:00:00 INFO step=0 loss=2.5 lr=0.1\n2026-01-01 10:00:01 INFO step=1 loss=2.25 lr=0.1\n"
        "2026-01-01 10:00:02 INFO step=2 loss=2.0 lr=0.1\n",
        (1, 2, 3), None, {"loss": 2.25},
    ),
    "minGPT": (
        "iter_dt 0.00ms; iter 0: train loss 2.31\niter_dt 78.13ms; iter 10: train loss 2.11\niter_dt 78.13ms; iter 20: train loss 1.99\n",
        (1, 11, 21), None, {"train loss": 2.11},
    ),
    "a colon and a comma": (
        "iter 100:, hard_loss=0.43, full_loss=0.19\niter 200:, hard_loss=0.52, full_loss=0.18\niter 300:, hard_loss=0.5, full_loss=0.1\n",
        (100, 200, 300), None, {"hard_loss": 0.52, "full_loss": 0.18},
    ),
    "Deeplearning4j": (
        "10:00:00.403 [main] INFO org.dl4j.ScoreIterationListener - Score at iteration 0 is 1.62\n"
        "10:00:05.403 [main] INFO org.dl4j.ScoreIterationListener - Score at iteration 1 is 1.39\n"
        "10:00:09.403 [main] INFO org.dl4j.ScoreIterationListener - Score at iteration 2 is 1.25\n",
        (1, 2, 3), None, {"Score": 1.39},
    ),
    "a loss named before its step": (
        "Minibatch loss at step 100: 2.5\nMinibatch loss at step 200: 2.25\nMinibatch loss at step 300: 2.0\n",
        (100, 200, 300), None, {"Minibatch loss": 2.25},
    ),
    "Caffe": (
        "I0101 10:00:00.000001 1 solver.cpp:337] Iteration 0, Testing net (#0)\n"
        "I0101 10:00:00.000001 1 solver.cpp:404]     Test net output #0: accuracy = 0.101\n"
        "I0101 10:00:00.000001 1 solver.cpp:228] Iteration 0, loss = 2.3\n"
        "I0101 10:00:00.000001 1 solver.cpp:244]     Train net output #0: loss = 2.3 (* 1 = 2.3 loss)\n"
        "I0101 10:00:00.000001 1 sgd_solver.cpp:106] Iteration 0, lr = 0.01\n"
        "I0101 10:00:05.000001 1 solver.cpp:218] Iteration 100 (25.3 iter/s, 3.9s/100 iters), loss = 0.00580318\n"
        "I0101 10:00:09.000001 1 solver.cpp:337] Iteration 200, Testing net (#0)\n"
        "I0101 10:00:09.000001 1 solver.cpp:404]     Test net output #0: accuracy = 0.91\n"
        "I0101 10:00:09.000001 1 solver.cpp:228] Iteration 200, loss = 0.4\n",
        (1, 101, 201), None, {"loss": 0.00580318},
    ),
    "Detectron2": (
        "[01/01 10:00:00 d2.utils.events]:  eta: 1 day, 3:31:40  iter: 19  total_loss: 1.6  loss_cls: 1.3  time: 0.6897  data_time: 0.07  lr: 0.0001  max_mem: 2000M\n"
        "[01/01 10:00:09 d2.utils.events]:  eta: 3:30:34  iter: 39  total_loss: 1.5  loss_cls: 1.2  time: 0.6874  data_time: 0.06  lr: 0.0002  max_mem: 2000M\n"
        "[01/01 10:00:18] d2.utils.events INFO:  eta: 3:29:31  iter: 59  total_loss: 1.4  loss_cls: 1.1  time: 0.6855  data_time: 0.06  lr: 0.0003  max_mem: 2000M\n",
        (20, 40, 60), None, {"total_loss": 1.5, "loss_cls": 1.2},
    ),
    "OpenNMT": (
        "[2026-01-01 10:00:00,279 INFO] Step 50/  150; acc:   3.91; ppl: 1476.56; xent: 11.90; lr: 1.0; 2954/2927 tok/s;     24 sec\n"
        "[2026-01-01 10:00:00,279 INFO] Step 100/  150; acc:   4.28; ppl: 210.63; xent: 9.95; lr: 1.0; 2906/2886 tok/s;     50 sec\n"
        "[2026-01-01 10:00:00,279 INFO] Validation perplexity: 900.5\n"
        "[2026-01-01 10:00:00,279 INFO] Step 150/  150; acc:   5.28; ppl: 110.63; xent: 8.95; lr: 1.0; 2906/2886 tok/s;     75 sec\n",
        (50, 100, 150), 150, {"acc": 4.28, "ppl": 210.63, "Validation perplexity": 900.5},
    ),
    "Megatron": (
        " iteration        1/      30 | consumed samples:    8 | elapsed time per iteration (ms): 10059.3 | learning rate: 1.0E-05 | global batch size:     8 | lm loss: 9.74E+00 | loss scale: 1.0 | grad norm: 458.126 | number of nan iterations:   0 |\n"
        " iteration       10/      30 | consumed samples:   80 | elapsed time per iteration (ms): 268.6 | learning rate: 1.0E-05 | global batch size:     8 | lm loss: 3.5E-01 | loss scale: 1.0 | grad norm: 64.5 | number of nan iterations:   0 |\n"
        " [2026-01-01 10:00:00] iteration       20/      30 | consumed samples:  160 | elapsed time per iteration (ms): 240.8 | lm loss: 3.1E-01 | grad norm: 39.7 |\n"
        "validation loss at iteration 20 | lm loss value: 3.8E-01 | lm loss PPL: 1.46E+00 |\n",
        (1, 10, 20), 30, {"lm loss": 0.35, "grad norm": 64.5},
    ),
    "darknet": (
        " 101: 1.431136, 1.463985 avg loss, 0.000100 rate, 4.178511 seconds, 6464 images, 9.89 hours left\n"
        " 102: 1.331136, 1.450000 avg loss, 0.000100 rate, 4.178511 seconds, 6528 images, 9.89 hours left\n"
        " 103: 1.231136, 1.400000 avg, 0.000100 rate, 4.178511 seconds, 6592 images\n",
        (101, 102, 103), None, {"loss": 1.331136, "avg loss": 1.45},
    ),
    "darknet with its total": (
        " 101/7000: loss=1.4 hours left=9.9\n 101: 1.431136, 1.463985 avg loss, 0.0001 rate, 4.1 seconds\n"
        " 102/7000: loss=1.3 hours left=9.9\n 102: 1.331136, 1.45 avg loss, 0.0001 rate, 4.1 seconds\n",
        (101, 102), 7000, {"loss": 1.331136},
    ),
    "MMSegmentation": (
        "2026-01-01 10:00:00,123 - mmseg - INFO - Iter [50/150]\tlr: 9.9e-03, eta: 1:00:00, time: 0.4, data_time: 0.01, memory: 6000, decode.loss_ce: 1.5, loss: 2.1\n"
        "2026-01-01 10:00:09,123 - mmseg - INFO - Iter [100/150]\tlr: 9.8e-03, eta: 1:00:00, time: 0.4, data_time: 0.01, memory: 6000, decode.loss_ce: 1.4, loss: 2.0\n"
        "2026-01-01 10:00:09,123 - mmseg - INFO - Iter [150/150]\tlr: 9.7e-03, eta: 1:00:00, time: 0.4, data_time: 0.01, memory: 6000, decode.loss_ce: 1.3, loss: 1.9\n",
        (50, 100, 150), 150, {"loss": 2.0, "decode.loss_ce": 1.4},
    ),
    "MMEngine by iterations": (
        "01/01 10:00:00 - mmengine - INFO - Iter(train) [   50/150]  lr: 9.9e-03  eta: 1:00:00  time: 0.4  data_time: 0.01  memory: 6000  loss: 2.1\n"
        "01/01 10:00:00 - mmengine - INFO - Iter(train) [  100/150]  lr: 9.9e-03  eta: 1:00:00  time: 0.4  data_time: 0.01  memory: 6000  loss: 2.0\n"
        "01/01 10:00:00 - mmengine - INFO - Iter(val) [10/10]    aAcc: 80.5  mIoU: 40.25  mAcc: 50.0  data_time: 0.02  time: 0.1\n"
        "01/01 10:00:00 - mmengine - INFO - Iter(train) [  150/150]  lr: 9.9e-03  eta: 1:00:00  time: 0.4  data_time: 0.01  memory: 6000  loss: 1.9\n",
        (50, 100, 150), 150, {"loss": 2.0},
    ),
    "TensorFlow's estimator": (
        "INFO:tensorflow:loss = 2.5, step = 1\nINFO:tensorflow:global_step/sec: 100.1\nINFO:tensorflow:loss = 2.25, step = 101 (1.0 sec)\n"
        "INFO:tensorflow:loss = 2.0, step = 201 (1.0 sec)\n",
        (1, 101, 201), None, {"loss": 2.25},
    ),
    "TensorFlow's object detection": (
        "INFO:tensorflow:global step 1: loss = 12.5 (10.3 sec/step)\nINFO:tensorflow:global step 2: loss = 11.25 (0.3 sec/step)\n"
        "INFO:tensorflow:global step 3: loss = 10.0 (0.3 sec/step)\n",
        (1, 2, 3), None, {"loss": 11.25},
    ),
    "torchtitan": (
        "[titan] 2026-01-01 10:00:00,123 - root - INFO - step:  1  loss: 12.25  grad_norm: 1.5  memory:  0.6GiB(3%)  tps: 1,000\n"
        "[titan] 2026-01-01 10:00:00,123 - root - INFO - step: 10  loss: 10.25  grad_norm: 1.25  memory:  0.6GiB(3%)  tps: 1,000\n"
        "[titan] 2026-01-01 10:00:00,123 - root - INFO - step: 20  loss:  9.25  grad_norm: 1.0  memory:  0.6GiB(3%)  tps: 1,000\n",
        (1, 10, 20), None, {"loss": 10.25, "grad_norm": 1.25},
    ),
    "DeepSpeed": (
        "[2026-01-01 10:00:00,123] [INFO] [logging.py:96:log_dist] [Rank 0] steps: 10 loss: 0.6931 iter time (s): 0.1 samples/sec: 10.5\n"
        "[2026-01-01 10:00:00,123] [INFO] [logging.py:96:log_dist] [Rank 0] steps: 20 loss: 0.5931 iter time (s): 0.1 samples/sec: 10.5\n"
        "[2026-01-01 10:00:00,123] [INFO] [logging.py:96:log_dist] [Rank 0] steps: 30 loss: 0.4931 iter time (s): 0.1 samples/sec: 10.5\n",
        (10, 20, 30), None, {"loss": 0.5931},
    ),
    "a physics network": (
        "It: 0, Loss: 1.5e-01, Time: 0.20\nIt: 10, Loss: 1.25e-01, Time: 0.20\nIt: 20, Loss: 1.0e-01, Time: 0.20\n",
        (1, 11, 21), None, {"Loss": 0.125},
    ),
    "a table of steps": ("step\tloss\n10\t8.5\n20\t7.5\n30\t7.25\n", (10, 20, 30), None, {"loss": 7.5}),
    "a CSV of steps": (
        "step,train_loss,val_loss\n100,0.5,0.6\n200,0.4,0.5\n300,0.3,0.45\n",
        (100, 200, 300), None, {"train_loss": 0.4, "val_loss": 0.5},
    ),
    "evaluations of a GPT": (
        "step 0: train loss 4.3, val loss 4.25\nstep 250: train loss 2.5, val loss 2.75\nstep 500: train loss 2.0, val loss 2.25\n",
        (1, 251, 501), None, {"train loss": 2.5, "val loss": 2.75},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STEPS)
def test_steps_are_the_epochs_where_there_are_none(name):
    log, steps, total, values = STEPS[name]
    records = told(log)
    assert tuple(records) == steps
    assert {record.total_epochs for record in records.values()} == {total}
    assert {k.lower(): v for k, v in values.items()}.items() <= {
        k.lower(): v for k, v in records[steps[1]].metrics.items()
    }.items()


def test_many_steps_are_told_while_they_run():
    parser = ProgressParser()
    log = "".join(f"step {step}: loss {1 / step:.3f}\n" for step in range(1, 21))
    assert len([record for record in parser.feed(log.encode()) if not record.partial]) >= 18


# name: log, its epochs
WITHIN = {
    "steps, and the epoch told behind them": (
        "Step 10/20 loss: 0.9\nStep 20/20 loss: 0.8\nEpoch 1 done: val_loss: 0.7\n"
        "Step 10/20 loss: 0.7\nStep 20/20 loss: 0.6\nEpoch 2 done: val_loss: 0.5\n",
        [1, 2],
    ),
    "an epoch with a remark": (
        "Epoch 1/2 (device=cuda)\n" + "".join(f"  step {n:05d}: loss=0.{n}\n" for n in range(20, 220, 20))
        + "Epoch 2/2 (device=cuda)\n" + "".join(f"  step {n:05d}: loss=0.{n}\n" for n in range(20, 220, 20)),
        [1, 2],
    ),
    "steps behind a callback's words on an epoch": (
        "Epoch 00001: saving model to x.h5\n" + "".join(f"step {n}: loss 0.{n}\n" for n in range(1, 20)),
        [],
    ),
    "one step": ("[12:00:01] step 3/10 loss: 0.2\n", []),
    "steps without values": ("".join(f"Step {n}/3: preparing data\n" for n in range(1, 4)), []),
    "steps of a recipe": ("Step 1/3: download loss.py\nStep 2/3 : RUN pip install x==0.5\nStep 3/3 : CMD run\n", []),
    "an image builder": ("Step 1/9 : FROM x:1.5\nStep 2/9 : ENV LOSS=0.5\n ---> Using cache\nStep 3/9 : ENV ACC=0.5\n", []),
    "checkpoints of steps": (
        "".join(f"Saved checkpoint at step {n} with loss 0.{n}\n" for n in range(1, 20)),
        [],
    ),
    "a reinforcement learner's tables": (
        "| rollout/           |          |\n|    ep_len_mean     | 22.3     |\n| time/              |          |\n|    iterations      | 1        |\n"
        "|    total_timesteps | 2048     |\n| train/             |          |\n|    loss            | 6.43     |\n" * 3,
        [],
    ),
    "a search for parameters": (
        "|   iter    |  target   |     x     |     y     |\n-------------------------------------------------\n"
        "| 1         | -7.135    | 2.834     | 1.322     |\n| 2         | -7.78     | 2.0       | -1.186    |\n",
        [],
    ),
    "speeds": ("".join(f"iter {n} took 0.5s, 12.3 it/s, memory 0.5 GB\n" for n in range(1, 20)), []),
    "sampling": ("".join(f"DDIM Sampler: step {n}/50, eta 0.5\n" for n in range(1, 20)), []),
}  # fmt: skip


@pytest.mark.parametrize("name", WITHIN)
def test_steps_are_no_epochs_beside_epochs_nor_without_values(name):
    log, epochs = WITHIN[name]
    assert list(told(log)) == epochs
