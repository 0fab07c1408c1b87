"""Recorded runs for the screens: lists of events as a journal, a log and a telemetry file give them."""

from __future__ import annotations

import math
import random

from unitrainer_tui.pipeline.leak_proof import Project, proof_lines
from unitrainer_tui.runs.events import (
    CostEvent,
    Event,
    Gpu,
    LogEvent,
    NoticeEvent,
    ProgressEvent,
    ResourceEvent,
    ResultEvent,
    StageEvent,
    TelemetryEvent,
    Training,
    TransferEvent,
    timestamp,
    unix_seconds,
)
from unitrainer_tui.runs.state import fold

BEGIN = unix_seconds("2026-01-16T14:20:00Z")
RUN = "20260116-142000-h7k2"
INSTANCE = "ut-a1b2c3-h7k2-t94x0"
RATE = 9.0


class Recorder:
    """Collects events on a clock of its own; numbers all but log and telemetry."""

    def __init__(self, run: str = RUN, begin: float = BEGIN) -> None:
        self.run, self.begin, self.clock = run, begin, begin
        self.events: list[Event] = []
        self._seq = 0
        self._offset = 0
        self._stages: dict[str, float] = {}
        self.seconds: dict[str, float] = {}

    def add(self, event: Event) -> None:
        update: dict[str, object] = {"at": timestamp(self.clock), "run": self.run}
        if event.kind not in ("log", "telemetry"):
            self._seq += 1
            update["seq"] = self._seq
        self.events.append(event.model_copy(update=update))

    def start(self, stage: str) -> None:
        self._stages[stage] = self.clock
        self.add(StageEvent.model_validate({"stage": stage, "status": "started"}))

    def end(self, stage: str, status: str = "done", reason: str | None = None) -> None:
        seconds = self.clock - self._stages[stage]
        self.seconds[stage] = seconds
        self.add(StageEvent.model_validate({"stage": stage, "status": status, "seconds": seconds, "reason": reason}))

    def wait(self, seconds: float) -> None:
        self.clock += seconds

    def log(self, text: str) -> None:
        self.add(LogEvent(text=text, offset=self._offset))
        self._offset += len(text.encode()) + 1

    def resource(self, kind: str, status: str, **more: str) -> None:
        self.add(ResourceEvent.model_validate({"resource": kind, "status": status, **more}))

    def cost(self, projected: float | None = None) -> float:
        spent = RATE * (self.clock - self.begin) / 3600
        self.add(CostEvent(spent_usd=spent, rate_usd_per_hour=RATE, projected_usd=projected))
        return spent


def to_training(recorder: Recorder) -> None:
    """Everything up to the start of the training."""
    recorder.start("check")
    recorder.wait(1.4)
    recorder.end("check")
    recorder.start("launch")
    recorder.resource("ssh_key", "created", name=INSTANCE, id="key-1")
    recorder.resource("instance", "intended", name=INSTANCE, flavor="H100-4")
    recorder.wait(3)
    recorder.resource("instance", "created", name=INSTANCE, id="inst-4711", flavor="H100-4")
    recorder.wait(74)
    recorder.end("launch")
    recorder.start("address")
    recorder.resource("public_ip", "intended")
    recorder.wait(6)
    recorder.resource("public_ip", "created", id="ip-9", address="203.0.113.45")
    recorder.end("address")
    recorder.start("connect")
    recorder.wait(11)
    recorder.end("connect")
    recorder.start("setup")
    recorder.start("upload")
    recorder.log("Resolved 31 packages in 412ms")
    for step in range(1, 5):
        recorder.wait(16)
        done = 212_000_000 * step // 4
        recorder.add(
            TransferEvent(
                direction="upload", bytes=done, total=212_000_000, files=1000 * step, total_files=4001, rate=13.2e6
            )
        )
        recorder.cost()
    recorder.end("upload")
    recorder.wait(47)
    recorder.log("Installed 31 packages in 38.20s")
    recorder.end("setup")


