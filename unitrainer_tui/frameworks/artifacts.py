"""Which of the files that training left is the model, and what it is called at home. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

from unitrainer_tui.ports import RemoteFile

MODEL_SUFFIXES = (
    ".pt",
    ".pth",
    ".safetensors",
    ".ckpt",
    ".onnx",
    ".ubj",
    ".skops",
    ".joblib",
    ".pkl",
    ".keras",
    ".h5",
    ".tflite",
    ".gguf",
    ".npz",
    ".bin",
)

# Files that carry a model's suffix and hold the state of the training instead (Hugging Face's trainer, Accelerate).
_NO_MODEL = re.compile(
    r"(optimizer|scheduler|scaler|rng_state|random_state|training_args|trainer_state)", re.IGNORECASE
)

SMALL_BYTES = 20_000_000

_SANE_SUFFIX = re.compile(r"[a-z0-9]{1,12}\Z")
_SANE_NAME = re.compile(r"[^a-z0-9-]+")


def choose_model(
    spec_patterns: Sequence[str], files: Sequence[RemoteFile], *, newest_fallback: bool
) -> RemoteFile | None:
    """The model among the files below the output folder; None where there is none. Empty files never are it.

    Patterns are tried in order. `*` and `?` stay within one name, `**` crosses folders; a pattern without a slash is
    looked for at the top first and then in every folder. Of several matches the one nearest to the top wins, then the
    newest. With `newest_fallback` the newest file with a model's suffix comes after all patterns.
    """
    whole = [file for file in files if file.size > 0]
    for pattern in spec_patterns:
        expression = _expression(pattern)
        found = [file for file in whole if expression.fullmatch(file.path)]
        if found:
            return min(found, key=lambda file: (file.path.count("/"), -file.mtime_ns, file.path))
    if not newest_fallback:
        return None
    models = [file for file in whole if looks_like_a_model(file.path)]
    return min(models, key=lambda file: (-file.mtime_ns, file.path), default=None)


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Whether the relative path is one of the patterns, which are read as `choose_model` reads them."""
    return any(_expression(pattern).fullmatch(path) for pattern in patterns)


def is_small(file: RemoteFile) -> bool:
    """Results, metrics and pictures, as against checkpoints: what comes home whatever is wanted of those."""
    return file.size <= SMALL_BYTES and not looks_like_a_model(file.path)


def looks_like_a_model(path: str) -> bool:
    name = PurePosixPath(path)
    return name.suffix.lower() in MODEL_SUFFIXES and not _NO_MODEL.match(name.name)


def _expression(pattern: str) -> re.Pattern[str]:
    """The glob as a regular expression over relative paths. A leading ./ or / says nothing more."""
    pattern = pattern.strip().removeprefix("./").lstrip("/")
    if "/" not in pattern:
        pattern = f"**/{pattern}"
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(special.get(part) or re.escape(part) for part in parts), re.DOTALL)


def model_filename(framework: str, unix_time: float, remote_path: str) -> str:
    """`model_<framework>_<YYYY-MM-DDTHH-MM-SS>.<ext>`, the time in UTC, so that names sort the same everywhere.

    The extension is the remote file's where it is a sane one (letters and digits), else `bin`.
    """
    stamp = datetime.fromtimestamp(unix_time, UTC).strftime("%Y-%m-%dT%H-%M-%S")
    suffix = PurePosixPath(remote_path).suffix.lower().lstrip(".")
    extension = suffix if _SANE_SUFFIX.match(suffix) else "bin"
    return f"model_{_SANE_NAME.sub('-', framework.lower())}_{stamp}.{extension}"
