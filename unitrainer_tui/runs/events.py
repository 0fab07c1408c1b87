"""The events of a run: what the journal holds and what `run --json` prints, one JSON object a line.

Written strictly, read tolerantly: unknown kinds become `UnknownEvent` and unknown fields are kept, so that a
journal of another version still folds. Non-finite numbers are written as null, because JSON has none.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

StageName = Literal["check", "launch", "address", "connect", "setup", "upload", "train", "download", "cleanup"]
STAGES: tuple[StageName, ...] = (
    "check",
    "launch",
    "address",
    "connect",
    "setup",
    "upload",
    "train",
    "download",
    "cleanup",
)

StageStatus = Literal["started", "done", "failed", "skipped"]
ResourceKind = Literal["instance", "public_ip", "ssh_key"]
ResourceStatus = Literal["intended", "created", "releasing", "gone", "suspect"]
Level = Literal["info", "warning", "error"]
Decision = Literal["abort", "limit", "fail", "keep"]

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def timestamp(unix_seconds: float) -> str:
    """RFC 3339 in UTC with milliseconds, as every event carries it in `at`."""
    return datetime.fromtimestamp(unix_seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unix_seconds(at: str) -> float:
    """The inverse of `timestamp`."""
    return datetime.fromisoformat(at).timestamp()


def finite(value: float | None) -> float | None:
    """None for NaN and the infinities, which JSON cannot carry and no curve can draw."""
    return value if value is not None and math.isfinite(value) else None


class Event(BaseModel):
    """What all events share. `seq` counts from 1 without gaps on all but `log` and `telemetry`."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    at: str = ""
    run: str = ""
    seq: int | None = None
    kind: str

    @property
    def time(self) -> float:
        """`at` as Unix seconds."""
        return unix_seconds(self.at)

    def to_json(self) -> str:
        return _ENCODER.encode(self.model_dump(exclude_none=True))


class StageEvent(Event):
    kind: Literal["stage"] = "stage"
    stage: StageName
    status: StageStatus
    seconds: float | None = None
    reason: str | None = None


class ResourceEvent(Event):
    """One step in the life of something billable or left behind.

    `intended` is written and fsynced before the call that could create it. Its `call` says which call follows and
    `known_ids` which addresses the project held before, because an address bears no name of ours.
    `releasing` is the intent to delete; `gone` is proof of absence; `suspect` waits for the user's decision.
    `node` is told for the addresses of the run's second and later machines (from 1): an instance's name says it itself.
    """

    kind: Literal["resource"] = "resource"
    resource: ResourceKind
    status: ResourceStatus
    id: str | None = None
    name: str | None = None
    node: int | None = None
    call: str | None = None
    flavor: str | None = None
    address: str | None = None
    known_ids: list[str] | None = None
    beside: list[str] | None = Field(default=None, description="ids of the other suspects that appeared with this one")
    clear: bool | None = None
    usd_per_hour: float | None = None
    reason: str | None = None


class TransferEvent(Event):
    kind: Literal["transfer"] = "transfer"
    direction: Literal["upload", "download"]
    bytes: int
    total: int
    files: int
    total_files: int
    rate: float = Field(description="bytes a second")


class LogEvent(Event):
    """Text that is safe to show. `offset` is where its first byte stands in log.raw. Never journalled.

    `drawn`: it takes the place of the line that was told before with the same offset, if one was (a bar that is drawn
    over).
    """

    kind: Literal["log"] = "log"
    text: str
    offset: int
    stream: str = "job"
    drawn: bool | None = None


class ProgressEvent(Event):
    """`fraction` runs from 0 to 1; a metric that was NaN or infinite is None (a gap in the curve)."""

    kind: Literal["progress"] = "progress"
    epoch: int
    total_epochs: int | None = None
    fraction: float | None = None
    metrics: dict[str, float | None] = Field(default_factory=dict)
    eta_seconds: float | None = None
    partial: bool | None = Field(default=None, description="told in mid-epoch: its values are not final")
    infinite: list[str] | None = Field(default=None, description="the metrics that are None because they were infinite")

    @field_validator("metrics")
    @classmethod
    def _gaps(cls, value: dict[str, float | None]) -> dict[str, float | None]:
        return {name: finite(number) for name, number in value.items()}