def train(recorder: Recorder, epochs: int, total: int, *, lines: int = 12) -> None:
    """So many epochs of a plausible YOLO training; a NaN in the second epoch's validation loss."""
    chance = random.Random(7)
    recorder.start("train")
    recorder.log("Ultralytics 8.3.40  Python-3.11.9 torch-2.5.1+cu124 CUDA:0 (NVIDIA H100 80GB HBM3, 81090MiB)")
    recorder.log("Transferred 448/499 items from pretrained weights")
    for epoch in range(1, epochs + 1):
        for line in range(lines):
            recorder.wait(38.0 / lines)
            box = 1.4 * math.exp(-epoch / 4) + chance.uniform(0.28, 0.32)
            recorder.log(
                f"{epoch:>6}/{total}     13.1G   {box:9.4f}  {box * 0.8:9.4f}         47        640: {line * 8:3d}"
            )
            recorder.add(
                TelemetryEvent(
                    gpus=[
                        Gpu(
                            index=index,
                            name="NVIDIA H100 80GB HBM3",
                            utilization=88 + chance.randrange(10),
                            memory_used=13_414 + 40 * index,
                            memory_total=81_559,
                            temperature=58 + index,
                            power=512,
                        )
                        for index in range(4)
                    ],
                    cpu=31,
                    memory=12,
                    disk_free=812_000_000_000,
                )
            )
        loss = 1.2 * math.exp(-epoch / 4) + 0.24 + chance.uniform(-0.02, 0.02)
        recorder.add(
            ProgressEvent(
                epoch=epoch,
                total_epochs=total,
                fraction=epoch / total,
                metrics={
                    "loss": loss,
                    "val_loss": None if epoch == 2 else loss * 1.12 + 0.03,
                    "mAP50": 1 - math.exp(-epoch / 5),
                    "mAP50-95": 0.7 * (1 - math.exp(-epoch / 5)),
                },
            )
        )
        recorder.cost(projected=RATE * (recorder.clock - recorder.begin + 38.0 * (total - epoch) + 40) / 3600)
        recorder.log(
            f"                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95)  epoch {epoch}"
        )


def give_back(recorder: Recorder, *, remains: bool = False) -> None:
    recorder.start("cleanup")
    recorder.resource("ssh_key", "gone", name=INSTANCE)
    recorder.resource("public_ip", "gone", id="ip-9")
    recorder.resource("instance", "releasing", name=INSTANCE)
    recorder.wait(9)
    if not remains:
        recorder.resource("instance", "gone", name=INSTANCE, id="inst-4711")
        recorder.end("cleanup")


def training_recording(epochs: int = 6, total: int = 10) -> Recorder:
    """A run in the middle of its training."""
    recorder = Recorder()
    to_training(recorder)
    train(recorder, epochs, total)
    recorder.wait(14)
    return recorder


def done_recording(total: int = 10) -> Recorder:
    """A run that went well from end to end."""
    recorder = Recorder()
    to_training(recorder)
    train(recorder, total, total)
    recorder.end("train")
    recorder.start("download")
    recorder.wait(2)
    recorder.add(
        TransferEvent(direction="download", bytes=5_480_000, total=5_480_000, files=1, total_files=1, rate=2.7e6)
    )
    recorder.end("download")
    give_back(recorder)
    spent = recorder.cost()
    recorder.add(
        ResultEvent(
            success=True,
            model_path="/home/vera/Documents/UniTrainer/models/model_yolo_2026-01-16T14-30-45.pt",
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            training=Training(epochs=total, final_loss=0.3385, metrics={"mAP50": 0.8647, "mAP50-95": 0.6053}),
            spent_usd=spent,
            released=True,
            proof=proof_lines(fold(recorder.events), Project((), (), ()), "a1b2c3d4"),
            exit_code=0,
            stages=recorder.seconds,
        )
    )
    return recorder


def failed_recording(*, remains: bool = False) -> Recorder:
    """A run whose job failed; with `remains` its instance could not be proven gone."""
    recorder = Recorder()
    to_training(recorder)
    train(recorder, 2, 10)
    recorder.log("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 12.00 GiB.")
    recorder.end("train", "failed", "the job ended with exit code 1")
    recorder.add(
        NoticeEvent(level="error", message="The GPU ran out of memory.", hint="Lower batch_size.", decision="fail")
    )
    give_back(recorder, remains=remains)
    recorder.add(
        ResultEvent(
            success=False,
            spent_usd=recorder.cost(),
            released=not remains,
            proof=proof_lines(fold(recorder.events), "no answer within 20 s", "a1b2c3d4"),
            error="The GPU ran out of memory in epoch 3.",
            hint="Lower training.batch_size or choose a larger flavor.",
            exit_code=3 if remains else 1,
            stages=recorder.seconds,
        )
    )
    return recorder
