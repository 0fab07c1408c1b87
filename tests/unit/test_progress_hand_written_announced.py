"""Hand-written loops whose evaluations are told by a line above them, or by how many epochs are over."""

from unitrainer_tui.progress import ProgressParser


def told(log):
    parser = ProgressParser()
    found = [record for record in parser.feed(log.encode()) + parser.finish() if not record.partial]
    return [(record.epoch, record.total_epochs, record.metrics) for record in found]


def test_a_mean_below_the_line_that_announces_a_test():
    log = (
        "20200204-20:42:53 Train Epoch: 5/70 ...\n20200204-20:53:10     total_loss: 15.9964 time: 10m 17s\n"
        "20200204-20:53:10 Test Epoch: 5 ...\n20200204-20:54:19     ave: 87.3500\n"
        "20200204-20:54:19 Train Epoch: 6/70 ...\n20200204-21:04:27     total_loss: 14.8365 time: 10m 8s\n"
        "20200204-21:04:28     ave: 3.2500\n"
    )
    assert told(log) == [(5, 70, {"total_loss": 15.9964, "ave": 87.35}), (6, 70, {"total_loss": 14.8365})]


def test_what_was_measured_after_so_many_epochs_is_of_the_last_of_them():
    log = (
        "epotch: 0 batch: 0/1284 loss: nan\nepotch: 0 batch: 1200/1284 loss: 0.375\n"
        "Train Epoch: 0 Average Loss: 0.511424\nValidation loss after 1 epochs was 0.2463\n"
        "epotch: 1 batch: 0/1284 loss: nan\nepotch: 1 batch: 1200/1284 loss: 0.25\n"
        "Train Epoch: 1 Average Loss: 0.268026\nValidation loss after 2 epochs was 0.1872\n"
    )
    found = told(log)
    assert [epoch for epoch, _, _ in found] == [1, 2]
    assert [metrics["Validation loss"] for _, _, metrics in found] == [0.2463, 0.1872]
    assert [metrics["Average Loss"] for _, _, metrics in found] == [0.511424, 0.268026]


def test_the_best_after_so_many_epochs_begins_nothing_again():
    log = "Epoch 1/3 loss: 0.5\nEpoch 2/3 loss: 0.25\nBest loss after 1 epochs: 0.5\nTest loss after 1 epochs: 0.75\n"
    assert [(epoch, metrics["loss"]) for epoch, _, metrics in told(log)] == [(1, 0.5), (2, 0.25)]


def test_epotch_is_an_epoch():
    assert told("Epotch 1/2 loss: 0.5\nEpotch 2/2 loss: 0.25\n") == [(1, 2, {"loss": 0.5}), (2, 2, {"loss": 0.25})]
