"""Trainers that tell each epoch as one JSON line, on one GPU and on many.

With more than one GPU Ultralytics trains in processes of its own, which rebuild the trainer from its class. Callbacks
of the parent reach them in its newer versions only, the class in all: so the report is part of the class, in a module
that those processes can import by name (train.py puts this folder on PYTHONPATH).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ultralytics.models.rtdetr.train import RTDETRTrainer
from ultralytics.models.yolo.classify import ClassificationTrainer
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.models.yolo.obb import OBBTrainer
from ultralytics.models.yolo.pose import PoseTrainer
from ultralytics.models.yolo.segment import SegmentationTrainer
from ultralytics.utils import RANK

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.shared.report import report
else:  # on the host these files stand side by side
    from report import report

# How many epochs an earlier run had trained to its end; in the environment, for the processes of several GPUs.
BEFORE = "UNITRAINER_EPOCHS_BEFORE"

# Ultralytics marks what belongs to boxes with (B); masks (M) and key points (P) keep their mark.
_BOXES = "(B)"


def told_metrics(train_losses: dict[str, Any], measured: dict[str, Any]) -> dict[str, float]:
    """Ultralytics' names made plain: `loss` and `val_loss` are sums over their parts, mAP50, mAP50-95, precision …

    `train_losses` has keys such as train/box_loss; `measured` has val/box_loss, metrics/mAP50(B), fitness.
    """
    told: dict[str, float] = {}
    parts = {"loss": train_losses, "val_loss": {k: v for k, v in measured.items() if k.startswith("val/")}}
    for name, losses in parts.items():
        values = [float(value) for value in losses.values()]
        if values:
            told[name] = sum(values)
    told.update({name: float(value) for name, value in {**train_losses, **parts["val_loss"]}.items()})
    for key, value in measured.items():
        if key.startswith("metrics/"):
            told[key.removeprefix("metrics/").removesuffix(_BOXES)] = float(value)
    return told


class _Reporting:
    """Beside a trainer of Ultralytics. Each epoch is told once: `on_fit_epoch_end` comes once more from `final_eval`,
    which measures the best weights again, and that is no epoch."""

    _told = 0
    _epochs_are_over = False

    def final_eval(self) -> None:
        self._epochs_are_over = True
        super().final_eval()  # type: ignore[misc]

    def run_callbacks(self, event: str) -> None:
        super().run_callbacks(event)  # type: ignore[misc]
        if event == "on_fit_epoch_end" and RANK in (-1, 0) and not self._epochs_are_over:
            self._report()

    def _report(self) -> None:
        trainer: Any = self
        epoch = int(trainer.epoch) + 1
        if epoch <= self._told:
            return
        self._told = epoch
        metrics = told_metrics(trainer.label_loss_items(trainer.tloss, prefix="train"), trainer.metrics or {})
        before = int(os.environ.get(BEFORE) or 0)
        report(before + epoch, before + int(trainer.epochs), metrics, behind_bar=True)


class ReportingDetection(_Reporting, DetectionTrainer):  # type: ignore[misc]
    pass


class ReportingSegmentation(_Reporting, SegmentationTrainer):  # type: ignore[misc]
    pass


class ReportingPose(_Reporting, PoseTrainer):  # type: ignore[misc]
    pass


class ReportingObb(_Reporting, OBBTrainer):  # type: ignore[misc]
    pass


class ReportingClassification(_Reporting, ClassificationTrainer):  # type: ignore[misc]
    pass


class ReportingRtdetr(_Reporting, RTDETRTrainer):  # type: ignore[misc]
    pass


TRAINERS: dict[str, Any] = {
    "detect": ReportingDetection,
    "segment": ReportingSegmentation,
    "pose": ReportingPose,
    "obb": ReportingObb,
    "classify": ReportingClassification,
}


def trainer_of(model: Any) -> Any:
    """The trainer of a loaded model. None for the families that train in ways of their own (YOLO-World, YOLOE): theirs
    is taken, and what it prints tells the progress."""
    family = type(model).__name__
    if family == "RTDETR":
        return ReportingRtdetr
    return TRAINERS.get(model.task) if family == "YOLO" else None
