"""What a run is to do, in the few numbers that its time depends on: `work.json` in its directory."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from unitrainer_tui.config.paths import write_private
from unitrainer_tui.config.profile import Profile
from unitrainer_tui.runs.directory import RunDirectory


@dataclass(frozen=True)
class Work:
    """`samples` are training pictures or rows, `columns` those of a table; 0 where unknown. `image_size` in pixels."""

    provider: str
    framework: str
    model: str
    flavor: str
    nodes: int = 1
    epochs: int = 0
    image_size: int = 0
    dataset_bytes: int = 0
    samples: int = 0
    columns: int = 0

    @property
    def per_epoch(self) -> float:
        """How much one epoch is, in units that are the same for the same framework and model: pixels or cells."""
        if self.columns:
            return float(self.samples * self.columns)
        return float(self.samples * (self.image_size or 640) ** 2)


def work_of(profile: Profile, *, flavor: str, dataset_bytes: int, counts: Mapping[str, int]) -> Work:
    """`counts` as a dataset's report has them: rows, columns, train images."""
    training = profile.training
    rows, images = counts.get("rows", 0), counts.get("train images", 0)
    return Work(
        provider=profile.cloud.provider,
        framework=training.framework,
        model=plain_model(training.model or ""),
        flavor=flavor,
        nodes=profile.cloud.nodes,
        epochs=training.epochs,
        image_size=training.image_size or 0,
        dataset_bytes=dataset_bytes,
        samples=rows or images,
        columns=counts.get("columns", 0) if rows else 0,
    )


def plain_model(model: str) -> str:
    """`yolov11n`, `yolo11n.pt` and `yolo11n.yaml` take the same time."""
    model = re.sub(r"\.(pt|yaml|yml)$", "", model.strip().lower())
    return re.sub(r"^yolo-?v?(\d)", r"yolo\1", model)


def write_work(directory: RunDirectory, work: Work) -> None:
    write_private(directory.work, json.dumps(asdict(work)) + "\n")


def read_work(directory: RunDirectory) -> Work | None:
    """None where the run never came so far, or is of an earlier version."""
    try:
        held = json.loads(directory.work.read_text(encoding="utf-8"))
        return Work(**{field.name: held[field.name] for field in fields(Work)})
    except (OSError, ValueError, KeyError, TypeError):
        return None
