# ruff: noqa: E501 (lines as people print them)
"""Loops as people write them: what is expected was read off the lines by hand, before the parser read them."""

import pytest

from tests.told_epochs import is_told

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
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_understood(name):
    log, expected = LOOPS[name]
    is_told(log, expected)
