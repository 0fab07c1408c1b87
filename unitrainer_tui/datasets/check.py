"""A look at a dataset before anything is paid: does it hold what the framework will want to find?"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from unitrainer_tui.datasets import coco, image_folders, tabular, yolo
from unitrainer_tui.datasets.kind import TAKES, WORDS, kind_of
from unitrainer_tui.datasets.report import DatasetReport, Findings, ShouldStop, human
from unitrainer_tui.datasets.tables import tables_in
from unitrainer_tui.datasets.tree import Tree, walk
from unitrainer_tui.datasets.wanted import TABULAR, Wanted
from unitrainer_tui.datasets.yolo import Checked
from unitrainer_tui.errors import DatasetProblem
from unitrainer_tui.runs.learned import Learned


def check_dataset(
    path: Path | None,
    framework: str | None = None,
    *,
    task: str | None = None,
    target: str | None = None,
    weight: str | None = None,
    categorical: Sequence[str] = (),
    group: str | None = None,
    background: bool = False,
    classes: int | None = None,
    task_said: str | None = None,
    objection: Callable[[str, int], str | None] | None = None,
    kinds: bool = False,
    follow_outside: bool = False,
    should_stop: ShouldStop | None = None,
) -> DatasetReport:
    """Reads the dataset in bounded memory and changes nothing. What is wrong is in the report, never raised.

    Without a `framework` the dataset is checked as what it looks like; `custom` takes anything that can be sent. The
    other keys are those of `Wanted`. Raises Stopped once `should_stop` says so.
    """
    wanted = Wanted(
        framework, task, target, weight, categorical, group, background, classes, task_said, objection, kinds
    )
    if path is None:
        if framework in (None, "custom"):
            return DatasetReport("none", 0, 0, {}, {}, (), (), "no dataset")
        return _refused("no-dataset", f"There is no dataset; {framework} needs one (dataset.path).", "no dataset")
    path = Path(os.path.abspath(path))
    if not path.exists():
        what = "leads nowhere" if path.is_symlink() else "does not exist"
        return _refused("no-dataset", f"{path} {what}; check dataset.path.")
    if not path.is_file() and not path.is_dir():
        return _refused("no-dataset", f"{path} is neither a file nor a folder.")
    findings = Findings()
    try:
        if path.suffix.lower() in (".yaml", ".yml") and path.is_file():
            what = f"{path.name} alone would be sent, without a picture; name its folder: {path.parent}."
            findings.fault("not-a-folder", what, path.name)
            path = path.parent
        tree = walk(path, follow_outside=follow_outside, should_stop=should_stop)
        for one in tree.refused:
            findings.fault(one.code, one.sentence, one.path)
        return _checked(tree, wanted, findings, should_stop)
    except DatasetProblem as problem:
        return _refused("unreadable", problem.message)
    except OSError as problem:
        return _refused("unreadable", f"{problem.filename or path} cannot be read: {problem.strerror}.")


def _checked(tree: Tree, wanted: Wanted, findings: Findings, should_stop: ShouldStop | None) -> DatasetReport:
    files, size = tree.files, tree.size
    counted = f"{files:,} file{'s' if files > 1 else ''}, {human(size)}"
    if files == 0:
        if not findings.faulty:
            findings.fault("no-files", f"{tree.root} holds no file.")
        return findings.report("none", 0, 0, {}, {}, findings.told("fault")[0])
    if size == 0:
        findings.fault("no-files", f"{tree.root} holds nothing but empty files.")
        return findings.report("none", files, 0, {}, {}, f"{counted}: nothing but empty files")
    kind = kind_of(tree)
    if wanted.framework == "custom":
        return findings.report(kind, files, size, {}, {}, counted)
    kind = _fitting(kind, tree, wanted, findings)
    checks = {"yolo": yolo, "coco": coco, "classification": image_folders, "tabular": tabular}
    if kind not in checks:
        if wanted.framework is None:
            findings.note("Neither YOLO, nor COCO, nor folders of pictures, nor a table: nothing more was looked at.")
        return findings.report(kind, files, size, {}, {}, counted)
    done: Checked = checks[kind].check(tree, wanted, findings, should_stop)
    learned = done.learned if kind == "tabular" else Learned("pictures", classes=tuple(map(str, done.classes)))
    return replace(findings.report(kind, files, size, done.counts, done.classes, done.summary), learned=learned)


def _fitting(kind: str, tree: Tree, wanted: Wanted, findings: Findings) -> str:
    """The kind to check the dataset as; a kind that the framework cannot train on is a fault."""
    framework = wanted.framework
    if framework is None:
        return kind
    if framework in TABULAR:
        if kind == "files" or tree.single or tables_in(tree):
            return "tabular"  # which then says what is missing
    elif framework == "yolo":
        if wanted.task == "classify":
            return "classification"
        if kind == "classification" and wanted.task is not None:
            what = f"the task {wanted.task} needs images with labels and a data.yaml"
            findings.fault("wrong-kind", f"{tree.root} holds {WORDS[kind]}, and {what}; a -cls model takes folders.")
            return kind
        if kind == "files":
            return "yolo"
    if kind not in TAKES[framework]:
        takes = " or ".join(WORDS[one] for one in TAKES[framework])
        findings.fault("wrong-kind", f"{framework} needs {takes}, and {tree.root} holds {WORDS[kind]}.")
    return kind


def _refused(code: str, fault: str, summary: str | None = None) -> DatasetReport:
    findings = Findings()
    findings.fault(code, fault)
    return findings.report("none", 0, 0, {}, {}, summary or fault)
