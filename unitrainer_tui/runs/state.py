"""What a run's events add up to. `fold` is the only reader of their meaning: the supervisor that takes a run over,
the screens and the exit code all look at the same state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from unitrainer_tui.runs.events import (
    CostEvent,
    Event,
    NoticeEvent,
    ProgressEvent,
    ResourceEvent,
    ResourceKind,
    ResultEvent,
    StageEvent,
    TransferEvent,
)
from unitrainer_tui.runs.names import parse_name


@dataclass(frozen=True)
class StageState:
    """`status` is the last one told; times in Unix seconds."""

    status: str
    started_at: float
    ended_at: float | None = None
    seconds: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class ResourceState:
    """One resource of the run. `node` is the machine that it is, or that it belongs to (0 is the first); `intended_at`
    the time of the last call that could have created it."""

    kind: ResourceKind
    name: str | None
    status: str
    node: int = 0
    id: str | None = None
    address: str | None = None
    flavor: str | None = None
    call: str | None = None
    reason: str | None = None
    intended_at: float | None = None
    created_at: float | None = None
    releasing_at: float | None = None
    gone_at: float | None = None
    usd_per_hour: float | None = None
    known_ids: tuple[str, ...] | None = None
    clear: bool = True
    """The answer to the creating call was clear. False: it may have had, or still have, an effect."""

    @property
    def billed_from(self) -> float | None:
        """When its meter may have started: at the call that made it. None where it turned out that none was made."""
        never = self.status == "gone" and self.created_at is None and self.id is None
        return None if never else (self.intended_at or self.created_at)

    @property
    def held(self) -> bool:
        """True until it is proven gone (a suspect is held by somebody, perhaps by us)."""
        return self.status != "gone"

    @property
    def wanted(self) -> bool:
        """The run works with it, or its creating call is still to be answered."""
        return self.status in ("intended", "created")


@dataclass(frozen=True)
class RunState:
    run: str = ""
    seq: int = 0
    created_at: float | None = None
    updated_at: float | None = None
    stages: dict[str, StageState] = field(default_factory=dict)
    resources: dict[tuple[str, str], ResourceState] = field(default_factory=dict)
    progress: ProgressEvent | None = None
    progress_records: int = 0
    """How many whole `progress` events there were (partial ones, in mid-epoch, do not count)."""
    upload: TransferEvent | None = None
    download: TransferEvent | None = None
    cost: CostEvent | None = None
    abort_requested: bool = False
    rescue: bool = True
    failure: str | None = None
    failure_hint: str | None = None
    failure_code: int | None = None
    limit: str | None = None
    keep_until: float | None = None
    """Until when the machine stays although the run's work is over (Unix seconds); 0 when it is not kept any more."""
    model_name: str | None = None
    """The file name that the model gets here, fixed when its download starts."""
    model_source: str | None = None
    """The model's name below the host's output folder."""
    model_path: str | None = None
    sha256: str | None = None
    """The model that lies here under its final name, verified."""
    started_after: int | None = None
    """The epoch of an earlier run that the job says it goes on after, 0 where it begins anew; None where it said
    nothing."""
    start_note: str | None = None
    """The job's sentence about it."""
    stopped_nodes: frozenset[int] = frozenset()
    """Nodes whose job was ended by us because it went on after node 0's."""
    result: ResultEvent | None = None

    def stage_done(self, stage: str) -> bool:
        known = self.stages.get(stage)
        return known is not None and known.status in ("done", "skipped")

    @property
    def current_stage(self) -> str | None:
        """The stage that was started last and has not ended, None before the first and after the last."""
        running = [(state.started_at, name) for name, state in self.stages.items() if state.status == "started"]
        return max(running)[1] if running else None

    @property
    def closed(self) -> bool:
        """True when the result is out and everything that the run ever held is proven gone."""
        return self.result is not None and not self.remaining

    @property
    def remaining(self) -> list[ResourceState]:
        """What may still exist: everything intended or created and not proven gone."""
        return [resource for resource in self.resources.values() if resource.held]

    def all_of(self, kind: ResourceKind, node: int | None = None) -> list[ResourceState]:
        """All that the run ever had of that kind, of one node or of all."""
        return [r for r in self.resources.values() if r.kind == kind and node in (None, r.node)]

    def resource(self, kind: ResourceKind, node: int | None = None) -> ResourceState | None:
        """The one that the run works with: the first of that kind (and node) that is wanted; else one still to be
        given back."""
        found = [resource for resource in self.all_of(kind, node) if resource.held]
        return next(iter([resource for resource in found if resource.wanted] or found), None)

    def instance(self, node: int = 0) -> ResourceState | None:
        """The machine of that node."""
        return self.resource("instance", node)

    def address(self, node: int = 0) -> ResourceState | None:
        """The public IP of that node's machine, where the run has allocated one."""
        return self.resource("public_ip", node)

    def in_doubt(self, kind: ResourceKind, node: int | None = None) -> bool:
        """Whether a call for one was never answered clearly. Then no second one may ever be sent for that node,
        whatever the looks for its effect have found since."""
        return any(not resource.clear for resource in self.all_of(kind, node))


