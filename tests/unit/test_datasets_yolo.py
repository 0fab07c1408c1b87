from pathlib import Path

import pytest

from tests import made_data
from unitrainer_tui.datasets.check import check_dataset


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    """24 training pictures and 12 for validation, two classes."""
    return made_data.yolo(tmp_path)


def faults(root: Path) -> tuple[str, ...]:
    return check_dataset(root, "yolo").faults


def test_a_good_dataset_is_summed_up(shapes):
    report = check_dataset(shapes, "yolo")
    assert report.holds
    assert report.counts == {"train images": 24, "val images": 12, "boxes": 36, "images without a label": 0}
    assert report.classes == {"disc": 18, "box": 18}
    assert report.files == 73
    assert report.problems == () and report.warnings == () and report.notes == ()


def test_labels_beside_roboflows_images_are_found(shapes):
    for split in ("train", "val"):
        (shapes / split).mkdir()
        (shapes / "images" / split).rename(shapes / split / "images")
        (shapes / "labels" / split).rename(shapes / split / "labels")
    (shapes / "data.yaml").write_text("train: ../train/images\nval: ../val/images\nnc: 2\nnames: {0: disc, 1: box}\n")
    assert check_dataset(shapes, "yolo").counts["boxes"] == 36


def test_a_dataset_from_windows_is_understood(shapes):
    (shapes / "data.yaml").write_text(
        "path: 'C:\\Users\\vaugh\\shapes'\ntrain: images\\train\nval: images\\val\nnames: [disc, box]\n"
    )
    assert check_dataset(shapes, "yolo").holds


def test_few_images_without_a_label_are_background(tmp_path):
    shapes = made_data.yolo(tmp_path, train=100)
    (shapes / "labels/train/7.txt").unlink()
    report = check_dataset(shapes, "yolo")
    assert report.holds
    assert report.warnings == (
        "1 of 100 images of train has no label and is taken for background: images/train/7.jpg.",
    )


def test_more_images_without_a_label_are_a_fault_each(shapes):
    (shapes / "labels/train/2.txt").unlink()
    (shapes / "labels/train/3.txt").unlink()
    first, second = check_dataset(shapes, "yolo").problems
    assert (first.code, first.level, first.file) == ("image-without-label", "fault", "images/train/2.jpg")
    assert (second.code, second.file) == ("image-without-label", "images/train/3.jpg")
    assert "dataset.background = true" in first.message and "labels/train/2.txt" in first.message


def test_background_that_is_meant_so_is_one_warning(shapes):
    for number in range(6):
        (shapes / f"labels/train/{number}.txt").unlink()
    report = check_dataset(shapes, "yolo", background=True)
    assert report.holds
    assert len(report.warnings) == 1 and "6 of 24 images of train" in report.warnings[0]


def test_an_empty_label_file_is_a_picture_of_background(shapes):
    for number in range(6):
        (shapes / f"labels/train/{number}.txt").write_bytes(b"")
    assert check_dataset(shapes, "yolo").problems == ()


def test_a_label_without_an_image_is_a_fault(shapes):
    (shapes / "images/train/2.jpg").unlink()
    assert faults(shapes) == ("labels/train/2.txt has no image in images/train.",)


def test_labels_beside_the_images_are_found_and_other_texts_are_not_taken_for_them(tmp_path):
    for number in range(12):
        made_data.picture(tmp_path / f"pictures/{number}.png")
        made_data.label(tmp_path / f"pictures/{number}.txt", f"{number % 2} 0.5 0.5 0.2 0.2")
    (tmp_path / "pictures/about.txt").write_text("Drawn by hand in 2021.\n")
    (tmp_path / "data.yaml").write_text("train: pictures\nval: pictures\nnames: [disc, box]\n")
    assert faults(tmp_path) == ()
    made_data.label(tmp_path / "pictures/99.txt", "1 0.5 0.5 0.2 0.2")
    assert faults(tmp_path) == ("pictures/99.txt has no image in pictures.",)


def test_the_list_of_classes_that_labelling_tools_leave_is_no_label(shapes):
    (shapes / "labels/train/classes.txt").write_text("disc\nbox\n")
    assert faults(shapes) == ()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("2 0.5 0.5 0.2 0.2", "the class 2 is out of range, data.yaml names 2 (from 0)"),
        ("-1 0.5 0.5 0.2 0.2", "the class -1 is out of range"),
        ("0 0.5 1.5 0.2 0.2", "outside the picture"),
        ("0 0.9 0.5 0.4 0.2", "reaches 10% of the picture's size over its edge"),
        ("0 0.1 0.1 0.9 0.1 0.5 1.9", "a point lies outside the picture"),
        ("0 0.1 0.1 0.9 0.1 0.5", "6 numbers"),
        ("0 0.5 nan 0.2 0.2", "outside the picture"),
        ("0 0.5 0.5 0.2", "4 numbers"),
        ("0 0.5 0.5 0 0.2", "no width or no height"),
        ("disc 0.5 0.5 0.2 0.2", "is not all numbers"),
    ],
)
def test_a_wrong_object_is_told_with_file_and_line(shapes, line, fault):
    (shapes / "labels/train/1.txt").write_text(f"1 0.5 0.5 0.2 0.2\n{line}\n")
    (found,) = faults(shapes)
    assert found.startswith("labels/train/1.txt:2: ")
    assert fault in found


