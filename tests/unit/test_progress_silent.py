# ruff: noqa: E501 (lines as the programs print them)
"""Output that looks like progress and is none: settings, installers, evaluations, searches, bars of other work."""

import pytest

from unitrainer_tui.progress import ProgressParser

SILENT = {
    "CatBoost's search": (
        "bestTest = 0.5590123\nbestIteration = 3\n\n0:\tloss: 0.5590123\tbest: 0.5590123 (0)\ttotal: 12ms\tremaining: 12ms\n"
        "1:\tloss: 0.5649465\tbest: 0.5590123 (0)\ttotal: 24ms\tremaining: 0us\nEstimating final quality...\n"
    ),
    "a bootstrap": (
        "#1: score=0.684534, mean score=0.684534, stdev=0.000000  epochs=94, mean epochs=94  time=0:00:08.29\n"
        "#2: score=0.694534, mean score=0.689534, stdev=0.005000  epochs=98, mean epochs=96  time=0:00:08.19\n"
    ),
    "settings with epochs": "epochs: 100 | batch: 16 | loss: mse\nepochs: 100, loss: 0.5, acc: 0.9\n",
    "yaml config": (
        "train:\n"
        "  epochs: 100\n"
        "  batch_size: 32\n"
        "  lr: 0.001\n"
        "  loss: cross_entropy\n"
        "  loss_weight: 0.5\n"
        "  val_interval: 1\n"
        "optimizer:\n"
        "  name: adam\n"
        "  weight_decay: 0.01\n"
        "model:\n"
        "  dropout: 0.1\n"
        "  num_classes: 10\n"
        "epoch: 100\n"
        "val_loss_threshold: 0.1\n"
        "early_stopping:\n"
        "  patience: 10\n"
        "  min_delta: 0.001\n"
        "step: 1000\n"
        "iter: 5\n"
    ),
    "namespace": (
        "Namespace(epochs=100, batch_size=32, lr=0.001, start_epoch=0, loss_weight=0.5, label_smoothing=0.1, resume='', val_interval=1, acc_threshold=0.9)\n"
    ),
    "json config": ('{\n  "epochs": 100,\n  "epoch": 1,\n  "loss": 0.5,\n  "lr": 0.001,\n  "val_loss": 0.4\n}\n'),
    "json one": (
        '{"lr": 0.001, "epochs": 100, "batch_size": 32, "loss_weight": 0.5}\n'
        '{"train_batch_size": 32, "zero_optimization": {"stage": 2}, "fp16": {"enabled": true, "loss_scale": 0}}\n'
    ),
    "config table": (
        "+---------------+---------+\n"
        "| Parameter     | Value   |\n"
        "+---------------+---------+\n"
        "| epochs        | 100     |\n"
        "| learning_rate | 0.001   |\n"
        "| loss_weight   | 0.5     |\n"
        "| epoch         | 1       |\n"
        "+---------------+---------+\n"
    ),
    "pip": (
        "Collecting torch==2.1.0\n"
        "  Downloading torch-2.1.0-cp310-cp310-manylinux1_x86_64.whl (670.2 MB)\n"
        "     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 670.2/670.2 MB 2.1 MB/s eta 0:00:00\n"
        "     |████████████████████████████████| 881.9 MB 18 kB/s\n"
        "Requirement already satisfied: numpy in /usr/lib/python3/dist-packages (1.24.1)\n"
        "Successfully installed torch-2.1.0 torchmetrics-1.2.0\n"
    ),
    "pip 24": (
        "Downloading lossless-1.0.tar.gz (1.2 MB)\n"
        "\x1b[?25l   \x1b[90m━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[32m0.0/1.2 MB\x1b[0m \x1b[31m?\x1b[0m eta \x1b[36m-:--:--\x1b[0m\r\x1b[2K   \x1b[90m━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[32m1.2/1.2 MB\x1b[0m \x1b[31m20.1 MB/s\x1b[0m eta \x1b[36m0:00:00\x1b[0m\n"
    ),
    "apt": (
        "Get:1 http://archive.ubuntu.com/ubuntu jammy InRelease [270 kB]\n"
        "Get:2 http://archive.ubuntu.com/ubuntu jammy/main amd64 Packages [1792 kB]\n"
        "Fetched 2062 kB in 1s (2000 kB/s)\n"
        "Reading package lists... 50%\rReading package lists... Done\n"
        "Selecting previously unselected package libgl1:amd64.\n"
        "(Reading database ... 5%\r(Reading database ... 100%\r(Reading database ... 12345 files and directories currently installed.)\n"
        "0 upgraded, 12 newly installed, 0 to remove and 5 not upgraded.\n"
    ),
    "docker": (
        "Step 1/12 : FROM pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime\n"
        " ---> 1a2b3c4d5e6f\n"
        "Step 2/12 : RUN pip install -r requirements.txt\n"
        " ---> Running in 0123456789ab\n"
        "Removing intermediate container 0123456789ab\n"
        "#5 [2/9] RUN apt-get update\n"
        "#5 0.512 Get:1 http://deb.debian.org/debian bookworm InRelease [151 kB]\n"
        "#5 DONE 3.2s\n"
        "#6 [3/9] WORKDIR /app\n"
        "#6 CACHED\n"
        " => [internal] load build definition from Dockerfile                                       0.1s\n"
        " => [3/7] RUN pip install torch                                                            12.3s\n"
    ),
    "pytest": (
        "============================= test session starts ==============================\n"
        "platform linux -- Python 3.11.4, pytest-7.4.0, pluggy-1.2.0\n"
        "collected 12 items\n"
        "\n"
        "tests/test_loss.py ....                                                  [ 33%]\n"
        "tests/test_epoch.py::test_epoch_1 PASSED                                 [ 50%]\n"
        "tests/test_train.py ......                                               [100%]\n"
        "\n"
        "---------- coverage: platform linux, python 3.11.4 -----------\n"
        "Name             Stmts   Miss  Cover\n"
        "------------------------------------\n"
        "loss.py             50      5    90%\n"
        "epoch.py            20      1    95%\n"
        "------------------------------------\n"
        "TOTAL               70      6    91%\n"
        "============================== 12 passed in 3.21s ===============================\n"
    ),
    "eval only ultralytics": (
        "Ultralytics YOLOv8.0.200 Python-3.10.12 torch-2.1.0 CUDA:0 (Tesla T4, 15102MiB)\n"
        "Model summary (fused): 168 layers, 3151904 parameters, 0 gradients, 8.7 GFLOPs\n"
        "val: Scanning /data/coco128/labels/train2017.cache... 126 images, 2 backgrounds, 0 corrupt: 100%|██████████| 128/128 [00:00<?, ?it/s]\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██████████| 8/8 [00:04<00:00,  1.9it/s]\n"
        "                   all        128        929      0.640      0.537      0.605      0.446\n"
        "                person        128        254      0.797      0.677      0.764      0.538\n"
        "Speed: 0.2ms preprocess, 5.1ms inference, 0.0ms loss, 1.2ms postprocess per image\n"
    ),
    "eval only torch": (
        "Test: [  0/196]\tTime  5.123 ( 5.123)\tLoss 5.3e-01 (5.3e-01)\tAcc@1  86.33 ( 86.33)\tAcc@5  97.66 ( 97.66)\n"
        "Test: [190/196]\tTime  0.123 ( 0.523)\tLoss 1.3e+00 (1.2e+00)\tAcc@1  66.33 ( 69.33)\tAcc@5  87.66 ( 89.06)\n"
        " * Acc@1 69.758 Acc@5 89.078\n"
    ),
    "eval only mm": (
        "[>>>>>>>>>>>>>>>>>>>>>>>>] 5000/5000, 21.1 task/s, elapsed: 237s, ETA:     0s\n"
        "Evaluating bbox...\n"
        "Loading and preparing results...\n"
        " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.374\n"
        "OrderedDict([('bbox_mAP', 0.374), ('bbox_mAP_50', 0.581)])\n"
        "01/01 10:00:00 - mmengine - INFO - Epoch(test) [ 50/79]    eta: 0:00:01  time: 0.05  data_time: 0.01  memory: 300  \n"
        "01/01 10:00:00 - mmengine - INFO - Epoch(test) [79/79]    accuracy/top1: 94.8500  data_time: 0.0050  time: 0.0100\n"
    ),
    "eval only hf": (
        "***** Running Evaluation *****\n"
        "  Num examples = 1000\n"
        "  Batch size = 8\n"
        "100%|██████████| 125/125 [00:05<00:00, 22.1it/s]\n"
        "***** eval metrics *****\n"
        "  eval_accuracy           =     0.9123\n"
        "  eval_loss               =     0.2512\n"
        "  eval_runtime            = 0:00:05.12\n"
        "{'eval_loss': 0.2512, 'eval_accuracy': 0.9123, 'eval_runtime': 5.12, 'eval_samples_per_second': 195.0, 'eval_steps_per_second': 24.0}\n"
    ),
    "eval keras": (
        "313/313 [==============================] - 1s 2ms/step - loss: 0.0755 - accuracy: 0.9775\n"
        "\x1b[1m313/313\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m1s\x1b[0m 2ms/step - accuracy: 0.9775 - loss: 0.0755\n"
        "Test loss: 0.0755\n"
        "Test accuracy: 0.9775\n"
    ),
    "eval lightning": (
        "Testing DataLoader 0: 100%|██████████| 79/79 [00:00<00:00, 150.2it/s]\n"
        "────────────────────────────────────────\n"
        "       Test metric             DataLoader 0\n"
        "────────────────────────────────────────\n"
        "        test_acc            0.9712\n"
        "        test_loss           0.0912\n"
        "────────────────────────────────────────\n"
    ),
    "results table": (
        "| Model | Epochs | Loss | Accuracy |\n"
        "|---|---|---|---|\n"
        "| ResNet18 | 10 | 0.51 | 91.2 |\n"
        "| ResNet50 | 20 | 0.41 | 93.2 |\n"
        "\n"
        "model      acc    f1\n"
        "bert       0.91   0.90\n"
        "roberta    0.93   0.92\n"
    ),
    "classification report": (
        "              precision    recall  f1-score   support\n"
        "\n"
        "           0       0.95      0.96      0.95       100\n"
        "           1       0.91      0.92      0.91       100\n"
        "\n"
        "    accuracy                           0.93       200\n"
        "   macro avg       0.93      0.94      0.93       200\n"
        "weighted avg       0.93      0.93      0.93       200\n"
    ),
    "downloads": (
        "Downloading data: 100%|██████████| 84.1M/84.1M [00:02<00:00, 35.1MB/s]\n"
        'Downloading: "https://download.pytorch.org/models/resnet18-f37072fd.pth" to /home/me/.cache/torch/hub/checkpoints/resnet18-f37072fd.pth\n'
        "100%|██████████| 44.7M/44.7M [00:00<00:00, 150MB/s]\n"
        "model.safetensors: 100%|██████████| 440M/440M [00:03<00:00, 120MB/s]\n"
        "Fetching 5 files: 100%|██████████| 5/5 [00:01<00:00,  3.1it/s]\n"
        "tokenizer_config.json: 100%|██████████| 48.0/48.0 [00:00<00:00, 120kB/s]\n"
        "Downloading data from https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz\n"
        "11490434/11490434 [==============================] - 1s 0us/step\n"
        "\x1b[1m11490434/11490434\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m1s\x1b[0m 0us/step\n"
    ),
    "maps": (
        "Map:   0%|          | 0/1000 [00:00<?, ? examples/s]\rMap: 100%|██████████| 1000/1000 [00:01<00:00, 950.12 examples/s]\n"
        "Map (num_proc=4): 100%|██████████| 1000/1000 [00:01<00:00, 950.12 examples/s]\n"
        "Filter: 100%|██████████| 1000/1000 [00:00<00:00, 9500.12 examples/s]\n"
        "Tokenizing train dataset (num_proc=2): 100%|██████████| 1000/1000 [00:01<00:00, 950.12 examples/s]\n"
        "Generating train split: 1000 examples [00:00, 5000.1 examples/s]\n"
        "Loading checkpoint shards: 100%|██████████| 2/2 [00:05<00:00,  2.5s/it]\n"
        "Extracting features: 100%|██████████| 100/100 [00:05<00:00, 20.0it/s]\n"
        "Saving the dataset (1/1 shards): 100%|██████████| 1000/1000 [00:00<00:00, 95000.1 examples/s]\n"
    ),
    "scans": (
        "train: Scanning /data/labels/train... 100 images, 2 backgrounds, 0 corrupt: 100%|██████████| 100/100 [00:00<00:00, 1000.1it/s]\n"
        "train: New cache created: /data/labels/train.cache\n"
        "AMP: running Automatic Mixed Precision (AMP) checks...\n"
        "AutoAnchor: 4.27 anchors/target, 0.994 Best Possible Recall (BPR). Current anchors are a good fit to dataset\n"
        "autoanchor: Running kmeans for 9 anchors on 929 points...\n"
        "autoanchor: Evolving anchors with Genetic Algorithm: fitness = 0.6712: 100%|██████████| 1000/1000 [00:00<00:00, 2000.1it/s]\n"
    ),
    "ultralytics settings": (
        "engine/trainer: agnostic_nms=False, amp=True, augment=False, batch=16, epochs=100, patience=100, val=True, warmup_epochs=3.0, box=7.5, cls=0.5, dfl=1.5, lr0=0.01\n"
        "Starting training for 100 epochs...\n"
    ),
    "gridsearch": (
        "Fitting 5 folds for each of 12 candidates, totalling 60 fits\n"
        "[CV 1/5] END ...............C=0.1, kernel=linear;, score=0.912 total time=   0.1s\n"
        "[CV 2/5] END ...............C=0.1, kernel=linear;, score=0.922 total time=   0.1s\n"
        "[CV 1/5; 1/12] START C=0.1, kernel=linear...........................................\n"
        "[CV 1/5; 1/12] END ............C=0.1, kernel=linear;, score=0.912 total time=   0.1s\n"
        "[Parallel(n_jobs=1)]: Using backend SequentialBackend with 1 concurrent workers.\n"
        "[Parallel(n_jobs=1)]: Done   1 out of   1 | elapsed:    0.1s remaining:    0.0s\n"
        "[Parallel(n_jobs=1)]: Done  60 out of  60 | elapsed:    3.1s finished\n"
        "Best parameters: {'C': 1, 'kernel': 'rbf'}\n"
        "Best score: 0.951\n"
    ),
    "random forest": (
        "[Parallel(n_jobs=2)]: Using backend ThreadingBackend with 2 concurrent workers.\n"
        "building tree 1 of 100\n"
        "building tree 2 of 100\n"
        "building tree 100 of 100\n"
        "[Parallel(n_jobs=2)]: Done  46 tasks      | elapsed:    0.1s\n"
        "[Parallel(n_jobs=2)]: Done 100 out of 100 | elapsed:    0.2s finished\n"
    ),
    "svm": (
        "[LibSVM]*\n"
        "optimization finished, #iter = 123\n"
        "obj = -123.456789, rho = 0.123456\n"
        "nSV = 50, nBSV = 40\n"
        "Total nSV = 50\n"
    ),
    "optuna": (
        "[I 2024-01-01 10:00:00,123] A new study created in memory with name: no-name-1234\n"
        "[I 2024-01-01 10:00:01,123] Trial 0 finished with value: 0.912 and parameters: {'lr': 0.001, 'n_layers': 2, 'epochs': 10}. Best is trial 0 with value: 0.912.\n"
        "[I 2024-01-01 10:00:02,123] Trial 1 finished with value: 0.922 and parameters: {'lr': 0.002, 'n_layers': 3, 'epochs': 12}. Best is trial 1 with value: 0.922.\n"
        "Best trial: 1. Best value: 0.922:  10%|█         | 2/20 [00:02<00:18,  1.0s/it]\n"
    ),
    "ray tune": (
        "== Status ==\n"
        "Memory usage on this node: 5.1/31.2 GiB\n"
        "Resources requested: 2/8 CPUs, 0/0 GPUs\n"
        "+------------------+----------+-------+--------+----------+------------+\n"
        "| Trial name       | status   | loc   |     lr |   loss   |   accuracy |\n"
        "|------------------+----------+-------+--------+----------+------------|\n"
        "| train_0001_00000 | RUNNING  | 1:234 |  0.001 |   0.51   |     0.81   |\n"
        "| train_0001_00001 | PENDING  |       |  0.01  |          |            |\n"
        "+------------------+----------+-------+--------+----------+------------+\n"
    ),
    "bayes": (
        "|   iter    |  target   | max_depth | learni... |\n"
        "-------------------------------------------------\n"
        "| 1         | 0.9123    | 5.123     | 0.0512    |\n"
        "| 2         | 0.9223    | 6.123     | 0.0612    |\n"
        "=================================================\n"
    ),
    "tsne": (
        "[t-SNE] Computing 91 nearest neighbors...\n"
        "[t-SNE] Indexed 1000 samples in 0.001s...\n"
        "[t-SNE] Mean sigma: 1.234567\n"
        "[t-SNE] KL divergence after 250 iterations with early exaggeration: 65.123456\n"
        "[t-SNE] KL divergence after 1000 iterations: 0.912345\n"
    ),
    "git": (
        "Cloning into 'yolov5'...\n"
        "remote: Enumerating objects: 16000, done.\n"
        "remote: Counting objects: 100% (50/50), done.\n"
        "Receiving objects:  45% (7200/16000), 5.01 MiB | 10.01 MiB/s\rReceiving objects: 100% (16000/16000), 15.01 MiB | 10.01 MiB/s, done.\n"
        "Resolving deltas: 100% (11000/11000), done.\n"
    ),
    "nvidia": (
        "+-----------------------------------------------------------------------------+\n"
        "| NVIDIA-SMI 525.85.12    Driver Version: 525.85.12    CUDA Version: 12.0     |\n"
        "|-------------------------------+----------------------+----------------------+\n"
        "|   0  Tesla T4            Off  | 00000000:00:04.0 Off |                    0 |\n"
        "| N/A   45C    P8     9W /  70W |      0MiB / 15360MiB |      0%      Default |\n"
        "+-------------------------------+----------------------+----------------------+\n"
    ),
    "torch summary": (
        "----------------------------------------------------------------\n"
        "        Layer (type)               Output Shape         Param #\n"
        "================================================================\n"
        "            Conv2d-1         [-1, 64, 112, 112]           9,408\n"
        "================================================================\n"
        "Total params: 11,689,512\n"
        "Input size (MB): 0.57\n"
        "----------------------------------------------------------------\n"
        "Epochs: 10\n"
    ),
    "model print": (
        "Net(\n"
        "  (conv1): Conv2d(1, 32, kernel_size=(3, 3), stride=(1, 1))\n"
        "  (dropout1): Dropout(p=0.25, inplace=False)\n"
        "  (loss): CrossEntropyLoss()\n"
        ")\n"
        "Adam (\n"
        "Parameter Group 0\n"
        "    betas: (0.9, 0.999)\n"
        "    lr: 0.001\n"
        "    initial_step: 0\n"
        ")\n"
    ),
    "lightning summary": (
        "  | Name      | Type               | Params | Mode \n"
        "---------------------------------------------------------\n"
        "0 | model     | ResNet             | 11.2 M | train\n"
        "1 | loss      | CrossEntropyLoss   | 0      | train\n"
        "2 | train_acc | MulticlassAccuracy | 0      | train\n"
        "---------------------------------------------------------\n"
        "11.2 M    Trainable params\n"
        "44.700    Total estimated model params size (MB)\n"
        "Sanity Checking DataLoader 0: 100%|██████████| 2/2 [00:00<00:00,  5.1it/s]\n"
    ),
    "lr finder": (
        "Finding best initial lr: 100%|██████████| 100/100 [00:05<00:00, 18.1it/s]\n"
        "Learning rate set to 0.001\n"
        "LR finder stopped early after 84 steps due to diverging loss.\n"
    ),
    "inference": (
        "image 1/3 /data/a.jpg: 640x480 2 persons, 1 dog, 12.3ms\n"
        "image 2/3 /data/b.jpg: 640x480 1 person, 11.3ms\n"
        "image 3/3 /data/c.jpg: 640x480 (no detections), 10.3ms\n"
        "video 1/1 (1/300) /data/v.mp4: 384x640 4 persons, 10.1ms\n"
        "Speed: 2.0ms preprocess, 11.3ms inference, 1.5ms postprocess per image at shape (1, 3, 640, 480)\n"
    ),
    "predictions": (
        "Predicting: 100%|██████████| 100/100 [00:05<00:00, 18.1it/s]\n"
        "Evaluating: 100%|██████████| 100/100 [00:05<00:00, 18.1it/s, acc=0.91, loss=0.2]\n"
        "Inference: 100%|██████████| 10/10 [00:05<00:00,  1.8it/s]\n"
        "Accuracy: 0.91\n"
        "F1: 0.90\n"
        "Confusion matrix:\n"
        "[[50  2]\n"
        " [ 3 45]]\n"
    ),
    "lm eval": (
        "2024-01-01:10:00:00,123 INFO     [evaluator.py:100] Running loglikelihood requests\n"
        "Running loglikelihood requests: 100%|██████████| 4000/4000 [01:00<00:00, 66.1it/s]\n"
        "|  Tasks  |Version|Filter|n-shot| Metric |Value |   |Stderr|\n"
        "|---------|-------|------|-----:|--------|-----:|---|-----:|\n"
        "|hellaswag|Yaml   |none  |     0|acc     |0.2912|±  |0.0045|\n"
        "|         |       |none  |     0|acc_norm|0.3112|±  |0.0046|\n"
    ),
    "wandb summary": (
        "wandb: Run summary:\n"
        "wandb:      epoch 10\n"
        "wandb:       loss 0.1234\n"
        "wandb:   val_loss 0.2345\n"
        "wandb: Run history:\n"
        "wandb: epoch ▁▂▃▄▅▆▇█\n"
        "wandb: loss █▅▃▂▁▁▁▁\n"
    ),
    "resume only": (
        "=> loading checkpoint 'checkpoint.pth.tar'\n"
        "=> loaded checkpoint 'checkpoint.pth.tar' (epoch 30)\n"
        "Resuming training from epoch 30, best acc 71.2\n"
    ),
    "dataset stats": (
        "Number of training samples: 50000\n"
        "Number of validation samples: 10000\n"
        "class 0: 5000 samples\n"
        "class 1: 5000 samples\n"
        "Train dataset size: 50000, val dataset size: 10000\n"
        "Mean: 0.4914, std: 0.2470\n"
        "Loss function: CrossEntropyLoss, weight: 0.5\n"
    ),
    "export": (
        "PyTorch: starting from 'best.pt' with input shape (1, 3, 640, 640) BCHW and output shape(s) (1, 84, 8400) (6.2 MB)\n"
        "ONNX: export success ✅ 1.2s, saved as 'best.onnx' (12.2 MB)\n"
    ),
    "deepspeed config": (
        "[2024-01-01 10:00:00,123] [INFO] [config.py:1000:print]   train_batch_size ............. 32\n"
        "[2024-01-01 10:00:00,123] [INFO] [config.py:1000:print]   steps_per_print .............. 10\n"
        "[2024-01-01 10:00:00,123] [INFO] [config.py:1000:print]   initial_dynamic_scale ........ 65536\n"
        "[2024-01-01 10:00:00,123] [INFO] [config.py:1000:print]   loss_scale ................... 0\n"
    ),
    "benchmarks": (
        "Benchmark iteration 1: 12.3 ms\n"
        "Benchmark iteration 2: 12.1 ms\n"
        "warmup iteration 1: 5.0 ms\n"
        "iter 1/10: latency 12.3ms\n"
        "iter 2/10: latency 12.4ms\n"
    ),
    "make": (
        "[  5%] Building CXX object src/CMakeFiles/loss.dir/loss.cpp.o\n"
        "[ 50%] Building CXX object src/CMakeFiles/train.dir/epoch.cpp.o\n"
        "[100%] Linking CXX executable train\n"
        "[1/12] Building CUDA object kernel.cu.o\n"
        "[12/12] Linking CXX shared library lib.so\n"
    ),
    "npm": ("npm WARN deprecated loss@1.0.0\nadded 120 packages, and audited 121 packages in 3s\n"),
    "rsync": (
        "sending incremental file list\n"
        "model.pt\n"
        "     32,768   1%    0.00kB/s    0:00:00  \r 44,700,000 100%   50.00MB/s    0:00:00 (xfr#1, to-chk=0/2)\n"
    ),
    "wget": (
        "--2024-01-01 10:00:00--  https://example.org/model.pt\n"
        "Resolving example.org... 93.184.216.34\n"
        "model.pt            50%[=========>          ]  20.00M  10.0MB/s    eta 2s     \rmodel.pt           100%[===================>]  44.70M  10.0MB/s    in 4.5s    \n"
    ),
    "curl": (
        "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
        "                                 Dload  Upload   Total   Spent    Left  Speed\n"
        "100 44.7M  100 44.7M    0     0  10.0M      0  0:00:04  0:00:04 --:--:-- 10.1M\n"
    ),
    "pycaret": (
        "Model  Accuracy     AUC  Recall   Prec.      F1\n"
        "lr       0.9123  0.9512  0.9012  0.9112  0.9062\n"
        "knn      0.8923  0.9312  0.8812  0.8912  0.8862\n"
    ),
    "flaml": (
        "[flaml.automl.logger: 01-01 10:00:00] {2345} INFO - iteration 0, current learner lgbm\n"
        "[flaml.automl.logger: 01-01 10:00:00] {2478} INFO - Estimated sufficient time budget=1000s. Estimated necessary time budget=10s.\n"
        "[flaml.automl.logger: 01-01 10:00:00] {2523} INFO -  at 0.5s,\testimator lgbm's best error=0.2123,\tbest estimator lgbm's best error=0.2123\n"
        "[flaml.automl.logger: 01-01 10:00:01] {2345} INFO - iteration 1, current learner lgbm\n"
    ),
    "autogluon": (
        "Fitting model: LightGBM ... Training model for up to 50.0s of the 60.0s of remaining time.\n"
        "\t0.8712\t = Validation score   (accuracy)\n"
        "\t0.51s\t = Training   runtime\n"
        "\t0.02s\t = Validation runtime\n"
    ),
    "timm validate": (
        "Test: [   0/196]  Time: 1.512s (1.512s,  169.30/s)  Loss:  0.6312 (0.6312)  Acc@1:  84.375 ( 84.375)  Acc@5:  97.266 ( 97.266)\n"
        " * Acc@1 79.758 (20.242) Acc@5 94.078 (5.922)\n"
        "--result\n"
        "{\n"
        '    "model": "resnet50",\n'
        '    "top1": 79.758,\n'
        '    "top5": 94.078\n'
        "}\n"
    ),
    "hydra": (
        "[2024-01-01 10:00:00,123][HYDRA] Launching 2 jobs locally\n"
        "[2024-01-01 10:00:00,123][HYDRA] \t#0 : trainer.max_epochs=10 model.lr=0.01\n"
        "trainer:\n"
        "  _target_: lightning.Trainer\n"
        "  max_epochs: 10\n"
        "  accelerator: cpu\n"
        "callbacks:\n"
        "  model_checkpoint:\n"
        "    monitor: val/acc\n"
        "    filename: epoch_{epoch:03d}\n"
    ),
    "stages": ("Stage 1/3: extract\nStage 2/3: transform\nTrial 1: ok\nFold 1: 1000 samples\n"),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["pipe", "terminal"])
@pytest.mark.parametrize("name", SILENT)
def test_other_output_is_no_progress(name, end):
    parser = ProgressParser()
    assert parser.feed(SILENT[name].replace("\n", end).encode()) + parser.finish() == []


def test_all_of_it_together_is_no_progress():
    """One output behind another: what one of them announces makes no progress of the next one's values."""
    parser = ProgressParser()
    assert parser.feed("".join(SILENT.values()).encode()) + parser.finish() == []
