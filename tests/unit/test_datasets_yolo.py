from pathlib import Path

import pytest

from unitrainer_tui.datasets.check import check_dataset


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    """Three training pictures and one for validation, two classes."""
    for split, count in (("train", 3), ("val", 1)):
        for kind in ("images", "labels"):
            (tmp_path / kind / split).mkdir(parents=True)
        for number in range(count):
            (tmp_path / f"images/{split}/{number}.png").write_bytes(b"picture")
            (tmp_path / f"labels/{split}/{number}.txt").write_text(f"{number % 2} 0.5 0.5 0.2 0.2\n")
    (tmp_path / "data.yaml").write_text("path: .\ntrain: images/train\nval: images/val\nnames: [disc, box]\n")
    return tmp_path


def faults(root: Path) -> tuple[str, ...]:
    return check_dataset(root, "yolo").faults


def test_a_good_dataset_is_summed_up(shapes):
    report = check_dataset(shapes, "yolo")
    assert report.holds
    assert report.counts == {"train images": 3, "val images": 1, "boxes": 4, "images without a label": 0}
    assert report.classes == {"disc": 3, "box": 1}
    assert report.files == 9


def test_labels_beside_roboflows_images_are_found(shapes):
    for split in ("train", "val"):
        (shapes / split).mkdir()
        (shapes / "images" / split).rename(shapes / split / "images")
        (shapes / "labels" / split).rename(shapes / split / "labels")
    (shapes / "data.yaml").write_text("train: ../train/images\nval: ../val/images\nnc: 2\nnames: {0: disc, 1: box}\n")
    assert check_dataset(shapes, "yolo").counts["boxes"] == 4


def test_a_dataset_from_windows_is_understood(shapes):
    (shapes / "data.yaml").write_text(
        "path: 'C:\\Users\\vaugh\\shapes'\ntrain: images\\train\nval: images\\val\nnames: [disc, box]\n"
    )
    assert check_dataset(shapes, "yolo").holds


def test_an_image_without_a_label_is_a_warning(shapes):
    (shapes / "labels/train/2.txt").unlink()
    report = check_dataset(shapes, "yolo")
    assert report.holds
    assert report.warnings == ("1 of 4 images have no label, such as images/train/2: they are taken for background.",)


def test_a_label_without_an_image_is_a_fault(shapes):
    (shapes / "images/train/2.png").unlink()
    assert faults(shapes) == ("labels/train/2.txt has no image in images/train.",)


def test_the_list_of_classes_that_labelling_tools_leave_is_no_label(shapes):
    (shapes / "labels/train/classes.txt").write_text("disc\nbox\n")
    assert faults(shapes) == ()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("2 0.5 0.5 0.2 0.2", "the class 2 is out of range, data.yaml names 2 (from 0)"),
        ("-1 0.5 0.5 0.2 0.2", "the class -1 is out of range"),
        ("0 0.5 1.5 0.2 0.2", "outside the picture"),
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
    (shapes / "train.txt").write_text("./images/train/0.png\nimages/train/1.png\nimages/train/gone.png\n")
    (shapes / "data.yaml").write_text("train: train.txt\nval: images/val\nnames: [disc, box]\n")
    assert faults(shapes) == ("train.txt, line 3: there is no image 'images/train/gone.png'.",)


def test_an_empty_picture_is_a_fault(shapes):
    (shapes / "images/val/0.png").write_bytes(b"")
    assert faults(shapes) == ("images/val/0.png is empty.",)


def test_a_folder_a_class_is_a_dataset_for_classification(tmp_path):
    for split in ("train", "val"):
        for label in ("cat", "dog"):
            (tmp_path / split / label).mkdir(parents=True)
            (tmp_path / split / label / "1.jpg").write_bytes(b"picture")
    report = check_dataset(tmp_path, "yolo")
    assert report.holds
    assert report.kind == "classification"
    assert report.classes == {"cat": 1, "dog": 1}
