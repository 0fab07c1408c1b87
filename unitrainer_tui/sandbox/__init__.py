"""The embedded cloud: the API of CanopyWave on loopback, an SSH server for each instance, and faults on request."""

from __future__ import annotations

from unitrainer_tui.sandbox.config import SandboxConfig
from unitrainer_tui.sandbox.server import Holdings, Sandbox

__all__ = ["Holdings", "Sandbox", "SandboxConfig"]
