"""The command line's root. A command is a module of this package, imported when it is called: `--help` stays fast."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from unitrainer_tui import __version__

# name of the command: (the module below cli/ that holds it as `command`, what it does)
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Embedded cloud, sample data, a real short training, the model on disk."),
    "run": ("run", "Rent, train, bring the model home, give the machine back."),
    "attach": ("attach", "Show a run that is going on, with its whole history."),
    "runs": ("runs", "List the runs."),
    "show": ("show", "One run: stages, resources, result."),
    "logs": ("logs", "The job's output."),
    "ssh": ("ssh", "A shell on a run's machine."),
    "stop": ("stop", "Abort a run; returns when everything is proven gone."),
    "resume": ("resume", "Take over one run whose supervisor died."),
    "reconcile": ("reconcile", "Take over every run whose supervisor died; sweep what is left."),
    "audit": ("audit", "What the cloud holds against our ledger."),
    "reap": ("reap", "Give back what is ours and orphaned."),
    "guard": ("guard", "A second guard, on any other machine: ends what has outlived its deadline."),
    "profiles": ("profiles", "List the profiles."),
    "profile": ("profile", "Make, edit and check profiles."),
    "dataset": ("dataset", "Check a dataset before anything is paid."),
    "prices": ("prices", "What the profile's cloud sells now, and for how much."),
    "doctor": ("doctor", "Where files are, what works here, what does not."),
    "sandbox": ("sandbox", "The embedded cloud as a server: a rehearsal that costs nothing."),
    "parse": ("parse", "Raw training output on stdin, progress events on stdout."),
}


# The commands whose start looks after open and closed runs, in a process of its own. `reconcile` does so itself; those
# that only read (parse, show, logs) never do.
SWEEPS = frozenset({"demo", "run", "attach", "runs", "stop", "resume", "audit", "reap", "doctor"})


class LazyCommands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known = COMMANDS.get(cmd_name)
        if known is None:
            return None
        command: Any = importlib.import_module(f"unitrainer_tui.cli.{known[0]}").command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown command names the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else " See unitrainer-tui --help."
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Without importing a single command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, what) in COMMANDS.items()])


@click.group(cls=LazyCommands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="unitrainer-tui")
@click.pass_context
def program(ctx: click.Context) -> None:
    """Train a model on a rented cloud GPU from end to end, and always give the machine back.

    Without a command: the terminal UI.
    """
    if ctx.invoked_subcommand is None:
        from unitrainer_tui.cli.tui import open_tui

        _sweep_behind()
        sys.exit(open_tui())
    if ctx.invoked_subcommand in SWEEPS and not {"-h", "--help"} & set(sys.argv):
        _sweep_behind()


def _sweep_behind() -> None:
    from unitrainer_tui.config.paths import paths
    from unitrainer_tui.supervisor.behind import sweep_behind

    sweep_behind(paths())


def main() -> None:
    """The entry point: every error of ours is one sentence on stderr and an exit code, never a traceback."""
    from unitrainer_tui.errors import UnitrainerError

    try:
        program(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Aborted.", err=True)
        sys.exit(130)
    except UnitrainerError as problem:
        from unitrainer_tui.text import safe

        click.echo(f"unitrainer-tui: {safe(problem.sentence())}", err=True)
        for fault in getattr(problem, "faults", ())[1:20]:
            click.echo(f"  {safe(fault)}", err=True)
        for key, what in getattr(problem, "problems", ())[1:20]:
            click.echo(f"  {safe(key)}: {safe(what)}", err=True)
        sys.exit(problem.exit_code)
    except BrokenPipeError:
        # The reader went away (head, less): say nothing, and keep Python from saying it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(141)
    except Exception as problem:
        from unitrainer_tui.cli.crash import sentence
        from unitrainer_tui.config.paths import paths
        from unitrainer_tui.text import safe

        click.echo(f"unitrainer-tui: {safe(sentence(problem, paths().state / 'crash.log'))}", err=True)
        sys.exit(1)
