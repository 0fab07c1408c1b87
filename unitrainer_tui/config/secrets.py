"""Where the API key comes from: the environment, else a command, else a 0600 secrets file, else the keyring extra."""

from __future__ import annotations

import os
import stat
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from unitrainer_tui.config.paths import Paths
from unitrainer_tui.errors import SecretProblem

VARIABLE = "CANOPYWAVE_API_KEY"


@dataclass(frozen=True)
class ApiKey:
    """`source` says where it came from: environment, command, file or keyring."""

    value: str = field(repr=False)
    source: str


def api_key(where: Paths, command: str | None) -> ApiKey:
    """Raises SecretProblem when there is none, or when its file can be read by others."""
    if value := os.environ.get(VARIABLE, "").strip():
        return _checked(value, "environment")
    if command:
        return _checked(_from_command(command), "command")
    if value := _from_file(where.secrets):
        return _checked(value, "file")
    if value := _from_keyring():
        return _checked(value, "keyring")
    raise SecretProblem(
        "There is no API key.",
        f"Set {VARIABLE}, or cloud.api_key_command in the profile, or write it to {where.secrets} (mode 0600).",
    )


def _checked(value: str, source: str) -> ApiKey:
    value = value.strip()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise SecretProblem(f"The API key from the {source} is empty or holds spaces.", "Copy it again, one line.")
    return ApiKey(value, source)


def _from_command(command: str) -> str:
    try:
        done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        raise SecretProblem("cloud.api_key_command did not end within 60 s.", "Run it by hand once.") from None
    if done.returncode != 0:
        # Its output is not shown: it may hold the secret.
        raise SecretProblem(f"cloud.api_key_command ended with exit code {done.returncode}.", "Run it by hand once.")
    return done.stdout.strip()


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            facts = os.fstat(file.fileno())
            if facts.st_uid != os.getuid():
                raise SecretProblem(f"{path} belongs to another user.", "Make it yours, mode 0600.")
            if stat.S_IMODE(facts.st_mode) & 0o077:
                raise SecretProblem(f"{path} can be read by others.", f"Run: chmod 600 {path}")
            table = tomllib.loads(file.read().decode())
    except FileNotFoundError:
        return ""
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise SecretProblem(f"{path} is not valid TOML.", 'It holds: [canopywave] and api_key = "…"') from None
    section = table.get("canopywave")
    value = section.get("api_key", "") if isinstance(section, dict) else ""
    return value if isinstance(value, str) else ""


def _from_keyring() -> str:
    try:
        import keyring
    except ImportError:
        return ""
    try:
        return keyring.get_password("unitrainer-tui", "canopywave") or ""
    except Exception:  # a locked or absent keyring daemon is no key, whatever it raises
        return ""