def resource_key(event: ResourceEvent) -> tuple[str, str]:
    """Instances and keys are known by their name, which is ours alone; an address only by its id, and until it has one
    by its node."""
    if event.resource == "public_ip":
        return event.resource, event.id or _unanswered(event.node)
    return event.resource, event.name or event.id or ""


def _unanswered(node: int | None) -> str:
    return f"node {node}" if node else ""


def apply(state: RunState, event: Event) -> RunState:
    """One step of the fold. An event already counted (by `seq`) changes nothing, so folding twice equals once."""
    changed: dict[str, Any] = {}
    if event.seq is not None:
        if event.seq <= state.seq:
            return state
        at = event.time if event.at else state.updated_at
        changed = {"seq": event.seq, "updated_at": at}
        if not state.run:
            changed["run"] = event.run
        if state.created_at is None:
            changed["created_at"] = at
    changed.update(_meaning(state, event))
    return _with(state, changed) if changed else state


def _meaning(state: RunState, event: Event) -> dict[str, Any]:
    """The fields of the state that an event of its kind sets."""
    match event:
        case StageEvent():
            return {"stages": {**state.stages, event.stage: _stage(state.stages.get(event.stage), event)}}
        case ResourceEvent():
            return {"resources": _resources(state.resources, event)}
        case TransferEvent():
            return {event.direction: event}
        case ProgressEvent():
            whole = 0 if event.partial else 1
            return {"progress": event, "progress_records": state.progress_records + whole}
        case CostEvent():
            return {"cost": event}
        case NoticeEvent(decision="abort"):
            return {"abort_requested": True, "rescue": event.rescue is not False}
        case NoticeEvent(decision="limit"):
            return {"limit": state.limit or event.message}
        case NoticeEvent(decision="keep"):
            return {"keep_until": event.keep_until}
        case NoticeEvent(decision="fail"):
            if state.failure is not None:
                return {}
            return {"failure": event.message, "failure_hint": event.hint, "failure_code": event.exit_code}
        case NoticeEvent(model_name=str() as name):
            return {"model_name": name, "model_source": event.model_source}
        case NoticeEvent(model_path=str() as path):
            return {"model_path": path, "sha256": event.sha256}
        case NoticeEvent(started_after=int() as after):
            return {"started_after": after, "start_note": event.message}
        case NoticeEvent(stopped_node=int() as node):
            return {"stopped_nodes": state.stopped_nodes | {node}}
        case ResultEvent():
            return {"result": event}
        case _:
            return {}


def _with(state: RunState, changed: dict[str, Any]) -> RunState:
    """What `dataclasses.replace` does, in a tenth of its time: journals are folded at every start, for every run."""
    after = object.__new__(RunState)
    after.__dict__.update(state.__dict__)
    after.__dict__.update(changed)
    return after


def fold(events: Iterable[Event], state: RunState | None = None) -> RunState:
    state = state or RunState()
    for event in events:
        state = apply(state, event)
    return state


def _stage(before: StageState | None, event: StageEvent) -> StageState:
    at = event.time if event.at else 0.0
    if event.status == "started":
        # A resumed stage keeps the time of its first start: its seconds are what it really took.
        first = before.started_at if before is not None else at
        return StageState("started", first, reason=event.reason)
    started = before.started_at if before is not None else at
    return StageState(event.status, started, at, event.seconds, event.reason)


def _resources(
    resources: dict[tuple[str, str], ResourceState], event: ResourceEvent
) -> dict[tuple[str, str], ResourceState]:
    key = resource_key(event)
    resources = dict(resources)
    known = resources.get(key)
    if known is not None and known.id and event.id and known.id != event.id:
        key = (event.resource, f"{key[1]}#{event.id}")  # a second machine bears our name
    if event.status == "intended" and known is not None and known.id and not known.held:
        # Its machine is proven gone and another is asked for by the same name: the first stays in the books by its id.
        resources[(event.resource, f"{key[1]}#{known.id}")] = resources.pop(key)
    # An address gets its id only from the answer: the intent, kept under its node, moves there.
    before = resources.get(key)
    if before is None and event.resource == "public_ip" and event.status in ("created", "suspect", "gone"):
        before = resources.pop((event.resource, _unanswered(event.node)), None)
    if before is None:
        before = ResourceState(event.resource, event.name, event.status, _node_of(event))
    at = event.time if event.at else 0.0
    resources[key] = replace(
        before,
        status=event.status,
        id=event.id or before.id,
        name=event.name or before.name,
        address=event.address or before.address,
        flavor=event.flavor or before.flavor,
        call=event.call or before.call,
        reason=event.reason,
        intended_at=at if event.status == "intended" else before.intended_at,
        created_at=at if event.status == "created" and before.created_at is None else before.created_at,
        releasing_at=at if event.status == "releasing" and before.releasing_at is None else before.releasing_at,
        usd_per_hour=event.usd_per_hour if event.usd_per_hour is not None else before.usd_per_hour,
        gone_at=at if event.status == "gone" else None,
        known_ids=tuple(event.known_ids) if event.known_ids is not None else before.known_ids,
        clear=event.status != "intended" and (before.clear or event.clear is True),
    )
    for other in event.beside or ():
        resources.setdefault((event.resource, other), replace(resources[key], id=other, address=None))
    return resources


def _node_of(event: ResourceEvent) -> int:
    named = parse_name(event.name) if event.name else None
    return named.node if named is not None else event.node or 0
