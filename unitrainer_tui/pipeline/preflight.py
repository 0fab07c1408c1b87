"""Whether the machine that came is the one that was paid for: pure judgement of what it tells about itself."""

from __future__ import annotations

from unitrainer_tui.errors import RunFailed
from unitrainer_tui.ports import HostFacts

# CUDA 11.8, the oldest that current PyTorch builds carry, needs this driver (NVIDIA's compatibility table).
OLDEST_DRIVER = 450


def judge(facts: HostFacts, *, gpus: int, dataset_bytes: int) -> None:
    """Raises RunFailed with the reason. The disk must take the dataset twice (the data, and what training makes)."""
    if len(facts.gpus) < gpus:
        found = f"{len(facts.gpus)} of {gpus} GPUs answer" if facts.gpus else "the machine shows no GPU"
        raise RunFailed(
            f"The preflight failed: {found} (nvidia-smi), and training on the CPU at GPU price helps nobody.",
            "Take a GPU image, or set training.gpus = 0 to allow the CPU.",
        )
    if gpus and facts.driver and (major := _major(facts.driver)) is not None and major < OLDEST_DRIVER:
        raise RunFailed(
            f"The machine's NVIDIA driver {facts.driver} is too old for current CUDA builds.", "Take a newer image."
        )
    needed = 2 * dataset_bytes
    if facts.disk_free < needed:
        raise RunFailed(
            f"The machine's disk is too small: {facts.disk_free / 1e9:.1f} GB free, {needed / 1e9:.1f} GB needed.",
            "Take a flavor with a larger disk, or a smaller dataset.",
        )


def _major(version: str) -> int | None:
    head = version.split(".")[0]
    return int(head) if head.isdigit() else None
