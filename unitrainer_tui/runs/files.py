"""A run's files on the local disk, as the RunFiles port. Key making is handed in: nothing here knows SSH."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import stat
import string
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from unitrainer_tui.config.paths import write_private
from unitrainer_tui.copies import BESIDE, part_of
from unitrainer_tui.errors import HostError
from unitrainer_tui.runs.directory import RunDirectory
from unitrainer_tui.runs.file_system import lost_guarantee
from unitrainer_tui.text import REDACTOR

PASSWORD_LENGTH = 24
# The folder among the models that tells of each how it was made.
DETAILS = "details"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class LocalRunFiles:
    """`make_key_pair` writes a private key (0600) to a path and returns the public half as one line."""

    def __init__(self, directory: RunDirectory, models_dir: Path, make_key_pair: Callable[[Path], str]) -> None:
        self._directory = directory
        self._models = models_dir
        self._make_key_pair = make_key_pair

    def log_size(self, node: int = 0) -> int:
        try:
            return self._directory.node_log(node).stat().st_size
        except FileNotFoundError:
            return 0

    def read_log(self, node: int = 0) -> Iterator[bytes]:
        log = self._directory.node_log(node)
        if not log.exists():
            return
        with log.open("rb") as file:
            while piece := file.read(1 << 20):
                yield piece

    def append_log(self, data: bytes, node: int = 0) -> None:
        _append(self._directory.node_log(node), data)

    def append_metrics(self, line: str) -> None:
        _append(self._directory.metrics, line.encode() + b"\n")

    def append_telemetry(self, line: str) -> None:
        _append(self._directory.telemetry, line.encode() + b"\n")

    def make_key(self) -> str:
        public = self._directory.key.with_suffix(".pub")
        if not (self._directory.key.exists() and public.exists()):
            self._directory.key.unlink(missing_ok=True)
            public.write_text(self._make_key_pair(self._directory.key))
        return public.read_text().strip()

    def make_password(self, *, keep: bool) -> str:
        if known := self.password():
            return known
        password = new_password()
        REDACTOR.register(password, "launch password")
        if keep:
            fd = os.open(self._directory.password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "w") as file:
                file.write(password)
                file.flush()
                os.fsync(fd)
        return password

    def password(self) -> str | None:
        try:
            password = self._directory.password.read_text().strip()
        except FileNotFoundError:
            return None
        REDACTOR.register(password, "launch password")
        return password or None

    def key_path(self) -> Path:
        return self._directory.key

    def known_hosts_path(self, node: int = 0) -> Path:
        return self._directory.node_known_hosts(node)

    def remove_secrets(self) -> None:
        for path in (self._directory.key, self._directory.key.with_suffix(".pub"), self._directory.password):
            path.unlink(missing_ok=True)
        if self._directory.artifacts.is_dir():
            for part in self._directory.artifacts.rglob("*.part"):
                if not part.is_dir():
                    part.unlink(missing_ok=True)

    def artifact(self, relative: str) -> Path:
        path = self._place(relative)
        self._clear_the_way(path)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.parent.resolve().is_relative_to(self._directory.artifacts.resolve()):
            raise HostError(f"The name {relative!r} leads out of the run's directory.")
        return path

    def _place(self, relative: str) -> Path:
        """Where an artifact lies, without touching anything. Raises HostError."""
        parts = PurePosixPath(relative).parts
        if not parts or relative.startswith("/") or ".." in parts or _CONTROL.search(relative):
            raise HostError(f"The host offers a file under the name {relative!r}, which leaves the run's directory.")
        # A file of the job's own that is named as what a download leaves beside another gets a _ here.
        return self._directory.artifacts.joinpath(*(f"{part}_" if part.endswith(BESIDE) else part for part in parts))

    def _clear_the_way(self, path: Path) -> None:
        """The job may have made a folder where a file was when it was brought here, or the other way round. What is
        here is moved aside, as `<name>.earlier`."""
        root = self._directory.artifacts
        folders = [folder for folder in path.parents if folder != root and folder.is_relative_to(root)]
        in_the_way = [folder for folder in folders if folder.is_file()] + ([path] if path.is_dir() else [])
        for found in in_the_way:
            aside, number = found.with_name(f"{found.name}.earlier"), 1
            while aside.exists():
                number += 1
                aside = found.with_name(f"{found.name}.earlier{number}")
            found.rename(aside)

    def artifacts(self) -> list[str]:
        root = self._directory.artifacts
        if not root.is_dir():
            return []
        files = (path for path in root.rglob("*") if path.is_file() and not path.name.endswith(BESIDE))
        return sorted(path.relative_to(root).as_posix() for path in files)

    def holds_artifact(self, relative: str, size: int, mtime_ns: int) -> bool:
        try:
            there = self._place(relative).lstat()
        except (OSError, HostError):
            return False
        return stat.S_ISREG(there.st_mode) and (there.st_size, there.st_mtime_ns) == (size, mtime_ns)

    def begin_with_artifact(self, relative: str, to: Path) -> None:
        part = part_of(to)
        if not part.exists():
            try:
                shutil.copyfile(self._place(relative), part)
            except OSError:
                part.unlink(missing_ok=True)
                raise

    def go_on_as_artifact(self, model_name: str, relative: str) -> None:
        part = part_of(self._models / model_name)
        if part.is_file():
            to = part_of(self.artifact(relative))
            if not to.exists():
                shutil.move(part, to)

    def drop_artifact(self, relative: str) -> None:
        self._place(relative).unlink(missing_ok=True)

    def model(self, name: str) -> Path:
        self._models.mkdir(parents=True, exist_ok=True)
        return self._models / name

    def keep_environment(self, installed: Mapping[str, Any]) -> None:
        write_private(self._directory.environment, json.dumps(installed) + "\n")

    def read_environment(self) -> Mapping[str, Any]:
        try:
            held = json.loads(self._directory.environment.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return held if isinstance(held, dict) else {}

    def read_artifact(self, relative: str, limit: int) -> bytes | None:
        path = self._directory.artifacts / relative
        try:
            if path.is_symlink() or path.stat().st_size > limit:
                return None
            return path.read_bytes()
        except OSError:
            return None

    def read_profile(self) -> bytes:
        return self._directory.profile.read_bytes()

    def read_metrics(self) -> Iterator[bytes]:
        if self._directory.metrics.exists():
            with self._directory.metrics.open("rb") as file:
                yield from file

    def write_beside_model(self, model_name: str, name: str, data: bytes) -> None:
        folder = self._models / DETAILS / Path(model_name).stem
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{name}.part"
        part.write_bytes(data)
        part.replace(folder / name)

    def model_names(self) -> set[str]:
        try:
            return {entry.name for entry in self._models.iterdir()}
        except FileNotFoundError:
            return set()

    def try_models_directory(self) -> None:
        try:
            probe = self.model(f".{self._directory.run}.probe")
            probe.touch()
            probe.unlink()
        except OSError as problem:
            raise OSError(problem.errno, problem.strerror, str(self._models)) from None

    def lost_guarantee(self) -> str | None:
        return lost_guarantee(self._directory.path)

    def free_bytes(self) -> int:
        places = (self._directory.path, _nearest_existing(self._models))
        return min(shutil.disk_usage(place).free for place in places)


def new_password() -> str:
    """24 characters with upper, lower, digit and one of `-_`: what the images' rules ask for."""
    alphabet = string.ascii_letters + string.digits + "-_"
    while True:
        password = "".join(secrets.choice(alphabet) for _ in range(PASSWORD_LENGTH))
        kinds = (str.isupper, str.islower, str.isdigit, lambda letter: letter in "-_")
        # A leading - or _ would read as an option or be refused by some images.
        if password[0].isalpha() and all(any(kind(letter) for letter in password) for kind in kinds):
            return password


def _append(path: Path, data: bytes) -> None:
    """Appends all of it or nothing: a partial write (disk full) is taken back, so that offsets stay true."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        before = os.fstat(fd).st_size
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(fd, view) :]
        except OSError:
            os.ftruncate(fd, before)
            raise
    finally:
        os.close(fd)


def _nearest_existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
