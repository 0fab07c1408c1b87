"""Facts with a label: in one row where the terminal is narrow, one below the other in a wide one's side column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from unitrainer_tui.runs.events import TelemetryEvent
from unitrainer_tui.runs.state import RunState
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import gib, percent, shortened, size, usd, usd_per_hour
from unitrainer_tui.widgets.still_text import StillText

LABEL = 10
RESOURCE_WORDS = {"instance": "instance", "public_ip": "IP", "ssh_key": "key"}


@dataclass(frozen=True)
class Fact:
    """`brief` stands in the row where there is no room for the label."""

    label: str
    value: str
    style: str = ""
    brief: str = ""


def in_a_row(title: str, facts: Sequence[Fact], width: int) -> Content:
    """As many facts as fit, the first ones first."""
    parts: list[tuple[str, str]] = [(f"{title:<{LABEL}}", "$muted")]
    used = LABEL
    for index, fact in enumerate(facts):
        label = f"{fact.label} " if fact.label else ""
        text = fact.brief or f"{label}{fact.value}"
        gap = "   " if index else ""
        if used + len(gap) + cell_len(text) > width:
            if not index and width > used + 3:
                parts.append((set_cell_size(text, width - used - 1) + "…", fact.style))
            break
        used += len(gap) + cell_len(text)
        if fact.brief or not label:
            parts.append((gap + text, fact.style))
        else:
            parts += [(gap + label, "$muted"), (fact.value, fact.style)]
    return Content.assemble(*parts)


def in_a_column(title: str, facts: Sequence[Fact], width: int) -> Content:
    rows = [Content.styled(title, "bold $muted")]
    for fact in facts:
        value = shortened(fact.value, max(1, width - LABEL))
        rows.append(Content.assemble((f"{fact.label or fact.brief:<{LABEL}}", "$muted"), (value, fact.style)))
    return Content("\n").join([*rows, Content("")])


class Facts(StillText):
    DEFAULT_CSS = "Facts { height: auto; text-wrap: nowrap; }"

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = title

    def show_facts(self, facts: Sequence[Fact], *, column: bool) -> None:
        draw = in_a_column if column else in_a_row
        self.show(draw(self._title, facts, self.content_size.width or self.size.width))


def money_facts(state: RunState, budget: float | None) -> list[Fact]:
    """Spent, rate, projected, budget. A projection above the budget is marked with a word and a colour."""
    cost = state.cost
    if cost is None:
        spent = state.result.spent_usd if state.result is not None else 0.0
        facts = [Fact("spent", usd(spent), "bold")]
        return facts + ([Fact("budget", usd(budget))] if budget is not None else [])
    spent = state.result.spent_usd if state.result is not None else cost.spent_usd
    facts = [Fact("spent", usd(spent), "bold")]
    if state.result is None:
        facts.append(Fact("rate", usd_per_hour(cost.rate_usd_per_hour)))
        if cost.projected_usd is not None:
            over = budget is not None and cost.projected_usd > budget
            text = usd(cost.projected_usd) + (" over budget" if over else "")
            facts.append(Fact("projected", text, "bold $warning" if over else ""))
    if budget is not None:
        facts.append(Fact("budget", usd(budget)))
    return facts


def machine_facts(telemetry: TelemetryEvent | None, *, column: bool) -> list[Fact]:
    """Each GPU in a column; the GPUs' mean and hottest in a row."""
    if telemetry is None:
        return [Fact("", "nothing heard yet", "$faint", brief="" if column else "nothing heard yet")]
    facts: list[Fact] = []
    gpus = telemetry.gpus
    if column:
        for gpu in gpus[:8]:
            load = f"{percent(gpu.utilization):>4} {gib(gpu.memory_used):>5}/{gib(gpu.memory_total)} GiB"
            facts.append(Fact(f"GPU {gpu.index}", load + (f" {gpu.temperature:.0f}°C" if gpu.temperature else "")))
        if len(gpus) > 8:
            facts.append(Fact("", f"and {len(gpus) - 8} more"))
    elif gpus:
        loads = [gpu.utilization for gpu in gpus if gpu.utilization is not None]
        name = "GPU" if len(gpus) == 1 else f"{len(gpus)} GPUs"
        facts.append(Fact(name, percent(sum(loads) / len(loads) if loads else None)))
        used = [gpu.memory_used for gpu in gpus if gpu.memory_used is not None]
        total = [gpu.memory_total for gpu in gpus if gpu.memory_total is not None]
        if used and total:
            facts.append(Fact("", f"{gib(sum(used))}/{gib(sum(total))} GiB"))
        heat = [gpu.temperature for gpu in gpus if gpu.temperature is not None]
        if heat:
            facts.append(Fact("", f"{max(heat):.0f}°C"))
    facts += [Fact("CPU", percent(telemetry.cpu)), Fact("memory", percent(telemetry.memory))]
    if telemetry.disk_free is not None:
        facts.append(Fact("disk", f"{size(telemetry.disk_free)} free"))
    return facts


def resource_facts(state: RunState) -> list[Fact]:
    """Everything billable that the run made, with how it stands in a word."""
    facts: list[Fact] = []
    for resource in state.resources.values():
        named = safe(resource.address or resource.name or resource.id or "")
        word, style = {
            "intended": ("being made", "$muted"),
            "created": ("", ""),
            "releasing": ("being given back", "$warning"),
            "gone": ("gone", "$success"),
            "suspect": ("not proven ours", "bold $warning"),
        }.get(resource.status, (safe(resource.status), "$warning"))
        label = RESOURCE_WORDS.get(resource.kind, safe(resource.kind))
        facts.append(Fact(label, f"{named} {word}".strip(), style))
    return facts or [Fact("", "nothing rented yet", "$faint")]
