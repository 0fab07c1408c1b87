"""`unitrainer-tui profile new|edit|check|schema`."""

from __future__ import annotations

import json
import os
import sys

import click


@click.group("profile")
def command() -> None:
    """Make, edit and check profiles."""


@command.command("new")
@click.argument("name")
@click.option("--from", "sample", default="canopywave-yolo", show_default=True, help="The sample to begin with.")
def new(name: str, sample: str) -> None:
    """Make a profile NAME in the profile directory from a sample. Never overwrites."""
    from unitrainer_tui.config.paths import paths, private_directory
    from unitrainer_tui.config.samples import samples
    from unitrainer_tui.errors import UsageProblem

    known = samples()
    if sample not in known:
        raise UsageProblem(f"There is no sample {sample!r}.", f"There are: {', '.join(known)}.")
    if not name or name.startswith(".") or os.sep in name or not name.isprintable():
        raise UsageProblem(f"{name!r} is no name for a profile.", "Use letters, digits, dashes.")
    path = private_directory(paths().profiles) / f"{name}.toml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(known[sample].read_text(encoding="utf-8"))
    except FileExistsError:
        raise UsageProblem(f"{path} exists already.", f"Edit it: unitrainer-tui profile edit {name}") from None
    click.echo(path)


@command.command("edit")
@click.argument("name")
@click.pass_context
def edit(ctx: click.Context, name: str) -> None:
    """Open the profile in $EDITOR, then check it."""
    from unitrainer_tui.cli.options import profile_path
    from unitrainer_tui.config.paths import paths

    path = profile_path(name, paths())
    click.edit(filename=str(path))
    ctx.invoke(check, name=str(path))


@command.command("check")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def check(name: str, as_json: bool) -> None:
    """Check a profile (a path or a name) and say every problem with its key. 0 when it holds, else 2."""
    from unitrainer_tui.cli.options import profile_path
    from unitrainer_tui.config.paths import paths
    from unitrainer_tui.config.profile import load_profile
    from unitrainer_tui.errors import ProfileProblem
    from unitrainer_tui.frameworks.registry import spec_of

    path = profile_path(name, paths())
    try:
        spec_of(load_profile(path))
    except ProfileProblem as problem:
        if not as_json:
            raise
        rows = [{"key": key, "problem": what} for key, what in problem.problems] or [{"problem": problem.message}]
        click.echo(json.dumps({"valid": False, "problems": rows}))
        sys.exit(2)
    click.echo(json.dumps({"valid": True, "problems": []}) if as_json else f"{path}: valid")


@command.command("schema")
def schema() -> None:
    """Print the profile's JSON Schema, each key with its meaning."""
    from unitrainer_tui.config.profile import Profile

    click.echo(json.dumps(Profile.model_json_schema(), indent=2))
