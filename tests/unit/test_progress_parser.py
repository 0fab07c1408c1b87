"""The parser as a function of bytes: any split, any bytes, bounded memory; and when records come."""

import itertools
import math
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unitrainer_tui.progress import ProgressParser

LOGS = sorted((Path(__file__).parents[1] / "fixtures" / "logs").glob("*.log"))
SEED = b"Epoch: 1/10  Loss: 0.543  mAP: 0.234\nEpoch: 2/10  Loss: 0.421  mAP: 0.456\n"
WORDS = [
    "Epoch ",
    "epoch",
    "1/10",
    "3",
    " ",
    "loss: ",
    "0.5",
    "nan",
    "inf",
    "\n",
    "\r",
    "[0]\t",
    "a-b:1",
    "100%|#| 1/1 [0<0, ",
    "x=1]",
    '{"type": "progress", "data": {"epoch": ',
    "}}",
    "'epoch': ",
    "{'loss': 1, ",
    "\x1b[1m",
    "all ",
    "9" * 30,
    "      Epoch    GPU_mem   box_loss  Instances  Size\n",
    " 1/2  0G  1.1  4 640: ",
    "Class Images Instances Box(P R)",
    "0:\tlearn: 1",
    "iter 3: loss ",
    "━━━━━━",
    "Validation ",
    ": ",
    "(",
    ")",
    "e",
    "-",
    "epoch train_loss time\n",
    "Fold 2/3\n",
    "[rank1]: ",
    "Epochs: 33%|#| 1/3 [0<0]",
    "Epoch 1/2 : |█--| 50.00% [1/2",
    "…: 100% ━━",
    "\x1b[2K\x1b[1A",
    "epoch,loss\n",
    "tensor(",
    "[ Train | 001/100 ] ",
    "Resuming training x from epoch 3 to 4 total epochs",
    "step 1: ",
    "iter 2/3 | ",
    "2026-01-01 10:00:00 - INFO - ",
    " * Acc@1 0.5",
    "E    #  LOSS A  SCORE\n",
    "step\tloss\n",
    '{"step": 3, "loss": ',
    " is ",
]
logs = st.lists(st.sampled_from(WORDS) | st.text(max_size=3)).map(
    lambda words: "".join(words).encode("utf-8", "replace")
)


def records(*pieces):
    parser = ProgressParser()
    return [record for piece in pieces for record in parser.feed(piece)] + parser.finish()


def finals(data):
    return [record for record in records(data) if not record.partial]


@given(logs | st.binary(), st.lists(st.integers(0, 400)))
def test_any_split_of_the_bytes_gives_the_same_records(data, cuts):
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(edges)]
    assert repr(records(*pieces)) == repr(records(data))


@pytest.mark.parametrize("log", LOGS[::3], ids=lambda log: log.stem)
def test_a_real_log_byte_by_byte_gives_the_same_records(log):
    data = log.read_bytes()
    assert repr(records(*(data[at : at + 1] for at in range(len(data))))) == repr(records(data))


@pytest.mark.parametrize(
    "line",
    [
        "100%|#| {}/{} [0<0, loss=1]",
        "Epoch 1/2 step {}/{} loss: 0.5",
        "Epoch {}/{} loss: 0.5",
        "Epoch 1/2 ━━━━━━━━ {}/{} 0:00:01 loss: 1",
        "Train: 0 [ {}/ {} ( 10%)] Loss: 1 (1)",
        "Epoch: [0][ {}/{}] Loss 1.0 (1.0)",
        "[{}]\ttrain-rmse:{}",
        '{{"type": "progress", "data": {{"epoch": {}, "total_epochs": {}}}}}',
        "{{'loss': 1.0, 'epoch': {}}}{}",
        "{}/{} - 0s - loss: 1.0",
        "      {}/{}      1.2G   1.234",
        "{}:\tlearn: {}",
        "Num Epochs = {}{}",
        "iter {}: loss {}",
    ],
)
@pytest.mark.parametrize("digits", ["9" * 5000, "0", "1,2,3", "1e400"])
def test_absurd_numbers_raise_nothing(line, digits):
    for record in records(b"Epoch 1/2\n" + line.format(digits, digits).encode() + b"\n"):
        assert record.total_epochs is None or 0 <= record.epoch <= record.total_epochs


