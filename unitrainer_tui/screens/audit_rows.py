"""What a cloud holds, in rows and questions: whose each thing is, what it costs, what giving it back loses. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content

from unitrainer_tui.config.profile import Profile
from unitrainer_tui.runs.state import ResourceState
from unitrainer_tui.supervisor.audit import Holding
from unitrainer_tui.text import safe
from unitrainer_tui.widgets.figures import plural, usd_per_hour

KINDS = {"instance": "instance", "ssh_key": "key", "public_ip": "address"}
MARKS = {
    "run": ("● open run", "$primary"),
    "orphan": ("✗ orphan", "$error"),
    "suspect": ("! perhaps ours", "$warning"),
    "other installation": ("· other machine", "$muted"),
    "foreign": ("· somebody else", "$muted"),
}


def place_of(profile: Profile) -> str:
    """Project and region as the audit names them."""
    return safe(f"{profile.cloud.project or 'demo'}/{profile.cloud.region or 'loopback'} ({profile.cloud.provider})")


def holding_row(holding: Holding) -> Content:
    mark, style = MARKS[holding.owner]
    run = f"  run {safe(holding.run)}" if holding.run else ""
    until = f"  until {safe(holding.deadline)}" if holding.deadline else ""
    kind = KINDS.get(holding.resource, holding.resource)
    return Content.assemble(
        (f"{mark:<16}", style),
        f"{kind:<9}",
        safe(holding.name, limit=60),
        (f"  {safe(holding.status)}{run}{until}", "$muted"),
    )


def summary_line(holdings: Sequence[Holding]) -> str:
    ours = sum(holding.owner not in ("foreign", "other installation") for holding in holdings)
    orphans = sum(holding.owner == "orphan" for holding in holdings)
    said = f"{plural(len(holdings), 'resource')}, {ours} of this installation"
    return f"{said}, {plural(orphans, 'orphan')}" if orphans else f"{said}, no orphan"


def reapable(holdings: Sequence[Holding]) -> list[Holding]:
    """What can be given back here: an address bears no name of ours and is released in the provider's console."""
    return [holding for holding in holdings if holding.owner == "orphan" and holding.resource != "public_ip"]


def by_hand(holdings: Sequence[Holding]) -> list[Holding]:
    return [
        holding for holding in holdings if holding.owner in ("orphan", "suspect") and holding.resource == "public_ip"
    ]


RateOf = Callable[[Holding], ResourceState | None]


def reap_lines(orphans: Sequence[Holding], known: RateOf) -> list[str]:
    """What giving these back ends and loses, in sentences."""
    lines = []
    for holding in orphans:
        kind = KINDS.get(holding.resource, holding.resource)
        told = known(holding) if holding.resource == "instance" else None
        rate = (
            usd_per_hour(told.usd_per_hour) if told is not None and told.usd_per_hour is not None else "price unknown"
        )
        flavor = f"{safe(told.flavor)}, " if told is not None and told.flavor else ""
        cost = f"  {flavor}{rate}" if holding.resource == "instance" else ""
        lines.append(f"{kind:<9} {safe(holding.name)}{cost}")
    machines = sum(holding.resource == "instance" for holding in orphans)
    lost = (
        f"Lost: everything on {'it' if machines == 1 else 'them'} that is not here yet. No open run of ours uses "
        f"{'it' if machines == 1 else 'them'}."
        if machines
        else "Lost: nothing; keys hold no data."
    )
    return [*lines, lost]
