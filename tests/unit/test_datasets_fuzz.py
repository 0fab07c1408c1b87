"""Whatever the bytes of a dataset are, the check gives a report: it never raises and never takes them for whole."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import made_data
from unitrainer_tui.datasets.check import check_dataset

QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FILES = {
    "yolo": ["data.yaml", "labels/train/1.txt", "images/train/1.jpg", "classes.txt"],
    "coco": ["annotations/instances_train2017.json", "train2017/000000000001.jpg"],
}


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sets")
    made_data.yolo(root / "yolo", train=4, val=2)
    (root / "yolo/classes.txt").write_text("disc\nbox\n")
    made_data.coco(root / "coco", train=4, val=2)
    return root


def damaged(data: bytes, chance: st.DataObject) -> bytes:
    """Cut, overwritten, or other bytes altogether."""
    at = chance.draw(st.integers(0, len(data)))
    how = chance.draw(st.sampled_from(["cut", "insert", "replace", "other"]))
    new = chance.draw(
        st.binary(max_size=60) | st.text(alphabet="0123456789.-: []{}\"',\t\nnaife&*|>!", max_size=60).map(str.encode)
    )
    return {"cut": data[:at], "insert": data[:at] + new + data[at:], "other": new}.get(
        how, data[:at] + new + data[at + len(new) :]
    )


@pytest.mark.parametrize("kind", FILES)
@given(chance=st.data())
@QUIET
def test_pictures_with_labels_in_any_state_give_a_report(sets, kind, chance):
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "set"
        shutil.copytree(sets / kind, root)
        for name in chance.draw(st.lists(st.sampled_from(FILES[kind]), min_size=1, unique=True)):
            (root / name).write_bytes(damaged((root / name).read_bytes(), chance))
        for framework in ("yolo", None):
            report = check_dataset(root, framework)
            assert report.holds == (not report.faults)
            assert all("\n" not in one for one in report.faults)


@given(data=st.binary(max_size=400) | st.text(alphabet="ab1.,;\t|\"'\n\r é", max_size=400).map(str.encode))
@QUIET
def test_a_table_in_any_state_gives_a_report(data):
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "rows.csv"
        path.write_bytes(data)
        for framework in ("sklearn", None):
            report = check_dataset(path, framework)
            assert report.holds == (not report.faults)
