# ruff: noqa: E501 (lines as people print them)
"""Shapes in which people write an epoch and its values; and their look-alikes. Expected values by reading."""

import pytest

from unitrainer_tui.progress import ProgressParser

# name: a line of which {i} is the epoch, 1 to 3, and a, b are values; then what is told of the third
SHAPES = {
    "parentheses": ("Epoch {i}/3 loss({a}) acc({b})", {"loss": 0.53, "acc": 0.83}),
    "a blank and parentheses": ("Epoch {i}/3 loss ({a}) acc ({b})", {"loss": 0.53, "acc": 0.83}),
    "brackets": ("Epoch {i}: loss [{a}] acc [{b}]", {"loss": 0.53, "acc": 0.83}),
    "dashes": ("Epoch {i} - loss - {a} - acc - {b}", {"loss": 0.53, "acc": 0.83}),
    "bars": ("Epoch {i} | loss | {a} | acc | {b}", {"loss": 0.53, "acc": 0.83}),
    "tildes": ("Epoch {i} loss~{a}, acc~{b}", {"loss": 0.53, "acc": 0.83}),
    "two colons": ("Epoch {i} loss :: {a} acc :: {b}", {"loss": 0.53, "acc": 0.83}),
    "arrows": ("✅ Epoch {i}/3 ➜ Loss ➜ {a} • Acc ➜ {b}", {"loss": 0.53, "Acc": 0.83}),
    "the value before its name": ("Epoch {i}: {a} loss, 8{i}.5% accuracy", {"loss": 0.53, "accuracy": 83.5}),
    "of": ("Epoch {i}: accuracy of {b}, loss of {a}", {"loss": 0.53, "accuracy": 0.83}),
    "losses of two phases": ("Epoch {i}: train {a} val {b}", {"train": 0.53, "val": 0.83}),
    "a decimal comma": ("Epoch {i}/3 loss: 0,5{i} acc: 8{i},25%", {"loss": 0.53, "acc": 83.25}),
    "an ordinal": ("Epoch {i}th: loss: {a}, acc: {b}", {"loss": 0.53, "acc": 0.83}),
    "the number first": ("{i} epoch, loss: {a}, acc: {b}", {"loss": 0.53, "acc": 0.83}),
    "the ordinal first": ("{i}th epoch: loss: {a}, acc: {b}", {"loss": 0.53, "acc": 0.83}),
    "the number first, in brackets": ("[{i} epoch] loss: {a}, acc: {b}", {"loss": 0.53, "acc": 0.83}),
    "the fraction first": ("{i}/3 epochs, loss: {a}, acc: {b}", {"loss": 0.53, "acc": 0.83}),
    "a JSON object behind": ('Epoch {i}: {{"loss": {a}, "acc": {b}}}', {"loss": 0.53, "acc": 0.83}),
    "pairs in a list": ("Epoch {i}: [('loss', {a}), ('acc', {b})]", {"loss": 0.53, "acc": 0.83}),
    "a tensor of one": ("Epoch {i}: loss=tensor([{a}]) acc=array([{b}], dtype=float32)", {"loss": 0.53, "acc": 0.83}),
    "DLLogger": (
        "DLL 2026-01-01 18:12:13.123 - ({i},) val_loss : {a}  val_acc : {b}",
        {"val_loss": 0.53, "val_acc": 0.83},
    ),
    "dots between the values": (
        "Epoch: {i}/3... Training Step: 100... Loss: {a}... Val Loss: {b}...",
        {"loss": 0.53, "Val Loss": 0.83},
    ),
    "two dots between the values": (
        "Epoch: {i}/3.. Training Loss: {a}.. Test Accuracy: {b}",
        {"Training Loss": 0.53, "Test Accuracy": 0.83},
    ),
    "dotted leaders": ("Epoch {i}: loss ..... {a} acc ..... {b}", {"loss": 0.53, "acc": 0.83}),
    "the phase in parentheses": (
        "Epoch {i}: Loss (train): {a}, Loss (val): {b}",
        {"train_Loss": 0.53, "val_Loss": 0.83},
    ),
    "the phase in brackets": ("Epoch {i}: Loss [train] {a} Loss [val] {b}", {"train_Loss": 0.53, "val_Loss": 0.83}),
    "the kind in parentheses": ("Epoch {i}: F1 (macro): {a} F1 (micro): {b}", {"F1_macro": 0.53, "F1_micro": 0.83}),
    "two phases of one name": ("Epoch {i}: loss: train={a}, val={b}", {"train_loss": 0.53, "val_loss": 0.83}),
    "two phases of one name, in parentheses": (
        "Epoch {i} loss (train {a}, val {b})",
        {"train_loss": 0.53, "val_loss": 0.83},
    ),
    "the name before the epoch, others behind": ("Loss at epoch {i}: {a}, acc: {b}", {"loss": 0.53, "acc": 0.83}),
    "the epoch in parentheses behind the name": ("Loss (epoch {i}): {a}, acc: {b}", {"loss": 0.53, "acc": 0.83}),
    "differences in parentheses": ("Epoch {i} loss: {a}(-0.01) acc: {b} (+0.02)", {"loss": 0.53, "acc": 0.83}),
    "a power in a name": ("Epoch {i}: R^2 = {a}, MAE = {b}", {"R^2": 0.53, "MAE": 0.83}),
    "semicolons": ("Epoch {i}; loss; {a}; acc; {b}", {"loss": 0.53, "acc": 0.83}),
    "lines with an equals sign": ("epoch = {i}\nloss = {a}\nacc = {b}", {"loss": 0.53, "acc": 0.83}),
    "phases with brackets": (
        "Epoch:{i}  Train[Loss:{a}  Top1:{b}]  Val[Loss:{b}  Top1:{a}]",
        {"train_loss": 0.53, "train_Top1": 0.83, "val_loss": 0.83, "val_Top1": 0.53},
    ),
    "phases with parentheses": (
        "Epoch {i} Train(Loss {a}, Acc {b}) Test(Loss {b}, Acc {a})",
        {"train_loss": 0.53, "train_Acc": 0.83, "val_loss": 0.83, "val_Acc": 0.53},
    ),
    "the phase before the first of several": (
        "epoch {i} | train mse {a} mae {b} | val mse {b} mae {a}",
        {"train mse": 0.53, "train_mae": 0.83, "val mse": 0.83, "val_mae": 0.53},
    ),
    "a number in brackets": ("[{i}] loss: {a} acc: {b}", {"loss": 0.53, "acc": 0.83}),
}


