# ruff: noqa: E501 (lines as people print them)
"""Loops as people write them: what is expected was read off the lines by hand, before the parser read them."""

import pytest

from unitrainer_tui.progress import ProgressParser

# name: the log, and of each epoch in order its number, its total and some of its values
LOOPS = {
    "a GAN in brackets": (
        "[Epoch 0/200] [Batch 0/938] [D loss: 0.693210] [G loss: 0.701230]\n[Epoch 0/200] [Batch 937/938] [D loss: 0.393210] [G loss: 1.701230]\n"
        "[Epoch 1/200] [Batch 937/938] [D loss: 0.293210] [G loss: 2.701230]\n",
        [(1, 200, {"D loss": 0.39321, "G loss": 1.70123}), (2, 200, {"D loss": 0.29321})],
    ),
    "ImageNet's meters": (
        "Epoch: [3][ 10/391]\tTime  0.100 ( 0.200)\tData  0.001 ( 0.010)\tLoss 1.2000e+00 (1.3000e+00)\tPrec@1  50.00 ( 48.50)\n"
        "Epoch: [3][390/391]\tTime  0.100 ( 0.200)\tData  0.001 ( 0.010)\tLoss 1.1000e+00 (1.2000e+00)\tPrec@1  55.00 ( 52.50)\n"
        "Test: [ 0/79]\tTime  0.1 ( 0.1)\tLoss 1.0 (1.0)\tPrec@1 60.0 (60.0)\n * Prec@1 58.250\n"
        "Epoch: [4][390/391]\tTime  0.100 ( 0.200)\tData  0.001 ( 0.010)\tLoss 0.9000e+00 (1.0000e+00)\tPrec@1  59.00 ( 57.50)\n * Prec@1 61.250\n",
        [(3, None, {"loss": 1.2, "Prec@1": 52.5, "val_Prec@1": 58.25}), (4, None, {"Prec@1": 57.5})],
    ),
    "the VAE example": (
        "Train Epoch: 1 [0/60000 (0%)]\tLoss: 550.1\nTrain Epoch: 1 [58880/60000 (98%)]\tLoss: 120.5\n====> Epoch: 1 Average loss: 164.2431\n====> Test set loss: 127.2345\n"
        "Train Epoch: 2 [58880/60000 (98%)]\tLoss: 115.5\n====> Epoch: 2 Average loss: 121.2431\n====> Test set loss: 115.2345\n",
        [(1, None, {"Average loss": 164.2431}), (2, None, {"Average loss": 121.2431})],
    ),
    "MNIST with a test set": (
        "Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.3\nTrain Epoch: 1 [59520/60000 (99%)]\tLoss: 0.31\n\nTest set: Average loss: 0.0512, Accuracy: 9800/10000 (98%)\n\n"
        "Train Epoch: 2 [59520/60000 (99%)]\tLoss: 0.21\n\nTest set: Average loss: 0.0412, Accuracy: 9850/10000 (98.5%)\n\n",
        [
            (1, None, {"loss": 0.31, "val_Average loss": 0.0512, "val_Accuracy": 98.0}),
            (2, None, {"val_Accuracy": 98.5}),
        ],
    ),
    "small letters and commas": (
        "epoch 1, train loss 0.3012, val acc 91.2%\nepoch 2, train loss 0.2012, val acc 93.4%\n",
        [(1, None, {"train loss": 0.3012, "val acc": 91.2}), (2, None, {"val acc": 93.4})],
    ),
    "loss after epoch": (
        "loss after epoch 1 : 0.3\nloss after epoch 2 : 0.2\n",
        [(1, None, {"loss": 0.3}), (2, None, {"loss": 0.2})],
    ),
    "the Lasagne example": (
        "Starting training...\nEpoch 1 of 3 took 12.312s\n  training loss:\t\t1.231423\n  validation loss:\t\t0.431234\n  validation accuracy:\t\t87.62 %\n"
        "Epoch 2 of 3 took 12.112s\n  training loss:\t\t0.931423\n  validation loss:\t\t0.331234\n  validation accuracy:\t\t89.62 %\n"
        "Epoch 3 of 3 took 12.112s\n  training loss:\t\t0.831423\n  validation loss:\t\t0.231234\n  validation accuracy:\t\t90.62 %\nFinal results:\n  test loss:\t\t\t0.220912\n  test accuracy:\t\t93.01 %\n",
        [
            (1, 3, {"training loss": 1.231423, "validation loss": 0.431234, "validation accuracy": 87.62}),
            (2, 3, {"training loss": 0.931423}),
            (3, 3, {"validation accuracy": 90.62}),
        ],
    ),
    "iterations of a GAN": (
        "Iter-0; D_loss: 1.391; G_loss: 0.692\nIter-1000; D_loss: 0.05123; G_loss: 4.612\nIter-2000; D_loss: 0.1123; G_loss: 3.612\n",
        [(1, None, {"D_loss": 1.391}), (1001, None, {"G_loss": 4.612}), (2001, None, {"D_loss": 0.1123})],
    ),
    "the PyTorch tutorial's steps": (
        "Epoch [1/2], Step [100/600], Loss: 0.3512\nEpoch [1/2], Step [600/600], Loss: 0.2512\nEpoch [2/2], Step [100/600], Loss: 0.1512\nEpoch [2/2], Step [600/600], Loss: 0.1012\nAccuracy of the network on the 10000 test images: 97.1 %\n",
        [(1, 2, {"loss": 0.2512}), (2, 2, {"loss": 0.1012})],
    ),
    "validation behind the epoch": (
        "Epoch 1/2: loss=0.5012 acc=0.8012\nValidation: loss=0.4012 acc=0.8512\nEpoch 2/2: loss=0.3012 acc=0.9012\nValidation: loss=0.2512 acc=0.9112\n",
        [(1, 2, {"loss": 0.5012, "val_loss": 0.4012, "val_acc": 0.8512}), (2, 2, {"val_acc": 0.9112})],
    ),
    "transfer learning": (
        "Epoch 0/2\n----------\ntrain Loss: 0.6512 Acc: 0.6512\nval Loss: 0.2512 Acc: 0.9012\n\nEpoch 1/2\n----------\ntrain Loss: 0.5512 Acc: 0.7512\nval Loss: 0.2012 Acc: 0.9212\n\n"
        "Epoch 2/2\n----------\ntrain Loss: 0.4512 Acc: 0.8512\nval Loss: 0.1912 Acc: 0.9312\n\nTraining complete in 2m 3s\nBest val Acc: 0.931200\n",
        [
            (1, 3, {"val Loss": 0.2512, "val_Acc": 0.9012}),
            (2, 3, {"val Loss": 0.2012}),
            (3, 3, {"val Loss": 0.1912, "val_Acc": 0.9312}),
        ],
    ),
    "glued numbers": (
        "epoch:1/2\tloss:0.5123\tacc:0.8123\nepoch:2/2\tloss:0.4123\tacc:0.8523\n",
        [(1, 2, {"loss": 0.5123, "acc": 0.8123}), (2, 2, {"loss": 0.4123})],
    ),
    "a dict of one's own": (
        "{'epoch': 0, 'train_loss': 0.5, 'val_loss': 0.6}\n{'epoch': 1, 'train_loss': 0.4, 'val_loss': 0.5}\n",
        [(1, None, {"train_loss": 0.5, "val_loss": 0.6}), (2, None, {"val_loss": 0.5})],
    ),
    "a dict behind the epoch": (
        "Epoch 1: {'loss': 0.5123, 'acc': 0.8123}\nEpoch 2: {'loss': 0.4123, 'acc': 0.8523}\n",
        [(1, None, {"loss": 0.5123, "acc": 0.8123}), (2, None, {"acc": 0.8523})],
    ),
    "print of a tuple": (
        "('epoch', 0, 'loss', 0.6931)\n('epoch', 1, 'loss', 0.5931)\n",
        [(1, None, {"loss": 0.6931}), (2, None, {"loss": 0.5931})],
    ),
    "print with commas": (
        "Epoch: 0 Loss: 0.6931471805599453\nEpoch: 100 Loss: 0.3931471805599453\nEpoch: 200 Loss: 0.2931471805599453\n",
        [(1, None, {"loss": 0.6931471805599453}), (101, None, {"loss": 0.3931471805599453}), (201, None, {})],
    ),
    "an average word before": (
        "Epoch 1, Average Loss: 0.5123\nEpoch 2, Average Loss: 0.4123\n",
        [(1, None, {"Average Loss": 0.5123}), (2, None, {"Average Loss": 0.4123})],
    ),
    "pipes": (
        "| Epoch 01 | Train Loss: 0.5123 | Train Acc: 81.23% |\n| Epoch 02 | Train Loss: 0.4123 | Train Acc: 85.23% |\n",
        [(1, None, {"Train Loss": 0.5123, "Train Acc": 81.23}), (2, None, {"Train Acc": 85.23})],
    ),
    "bentrevett's sentiment": (
        "Epoch: 01 | Epoch Time: 0m 13s\n\tTrain Loss: 0.694 | Train Acc: 50.12%\n\t Val. Loss: 0.697 |  Val. Acc: 49.72%\n"
        "Epoch: 02 | Epoch Time: 0m 13s\n\tTrain Loss: 0.594 | Train Acc: 60.12%\n\t Val. Loss: 0.597 |  Val. Acc: 59.72%\nTest Loss: 0.550 | Test Acc: 62.72%\n",
        [
            (1, None, {"Train Loss": 0.694, "Val. Loss": 0.697, "Val. Acc": 49.72}),
            (2, None, {"Train Loss": 0.594, "Val. Loss": 0.597}),
        ],
    ),
    "bentrevett's translation": (
        "Epoch: 01 | Time: 0m 26s\n\tTrain Loss: 5.052 | Train PPL: 156.281\n\t Val. Loss: 4.915 |  Val. PPL: 136.281\n"
        "Epoch: 02 | Time: 0m 26s\n\tTrain Loss: 4.052 | Train PPL: 57.281\n\t Val. Loss: 4.115 |  Val. PPL: 61.281\n",
        [(1, None, {"Train Loss": 5.052, "Val. PPL": 136.281}), (2, None, {"Train PPL": 57.281})],
    ),
    "the sequence to sequence tutorial": (
        "1m 12s (- 16m 51s) (5000 6%) 2.8512\n2m 24s (- 15m 12s) (10000 13%) 2.2912\n3m 36s (- 14m 1s) (15000 20%) 2.0112\n",
        [],
    ),
    "the name tutorial": (
        "0m 5s (5% 5000) loss 2.2\n",
        [],
    ),
    "the classifier of CIFAR": (
        "[1,  2000] loss: 2.212\n[1, 12000] loss: 1.312\n[2,  2000] loss: 1.212\n[2, 12000] loss: 1.112\nFinished Training\nAccuracy of the network on the 10000 test images: 55 %\n",
        [(1, None, {"loss": 1.312}), (2, None, {"loss": 1.112})],
    ),
    "the quickstart": (
        "Epoch 1\n-------------------------------\nloss: 2.303494  [   64/60000]\nloss: 2.153494  [57664/60000]\nTest Error: \n Accuracy: 44.8%, Avg loss: 2.154312 \n\n"
        "Epoch 2\n-------------------------------\nloss: 2.103494  [   64/60000]\nloss: 1.953494  [57664/60000]\nTest Error: \n Accuracy: 54.8%, Avg loss: 1.854312 \n\nDone!\n",
        [(1, None, {"loss": 2.153494, "Accuracy": 44.8, "Avg loss": 2.154312}), (2, None, {"Avg loss": 1.854312})],
    ),
    "a torchvision reference": (
        "Epoch: [0]  [  0/125]  eta: 0:05:12  lr: 0.000040  loss: 4.5 (4.6)  loss_classifier: 3.1 (3.2)  time: 2.5 (2.6)  data: 0.5 (0.5)  max mem: 5000\n"
        "Epoch: [0]  [124/125]  eta: 0:00:01  lr: 0.005000  loss: 1.5 (1.8)  loss_classifier: 0.9 (1.1)  time: 0.5 (0.6)  data: 0.01 (0.02)  max mem: 5100\n"
        "Epoch: [0] Total time: 0:01:10 (0.5 s / it)\nTest:  [ 0/63]  eta: 0:00:30  model_time: 0.1 (0.1)  time: 0.4  data: 0.3  max mem: 5100\n"
        "Epoch: [1]  [124/125]  eta: 0:00:01  lr: 0.005000  loss: 1.1 (1.2)  loss_classifier: 0.5 (0.6)  time: 0.5 (0.6)  data: 0.01 (0.02)  max mem: 5100\nEpoch: [1] Total time: 0:01:10 (0.5 s / it)\n",
        [(1, None, {"loss": 1.8, "loss_classifier": 1.1}), (2, None, {"loss": 1.2})],
    ),
    "an epoch only behind its values": (
        "train loss: 0.5123 val loss: 0.4123 -- epoch 1\ntrain loss: 0.4123 val loss: 0.3123 -- epoch 2\n",
        [(1, None, {"train loss": 0.5123, "val loss": 0.4123}), (2, None, {"val loss": 0.3123})],
    ),
    "a mark between": (
        "Epoch 1 >> loss = 0.5123 ; acc = 0.8123\nEpoch 2 >> loss = 0.4123 ; acc = 0.8523\n",
        [(1, None, {"loss": 0.5123, "acc": 0.8123}), (2, None, {"acc": 0.8523})],
    ),
    "arrows": (
        "Epoch 1 -> loss: 0.5123\nEpoch 2 -> loss: 0.4123\n",
        [(1, None, {"loss": 0.5123}), (2, None, {"loss": 0.4123})],
    ),
    "an arrow in a pair": (
        "Epoch 1: train_loss -> 0.5123, val_loss -> 0.6123\nEpoch 2: train_loss -> 0.4123, val_loss -> 0.5123\n",
        [(1, None, {"train_loss": 0.5123, "val_loss": 0.6123}), (2, None, {"val_loss": 0.5123})],
    ),
    "a number sign": (
        "Epoch #1: loss=0.5123\nEpoch #2: loss=0.4123\n",
        [(1, None, {"loss": 0.5123}), (2, None, {"loss": 0.4123})],
    ),
    "an underscore": (
        "epoch_1 loss 0.5123 acc 0.8123\nepoch_2 loss 0.4123 acc 0.8523\n",
        [(1, None, {"loss": 0.5123, "acc": 0.8123}), (2, None, {"acc": 0.8523})],
    ),
    "a padded number": (
        "Epoch 0001 | Loss 1.9456 | Accuracy 0.2123\nEpoch 0002 | Loss 1.8456 | Accuracy 0.3123\n",
        [(1, None, {"loss": 1.9456, "Accuracy": 0.2123}), (2, None, {"Accuracy": 0.3123})],
    ),
    "the graph network example": (
        "Epoch: 0001 loss_train: 1.9456 acc_train: 0.1429 loss_val: 1.9398 acc_val: 0.3500 time: 0.0512s\nEpoch: 0002 loss_train: 1.9356 acc_train: 0.2429 loss_val: 1.9298 acc_val: 0.3600 time: 0.0412s\n"
        "Optimization Finished!\nTotal time elapsed: 1.2345s\nTest set results: loss= 0.7512 accuracy= 0.8260\n",
        [(1, None, {"loss_train": 1.9456, "acc_val": 0.35}), (2, None, {"loss_val": 1.9298, "acc_val": 0.36})],
    ),
    "the PyG example": (
        "Epoch: 001, Loss: 1.9456, Train: 0.9286, Val: 0.5280, Test: 0.5310\nEpoch: 002, Loss: 1.8456, Train: 0.9386, Val: 0.5880, Test: 0.5910\n",
        [(1, None, {"loss": 1.9456, "Train": 0.9286, "Val": 0.528, "Test": 0.531}), (2, None, {"Val": 0.588})],
    ),
    "the DGL example": (
        "Epoch 00000 | Time(s) nan | Loss 1.9456 | Accuracy 0.2123 | ETputs(KTEPS) nan\nEpoch 00001 | Time(s) 0.0101 | Loss 1.8456 | Accuracy 0.3123 | ETputs(KTEPS) 1012.12\n",
        [(1, None, {"loss": 1.9456, "Accuracy": 0.2123}), (2, None, {"loss": 1.8456})],
    ),
    "in German": (
        "Epoche 1/3: Verlust = 0.5123, Genauigkeit = 0.8123\nEpoche 2/3: Verlust = 0.4123, Genauigkeit = 0.8523\nEpoche 3/3: Verlust = 0.3123, Genauigkeit = 0.8823\n",
        [(1, 3, {"Verlust": 0.5123, "Genauigkeit": 0.8123}), (2, 3, {"Verlust": 0.4123}), (3, 3, {})],
    ),
    "in Chinese": (
        "第1轮训练, loss: 0.5123, acc: 0.8123\n第2轮训练, loss: 0.4123, acc: 0.8523\n",
        [(1, None, {"loss": 0.5123, "acc": 0.8123}), (2, None, {"loss": 0.4123})],
    ),
    "in Chinese with a total": (
        "轮次 1/3, 损失: 0.5123, 准确率: 81.23%\n轮次 2/3, 损失: 0.4123, 准确率: 85.23%\n轮次 3/3, 损失: 0.3123, 准确率: 88.23%\n",
        [(1, 3, {"损失": 0.5123, "准确率": 81.23}), (2, 3, {"损失": 0.4123}), (3, 3, {})],
    ),
    "an English epoch with Chinese words": (
        "Epoch 1/2 训练损失: 0.5123 验证损失: 0.6123\nEpoch 2/2 训练损失: 0.4123 验证损失: 0.5123\n",
        [(1, 2, {"训练损失": 0.5123, "验证损失": 0.6123}), (2, 2, {"训练损失": 0.4123})],
    ),
    "full-width marks": (
        "Epoch：1，Loss：0.5123，Acc：0.8123\nEpoch：2，Loss：0.4123，Acc：0.8523\n",
        [(1, None, {"loss": 0.5123, "Acc": 0.8123}), (2, None, {"loss": 0.4123})],
    ),
    "in French": (
        "Époque 1/2 - perte : 0.5123 - précision : 0.8123\nÉpoque 2/2 - perte : 0.4123 - précision : 0.8523\n",
        [(1, 2, {"perte": 0.5123}), (2, 2, {"perte": 0.4123})],
    ),
    "in Spanish": (
        "Época 1/2, pérdida: 0.5123\nÉpoca 2/2, pérdida: 0.4123\n",
        [(1, 2, {}), (2, 2, {})],
    ),
    "a table of a notebook": (
        "Epoch | Training Loss | Validation Loss\n1 | 0.512300 | 0.412300\n2 | 0.412300 | 0.312300\n",
        [(1, None, {"Training Loss": 0.5123, "Validation Loss": 0.4123}), (2, None, {"Training Loss": 0.4123})],
    ),
    "a table of a notebook with tabs": (
        "Epoch\tTraining Loss\tValidation Loss\tAccuracy\n1\tNo log\t0.412300\t0.812300\n2\t0.412300\t0.312300\t0.852300\n",
        [(1, None, {"Validation Loss": 0.4123, "Accuracy": 0.8123}), (2, None, {"Training Loss": 0.4123})],
    ),
    "a table of a notebook with steps": (
        "Step\tTraining Loss\n500\t0.512300\n1000\t0.412300\n1500\t0.312300\n",
        [(500, None, {"Training Loss": 0.5123}), (1000, None, {"Training Loss": 0.4123}), (1500, None, {})],
    ),
    "a table in Markdown": (
        "| Epoch | Train Loss | Val Loss |\n|-------|------------|----------|\n| 1 | 0.5123 | 0.4123 |\n| 2 | 0.4123 | 0.3123 |\n",
        [(1, None, {"Train Loss": 0.5123, "Val Loss": 0.4123}), (2, None, {"Val Loss": 0.3123})],
    ),
    "a time first": (
        "[00:12] Epoch 1/2 loss 0.5123\n[00:24] Epoch 2/2 loss 0.4123\n",
        [(1, 2, {"loss": 0.5123}), (2, 2, {"loss": 0.4123})],
    ),
    "a bracketed total": (
        "Epoch(1/3): loss 0.5123\nEpoch(2/3): loss 0.4123\nEpoch(3/3): loss 0.3123\n",
        [(1, 3, {"loss": 0.5123}), (2, 3, {"loss": 0.4123}), (3, 3, {"loss": 0.3123})],
    ),
    "a training word": (
        "Training epoch 1/2\n100%|██████████| 10/10 [00:01<00:00,  9.50it/s]\nLoss: 0.5123\nTraining epoch 2/2\n100%|██████████| 10/10 [00:01<00:00,  9.50it/s]\nLoss: 0.4123\n",
        [(1, 2, {"loss": 0.5123}), (2, 2, {"loss": 0.4123})],
    ),
    "a start and an end": (
        "Starting epoch 1/2...\nEpoch 1/2 finished. Loss: 0.5123. Accuracy: 0.8123.\nStarting epoch 2/2...\nEpoch 2/2 finished. Loss: 0.4123. Accuracy: 0.8523.\nTraining finished.\n",
        [(1, 2, {"loss": 0.5123, "Accuracy": 0.8123}), (2, 2, {"loss": 0.4123})],
    ),
    "bars of equal signs": (
        "========== Epoch 1/2 ==========\nTrain Loss: 0.5123, Train Acc: 0.8123\nVal Loss: 0.4123, Val Acc: 0.8523\n========== Epoch 2/2 ==========\nTrain Loss: 0.4123, Train Acc: 0.8623\nVal Loss: 0.3123, Val Acc: 0.8723\n",
        [(1, 2, {"Train Loss": 0.5123, "Val Acc": 0.8523}), (2, 2, {"Val Loss": 0.3123})],
    ),
    "percent of a share": (
        "Epoch 1: Train loss 0.5123, train acc 0.8123 (8123/10000); val loss 0.4123, val acc 0.8523 (8523/10000)\nEpoch 2: Train loss 0.4123, train acc 0.8523 (8523/10000); val loss 0.3123, val acc 0.8623 (8623/10000)\n",
        [(1, None, {"Train loss": 0.5123, "val acc": 0.8523}), (2, None, {"val loss": 0.3123})],
    ),
    "kuangliu's bar": (
        "\nEpoch: 0\n [=>...... 1/391 .......]  Step: 1s | Tot: 1s | Loss: 2.312 | Acc: 10.156% (13/128) 1/391 \r"
        " [====== 391/391 ======>]  Step: 60ms | Tot: 25s | Loss: 1.512 | Acc: 44.156% (22078/50000) 391/391 \n [===== 100/100 =====>]  Step: 20ms | Tot: 2s | Loss: 1.212 | Acc: 56.320% (5632/10000) 100/100 \nSaving..\n"
        "\nEpoch: 1\n [====== 391/391 ======>]  Step: 60ms | Tot: 25s | Loss: 1.112 | Acc: 60.156% (30078/50000) 391/391 \n [===== 100/100 =====>]  Step: 20ms | Tot: 2s | Loss: 1.012 | Acc: 64.320% (6432/10000) 100/100 \n",
        [(1, None, {}), (2, None, {})],
    ),
    "the word language model": (
        "| epoch   1 |   200/ 2983 batches | lr 20.00 | ms/batch 30.12 | loss  7.71 | ppl  2236.12\n| epoch   1 |  2800/ 2983 batches | lr 20.00 | ms/batch 30.12 | loss  5.71 | ppl   302.12\n"
        "-----------------------------------------------------------------------------------------\n| end of epoch   1 | time: 35.12s | valid loss  5.51 | valid ppl   247.12\n-----------------------------------------------------------------------------------------\n"
        "| epoch   2 |  2800/ 2983 batches | lr 20.00 | ms/batch 30.12 | loss  5.11 | ppl   165.12\n| end of epoch   2 | time: 35.12s | valid loss  5.21 | valid ppl   183.12\n=========================================================================================\n| End of training | test loss  5.12 | test ppl   167.12\n=========================================================================================\n",
        [(1, None, {"loss": 5.71, "valid loss": 5.51}), (2, None, {"loss": 5.11, "valid ppl": 183.12})],
    ),
    "the transformer of Karpathy": (
        "step 0: train loss 4.2849, val loss 4.2823\nstep 500: train loss 1.8998, val loss 2.0023\nstep 1000: train loss 1.4998, val loss 1.7023\n",
        [(1, None, {"train loss": 4.2849}), (501, None, {"val loss": 2.0023}), (1001, None, {})],
    ),
    "makemore": (
        "      0/ 200000: 3.8012\n  10000/ 200000: 2.2012\n  20000/ 200000: 2.0012\n",
        [],
    ),
    "minGPT": (
        "iter_dt 0.00ms; iter 0: train loss 2.3012\niter_dt 10.00ms; iter 100: train loss 0.3012\niter_dt 10.00ms; iter 200: train loss 0.2012\n",
        [(1, None, {"train loss": 2.3012}), (101, None, {"train loss": 0.3012}), (201, None, {})],
    ),
    "old minGPT": (
        "epoch 1 iter 99: train loss 1.50123. lr 5.999e-04: 100%|██████████| 100/100 [00:10<00:00,  9.9it/s]\nepoch 2 iter 99: train loss 1.20123. lr 3.999e-04: 100%|██████████| 100/100 [00:10<00:00,  9.9it/s]\n",
        [(1, None, {"train loss": 1.50123}), (2, None, {"train loss": 1.20123})],
    ),
    "a U-Net": (
        "INFO: Starting training:\n        Epochs:          2\n        Batch size:      1\n        Learning rate:   1e-05\nEpoch 1/2:  50%|█████     | 50/100 [00:10<00:10,  5.0img/s, loss (batch)=0.512]\rEpoch 1/2: 100%|██████████| 100/100 [00:20<00:00,  5.0img/s, loss (batch)=0.412]\nINFO: Validation Dice score: 0.7512\nINFO: Checkpoint 1 saved!\n"
        "Epoch 2/2: 100%|██████████| 100/100 [00:20<00:00,  5.0img/s, loss (batch)=0.312]\nINFO: Validation Dice score: 0.8512\nINFO: Checkpoint 2 saved!\n",
        [(1, 2, {"Validation Dice score": 0.7512}), (2, 2, {"Validation Dice score": 0.8512})],
    ),
    "DeiT's JSON": (
        '{"train_lr": 1e-06, "train_loss": 6.9, "test_loss": 6.8, "test_acc1": 0.5, "epoch": 0, "n_parameters": 5717416}\n{"train_lr": 1e-05, "train_loss": 6.5, "test_loss": 6.2, "test_acc1": 2.5, "epoch": 1, "n_parameters": 5717416}\n',
        [(1, None, {"train_loss": 6.9, "test_acc1": 0.5}), (2, None, {"test_loss": 6.2})],
    ),
    "a dice of a V-Net": (
        "iteration 1 : loss : 0.912000, loss_ce: 0.712000\niteration 2 : loss : 0.812000, loss_ce: 0.612000\niteration 3 : loss : 0.712000, loss_ce: 0.512000\n",
        [(1, None, {"loss": 0.912, "loss_ce": 0.712}), (2, None, {"loss": 0.812}), (3, None, {})],
    ),
    "the nnU-Net": (
        "2024-01-01 10:00:00.123456: Epoch 0 \n2024-01-01 10:00:00.123456: Current learning rate: 0.01 \n2024-01-01 10:02:00.123456: train_loss -0.1012 \n2024-01-01 10:02:00.123456: val_loss -0.2012 \n2024-01-01 10:02:00.123456: Pseudo dice [0.5, 0.6] \n2024-01-01 10:02:00.123456: Epoch time: 120.5 s \n"
        "2024-01-01 10:02:00.123456: \n2024-01-01 10:02:00.123456: Epoch 1 \n2024-01-01 10:02:00.123456: Current learning rate: 0.00999 \n2024-01-01 10:04:00.123456: train_loss -0.3012 \n2024-01-01 10:04:00.123456: val_loss -0.4012 \n2024-01-01 10:04:00.123456: Epoch time: 119.5 s \n",
        [(1, None, {"train_loss": -0.1012, "val_loss": -0.2012}), (2, None, {"train_loss": -0.3012})],
    ),
    "Swin": (
        "[2021-04-10 10:00:00 swin_tiny](main.py 222): INFO Train: [0/300][0/1251]\teta 1:59:02 lr 0.000001\ttime 5.7 (5.7)\tloss 6.93 (6.93)\tgrad_norm 1.5 (1.5)\tmem 6000MB\n[2021-04-10 10:09:00 swin_tiny](main.py 222): INFO Train: [0/300][1250/1251]\teta 0:00:01 lr 0.000050\ttime 0.4 (0.4)\tloss 6.53 (6.73)\tgrad_norm 1.5 (1.6)\tmem 6000MB\n"
        "[2021-04-10 10:09:10 swin_tiny](main.py 231): INFO EPOCH 0 training takes 0:09:10\n[2021-04-10 10:09:20 swin_tiny](main.py 273): INFO  * Acc@1 3.512 Acc@5 11.012\n[2021-04-10 10:09:20 swin_tiny](main.py 170): INFO Accuracy of the network on the 50000 test images: 3.5%\n[2021-04-10 10:09:20 swin_tiny](main.py 172): INFO Max accuracy: 3.51%\n"
        "[2021-04-10 10:19:00 swin_tiny](main.py 222): INFO Train: [1/300][1250/1251]\teta 0:00:01 lr 0.000050\ttime 0.4 (0.4)\tloss 6.03 (6.23)\tgrad_norm 1.5 (1.6)\tmem 6000MB\n[2021-04-10 10:19:10 swin_tiny](main.py 231): INFO EPOCH 1 training takes 0:09:10\n[2021-04-10 10:19:20 swin_tiny](main.py 273): INFO  * Acc@1 9.512 Acc@5 21.012\n",
        [(1, 300, {"loss": 6.73, "val_Acc@1": 3.512}), (2, 300, {"loss": 6.23, "val_Acc@5": 21.012})],
    ),
    "ep in brackets": (
        "[ep 1/2] loss=0.5123 val=0.6123\n[ep 2/2] loss=0.4123 val=0.5123\n",
        [(1, 2, {"loss": 0.5123}), (2, 2, {"loss": 0.4123})],
    ),
    "ep without a total": (
        "ep 1 | loss 0.5123 | acc 0.8123\nep 2 | loss 0.4123 | acc 0.8523\n",
        [(1, None, {"loss": 0.5123, "acc": 0.8123}), (2, None, {"loss": 0.4123})],
    ),
    "an epoch with steps behind a dash": (
        "Epoch 1 - Step 100/200 - loss: 0.5123\nEpoch 1 - Step 200/200 - loss: 0.4123\nEpoch 1 - Val loss: 0.4523\nEpoch 2 - Step 200/200 - loss: 0.3123\nEpoch 2 - Val loss: 0.3523\n",
        [(1, None, {"loss": 0.4123, "Val loss": 0.4523}), (2, None, {"loss": 0.3123, "Val loss": 0.3523})],
    ),
    "the best epoch at the end": (
        "Epoch 1/2 - train loss: 0.5123 - val loss: 0.4123\nEpoch 2/2 - train loss: 0.4123 - val loss: 0.4523\nBest epoch: 1, best val loss: 0.4123\nBest model was from epoch 1 with val loss 0.4123\n",
        [(1, 2, {"val loss": 0.4123}), (2, 2, {"train loss": 0.4123, "val loss": 0.4523})],
    ),
    "a checkpoint behind each": (
        "Epoch 1/2: train_loss=0.5123 val_loss=0.4123\nSaved checkpoint to ckpt/epoch_1_loss_0.4123.pt\nNew best val_loss: 0.4123 (epoch 1)\nEpoch 2/2: train_loss=0.4123 val_loss=0.3123\nSaved checkpoint to ckpt/epoch_2_loss_0.3123.pt\nNew best val_loss: 0.3123 (epoch 2)\n",
        [(1, 2, {"train_loss": 0.5123, "val_loss": 0.4123}), (2, 2, {"val_loss": 0.3123})],
    ),
    "a time behind each": (
        "Epoch 1 | 12.3s | loss 0.5123\nEpoch 2 | 12.1s | loss 0.4123\n",
        [(1, None, {"loss": 0.5123}), (2, None, {"loss": 0.4123})],
    ),
    "words between": (
        "After epoch 1, the training loss is 0.5123 and the validation accuracy is 0.8123\nAfter epoch 2, the training loss is 0.4123 and the validation accuracy is 0.8523\n",
        [(1, None, {"training loss": 0.5123, "validation accuracy": 0.8123}), (2, None, {"training loss": 0.4123})],
    ),
    "a JSON behind a stamp": (
        '2024-01-01 10:00:00 INFO {"epoch": 1, "loss": 0.5123}\n2024-01-01 10:00:01 INFO {"epoch": 2, "loss": 0.4123}\n',
        [(1, None, {"loss": 0.5123}), (2, None, {"loss": 0.4123})],
    ),
    "a CSV": (
        "epoch,train_loss,val_loss,lr\n1,0.5123,0.6123,0.001\n2,0.4123,0.5123,0.001\n",
        [(1, None, {"train_loss": 0.5123, "val_loss": 0.6123}), (2, None, {"val_loss": 0.5123})],
    ),
    "next epoch's bar before this one's line": (
        (
            "Epoch 1: 100%|██████████| 115/115 [00:15<00:00,  7.45it/s]\n"
            "Epoch 2:   0%|          | 0/115 [00:00<?, ?it/s]Epoch 1 | Train Loss: 0.4909\n"
            "Epoch 2: 100%|██████████| 115/115 [00:14<00:00,  7.97it/s]\n"
            "Epoch 2 | Train Loss: 0.4813\n"
            "Validation Accuracy: 0.8126\n"
            "Predicting FINAL dataset: 100%|██████████| 717/717 [01:13<00:00,  9.82it/s]\n"
        ),
        [(1, None, {"Train Loss": 0.4909}), (2, None, {"Train Loss": 0.4813})],
    ),
    "ddp tutorial": (
        (
            "[GPU1] Epoch 0 | Batchsize: 32 | Steps: 32\n"
            "[GPU0] Epoch 0 | Batchsize: 32 | Steps: 32\n"
            "Epoch 0 | Training checkpoint saved at checkpoint.pt\n"
            "[GPU0] Epoch 1 | Batchsize: 32 | Steps: 32\n"
            "[GPU1] Epoch 1 | Batchsize: 32 | Steps: 32\n"
        ),
        [(1, None, {}), (2, None, {})],
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


def told(log):
    parser = ProgressParser()
    found = []
    for record in parser.feed(log.encode()) + parser.finish():
        if record.partial:
            continue
        if found and found[-1].epoch == record.epoch:
            found.pop()  # the same epoch with more of its values
        found.append(record)
    return found


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_understood(name):
    log, expected = LOOPS[name]
    found = told(log)
    assert [(record.epoch, record.total_epochs) for record in found] == [row[:2] for row in expected]
    for record, (_, _, values) in zip(found, expected, strict=True):
        assert values.items() <= record.metrics.items()
