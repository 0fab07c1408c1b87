"""What the rented machine does: each GPU with a short history, processor, memory, disk; and what is rented at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from unitrainer_tui.runs.events import Gpu, TelemetryEvent
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.facts import LABEL, Fact
from unitrainer_tui.widgets.figures import gib, percent, size
from unitrainer_tui.widgets.marks import sparkline

Loads = Mapping[int, Sequence[float | None]]

RESOURCE_WORDS = {"instance": "instance", "public_ip": "IP", "ssh_key": "key"}
STANDING = {
    "intended": ("being made", "$muted"),
    "created": ("", ""),
    "releasing": ("being given back", "$warning"),
    "gone": ("gone", "$success"),
    "suspect": ("not proven ours", "bold $warning"),
}
MOST_GPUS = 8
NO_GPU = "no GPU"
SIDE, HISTORY = 37, 7
"""Columns of the side column, and of a GPU's history in it."""


def machine_row(telemetry: TelemetryEvent | None, loads: Loads, *, ascii: bool = False) -> list[Fact]:
    """For one row: the GPUs' mean with its history, their memory, the hottest, the power of all."""
    if telemetry is None:
        return [Fact("", "nothing heard yet", "$faint", brief="nothing heard yet")]
    facts: list[Fact] = []
    gpus = telemetry.gpus
    if not gpus:
        facts.append(Fact("", NO_GPU, "", brief=NO_GPU))
    else:
        name = "GPU" if len(gpus) == 1 else f"{len(gpus)} GPUs"
        history = sparkline(mean_load(loads), HISTORY + 1, ascii=ascii).lstrip()
        facts.append(Fact(name, f"{percent(_mean([gpu.utilization for gpu in gpus]))} {history}".rstrip()))
        used = [gpu.memory_used for gpu in gpus if gpu.memory_used is not None]
        total = [gpu.memory_total for gpu in gpus if gpu.memory_total is not None]
        if used and total:
            facts.append(Fact("", f"{gib(sum(used))}/{gib(sum(total))} GiB"))
        heat = [gpu.temperature for gpu in gpus if gpu.temperature is not None]
        if heat:
            facts.append(Fact("", f"{max(heat):.0f}°C"))
        power = [gpu.power for gpu in gpus if gpu.power is not None]
        if power:
            facts.append(Fact("", f"{sum(power):,.0f} W"))
    return facts + _rest(telemetry)


def machine_column(telemetry: TelemetryEvent | None, loads: Loads, width: int, *, ascii: bool = False) -> Content:
    """For the side column: a table of the GPUs, then the rest below each other."""
    title = Content.styled("machine", "bold $muted")
    if telemetry is None:
        return Content("\n").join([title, Content.styled("nothing heard yet", "$faint"), Content("")])
    rows = [title]
    if not telemetry.gpus:
        rows.append(Content.assemble((f"{'GPU':<{LABEL}}", "$muted"), "none"))
    else:
        history = HISTORY + max(0, width - SIDE)
        rows = [Content.assemble(("machine", "bold $muted"), (_titles(history), "$faint"))]
        rows += [_gpu_row(gpu, loads.get(gpu.index, ()), history, ascii) for gpu in telemetry.gpus[:MOST_GPUS]]
        if len(telemetry.gpus) > MOST_GPUS:
            rows.append(Content.styled(f"and {len(telemetry.gpus) - MOST_GPUS} more", "$muted"))
    rows += [Content.assemble((f"{fact.label:<{LABEL}}", "$muted"), fact.value) for fact in _rest(telemetry)]
    return Content("\n").join([*rows, Content("")])


def _titles(history: int) -> str:
    return f"{'load':>{history + 10 - len('machine')}}{'GiB':>11}{'°C':>4}{'W':>5}"


def _gpu_row(gpu: Gpu, load: Sequence[float | None], history: int, ascii: bool) -> Content:
    memory = f"{gib(gpu.memory_used)}/{gib(gpu.memory_total)}" if gpu.memory_total else "–"
    heat = "–" if gpu.temperature is None else f"{gpu.temperature:.0f}"
    power = "–" if gpu.power is None else f"{gpu.power:.0f}"
    return Content.assemble(
        (f"GPU{gpu.index:<2}", "$muted"),
        (sparkline(load, history, ascii=ascii), "$primary"),
        f"{percent(gpu.utilization):>5}{memory:>11}{heat:>4}{power:>5}",
    )


def _rest(telemetry: TelemetryEvent) -> list[Fact]:
    facts = [Fact("CPU", percent(telemetry.cpu)), Fact("memory", percent(telemetry.memory))]
    if telemetry.disk_free is not None:
        facts.append(Fact("disk", f"{size(telemetry.disk_free)} free"))
    return facts


def mean_load(loads: Loads) -> list[float | None]:
    """The mean over the GPUs, step by step, the newest last."""
    longest = max((len(load) for load in loads.values()), default=0)
    means: list[float | None] = []
    for back in range(longest, 0, -1):
        means.append(_mean([load[-back] for load in loads.values() if len(load) >= back]))
    return means


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def resource_facts(state: RunState) -> list[Fact]:
    """Everything billable that the run made, with how it stands in a word."""
    facts: list[Fact] = []
    for resource in state.resources.values():
        named = safe(resource.address or resource.name or resource.id or "")
        word, style = STANDING.get(resource.status, (safe(resource.status), "$warning"))
        label = RESOURCE_WORDS.get(resource.kind, safe(resource.kind))
        facts.append(Fact(label, f"{named} {word}".strip(), style))
    return facts or [Fact("", "nothing rented yet", "$faint")]