def told(log):
    parser = ProgressParser()
    records = parser.feed(log.encode()) + parser.finish()
    return [record for record in records if not record.partial]


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_read(name):
    shape, values = SHAPES[name]
    records = told("".join(shape.format(i=i, a=f"0.5{i}", b=f"0.8{i}") + "\n" for i in (1, 2, 3)))
    assert [record.epoch for record in records] == [1, 2, 3]
    assert records[-1].metrics == values


def test_ticks_of_stylegan_are_its_rounds():
    records = told(
        "tick 0     kimg 0.0      time 26s   sec/tick 4.2\ntick 1     kimg 4.0      time 1m 26s   sec/tick 60.2\n"
    )
    assert [(record.epoch, record.metrics) for record in records] == [(1, {"kimg": 0.0}), (2, {"kimg": 4.0})]


def test_steps_before_the_first_epoch_line_are_none():
    steps = "".join(f"    step  {n:3d}/328  loss 0.5{n}\n" for n in range(20, 321, 20))
    epoch = "\n[Unfrozen] Epoch {}/500 -- train: 0.53  val: 0.62  ppl: 1.86  (70s)\n"
    records = told("  Total epochs:   500\n" + steps + epoch.format(1) + steps + epoch.format(2))
    assert [(record.epoch, record.total_epochs) for record in records] == [(1, 500), (2, 500)]


def test_many_steps_of_a_total_alone_are_told():
    records = told("".join(f"step {n}/100 loss 0.5{n}\n" for n in range(1, 101)))
    assert [record.epoch for record in records] == list(range(1, 101))


def test_a_total_of_two_digits_is_reached():
    records = told("training start!\n" + "".join(f"[{n}/10] - loss_d: 1.{n}, loss_g: 0.{n}\n" for n in range(1, 11)))
    assert [record.epoch for record in records] == list(range(1, 11))
    assert records[-1].metrics == {"loss_d": 1.1, "loss_g": 0.1}


def test_a_second_training_that_starts_its_epochs_again_is_told():
    epochs = "".join(
        f"starting epoch: {n}\n\nTrain -   loss: 2.9{n}     top-1: 0.5{n}\nEval -    loss: 2.8{n}     top-1: 0.6{n}\n"
        for n in range(3)
    )
    records = told(f"Starting training for 3 epochs, using cuda.\n{epochs}training time: 808.6\n" * 2)
    assert [record.epoch for record in records] == [1, 2, 3, 1, 2, 3]
    assert records[2].metrics == {"train_loss": 2.92, "train_top-1": 0.52, "val_loss": 2.82, "val_top-1": 0.62}


SILENT = {
    "prose": "In epoch 5 the loss of 0.3 was reached in the paper (accuracy 91.2).\n",
    "settings": "epochs: 100\nepoch: 0\nstart_epoch: 1\nlr: 0.001\nbatch_size: 32\nacc: 0.9\n",
    "calls in a traceback": '  File "train.py", line 9, in <module>\n    train(epoch=1, loss=0.5)\n    step(model, epoch=3, loss=0.5)\n',
    "settings of a class": "Namespace(model='x', epoch=3, loss=0.5)\nConfig(epoch=3, loss=0.5)\n",
    "numbered results": "1. accuracy: 0.91\n2. accuracy: 0.92\n3. accuracy: 0.93\n",
    "numbered folds": "Fold 1: acc=0.91\nFold 2: acc=0.92\nFold 3: acc=0.93\n",
    "numbered models": "Model 1 | accuracy 0.91\nModel 2 | accuracy 0.92\nModel 3 | accuracy 0.93\n",
    "a bar of shards": "1/5: 100%|██| 9/9 [00:00<00:00, 20it/s]\nLoading shards 2/5: 100%|██| 9/9 [00:00<00:00, 20it/s]\n",
    "epochs that were": "100 epochs took 3 hours\n3 epochs completed in 0.5 hours.\n",
    "t-SNE": "[t-SNE] Iteration 50: error = 81.11, gradient norm = 0.48 (50 iterations in 0.3s)\n[t-SNE] Iteration 100: error = 80.11, gradient norm = 0.38 (50 iterations in 0.3s)\n",
    "a version and a letter": "e2e: 0.5\nE1101: loss has no member 'item' (no-member)\ne 1.5 loss\n",
}


@pytest.mark.parametrize("name", SILENT)
def test_a_look_alike_is_silent(name):
    parser = ProgressParser()
    assert parser.feed(SILENT[name].encode()) + parser.finish() == []
