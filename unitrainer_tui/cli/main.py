"""The command line's root. Each command is a module of this package, imported when it is called."""

from __future__ import annotations

import importlib
from typing import Any

import click

from unitrainer_tui import __version__

# name of the command: the module below cli/ that holds it as `command`
COMMANDS: dict[str, str] = {
    "parse": "parse",
    "sandbox": "sandbox",
}


class LazyCommands(click.Group):
    """Commands whose modules are imported only when they are called or listed: `--help` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: Any = importlib.import_module(f"unitrainer_tui.cli.{module}").command
        return command if isinstance(command, click.Command) else None


@click.group(cls=LazyCommands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="unitrainer-tui")
@click.pass_context
def program(ctx: click.Context) -> None:
    """Train a model on a rented cloud GPU from end to end, and always give the machine back."""
