"""Whole, cut short, misnamed, too large: what the structure of a picture tells, and what only decoding does."""

from __future__ import annotations

import io
import random
import re
import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image, features

from tests import made_data
from unitrainer_tui.datasets import pictures as module
from unitrainer_tui.datasets.check import check_dataset
from unitrainer_tui.datasets.picture_files import decodes, look_at
from unitrainer_tui.datasets.report import Stopped

FORMATS = {
    "JPEG": {},
    "progressive JPEG": {"progressive": True},
    "PNG": {},
    "BMP": {},
    "GIF": {},
    "TIFF": {},
    "WEBP": {},
    "JPEG2000": {},
    "AVIF": {},
}


def encoded(name: str, size: tuple[int, int] = (160, 120)) -> bytes:
    form = name.split()[-1]
    if form in ("WEBP", "AVIF", "JPEG2000") and not features.check(
        {"WEBP": "webp", "AVIF": "avif", "JPEG2000": "jpg_2000"}[form]
    ):
        pytest.skip(f"this Pillow has no {form}")
    stream = io.BytesIO()
    noise = Image.frombytes("RGB", size, random.Random(name).randbytes(3 * size[0] * size[1]))
    noise.save(stream, form, **FORMATS[name])
    return stream.getvalue()


def verdict(path: Path, data: bytes) -> str:
    """The code for certain, `doubt` or nothing; a doubt is decided as the check does."""
    path.write_bytes(data)
    look = look_at(str(path), len(data))
    if look.code:
        return look.code
    if look.doubt:
        return "damaged-image" if decodes(str(path), look) else "corrupt-image"
    return ""


@pytest.mark.parametrize("name", FORMATS)
def test_a_whole_picture_raises_no_doubt_and_decodes(tmp_path, name):
    data = encoded(name)
    assert verdict(tmp_path / "x", data) == ""
    look = look_at(str(tmp_path / "x"), len(data))
    assert decodes(str(tmp_path / "x"), look) is True
    assert (look.width, look.height) in ((160, 120), (0, 0))


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_that_is_cut_short_is_seen_without_decoding_all(tmp_path, name, keep):
    data = encoded(name)
    assert verdict(tmp_path / "x", data[: int(len(data) * keep)]) == "corrupt-image"


@pytest.mark.parametrize("name", ["JPEG", "PNG", "BMP", "WEBP"])
def test_more_behind_the_end_is_ignored_as_decoders_do(tmp_path, name):
    assert verdict(tmp_path / "x", encoded(name) + b"written by the camera" * 100) == ""


def test_a_thumbnail_of_a_jpeg_is_not_taken_for_its_end(tmp_path):
    whole = encoded("JPEG")
    inside = encoded("JPEG", (16, 16))
    with_thumbnail = whole[:2] + b"\xff\xe1" + struct.pack(">H", len(inside) + 2) + inside + whole[2:]
    assert verdict(tmp_path / "x", with_thumbnail) == ""
    assert verdict(tmp_path / "x", with_thumbnail[: len(inside) + 2000]) == "corrupt-image"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-image"),
        (b"<html>", "corrupt-image"),
        (bytes(5000), "corrupt-image"),
        (b"\xff\xd8\xff", "corrupt-image"),
        (b"\x89PNG\r\n\x1a\n", "corrupt-image"),
        (b"GIF89a" + bytes(100), "corrupt-image"),
    ],
)
def test_what_is_no_picture_is_told_for_certain(tmp_path, data, code):
    assert verdict(tmp_path / "x.jpg", data) == code


def test_a_picture_under_another_formats_name_is_read_by_its_bytes(tmp_path):
    assert verdict(tmp_path / "x.jpg", encoded("PNG")) == ""