def test_a_polygon_is_an_object(shapes):
    (shapes / "labels/train/1.txt").write_text("1 0.1 0.1 0.9 0.1 0.5 0.9\n")
    assert check_dataset(shapes, "yolo").holds


def test_a_polygon_among_boxes_is_told_with_both_lines(shapes):
    (shapes / "labels/train/1.txt").write_text("1 0.1 0.1 0.9 0.1 0.5 0.9\n1 0.5 0.5 0.2 0.2\n")
    assert faults(shapes) == (
        "labels/train/1.txt:2: a box of 5 numbers among polygons (line 1); Ultralytics ignores the file.",
    )


def test_a_rounded_edge_is_no_fault(shapes):
    (shapes / "labels/train/1.txt").write_text("1 0.500001 0.5 1.000002 1\n")
    assert faults(shapes) == ()


@pytest.mark.parametrize(
    ("task", "line", "fault"),
    [
        ("segment", "1 0.5 0.5 0.2 0.2", "where the task segment wants a polygon"),
        ("obb", "1 0.1 0.1 0.9 0.1 0.5 0.9", "an oriented box has 9"),
        ("obb", "1 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9", None),
        ("segment", "1 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9", None),
    ],
)
def test_the_task_decides_what_a_line_must_hold(shapes, task, line, fault):
    for path in shapes.glob("labels/*/*.txt"):
        path.write_text("0 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9\n")
    (shapes / "labels/train/1.txt").write_text(line + "\n")
    found = check_dataset(shapes, "yolo", task=task).faults
    assert len(found) == (fault is not None)
    assert fault is None or (found[0].startswith("labels/train/1.txt:1: ") and fault in found[0])


def test_key_points_are_counted_by_kpt_shape(shapes):
    with (shapes / "data.yaml").open("a") as file:
        file.write("kpt_shape: [2, 3]\n")
    for path in shapes.glob("labels/*/*.txt"):
        path.write_text("0 0.5 0.5 0.4 0.4 0.4 0.4 2 0.6 0.6 1\n")
    assert check_dataset(shapes, "yolo", task="pose").faults == ()
    assert check_dataset(shapes, "yolo", task="detect").faults == ()
    (shapes / "labels/train/1.txt").write_text("0 0.5 0.5 0.4 0.4 0.4 0.4 2\n")
    assert check_dataset(shapes, "yolo").faults == ("labels/train/1.txt:1: 8 numbers where kpt_shape asks for 11.",)


def test_pose_without_kpt_shape_is_a_fault(shapes):
    report = check_dataset(shapes, "yolo", task="pose")
    assert [one.code for one in report.problems] == ["missing-kpt-shape"]


def test_an_object_that_is_there_twice_is_a_warning_with_its_line(shapes):
    (shapes / "labels/train/1.txt").write_text("1 0.5 0.5 0.2 0.2\n0 0.5 0.5 0.2 0.2\n1 0.50 0.5 0.2 0.2\n")
    (problem,) = check_dataset(shapes, "yolo").problems
    assert (problem.code, problem.level, problem.line) == ("duplicate-object", "warning", 3)


def test_a_split_that_is_not_there_is_told(shapes):
    (shapes / "data.yaml").write_text("train: pictures\nval: images/val\nnames: [disc, box]\n")
    assert faults(shapes) == ("data.yaml: train says 'pictures', and there is no such folder in the dataset.",)


def test_images_that_lie_outside_the_dataset_would_not_be_sent(shapes, tmp_path_factory):
    outside = tmp_path_factory.mktemp("elsewhere")
    (shapes / "data.yaml").write_text(f"train: {outside}\nval: images/val\nnames: [disc, box]\n")
    assert "there is no such folder in the dataset" in faults(shapes)[0]


def test_a_folder_of_images_that_is_empty_is_a_fault(shapes):
    for path in (*(shapes / "images/train").iterdir(), *(shapes / "labels/train").iterdir()):
        path.unlink()
    assert faults(shapes) == ("data.yaml: train holds no image (images/train).",)


@pytest.mark.parametrize("text", ["[1, 2", "just words", "train: images/train\nval: images/val\n"])
def test_a_data_yaml_that_does_not_hold_is_a_fault(shapes, text):
    (shapes / "data.yaml").write_text(text)
    assert len(faults(shapes)) == 1
    assert "data.yaml" in faults(shapes)[0]


def test_no_data_yaml_is_a_fault(shapes):
    (shapes / "data.yaml").unlink()
    assert "There is no data.yaml" in faults(shapes)[0]


def test_a_list_of_images_is_followed(shapes):
    (shapes / "train.txt").write_text("./images/train/0.jpg\nimages/train/1.jpg\nimages/train/gone.jpg\n")
    (shapes / "data.yaml").write_text("train: train.txt\nval: images/val\nnames: [disc, box]\n")
    assert faults(shapes) == ("train.txt, line 3: there is no image 'images/train/gone.jpg'.",)


def test_an_empty_picture_is_a_fault(shapes):
    (shapes / "images/val/0.jpg").write_bytes(b"")
    assert faults(shapes) == ("images/val/0.jpg is empty (0 bytes).",)


def test_a_folder_a_class_is_a_dataset_for_classification(tmp_path):
    report = check_dataset(made_data.classes(tmp_path), "yolo")
    assert report.holds
    assert report.kind == "classification"
    assert report.classes == {"box": 12, "disc": 12}
