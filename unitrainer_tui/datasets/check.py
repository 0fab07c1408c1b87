"""A look at a dataset before anything is paid: does it hold what the framework will want to find?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from unitrainer_tui.datasets import tabular, yolo
from unitrainer_tui.datasets.report import DatasetReport, counted, human

TABULAR = ("sklearn", "xgboost", "lightgbm")


def check_dataset(
    path: Path | None,
    framework: str,
    *,
    target: str | None = None,
    weight: str | None = None,
    categorical: Sequence[str] = (),
    classification: bool | None = None,
) -> DatasetReport:
    """Reads the dataset once, in bounded memory, and changes nothing. What is wrong is in the report, never raised.

    `classification` says whether yolo wants a folder a class instead of a data.yaml; None looks for itself.
    """
    if path is None:
        faults = () if framework == "custom" else (f"There is no dataset; {framework} needs one (dataset.path).",)
        return DatasetReport("none", 0, 0, {}, {}, faults, (), "no dataset")
    if not path.exists():
        what = "leads nowhere" if path.is_symlink() else "does not exist"
        return _refused(f"{path} {what}; check dataset.path.")
    if not path.is_file() and not path.is_dir():
        return _refused(f"{path} is neither a file nor a folder.")
    try:
        files, size = counted(path)
        if files == 0:
            return _refused(f"{path} holds no file.")
        if size == 0:
            return _refused(f"{path} holds nothing but empty files.", files)
        if framework in TABULAR:
            return tabular.check(path, files, size, target=target, weight=weight, categorical=categorical)
        if framework == "yolo":
            return yolo.check(path, files, size, classification=classification)
    except PermissionError as problem:
        return _refused(f"{problem.filename} cannot be read: {problem.strerror}.")
    return DatasetReport(
        "files", files, size, {}, {}, (), (), f"{files:,} file{'s' if files > 1 else ''}, {human(size)}"
    )


def _refused(fault: str, files: int = 0) -> DatasetReport:
    return DatasetReport("none", files, 0, {}, {}, (fault,), (), fault)
