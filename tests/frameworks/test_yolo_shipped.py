"""Every data.yaml in Ultralytics' wheel: a dataset laid out as it says has no fault; nor have the pictures there.

UNITRAINER_TEST_TORCH_PYTHON names an interpreter with Ultralytics; only its files are read.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import made_data
from unitrainer_tui.datasets.check import check_dataset

pytestmark = pytest.mark.frameworks


@pytest.fixture(scope="module")
def wheel() -> Path:
    said = os.environ.get("UNITRAINER_TEST_TORCH_PYTHON")
    found = list(Path(said).parent.parent.glob("lib/python3*/site-packages/ultralytics")) if said else []
    if not found:
        pytest.skip("UNITRAINER_TEST_TORCH_PYTHON names no interpreter with ultralytics")
    return found[0]


def line_for(name: str, data: dict[str, Any], number: int) -> str:
    label = number % len(data["names"])
    if shape := data.get("kpt_shape"):
        return f"{label} 0.5 0.5 0.25 0.25" + (" 0.5 0.5" + " 1" * (shape[1] - 2)) * shape[0]
    if "seg" in name:
        return f"{label} 0.1 0.1 0.9 0.1 0.5 0.9"
    if "dota" in name.lower():
        return f"{label} 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9"
    return f"{label} 0.5 0.5 0.25 0.25"


def lay_out(root: Path, name: str, data: dict[str, Any]) -> None:
    for split in ("train", "val", "test"):
        said = data.get(split) or []
        for place in said if isinstance(said, list) else [said]:
            folder = root / place
            if place.endswith(".txt"):
                folder = root / "images" / Path(place).stem
                folder.mkdir(parents=True)
                (root / place).write_text("".join(f"./images/{folder.name}/{n}.jpg\n" for n in range(6)))
            for number in range(6):
                picture = made_data.picture(folder / f"{number}.jpg")
                label = Path(str(root) + str(picture).removeprefix(str(root)).replace("/images/", "/labels/"))
                made_data.label(label.with_suffix(".txt"), line_for(name, data, number))


def test_no_dataset_that_ultralytics_ships_a_yaml_of_has_a_fault(wheel, tmp_path):
    sources = sorted(wheel.glob("cfg/datasets/*.yaml"))
    assert len(sources) > 30
    for source in sources:
        root = tmp_path / source.stem
        root.mkdir()
        shutil.copy(source, root)
        lay_out(root, source.stem, yaml.safe_load(source.read_text(encoding="utf-8")))
        for framework in ("yolo", None):
            report = check_dataset(root, framework)
            assert (source.stem, report.kind, report.faults) == (source.stem, "yolo", ())


def test_the_pictures_in_the_wheel_are_whole(wheel, tmp_path):
    for split in ("train", "val"):
        for name in ("bus", "zidane"):
            (tmp_path / split / name).mkdir(parents=True)
    shutil.copy(wheel / "assets/bus.jpg", tmp_path / "train/bus")
    shutil.copy(wheel / "assets/zidane.jpg", tmp_path / "train/zidane")
    made_data.picture(tmp_path / "val/bus/1.jpg")
    made_data.picture(tmp_path / "val/zidane/1.jpg")
    assert check_dataset(tmp_path, "yolo").faults == ()