def bomb(width: int, height: int) -> bytes:
    """A PNG of so many black pixels in some kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\x00" + bytes(width // 8)
    packer = zlib.compressobj(9)
    squeezed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", squeezed) + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_told_and_not_opened(tmp_path):
    data = bomb(40_000, 40_000)
    assert len(data) < 400_000
    assert verdict(tmp_path / "x.png", data) == "image-too-large"
    large = bomb(16_000, 10_000)  # 160 million pixels: allowed, and not decoded here
    assert verdict(tmp_path / "y.png", large) == ""
    assert decodes(str(tmp_path / "y.png"), look_at(str(tmp_path / "y.png"), len(large))) is None


def test_damage_within_is_found_by_decoding(tmp_path):
    root = made_data.yolo(tmp_path)
    made_data.picture(root / "images/train/30.png")
    made_data.label(root / "labels/train/30.txt", "0 0.5 0.5 0.1 0.1")
    data = bytearray((root / "images/train/30.png").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (root / "images/train/30.png").write_bytes(data)
    (problem,) = check_dataset(root, "yolo").problems
    assert (problem.code, problem.file) == ("corrupt-image", "images/train/30.png")
    assert "cannot be decoded" in problem.message


def test_what_time_does_not_allow_to_decode_is_said_and_cut_files_are_found_all_the_same(tmp_path, monkeypatch):
    root = made_data.yolo(tmp_path, train=60, val=40)
    data = (root / "images/train/41.jpg").read_bytes()
    (root / "images/train/41.jpg").write_bytes(data[: len(data) // 2])
    monkeypatch.setattr(module, "SMALL_SET", 10)
    monkeypatch.setattr(module, "MOST_DECODED", 25)
    report = check_dataset(root, "yolo")
    assert [(one.code, one.file) for one in report.problems] == [("corrupt-image", "images/train/41.jpg")]
    (note,) = report.notes
    assert re.match("2[56] of 100 pictures were decoded; of the others their size, their structure", note)


def test_pictures_in_val_and_test_that_are_the_same_are_a_warning_only(tmp_path):
    root = made_data.yolo(tmp_path)
    with (root / "data.yaml").open("a") as file:
        file.write("test: images/test\n")
    for number in range(12):
        made_data.picture(root / f"images/test/{number}.jpg", seed=number)
        made_data.label(root / f"labels/test/{number}.txt", "0 0.5 0.5 0.1 0.1")
    (root / "images/test/5.jpg").write_bytes((root / "images/val/5.jpg").read_bytes())
    (problem,) = check_dataset(root, "yolo").problems
    assert (problem.code, problem.level) == ("duplicate-across-splits", "warning")
    assert "images/test/5.jpg (test) is the same picture as images/val/5.jpg (val)" in problem.message


def test_equal_sizes_and_ends_alone_make_no_copy(tmp_path):
    root = made_data.yolo(tmp_path, suffix=".bmp")  # all of one size
    first, second = root / "images/train/0.bmp", root / "images/val/0.bmp"
    data = bytearray(first.read_bytes())
    data[100] ^= 0xFF
    second.write_bytes(data)
    assert check_dataset(root, "yolo").problems == ()
    second.write_bytes(first.read_bytes())
    assert check_dataset(root, "yolo").problem_counts == {"duplicate-across-splits": 1}


def test_a_check_that_nobody_wants_any_more_ends_soon(tmp_path):
    root = made_data.yolo(tmp_path, train=300, val=100)
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    started = time.monotonic()
    with pytest.raises(Stopped):
        check_dataset(root, "yolo", should_stop=stop)
    assert asked == 6
    assert time.monotonic() - started < 5


def test_folders_that_are_splits_under_other_names_are_no_classes(tmp_path):
    """Else a model would learn to tell Training from Testing, and be right half of the time."""
    made_data.classes(tmp_path, ("Training", "Testing"))
    for framework in (None, "pytorch"):
        report = check_dataset(tmp_path, framework)
        assert report.faults == (
            "The folders Testing, Training look like splits, not like classes; name them train, val and test.",
        )
    (tmp_path / "Testing").rename(tmp_path / "cats")
    assert check_dataset(tmp_path, "pytorch").holds


def test_pictures_that_the_framework_passes_over_are_not_counted(tmp_path):
    root = made_data.classes(tmp_path)
    for number in range(12):
        made_data.picture(root / f"train/disc/{number}.gif")
        (root / f"train/disc/{number}.png").unlink()
    assert check_dataset(root, "pytorch").holds
    report = check_dataset(root, "yolo", task="classify")
    assert report.faults == ("train/disc holds no image.",)
    assert "12 pictures are of a kind that yolo does not read and left out" in report.warnings[0]


def test_what_a_mac_leaves_among_the_pictures_is_passed_over_where_the_script_does(tmp_path):
    root = made_data.classes(tmp_path)
    for name in ("train/disc/._1.png", "train/__MACOSX/._1.png"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"\x00\x05\x16\x07")
    report = check_dataset(root, "pytorch")
    assert report.holds and report.classes == {"box": 12, "disc": 12}
    assert not check_dataset(root, "yolo", task="classify").holds  # torchvision takes them for pictures and a class
