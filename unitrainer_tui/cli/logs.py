"""`unitrainer-tui logs`: the job's output."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from unitrainer_tui.log_text import Line


@click.command("logs")
@click.argument("run")
@click.option("-f", "--follow", is_flag=True, help="Go on until the run is over.")
@click.option("--raw", is_flag=True, help="The bytes as the job printed them.")
@click.option("--node", type=click.IntRange(min=0), default=0, help="Of several machines: whose output, from 0.")
def command(run: str, follow: bool, raw: bool, node: int) -> None:
    """Print the job's output of RUN (an id, a unique prefix, or last)."""
    from unitrainer_tui.client import Client
    from unitrainer_tui.errors import UsageProblem
    from unitrainer_tui.log_text import settled
    from unitrainer_tui.runs.directory import RunDirectory

    client = Client()
    directory = RunDirectory(client.paths.run(client.find(run)))
    nodes = client.summary(directory.run).nodes
    if node >= nodes:
        has = "one machine, node 0" if nodes == 1 else f"{nodes} machines, nodes 0 to {nodes - 1}"
        raise UsageProblem(f"--node {node}: run {directory.run} has {has}.", "Say one of them.")
    if follow:
        sys.exit(asyncio.run(_follow(client, directory.run, raw=raw, node=node)))
    log = directory.node_log(node)
    if not log.exists():
        return
    with log.open("rb") as file:
        if raw:
            shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
        for line in settled(_lines(file)):
            click.echo(line.text)


def _lines(file: BinaryIO) -> Iterator[Line]:
    from unitrainer_tui.log_text import LineSplitter

    splitter = LineSplitter()
    while piece := file.read(1 << 20):
        yield from splitter.feed(piece)
    yield from splitter.finish()


async def _follow(client: object, run: str, *, raw: bool, node: int) -> int:
    from unitrainer_tui.cli.viewing import watch
    from unitrainer_tui.client import Client
    from unitrainer_tui.runs.directory import RunDirectory
    from unitrainer_tui.runs.events import Event, LogEvent, ResultEvent

    assert isinstance(client, Client)
    path = RunDirectory(client.paths.run(run)).node_log(node)
    position = 0

    def show(event: Event) -> None:
        nonlocal position
        if raw and isinstance(event, LogEvent | ResultEvent) and path.exists():
            with path.open("rb") as file:
                file.seek(position)
                shutil.copyfileobj(file, sys.stdout.buffer)
                position = file.tell()
            sys.stdout.buffer.flush()
        elif isinstance(event, LogEvent):
            click.echo(event.text)

    code = await watch(client, run, show, owns=False, node=node)
    return code if code > 128 else 0