@given(logs)
def test_every_record_holds_together(data):
    for record in records(data):
        assert record.epoch >= 1
        assert record.fraction is None or 0 <= record.fraction <= 1
        assert all(isinstance(value, float) for value in record.metrics.values())


@pytest.mark.parametrize("log", LOGS[::7], ids=lambda log: log.stem)
def test_a_damaged_log_raises_nothing_and_any_split_of_it_gives_the_same(log):
    chance = random.Random(log.name)
    data = bytearray(log.read_bytes())
    for _ in range(12):
        damaged = bytearray(data)
        for _ in range(chance.randrange(1, 40)):
            at = chance.randrange(len(damaged))
            match chance.randrange(5):
                case 0:
                    damaged[at] = chance.randrange(256)
                case 1:
                    del damaged[at : at + chance.randrange(1, 60)]
                case 2:
                    damaged[at:at] = damaged[at : at + chance.randrange(1, 200)] * 2
                case 3:
                    damaged[at:at] = chance.choice(WORDS).encode()
                case 4:
                    damaged[at:at] = chance.randbytes(chance.randrange(1, 8))
        whole = bytes(damaged)
        cut = chance.randrange(len(whole))
        told = records(whole)
        assert repr(records(whole[:cut], whole[cut:])) == repr(told)
        assert all(record.epoch >= 1 for record in told)


def test_the_seeds_lines_are_told_as_they_come():
    parser = ProgressParser()
    (first, second) = parser.feed(SEED)
    assert (first.epoch, first.total_epochs, first.fraction) == (1, 10, 0.1)
    assert first.metrics == {"loss": 0.543, "mAP": 0.234}
    assert second.metrics == {"loss": 0.421, "mAP": 0.456}
    assert parser.finish() == []


def test_a_line_of_ten_megabytes_is_skipped_and_not_kept():
    parser = ProgressParser()
    for _ in range(160):
        assert parser.feed(b"Epoch: 1/10 Loss: 0.1 " * 3000) == []
    assert len(parser._lines._rest) <= 65536
    assert [record.epoch for record in parser.feed(b"\n" + SEED)] == [1, 2]


def test_looks_into_an_epoch_are_partial_and_its_record_comes_once():
    parser = ProgressParser()
    bar = "\rEpoch 1/2:  {}%|###  | {}/10 [00:01<00:01, 5it/s, loss=0.{}]"
    looks = parser.feed("".join(bar.format(n * 10, n, n) for n in (5, 6)).encode())
    assert [(look.partial, look.fraction) for look in looks] == [(True, 0.25)]
    ends = parser.feed((bar.format(100, 10, 1) + "\nEpoch 2/2: 0%| | 0/10 [00:00<?, ?it/s]\n").encode())
    assert [end.metrics for end in ends if not end.partial] == [{"loss": 0.1}]


def test_an_epoch_that_the_end_of_the_log_broke_off_is_not_told():
    assert [r.epoch for r in finals(b"Epoch 1/9: 100%|#| 9/9 [0<0, loss=1]\nEpoch 2/9: 40%|# | 4/9 [0<0, loss=1]")] == [
        1
    ]
    assert [r.epoch for r in finals(b"Epoch 1/9\nloss: 0.5\nEpoch 2/9\n")] == [1]


def test_a_restart_tells_its_epochs_again():
    log = b"Epoch 1/3 loss: 3\nEpoch 2/3 loss: 2\nTraceback\nEpoch 2/3 loss: 1.9\nEpoch 3/3 loss: 1\n"
    assert [(r.epoch, r.metrics["loss"]) for r in finals(log)] == [(1, 3), (2, 2), (2, 1.9), (3, 1)]


