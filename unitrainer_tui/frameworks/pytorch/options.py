"""`[training.options]` of this script: what there is, which values they take, and what is taken where none is said.

Standard library only: the job is judged before PyTorch is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.pytorch.rules import wrong_option
    from unitrainer_tui.frameworks.shared.job import Refused
else:  # on the host these files stand side by side
    from job import Refused
    from rules import wrong_option


@dataclass(frozen=True)
class Options:
    """The options of one job, checked. None is the default that depends on the model or on the machine."""

    task: str | None = None
    """classification or regression (tables)."""
    lr: float | None = None
    """The peak of the learning rate: 0.001, 0.0003 for weights that are trained already, 0.1 for sgd."""
    optimizer: str = "adamw"
    momentum: float = 0.9
    """Of sgd."""
    weight_decay: float = 0.01
    scheduler: str = "cosine"
    warmup_epochs: float = 0.0
    """The learning rate rises from 0 over so many epochs; parts of one count."""
    clip: float | None = None
    """The largest norm of the gradient."""
    label_smoothing: float = 0.0
    dropout: float = 0.0
    hidden: tuple[int, ...] = (128, 64)
    """The widths of mlp's hidden layers."""
    patience: int | None = None
    """So many epochs without a lower val_loss end the training."""
    keep: str = "best"
    """Which epoch's weights become the model: best (the lowest val_loss) or last."""
    amp: bool | str | None = None
    """Half precision: true (bf16 where the GPU has it, else fp16), false, bf16, fp16. GPUs: true if not said."""
    pretrained: bool = True
    """timm's models start from trained weights."""
    resume: bool = True
    """Go on from an earlier run's checkpoint where there is one."""
    augment: bool | str = True
    """Images are varied in training: true (crops and mirrors), false, crop, flip."""
    workers: int | None = None
    """Processes that read images, for each GPU; by the number of CPUs where not said."""
    processes: int = 1
    """Training processes on a machine without a GPU; with GPUs there is one for each."""


def read_options(said: dict[str, Any]) -> Options:
    """The job's options, checked. Raises Refused with the nearest name for one that is not there."""
    if wrong := wrong_option(said):
        raise Refused(wrong[1])
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    return Options(**values)
