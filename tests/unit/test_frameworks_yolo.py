"""What YOLO's script knows without Ultralytics: names, the data.yaml, the mirror of links."""

from pathlib import Path

import pytest
import yaml

from unitrainer_tui.datasets import data_yaml
from unitrainer_tui.frameworks.yolo import earlier, layout
from unitrainer_tui.frameworks.yolo.layout import Refused, write_data_yaml
from unitrainer_tui.frameworks.yolo.mirror import mirror
from unitrainer_tui.frameworks.yolo.weights import file_of, model_yaml, plain_name, starts_from_scratch, task_of


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("yolov11n", "yolo11n"),
        ("YOLO11n", "yolo11n"),
        ("yolov11s-seg", "yolo11s-seg"),
        ("yolo8n", "yolov8n"),
        ("yolov8n.pt", "yolov8n.pt"),
        ("yolov12m", "yolo12m"),
        ("weights/yolov11n.pt", "weights/yolov11n.pt"),
        ("my-model.pt", "my-model.pt"),
    ],
)
def test_a_model_is_found_under_both_spellings(said, meant):
    assert plain_name(said) == meant


@pytest.mark.parametrize(
    ("model", "task"),
    [("yolo11n", "detect"), ("yolo11n-seg.pt", "segment"), ("yolo11x-cls", "classify"), ("yolo11n-pose.yaml", "pose")],
)
def test_the_suffix_of_a_model_tells_its_task(model, task):
    assert task_of(model, None) == task


def test_the_task_that_is_said_comes_first():
    assert task_of("mine.pt", "segment") == "segment"


def test_a_yaml_or_pretrained_false_needs_no_weights():
    assert starts_from_scratch("yolo11n.yaml", {})
    assert starts_from_scratch("yolo11n", {"pretrained": False})
    assert not starts_from_scratch("yolo11n", {})
    assert model_yaml("yolo11n-seg.pt") == "yolo11n-seg.yaml"


def dataset(root: Path, text: str, folders: tuple[str, ...] = ("images/train", "images/val")) -> Path:
    for folder in folders:
        (root / folder).mkdir(parents=True)
    (root / "data.yaml").write_text(text)
    return root


@pytest.mark.parametrize(
    "text",
    [
        "train: images/train\nval: images/val\nnames: [a]",
        "path: .\ntrain: images/train\nval: images/val\nnames: [a]",
        "path: /home/somebody/shapes\ntrain: images/train\nval: images/val\nnames: [a]",
        "train: /home/somebody/shapes/images/train\nval: /home/somebody/shapes/images/val\nnames: [a]",
        "path: 'C:\\Users\\vaugh\\shapes'\ntrain: images\\train\nval: images\\val\nnames: [a]",
        "train: 'C:\\data\\shapes\\images\\train'\nval: 'C:\\data\\shapes\\images\\val'\nnames: [a]",
        "train: ../images/train\nvalid: ../images/val\nnames: [a]",
    ],
)
def test_the_paths_of_a_data_yaml_are_mended_in_a_copy(tmp_path, text):
    root = dataset(tmp_path / "set", text)
    output = tmp_path / "out"
    output.mkdir()
    written = yaml.safe_load(write_data_yaml(root, output).read_text())
    assert written["train"] == str(root / "images/train")
    assert written["val"] == str(root / "images/val")
    assert (root / "data.yaml").read_text() == text


def test_the_check_here_and_the_script_there_find_the_same_places(tmp_path):
    root = dataset(tmp_path, "names: [a]")
    for place, base in [("images/train", ""), ("../images/val", ""), ("D:\\x\\images\\train", ""), ("nowhere", "")]:
        assert layout.locate(place, base, root) == data_yaml.locate(place, base, root)


def test_a_split_that_is_not_there_is_named(tmp_path):
    root = dataset(tmp_path, "train: pictures\nval: images/val\nnames: [a]")
    with pytest.raises(Refused, match="train says 'pictures'"):
        write_data_yaml(root, tmp_path)