class Gpu(BaseModel):
    """One GPU: utilization in percent, memory in MiB, temperature in °C, power in W; None where unreadable."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    index: int
    name: str = ""
    utilization: float | None = None
    memory_used: float | None = None
    memory_total: float | None = None
    temperature: float | None = None
    power: float | None = None


class TelemetryEvent(Event):
    """`cpu` and `memory` in percent, `disk_free` in bytes. Never journalled."""

    kind: Literal["telemetry"] = "telemetry"
    gpus: list[Gpu] = Field(default_factory=list)
    cpu: float | None = None
    memory: float | None = None
    disk_free: int | None = None


class CostEvent(Event):
    kind: Literal["cost"] = "cost"
    spent_usd: float
    rate_usd_per_hour: float
    projected_usd: float | None = None


class NoticeEvent(Event):
    """A sentence for the user. `decision` marks the notices that change what the run does next."""

    kind: Literal["notice"] = "notice"
    level: Level
    message: str
    hint: str | None = None
    decision: Decision | None = None
    rescue: bool | None = None
    keep_until: float | None = Field(default=None, description="Unix seconds; 0: it is no longer kept")
    exit_code: int | None = None
    model_name: str | None = None
    model_source: str | None = Field(default=None, description="the model's name below the host's output folder")
    model_path: str | None = None
    sha256: str | None = None
    started_after: int | None = Field(
        default=None,
        description="the job's word on an earlier run's checkpoint: the epoch it goes on after, 0 for anew",
    )
    stopped_node: int | None = Field(default=None, description="a node whose job is ended by us: its code says nothing")


class Training(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    epochs: int | None = None
    final_loss: float | None = None
    metrics: dict[str, float | None] = Field(default_factory=dict)


class ModelCheck(BaseModel):
    """What the host said after loading the saved model again: how many samples it predicted, in how many seconds."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    loaded: bool
    predicted: int = 0
    seconds: float | None = None

    @field_validator("seconds")
    @classmethod
    def _gap(cls, value: float | None) -> float | None:
        return finite(value)


class ResultEvent(Event):
    """The end of a run. `released` is true only when every resource is proven gone."""

    kind: Literal["result"] = "result"
    success: bool
    model_path: str | None = None
    sha256: str | None = None
    training: Training | None = None
    model_check: ModelCheck | None = None
    spent_usd: float = 0.0
    released: bool
    error: str | None = None
    hint: str | None = None
    closing: str | None = Field(default=None, description="the sentence about the machine: given back, or what remains")
    proof: list[str] | None = Field(
        default=None, description="a line for each thing ever held, and one for the project"
    )
    exit_code: int | None = None
    aborted: bool | None = None
    smoke: bool | None = Field(default=None, description="a rehearsal: two epochs on a few samples of the dataset")
    stages: dict[str, float] | None = Field(default=None, description="seconds that each stage took")
    stages_usual: dict[str, tuple[int, int]] | None = Field(default=None, description="seconds that it should take")

    def to_json(self) -> str:
        """With every field of the contract: `null` where there is no model or no error."""
        said = self.model_dump(exclude_none=True)
        for name in ("model_path", "sha256", "error"):
            said.setdefault(name, None)
        return _ENCODER.encode(said)


class UnknownEvent(Event):
    """A record of another version: kept, shown, never interpreted."""


KINDS: dict[str, type[Event]] = {
    "stage": StageEvent,
    "resource": ResourceEvent,
    "transfer": TransferEvent,
    "log": LogEvent,
    "progress": ProgressEvent,
    "telemetry": TelemetryEvent,
    "cost": CostEvent,
    "notice": NoticeEvent,
    "result": ResultEvent,
}


def parse_event(record: dict[str, Any]) -> Event:
    """A stored record as an event; one that this version does not understand becomes an `UnknownEvent`."""
    model = KINDS.get(str(record.get("kind")), UnknownEvent)
    try:
        return model.model_validate(record)
    except ValidationError:
        seq = record.get("seq")
        return UnknownEvent.model_construct(**{**record, "kind": str(record.get("kind")), "seq": seq})
