"""The sample profiles that ship with the program."""

from __future__ import annotations

from pathlib import Path


def samples_directory() -> Path:
    """In the wheel beside the package's modules, in a source tree at its top."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "sample_configs"
    return shipped if shipped.is_dir() else package.parent / "sample_configs"


def samples() -> dict[str, Path]:
    return {path.stem: path for path in sorted(samples_directory().glob("*.toml"))}