def test_a_download_script_in_a_data_yaml_is_left_out(tmp_path):
    text = "train: images/train\nval: images/val\nnames: [a]\ndownload: |\n  import os\n"
    root = dataset(tmp_path / "set", text)
    assert "download" not in yaml.safe_load(write_data_yaml(root, tmp_path).read_text())


def test_a_list_of_images_is_mended_line_by_line(tmp_path):
    root = dataset(tmp_path / "set", "train: train.txt\nval: train.txt\nnames: [a]")
    (root / "images/train/1.png").write_bytes(b"x")
    (root / "train.txt").write_text("/somewhere/else/images/train/1.png\n./images/train/1.png\n")
    written = yaml.safe_load(write_data_yaml(root, tmp_path).read_text())
    assert Path(written["train"]).read_text().splitlines() == [str(root / "images/train/1.png")] * 2


def test_a_mirror_keeps_writes_away_from_the_dataset(tmp_path):
    source = tmp_path / "set"
    (source / "labels").mkdir(parents=True)
    (source / "labels/1.txt").write_text("0 0.5 0.5 1 1")
    (source / "damaged.jpg").write_bytes(b"\xff\xd8 cut short")
    (source / "whole.jpg").write_bytes(b"\xff\xd8 picture \xff\xd9")
    there = mirror(source, tmp_path / "mirror")
    (there / "labels.cache").write_text("new")
    (there / "damaged.jpg").write_bytes(b"repaired")
    assert sorted(path.name for path in source.iterdir()) == ["damaged.jpg", "labels", "whole.jpg"]
    assert (source / "damaged.jpg").read_bytes() == b"\xff\xd8 cut short"
    assert (there / "whole.jpg").is_symlink()
    assert (there / "labels/1.txt").read_text() == "0 0.5 0.5 1 1"


def test_a_link_back_up_does_not_make_the_mirror_endless(tmp_path):
    source = tmp_path / "set"
    source.mkdir()
    (source / "again").symlink_to(source)
    (source / "a.png").write_bytes(b"x")
    there = mirror(source, tmp_path / "mirror")
    assert [path.name for path in there.iterdir()] == ["a.png"]


@pytest.mark.parametrize(
    ("model", "file", "architecture"),
    [
        ("yolo11n", "yolo11n.pt", "yolo11n.yaml"),
        ("yolo26s-pose", "yolo26s-pose.pt", "yolo26s-pose.yaml"),
        ("yolov5n", "yolov5nu.pt", "yolov5n.yaml"),
        ("yolov5mu.pt", "yolov5mu.pt", "yolov5m.yaml"),
        ("yolov5l6u", "yolov5l6u.pt", "yolov5l-p6.yaml"),
        ("yolov3", "yolov3u.pt", "yolov3.yaml"),
        ("rtdetr-l", "rtdetr-l.pt", "rtdetr-l.yaml"),
    ],
)
def test_a_name_leads_to_its_weights_and_to_its_architecture(model, file, architecture):
    assert file_of(plain_name(model)) == file
    assert model_yaml(plain_name(model)) == architecture


@pytest.mark.parametrize(
    ("broken_off", "done", "epochs", "shift", "expected"),
    [
        (True, 3, 10, 0, (True, True, 0, 10)),  # Ultralytics itself goes on behind epoch 3
        (False, 3, 10, 0, (True, False, 3, 7)),  # a new training of what is left
        (False, 10, 10, 0, (False, False, 0, 10)),  # anew
        (True, 12, 20, 10, (True, True, 10, 10)),  # broken off in a training that began behind ten epochs
    ],
)
def test_how_an_earlier_training_goes_on(broken_off, done, epochs, shift, expected):
    plan = earlier.course(broken_off, done, epochs, Path("last.pt"), shift)
    assert (plan.weights is not None, plan.resume, plan.before, plan.epochs) == expected
    assert plan.told


def test_the_rows_of_two_trainings_make_one_course():
    before = [{"epoch": 1.0, "loss": 3.0}, {"epoch": 2.0, "loss": 2.0}]
    rows = earlier.joined(before, [{"epoch": 1.0, "loss": 1.5}], 2)
    assert rows == [{"epoch": 1, "loss": 3.0}, {"epoch": 2, "loss": 2.0}, {"epoch": 3, "loss": 1.5}]
