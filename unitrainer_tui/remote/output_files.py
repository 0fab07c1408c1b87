"""The host's list of what the job left, believed only as far as it can be true."""

from __future__ import annotations

from typing import Any

from unitrainer_tui.ports import RemoteFile
from unitrainer_tui.remote.reasons import printable


def believable(answer: dict[str, Any]) -> tuple[list[RemoteFile], list[str]]:
    """(the files, sorted by path; a sentence for each name that is refused)."""
    files = []
    refused = [
        f"{_shown(str(path))} {printable(str(why), 80)}" for path, why in answer.get("refused", []) if why is not None
    ]
    for path, size, mtime_ns in answer["files"]:
        if not isinstance(path, str) or not isinstance(size, int) or not isinstance(mtime_ns, int) or size < 0:
            refused.append("an entry of the list is damaged")
        elif any(not char.isprintable() and not "\udc80" <= char <= "\udcff" for char in path):
            refused.append(f"{_shown(path)} has control characters in its name")
        elif path.startswith("/") or {"", ".", ".."} & set(path.split("/")) or "\\" in path:
            refused.append(f"{_shown(path)} leads out of the output folder")
        else:
            files.append(RemoteFile(path, size, mtime_ns))
    if answer.get("more"):
        refused.append("there are more than 100,000 files; the rest is not listed")
    return sorted(files, key=lambda file: file.path), refused


def _shown(path: str) -> str:
    return printable(path.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), 120)
