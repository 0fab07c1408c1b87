"""`unitrainer-tui dataset check`: every fault found before anything is paid."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import click

from unitrainer_tui.config.frameworks import FRAMEWORKS


@click.group("dataset")
def command() -> None:
    """Check a dataset before anything is paid."""


@command.command("check")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--framework", type=click.Choice(FRAMEWORKS), default="custom", show_default=True)
@click.option("--target", help="Tabular: the column to predict.")
@click.option("--json", "as_json", is_flag=True)
def check(path: Path, framework: str, target: str | None, as_json: bool) -> None:
    """Check the dataset at PATH as FRAMEWORK will meet it. 0 when it holds, else 2."""
    from unitrainer_tui.datasets.check import check_dataset
    from unitrainer_tui.datasets.manifest import list_files
    from unitrainer_tui.errors import DatasetProblem
    from unitrainer_tui.text import safe

    report = check_dataset(path.expanduser(), framework, target=target)
    faults = list(report.faults)
    if path.expanduser().exists():
        try:
            list_files(path.expanduser())
        except DatasetProblem as problem:
            faults += problem.faults
    if as_json:
        click.echo(json.dumps({**dataclasses.asdict(report), "faults": faults, "valid": not faults}, default=str))
    else:
        click.echo(safe(report.summary))
        for fault in faults:
            click.echo(safe(f"fault: {fault}"))
        for warning in report.warnings:
            click.echo(safe(f"warning: {warning}"))
    sys.exit(2 if faults else 0)
