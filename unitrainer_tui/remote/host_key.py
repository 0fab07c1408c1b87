"""Trust on first use: the run's own known_hosts file. It is about one machine, whatever its address."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import asyncssh

from unitrainer_tui.errors import HostError


class PinnedKey:
    """The host key of the run's machine. Empty until the first login has succeeded."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.keys = _read(file) if file else []

    def accepts(self, key: asyncssh.SSHKey) -> bool:
        return not self.keys or any(key.public_data == known.public_data for known in self.keys)

    def algorithms(self) -> list[str] | str:
        """Asks for the pinned kind of key first: a server has several, and another kind would look like a change."""
        preferred = [key.get_algorithm() for key in self.keys]
        usual = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"]
        usual += ["rsa-sha2-512", "rsa-sha2-256"]
        rsa = [name for name in ("rsa-sha2-512", "rsa-sha2-256") if "ssh-rsa" in preferred]
        first = rsa + [name for name in preferred if name in usual]
        return first + [name for name in usual if name not in first]

    def pin(self, key: asyncssh.SSHKey, address: str, port: int) -> None:
        """Writes the key of the first connection, whole or not at all, readable by the user alone."""
        if self.file is None or self.keys:
            return
        name = address if port == 22 else f"[{address}]:{port}"
        line = f"{name} {key.export_public_key('openssh').decode('ascii').strip()}\n"
        descriptor, fresh = tempfile.mkstemp(dir=self.file.parent, prefix=".known_hosts-")
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(self.file)
        self.keys = [key]


def _read(file: Path) -> list[asyncssh.SSHKey]:
    try:
        lines = file.read_text("ascii").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError):
        raise HostError(f"Cannot read the pinned host key in {file}.", "Check the file's owner and mode.") from None
    keys = []
    for line in lines:
        _, _, text = line.strip().partition(" ")
        if not text:
            continue
        try:
            keys.append(asyncssh.import_public_key(text))
        except asyncssh.KeyImportError:
            raise HostError(f"The pinned host key in {file} is damaged.", "Nothing was sent to the machine.") from None
    return keys
