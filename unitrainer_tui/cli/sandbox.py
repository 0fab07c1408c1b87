"""`unitrainer-tui sandbox`: the embedded cloud as a server in the foreground."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from pathlib import Path

import click

from unitrainer_tui.errors import UsageProblem


@click.command("sandbox")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the API; any free one by default.")
@click.option("--ssh-port", type=click.IntRange(0, 65535), default=0, help="SSH port of all machines; 22022 if free.")
@click.option("--fault", "faults", multiple=True, metavar="NAME[=VALUE]", help="A fault to have; may be repeated.")
@click.option("--seed", type=int, default=0, help="Chooses the faults of `--fault random`.")
@click.option("--boot-seconds", type=click.FloatRange(0), default=2.0, show_default=True, help="How long BUILD takes.")
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), help="Where the cloud keeps what it holds.")
@click.option(
    "--image-python", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The image's python3."
)
@click.option("--list-faults", is_flag=True, help="Tell which faults there are, and end.")
def command(
    port: int,
    ssh_port: int,
    faults: tuple[str, ...],
    seed: int,
    boot_seconds: float,
    home: Path | None,
    image_python: Path | None,
    list_faults: bool,
) -> None:
    """Serve the embedded cloud: the cloud's API on loopback, a real SSH host for each machine, faults on request.

    Prints lines that a shell can evaluate, so that the same client works against it, and serves until Ctrl-C.
    """
    from unitrainer_tui.config.paths import paths
    from unitrainer_tui.sandbox.config import SandboxConfig
    from unitrainer_tui.sandbox.endpoint import Endpoint, sandbox_home
    from unitrainer_tui.sandbox.faults import FAULTS, parse_fault
    from unitrainer_tui.sandbox.serve import serve

    if list_faults:
        for kind in FAULTS.values():
            click.echo(f"{kind.name:30} {kind.doc}")
        return

    def ready(endpoint: Endpoint) -> None:
        click.echo(f"export CANOPYWAVE_API_URL={shlex.quote(endpoint.url)}")
        click.echo(f"export CANOPYWAVE_API_KEY={shlex.quote(endpoint.api_key)}")
        click.echo(f"export UNITRAINER_SANDBOX_SSH_PORT={endpoint.ssh_port}")
        sys.stdout.flush()
        click.echo(
            "The embedded cloud serves project demo, region loopback. Ctrl-C ends it and its machines.", err=True
        )

    try:
        config = SandboxConfig(
            home=home.absolute() if home else sandbox_home(paths()),
            port=port,
            ssh_port=ssh_port,
            api_key=os.environ.get("CANOPYWAVE_API_KEY", "").strip() or None,
            boot_seconds=boot_seconds,
            faults=[parse_fault(fault) for fault in faults],
            seed=seed,
            image_python=image_python.absolute() if image_python else None,
        )
        asyncio.run(serve(config, ready))
    except UsageProblem as problem:
        click.echo(problem.sentence(), err=True)
        raise SystemExit(problem.exit_code) from None
    except OSError as error:
        click.echo(f"The embedded cloud cannot serve: {error}. Choose another --port, --ssh-port or --home.", err=True)
        raise SystemExit(1) from None