def test_values_that_are_no_numbers_are_kept():
    (one, two) = finals(b"Epoch: 1/2  Loss: nan  acc: inf\nEpoch: 2/2  Loss: -inf\n")
    assert math.isnan(one.metrics["loss"])
    assert one.metrics["acc"] == math.inf
    assert two.metrics["loss"] == -math.inf


def test_once_the_job_speaks_json_nothing_else_counts():
    log = b"""      Epoch    GPU_mem   box_loss  Instances       Size
        1/2      2.1G      1.234         13        640: 100%|##########| 4/4 [00:01<00:00,  3.5it/s]
{"type": "progress", "data": {"epoch": 1, "total_epochs": 2, "metrics": {"loss": 1.2}}}
        2/2      2.1G      1.134         13        640: 100%|##########| 4/4 [00:01<00:00,  3.5it/s]
{"type": "progress", "data": {"epoch": 2, "total_epochs": 2, "metrics": {"loss": 1.1}}}
{"type": "progress", "data": {"epoch": 2, "total_epochs": 2, "metrics": {"loss": 1.1}}}
"""
    assert [(r.epoch, r.metrics) for r in finals(log)] == [(1, {"loss": 1.2}), (2, {"loss": 1.1})]


def test_a_step_told_for_ever_is_not_kept_for_ever():
    parser = ProgressParser()
    for _ in range(5000):
        parser.feed(b"step 7: loss 0.5\n")
    assert len(parser._held._facts) <= 200
    bar = "".join(f"\r 1%| | {n}/9000 [0<0, loss=0.5]" for n in range(1, 9000))
    parser = ProgressParser()
    parser.feed(bar.encode())
    assert len(parser._held._bar) <= 2000


def test_names_without_end_do_not_grow_an_epoch():
    log = "Epoch 1/2\n" + "".join(f"loss_{n}: 0.5\n" for n in range(5000)) + "Epoch 2/2\n"
    assert len(finals(log.encode())[0].metrics) == 200


@pytest.mark.parametrize(
    "line",
    [
        "loss " * 1600,
        "a" * 8000 + " loss",
        "epoch " * 1300,
        "[1/2" * 2000 + "epoch",
        "loss: " + "1" * 8000,
        "val " * 2000,
        "      Epoch    GP1/0U_mem   box_loss" + "   3.594" * 15 + " …: 0% ──── 0/2",
        "epoch" + "  a" * 130 + " =",
        "epoch," + "a1@" * 120 + "=",
        "Epoch [1/2]: [1/2] 50%|" + "[" * 8000,
        "a_" * 4000 + "loss for epoch 1: ",
        "[12:00:00] " * 700 + "rank",
        "tensor(" * 1000 + "0.5",
        "Iteration:1, " * 600,
        "Train: " * 1100,
        "* " + "Acc 1 " * 1300 + "x!",
        "step 1 " * 1100 + "loss: 0.5",
        "loss so far is " * 500,
        "2024-01-01 10:00:00 - INFO - " * 280,
        "loss -> " * 1000,
        "val loss at step 1: " * 400,
        "epochs: " * 1000,
        "{'step': " * 800,
        "solver.cpp:1] Iteration 1 (" * 300,
        "[" + " " * 8000 + "loss: 0.5",
        "━" * 8000 + "x",
        "\t" * 8000 + "x",
        "Epoch 1" + " 1.0" * 1900 + "x",
        "第1轮" * 2500,
        "loss per 1 " * 700,
        "('a', 1), " * 800,
        "Epoch 1/2 " + "a/b 1/" * 1300,
    ],
    ids=lambda line: line[:6],
)
def test_no_line_takes_long(line):
    for before in (b"Epoch 1/2\n", "Epoch 1/2 ━━━━━━━━ 1/2 0:00:00 loss:\n".encode()):
        start = time.process_time()
        records(before + line.encode() + b"\n")
        assert time.process_time() - start < 1
