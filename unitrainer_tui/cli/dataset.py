"""`unitrainer-tui dataset check`: every fault found before anything is paid."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import click

from unitrainer_tui.config.frameworks import FRAMEWORKS

TASKS = ("detect", "segment", "classify", "pose", "obb", "classification", "regression", "ranking")


@click.group("dataset")
def command() -> None:
    """Check a dataset before anything is paid."""


@command.command("check")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--framework", type=click.Choice(FRAMEWORKS), help="Default: what the dataset looks like.")
@click.option("--task", type=click.Choice(TASKS), help="What is to be learned; guessed where it is not said.")
@click.option("--target", help="Tabular: the column to predict.")
@click.option("--weight", help="Tabular: the column of the rows' weights.")
@click.option("--group", help="Ranking: the column of the rows' queries.")
@click.option("--background", is_flag=True, help="YOLO: pictures without a label file show nothing to find.")
@click.option("--json", "as_json", is_flag=True)
def check(
    path: Path,
    framework: str | None,
    task: str | None,
    target: str | None,
    weight: str | None,
    group: str | None,
    background: bool,
    as_json: bool,
) -> None:
    """Check the dataset at PATH as FRAMEWORK will meet it. 0 when it holds, else 2."""
    from unitrainer_tui.datasets.check import check_dataset
    from unitrainer_tui.text import safe

    report = check_dataset(
        path.expanduser(),
        framework,
        task=task,
        target=target,
        weight=weight,
        group=group,
        background=background,
    )
    if as_json:
        told = {**dataclasses.asdict(report), "valid": report.holds}
        del told["learned"]  # of the table as a run would learn it: no part of what was found
        click.echo(json.dumps(told))
    else:
        click.echo(safe(f"{report.kind}: {report.summary}"))
        for level, sentences in (("fault", report.faults), ("warning", report.warnings), ("note", report.notes)):
            for sentence in sentences:
                click.echo(safe(f"{level}: {sentence}"))
    sys.exit(0 if report.holds else 2)
