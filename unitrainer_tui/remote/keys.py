"""The run's own SSH key: ed25519, made for one run, removed at its end."""

from __future__ import annotations

import os
from pathlib import Path

import asyncssh


def make_key_pair(path: Path) -> str:
    """Writes a new private key to `path` (0600, must not exist). The public half as one line of OpenSSH's form."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment="unitrainer")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(key.export_private_key())
        file.flush()
        os.fsync(fd)
    return key.export_public_key().decode().strip()
