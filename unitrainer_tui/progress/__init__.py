"""Raw training output to progress: a pure function of the bytes that a job prints."""

from __future__ import annotations

from unitrainer_tui.progress.facts import Progress
from unitrainer_tui.progress.parser import ProgressParser

__all__ = ["Progress", "ProgressParser"]
