"""The commands: arguments in, one call, text or JSON out."""

from __future__ import annotations


def main() -> None:
    from unitrainer_tui.cli.main import main as start

    start()
