# ruff: noqa: E501 (lines as the programs print them)
"""What a YOLO's table counts from, and a table whose first header is not in the log."""

import pytest

from unitrainer_tui.progress import ProgressParser

PLANNED = "Starting training for 3 epochs...\n"
TITLES = "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
PLAIN = "                 Class     Images  Instances          P          R      mAP50   mAP50-95: 100% 8/8 [00:06<00:00,  1.31it/s]\n"
BOXED = "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100% 8/8 [00:06<00:00,  1.31it/s]\n"


def row(count, loss):
    return f"       {count}      13.1G       {loss}      3.047      1.518         43        640: 100% 53/53 [00:53<00:00,  1.01s/it]\n"


def measured(value):
    return f"                   all        240        374       0.17      0.551      {value}      0.123\n"


def told(log):
    parser = ProgressParser()
    return [record for record in parser.feed(log.encode()) + parser.finish() if not record.partial]


def shown(records):
    return [(r.epoch, r.total_epochs, r.metrics.get("box_loss"), r.metrics.get("mAP50")) for r in records]


def test_yolov9_counts_from_zero_to_the_number_that_it_prints_as_the_total():
    log = PLANNED + "".join(
        TITLES + row(f"{epoch}/2", loss) + PLAIN + measured(value)
        for epoch, loss, value in ((0, 1.03, 0.164), (1, 0.858, 0.165), (2, 0.85, 0.121))
    )
    assert shown(told(log)) == [(1, 3, 1.03, 0.164), (2, 3, 0.858, 0.165), (3, 3, 0.85, 0.121)]


def test_yolov9_that_is_resumed_is_known_by_what_was_planned():
    log = "Starting training for 30 epochs...\n" + TITLES + row("20/29", 0.75) + PLAIN + measured(0.25)
    assert shown(told(log)) == [(21, 30, 0.75, 0.25)]


def test_ultralytics_behind_a_yolov9_counts_from_one():
    first = PLANNED + "".join(
        TITLES + row(f"{epoch}/2", loss) + PLAIN + measured(0.25) for epoch, loss in ((0, 1.03), (1, 1.02))
    )
    second = "Starting training for 2 epochs...\n" + "".join(
        TITLES + row(f"{epoch}/2", loss) + BOXED + measured(0.5) for epoch, loss in ((1, 0.9), (2, 0.8))
    )
    assert shown(told(first + second)) == [(1, 3, 1.03, 0.25), (2, 3, 1.02, 0.25), (1, 2, 0.9, 0.5), (2, 2, 0.8, 0.5)]


OLD_TITLES = "     Epoch   gpu_mem      GIoU       obj       cls     total   targets  img_size\n"
OLD_CLASSES = "               Class      Images     Targets           P           R      mAP@.5  mAP@.5:.95: 100% 2/2 [00:01<00:00,  1.11it/s]\n"


def old_row(count, giou, percent=100):
    return f"    {count}     2.15G    {giou}   0.09166   0.01363    0.1632        67       416: {percent}% 23/23 [00:09<00:00,  2.44it/s]"


def old_measured(value):
    return f"                 all          29         162       0.207        0.43       {value}        0.14\n"


def test_a_row_above_the_first_header_has_the_names_and_the_count_of_those_below():
    log = (
        old_row("54/499", 0.0612, 50) + "\r" + old_row("54/499", 0.0579) + "\n" + OLD_CLASSES + old_measured(0.334)
        + "\n" + OLD_TITLES + old_row("55/499", 0.05932) + "\n" + OLD_CLASSES + old_measured(0.368)
    )  # fmt: skip
    found = told(log)
    assert [(r.epoch, r.total_epochs, r.metrics["GIoU"], r.metrics["mAP50"]) for r in found] == [
        (55, 500, 0.0579, 0.334),
        (56, 500, 0.05932, 0.368),
    ]


@pytest.mark.parametrize("below", ["", measured(0.25)], ids=["alone", "measured"])
def test_a_row_to_which_no_header_comes_is_an_epoch(below):
    assert [record.epoch for record in told(row("21/50", 0.75) + below)] == [21]


def test_rows_without_any_header_are_epochs():
    assert [record.epoch for record in told(row("21/50", 0.75) + row("22/50", 0.7) + row("23/50", 0.6))] == [21, 22, 23]
