"""Where the program keeps its files. One base directory when `UNITRAINER_HOME` is set, else the platform's places."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    config: Path
    state: Path
    cache: Path
    models: Path

    @property
    def profiles(self) -> Path:
        return self.config / "profiles"

    @property
    def runs(self) -> Path:
        return self.state / "runs"

    @property
    def secrets(self) -> Path:
        return self.config / "secrets.toml"

    def run(self, run_id: str) -> Path:
        return self.runs / run_id


def paths() -> Paths:
    """Reads the environment at each call, so that tests and the supervisor's child agree with their parent."""
    base = os.environ.get("UNITRAINER_HOME")
    if base:
        home = Path(base).expanduser().absolute()
        return Paths(home / "config", home / "state", home / "cache", home / "models")
    import platformdirs

    name = "unitrainer-tui"
    return Paths(
        platformdirs.user_config_path(name, appauthor=False),
        platformdirs.user_state_path(name, appauthor=False),
        platformdirs.user_cache_path(name, appauthor=False),
        Path("~/Documents/UniTrainer/models").expanduser(),
    )


def private_directory(path: Path) -> Path:
    """Makes the directory and its parents, readable by the user alone."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def write_private(file: Path, text: str) -> None:
    """Replaces the file as a whole; only its owner may read it."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    part.replace(file)
