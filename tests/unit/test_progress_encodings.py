"""An output that is UTF-16, as PowerShell's `>` writes it: its byte order mark says so."""

import pytest

from unitrainer_tui.progress import ProgressParser

LOG = "Epoch 1/2 - loss: 0.75 - naïve 🚀\r\nEpoch 2/2 - loss: 0.5 - val_loss: 0.625\r\n"
MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


def read(data, size):
    parser = ProgressParser()
    records = []
    for begin in range(0, len(data), size):
        records += parser.feed(data[begin : begin + size])
    return [record for record in records + parser.finish() if not record.partial]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 4096])
@pytest.mark.parametrize("encoding", MARKS)
def test_utf_16_with_a_mark_is_read_in_pieces_of_any_size(encoding, size):
    found = read(MARKS[encoding] + LOG.encode(encoding), size)
    assert [(record.epoch, record.total_epochs) for record in found] == [(1, 2), (2, 2)]
    assert found[0].metrics == {"loss": 0.75}
    assert found[1].metrics == {"loss": 0.5, "val_loss": 0.625}


def test_a_half_character_at_the_end_is_no_error():
    data = b"\xff\xfe" + "Epoch 1/1 loss: 0.5\n".encode("utf-16-le") + b"E"
    assert [record.metrics for record in read(data, 5)] == [{"loss": 0.5}]


@pytest.mark.parametrize("begin", [b"", b"\xff", b"\xfe", b"\xff\xff\n", b"\xef\xbb\xbf"])
def test_every_other_beginning_is_utf_8(begin):
    for size in (1, 4096):
        found = read(begin + b"\nEpoch 1/2 - loss: 0.75\nEpoch 2/2 - loss: 0.5\n", size)
        assert [(record.epoch, record.metrics["loss"]) for record in found] == [(1, 0.75), (2, 0.5)]


@pytest.mark.parametrize("data", [b"\xff", b"\xfe", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\n"])
def test_a_mark_alone_says_nothing(data):
    assert read(data, 1) == []
